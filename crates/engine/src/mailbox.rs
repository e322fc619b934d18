//! What the person says to a task while it is worked on: steering, follow-ups, and taking a follow-up back.
//!
//! Only the session that works on a task appends to its log, so what is said goes to it, and is in the log when
//! [`Post::say`] returns. The model hears it at its next turn (`agent::Task` orders that).

use deskhand_types::EventBody;
use tokio::sync::{mpsc, oneshot};

use crate::Speech;

/// Nobody works on the task any more. What was said is not in its log; say it with [`crate::Engine::say`] once the work
/// has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nobody works on the task any more, so this was not said")]
pub struct Unheard;

/// One thing said.
pub(crate) struct Letter {
    pub body: EventBody,
    /// Told the number of the event when it is in the log.
    pub arrived: oneshot::Sender<u64>,
}

/// The end for whoever speaks.
#[derive(Clone, Debug)]
pub struct Post(mpsc::UnboundedSender<Letter>);

/// The end for the session that works on the task.
#[derive(Debug)]
pub struct Mailbox(pub(crate) mpsc::UnboundedReceiver<Letter>);

/// Both ends.
pub fn mailbox() -> (Post, Mailbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Post(sender), Mailbox(receiver))
}

impl Post {
    /// Says something; the model hears it at its next turn. Returns the number of the event.
    ///
    /// # Errors
    /// When the work has ended.
    pub async fn say(&self, speech: impl Into<Speech>) -> Result<u64, Unheard> {
        let Speech { text, voice } = speech.into();
        self.send(EventBody::PersonSaid {
            text,
            queued: None,
            voice,
        })
        .await
    }

    /// Says what shall be done when the task is done. Returns the number of the event, which withdrawing names.
    ///
    /// # Errors
    /// When the work has ended.
    pub async fn follow_up(&self, speech: impl Into<Speech>) -> Result<u64, Unheard> {
        let Speech { text, voice } = speech.into();
        self.send(EventBody::FollowUpQueued { text, voice }).await
    }

    /// Takes a follow-up back. One that was said already stays said.
    ///
    /// # Errors
    /// When the work has ended.
    pub async fn withdraw(&self, queued: u64) -> Result<u64, Unheard> {
        self.send(EventBody::FollowUpWithdrawn { queued }).await
    }

    async fn send(&self, body: EventBody) -> Result<u64, Unheard> {
        let (arrived, seq) = oneshot::channel();
        self.0.send(Letter { body, arrived }).map_err(|_| Unheard)?;
        seq.await.map_err(|_| Unheard)
    }
}
