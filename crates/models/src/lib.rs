//! Model providers: streaming, retries, prompt caching, token and cost accounting.
//!
//! A [`ModelProvider`] takes a whole [`deskhand_types::ModelRequest`] and gives a whole
//! [`deskhand_types::ModelTurn`]. What is streamed meanwhile is for views only; half a turn never leaves this crate.
//!
//! Bird's eye: `wire/*` are pure codecs, one per protocol (request to bytes, event to state), without IO.
//! `remote` joins a codec with a `transport`, `credentials` and `retry`, and is the only place that awaits the network.
//!
//! Architecture invariants:
//! * This crate is the one door to the network for inference (I2). Credentials are added in `credentials` and are
//!   never part of a request body, a log line or an error text.
//! * Codecs have no IO, no clock and no randomness.
//! * The bytes sent for a conversation are a function of the conversation alone, so the prefix of one request is
//!   the prefix of the next, up to the place of the cache markers.

mod arguments;
mod classify;
mod config;
mod credentials;
mod error;
mod keychain;
pub mod local;
pub mod profile;
mod provider;
#[doc(hidden)]
pub mod recorded;
mod remote;
mod resolve;
mod retry;
mod secret;
mod sse;
mod transport;
mod wire;

pub use config::{AuthStyle, KeySource, ModelsConfig, OpenAiApi, ProviderConfig, ProviderKind, Tuning};
pub use error::{ModelError, Result};
pub use keychain::{read_key, store_key};
pub use provider::{ModelListing, ModelProvider, TestReport};
pub use resolve::{Resolved, build, build_with_clock, default_model, hosts, parse_model, resolve};
pub use retry::{Clock, RetryPolicy, SystemClock};
pub use secret::Secret;
