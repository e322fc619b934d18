//! What can go wrong in the engine, in words for the person.

use deskhand_types::{Code, Coded, TaskId};

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The event log.
    #[error(transparent)]
    Store(#[from] deskhand_store::StoreError),
    /// The user's files.
    #[error(transparent)]
    Workspace(#[from] deskhand_workspace::WorkspaceError),
    /// A change-set that did not land.
    #[error(transparent)]
    Apply(#[from] deskhand_workspace::ApplyError),
    /// A folder that cannot be granted.
    #[error(transparent)]
    Refused(#[from] deskhand_workspace::protect::Refusal),
    /// A stored content.
    #[error(transparent)]
    Blob(#[from] deskhand_types::BlobError),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] deskhand_sandbox::SandboxError),
    /// The rules of the network.
    #[error(transparent)]
    Network(#[from] deskhand_egress::EgressError),
    /// A model provider.
    #[error(transparent)]
    Model(#[from] deskhand_models::ModelError),
    /// The policy's rules.
    #[error(transparent)]
    Rules(#[from] deskhand_policy::RuleError),
    /// A rule file of the organisation cannot be used, so nothing may be done.
    #[error(
        "the rules your organisation set in {file} cannot be used, so no task is worked on: {why}. Nothing was changed; \
         whoever looks after this computer has to put the file right"
    )]
    Managed {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The words of languages.
    #[error(transparent)]
    Words(#[from] deskhand_policy::flow::LexiconError),
    /// A skill, command or agent.
    #[error(transparent)]
    Skill(#[from] crate::SkillError),
    /// The library of plugins.
    #[error(transparent)]
    Library(#[from] deskhand_plugins::library::LibraryError),
    /// No plugin has this name.
    #[error("there is no plugin or marketplace `{0}`; nothing was changed")]
    NoPlugin(String),
    /// Several plugins have this name.
    #[error("`{name}` could be {}; nothing was changed", .ids.join(" or "))]
    SeveralPlugins {
        /// What was asked for.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// The log of that name holds no task.
    #[error("`{0}` is not a task; its log does not begin with a start")]
    NotATask(TaskId),
    /// The question is not open.
    #[error("there is no open question `{0}`; nothing was changed")]
    NoSuchQuestion(String),
    /// Several open questions have an id that begins so.
    #[error("`{id}` could be the question {}; nothing was changed", .ids.join(" or "))]
    SeveralQuestions {
        /// What was asked for.
        id: String,
        /// The ids that begin so.
        ids: Vec<String>,
    },
    /// A server asked in the middle of a call, and only who runs that call can tell it the answer.
    #[error(
        "this is the question of a server in the middle of a call, which another process runs or which was cut off; it was not answered"
    )]
    AskedElsewhere(TaskId),
    /// No value of that id is allowed for good.
    #[error("no value with the id `{0}` is allowed for good; nothing was changed")]
    NoSuchValue(String),
    /// No note has that id.
    #[error("no note has the id `{0}`; nothing was changed")]
    NoSuchNote(String),
    /// Several notes have an id that begins so.
    #[error("`{id}` could be the note {}; nothing was changed", .ids.join(" or "))]
    SeveralNotes {
        /// What was asked for.
        id: String,
        /// The ids that begin so.
        ids: Vec<String>,
    },
    /// The last day of a note is no day, or over.
    #[error("`{0}` is not a day, or it is over; nothing was changed")]
    WrongLastDay(String),
    /// A note is empty or too long.
    #[error("a note has 1 to 2000 characters; nothing was changed")]
    WrongNote,
    /// A question could not be answered, and the value that was to be allowed with it stays allowed.
    #[error(
        "the question was not answered, but `{value}` is allowed for good from now on, and that could not be taken back: {why}"
    )]
    ValueStays {
        /// The value.
        value: String,
        /// Its id.
        id: String,
        /// Why it could not be taken back.
        why: Box<EngineError>,
    },
    /// The answer does not fit the question.
    #[error("{0}; nothing was answered")]
    WrongAnswer(String),
    /// There is nothing to undo or redo.
    #[error("there is nothing to {what} in task `{task}`")]
    NothingTo {
        /// `undo` or `redo`.
        what: &'static str,
        /// The task.
        task: TaskId,
    },
    /// The step does not exist.
    #[error("task `{task}` has no step {step} that changed files; it has {steps}")]
    NoSuchStep {
        /// The task.
        task: TaskId,
        /// The step asked for.
        step: u64,
        /// How many there are.
        steps: u64,
    },
    /// The task has no such file, or no such version of it.
    #[error("{0} is not, or no longer, a file of this task in that version")]
    NoSuchVersion(String),
    /// The prompt is empty.
    #[error("no outcome was stated, so nothing was started")]
    EmptyPrompt,
    /// Something that cannot be chosen as a value to go on with.
    #[error("`{value}` cannot be chosen as a value: {why}. No task was started")]
    NotAValue {
        /// Its beginning.
        value: String,
        /// Why.
        why: String,
    },
    /// What was said for a clean context holds text that is not the person's own.
    #[error(
        "part of what you wrote was pasted, and a clean context begins with your own words alone; no task was started"
    )]
    NotYourWords,
    /// The folder has no instructions file.
    #[error("{0} has no instructions file (DESKHAND.md, AGENTS.md or CLAUDE.md)")]
    NoInstructions(String),
    /// Something about connectors, in words.
    #[error("{0}")]
    Connector(String),
    /// A background piece of work was ended.
    #[error("a piece of work was ended before it was done: {0}")]
    Interrupted(String),
}

impl Coded for EngineError {
    fn code(&self) -> Code {
        match self {
            Self::Store(error) => error.code(),
            Self::Workspace(error) => error.code(),
            Self::Apply(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Blob(_) => Code::new("engine.blob"),
            Self::Sandbox(error) => error.code(),
            Self::Network(error) => error.code(),
            Self::Model(error) => error.code(),
            Self::Rules(error) => error.code(),
            Self::Managed { .. } => Code::new("policy.managed-unusable"),
            Self::Words(_) => Code::new("policy.lexicon"),
            Self::Skill(error) => error.code(),
            Self::Library(error) => error.code(),
            Self::NoPlugin(_) => Code::new("plugins.unknown"),
            Self::SeveralPlugins { .. } => Code::new("plugins.ambiguous"),
            Self::NotATask(_) => Code::new("engine.not-a-task"),
            Self::NoSuchQuestion(_) => Code::new("engine.no-such-question"),
            Self::SeveralQuestions { .. } => Code::new("engine.ambiguous-question"),
            Self::AskedElsewhere(_) => Code::new("engine.asked-elsewhere"),
            Self::NoSuchValue(_) => Code::new("policy.no-such-value"),
            Self::NoSuchNote(_) => Code::new("memory.no-such-note"),
            Self::SeveralNotes { .. } => Code::new("memory.ambiguous-note"),
            Self::WrongLastDay(_) => Code::new("memory.wrong-last-day"),
            Self::WrongNote => Code::new("memory.wrong-note"),
            Self::ValueStays { .. } => Code::new("policy.value-stays"),
            Self::WrongAnswer(_) => Code::new("engine.wrong-answer"),
            Self::NothingTo { .. } => Code::new("engine.nothing-to-undo"),
            Self::NoSuchStep { .. } => Code::new("engine.no-such-step"),
            Self::NoSuchVersion(_) => Code::new("engine.no-such-version"),
            Self::EmptyPrompt => Code::new("engine.empty-prompt"),
            Self::NotAValue { .. } => Code::new("engine.not-a-value"),
            Self::NotYourWords => Code::new("engine.not-your-words"),
            Self::NoInstructions(_) => Code::new("engine.no-instructions"),
            Self::Connector(_) => Code::new("engine.connector"),
            Self::Interrupted(_) => Code::new("engine.interrupted"),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Apply(error) => error.hint(),
            Self::Refused(error) => error.hint(),
            Self::Sandbox(error) => error.hint(),
            Self::Network(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Rules(error) => error.hint(),
            Self::Skill(error) => error.hint(),
            Self::Library(error) => error.hint(),
            Self::NoPlugin(_) => {
                Some("`deskhand plugins search WORDS` and `deskhand plugins list` list them".to_owned())
            }
            Self::SeveralPlugins { .. } => Some("write the name with its marketplace: name@marketplace".to_owned()),
            Self::NotATask(_) => Some("`deskhand tasks` lists the tasks".to_owned()),
            Self::AskedElsewhere(task) => Some(format!(
                "answer it where the task works; if nothing works on it any more: deskhand resume {task}"
            )),
            Self::NoSuchQuestion(_) => Some("`deskhand approvals` lists the open questions".to_owned()),
            Self::SeveralQuestions { .. } => {
                Some("write more of the id; `deskhand approvals` shows what each is about".to_owned())
            }
            Self::Words(_)
            | Self::WrongNote
            | Self::Blob(_)
            | Self::Connector(_)
            | Self::WrongAnswer(_)
            | Self::NoSuchVersion(_) => None,
            Self::NothingTo { .. } | Self::NoSuchStep { .. } => {
                Some("`deskhand changes TASK` lists its changes".to_owned())
            }
            Self::EmptyPrompt => {
                Some("say what you want, for example: deskhand run -C FOLDER \"Summarise these documents\"".to_owned())
            }
            Self::NotAValue { .. } => {
                Some("a value is one line that can be read at a glance; put what is longer into a file".to_owned())
            }
            Self::NotYourWords => Some("type it, or start a new task with the text".to_owned()),
            Self::NoInstructions(_) => Some("`deskhand instructions set --folder F TEXT` writes one".to_owned()),
            Self::Managed { .. } => Some("`deskhand policy check` tells what is wrong with the file".to_owned()),
            Self::NoSuchValue(_) => Some("`deskhand policy allowed` lists them".to_owned()),
            Self::SeveralNotes { .. } => {
                Some("write more of the id; `deskhand memory list` shows what each note says".to_owned())
            }
            Self::WrongLastDay(_) => {
                Some("write the last day the note counts as year-month-day, for example 2027-01-31".to_owned())
            }
            Self::NoSuchNote(_) => Some("`deskhand memory list` shows those that are kept and proposed".to_owned()),
            Self::ValueStays { id, .. } => Some(format!(
                "answer the question again, or take the value back with `deskhand policy allowed remove {id}`"
            )),
            Self::Interrupted(_) => Some("`deskhand resume TASK` takes the task up again".to_owned()),
        }
    }
}
