//! What a program may take of this computer.

use std::time::Duration;

/// Limits on connections, requests, heads and time. Limits on bodies are in the rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Connections of one task that are served at once; the next ones are answered 503, and are one entry in the ledger.
    pub connections: usize,
    /// Requests of one task to one host, for as long as the proxy lives; the next ones are refused. Far above what
    /// installing packages takes, and too few to spell out much.
    pub requests: u64,
    /// Bytes of the head of a request or an answer, and of what is held of a body; at least 8 KiB.
    pub head_bytes: usize,
    /// Headers of a request or an answer.
    pub headers: usize,
    /// Time in which a whole head, or the beginning of TLS, must have come.
    pub head_time: Duration,
    /// Time for finding an address.
    pub resolve_time: Duration,
    /// Time for a connection to one address, and again for TLS on it.
    pub connect_time: Duration,
    /// Time without a byte in either direction, after which a request is given up.
    pub idle_time: Duration,
    /// Time for one request with its answer.
    pub total_time: Duration,
    /// Time for one connection of a program with all its requests.
    pub connection_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            requests: 5_000,
            head_bytes: 64 << 10,
            headers: 100,
            head_time: Duration::from_secs(20),
            resolve_time: Duration::from_secs(10),
            connect_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(120),
            total_time: Duration::from_secs(30 * 60),
            connection_time: Duration::from_secs(2 * 60 * 60),
        }
    }
}
