//! What the ledger of the network holds.

use serde::{Deserialize, Serialize};

/// A request to the network, judged and not yet made. Holds no credential, no query and no body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NetworkRequest {
    /// Number within the task's log; the result has the same.
    pub id: u64,
    /// `GET`, `POST`, …; `CONNECT` where it did not come to a request.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The host as it was asked for; [`NetworkRequest::ANY_HOST`] where connections were refused unread.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, without the query; at most 200 characters.
    pub path: String,
    /// The address it goes to, where it was allowed: resolved here, not by whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it is made.
    pub allowed: bool,
    /// The rule that allowed it, or why it was refused.
    pub reason: String,
    /// Headers that were taken away, in lower case ("authorization").
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stripped: Vec<String>,
    /// The credential's handle that was put in, never the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl NetworkRequest {
    /// The host of an entry that stands for connections nobody read a request of.
    pub const ANY_HOST: &str = "*";
}

/// What came of a request that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NetworkResult {
    /// The request.
    pub id: u64,
    /// HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of body sent.
    pub sent: u64,
    /// Bytes of body received.
    pub received: u64,
    /// Why it ended early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
