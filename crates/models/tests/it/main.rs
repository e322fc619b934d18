//! The providers against a scripted server on loopback, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod auth;
mod faults;
mod local;
mod mutations;
mod quirks;
mod requests;
mod setup;
mod turns;
