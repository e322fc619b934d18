//! HTTP+SSE, the transport of 2024-11-05: one stream of events from the server, one POST for every message to it.
//!
//! Source: the specification's revision 2024-11-05, "Transports", "HTTP with SSE". Its first event, `endpoint`, says where
//! to post; it may be relative, and has to stay within the server's origin.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use rmcp::model::ServerJsonRpcMessage;
use rmcp::service::{RoleClient, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use url::Url;

use super::body;
use super::call::Caller;
use super::events::{self, Events};
use super::fault::HttpFault;

/// Events before the one that says where to post.
const MAX_BEFORE: usize = 16;

/// A session over HTTP+SSE.
pub(crate) struct SseTransport {
    caller: Arc<Caller>,
    post_to: Url,
    events: Option<Events>,
}

impl SseTransport {
    /// Opens the stream and waits for where to post.
    pub(crate) async fn connect(caller: Arc<Caller>, limit: usize) -> Result<Self, HttpFault> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let url = caller.endpoint().url().clone();
        let response = caller.call(Method::GET, &url, headers, Bytes::new()).await?;
        if !response.status().is_success() {
            return Err(HttpFault::Status(response.status().as_u16()));
        }
        if !body::is(response.headers(), "text/event-stream") {
            return Err(HttpFault::Malformed(
                "it speaks none of the transports of MCP".to_owned(),
            ));
        }
        let mut events = events::events(response.into_body(), limit);
        for _event in 0..MAX_BEFORE {
            let Some(Ok(event)) = events.next().await else { break };
            if event.event.as_deref() != Some("endpoint") {
                continue;
            }
            let said = event.data.unwrap_or_default();
            let post_to = url
                .join(said.trim())
                .map_err(|_| HttpFault::Malformed("it does not say where messages go".to_owned()))?;
            if post_to.origin() != url.origin() {
                return Err(HttpFault::Redirect(post_to.origin().ascii_serialization()));
            }
            return Ok(Self {
                caller,
                post_to,
                events: Some(events),
            });
        }
        Err(HttpFault::Malformed(
            "its stream does not begin with where messages go".to_owned(),
        ))
    }
}

impl Transport<RoleClient> for SseTransport {
    type Error = HttpFault;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), HttpFault>> + Send + 'static {
        let caller = Arc::clone(&self.caller);
        let post_to = self.post_to.clone();
        async move {
            let text = serde_json::to_vec(&item).map_err(|_| HttpFault::Request)?;
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let response = caller.call(Method::POST, &post_to, headers, text.into()).await?;
            if response.status().is_success() {
                Ok(())
            } else {
                Err(HttpFault::Status(response.status().as_u16()))
            }
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        let events = self.events.as_mut()?;
        while let Some(event) = events.next().await {
            // A stream that broke off, or held more than it may, ends the session.
            let Ok(event) = event else { break };
            if !matches!(event.event.as_deref(), None | Some("message" | "")) {
                continue;
            }
            // What is no message is passed over, as on the other transports.
            let data = event.data.unwrap_or_default();
            if let Ok(message) = serde_json::from_str::<ServerJsonRpcMessage>(&data) {
                return Some(message);
            }
        }
        self.events = None;
        None
    }

    async fn close(&mut self) -> Result<(), HttpFault> {
        self.events = None;
        Ok(())
    }
}
