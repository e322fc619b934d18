//! What tests and benches of Deskhand share: a model server that follows a script, and a clock that waits for nothing.
//!
//! Architecture invariant: depends on `types` alone, so that every crate can use it in its tests. Real sockets, real
//! HTTP, no other network: the server listens on loopback and dies with its handle.

#![allow(
    clippy::disallowed_methods,
    reason = "test support: the server wakes its own listener by connecting to it"
)]

mod clock;
mod http;
#[cfg(unix)]
mod image_tools;
mod protocol;
pub mod sample;
mod script;
mod server;

pub use clock::FakeClock;
pub use http::Recorded;
#[cfg(unix)]
pub use image_tools::image_tools;
pub use protocol::Protocol;
pub use script::{Fault, Piece, Reply, Script, Then, Turn};
pub use server::{ScriptedServer, Summary, Timing};
