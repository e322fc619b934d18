//! Sessions over HTTP: both eras of Streamable HTTP, and HTTP+SSE before it.

mod body;
mod call;
mod client;
mod events;
mod fault;
mod open;
mod sse;

pub(crate) use body::whole;
pub(crate) use call::Caller;
pub(crate) use fault::{HttpFault, TOO_LARGE, of_handshake, of_service};
pub(crate) use open::{era_of, open};
