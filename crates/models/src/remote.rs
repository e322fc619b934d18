//! A provider at the other end of a connection: a codec, an address, a credential and patience.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use deskhand_types::{Block, Decoding, Message, ModelRequest, ModelTurn, Role, StreamDelta};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::classify::{Reported, one_line};
use crate::credentials::Credentials;
use crate::retry::{Clock, asked_wait};
use crate::sse::Parser;
use crate::transport::Transport;
use crate::wire::{Fault, Progress, Sink, Wire};
use crate::{ModelError, ModelListing, ModelProvider, Result, Secret, TestReport, Tuning};

/// Enough for a word, and what OpenAI's Responses API demands at least.
const TEST_TOKENS: u64 = 16;

/// A remote provider.
pub(crate) struct Remote {
    pub id: String,
    pub wire: Box<dyn Wire>,
    pub transport: Transport,
    pub credentials: Credentials,
    pub clock: Arc<dyn Clock>,
    pub tuning: Tuning,
    /// The model used for [`ModelProvider::test`].
    pub model: Option<String>,
    /// What [`ModelProvider::list`] gives where the server has no list.
    pub fixed_listing: Option<Vec<ModelListing>>,
}

fn scrub(text: &str, key: Option<&Secret>) -> String {
    key.map_or_else(|| text.to_owned(), |key| key.scrub(text))
}

fn scrubbed(reported: Reported, key: Option<&Secret>) -> Reported {
    Reported {
        message: scrub(&reported.message, key),
        ..reported
    }
}

/// A failed attempt.
struct Failed {
    error: ModelError,
    /// What the provider asks to wait.
    asked: Option<Duration>,
    /// What the provider says about trying again (`x-should-retry`).
    should_retry: Option<bool>,
}

impl From<ModelError> for Failed {
    fn from(error: ModelError) -> Self {
        Self {
            error,
            asked: None,
            should_retry: None,
        }
    }
}

impl Remote {
    /// Attempts until there is a turn, the failure is not transient, or patience ends.
    async fn persist(&self, body: &Bytes, sink: Sink<'_>) -> Result<ModelTurn> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failed = match self.attempt(body, sink).await {
                Ok(turn) => return Ok(turn),
                Err(failed) => failed,
            };
            let again = failed.should_retry.unwrap_or_else(|| failed.error.is_transient());
            let wait = again
                .then(|| {
                    self.tuning
                        .retry
                        .wait_after(attempts, failed.asked, self.clock.chance())
                })
                .flatten();
            match wait {
                None if attempts == 1 => return Err(failed.error),
                None => {
                    return Err(ModelError::GaveUp {
                        attempts,
                        last: Box::new(failed.error),
                    });
                }
                Some(wait) => {
                    sink(StreamDelta::Retry {
                        attempt: attempts,
                        wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                        reason: failed.error.to_string(),
                    });
                    self.clock.sleep(wait).await;
                }
            }
        }
    }

    /// One attempt; a fetched key that is refused is fetched again once.
    async fn attempt(&self, body: &Bytes, sink: Sink<'_>) -> Result<ModelTurn, Failed> {
        match self.exchange(body, sink).await {
            Err(Failed {
                error: ModelError::Authentication { .. },
                ..
            }) if self.credentials.can_change() => {
                self.credentials.forget();
                self.exchange(body, sink).await
            }
            outcome => outcome,
        }
    }

    async fn exchange(&self, body: &Bytes, sink: Sink<'_>) -> Result<ModelTurn, Failed> {
        let key = self.credentials.key().await?;
        let response = self
            .open(Method::POST, self.wire.path(), key.as_ref(), Some(body.clone()))
            .await?;
        Ok(self.read_turn(response, key.as_ref(), sink).await?)
    }

    /// Sends, and turns every status but success into an error.
    async fn open(
        &self,
        method: Method,
        path: &str,
        key: Option<&Secret>,
        body: Option<Bytes>,
    ) -> Result<Response, Failed> {
        let header = key.map(|key| self.credentials.header(key)).transpose()?;
        let mut response = self.transport.send(method, path, header, body).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let asked = asked_wait(text, self.clock.now());
        let should_retry = match text("x-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        // The status alone says enough when the explanation cannot be read.
        let body = self.transport.body(&mut response).await.unwrap_or_default();
        let longest = Duration::from_millis(self.tuning.retry.longest_asked_wait_ms);
        let reported = scrubbed(Reported::from_body(status.as_u16(), &body), key);
        let error = reported.into_error(&self.id, asked.filter(|asked| *asked > longest));
        Err(Failed {
            error,
            asked,
            should_retry,
        })
    }

    async fn read_turn(&self, mut response: Response, key: Option<&Secret>, sink: Sink<'_>) -> Result<ModelTurn> {
        if let Some(kind) = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            && kind.starts_with("text/html")
        {
            return Err(ModelError::NotAModelServer {
                provider: self.id.clone(),
                message: "a web page came back".into(),
            });
        }
        let mut decoder = self.wire.decoder();
        let mut parser = Parser::new(self.tuning.max_line_bytes);
        let mut read = 0;
        'answer: loop {
            let Some(chunk) = self.transport.chunk(&mut response).await? else {
                if decoder.may_end() {
                    break 'answer;
                }
                return Err(self.stream("it ended before it was complete".into()));
            };
            let mut input = chunk.as_ref();
            read += input.len();
            if read > self.tuning.max_answer_bytes {
                return Err(self.too_large("the answer", self.tuning.max_answer_bytes));
            }
            while let Some(event) = parser
                .next(&mut input)
                .map_err(|_| self.too_large("a line", self.tuning.max_line_bytes))?
            {
                match decoder.event(&event, sink).map_err(|fault| self.fault(fault, key))? {
                    Progress::More => {}
                    Progress::Done => {
                        self.transport.drain(response).await;
                        break 'answer;
                    }
                }
            }
        }
        decoder.finish().map_err(|fault| self.fault(fault, key))
    }

    fn fault(&self, fault: Fault, key: Option<&Secret>) -> ModelError {
        match fault {
            Fault::Malformed(message) => self.stream(one_line(&scrub(&message, key))),
            Fault::Reported(reported) => scrubbed(reported, key).into_error(&self.id, None),
        }
    }

    fn stream(&self, message: String) -> ModelError {
        ModelError::Stream {
            provider: self.id.clone(),
            message,
        }
    }

    fn too_large(&self, what: &'static str, limit: usize) -> ModelError {
        ModelError::TooLarge {
            provider: self.id.clone(),
            what,
            limit,
        }
    }

    fn encode(&self, request: &ModelRequest) -> Result<Bytes> {
        self.wire
            .encode(request)
            .map(Bytes::from)
            .map_err(|error| ModelError::InvalidRequest {
                provider: self.id.clone(),
                message: format!("the request cannot be written as JSON: {error}"),
            })
    }
}

#[async_trait]
impl ModelProvider for Remote {
    fn id(&self) -> &str {
        &self.id
    }

    async fn complete(&self, request: &ModelRequest, sink: &mut (dyn FnMut(StreamDelta) + Send)) -> Result<ModelTurn> {
        let body = self.encode(request)?;
        self.persist(&body, sink).await
    }

    async fn list(&self) -> Result<Vec<ModelListing>> {
        if let Some(listing) = &self.fixed_listing {
            return Ok(listing.clone());
        }
        let key = self.credentials.key().await?;
        let path = self.wire.list_path();
        let mut response = self
            .open(Method::GET, path, key.as_ref(), None)
            .await
            .map_err(|failed| failed.error)?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        let body = self.transport.body(&mut response).await?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| ModelError::NotAModelServer {
            provider: self.id.clone(),
            message: "the list of models is not JSON".into(),
        })?;
        Ok(self.wire.listing(&body))
    }

    async fn test(&self) -> Result<TestReport> {
        let Some(model) = self.model.clone() else {
            return Err(ModelError::Config {
                provider: self.id.clone(),
                reason: "no model is named, so there is none to test".into(),
            });
        };
        let request = ModelRequest {
            model: model.clone(),
            system: String::new(),
            tools: Vec::new(),
            messages: vec![Message {
                role: Role::User,
                content: vec![Block::text("Reply with the word ok.")],
            }],
            max_tokens: TEST_TOKENS,
            thinking_budget: 0,
            decoding: Decoding::Free,
        };
        let body = self.encode(&request)?;
        let begun = Instant::now();
        let turn = self.attempt(&body, &mut |_| {}).await.map_err(|failed| failed.error)?;
        Ok(TestReport {
            model,
            answered_by: turn.model,
            endpoint: self.transport.url(self.wire.path()).to_string(),
            elapsed: begun.elapsed(),
            usage: turn.usage,
        })
    }
}
