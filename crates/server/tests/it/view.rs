//! The fold from a task's events to what the interface shows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod any;
mod calls;
mod context;
mod incremental;
mod log;
mod page;
mod status;
mod story;
mod tools;
mod withheld;
