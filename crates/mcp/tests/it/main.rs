//! The host against servers that misbehave.

mod peer;
mod pins;
mod processes;
mod sessions;
