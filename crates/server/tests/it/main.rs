//! The server, as its clients see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod appearance;
mod client;
mod conflicts;
mod connectors;
mod desk;
mod gate;
mod incidents;
mod live;
mod looking;
mod openapi;
mod problems;
mod settings;
mod socket;
mod tasks;
mod values;
mod view;
