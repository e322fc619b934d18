//! Calls that go on without an open request: the extension `io.modelcontextprotocol/tasks` (SEP-2663).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::error::Error;
use crate::host::Overflow;
use crate::outcome::Outcome;
use crate::tool::Tool;

/// How often a task is asked after when the server does not say.
const INTERVAL: Duration = Duration::from_secs(1);
/// The bounds of what a server may say.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(60);

/// A call that the server works on. Keep the id: with it the result can be fetched after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id, which the server chose.
    pub id: String,
    /// `working`, `input_required`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// The server's words on it; untrusted.
    pub message: Option<String>,
}

impl Connection {
    /// The result of a task begun earlier, perhaps by a session before this one.
    pub async fn resume(
        &self,
        tool: &Tool,
        id: &str,
        cancel: &CancellationToken,
        overflow: &dyn Overflow,
    ) -> Result<Outcome, Error> {
        let answer = self.finish(json!({"taskId": id}), cancel).await?;
        Outcome::decode(tool, answer, self.result_limit(tool), overflow).await
    }

    /// Tells the server to stop working on a task.
    pub async fn cancel_task(&self, id: &str) -> Result<(), Error> {
        let never = CancellationToken::new();
        self.request("tasks/cancel", json!({"taskId": id}), &never).await?;
        Ok(())
    }

    /// Asks after a task until it has a result.
    pub(super) async fn finish(&self, begun: Value, cancel: &CancellationToken) -> Result<Value, Error> {
        let Some(id) = field(&begun, "taskId").and_then(Value::as_str).map(str::to_owned) else {
            return Err(Error::Malformed("its task has no id".to_owned()));
        };
        let deadline = Instant::now() + self.limits.total;
        let mut state = begun;
        let mut answered = Map::new();
        let mut told = None;
        loop {
            let task = Task {
                id: id.clone(),
                status: field(&state, "status")
                    .and_then(Value::as_str)
                    .unwrap_or("working")
                    .to_owned(),
                message: field(&state, "statusMessage")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            };
            if told.as_ref() != Some(&task) {
                self.service.service().host.task(&task);
            }
            match task.status.as_str() {
                "completed" => {
                    return field(&state, "result")
                        .cloned()
                        .ok_or_else(|| Error::Malformed("its task ended without a result".to_owned()));
                }
                "failed" => {
                    let error = field(&state, "error").cloned().unwrap_or_default();
                    return Err(Error::Refused {
                        code: error
                            .get("code")
                            .and_then(Value::as_i64)
                            .and_then(|code| i32::try_from(code).ok())
                            .unwrap_or_default(),
                        message: error
                            .get("message")
                            .and_then(Value::as_str)
                            .or(task.message.as_deref())
                            .unwrap_or("the task failed")
                            .to_owned(),
                    });
                }
                "cancelled" => return Err(Error::Cancelled),
                "input_required" => self.answer_task(&id, &state, &mut answered, cancel).await?,
                _ => {}
            }
            told = Some(task);
            let interval = field(&state, "pollIntervalMs")
                .and_then(Value::as_u64)
                .map_or(INTERVAL, Duration::from_millis)
                .clamp(SHORTEST, LONGEST);
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = cancel.cancelled() => return Err(self.give_up(&id, Error::Cancelled).await),
            }
            if Instant::now() >= deadline {
                return Err(self.give_up(&id, Error::Timeout(self.limits.total)).await);
            }
            state = match self.request("tasks/get", json!({"taskId": id}), cancel).await {
                Err(Error::Cancelled) => return Err(self.give_up(&id, Error::Cancelled).await),
                other => other?,
            };
        }
    }

    async fn give_up(&self, id: &str, error: Error) -> Error {
        // A server that cannot be told has lost its connection; what the caller is told stays the same.
        let _ = self.cancel_task(id).await;
        error
    }

    /// Puts questions of a task that were not put yet.
    async fn answer_task(
        &self,
        id: &str,
        state: &Value,
        answered: &mut Map<String, Value>,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let mut open = field(state, "inputRequests").cloned().unwrap_or_default();
        if let Value::Object(open) = &mut open {
            open.retain(|key, _| !answered.contains_key(key));
        }
        if open.as_object().is_none_or(Map::is_empty) {
            return Ok(());
        }
        let responses = match self.responses(&open, cancel).await {
            Err(Error::Cancelled) => return Err(self.give_up(id, Error::Cancelled).await),
            other => other?,
        };
        for key in responses.keys() {
            answered.insert(key.clone(), Value::Null);
        }
        if answered.len() > self.limits.rounds {
            let error = Error::Malformed("its task does not stop asking".to_owned());
            return Err(self.give_up(id, error).await);
        }
        let params = json!({"taskId": id, "inputResponses": responses});
        self.request("tasks/update", params, cancel).await?;
        Ok(())
    }
}

/// A field of a task, which stands at the top or, in answers of some servers, in `task`.
fn field<'a>(state: &'a Value, key: &str) -> Option<&'a Value> {
    state.get(key).or_else(|| state.get("task")?.get(key))
}
