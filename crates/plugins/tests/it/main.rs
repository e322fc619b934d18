//! Plugins at their boundary: folders as they are found in the wild.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests look at what they made themselves"
)]

mod connectors;
mod finding;
mod folder;
mod hook_answers;
mod hooks;
mod hostile;
mod library;
mod library_crash;
mod library_hostile;
mod library_install;
mod library_needs;
mod library_wild;
mod manifest;
mod naming;
mod own;
mod robustness;
mod robustness_heads;
mod servers;
mod substitution;
