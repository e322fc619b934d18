//! The fold: what is kept of a task's log, and one event more.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use deskhand_agent::Task;
use deskhand_types::{ApprovalId, Ask, CallId, Cause, Event, EventBody, Label, TaskId, Timestamp};

use super::{
    changes::Changes,
    changes::Landed,
    notices::{Refusals, Told},
    tool::connector_tool,
};
use crate::api::Item;

/// What the interface shows of one task: a fold over its log.
#[derive(Debug)]
pub struct Thread {
    pub(super) id: TaskId,
    pub(super) task: Task,
    pub(super) started_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// Shared with the pages that are on their way: a long conversation is not copied for each.
    pub(super) items: Vec<Arc<Item>>,
    /// The tool calls, by id.
    pub(super) calls: HashMap<CallId, Used>,
    /// The latest question with an id; deciding anew asks again under the same id.
    pub(super) questions: HashMap<ApprovalId, Question>,
    /// The text of the model's last answer: a task's last words usually repeat it.
    pub(super) last_answer: String,
    /// Background commands by their ids, as a person knows them.
    pub(super) background: HashMap<String, String>,
    /// One per change-set that landed, in the order of the task's.
    pub(super) landed: Vec<Landed>,
    /// How many commands ran, by tier.
    pub(super) ran: BTreeMap<&'static str, u64>,
    /// How many requests to the network, by host.
    pub(super) hosts: BTreeMap<String, u64>,
    /// How often a connector was used, by its name.
    pub(super) connectors: BTreeMap<String, u64>,
    /// How often a skill was used, by its name and its plugin.
    pub(super) skills: BTreeMap<(String, Option<String>), u64>,
    pub(super) refusals: Option<Refusals>,
    /// The latest notice of content that was withheld from the model.
    pub(super) withheld: Option<Told>,
    /// Number of the event that last changed what stands beside the conversation.
    pub(super) rail_changed: u64,
    /// Milliseconds of work, as of then: it grows with every event, and is no reason to send everything anew.
    pub(super) worked_ms: i64,
    /// Made when first asked for after a change landed: looking at all change-sets with every event would be slow.
    pub(super) changes: OnceLock<Changes>,
}

/// A tool call that was made.
#[derive(Debug)]
pub(super) struct Used {
    /// Its item.
    pub item: usize,
    /// In a line, with what makes it worth judging ("Overwrite plan.md (2.1 kB)"); empty until it is started.
    pub title: String,
    /// Whether its outcome is known.
    pub over: bool,
}

/// A question that was asked.
#[derive(Debug)]
pub(super) struct Question {
    /// Its item.
    pub item: usize,
    /// The call that waits.
    pub call: CallId,
}

impl Thread {
    /// What is shown after the first event of a log. `None` when that is not the start of a task.
    pub fn begin(first: &Event) -> Option<Self> {
        let task = Task::begin(first)?;
        let mut thread = Self {
            id: first.task.clone(),
            task,
            started_at: first.at,
            updated_at: first.at,
            items: Vec::new(),
            calls: HashMap::new(),
            questions: HashMap::new(),
            last_answer: String::new(),
            background: HashMap::new(),
            landed: Vec::new(),
            ran: BTreeMap::new(),
            hosts: BTreeMap::new(),
            connectors: BTreeMap::new(),
            skills: BTreeMap::new(),
            refusals: None,
            withheld: None,
            rail_changed: first.seq,
            worked_ms: 0,
            changes: OnceLock::new(),
        };
        thread.tell(first, None);
        Some(thread)
    }

    /// From a whole log. `None` when it does not begin with the start of a task.
    pub fn replay(events: &[Event]) -> Option<Self> {
        let mut thread = None;
        for event in events {
            Self::fold(&mut thread, event);
        }
        thread
    }

    /// Takes in the events of a log one by one, from the first. None stays none when that is not the start of a task.
    pub fn fold(thread: &mut Option<Self>, event: &Event) {
        match thread {
            Some(thread) => thread.apply(event),
            None if event.seq == 0 => *thread = Self::begin(event),
            None => {}
        }
    }

    /// Takes in the next event. One that is known already changes nothing.
    pub fn apply(&mut self, event: &Event) {
        if event.seq < self.task.next_seq() {
            return;
        }
        let moves_rail = self.moves_rail(event);
        let open = self.task.open_change().map(|open| open.set.cause.clone());
        let landed = self.task.applied().len();
        self.task.apply(event);
        self.updated_at = event.at;
        if self.task.applied().len() > landed {
            self.land(event, open.as_ref());
        }
        self.tell(event, open.as_ref());
        if moves_rail {
            self.rail_changed = event.seq;
            self.worked_ms = self.task.totals().worked_ms;
        }
    }

    /// Number of the last event known.
    pub fn seq(&self) -> u64 {
        self.task.next_seq().saturating_sub(1)
    }

    fn land(&mut self, event: &Event, cause: Option<&Cause>) {
        let title = match cause {
            Some(Cause::Call { call }) => self.calls.get(call).map(|used| used.title.clone()),
            _ => None,
        };
        self.landed.push(Landed {
            seq: event.seq,
            at: event.at,
            title: title.unwrap_or_default(),
        });
        self.changes = OnceLock::new();
    }

    /// Whether an event that comes next changes what stands beside the conversation.
    fn moves_rail(&self, event: &Event) -> bool {
        let moves = match &event.body {
            EventBody::TaskResumed { .. }
            | EventBody::PersonSaid { .. }
            | EventBody::FollowUpQueued { .. }
            | EventBody::FollowUpWithdrawn { .. }
            | EventBody::ModelRequested { .. }
            | EventBody::ModelAnswered { .. }
            | EventBody::ApprovalRequested { .. }
            | EventBody::ApprovalAnswered { .. }
            | EventBody::ChangeApplied { .. }
            | EventBody::CommandFinished { .. }
            | EventBody::NetworkRequested(_)
            | EventBody::SkillUsed(_)
            | EventBody::ConnectorAttached(_)
            | EventBody::PlanUpdated { .. }
            | EventBody::OutputPresented { .. }
            | EventBody::GrantAdded { .. }
            | EventBody::TaskFinished { .. } => true,
            EventBody::ToolStarted { action, .. } => connector_tool(&action.tool).is_some(),
            EventBody::PolicyDecided { .. } | EventBody::ToolFinished { .. } => self.waiting(true).next().is_some(),
            _ => false,
        };
        moves || event.label.as_ref().is_some_and(|label| self.is_news(label))
    }

    /// Whether a label names a source the task has not read yet, or one that is trusted less.
    fn is_news(&self, label: &Label) -> bool {
        let taint = self.task.taint();
        label.integrity > taint.integrity || !label.sources.is_subset(&taint.sources)
    }

    /// The calls that wait for the person. What a server asks in the middle of a call waits only while that call is
    /// `working`: nobody else can tell it the answer.
    pub(super) fn waiting(&self, working: bool) -> impl Iterator<Item = &deskhand_agent::Call> {
        self.task
            .open_calls()
            .filter(|call| call.outcome.is_none())
            .filter(move |call| {
                let open = call.asked.as_ref().filter(|asked| asked.answer.is_none());
                open.is_some_and(|asked| working || !matches!(asked.ask, Ask::Server { .. }))
            })
    }
}
