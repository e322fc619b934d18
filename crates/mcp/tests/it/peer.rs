//! A server written for a test: it answers each message with the lines a closure gives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deskhand_mcp::{
    Answer, Connection, Error, Host, Limits, Listing, NotSampled, Overflow, Progress, Question, SampleAnswer,
    SampleRequest,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// What the host was asked and told.
#[derive(Default)]
pub struct Person {
    pub answers: Mutex<Vec<Answer>>,
    /// How long it takes to answer.
    pub takes: Mutex<Duration>,
    pub questions: Mutex<Vec<Question>>,
    pub changes: Mutex<Vec<Listing>>,
    pub progress: Mutex<Vec<Progress>>,
    /// What comes of asking a model; `None` = servers may not ask.
    pub samples: Mutex<Option<Result<SampleAnswer, NotSampled>>>,
    pub sampled: Mutex<Vec<SampleRequest>>,
}

#[async_trait]
impl Host for Person {
    async fn ask(&self, question: Question) -> Answer {
        self.questions.lock().unwrap().push(question);
        let takes = *self.takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        self.answers.lock().unwrap().pop().unwrap_or(Answer::Decline)
    }
    fn roots(&self) -> Vec<String> {
        vec!["file:///books".to_owned()]
    }
    fn changed(&self, listing: Listing) {
        self.changes.lock().unwrap().push(listing);
    }
    fn progress(&self, progress: Progress) {
        self.progress.lock().unwrap().push(progress);
    }
    fn samples(&self) -> bool {
        self.samples.lock().unwrap().is_some()
    }
    async fn sample(&self, request: SampleRequest) -> Result<SampleAnswer, NotSampled> {
        self.sampled.lock().unwrap().push(request);
        self.samples.lock().unwrap().clone().unwrap()
    }
}

/// Blobs in memory.
#[derive(Default)]
pub struct Blobs(pub Mutex<HashMap<String, Vec<u8>>>);

#[async_trait]
impl Overflow for Blobs {
    async fn keep(&self, bytes: Vec<u8>) -> Result<String, String> {
        self.0.lock().unwrap().insert("blob".to_owned(), bytes);
        Ok("blob".to_owned())
    }
}

pub fn limits() -> Limits {
    Limits {
        handshake: Duration::from_secs(20),
        idle: Duration::from_millis(300),
        total: Duration::from_secs(2),
        message: 1024 * 1024,
        result: 1024,
        entries: 50,
        rounds: 3,
    }
}

/// Everything the server was sent.
pub type Seen = Arc<Mutex<Vec<Value>>>;

/// Connects to a server of the legacy era; `answer` gives the lines for every message after the handshake. A line `EXIT`
/// ends the server.
pub async fn legacy(
    person: &Arc<Person>,
    mut answer: impl FnMut(&Value) -> Vec<String> + Send + 'static,
) -> Result<(Connection, Seen), Error> {
    serve(person, move |message| match message["method"].as_str() {
        Some("server/discover") => vec![refusal(message, -32601)],
        Some("initialize") => vec![result(
            message,
            json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {"listChanged": true}},
                   "serverInfo": {"name": "test", "version": "1"}}),
        )],
        Some("notifications/initialized") => Vec::new(),
        _ => answer(message),
    })
    .await
}

/// Connects to a server of the newest era.
pub async fn modern(
    person: &Arc<Person>,
    mut answer: impl FnMut(&Value) -> Vec<String> + Send + 'static,
) -> Result<(Connection, Seen), Error> {
    serve(person, move |message| match message["method"].as_str() {
        Some("server/discover") => vec![result(
            message,
            json!({"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
                   "ttlMs": 0, "cacheScope": "private"}),
        )],
        _ => answer(message),
    })
    .await
}

/// Connects to a server that does what `answer` says from the first message on.
pub async fn serve(
    person: &Arc<Person>,
    mut answer: impl FnMut(&Value) -> Vec<String> + Send + 'static,
) -> Result<(Connection, Seen), Error> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        let (read, mut write) = tokio::io::split(theirs);
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let message: Value = serde_json::from_str(&line).unwrap();
            log.lock().unwrap().push(message.clone());
            for line in answer(&message) {
                if line == "EXIT" {
                    return;
                }
                if write.write_all(format!("{line}\n").as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    });
    let (read, write) = tokio::io::split(ours);
    let host: Arc<dyn Host> = person.clone();
    Ok((Connection::open(read, write, host, limits()).await?, seen))
}

pub fn result(message: &Value, result: Value) -> String {
    json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string()
}

pub fn refusal(message: &Value, code: i32) -> String {
    json!({"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": "no"}}).to_string()
}
