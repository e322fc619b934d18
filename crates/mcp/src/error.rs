//! What can go wrong with a server, in words for a person.

use std::time::Duration;

use deskhand_types::OutboundError;

use crate::sample::NotSampled;

/// A failure of a connection or of one request on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program of a local server could not be started.
    #[error("the server program `{program}` could not be started: {source}. Check that it is installed.")]
    Start {
        /// What was to be run.
        program: String,
        /// Why it was not.
        source: std::io::Error,
    },
    /// Neither protocol era led to a session.
    #[error("the server did not agree on a protocol version: {0}")]
    Handshake(String),
    /// The connection is gone; the request may or may not have had an effect.
    #[error("the connection to the server ended before it answered; whether it acted is not known")]
    Closed,
    /// No answer in time; the server was told to stop.
    #[error("the server did not answer within {} s; it was told to stop", .0.as_secs_f32())]
    Timeout(Duration),
    /// The caller gave up; the server was told to stop.
    #[error("the request was cancelled")]
    Cancelled,
    /// The server answered with an error.
    #[error("the server refused: {message} (code {code})")]
    Refused {
        /// JSON-RPC error code.
        code: i32,
        /// The server's words, which are not to be trusted.
        message: String,
    },
    /// The server does nothing before the person has been at some pages. They were put to the person, if anybody was there.
    #[error("the server wants the person to visit a page first: {message}")]
    MustVisit {
        /// The server's words, which are not to be trusted.
        message: String,
        /// The pages.
        pages: Vec<Page>,
    },
    /// The server goes on only with an answer of a model, which it did not get.
    #[error("the server asks for an answer of a model, {0}")]
    Sampling(NotSampled),
    /// The answer is not what the protocol says it must be.
    #[error("the server's answer could not be used: {0}")]
    Malformed(String),
    /// The server offers nothing of this kind.
    #[error("the server does not offer {0}")]
    NotOffered(&'static str),
    /// The server's address, or a header for it, cannot be used. Nothing was sent.
    #[error("the server cannot be reached as it is configured: {0}")]
    Endpoint(String),
    /// The network, or the door to it.
    #[error("{0}")]
    Outbound(#[from] OutboundError),
    /// HTTP said no, and the protocol nothing.
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The server sends requests elsewhere, where nobody agreed to send anything.
    #[error("the server redirects to {to}; if that is right, use that address for it")]
    Redirected {
        /// The origin.
        to: String,
    },
    /// The server wants to know who asks.
    #[error("the server needs a sign-in")]
    SignIn(Challenge),
    /// The server knows who asks, and wants more rights for this.
    #[error("the server wants more rights than it was given{}", .0.scopes())]
    Scope(Challenge),
    /// There is no sign-in.
    #[error("signing in did not work: {0}. Nothing was kept; try again.")]
    Authorization(String),
    /// What was cut off could not be kept.
    #[error("a large result could not be kept: {0}")]
    Blob(String),
}

/// A page to be visited; all of it is the server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What the server calls the visit when it says that it is over.
    pub id: String,
    /// Why.
    pub message: String,
    /// Where.
    pub url: String,
}

/// What a server says about the sign-in it wants (`WWW-Authenticate`); for
/// [`Authorization::sign_in`](crate::Authorization::sign_in). Untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    pub(crate) fn new(header: String) -> Self {
        Self(header)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is about rights, not about who asks.
    pub(crate) fn asks_for_more(&self) -> bool {
        self.0.contains("insufficient_scope")
    }

    /// The scopes it names, for a sentence.
    fn scopes(&self) -> String {
        let named = self.0.split("scope=\"").nth(1).and_then(|rest| rest.split('"').next());
        named.map(|scopes| format!(": {scopes}")).unwrap_or_default()
    }
}
