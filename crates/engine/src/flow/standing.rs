//! Values the person allowed for good: "always this address", never a whole tool (`injection.md` 4.4). Settings, like
//! everything else that outlives a task; they count for tasks taken up from then on.

use deskhand_types::{Answer, Ask, EventBody, TaskId, ValueRule};

use crate::{Engine, EngineError, views::TrustView};

impl Engine {
    /// Answers an open question with yes, and allows its value for good. `number` counts the values the question offers
    /// from 0. Returns the task.
    ///
    /// # Errors
    /// When the question is not open or offers no such value; nothing was allowed then.
    pub fn allow_always(&self, id: &str, number: usize) -> Result<TaskId, EngineError> {
        let item = self.question(&id.into())?;
        let Ask::Approve { grounds, .. } = &item.ask else {
            return Err(EngineError::NoSuchQuestion(id.to_owned()));
        };
        let offered = grounds.always.get(number).cloned();
        let rule = offered.ok_or_else(|| EngineError::NoSuchQuestion(format!("{id}, value {}", number + 1)))?;
        let task = self.answer(item.id.as_str(), Answer::Allow)?;
        self.set(EventBody::ValueAllowed { rule })?;
        Ok(task)
    }

    /// How far a task can be trusted, and why.
    ///
    /// # Errors
    /// When the task does not exist.
    pub fn trust(&self, task: &TaskId) -> Result<TrustView, EngineError> {
        Ok(TrustView::of(&self.events(task)?))
    }

    /// Takes a value's standing permission back.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn withdraw_value(&self, rule: ValueRule) -> Result<(), EngineError> {
        self.set(EventBody::ValueWithdrawn { rule })
    }
}
