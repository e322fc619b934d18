//! What a task takes to one host: how many requests it makes (`injection.md` 3.1 number 10, 4.2 "GET budget") and how many
//! bytes leave with them. Which of a page's links is asked for can spell out a secret letter by letter, and many small
//! bodies are as much as a large one; so there is an end to both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::TaskId;

/// The budgets of all tasks, for the life of the proxy.
#[derive(Default)]
pub(crate) struct Budgets(Mutex<HashMap<TaskId, Arc<Budget>>>);

/// What one task has asked for and sent, by host.
#[derive(Default)]
pub(crate) struct Budget(Mutex<HashMap<String, Spent>>);

#[derive(Default)]
struct Spent {
    requests: u64,
    bytes: u64,
}

impl Budgets {
    pub(crate) fn of(&self, task: &TaskId) -> Arc<Budget> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(budgets.entry(task.clone()).or_default())
    }
}

impl Budget {
    /// Takes one request to `host`, of `most`; false when there is none left.
    pub(crate) fn take(&self, host: &str, most: u64) -> bool {
        self.with(host, |spent| {
            let may = spent.requests < most;
            spent.requests += u64::from(may);
            may
        })
    }

    /// Counts bytes that are about to leave for `host`, unless they would make more than `most` in all.
    pub(crate) fn send(&self, host: &str, bytes: u64, most: u64) -> bool {
        self.with(host, |spent| {
            let sum = spent.bytes.saturating_add(bytes);
            let may = sum <= most;
            if may {
                spent.bytes = sum;
            }
            may
        })
    }

    fn with<T>(&self, host: &str, what: impl FnOnce(&mut Spent) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what(all.entry(host.to_owned()).or_default())
    }
}
