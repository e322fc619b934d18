//! The event log, as a trait, and what it answers with.

use deskhand_types::{EffectClass, Event, EventBody, EventDraft, Hash, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// What an appended event survives once `append` has returned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Durability {
    /// The death of this process at any instant. A power cut may take the latest such events away, always from the end.
    Process,
    /// A power cut as well: the call waits for the disk, for these events and all before them.
    Power,
}

impl Durability {
    /// What `drafts` need when nobody says otherwise.
    ///
    /// Waiting for the disk costs milliseconds, so only those events wait that the world outside the log depends on:
    /// what the person said or decided, and intents before files change or anything happens that cannot be undone. If a
    /// power cut takes later events away (a model's answer, a read), the task repeats that work and nothing else is lost.
    pub fn of(drafts: &[EventDraft]) -> Self {
        if drafts.iter().any(|draft| waits_for_disk(&draft.body)) {
            Self::Power
        } else {
            Self::Process
        }
    }
}

fn waits_for_disk(body: &EventBody) -> bool {
    match body {
        EventBody::ToolStarted { action, .. } => action.effect >= EffectClass::Irreversible,
        EventBody::HookStarted(start) => start.action.effect >= EffectClass::Irreversible,
        EventBody::TaskStarted(_)
        | EventBody::PersonSaid { .. }
        | EventBody::FollowUpQueued { .. }
        | EventBody::FollowUpWithdrawn { .. }
        | EventBody::TaskMarked { .. }
        | EventBody::ApprovalAnswered { .. }
        | EventBody::ChangeIntended { .. }
        | EventBody::GrantAdded { .. }
        | EventBody::OutsideAllowed { .. }
        | EventBody::GrantRemoved { .. }
        | EventBody::GrantsRevoked {}
        | EventBody::AppearanceSet { .. }
        | EventBody::InstructionsSet { .. }
        | EventBody::InstructionsTrusted { .. }
        | EventBody::ConnectorChanged(_)
        | EventBody::ValueAllowed { .. }
        | EventBody::MemoryChanged(_)
        | EventBody::ValueWithdrawn { .. }
        | EventBody::TaskFinished { .. } => true,
        _ => false,
    }
}

/// One line of the list of tasks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskHead {
    /// The task.
    pub task: TaskId,
    /// Time of the first event.
    pub first_at: Timestamp,
    /// Time of the last event.
    pub last_at: Timestamp,
    /// Number of the last event.
    pub last_seq: u64,
}

/// A log whose every byte was checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verification {
    /// How many events.
    pub events: u64,
    /// Hash of the last event. Kept elsewhere, it proves later that not even the whole log was rewritten.
    pub head: Hash,
}

/// An event that matches a search.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hit {
    /// The task.
    pub task: TaskId,
    /// The event.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Its kind (`model.answered`).
    pub kind: String,
    /// The words around the first match, on one line.
    pub snippet: String,
}

/// The right to continue a task, held by one process at a time. Given back when dropped, also by the death of the process.
#[must_use = "the task is free for others again as soon as this is dropped"]
pub struct Lease(#[allow(dead_code, reason = "held for its drop")] Box<dyn Send + Sync>);

impl Lease {
    /// A lease that lasts as long as `guard`.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lease")
    }
}

/// Append-only, hash-chained logs, one per task. Calls block; run them off the async threads where that matters.
pub trait EventLog: Send + Sync {
    /// Appends `drafts` to the log of `task`, all or none, with the durability of [`Durability::of`]. `expected_seq` is
    /// the number the first of them shall get, i.e. how many events the caller knows of. Returns what was appended.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the log has another length; nothing was appended then.
    fn append(
        &self,
        task: &TaskId,
        expected_seq: u64,
        at: Timestamp,
        drafts: &[EventDraft],
    ) -> Result<Vec<Event>, StoreError> {
        self.append_with(task, expected_seq, at, drafts, Durability::of(drafts))
    }

    /// As [`EventLog::append`], with a durability of the caller's choice.
    ///
    /// # Errors
    /// As [`EventLog::append`].
    fn append_with(
        &self,
        task: &TaskId,
        expected_seq: u64,
        at: Timestamp,
        drafts: &[EventDraft],
        durability: Durability,
    ) -> Result<Vec<Event>, StoreError>;

    /// The events of a log from number `from_seq` on, each checked against its hash. Empty when there are none.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when a stored event is not what was appended; [`StoreError::Unreadable`] when another
    /// version of Deskhand wrote an event this one does not know.
    fn read(&self, task: &TaskId, from_seq: u64) -> Result<Vec<Event>, StoreError> {
        let mut events = Vec::new();
        self.each(task, from_seq, &mut |event| events.push(event))?;
        Ok(events)
    }

    /// As [`EventLog::read`], one event after the other: what folds a long log need not hold all of it. What stands before a
    /// wrong event was seen. `see` must not use this store.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    fn each(&self, task: &TaskId, from_seq: u64, see: &mut dyn FnMut(Event)) -> Result<(), StoreError>;

    /// All tasks, the one with the latest event first; without the application's own log.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn tasks(&self) -> Result<Vec<TaskHead>, StoreError>;

    /// Checks every byte of a log.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] names the first event that is wrong; [`StoreError::UnknownTask`].
    fn verify(&self, task: &TaskId) -> Result<Verification, StoreError>;

    /// Events with all the words of `text` (word beginnings; `"several words"` as a phrase) in prompts, answers, tool
    /// calls, results or paths; the best match first, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read, or the index cannot be brought up to date.
    fn search(&self, text: &str, limit: usize) -> Result<Vec<Hit>, StoreError>;

    /// The one task whose id begins with `prefix`, in either case.
    ///
    /// # Errors
    /// [`StoreError::UnknownTask`], [`StoreError::AmbiguousTask`].
    fn resolve_prefix(&self, prefix: &str) -> Result<TaskId, StoreError>;

    /// Takes the right to continue `task`. `owner` names the process for a person ("deskhand serve, process 4711").
    ///
    /// # Errors
    /// [`StoreError::Claimed`] while another holds it.
    fn claim(&self, task: &TaskId, owner: &str) -> Result<Lease, StoreError>;
}

#[cfg(test)]
mod tests {
    use deskhand_types::{Action, ToolCall};

    use super::*;

    fn tool_started(effect: EffectClass) -> EventDraft {
        EventBody::ToolStarted {
            call: ToolCall {
                id: "c".into(),
                name: "T".to_owned(),
                input: serde_json::Value::Null,
            },
            action: Action {
                call: "c".into(),
                tool: "T".to_owned(),
                effect,
                paths: Vec::new(),
                summary: String::new(),
                tier: None,
                hash: Hash::ZERO,
            },
        }
        .into()
    }

    #[test]
    fn intents_and_what_the_person_said_wait_for_the_disk() {
        let said = EventDraft::from(EventBody::PersonSaid {
            text: String::new(),
            queued: None,
            voice: Vec::new(),
        });
        let plan = EventDraft::from(EventBody::PlanUpdated { todos: Vec::new() });
        let read = tool_started(EffectClass::Read);
        assert_eq!(Durability::of(&[]), Durability::Process);
        assert_eq!(Durability::of(&[plan.clone(), read.clone()]), Durability::Process);
        assert_eq!(Durability::of(&[tool_started(EffectClass::Outward)]), Durability::Power);
        assert_eq!(
            Durability::of(&[tool_started(EffectClass::Irreversible)]),
            Durability::Power
        );
        assert_eq!(
            Durability::of(&[plan, said, read]),
            Durability::Power,
            "one that waits is enough"
        );
    }
}
