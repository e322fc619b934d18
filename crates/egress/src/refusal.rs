//! Why a request is not made, in words for the program, the model and the person.

use std::fmt;

/// Why a request is not made. Holds names and numbers, never a credential, a query or a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The host is no name of the public network.
    Host {
        what: &'static str,
    },
    /// The path can be read in more than one way.
    Path {
        what: &'static str,
    },
    /// The query has characters it must not have.
    Query,
    /// The host of a model provider.
    Blocked {
        host: String,
    },
    /// No rule names the host.
    NoRule {
        host: String,
    },
    /// Rules name the host, not what was asked of it.
    NotCovered {
        host: String,
        what: String,
    },
    /// The program brought a credential.
    Credential {
        what: String,
    },
    /// The program asks the server to take the request for another one.
    Override {
        what: String,
    },
    Upgrade,
    /// Methods that make no sense through a proxy.
    Method {
        method: String,
    },
    /// The names within one request differ.
    Mismatch {
        what: &'static str,
    },
    /// The name resolves to an address that is not public.
    Address {
        host: String,
        what: &'static str,
    },
    NoAddress {
        host: String,
    },
    /// The rule's credential is not there.
    NoCredential {
        handle: String,
    },
    /// The body is announced as longer than the rule allows.
    TooMuch {
        limit: u64,
    },
    /// The tunnel held something else than TLS.
    NotTls,
    /// The tunnel was opened and no request came.
    NoRequest {
        why: String,
    },
    /// The task has asked this host as often as it may.
    Spent {
        host: String,
        most: u64,
    },
    /// The task has sent this host as much as it may, or would with this request.
    SpentBytes {
        host: String,
        most: u64,
    },
    /// The task has as many connections open as it may.
    Connections {
        most: usize,
    },
    /// A word that must not leave stands in its address or headers.
    Watched,
    /// The ledger could not be written.
    Ledger,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { what } => write!(f, "the host {what}"),
            Self::Path { what } => write!(f, "the path {what}"),
            Self::Query => write!(
                f,
                "the query has characters that must be encoded, or is longer than 8 KiB"
            ),
            Self::Blocked { host } => write!(f, "{host} serves AI models, which programs never reach"),
            Self::NoRule { host } => write!(f, "no rule allows {host}"),
            Self::NotCovered { host, what } => write!(f, "the rules for {host} do not allow {what}"),
            Self::Credential { what } => write!(f, "the program brought a credential of its own ({what})"),
            Self::Override { what } => write!(f, "`{what}` asks the server to treat the request as another one"),
            Self::Upgrade => write!(f, "it asks for another protocol (upgrade, websocket)"),
            Self::Method { method } => write!(f, "the method {method} is not possible here"),
            Self::Mismatch { what } => write!(f, "{what}"),
            Self::Address { host, what } => write!(f, "{host} leads to an address that is {what}"),
            Self::NoAddress { host } => write!(f, "{host} has no address"),
            Self::NoCredential { handle } => write!(f, "the rule's credential `{handle}` is not stored or not usable"),
            Self::TooMuch { limit } => write!(f, "the body is longer than the {limit} bytes the rule allows"),
            Self::NotTls => write!(f, "what came through the tunnel is not TLS"),
            Self::NoRequest { why } => write!(f, "no request came through the tunnel: {why}"),
            Self::Spent { host, most } => write!(f, "the task has made {most} requests to {host}, as many as it may"),
            Self::SpentBytes { host, most } => write!(
                f,
                "the task has sent {host} the {most} bytes the rule allows in all, or would with this request"
            ),
            Self::Connections { most } => write!(
                f,
                "the task has more than {most} connections open at once; those beyond are refused, and not listed one by one"
            ),
            Self::Watched => f.write_str(crate::WATCHED),
            Self::Ledger => write!(f, "the request could not be written to the task's log"),
        }
    }
}

impl Refusal {
    /// What to do next.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::NoRule { .. } | Self::NotCovered { .. } => {
                "To allow it, add a rule to network.toml in Deskhand's data folder."
            }
            Self::TooMuch { .. } => "To allow it, raise max_sent in the rule in network.toml.",
            Self::Credential { .. } => {
                "Leave it out: a rule in network.toml can name a stored credential, which Deskhand puts in itself, or \
                 say `strip = true` to have such headers taken away."
            }
            Self::NoCredential { .. } => "Store the credential under this handle, or correct the rule in network.toml.",
            Self::Blocked { .. } | Self::Address { .. } | Self::Host { .. } => "No rule can allow it.",
            Self::Path { .. } | Self::Query => "Ask for the plain URL.",
            Self::Override { .. } | Self::Upgrade | Self::Method { .. } => "Make a plain HTTP request without it.",
            Self::Mismatch { .. } => "The name must be the same in CONNECT, in TLS, in the URL and in the Host header.",
            Self::NoAddress { .. } => "Check the name.",
            Self::Watched => "Nothing that carries it leaves this machine, and the task is stopped.",
            Self::Connections { .. } => "Close some, or try again when they are done.",
            Self::Spent { .. } => "Go on without more of that host, or in another task.",
            Self::SpentBytes { .. } => {
                "Send less, or in another task; to allow more, raise max_sent_in_all in the rule in network.toml."
            }
            Self::NotTls | Self::NoRequest { .. } => "Only HTTP and HTTPS pass here.",
            Self::Ledger => "Nothing was connected. Try again once the disk has room.",
        }
    }

    /// What the program is told.
    pub(crate) fn text(&self) -> String {
        format!("Deskhand refused this: {self}.\n{}\n", self.advice())
    }
}
