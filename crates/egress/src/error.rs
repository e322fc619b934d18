//! What can go wrong before anything is served.

use deskhand_types::{Code, Coded};

/// Shorthand.
pub type Result<T, E = EgressError> = std::result::Result<T, E>;

/// Why there is no proxy, or not the one that was asked for. Nothing was opened, and rules that were in force still are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EgressError {
    /// The rules are not TOML, or not of the form of a rule file.
    #[error("the network rules cannot be read: line {line}, column {column}: {reason}")]
    Unreadable {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A rule says what no rule can say.
    #[error("the network rule `{rule}` (line {line}) cannot be used: {reason}")]
    Rule {
        /// Its name.
        rule: String,
        /// Where it begins, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A rule does not do what its own example says.
    #[error("the network rule `{rule}` (line {line}) does not do what its example number {number} says: {reason}")]
    Example {
        /// Its name.
        rule: String,
        /// Where it begins, from 1.
        line: usize,
        /// Which example, from 1.
        number: usize,
        /// What comes of the example.
        reason: String,
    },
    /// A host that is to be blocked is not a host, so that blocking it would block nothing.
    #[error("`{host}` cannot be blocked: it is not the name of a host")]
    BlockedHost {
        /// What was given.
        host: String,
    },
    /// Our own certificate could not be made.
    #[error("no certificate for the sandbox could be made: {reason}")]
    Certificate {
        /// Why.
        reason: String,
    },
    /// There is nothing to check servers' certificates against.
    #[error("the certificates this computer trusts cannot be read: {reason}")]
    Roots {
        /// Why.
        reason: String,
    },
    /// A ledger could not be written. For implementors of [`Ledger`](crate::Ledger).
    #[error("the request was not made: it could not be logged: {reason}")]
    Ledger {
        /// Why.
        reason: String,
    },
}

impl Coded for EgressError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Unreadable { .. } => "egress.rules-unreadable",
            Self::Rule { .. } => "egress.bad-rule",
            Self::Example { .. } => "egress.example-fails",
            Self::BlockedHost { .. } => "egress.bad-blocked-host",
            Self::Certificate { .. } => "egress.no-certificate",
            Self::Roots { .. } => "egress.no-roots",
            Self::Ledger { .. } => "egress.not-logged",
        })
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Unreadable { .. } | Self::Rule { .. } | Self::Example { .. } => {
                    "Correct network.toml; until then programs reach nothing."
                }
                Self::BlockedHost { .. } => "Correct the base URL of the model provider.",
                Self::Certificate { .. } => "This is a bug; please report it.",
                Self::Roots { .. } => "Install the system's root certificates (`ca-certificates`).",
                Self::Ledger { .. } => "See whether the disk is full.",
            }
            .to_owned(),
        )
    }
}
