//! Sign-ins to connectors that are going on in the browser, and how the last ones failed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

/// How a sign-in stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The browser was opened.
    Waiting,
    /// It did not work, and why.
    Failed(String),
}

/// The sign-ins of this process, by connector.
#[derive(Debug, Default)]
pub struct SignIns(Mutex<BTreeMap<String, State>>);

#[derive(Debug)]
enum State {
    Waiting(JoinHandle<()>),
    Failed(String),
}

impl SignIns {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one; one that is going on is given up.
    pub fn begin(&self, name: &str, work: impl FnOnce() -> JoinHandle<()>) {
        // Held while it begins, so that it cannot end before it is known.
        let mut known = self.lock();
        give_up(known.remove(name));
        known.insert(name.to_owned(), State::Waiting(work()));
    }

    /// One ended: well, or with what went wrong.
    pub fn ended(&self, name: &str, failed: Option<String>) {
        let mut known = self.lock();
        match failed {
            None => known.remove(name),
            Some(why) => known.insert(name.to_owned(), State::Failed(why)),
        };
    }

    /// Gives up what is going on and forgets what went wrong.
    pub fn forget(&self, name: &str) {
        give_up(self.lock().remove(name));
    }

    /// How one stands; `None` when nothing is to be told.
    pub fn standing(&self, name: &str) -> Option<Standing> {
        self.lock().get(name).map(|state| match state {
            State::Waiting(_) => Standing::Waiting,
            State::Failed(why) => Standing::Failed(why.clone()),
        })
    }
}

fn give_up(state: Option<State>) {
    if let Some(State::Waiting(work)) = state {
        work.abort();
    }
}
