//! The built-in tools. A tool never acts: it *proposes*, from arguments and the state of the world, what a call would
//! do. The policy judges the proposal; only then the engine performs it.

mod ask;
mod background;
mod bash;
mod catalog;
mod change_text;
mod command_text;
mod convert;
mod delete_file;
mod edit;
mod faults;
mod glob;
mod grep;
mod judge;
mod move_file;
mod present;
mod query;
mod read;
mod recall;
mod remember;
mod request_folder;
mod scratch;
mod skill;
mod task;
mod todo_write;
mod tool_search;
mod variable;
mod write;

use std::sync::Arc;

use deskhand_types::{
    Action, Ask, Change, ChangeSet, ChangeSetId, Code, EffectClass, EventBody, FileState, GrantMode, GuestPath, Hash,
    PathChange, Tier, ToolCall, ToolDef, ToolOutcome, canonical_json,
};
use deskhand_workspace::{Edit, Workspace, WorkspaceError, only_times};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use background::Fetch;
pub(crate) use bash::CommandLine;
pub(crate) use change_text::change_outcome;
pub(crate) use command_text::{Shown, Told, Trouble, command_outcome, landed, not_landed, shown};
pub(crate) use judge::{Judgement, def as judge_definition};
pub(crate) use recall::def as recall_definition;
pub(crate) use scratch::{PATIENCE as SCRATCH_PATIENCE, ScratchFile};
pub(crate) use skill::def as skill_definition;
pub(crate) use task::def as task_definition;
pub(crate) use tool_search::offered as offered_of_connectors;
pub(crate) use variable::{INSPECT, READ_VARIABLE, for_reading_apart, propose_variable};

/// What tools may look at while they propose.
pub(crate) struct Bench {
    pub workspace: Arc<Workspace>,
    /// The id the next change-set gets.
    pub change_set: ChangeSetId,
    /// Largest result in characters.
    pub result_chars: usize,
    /// What keeps the task's commands apart from this computer.
    pub tier: Tier,
    /// Connectors.
    pub connections: crate::flow::Connections,
    /// Notes from earlier tasks.
    pub notes: Arc<Vec<deskhand_types::Note>>,
}

/// What performing a call means.
pub(crate) enum Work {
    /// Look at something; nothing changes.
    Look(Box<dyn FnOnce() -> ToolOutcome + Send>),
    /// Change files. The change-set is prepared: content and pre-images are in the blob store.
    Change(Box<ChangeSet>),
    /// Nothing: the folder's grant bars it. The policy says so, with its reason, and the refusal is on record.
    Barred(Box<ToolOutcome>),
    /// Put something on record in the task's log.
    Record(Box<EventBody>, Box<ToolOutcome>),
    /// Hand files over, and look at them.
    Present(Vec<GuestPath>, Box<dyn FnOnce() -> ToolOutcome + Send>),
    /// Ask the person; the answer is the result.
    Ask(Ask),
    /// Grant a folder, once the person said yes.
    Grant {
        /// The folder as the model named it.
        path: String,
        /// How it may be used.
        mode: GrantMode,
    },
    /// Ask the small local model one bounded question.
    Judge(Box<Judgement>),
    /// Have a question about a variable answered by the reader.
    ReadVariable(Box<crate::flow::Question>),
    /// Say what a skill says.
    Skill(crate::skills::Invocation),
    /// Start a sub-agent.
    Delegate(crate::agents::Delegation),
    /// Run a command. What it changed becomes a change of its own.
    Run(Box<CommandLine>),
    /// Look at a background command, or end it.
    Fetch(Fetch),
    /// Read a file that a command left in the task's scratch.
    Scratch(Box<ScratchFile>),
    /// Call a connector's tool.
    Connect(Box<crate::flow::Connection>),
}

/// What a call would do.
pub(crate) struct Proposal {
    pub effect: EffectClass,
    pub paths: Vec<GuestPath>,
    pub summary: String,
    /// A diff or the exact content, for the person.
    pub preview: Option<String>,
    /// For a command: what keeps it apart from this computer.
    pub tier: Option<Tier>,
    pub work: Work,
}

impl Proposal {
    fn look(paths: Vec<GuestPath>, summary: String, look: impl FnOnce() -> ToolOutcome + Send + 'static) -> Self {
        Self {
            effect: EffectClass::Read,
            paths,
            summary,
            preview: None,
            tier: None,
            work: Work::Look(Box::new(look)),
        }
    }

    fn record(body: EventBody, done: ToolOutcome) -> Self {
        let summary = done.summary.clone();
        Self {
            effect: EffectClass::None,
            paths: Vec::new(),
            summary,
            preview: None,
            tier: None,
            work: Work::Record(Box::new(body), Box::new(done)),
        }
    }

    /// The action of this proposal. Its hash covers the tool, the arguments, the effect, the paths and, for a change,
    /// what stands there before and after: an approval is for exactly that.
    pub fn action(&self, call: &ToolCall) -> Action {
        let change = match &self.work {
            Work::Change(set) => set
                .changes
                .iter()
                .filter(|change| !only_times(change))
                .map(judged)
                .collect(),
            _ => Value::Null,
        };
        let mut basis = json!({
            "tool": call.name, "input": call.input, "effect": self.effect, "paths": self.paths, "change": change,
        });
        if let (Some(tier), Value::Object(basis)) = (self.tier, &mut basis) {
            basis.insert("tier".to_owned(), json!(tier));
        }
        Action {
            call: call.id.clone(),
            tool: call.name.clone(),
            effect: self.effect,
            paths: self.paths.clone(),
            summary: self.summary.clone(),
            tier: self.tier,
            hash: Hash::of(canonical_json(&basis).unwrap_or_default().as_bytes()),
        }
    }
}

/// What of a change an approval is bound to: everything but times, which are those of the moment of asking.
fn judged(change: &PathChange) -> Value {
    let state = |state: &FileState| match state {
        FileState::Absent => Value::Null,
        FileState::File { hash, mode, .. } => json!({"file": hash, "mode": mode}),
        FileState::Folder { mode, .. } => json!({"folder": mode}),
        FileState::Link { target } => json!({"link": target}),
    };
    json!({"path": change.path, "from": change.from, "before": state(&change.before), "after": state(&change.after)})
}

/// A tool: what a model sees of it, and how a call becomes a proposal.
pub(crate) trait Tool: Sync {
    /// What a model sees.
    fn def(&self) -> ToolDef;
    /// What this call would do. The error is a result the model can learn from.
    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>>;
}

/// All tools a model is offered, in the order it sees them.
static TOOLS: [&dyn Tool; 17] = [
    &read::Read,
    &write::Write,
    &edit::Edit,
    &glob::Glob,
    &grep::Grep,
    &query::Query,
    &move_file::MoveFile,
    &delete_file::DeleteFile,
    &convert::Convert,
    &bash::Bash,
    &background::BashOutput,
    &background::KillShell,
    &todo_write::TodoWrite,
    &ask::AskUserQuestion,
    &request_folder::RequestFolder,
    &present::PresentFiles,
    &remember::Remember,
];

/// The definitions of all tools a model is offered.
pub fn definitions() -> Vec<ToolDef> {
    TOOLS.iter().map(|tool| tool.def()).collect()
}

/// The names of all tools of our own, also of those that are offered only where there is something for them.
pub fn names() -> Vec<String> {
    let sometimes = [
        judge::NAME,
        tool_search::NAME,
        skill::NAME,
        recall::NAME,
        task::NAME,
        READ_VARIABLE,
        INSPECT,
    ];
    let always = TOOLS.iter().map(|tool| tool.def().name);
    always.chain(sometimes.map(str::to_owned)).collect()
}

/// Turns a call into a proposal, or into a result that says what was wrong with it.
pub(crate) fn propose(call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
    if call.name == judge::NAME {
        return judge::propose(call, bench);
    }
    if call.name == tool_search::NAME {
        return tool_search::propose(call, bench);
    }
    if call.name == skill::NAME {
        return skill::propose(call, bench);
    }
    if call.name == recall::NAME {
        return Ok(recall::propose(bench));
    }
    if call.name == task::NAME {
        return task::propose(call, bench);
    }
    let Some(tool) = TOOLS.iter().find(|tool| tool.def().name == call.name) else {
        let names: Vec<String> = TOOLS.iter().map(|tool| tool.def().name).collect();
        return Err(failed(
            "tool.unknown",
            format!("There is no tool `{}`. The tools are: {}.", call.name, names.join(", ")),
        ));
    };
    tool.propose(call, bench)
}

fn failed(code: &'static str, text: impl Into<String>) -> Box<ToolOutcome> {
    Box::new(ToolOutcome::failed(Code::new(code), text))
}

/// A tool that panicked on what it was given.
pub(crate) fn crashed() -> ToolOutcome {
    ToolOutcome::failed(
        Code::new("tool.crashed"),
        "This tool failed on this input. Nothing was changed. Try another way.",
    )
}

/// Parses arguments; the error names what is wrong and shows the schema.
fn arguments<T: DeserializeOwned>(call: &ToolCall, schema: &Value) -> Result<T, Box<ToolOutcome>> {
    if let Value::String(raw) = &call.input {
        let shown: String = raw.chars().take(200).collect();
        return Err(failed(
            "tool.arguments",
            format!(
                "The arguments of `{}` were not valid JSON: {shown}\nSend an object like {schema}.",
                call.name
            ),
        ));
    }
    T::deserialize(&call.input).map_err(|error| {
        failed(
            "tool.arguments",
            format!("Wrong arguments for `{}`: {error}. They must fit {schema}.", call.name),
        )
    })
}

/// A failed look at the user's files, for the model.
fn workspace_failed(error: &WorkspaceError) -> Box<ToolOutcome> {
    use deskhand_types::Coded;
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Box::new(ToolOutcome::failed(error.code(), format!("{error}{hint}")))
}

/// Prepares a change-set for a call and classifies it.
fn change(
    call: &ToolCall,
    bench: &Bench,
    edits: Vec<Edit>,
    summary: impl FnOnce(&ChangeSet) -> String,
) -> Result<Proposal, Box<ToolOutcome>> {
    use deskhand_types::Cause;
    let cause = Cause::Call { call: call.id.clone() };
    let set = match bench.workspace.prepare(bench.change_set.clone(), cause, edits) {
        Ok(set) => set,
        Err(error @ WorkspaceError::ReadOnly { .. }) => return Ok(barred(call, &error)),
        Err(error) => return Err(workspace_failed(&error)),
    };
    let (effect, paths) = weigh(&set);
    Ok(Proposal {
        effect,
        paths,
        summary: summary(&set),
        preview: None,
        tier: None,
        work: Work::Change(Box::new(set)),
    })
}

/// The changes a command made, as a proposal like any other.
pub(crate) fn landing(call: &ToolCall, set: &ChangeSet) -> Proposal {
    let (effect, paths) = weigh(set);
    let told = change_text::told(&call.name, set);
    let summary = match told.as_slice() {
        [] => "Take over what the command changed".to_owned(),
        [one] => format!("Take over what the command changed: {}", one.line),
        [first, rest @ ..] => format!(
            "Take over what the command changed: {}, and {} more",
            first.line,
            rest.len()
        ),
    };
    Proposal {
        effect,
        paths,
        summary,
        preview: None,
        tier: None,
        work: Work::Change(Box::new(set.clone())),
    }
}

/// The heaviest effect of a change-set, and the paths it touches.
fn weigh(set: &ChangeSet) -> (EffectClass, Vec<GuestPath>) {
    let effect = set
        .changes
        .iter()
        .filter(|change| !only_times(change))
        .map(|change| match change.change {
            Change::Create => EffectClass::Create,
            Change::Modify | Change::Move | Change::Mode => EffectClass::Modify,
            Change::Delete => EffectClass::Delete,
        })
        .max()
        .unwrap_or(EffectClass::None);
    let mut paths: Vec<GuestPath> = set
        .changes
        .iter()
        .filter(|change| !only_times(change))
        .flat_map(|change| change.from.iter().chain([&change.path]))
        .cloned()
        .collect();
    paths.sort();
    paths.dedup();
    (effect, paths)
}

/// A change in a folder granted for reading only.
fn barred(call: &ToolCall, error: &WorkspaceError) -> Proposal {
    let paths = match error {
        WorkspaceError::ReadOnly { path } => vec![path.clone()],
        _ => Vec::new(),
    };
    let place = paths.first().map(ToString::to_string).unwrap_or_default();
    Proposal {
        effect: EffectClass::Modify,
        paths,
        summary: format!("{} {place}", call.name),
        preview: None,
        tier: None,
        work: Work::Barred(workspace_failed(error)),
    }
}

fn def(name: &str, description: &str, input_schema: Value) -> ToolDef {
    ToolDef {
        name: name.to_owned(),
        description: description.to_owned(),
        input_schema,
    }
}

/// A size for people.
pub(crate) fn human_size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
