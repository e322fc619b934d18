//! The workspace from outside, on real folders.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod changes;
mod confinement;
mod faults;
mod protection;
mod reading;
mod searching;
mod support;
mod undoing;
