//! A session with one server, whatever its era and transport.

mod completion;
mod listed;
mod pulse;
mod subscriptions;
mod tasks;
mod visits;

use std::sync::Arc;
use std::time::Duration;

use deskhand_types::Outbound;
use rmcp::model::{
    CancelledNotification, CancelledNotificationParam, ClientRequest, CustomRequest, ProtocolVersion,
    ServerCapabilities, ServerResult,
};
use rmcp::service::{
    ClientLifecycleMode, Peer, PeerRequestOptions, RoleClient, RunningService, serve_client_with_lifecycle,
};
use rmcp::transport::async_rw::AsyncRwTransport;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::auth::Authorization;
use crate::endpoint::Endpoint;
use crate::era::Era;
use crate::error::Error;
use crate::handler::Handler;
use crate::host::{Host, Listing, Overflow};
use crate::http::{self, Caller, of_handshake, of_service};
use crate::identity::Identity;
use crate::outcome::Outcome;
use crate::oversize::Oversize;
use crate::tool::{Tool, ToolList};

pub(crate) use pulse::Pulse;
pub(crate) use visits::Visits;

pub use completion::{Completed, Proposals};
pub use listed::Listed;
pub use tasks::Task;

/// How long and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the whole handshake, including the probe of the era (10 s of silence mean the legacy one).
    pub handshake: Duration,
    /// Between two signs of life of a request; progress counts as one.
    pub idle: Duration,
    /// For a request, however much progress is told.
    pub total: Duration,
    /// Of one message, in bytes. Longer ones are dropped.
    pub message: usize,
    /// Of a result as it is handed on, in bytes; the whole goes to the [`Overflow`].
    pub result: usize,
    /// Entries of one list, and pages of it.
    pub entries: usize,
    /// Rounds of questions within one call.
    pub rounds: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(30 * 60),
            message: 16 * 1024 * 1024,
            result: 64 * 1024,
            entries: 2_000,
            rounds: 10,
        }
    }
}

/// A session with a server.
pub struct Connection {
    service: RunningService<RoleClient, Handler>,
    limits: Limits,
    era: Era,
}

impl Connection {
    /// Finds out the era of the server behind `read` and `write`, and opens a session.
    pub async fn open<R, W>(read: R, write: W, host: Arc<dyn Host>, limits: Limits) -> Result<Self, Error>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        Self::open_as(read, write, host, limits, None).await
    }

    /// The same with a server whose era is `known`. Where that is wrong the session fails, and the program has to be
    /// started anew to be asked.
    pub async fn open_as<R, W>(
        read: R,
        write: W,
        host: Arc<dyn Host>,
        limits: Limits,
        known: Option<Era>,
    ) -> Result<Self, Error>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let transport = AsyncRwTransport::new_client(Oversize::new(read, limits.message), write)
            .with_max_line_length(limits.message);
        let lifecycle = match known {
            Some(Era::Legacy) => ClientLifecycleMode::Initialize,
            // A server of the newest era is asked all the same: its answer is the first thing it says.
            _ => ClientLifecycleMode::Auto {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
                legacy_version: Some(ProtocolVersion::V_2025_11_25),
            },
        };
        let handshake = serve_client_with_lifecycle(Handler::new(host), transport, lifecycle);
        let service = tokio::time::timeout(limits.handshake, handshake)
            .await
            .map_err(|_| Error::Timeout(limits.handshake))?
            .map_err(of_handshake)?;
        let era = http::era_of(&service);
        Ok(Self { service, limits, era })
    }

    /// Opens a session with a remote server: finds out its era and transport. Without a sign-in that it wants, the error
    /// is [`Error::SignIn`]; after [`Authorization::sign_in`] this is called again.
    pub async fn open_http(
        endpoint: &Endpoint,
        outbound: Arc<dyn Outbound>,
        authorization: Option<Arc<Authorization>>,
        host: Arc<dyn Host>,
        limits: Limits,
    ) -> Result<Self, Error> {
        Self::open_http_as(endpoint, outbound, authorization, host, limits, None).await
    }

    /// The same with a server whose era is `known`; where that is wrong, it is found out anew.
    pub async fn open_http_as(
        endpoint: &Endpoint,
        outbound: Arc<dyn Outbound>,
        authorization: Option<Arc<Authorization>>,
        host: Arc<dyn Host>,
        limits: Limits,
        known: Option<Era>,
    ) -> Result<Self, Error> {
        let caller = Caller::new(endpoint.clone(), outbound, authorization);
        let opening = http::open(caller, || Handler::new(Arc::clone(&host)), &limits, known);
        let (service, era) = tokio::time::timeout(limits.handshake, opening)
            .await
            .map_err(|_| Error::Timeout(limits.handshake))??;
        Ok(Self { service, limits, era })
    }

    /// How the server is spoken to, for the next session with it.
    pub fn era(&self) -> Era {
        self.era
    }

    /// The protocol revision that was agreed on.
    pub fn revision(&self) -> Option<String> {
        self.service
            .peer()
            .peer_info()
            .map(|info| info.protocol_version.to_string())
    }

    /// Who the server says it is; untrusted. Where it is, the caller knows.
    pub fn identity(&self) -> Identity {
        let info = self.service.peer().peer_info();
        let server = info.and_then(|info| info.server_info.clone());
        server.map_or_else(Identity::default, |server| {
            Identity::told(&server.name, server.title.as_deref(), &server.version)
        })
    }

    /// What the server says about how to use it; untrusted.
    pub fn instructions(&self) -> Option<String> {
        self.service
            .peer()
            .peer_info()
            .and_then(|info| info.instructions.clone())
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.service.is_closed() || self.service.peer().is_transport_closed()
    }

    /// The server's tools, each judged by itself.
    pub async fn tools(&self) -> Result<ToolList, Error> {
        let listed = self.listed(Listing::Tools).await?;
        let mut list = ToolList {
            truncated: listed.truncated,
            ttl: listed.ttl,
            ..ToolList::default()
        };
        for entry in listed.entries {
            list.push(entry);
        }
        Ok(list)
    }

    /// The server's resources, as they came.
    pub async fn resources(&self) -> Result<Vec<Value>, Error> {
        Ok(self.listed(Listing::Resources).await?.entries)
    }

    /// The server's prompts, as they came.
    pub async fn prompts(&self) -> Result<Vec<Value>, Error> {
        Ok(self.listed(Listing::Prompts).await?.entries)
    }

    /// Reads one resource.
    pub async fn read(&self, uri: &str, cancel: &CancellationToken) -> Result<Value, Error> {
        self.offers("resources", |offer| offer.resources.is_some())?;
        self.complete_rounds("resources/read", json!({"uri": uri}), cancel)
            .await
    }

    /// Fills in one prompt.
    pub async fn prompt(
        &self,
        name: &str,
        arguments: &Map<String, Value>,
        cancel: &CancellationToken,
    ) -> Result<Value, Error> {
        self.offers("prompts", |offer| offer.prompts.is_some())?;
        self.complete_rounds("prompts/get", json!({"name": name, "arguments": arguments}), cancel)
            .await
    }

    /// Calls a tool. The caller has asked [`Pins`](crate::Pins) and the policy.
    pub async fn call(
        &self,
        tool: &Tool,
        arguments: &Map<String, Value>,
        cancel: &CancellationToken,
        overflow: &dyn Overflow,
    ) -> Result<Outcome, Error> {
        let params = json!({"name": tool.name, "arguments": arguments});
        let mut answer = self.complete_rounds("tools/call", params, cancel).await?;
        if answer.get("resultType").and_then(Value::as_str) == Some("task") {
            answer = self.finish(answer, cancel).await?;
        }
        Outcome::decode(tool, answer, self.result_limit(tool), overflow).await
    }

    /// How large a result of `tool` may be, in bytes.
    fn result_limit(&self, tool: &Tool) -> usize {
        tool.max_result_size().unwrap_or(self.limits.result)
    }

    /// Ends the session.
    pub async fn close(mut self) {
        // Nothing to be done about a server that does not let go: its process is killed.
        let _ = self.service.close_with_timeout(Duration::from_secs(2)).await;
    }

    fn offers(&self, what: &'static str, has: fn(&ServerCapabilities) -> bool) -> Result<(), Error> {
        let info = self.service.peer().peer_info();
        if info.is_some_and(|info| has(&info.capabilities)) {
            Ok(())
        } else {
            Err(Error::NotOffered(what))
        }
    }

    /// All pages of a list, and whether it was cut at the limit.
    async fn list(&self, method: &str, key: &str) -> Result<Listed, Error> {
        let never = CancellationToken::new();
        let mut listed = Listed::default();
        let mut cursor: Option<String> = None;
        for number in 0..self.limits.entries {
            let params = cursor
                .as_ref()
                .map_or_else(|| json!({}), |cursor| json!({"cursor": cursor}));
            let mut answer = self.request(method, params, &never).await?;
            let Some(Value::Array(page)) = answer.get_mut(key).map(Value::take) else {
                return Err(Error::Malformed(format!("its {key} are not a list")));
            };
            listed.page(number == 0, &answer);
            listed.entries.extend(page);
            if listed.entries.len() > self.limits.entries {
                listed.entries.truncate(self.limits.entries);
                listed.truncated = true;
                return Ok(listed);
            }
            let next = answer.get("nextCursor").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                return Ok(listed);
            }
            if next == cursor {
                return Err(Error::Malformed(format!("its list of {key} goes round in circles")));
            }
            cursor = next;
        }
        listed.truncated = true;
        Ok(listed)
    }

    /// One request of the newest era may take several rounds, in which the server asks for input.
    async fn complete_rounds(&self, method: &str, params: Value, cancel: &CancellationToken) -> Result<Value, Error> {
        let mut now = params.clone();
        let mut has_visited = false;
        for _round in 0..self.limits.rounds {
            let answer = match self.request(method, now.clone(), cancel).await {
                // It did nothing yet, and says what has to be done before.
                Err(Error::MustVisit { message, pages }) if !has_visited && !pages.is_empty() => {
                    self.visit(message, &pages, cancel).await?;
                    has_visited = true;
                    continue;
                }
                answer => answer?,
            };
            if answer.get("resultType").and_then(Value::as_str) != Some("input_required") {
                return Ok(answer);
            }
            let asked = answer.get("inputRequests").unwrap_or(&Value::Null);
            let responses = self.responses(asked, cancel).await?;
            now = params.clone();
            if let Value::Object(now) = &mut now {
                now.insert("inputResponses".to_owned(), Value::Object(responses));
                if let Some(state) = answer.get("requestState") {
                    now.insert("requestState".to_owned(), state.clone());
                }
            }
        }
        Err(Error::Malformed(format!(
            "it asked for input {} times and did not finish",
            self.limits.rounds
        )))
    }

    /// Answers to what a server asks for within a request, by its keys.
    async fn responses(&self, asked: &Value, cancel: &CancellationToken) -> Result<Map<String, Value>, Error> {
        let mut responses = Map::new();
        for (key, request) in asked.as_object().into_iter().flatten() {
            let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
            let params = request.get("params").cloned().unwrap_or_default();
            let handler = self.service.service();
            let answering = async {
                match method {
                    "elicitation/create" => Ok(handler.elicit(&params).await),
                    "roots/list" => Ok(handler.roots()),
                    "sampling/createMessage" => handler.sample(&params).await.map_err(Error::Sampling),
                    _ => Err(Error::Malformed(format!(
                        "it asks for `{method}`, which is not allowed"
                    ))),
                }
            };
            let response = tokio::select! {
                response = answering => response?,
                () = cancel.cancelled() => return Err(Error::Cancelled),
            };
            responses.insert(key.clone(), response);
        }
        Ok(responses)
    }

    async fn request(&self, method: &str, params: Value, cancel: &CancellationToken) -> Result<Value, Error> {
        let peer = self.service.peer();
        let request = ClientRequest::CustomRequest(CustomRequest::new(method, Some(params)));
        // Without its own timeouts: they run on while the server waits for the person.
        let handle = peer
            .send_cancellable_request(request, PeerRequestOptions::no_options())
            .await
            .map_err(of_service)?;
        let mut unfinished = Unfinished {
            peer: peer.clone(),
            id: Some(handle.id.clone()),
        };
        let beat = self.service.service().pulse.request(handle.progress_token.clone());
        let answer = tokio::select! {
            answer = handle.await_response() => {
                unfinished.id = None;
                answer.map_err(of_service)?
            }
            limit = beat.stops(&self.limits) => {
                unfinished.tell("it took too long").await;
                return Err(Error::Timeout(limit));
            }
            () = cancel.cancelled() => {
                unfinished.tell(STOPPED).await;
                return Err(Error::Cancelled);
            }
        };
        match answer {
            ServerResult::CustomResult(raw) => Ok(raw.0),
            typed => serde_json::to_value(typed).map_err(|error| Error::Malformed(error.to_string())),
        }
    }
}

const STOPPED: &str = "the person stopped it";

/// A request the server works on. Whoever lets go of it tells the server so, also by dropping it.
struct Unfinished {
    peer: Peer<RoleClient>,
    id: Option<rmcp::model::RequestId>,
}

impl Unfinished {
    async fn tell(&mut self, why: &str) {
        if let Some(id) = self.id.take() {
            tell_cancelled(&self.peer, id, why).await;
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Without a runtime the session is over as well.
        if let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) {
            let peer = self.peer.clone();
            runtime.spawn(async move { tell_cancelled(&peer, id, STOPPED).await });
        }
    }
}

async fn tell_cancelled(peer: &Peer<RoleClient>, id: rmcp::model::RequestId, why: &str) {
    let params = CancelledNotificationParam::new(Some(id), Some(why.to_owned()));
    // If the server cannot be told, it is gone, which is as good.
    let _ = peer.send_notification(CancelledNotification::new(params).into()).await;
}
