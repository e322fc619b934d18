//! Looking: tasks, what they used, what they sent, what they changed. Folds over their events; nothing is changed.

use deskhand_agent::Task;
use deskhand_store::{EventLog, Hit, Verification};
use deskhand_types::{Event, TaskId};

use crate::{
    Engine, EngineError,
    views::{NetworkLine, TaskLine, TaskView, UsageLine},
};

impl Engine {
    /// The task an id, or the beginning of one, names.
    ///
    /// # Errors
    /// When no task or several begin so.
    pub fn find(&self, id: &str) -> Result<TaskId, EngineError> {
        Ok(self.store.resolve_prefix(id)?)
    }

    /// All tasks, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tasks(&self) -> Result<Vec<TaskLine>, EngineError> {
        self.fold_tasks(|task, _, head| TaskLine::of(head.task.clone(), task, head.first_at, head.last_at))
    }

    /// What all tasks used, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn usage(&self) -> Result<Vec<UsageLine>, EngineError> {
        self.fold_tasks(|task, events, head| UsageLine::of(head.task.clone(), task, events))
    }

    /// The ledger of the network: of one task, or of all, newest task first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn network(&self, task: Option<&TaskId>) -> Result<Vec<NetworkLine>, EngineError> {
        let tasks = if let Some(task) = task {
            vec![task.clone()]
        } else {
            let tasks = self.store.tasks()?.into_iter().map(|head| head.task);
            std::iter::once(TaskId::connectors()).chain(tasks).collect()
        };
        let mut lines = Vec::new();
        for task in tasks {
            lines.extend(NetworkLine::of(&task, &self.store.read(&task, 0)?));
        }
        Ok(lines)
    }

    fn fold_tasks<T>(
        &self,
        fold: impl Fn(&Task, &[Event], &deskhand_store::TaskHead) -> T,
    ) -> Result<Vec<T>, EngineError> {
        let mut lines = Vec::new();
        for head in self.store.tasks()? {
            let events = self.store.read(&head.task, 0)?;
            if let Some(task) = Task::replay(&events) {
                lines.push(fold(&task, &events, &head));
            }
        }
        Ok(lines)
    }

    /// The events of a task.
    ///
    /// # Errors
    /// When the task does not exist.
    pub fn events(&self, task: &TaskId) -> Result<Vec<Event>, EngineError> {
        Ok(self.store.read(task, 0)?)
    }

    /// One task as a whole.
    ///
    /// # Errors
    /// When the task does not exist.
    pub fn show(&self, task: &TaskId) -> Result<TaskView, EngineError> {
        TaskView::of(task, &self.events(task)?).ok_or_else(|| EngineError::NotATask(task.clone()))
    }

    /// The differences each step of a task made, oldest step first.
    ///
    /// # Errors
    /// When the task does not exist.
    pub fn diffs(&self, task: &TaskId) -> Result<Vec<Vec<deskhand_workspace::FileDiff>>, EngineError> {
        let state = self.state(task)?;
        // No folder is opened: what changed is in the blob store, whatever became of the folders.
        let workspace = self.workspace(&[])?;
        Ok(state.applied().iter().map(|set| workspace.diff(set)).collect())
    }

    /// Searches everything tasks said, read and did.
    ///
    /// # Errors
    /// When the store fails.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Hit>, EngineError> {
        Ok(self.store.search(text, limit)?)
    }

    /// Checks the hash chain of a task's log.
    ///
    /// # Errors
    /// When an event was changed, with its number.
    pub fn verify(&self, task: &TaskId) -> Result<Verification, EngineError> {
        Ok(self.store.verify(task)?)
    }
}
