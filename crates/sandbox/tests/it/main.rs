//! Tests of the sandbox: `share` from outside, and `building` with played tools, without a machine; all others in a
//! real one. They need the image
//! (`make image`) and the guest agent (`make guest`).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::option_option,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod building;
mod changes;
mod desk;
mod documents;
mod failures;
mod hostile;
mod lives;
mod meanwhile;
mod neighbours;
mod os;
mod os_refuses;
mod share;
mod tree;
