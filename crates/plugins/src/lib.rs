//! Plugins, skills and marketplaces as they are found in the wild: read, installed, and nothing in them run before it
//! is trusted.
//!
//! Begin reading at `format.rs` (what a plugin's files say) and `library.rs` (where plugins come from and where they stay).
#![allow(
    clippy::disallowed_methods,
    reason = "I1: the door to plugins: their own folder in Deskhand's data, and the folders plugins are installed from"
)]

pub mod format;
pub mod library;
pub mod mount;
