//! How many requests a task makes to one host (`injection.md` 3.1 number 10, 4.2 "GET budget"): which of a page's links is
//! asked for can spell out a secret letter by letter, so there is an end to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::TaskId;

/// The budgets of all tasks, for the life of the proxy.
#[derive(Default)]
pub(crate) struct Budgets(Mutex<HashMap<TaskId, Arc<Budget>>>);

/// What one task has asked for, by host.
#[derive(Default)]
pub(crate) struct Budget(Mutex<HashMap<String, u64>>);

impl Budgets {
    pub(crate) fn of(&self, task: &TaskId) -> Arc<Budget> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(budgets.entry(task.clone()).or_default())
    }
}

impl Budget {
    /// Takes one request to `host`, of `most`; false when there is none left.
    pub(crate) fn take(&self, host: &str, most: u64) -> bool {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = made.entry(host.to_owned()).or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        true
    }
}
