//! What can go wrong with a server, in words for a person.

use std::time::Duration;

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
    /// The answer is not what the protocol says it must be.
    #[error("the server's answer could not be used: {0}")]
    Malformed(String),
    /// The server offers nothing of this kind.
    #[error("the server does not offer {0}")]
    NotOffered(&'static str),
    /// What was cut off could not be kept.
    #[error("a large result could not be kept: {0}")]
    Blob(String),
}
