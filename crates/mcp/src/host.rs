//! What a connection asks of the program around it.

use async_trait::async_trait;
use serde_json::Value;

use crate::connection::Task;
use crate::sample::{NotSampled, SampleAnswer, SampleRequest};

/// A question of a server to the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// A form: `schema` is the server's JSON Schema of the answer, as it came.
    Form {
        /// The server's words, which are not to be trusted.
        message: String,
        /// What the answer must look like.
        schema: Value,
    },
    /// A page to visit. It must be shown in full and opened only when the person says so.
    Url {
        /// The server's words, which are not to be trusted.
        message: String,
        /// The page.
        url: String,
    },
}

/// What the person said.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Yes; for a form, with its content.
    Accept(Option<Value>),
    /// No.
    Decline,
    /// Neither: the question was closed.
    Cancel,
}

/// A list that a server says has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Its tools.
    Tools,
    /// Its resources.
    Resources,
    /// Its prompts.
    Prompts,
}

/// How far a request is, in the server's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Done so far.
    pub done: f64,
    /// Of how much, where that is known.
    pub total: Option<f64>,
    /// What is being done.
    pub message: Option<String>,
}

/// What a server says for its log.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// `debug` to `emergency`, as in RFC 5424.
    pub level: String,
    /// Which part of the server speaks.
    pub logger: Option<String>,
    /// What it says.
    pub data: Value,
}

/// The program around a connection.
#[async_trait]
pub trait Host: Send + Sync + 'static {
    /// Puts a question of the server to the person.
    async fn ask(&self, question: Question) -> Answer;
    /// Folders the server is told about, as `file://` addresses.
    fn roots(&self) -> Vec<String>;
    /// A list has changed: fetch it again, and compare with the pins.
    fn changed(&self, listing: Listing);
    /// A request goes on.
    fn progress(&self, progress: Progress);
    /// A resource that was subscribed to has changed.
    fn updated(&self, uri: &str) {
        let _ = uri;
    }
    /// The server says something for its log; untrusted.
    fn log(&self, notice: Notice) {
        let _ = notice;
    }
    /// A call became a task, or its state changed. Keeping the id lets [`Connection::resume`](crate::Connection::resume)
    /// fetch its result after a restart.
    fn task(&self, task: &Task) {
        let _ = task;
    }
    /// Whether servers are told that they may ask for a model's answers (`sampling`). They are not, unless a host says so.
    fn samples(&self) -> bool {
        false
    }
    /// Asks a model on the server's behalf. Only called where [`Host::samples`] says so; whoever does asks the person
    /// before, and again before the answer goes to the server.
    async fn sample(&self, request: SampleRequest) -> Result<SampleAnswer, NotSampled> {
        let _ = request;
        Err(NotSampled::NotOffered)
    }
}

/// Keeps what is too large for a result.
#[async_trait]
pub trait Overflow: Send + Sync {
    /// Keeps `bytes` and says under which name they are found again.
    async fn keep(&self, bytes: Vec<u8>) -> Result<String, String>;
}
