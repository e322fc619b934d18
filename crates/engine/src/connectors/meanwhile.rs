//! What comes of a call of a connector's tool before it is over: questions of its server, and how far it is.

use deskhand_mcp::SampleAnswer;
use deskhand_types::{CallProgress, ServerQuestion};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};

/// Words of a server that wait to be heard; more progress than that is dropped, and questions wait their turn.
const WAITING: usize = 32;

/// The line from a call to the task that made it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Meanwhile(mpsc::Sender<Word>);

/// Something a server said in the middle of a call.
#[derive(Debug)]
pub(crate) enum Word {
    /// A question, and where its answer goes.
    Asked(ServerQuestion, oneshot::Sender<Reply>),
    /// How far it is.
    Progress(CallProgress),
}

/// What came of a question.
#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// The form, filled in.
    Filled(Map<String, Value>),
    /// The page was visited, or is about to be.
    Visited,
    /// A model answered, and the person lets the server have it.
    Sampled(SampleAnswer),
    /// It was not possible, in words for the server.
    Failed(String),
    /// The person does not want to.
    Declined,
    /// Nobody was there to be asked.
    Unheard,
}

impl Meanwhile {
    /// A line, and its end at the task.
    pub(crate) fn line() -> (Self, mpsc::Receiver<Word>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// A line to nobody: questions are not heard.
    pub fn nobody() -> Self {
        Self::line().0
    }

    /// Puts a question of a server to the person, and waits as long as it takes.
    pub async fn ask(&self, question: ServerQuestion) -> Reply {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Word::Asked(question, answer)).await.is_err() {
            return Reply::Unheard;
        }
        answered.await.unwrap_or(Reply::Unheard)
    }

    /// Tells how far the call is.
    pub fn progress(&self, progress: CallProgress) {
        // A server that tells more than can be heard is not waited for.
        let _ = self.0.try_send(Word::Progress(progress));
    }
}
