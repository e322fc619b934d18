//! The state of a task.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{
    Block, CallId, ChangeSet, Code, FinishStatus, Grant, GuestPath, Hash, Label, Message, ModelRef, StopReason,
    TaskStart, Timestamp, Todo, ToolDef, Usage,
};

use crate::{Call, Skills, SubAgent, Touched, Variables};

/// What a task has used.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Totals {
    /// Turns the model was asked for.
    pub turns: u64,
    /// Tokens.
    pub usage: Usage,
    /// US dollars, as far as prices are known.
    pub cost_usd: f64,
    /// Whether some turn had no known price.
    pub cost_incomplete: bool,
    /// Milliseconds of work; waiting for the person and being parked do not count.
    pub worked_ms: i64,
}

/// A change-set whose outcome is not known: an intent that a crash may have cut off.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenChange {
    /// The change-set.
    pub set: ChangeSet,
}

/// How the last model call ended, when it did not give calls to perform.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Last {
    /// Nothing yet, or results are to be sent.
    Open,
    /// An answer without calls.
    Answered(StopReason),
    /// No answer.
    Failed { code: Code, message: String },
}

/// The state of one task: a fold over its events.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    pub(crate) start: TaskStart,
    pub(crate) grants: Vec<Grant>,
    /// Tools that came in addition to those it started with.
    pub(crate) added_tools: Vec<ToolDef>,
    pub(crate) messages: Vec<Message>,
    /// For each message of the model: its index in `messages` and the number of the turn.
    pub(crate) turn_at: Vec<(usize, u64)>,
    /// Messages of models other than the conversation's own: the index in `messages` and the model.
    pub(crate) others: Vec<(usize, ModelRef)>,
    /// The model that was asked and has not answered.
    pub(crate) asked: Option<ModelRef>,
    /// What joins the conversation with the next request.
    pub(crate) queue: Vec<Block>,
    /// What the person said since the last request.
    pub(crate) said: Vec<String>,
    /// Skills that were called, and what they permit and take away until the person speaks again.
    pub(crate) skills: Skills,
    /// Skills whose hooks are in force, with the hash of those.
    pub(crate) skill_hooks: BTreeMap<String, Hash>,
    /// Files it has to do with.
    pub(crate) touched: Touched,
    /// Values kept apart from the conversation.
    pub(crate) variables: Variables,
    /// Follow-ups that wait until the task is over, by the number of the event that queued them.
    pub(crate) follow_ups: Vec<(u64, String)>,
    pub(crate) calls: Vec<Call>,
    pub(crate) call_ids: BTreeSet<CallId>,
    /// For ids that clashed: the number to try next.
    pub(crate) next_clash: BTreeMap<CallId, u32>,
    pub(crate) last: Last,
    pub(crate) cut_answers: u32,
    pub(crate) compacted_before: u64,
    pub(crate) overflowed_at: Option<u64>,
    pub(crate) last_context: u64,
    pub(crate) totals: Totals,
    pub(crate) taint: Label,
    pub(crate) plan: Vec<Todo>,
    pub(crate) outputs: Vec<GuestPath>,
    /// The sub-agent in work: the conversation is its own meanwhile.
    pub(crate) agent: Option<Box<SubAgent>>,
    pub(crate) open_change: Option<OpenChange>,
    pub(crate) applied: Vec<ChangeSet>,
    pub(crate) sets_seen: u64,
    pub(crate) requests_seen: u64,
    pub(crate) refused: u64,
    pub(crate) last_effect_refused: bool,
    pub(crate) budget_reached: Option<String>,
    pub(crate) finished: Option<(FinishStatus, String)>,
    pub(crate) head: Hash,
    pub(crate) next_seq: u64,
    pub(crate) last_at: Timestamp,
}

impl Task {
    /// What the task was started with.
    pub const fn start(&self) -> &TaskStart {
        &self.start
    }
    /// The folders granted now.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }
    /// The join of the labels of all the task has read; while a sub-agent works, of all it has read as well.
    pub const fn taint(&self) -> &Label {
        &self.taint
    }
    /// What shall be said when the task is over, oldest first, each with the number of the event that queued it.
    pub fn follow_ups(&self) -> &[(u64, String)] {
        &self.follow_ups
    }
    /// The plan.
    pub fn plan(&self) -> &[Todo] {
        &self.plan
    }
    /// Files marked as outputs.
    pub fn outputs(&self) -> &[GuestPath] {
        &self.outputs
    }
    /// What was used.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }
    /// The calls of the turn in work; the sub-agent's, while one works.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }
    /// A call of the turn in work.
    pub fn call(&self, id: &CallId) -> Option<&Call> {
        self.open_calls().find(|call| call.call.id == *id)
    }
    /// An intent to change files whose outcome is not known.
    pub const fn open_change(&self) -> Option<&OpenChange> {
        self.open_change.as_ref()
    }
    /// The change-sets that landed, oldest first, undos and redos among them.
    pub fn applied(&self) -> &[ChangeSet] {
        &self.applied
    }
    /// How many change-sets the log has named; the number of the next one.
    pub const fn change_sets_seen(&self) -> u64 {
        self.sets_seen
    }
    /// The highest number of a request to the network in the log.
    pub const fn requests_seen(&self) -> u64 {
        self.requests_seen
    }
    /// What the person said that no model has heard yet.
    pub fn said(&self) -> &[String] {
        &self.said
    }
    /// Skills that were called.
    pub const fn skills(&self) -> &Skills {
        &self.skills
    }
    /// The skills that were used and whose hooks are in force, with the hash of those.
    pub const fn skill_hooks(&self) -> &BTreeMap<String, Hash> {
        &self.skill_hooks
    }
    /// The files it has to do with.
    pub const fn touched(&self) -> &Touched {
        &self.touched
    }
    /// Values kept apart from the conversation.
    pub const fn variables(&self) -> &Variables {
        &self.variables
    }
    /// How many actions the policy refused.
    pub const fn refused(&self) -> u64 {
        self.refused
    }
    /// How the task ended, if it did, and its last words.
    pub fn finished(&self) -> Option<(FinishStatus, &str)> {
        self.finished
            .as_ref()
            .map(|(status, summary)| (*status, summary.as_str()))
    }
    /// Hash of the last event.
    pub const fn head(&self) -> Hash {
        self.head
    }
    /// Number the next event will have.
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }
}
