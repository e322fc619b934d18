//! What is there beside tasks: models, folders, starters, the inbox.

use std::collections::BTreeMap;

use deskhand_types::{Answer, Ask};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Permission, TaskHead, WorkMode};

/// An error, in a person's words. Sent with every status from 400 on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable code (`store.unknown-task`).
    pub code: String,
    /// What happened, and what was not changed, in English.
    pub message: String,
    /// What that sentence names, by name: with the code, it can be said in another language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Every file that is not as a change expects it; then nothing was changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<FileConflict>,
}

/// A file that is not as a change expects it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FileConflict {
    /// Where.
    pub path: String,
    /// Its name.
    pub name: String,
    /// What differs.
    pub what: Difference,
    /// The content the task left there: of that hash its versions know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
}

/// How a file differs from what a task left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It was changed since.
    Changed,
    /// It is not there any more.
    Gone,
    /// The task left nothing there, and now there is something.
    New,
    /// There is something else: a folder that holds more, or what cannot be read.
    Other,
}

/// What the interface needs before it shows anything.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AppState {
    /// The program's version.
    pub version: String,
    /// `linux`, `macos` or `windows`.
    pub platform: String,
    /// The person's folder.
    pub personal_folder: String,
    /// Whether nothing was ever done here.
    pub first_run: bool,
    /// The models that can be used now, the default first.
    pub models: Vec<ModelChoice>,
    /// What a task can be given without an AI model, as good first tasks.
    pub starters: Vec<Starter>,
    /// Folders every task sees that names none.
    pub standing_folders: Vec<FolderChoice>,
    /// Whether commands can run, and why not.
    pub sandbox: SandboxState,
    /// The kind of place `serve` runs: whether files can be opened in the system's programs.
    pub can_open_files: bool,
    /// Limits of a new task that names none.
    pub budget: super::BudgetShape,
}

/// A model that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelChoice {
    /// `PROVIDER/NAME`: what a task is started with.
    pub id: String,
    /// What people call it ("Built-in recipes, no AI model").
    pub title: String,
    /// One line about it.
    pub detail: String,
    /// Whether it is used when none is chosen.
    pub default: bool,
    /// Whether it thinks, so that its effort can be chosen.
    pub thinks: bool,
}

/// A good first task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Starter {
    /// Id, also its slash command.
    pub id: String,
    /// "Analyse spreadsheets and write a report".
    pub title: String,
    /// What it does, in a line or two.
    pub detail: String,
    /// What is put into the composer.
    pub prompt: String,
    /// Where it comes from: `recipe`, or a plugin's name.
    pub from: String,
    /// Whether it needs a folder.
    pub needs_folder: bool,
}

/// A folder a task is given.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FolderChoice {
    /// Absolute path on this computer.
    pub path: String,
    /// What may be done there.
    pub mode: Permission,
}

/// Whether commands can run in the sandbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SandboxState {
    /// Whether a task's commands can run now.
    pub ready: bool,
    /// The tier: `vm` or `os`.
    pub tier: String,
    /// In a sentence.
    pub detail: String,
    /// What to do when it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// An open question of a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxEntry {
    /// Its id: what an answer names.
    pub id: String,
    /// The task that asks.
    pub task: String,
    /// The task's title.
    pub title: String,
    /// The tool call that waits.
    pub call: String,
    /// The sub-agent that asks; absent when the task itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What is asked.
    #[schema(value_type = AskShape)]
    pub ask: Ask,
}

/// What is asked: the JSON form of `deskhand_types::Ask`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AskShape {
    /// May this action be done? Bound to the action by hash.
    Approve {
        /// What would be done.
        action: ActionShape,
        /// Why it is asked, one sentence each.
        reasons: Vec<String>,
        /// A diff or the exact content.
        preview: Option<String>,
        /// The sentence of the person's own typed words that this belongs to; empty where there is none.
        #[serde(default)]
        you_asked: String,
        /// Where each value that is not the person's own came from.
        #[serde(default)]
        provenance: Vec<super::ProvenanceShape>,
        /// Values that an address book gave for a name in the person's words.
        #[serde(default)]
        known: Vec<super::KnownAddressShape>,
        /// What would leave this machine.
        #[serde(default)]
        leaving: Vec<super::LeavingShape>,
        /// Files that go with it, and text of files in it.
        #[serde(default)]
        carried: Vec<super::CarriedShape>,
        /// Values that may be allowed for good instead of once; never a whole tool.
        #[serde(default)]
        always: Vec<super::ValueRuleShape>,
        /// Whom or what it acts on: each may be replaced by a value the person types.
        #[serde(default)]
        targets: Vec<super::TargetValueShape>,
    },
    /// The model asks.
    Questions {
        /// The questions.
        questions: Vec<QuestionShape>,
    },
    /// The model asks for a folder.
    Folder {
        /// The folder, as the model named it.
        path: String,
        /// How it would be used.
        mode: Permission,
        /// Why, in the model's words.
        reason: String,
        /// The sentence of the person's own typed words that this belongs to; empty where there is none.
        #[serde(default)]
        you_asked: String,
        /// Where the folder's name came from, when the person did not name it.
        #[serde(default)]
        provenance: Vec<super::ProvenanceShape>,
    },
    /// A connector's server asks, in the middle of a call. Every text is the server's, and the answer goes to it alone.
    Server {
        /// The connector.
        connector: String,
        /// The tool that was called.
        tool: String,
        /// The server's words.
        message: String,
        /// What it wants.
        wants: super::ServerWantsShape,
    },
}

/// An action the policy judged: the part of `deskhand_types::Action` a person is shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActionShape {
    /// The tool.
    pub tool: String,
    /// `none`, `read`, `create`, `modify`, `delete`, `irreversible`, `fetch`, `outward`, `exec`, `persist`, `spend` or
    /// `credential`.
    pub effect: String,
    /// Guest paths it touches.
    pub paths: Vec<String>,
    /// In a line.
    pub summary: String,
}

/// One question: the JSON form of `deskhand_types::Question`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionShape {
    /// The full question.
    pub question: String,
    /// A heading of a word or two.
    pub header: String,
    /// The choices; the person may always answer in own words.
    pub options: Vec<QuestionOptionShape>,
    /// Whether several may be chosen.
    #[serde(rename = "multiSelect")]
    pub multi_select: bool,
}

/// One choice of a question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionOptionShape {
    /// What the person chooses.
    pub label: String,
    /// What it means.
    pub description: String,
}

/// The answer to an open question: the JSON form of `deskhand_types::Answer`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AnswerShape {
    /// Yes, this once.
    Allow,
    /// Yes, with a value the person typed in place of one the card names, and nothing else changed.
    Instead {
        /// The parameter.
        param: String,
        /// The value the card names.
        from: String,
        /// The person's.
        to: String,
    },
    /// No.
    Deny {
        /// What the person says about it.
        reason: Option<String>,
    },
    /// Answers to questions, one list per question.
    Answers {
        /// In the order of the questions.
        answers: Vec<Vec<String>>,
    },
    /// A form of a server, filled in: values by the names of its fields.
    Filled {
        /// Texts, numbers, booleans or lists of texts.
        values: serde_json::Map<String, serde_json::Value>,
    },
    /// Nobody answered; the question is void. Only ever told, never given.
    Void,
}

/// A question that was asked in a task, with its answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Asked {
    /// Id in the inbox.
    pub id: String,
    /// What was asked.
    #[schema(value_type = AskShape)]
    pub ask: Ask,
    /// The answer; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AnswerShape>)]
    pub answer: Option<Answer>,
}

/// A task to be started.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewTask {
    /// The outcome the person wants.
    pub prompt: String,
    /// How the prompt was entered, in order; none = not known, and then a long prompt is not the person's voice.
    #[serde(default)]
    pub voice: Vec<super::StretchShape>,
    /// Folders; none = the standing ones.
    #[serde(default)]
    pub folders: Vec<FolderChoice>,
    /// `PROVIDER/NAME`; none = the default.
    #[serde(default)]
    pub model: Option<String>,
    /// How effects are treated.
    #[serde(default)]
    pub mode: WorkMode,
    /// How much the model may think.
    #[serde(default)]
    pub effort: EffortChoice,
    /// How the model gets at text that others could have written.
    #[serde(default)]
    pub reading: ReadingChoice,
    /// Limits; absent = those that the settings have for new tasks.
    #[serde(default)]
    pub budget: Option<super::BudgetShape>,
    /// Ids of files that were uploaded for it; the task may read them.
    #[serde(default)]
    pub uploads: Vec<String>,
    /// Whether folders outside the personal one are allowed this time (recorded).
    #[serde(default)]
    pub allow_outside_home: bool,
}

/// How a model gets at text that others could have written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadingChoice {
    /// It reads it, and more is asked from then on.
    #[default]
    Direct,
    /// It is kept apart as variables, and the model asks a reader about them.
    Apart,
}

/// How much a model may think.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffortChoice {
    /// Hardly: quick and cheap.
    Low,
    /// As is usual for the model.
    #[default]
    Standard,
    /// Twice as much.
    High,
}

/// What changed anywhere. Sent on the application's stream.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AppUpdate {
    /// A task began or its line changed.
    Task {
        /// Its line.
        head: TaskHead,
    },
    /// The open questions of all tasks changed.
    Inbox {
        /// All of them, oldest first.
        entries: Vec<InboxEntry>,
    },
    /// Something a person waits for moves: a download, the building of the sandbox's image.
    Job {
        /// The job.
        job: Job,
    },
    /// Folders, models or other settings changed: what was read of them is stale.
    Settings,
}

/// Work in the background that a person may wait for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// `sandbox-image`, `local-model`, `marketplace` (one that is added), `marketplace:NAME` or `plugin:ID`.
    pub id: String,
    /// What happens now, in words.
    pub detail: String,
    /// From 0 to 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// Bytes that came, where it fetches something of a length that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How far it is.
    pub state: JobState,
}

/// How far a job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It runs.
    Running,
    /// It is done.
    Done,
    /// It failed; `detail` says why and what to do.
    Failed,
}

/// One place where something was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FoundEntry {
    /// The task.
    pub task: String,
    /// Its title.
    pub title: String,
    /// The event.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What kind of event.
    pub kind: String,
    /// The words around the match.
    pub snippet: String,
}

/// A folder that can be picked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Browse {
    /// The folder that is listed.
    pub path: String,
    /// The one above, where it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The folders in it.
    pub folders: Vec<BrowseEntry>,
    /// How many files are in it.
    pub files: u64,
    /// Why it cannot be granted, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// One folder in a folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BrowseEntry {
    /// Its name.
    pub name: String,
    /// Its absolute path.
    pub path: String,
}

/// A file that was uploaded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// What a new task names.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// Bytes.
    pub size: u64,
}
