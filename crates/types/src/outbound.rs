//! Requests of connectors to the network, as a trait: `egress` implements it, `mcp` takes it.

use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;

/// A request that was not made, or whose answer did not arrive whole. Holds no header, query or body of the request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// The request may not be made; nothing was sent.
    #[error("the request to {host} was refused: {reason}")]
    Refused {
        /// Where it would have gone.
        host: String,
        /// Why it may not.
        reason: String,
    },
    /// There was no connection; nothing was sent.
    #[error("{host} could not be reached: {reason}")]
    Unreachable {
        /// Where it would have gone.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The request was sent, wholly or in part, and the answer did not come, or not to its end.
    #[error("the connection to {host} broke off: {reason}")]
    Broken {
        /// Where it went.
        host: String,
        /// Why it ended.
        reason: String,
    },
}

/// The body of an answer as it arrives. Dropping it ends the request.
pub type Incoming = Pin<Box<dyn Stream<Item = Result<Bytes, OutboundError>> + Send>>;

/// What a request comes to, once the head of its answer is there. Dropping the future ends the request.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Incoming>, OutboundError>> + Send + 'a>>;

/// The way out for connectors. Every request is judged and logged by whoever implements this, before it is made.
///
/// Redirects are not followed: an answer with one is an answer, and the next request is judged like the first.
pub trait Outbound: Send + Sync {
    /// Makes one request to the absolute URI in it (`http` or `https`).
    fn send(&self, request: http::Request<Bytes>) -> Sending<'_>;
}
