//! A task as the interface shows it, and what changes in it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asked, BudgetShape, Context, InboxEntry};

/// What may be done in a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    /// Reading only.
    #[serde(rename = "ro")]
    ReadOnly,
    /// Reading and writing; deleting and replacing ask first or can be undone.
    #[default]
    #[serde(rename = "rw-no-delete")]
    ReadWriteNoDelete,
    /// Everything, reversibly.
    #[serde(rename = "rw")]
    ReadWrite,
}

/// How effects are treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkMode {
    /// Read only; proposes.
    Plan,
    /// Asks before each class of effect.
    Manual,
    /// Reversible changes land at once; the rest follows the policy.
    #[default]
    Auto,
    /// No questions; the rules of information flow still deny.
    Skip,
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is being worked on.
    Working,
    /// It is not finished and nobody works on it.
    Paused,
    /// It waits for the person.
    Waiting,
    /// It is done.
    Done,
    /// It could not go on.
    Failed,
    /// A budget was reached.
    Budget,
    /// The policy refused what it is for.
    Refused,
    /// The person stopped it.
    Stopped,
}

/// One line of the list of tasks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskHead {
    /// Its id.
    pub id: String,
    /// Its title: what the person called it, or the first line of what they wanted.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// What it does now, in a few words ("Reading the spreadsheets").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doing: Option<String>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// The model, `PROVIDER/NAME`.
    pub model: String,
    /// How effects are treated.
    pub mode: WorkMode,
    /// When it began, in milliseconds since 1970.
    pub started_at: i64,
    /// When something last happened.
    pub updated_at: i64,
    /// Open questions.
    pub waiting: usize,
    /// Files changed that stand.
    pub changed: usize,
    /// Outputs.
    pub outputs: usize,
    /// US dollars.
    pub cost_usd: f64,
    /// Steps of the plan that are done, and how many there are.
    pub plan_done: usize,
    /// Steps of the plan.
    pub plan_total: usize,
    /// The task it was branched from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branched_from: Option<String>,
}

/// What a person may change about a task's line. Absent = as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TaskMarks {
    /// A title; empty = the usual one.
    pub title: Option<String>,
    /// Pinned?
    pub pinned: Option<bool>,
    /// Archived?
    pub archived: Option<bool>,
}

/// A task as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskPage {
    /// Its line.
    pub head: TaskHead,
    /// Number of the last event this page knows of: where the stream goes on.
    pub seq: u64,
    /// What was said and done, in order.
    pub items: Vec<Arc<Item>>,
    /// What stands beside the conversation.
    pub rail: Rail,
}

/// What stands beside the conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Rail {
    /// The plan.
    pub plan: Vec<PlanStep>,
    /// Files handed over.
    pub outputs: Vec<FileRef>,
    /// Steps that changed files, oldest first.
    pub changes: Vec<ChangeStep>,
    /// Whether there is an undo to take back.
    pub can_redo: bool,
    /// What the task sees and uses.
    pub context: Context,
    /// What it used.
    pub cost: Cost,
    /// Open questions.
    pub waiting: Vec<InboxEntry>,
    /// Follow-ups that wait until the task is over, in order.
    pub queue: Vec<Queued>,
}

/// One thing that was said or done. `key` is stable: a later version of the item replaces the earlier one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Item {
    /// Identifies the item in its task.
    pub key: String,
    /// Number of the event that made it: what a branch names.
    pub seq: u64,
    /// Number of the event that changed it last.
    pub changed: u64,
    /// When it was made, in milliseconds since 1970.
    pub at: i64,
    /// The key of the call whose sub-agent said or did it; absent for the task's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// What it is.
    pub body: ItemBody,
}

/// What an item is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ItemBody {
    /// The person spoke.
    Person {
        /// What.
        text: String,
    },
    /// The model spoke; Markdown.
    Answer {
        /// What.
        text: String,
    },
    /// The model thought; Markdown.
    Thinking {
        /// What.
        text: String,
    },
    /// A tool was used.
    Tool {
        /// The call: what `calls/{call}` takes.
        call: String,
        /// The tool's name.
        tool: String,
        /// What kind of work it is.
        verb: Verb,
        /// What it works on, for a person ("sales.xlsx").
        object: String,
        /// How many things it works on.
        count: u64,
        /// How far it is.
        state: ToolState,
        /// What came of it, in a line.
        summary: String,
        /// Where code ran: `vm` or `os`.
        #[serde(skip_serializing_if = "Option::is_none")]
        tier: Option<String>,
    },
    /// Something was asked of the person.
    Question {
        /// What, and the answer.
        asked: Asked,
    },
    /// Files were handed over.
    Outputs {
        /// Which.
        files: Vec<FileRef>,
    },
    /// Something happened that the person should know.
    Notice {
        /// How much it matters.
        level: Level,
        /// Stable code (`policy.refused`, `model.retried`, `context.compacted`, `task.resumed`, `budget.reached`, …).
        code: String,
        /// What.
        text: String,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// The task ended.
    End {
        /// How.
        status: Status,
        /// The last words; often those of the last answer, and then empty.
        summary: String,
    },
}

/// What kind of work a tool does, so that the interface can say it in the person's language.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Reads a file.
    Read,
    /// Looks for files or text.
    Search,
    /// Writes a new file or all of one.
    Write,
    /// Changes a part of a file.
    Edit,
    /// Moves or renames.
    Move,
    /// Deletes.
    Delete,
    /// Runs a command or script.
    Run,
    /// Asks the tables in files.
    Query,
    /// Makes another format of a file.
    Convert,
    /// Makes or changes the plan.
    Plan,
    /// Hands over outputs.
    Present,
    /// Asks the person.
    Ask,
    /// Asks for a folder.
    Folder,
    /// Notes something down.
    Remember,
    /// Looks up notes of earlier tasks.
    Recall,
    /// Lets the small model judge.
    Judge,
    /// Gives a piece of the work to a sub-agent.
    Delegate,
    /// Follows the instructions of a skill.
    Skill,
    /// Looks for tools of connectors.
    FindTools,
    /// Has a question about text that is kept apart answered.
    Inquire,
    /// Reads text that is kept apart.
    Inspect,
    /// Uses a tool of a connector.
    Connector,
    /// Anything else.
    Other,
}

/// How far a tool is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// It was called and nothing came of it yet.
    Running,
    /// It waits for the person.
    Waiting,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// The policy or the person refused it.
    Refused,
}

/// How much a notice matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// Worth a look.
    Warning,
    /// Something did not work.
    Error,
}

/// A step of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlanStep {
    /// What is to be done; while it is being done, what is being done.
    pub text: String,
    /// `pending`, `in_progress` or `completed`.
    pub status: String,
}

/// A file of a task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FileRef {
    /// As tasks see it (`/mnt/reports/summary.docx`): what `file` and `raw` take.
    pub path: String,
    /// Its name.
    pub name: String,
    /// On this computer.
    pub place: String,
}

/// A change-set that landed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeStep {
    /// Its number, from 1: what undo takes.
    pub step: u64,
    /// `change`, `undo` or `redo`.
    pub kind: String,
    /// For an undo the steps it took back, for a redo the steps it brought back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<u64>,
    /// What made it, in a line.
    pub title: String,
    /// Number of the event with which it landed.
    pub seq: u64,
    /// When.
    pub at: i64,
    /// Whether it stands now.
    pub stands: bool,
    /// The files.
    pub files: Vec<ChangedFile>,
}

/// One file of a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangedFile {
    /// Where.
    pub path: String,
    /// Its name.
    pub name: String,
    /// `create`, `modify`, `delete`, `move` or `mode`.
    pub change: String,
    /// The old place of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Lines added, for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<u32>,
    /// Lines removed, for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<u32>,
    /// Hash of what stood there before: what `file` and `raw` take as `hash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Hash of what stands there after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether this file's change stands now.
    pub stands: bool,
}

/// What a task used.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    /// Turns of the model.
    pub turns: u64,
    /// Tokens read, without those from the cache.
    pub input_tokens: u64,
    /// Tokens read from the cache.
    pub cached_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// US dollars.
    pub usd: f64,
    /// Whether some of the price is not known.
    pub incomplete: bool,
    /// Milliseconds of work.
    pub worked_ms: i64,
    /// Limits.
    pub budget: BudgetShape,
}

/// A follow-up that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Queued {
    /// Its number in the task's log: what withdrawing takes.
    pub id: u64,
    /// What.
    pub text: String,
}

/// What changed in a task. Messages of the stream named `update`, with `seq` as their id.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskUpdate {
    /// Number of the last event this update knows of.
    pub seq: u64,
    /// The line, as it is now.
    pub head: TaskHead,
    /// Items that are new or have changed, in order.
    pub items: Vec<Arc<Item>>,
    /// What stands beside the conversation, when it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rail: Option<Rail>,
}

/// More for a task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Say {
    /// What.
    pub text: String,
    /// How it was entered, in order; none = not known, and then a long text is not the person's voice.
    #[serde(default)]
    pub voice: Vec<super::StretchShape>,
    /// `now`: the model hears it at its next turn. `after`: it waits until the task is over.
    #[serde(default)]
    pub when: When,
}

/// When something is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At the model's next turn.
    #[default]
    Now,
    /// When the task is over.
    After,
}

/// A new task from a point of this one: the conversation up to there, on the files as they stand now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Branch {
    /// Everything before this event is taken over; absent = everything.
    pub before: Option<u64>,
    /// Another model, `PROVIDER/NAME`.
    pub model: Option<String>,
    /// What the person says there. For a branch before something the person said: instead of it; absent = the same again.
    pub text: Option<String>,
}

/// A task was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskMade {
    /// Its id.
    pub id: String,
}

/// How much is taken back.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct UndoRequest {
    /// Only this step.
    pub step: Option<u64>,
    /// Only this file or folder.
    pub path: Option<String>,
    /// Not these files, and not what depends on them: they stay as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// What an undo or redo did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UndoDone {
    /// The files, in the order they were changed.
    pub files: Vec<ChangedFile>,
}

/// All of one tool call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallDetail {
    /// The call.
    pub call: String,
    /// The tool.
    pub tool: String,
    /// The arguments.
    pub input: serde_json::Value,
    /// What the model was given back, as text.
    pub result: String,
    /// Whether the result was shortened here.
    pub cut: bool,
    /// What the policy decided, in order.
    pub decisions: Vec<Decision>,
}

/// A decision of the policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// The rule.
    pub rule: String,
    /// The file the rule stands in; empty for Deskhand's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Why.
    pub reason: String,
}
