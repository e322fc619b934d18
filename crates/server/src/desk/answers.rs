//! The person at the desk: answers come in any order, and a task waits for them as long as it takes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use deskhand_engine::{Person, views::InboxItem};
use deskhand_types::{Answer, ApprovalId};
use tokio::sync::Notify;

/// Answers on their way to a task in work.
#[derive(Debug, Default)]
pub(super) struct Answers {
    given: Mutex<HashMap<ApprovalId, Answer>>,
    news: Notify,
}

impl Answers {
    fn lock(&self) -> MutexGuard<'_, HashMap<ApprovalId, Answer>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an answer; `false` when there is one already.
    pub fn give(&self, id: ApprovalId, answer: Answer) -> bool {
        let mut given = self.lock();
        if given.contains_key(&id) {
            return false;
        }
        given.insert(id, answer);
        drop(given);
        self.news.notify_waiters();
        true
    }

    /// Takes an answer back; `false` when the task has it.
    pub fn take_back(&self, id: &ApprovalId) -> bool {
        self.lock().remove(id).is_some()
    }
}

#[async_trait]
impl Person for Answers {
    async fn ask(&self, item: &InboxItem) -> Option<Answer> {
        self.ask_together(std::slice::from_ref(item)).await.pop().flatten()
    }

    /// The questions of a card are answered by a request each: what is there is taken at once, so that the one who answered is
    /// told, and the others stay open.
    async fn ask_together(&self, card: &[InboxItem]) -> Vec<Option<Answer>> {
        loop {
            // Before looking: what comes in between wakes it.
            let news = self.news.notified();
            {
                let mut given = self.lock();
                // Also where another question was answered: these stay open, and the loop of the task asks again.
                if !given.is_empty() {
                    return card.iter().map(|item| given.remove(&item.id)).collect();
                }
            }
            news.await;
        }
    }
}
