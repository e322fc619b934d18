//! The store through its public API, and behind its back through SQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod blobs;
mod concurrency;
mod crash;
mod drafts;
mod log;
mod opening;
mod search;
mod tampering;
