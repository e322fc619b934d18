//! One task in work: its state, its log, its files. The only place where a task's events are appended.

use std::sync::Arc;

use deskhand_agent::Task;
use deskhand_store::EventLog;
use deskhand_types::{ChangeSetId, EventBody, EventDraft, Label, TaskId};
use deskhand_workspace::Workspace;

use crate::{Clock, EngineError, Observer};

/// One task in work.
pub(crate) struct Session<'a> {
    pub id: TaskId,
    pub state: Task,
    pub log: Arc<dyn EventLog>,
    pub workspace: Arc<Workspace>,
    pub clock: Arc<dyn Clock>,
    pub observer: &'a dyn Observer,
}

impl Session<'_> {
    /// Appends events and takes them in. On a conflict nothing was appended: another process works on the task.
    pub fn append(&mut self, drafts: Vec<EventDraft>) -> Result<(), EngineError> {
        let events = self
            .log
            .append(&self.id, self.state.next_seq(), self.clock.now(), &drafts)?;
        for event in &events {
            self.state.apply(event);
            self.observer.event(event);
        }
        Ok(())
    }

    /// Appends one event without a label.
    pub fn tell(&mut self, body: EventBody) -> Result<(), EngineError> {
        self.append(vec![body.into()])
    }

    /// The id the next change-set of this task gets.
    pub fn next_change_set(&self) -> ChangeSetId {
        change_set_id(&self.id, self.state.change_sets_seen())
    }
}

/// The id of change-set number `number` (from 0) of a task.
pub(crate) fn change_set_id(task: &TaskId, number: u64) -> ChangeSetId {
    ChangeSetId::new(format!("{task}.{}", number + 1))
}

/// An event that carries content.
pub(crate) const fn labelled(body: EventBody, label: Label) -> EventDraft {
    EventDraft {
        body,
        label: Some(label),
    }
}
