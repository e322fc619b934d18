//! The engine on a tiny model made by the test itself, and installing weights from scripted sources.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod engine;
mod process;
mod pull;
mod tiny;
