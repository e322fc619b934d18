//! The host against servers that misbehave.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests look at what they made themselves"
)]

mod bundles;
mod cautions;
mod declared;
mod features;
mod http_eras;
mod http_faults;
mod http_sse;
mod oauth;
mod oauth_server;
mod peer;
mod pins;
mod processes;
mod prompts;
mod real;
mod sampling;
mod sessions;
mod waiting;
mod web;
