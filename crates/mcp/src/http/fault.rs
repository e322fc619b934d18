//! What goes wrong between a session and the network.

use deskhand_types::OutboundError;
use rmcp::model::ErrorCode;
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::DynamicTransportError;
use rmcp::transport::streamable_http_client::StreamableHttpError;

use serde_json::Value;

use crate::error::{Challenge, Error, Page};

/// The code under which an answer that was cut off here reaches whoever asked. Not one that JSON-RPC reserves.
pub(crate) const TOO_LARGE: ErrorCode = ErrorCode(-41_601);

/// A page has to be visited first (2025-11-25, `URLElicitationRequiredError`).
const VISIT_FIRST: ErrorCode = ErrorCode(-32_042);

/// A failed request, below the protocol.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpFault {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("it answered with HTTP status {0}")]
    Status(u16),
    #[error("it redirects to {0}")]
    Redirect(String),
    #[error("the request cannot be written")]
    Request,
    #[error("it needs a sign-in")]
    SignIn(String),
    #[error("it needs more rights")]
    Scope(String),
    #[error("its answer is longer than {0} bytes")]
    TooLarge(usize),
    #[error("{0}")]
    Malformed(String),
    #[error("{0}")]
    Authorization(String),
}

impl From<HttpFault> for Error {
    fn from(fault: HttpFault) -> Self {
        match fault {
            HttpFault::Outbound(error) => Self::Outbound(error),
            HttpFault::Status(status) => Self::Status(status),
            HttpFault::Redirect(to) => Self::Redirected { to },
            HttpFault::SignIn(challenge) => Self::SignIn(Challenge::new(challenge)),
            HttpFault::Scope(challenge) => Self::Scope(Challenge::new(challenge)),
            HttpFault::Authorization(why) => Self::Authorization(why),
            fault @ (HttpFault::Request | HttpFault::TooLarge(_) | HttpFault::Malformed(_)) => {
                Self::Malformed(fault.to_string())
            }
        }
    }
}

impl From<HttpFault> for StreamableHttpError<HttpFault> {
    fn from(fault: HttpFault) -> Self {
        Self::Client(fault)
    }
}

/// What a transport's error means, whichever of our transports it comes from.
pub(crate) fn of_transport(error: DynamicTransportError) -> Error {
    let error = error.error;
    match error.downcast::<StreamableHttpError<HttpFault>>() {
        Ok(error) => of_streamable(*error),
        Err(error) => match error.downcast::<HttpFault>() {
            Ok(fault) => (*fault).into(),
            Err(_) => Error::Closed,
        },
    }
}

fn of_streamable(error: StreamableHttpError<HttpFault>) -> Error {
    match error {
        StreamableHttpError::Client(fault) => fault.into(),
        StreamableHttpError::AuthRequired(needs) => Error::SignIn(Challenge::new(needs.www_authenticate_header)),
        StreamableHttpError::InsufficientScope(needs) => Error::Scope(Challenge::new(needs.www_authenticate_header)),
        StreamableHttpError::HttpStatus(status) => Error::Status(status.status),
        StreamableHttpError::TransportChannelClosed
        | StreamableHttpError::UnexpectedEndOfStream
        | StreamableHttpError::SessionRecoveryTimeout => Error::Closed,
        StreamableHttpError::SessionExpired => Error::Status(404),
        other => Error::Malformed(other.to_string()),
    }
}

/// Why there is no session.
pub(crate) fn of_handshake(error: ClientInitializeError) -> Error {
    match error {
        ClientInitializeError::TransportError { error, .. } => match of_transport(error) {
            Error::Malformed(why) => Error::Handshake(why),
            other => other,
        },
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => of_handshake(*fallback),
        other => Error::Handshake(other.to_string()),
    }
}

/// What a failed request means.
pub(crate) fn of_service(error: ServiceError) -> Error {
    match error {
        ServiceError::McpError(refusal) if refusal.code == TOO_LARGE => Error::Malformed(refusal.message.into_owned()),
        ServiceError::McpError(refusal) if refusal.code == VISIT_FIRST => Error::MustVisit {
            pages: pages(refusal.data.as_ref()),
            message: refusal.message.into_owned(),
        },
        ServiceError::McpError(refusal) => Error::Refused {
            code: refusal.code.0,
            message: refusal.message.into_owned(),
        },
        ServiceError::TransportClosed => Error::Closed,
        ServiceError::TransportSend(error) => of_transport(error),
        ServiceError::Timeout { timeout } => Error::Timeout(timeout),
        ServiceError::Cancelled { .. } => Error::Cancelled,
        other => Error::Malformed(other.to_string()),
    }
}

/// The pages a refusal names; what is none is left out.
fn pages(data: Option<&Value>) -> Vec<Page> {
    let all = data.and_then(|data| data.get("elicitations")).and_then(Value::as_array);
    let page = |one: &Value| {
        let text = |key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Page {
            id: text("elicitationId")?,
            url: text("url")?,
            message: text("message").unwrap_or_default(),
        })
    };
    all.into_iter().flatten().filter_map(page).collect()
}
