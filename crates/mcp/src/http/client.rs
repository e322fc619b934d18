//! Streamable HTTP: `rmcp` keeps the sessions, this makes its requests.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, InsufficientScopeError, SseError, StreamableHttpClient, StreamableHttpError,
    StreamableHttpPostResponse, StreamableHttpResponseLimits,
};
use sse_stream::Sse;

use super::call::Caller;
use super::fault::{HttpFault, TOO_LARGE};
use super::{body, events};

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

type Failure = StreamableHttpError<HttpFault>;

/// Makes the requests of one session.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Arc<Caller>);

impl Client {
    async fn call(
        &self,
        method: Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<http::Response<deskhand_types::Incoming>, Failure> {
        let url = self.0.endpoint().url().clone();
        self.0
            .call(method, &url, headers, body)
            .await
            .map_err(|fault| match fault {
                // In the words of `rmcp`, which gives up on these and tries again after others.
                HttpFault::SignIn(challenge) => StreamableHttpError::AuthRequired(AuthRequiredError::new(challenge)),
                HttpFault::Scope(challenge) => {
                    StreamableHttpError::InsufficientScope(InsufficientScopeError::new(challenge, None))
                }
                other => StreamableHttpError::Client(other),
            })
    }
}

impl StreamableHttpClient for Client {
    type Error = HttpFault;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let limits = StreamableHttpResponseLimits::default();
        self.post_message_with_response_limits(uri, message, session_id, auth_header, custom_headers, limits)
            .await
    }

    async fn post_message_with_response_limits(
        &self,
        _uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        limits: StreamableHttpResponseLimits,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let mut headers = heads(custom_headers, session_id.as_ref())?;
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        let text = serde_json::to_vec(&message).map_err(|_| HttpFault::Request)?;
        let response = self.call(Method::POST, headers, text.into()).await?;
        let (parts, incoming) = response.into_parts();
        let status = parts.status;
        let request = match &message {
            ClientJsonRpcMessage::Request(request) => Some(&request.id),
            _ => None,
        };
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if status == StatusCode::NOT_FOUND && session_id.is_some() {
            return Err(StreamableHttpError::SessionExpired);
        }
        let session = parts
            .headers
            .get(SESSION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        if !status.is_success() {
            let is_json = body::is(&parts.headers, JSON);
            let read = if is_json && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                body::whole(&parts.headers, incoming, limits.max_json_response_size)
                    .await
                    .ok()
            } else {
                None
            };
            let refusal = read.and_then(|read| match serde_json::from_slice(&read) {
                Ok(ServerJsonRpcMessage::Error(error)) => Some(error),
                _ => None,
            });
            if let Some(refused) = refused_probe(&message, session_id.is_some(), status, refusal.as_ref()) {
                return Ok(StreamableHttpPostResponse::Json(refused, None));
            }
            return match refusal {
                Some(error) => Ok(StreamableHttpPostResponse::Json(
                    ServerJsonRpcMessage::Error(error),
                    session,
                )),
                None => Err(HttpFault::Status(status.as_u16()).into()),
            };
        }
        if body::is(&parts.headers, EVENTS) {
            let events = events::events(incoming, limits.max_sse_event_size);
            return Ok(StreamableHttpPostResponse::Sse(told(events, request.cloned()), session));
        }
        let Some(id) = request else {
            // Nobody waits for what is in it: whatever a server says to a notification is all right.
            return Ok(StreamableHttpPostResponse::Accepted);
        };
        if !body::is(&parts.headers, JSON) {
            let said = parts.headers.get(CONTENT_TYPE).map(|value| lossy(value.as_bytes()));
            return Err(StreamableHttpError::UnexpectedContentType(said));
        }
        let read = match body::whole(&parts.headers, incoming, limits.max_json_response_size).await {
            Err(HttpFault::TooLarge(limit)) => {
                return Ok(StreamableHttpPostResponse::Json(too_large(limit, id.clone()), session));
            }
            read => read?,
        };
        if is_probe(&message) && is_beside_the_point(&read) {
            let error = ErrorData::invalid_request("its answer to server/discover names no versions", None);
            let refused = ServerJsonRpcMessage::error(error, Some(id.clone()));
            return Ok(StreamableHttpPostResponse::Json(refused, session));
        }
        match serde_json::from_slice(&read) {
            Ok(answer) => Ok(StreamableHttpPostResponse::Json(answer, session)),
            Err(error) => Err(HttpFault::Malformed(format!("its answer is not JSON-RPC: {error}")).into()),
        }
    }

    async fn delete_session(
        &self,
        _uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        let headers = heads(custom_headers, Some(&session_id))?;
        let response = self.call(Method::DELETE, headers, Bytes::new()).await?;
        // A server need not let sessions be ended.
        if response.status().is_success() || response.status() == StatusCode::METHOD_NOT_ALLOWED {
            Ok(())
        } else {
            Err(HttpFault::Status(response.status().as_u16()).into())
        }
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failure> {
        let limit = StreamableHttpResponseLimits::default().max_sse_event_size;
        self.get_stream_with_max_sse_event_size(uri, session_id, last_event_id, auth_header, custom_headers, limit)
            .await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        _uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        limit: usize,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failure> {
        let mut headers = heads(custom_headers, session_id.as_ref())?;
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
        if let Some(last) = last_event_id {
            // An id that is no header cannot be told; the stream then begins anew.
            if let Ok(last) = HeaderValue::try_from(last) {
                headers.insert(LAST_EVENT, last);
            }
        }
        let response = self.call(Method::GET, headers, Bytes::new()).await?;
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => return Err(StreamableHttpError::ServerDoesNotSupportSse),
            StatusCode::NOT_FOUND if session_id.is_some() => return Err(StreamableHttpError::SessionExpired),
            status if !status.is_success() => return Err(HttpFault::Status(status.as_u16()).into()),
            _ => {}
        }
        if !body::is(response.headers(), EVENTS) {
            let said = response
                .headers()
                .get(CONTENT_TYPE)
                .map(|value| lossy(value.as_bytes()));
            return Err(StreamableHttpError::UnexpectedContentType(said));
        }
        Ok(events::events(response.into_body(), limit))
    }
}

fn heads(custom: HashMap<HeaderName, HeaderValue>, session_id: Option<&Arc<str>>) -> Result<HeaderMap, HttpFault> {
    let mut headers: HeaderMap = custom.into_iter().collect();
    if let Some(session) = session_id {
        headers.insert(
            SESSION,
            HeaderValue::try_from(&**session).map_err(|_| HttpFault::Request)?,
        );
    }
    Ok(headers)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn too_large(limit: usize, id: RequestId) -> ServerJsonRpcMessage {
    let error = ErrorData::new(
        TOO_LARGE,
        format!("it is longer than {limit} bytes, and was cut off"),
        None,
    );
    ServerJsonRpcMessage::error(error, Some(id))
}

/// A stream that answers `request`: an event that is too long ends it with an error for whoever waits, since asking for
/// the same event again would help nobody.
fn told(events: events::Events, request: Option<RequestId>) -> events::Events {
    let Some(id) = request else { return events };
    let told = events.map(move |event| match event {
        Err(SseError::Body(error)) => match error.downcast_ref::<HttpFault>() {
            Some(HttpFault::TooLarge(limit)) => {
                let data = serde_json::to_string(&too_large(*limit, id.clone())).unwrap_or_default();
                Ok(Sse {
                    data: Some(data),
                    ..Sse::default()
                })
            }
            _ => Err(SseError::Body(error)),
        },
        event => event,
    });
    Box::pin(told)
}

fn is_probe(message: &ClientJsonRpcMessage) -> bool {
    matches!(message, ClientJsonRpcMessage::Request(request)
        if matches!(request.request, ClientRequest::DiscoverRequest(_)))
}

/// Whether an answer to the probe is a result of something else: there are old servers that answer `{}` to whatever they
/// do not know.
fn is_beside_the_point(answer: &[u8]) -> bool {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    answer
        .get("result")
        .is_some_and(|result| result.get("supportedVersions").is_none())
}

/// A refused probe of the era is an answer, not a failure: that of an old server. Middleware answers with ids of its own,
/// or none, so that the answer is put under the id of the request.
fn refused_probe(
    message: &ClientJsonRpcMessage,
    in_session: bool,
    status: StatusCode,
    refusal: Option<&rmcp::model::JsonRpcError>,
) -> Option<ServerJsonRpcMessage> {
    let ClientJsonRpcMessage::Request(request) = message else {
        return None;
    };
    let is_refused = status.is_client_error() && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if in_session || !is_probe(message) || !is_refused {
        return None;
    }
    let error = refusal.map_or_else(
        || ErrorData::invalid_request(format!("HTTP status {}", status.as_u16()), None),
        |refusal| refusal.error.clone(),
    );
    Some(ServerJsonRpcMessage::error(error, Some(request.id.clone())))
}
