//! What the engine needs of a surface: somebody to ask, somebody to tell.

use async_trait::async_trait;
use deskhand_types::{Answer, CallId, CallProgress, Event, StreamDelta};

use crate::views::InboxItem;

/// The person at a surface, if there is one.
#[async_trait]
pub trait Person: Send + Sync {
    /// Asks. `None` parks the question: it stays in the inbox and the task ends its run as waiting.
    async fn ask(&self, item: &InboxItem) -> Option<Answer>;

    /// Asks questions that come as one card ([`crate::views::cards`]): an answer for each, in their order. A surface that
    /// shows no cards is asked one by one.
    async fn ask_together(&self, card: &[InboxItem]) -> Vec<Option<Answer>> {
        let mut answers = Vec::new();
        for item in card {
            answers.push(self.ask(item).await);
        }
        answers
    }
}

/// Nobody is there: every question parks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

#[async_trait]
impl Person for Nobody {
    async fn ask(&self, _item: &InboxItem) -> Option<Answer> {
        None
    }
}

/// Somebody who watches. Told after the fact; can slow nothing down but itself.
pub trait Observer: Send + Sync {
    /// An event was appended.
    fn event(&self, _event: &Event) {}
    /// A model streams.
    fn delta(&self, _delta: &StreamDelta) {}
    /// A command writes: bytes as they come, which may end in the middle of a character.
    fn command_output(&self, _call: &CallId, _bytes: &[u8]) {}
    /// A connector's server tells how far a call is.
    fn progress(&self, _call: &CallId, _progress: &CallProgress) {}
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Observer for Unwatched {}
