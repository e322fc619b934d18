//! Events: the only state. Every view, undo, resume, cost and export is a fold over them.

use serde::{Deserialize, Serialize};

use crate::{
    Action, AddressesRead, AgentStart, Answer, Appearance, ApprovalId, Ask, Block, Budget, CallId, ChangeSet,
    ChangeSetId, Code, ConnectorChange, ConnectorText, Grant, GuestPath, Hash, HookRun, HookStart, Label, Marks,
    MemoryChange, Mode, ModelProfile, ModelRef, ModelSampled, NetworkRequest, NetworkResult, Note, Reading, SkillUse,
    StopReason, Stretch, TaskId, Tier, Timestamp, Todo, ToolCall, ToolDef, ToolOutcome, Usage, ValueRule, Variable,
    VariableRead, Withheld,
};

/// One event of a log.
///
/// `hash = blake3(prev_hash ‖ canonical JSON of {task, seq, at, kind, body, label})`, so that editing any byte of a
/// stored event is found (`docs/decisions/0002-event-hash.md`).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// The log.
    pub task: TaskId,
    /// Number in the log, from 0, without gaps.
    pub seq: u64,
    /// When it was appended.
    pub at: Timestamp,
    /// `kind` and `body`.
    #[serde(flatten)]
    pub body: EventBody,
    /// Where its content came from, for events that carry content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Hash of the event before, [`Hash::ZERO`] for the first.
    pub prev_hash: Hash,
    /// Hash of this event.
    pub hash: Hash,
}

/// An event before it is appended: the store adds number, time and hashes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EventDraft {
    /// `kind` and `body`.
    #[serde(flatten)]
    pub body: EventBody,
    /// Where its content came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
}

impl From<EventBody> for EventDraft {
    fn from(body: EventBody) -> Self {
        Self { body, label: None }
    }
}

/// An instructions file or text in use.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Instruction {
    /// Where it came from: `global`, or the file's guest path.
    pub from: String,
    /// Hash of the text.
    pub hash: Hash,
    /// Whether it is in force; a folder's file is inert until its hash was trusted.
    pub trusted: bool,
    /// The text, when it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where a task was branched off from another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BranchPoint {
    /// The other task.
    pub task: TaskId,
    /// What it had in its log before this event was taken over; 0 = nothing.
    pub before: u64,
}

/// Everything a task starts with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TaskStart {
    /// What the person wants.
    pub prompt: String,
    /// How the prompt was entered, in order; empty = not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voice: Vec<Stretch>,
    /// The folders, `/mnt/outputs` among them.
    pub grants: Vec<Grant>,
    /// How effects are treated.
    pub mode: Mode,
    /// How the model gets at text that others could have written.
    #[serde(default, skip_serializing_if = "Reading::is_direct")]
    pub reading: Reading,
    /// What keeps its commands apart from this computer, whoever takes the task up again.
    #[serde(default)]
    pub sandbox: Tier,
    /// The model.
    pub model: ModelRef,
    /// What that model can do, frozen for the task.
    pub profile: ModelProfile,
    /// The system prompt, frozen for the task so that the prefix stays byte-stable.
    pub system: String,
    /// The tools, frozen for the task.
    pub tools: Vec<ToolDef>,
    /// Limits.
    pub budget: Budget,
    /// Instructions found, in force or not.
    pub instructions: Vec<Instruction>,
    /// The agent it runs as, by the name it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The program's version.
    pub version: String,
    /// The task it was branched off from; the events after this one were taken over from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branched_from: Option<BranchPoint>,
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishStatus {
    /// The model says it is done.
    Done,
    /// It could not go on.
    Failed,
    /// A budget was reached.
    Budget,
    /// The policy refused what the task is for.
    Refused,
    /// The person stopped it.
    Stopped,
}

/// What was found when an intent without outcome was looked at again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReconcileOutcome {
    /// All of it had happened.
    Applied,
    /// None of it had happened; it was done now.
    Completed,
    /// It was taken back, since it could not be completed.
    RolledBack,
    /// Files were changed by someone else meanwhile; nothing was overwritten.
    Conflict,
}

/// What happened. `kind` and `body` in JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
#[non_exhaustive]
pub enum EventBody {
    /// A task begins.
    #[serde(rename = "task.started")]
    TaskStarted(Box<TaskStart>),
    /// A process took the task up again.
    #[serde(rename = "task.resumed")]
    TaskResumed {
        /// The program's version.
        version: String,
    },
    /// The person said more.
    #[serde(rename = "person.said")]
    PersonSaid {
        /// What.
        text: String,
        /// Number of the event that queued it, for a follow-up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queued: Option<u64>,
        /// How it was entered, in order; empty = not known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        voice: Vec<Stretch>,
    },
    /// The person said what shall be done when the task is over. It waits, and is then said (`person.said`).
    #[serde(rename = "person.queued")]
    FollowUpQueued {
        /// What.
        text: String,
        /// How it was entered, in order; empty = not known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        voice: Vec<Stretch>,
    },
    /// The person took a follow-up back before it was said.
    #[serde(rename = "person.withdrew")]
    FollowUpWithdrawn {
        /// Number of the event that queued it.
        queued: u64,
    },
    /// Intent: a model is asked.
    #[serde(rename = "model.requested")]
    ModelRequested {
        /// Number of the turn, from 1.
        turn: u64,
        /// The model.
        model: ModelRef,
        /// Hash of the log's last event when the request was built. The request is a pure function of the log up to
        /// there, so this names it exactly, at no cost.
        head: Hash,
    },
    /// A request failed and is made again; what had been streamed was discarded.
    #[serde(rename = "model.retried")]
    ModelRetried {
        /// Number of the turn.
        turn: u64,
        /// How many attempts were made.
        attempt: u32,
        /// Until the next, in milliseconds.
        wait_ms: u64,
        /// Why.
        reason: String,
    },
    /// Outcome: a whole answer.
    #[serde(rename = "model.answered")]
    ModelAnswered {
        /// Number of the turn.
        turn: u64,
        /// What the model said.
        content: Vec<Block>,
        /// Why it stopped.
        stop: StopReason,
        /// Tokens.
        usage: Usage,
        /// US dollars, where the price is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost_usd: Option<f64>,
        /// The model that answered.
        model: String,
    },
    /// Outcome: no answer.
    #[serde(rename = "model.failed")]
    ModelFailed {
        /// Number of the turn.
        turn: u64,
        /// The error's code.
        code: Code,
        /// What happened, without any credential.
        message: String,
        /// What to do next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// Older tool results were cut from the prompt, since the window was getting full.
    #[serde(rename = "context.compacted")]
    ContextCompacted {
        /// Results of calls before this turn are shortened.
        before_turn: u64,
        /// Why.
        reason: String,
    },
    /// A decision of the policy.
    #[serde(rename = "policy.decided")]
    PolicyDecided {
        /// What was decided on.
        action: Action,
        /// `allow`, `ask` or `deny`.
        verdict: String,
        /// The rule's name.
        rule: String,
        /// The file the rule stands in; empty for Deskhand's own.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        file: String,
        /// Why, in one sentence.
        reason: String,
        /// For what is asked: blake3 over the action's hash, the label of the context, the rule and the reason. An answer
        /// holds for exactly that, once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        binding: Option<Hash>,
    },
    /// Something is asked of the person; the task may park.
    #[serde(rename = "approval.requested")]
    ApprovalRequested {
        /// Id in the inbox.
        id: ApprovalId,
        /// The call that waits.
        call: CallId,
        /// What is asked.
        ask: Ask,
    },
    /// The person answered.
    #[serde(rename = "approval.answered")]
    ApprovalAnswered {
        /// Id in the inbox.
        id: ApprovalId,
        /// The answer.
        answer: Answer,
    },
    /// Intent: a tool is called.
    #[serde(rename = "tool.started")]
    ToolStarted {
        /// The call.
        call: ToolCall,
        /// What it would do.
        action: Action,
    },
    /// Outcome of a call.
    #[serde(rename = "tool.finished")]
    ToolFinished {
        /// The call.
        call: CallId,
        /// What it gave. Its label is also the event's.
        outcome: ToolOutcome,
    },
    /// Intent: files will be changed. Pre-images and new content are in the blob store already.
    #[serde(rename = "change.intended")]
    ChangeIntended {
        /// The changes.
        set: ChangeSet,
    },
    /// Contents about to be written come from text that is less to be trusted, or more secret, than any file of their
    /// folders: the event's label is theirs, whatever name they will have, in every later task.
    #[serde(rename = "content.labelled")]
    ContentLabelled {
        /// Hashes of the contents.
        contents: Vec<Hash>,
        /// The folders on this machine they are written into.
        folders: Vec<String>,
    },
    /// Outcome: all changes landed and were read back.
    #[serde(rename = "change.applied")]
    ChangeApplied {
        /// Which change-set.
        id: ChangeSetId,
        /// Set when it was found out after a crash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reconciled: Option<ReconcileOutcome>,
    },
    /// Outcome: nothing of the change-set stands.
    #[serde(rename = "change.failed")]
    ChangeFailed {
        /// Which change-set.
        id: ChangeSetId,
        /// The error's code.
        code: Code,
        /// What happened.
        message: String,
        /// Set when it was found out after a crash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reconciled: Option<ReconcileOutcome>,
    },
    /// Outcome: a command ran in the sandbox and everything it started is gone. What it changed waits, as a change-set
    /// whose contents are in the blob store; nothing of it stands in the folders. It is judged like any other change.
    #[serde(rename = "command.finished")]
    CommandFinished {
        /// The call.
        call: CallId,
        /// What it gave. Becomes the call's outcome, together with what became of the changes.
        outcome: ToolOutcome,
        /// What it changed; no changes = nothing.
        set: ChangeSet,
    },
    /// Intent: a program in the sandbox asked for something on the network; logged before anything is connected.
    #[serde(rename = "network.requested")]
    NetworkRequested(NetworkRequest),
    /// Outcome: what went over the network.
    #[serde(rename = "network.finished")]
    NetworkFinished(NetworkResult),
    /// A skill was called. Its label is that of the skill: configuration the person trusts.
    #[serde(rename = "skill.used")]
    SkillUsed(Box<SkillUse>),
    /// The conversation was told of skills that are for some files only, since the task has to do with such files now. The
    /// label is that of configuration the person trusts.
    #[serde(rename = "skills.offered")]
    SkillsOffered {
        /// Their full names.
        skills: Vec<String>,
        /// What the model is told.
        text: String,
    },
    /// A file the person named with `@` joined the conversation.
    #[serde(rename = "file.attached")]
    FileAttached {
        /// Which.
        path: GuestPath,
        /// What the model reads.
        content: Vec<Block>,
        /// What of it was kept back because people do not see it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        withheld: Vec<Withheld>,
    },
    /// A lookup in an address book gave names and what stands for them.
    #[serde(rename = "addresses.read")]
    AddressesRead(Box<AddressesRead>),
    /// A value was kept apart from the conversation, which has nothing of it. The event's label is the value's.
    #[serde(rename = "variable.kept")]
    VariableKept(Box<Variable>),
    /// A reader without tools was asked about a variable.
    #[serde(rename = "variable.read")]
    VariableRead(Box<VariableRead>),
    /// A model was asked on behalf of a connector's server.
    #[serde(rename = "model.sampled")]
    ModelSampled(Box<ModelSampled>),
    /// A prompt or a resource of a connector joined the conversation, since the person named it. Its label is the
    /// connector's.
    #[serde(rename = "connector.attached")]
    ConnectorAttached(Box<ConnectorText>),
    /// Intent: a hook of a plugin calls a server's tool, or sends what it was told to an address.
    #[serde(rename = "hook.started")]
    HookStarted(Box<HookStart>),
    /// A hook of a plugin ran.
    #[serde(rename = "hook.ran")]
    HookRan(Box<HookRun>),
    /// A sub-agent begins, for a call of `Task` or of a skill. Its label is that of what it is told: whatever the model that leads has
    /// read. It is over with the outcome of that call.
    #[serde(rename = "agent.started")]
    AgentStarted(Box<AgentStart>),
    /// The plan changed.
    #[serde(rename = "plan.updated")]
    PlanUpdated {
        /// The whole plan.
        todos: Vec<Todo>,
    },
    /// Files were marked as outputs.
    #[serde(rename = "output.presented")]
    OutputPresented {
        /// Which.
        paths: Vec<GuestPath>,
    },
    /// A note was proposed for memory. Staged: it is data for the person to accept, never an instruction.
    #[serde(rename = "memory.proposed")]
    MemoryProposed {
        /// The text.
        text: String,
    },
    /// The person decided about a note for later tasks. In the application's log.
    #[serde(rename = "memory.changed")]
    MemoryChanged(MemoryChange),
    /// A task was told notes from earlier ones.
    #[serde(rename = "memory.recalled")]
    MemoryRecalled(Vec<Note>),
    /// A folder was granted: in a task's log for that task, in the application's log for every task.
    #[serde(rename = "grant.added")]
    GrantAdded {
        /// The grant.
        grant: Grant,
    },
    /// The person allowed a folder outside the personal folder, by name.
    #[serde(rename = "grant.outside-allowed")]
    OutsideAllowed {
        /// The folder, resolved.
        folder: String,
    },
    /// A standing grant was taken back.
    #[serde(rename = "grant.removed")]
    GrantRemoved {
        /// The folder.
        folder: String,
    },
    /// All standing grants were taken back.
    #[serde(rename = "grant.revoked-all")]
    GrantsRevoked {},
    /// Global instructions were set.
    #[serde(rename = "instructions.set")]
    InstructionsSet {
        /// The text; empty = none.
        text: String,
    },
    /// An instructions file was trusted as it is.
    #[serde(rename = "instructions.trusted")]
    InstructionsTrusted {
        /// The file on this machine.
        file: String,
        /// Hash of its text.
        hash: Hash,
    },
    /// The person said whether commands that stand in skills may run. In the application's log.
    #[serde(rename = "skills.commands")]
    SkillCommandsSet {
        /// Whether.
        allowed: bool,
    },
    /// The person chose how the interface looks. In the application's log.
    #[serde(rename = "appearance.set")]
    AppearanceSet {
        /// How.
        appearance: Appearance,
    },
    /// The person named, pinned or archived a task. In the application's log, so that it never meets a task in work.
    #[serde(rename = "task.marked")]
    TaskMarked {
        /// Which.
        task: TaskId,
        /// All its marks, as they are now.
        marks: Marks,
    },
    /// The person allowed a value (an address) for good. In the application's log.
    #[serde(rename = "value.allowed")]
    ValueAllowed {
        /// Which, and for what.
        rule: ValueRule,
        /// The task whose question offered it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// The person took a value's standing permission back. In the application's log.
    #[serde(rename = "value.withdrawn")]
    ValueWithdrawn {
        /// Which.
        rule: ValueRule,
    },
    /// Contents kept for undo were released, by age or by size. In the application's log.
    #[serde(rename = "storage.tidied")]
    StorageTidied {
        /// Change-sets that can no longer be undone.
        sets: Vec<ChangeSetId>,
        /// How many contents were released.
        blobs: u64,
        /// Bytes they took.
        bytes: u64,
    },
    /// Something was decided about connectors. In the application's log.
    #[serde(rename = "connector.changed")]
    ConnectorChanged(ConnectorChange),
    /// Tools came in addition to those the task started with; the model sees them after all others.
    #[serde(rename = "tools.added")]
    ToolsAdded {
        /// The tools.
        tools: Vec<ToolDef>,
    },
    /// A budget was reached.
    #[serde(rename = "budget.reached")]
    BudgetReached {
        /// Which one, in words ("20 turns").
        limit: String,
    },
    /// The task ended. It can be taken up again by saying more.
    #[serde(rename = "task.finished")]
    TaskFinished {
        /// How.
        status: FinishStatus,
        /// The last words.
        summary: String,
    },
}

impl EventBody {
    /// The `kind` of the JSON form.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TaskStarted(_) => "task.started",
            Self::TaskResumed { .. } => "task.resumed",
            Self::PersonSaid { .. } => "person.said",
            Self::FollowUpQueued { .. } => "person.queued",
            Self::FollowUpWithdrawn { .. } => "person.withdrew",
            Self::ModelRequested { .. } => "model.requested",
            Self::ModelRetried { .. } => "model.retried",
            Self::ModelAnswered { .. } => "model.answered",
            Self::ModelFailed { .. } => "model.failed",
            Self::ContextCompacted { .. } => "context.compacted",
            Self::PolicyDecided { .. } => "policy.decided",
            Self::ApprovalRequested { .. } => "approval.requested",
            Self::ApprovalAnswered { .. } => "approval.answered",
            Self::ToolStarted { .. } => "tool.started",
            Self::ToolFinished { .. } => "tool.finished",
            Self::ChangeIntended { .. } => "change.intended",
            Self::ChangeApplied { .. } => "change.applied",
            Self::ChangeFailed { .. } => "change.failed",
            Self::CommandFinished { .. } => "command.finished",
            Self::NetworkRequested(_) => "network.requested",
            Self::NetworkFinished(_) => "network.finished",
            Self::SkillUsed(_) => "skill.used",
            Self::SkillsOffered { .. } => "skills.offered",
            Self::FileAttached { .. } => "file.attached",
            Self::AddressesRead(_) => "addresses.read",
            Self::VariableKept(_) => "variable.kept",
            Self::VariableRead(_) => "variable.read",
            Self::ModelSampled(_) => "model.sampled",
            Self::ConnectorAttached(_) => "connector.attached",
            Self::HookStarted(_) => "hook.started",
            Self::HookRan(_) => "hook.ran",
            Self::AgentStarted(_) => "agent.started",
            Self::PlanUpdated { .. } => "plan.updated",
            Self::OutputPresented { .. } => "output.presented",
            Self::MemoryProposed { .. } => "memory.proposed",
            Self::MemoryChanged(_) => "memory.changed",
            Self::MemoryRecalled(_) => "memory.recalled",
            Self::GrantAdded { .. } => "grant.added",
            Self::OutsideAllowed { .. } => "grant.outside-allowed",
            Self::GrantRemoved { .. } => "grant.removed",
            Self::GrantsRevoked { .. } => "grant.revoked-all",
            Self::InstructionsSet { .. } => "instructions.set",
            Self::InstructionsTrusted { .. } => "instructions.trusted",
            Self::SkillCommandsSet { .. } => "skills.commands",
            Self::AppearanceSet { .. } => "appearance.set",
            Self::TaskMarked { .. } => "task.marked",
            Self::ContentLabelled { .. } => "content.labelled",
            Self::ValueAllowed { .. } => "value.allowed",
            Self::ValueWithdrawn { .. } => "value.withdrawn",
            Self::StorageTidied { .. } => "storage.tidied",
            Self::ConnectorChanged(_) => "connector.changed",
            Self::ToolsAdded { .. } => "tools.added",
            Self::BudgetReached { .. } => "budget.reached",
            Self::TaskFinished { .. } => "task.finished",
        }
    }
}
