//! Jobs for several threads, last in first out, so that few folders are open at once.

use std::sync::{Condvar, Mutex, PoisonError};

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    jobs: Vec<T>,
    /// Jobs that are waiting or being done: when there are none, nothing more can come.
    open: usize,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                jobs: Vec::new(),
                open: 0,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn push(&self, job: T) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.jobs.push(job);
        state.open += 1;
        drop(state);
        self.changed.notify_one();
    }

    /// The next job; waits for one while others may still push. `None`: all is done. Each job got is ended by
    /// [`Self::done`].
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = state.jobs.pop() {
                return Some(job);
            }
            if state.open == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn done(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = state.open.saturating_sub(1);
        if state.open == 0 {
            drop(state);
            self.changed.notify_all();
        }
    }
}
