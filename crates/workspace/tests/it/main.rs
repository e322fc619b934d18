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
mod incidents;
mod landing;
mod landing_at_random;
mod layer;
mod protection;
mod reading;
mod searching;
mod sharing;
mod support;
mod undoing;
