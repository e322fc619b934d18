//! Integration tests: documents are made here, never taken from disk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_collect,
    clippy::format_push_string,
    missing_docs
)]

mod fixtures;
mod fuzz;
mod hidden;
mod malformed;
mod office;
mod paging;
mod plain;
mod random;
mod sheets;
mod unseen;
