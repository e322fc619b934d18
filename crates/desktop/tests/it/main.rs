//! The window's dealings with the service, at the real boundaries: processes and HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod listening;
mod places;
#[cfg(unix)]
mod processes;
