//! What the person does with a task from outside: say more, stop it, branch it off, name, pin or archive it.

use deskhand_store::EventLog as _;
use deskhand_types::{EventBody, EventDraft, FinishStatus, Label, Marks, TaskId};

use crate::{BranchOptions, Engine, EngineError, Speech, branch};

/// What is to change of a task's marks; `None` = as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MarksPatch {
    /// A title; empty = the usual one.
    pub title: Option<String>,
    /// Pinned?
    pub pinned: Option<bool>,
    /// Archived?
    pub archived: Option<bool>,
}

impl Engine {
    /// Says more to a task nobody works on; the next [`Engine::work`] goes on with it. To one that is worked on, speak
    /// through a [`crate::Post`].
    ///
    /// # Errors
    /// When the task does not exist or the store fails.
    pub fn say(&self, task: &TaskId, speech: impl Into<Speech>) -> Result<u64, EngineError> {
        let speech = speech.into();
        let label = speech.label();
        let Speech { text, voice } = speech;
        if text.trim().is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        let body = EventBody::PersonSaid {
            text,
            queued: None,
            voice,
        };
        self.speak(task, body, label)
    }

    /// Says what shall be done when a task nobody works on is done.
    ///
    /// # Errors
    /// As [`Engine::say`].
    pub fn follow_up(&self, task: &TaskId, speech: impl Into<Speech>) -> Result<u64, EngineError> {
        let speech = speech.into();
        let label = speech.label();
        let Speech { text, voice } = speech;
        if text.trim().is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        self.speak(task, EventBody::FollowUpQueued { text, voice }, label)
    }

    /// Takes a follow-up of a task nobody works on back. One that was said already stays said.
    ///
    /// # Errors
    /// As [`Engine::say`].
    pub fn withdraw(&self, task: &TaskId, queued: u64) -> Result<u64, EngineError> {
        self.speak(task, EventBody::FollowUpWithdrawn { queued }, Label::person())
    }

    fn speak(&self, task: &TaskId, body: EventBody, label: Label) -> Result<u64, EngineError> {
        // Whoever works on it would meet an event it does not know.
        let _lease = self.claim(task)?;
        let seq = self.state(task)?.next_seq();
        let draft = EventDraft {
            body,
            label: Some(label),
        };
        self.store().append(task, seq, self.config().clock.now(), &[draft])?;
        Ok(seq)
    }

    /// Ends a task whose work was broken off: a change that was cut off is completed or taken back, open calls end
    /// undone, and the task is stopped until more is said. Nothing happens to a task that is over.
    ///
    /// # Errors
    /// When somebody works on it, or the store fails.
    pub fn stop(&self, task: &TaskId) -> Result<(), EngineError> {
        self.end(task, FinishStatus::Stopped, "Stopped by you.")
    }

    /// Ends a task that could not be worked on, as failed, with the reason; as [`Engine::stop`] otherwise.
    ///
    /// # Errors
    /// As [`Engine::stop`].
    pub fn give_up(&self, task: &TaskId, reason: &str) -> Result<(), EngineError> {
        self.end(task, FinishStatus::Failed, reason)
    }

    fn end(&self, task: &TaskId, status: FinishStatus, summary: &str) -> Result<(), EngineError> {
        let _lease = self.claim(task)?;
        let mut session = self.quiet_session(task)?;
        if session.state.open_change().is_some() {
            crate::recover::reconcile_now(&mut session)?;
        }
        if session.state.finished().is_some() {
            return Ok(());
        }
        let mut drafts = branch::ended_calls(
            &session.state,
            "engine.stopped",
            "The task was stopped before this was done.",
        );
        drafts.push(
            EventBody::TaskFinished {
                status,
                summary: summary.to_owned(),
            }
            .into(),
        );
        session.append(drafts)
    }

    /// Makes a new task from a point of another: its conversation up to there, its folders, the files as they stand now.
    ///
    /// # Errors
    /// When the task does not exist, no model can be used, or nothing would be said. Nothing was made then.
    pub fn branch(&self, task: &TaskId, options: &BranchOptions) -> Result<TaskId, EngineError> {
        let events = self.events(task)?;
        let chosen = options
            .model
            .as_deref()
            .map(|model| self.models().resolve(Some(model)))
            .transpose()?;
        let mut start = self.state(task)?.start().clone();
        let id = self.config().clock.fresh_task();
        let outputs = self.store().outputs_folder(&id)?;
        for grant in start.grants.iter_mut().filter(|grant| grant.name == "outputs") {
            grant.folder = outputs.to_string_lossy().into_owned();
        }
        start.version.clone_from(&self.config().version);
        let drafts = branch::drafts(task, &events, options, start, chosen)?;
        self.store().append(&id, 0, self.config().clock.now(), &drafts)?;
        Ok(id)
    }

    /// Tasks that `owner` was working on when it was cut off: neither over nor waiting, and nobody works on them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn cut_off(&self, owner: &str) -> Result<Vec<TaskId>, EngineError> {
        let mut found = Vec::new();
        for head in self.store().tasks()? {
            let was_here = self
                .store()
                .lease_owner(&head.task)?
                .is_some_and(|held| held.starts_with(owner));
            if !was_here {
                continue;
            }
            let goes_on = |state: &deskhand_agent::Task| {
                !matches!(state.next(), deskhand_agent::Next::Idle | deskhand_agent::Next::Wait(_))
            };
            if self.state(&head.task).is_ok_and(|state| goes_on(&state)) && self.claim(&head.task).is_ok() {
                found.push(head.task);
            }
        }
        Ok(found)
    }

    /// Names, pins or archives a task.
    ///
    /// # Errors
    /// When the task does not exist or the store fails.
    pub fn mark(&self, task: &TaskId, patch: &MarksPatch) -> Result<Marks, EngineError> {
        self.state(task)?;
        let mut marks = self.settings()?.marks.remove(task).unwrap_or_default();
        if let Some(title) = &patch.title {
            let title = title.trim();
            marks.title = (!title.is_empty()).then(|| title.chars().take(200).collect());
        }
        marks.pinned = patch.pinned.unwrap_or(marks.pinned);
        marks.archived = patch.archived.unwrap_or(marks.archived);
        self.set(EventBody::TaskMarked {
            task: task.clone(),
            marks: marks.clone(),
        })?;
        Ok(marks)
    }
}
