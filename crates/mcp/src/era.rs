//! How a server is spoken to, once it was found out; the caller keeps it, so that the next session need not ask.

use serde::{Deserialize, Serialize};

/// An era of the protocol, with the transport where that is not the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Era {
    /// 2026-07-28 and later: no handshake.
    Modern,
    /// Up to 2025-11-25: a handshake.
    Legacy,
    /// 2024-11-05 over HTTP with server-sent events.
    Sse,
}
