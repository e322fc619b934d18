//! The host of MCP servers: connects, lists, calls, and trusts nothing they say.
//!
//! Begin reading at `connection.rs`; then `tool.rs` (what a server offers) and `pin.rs` (what of it may be used).

mod auth;
pub mod bundle;
mod caution;
pub mod config;
mod connection;
mod diagnostic;
pub mod directory;
mod endpoint;
mod era;
mod error;
mod form;
mod handler;
mod host;
mod http;
mod identity;
pub mod import;
pub mod name;
mod outcome;
mod oversize;
mod pin;
mod place;
pub mod presentation;
mod process;
mod prompt;
mod resolve;
mod sample;
mod schema;
mod tool;

pub use auth::{Authorization, OAuth, Secret, SignIn, Tokens, TokensError, TokensInMemory};
pub use caution::{Caution, cautions};
pub use connection::{Completed, Connection, Limits, Listed, Proposals, Task};
pub use diagnostic::{Diagnostic, Severity};
pub use endpoint::{Endpoint, Transport};
pub use era::Era;
pub use error::{Challenge, Error, Page};
pub use form::fields;
pub use host::{Answer, Host, Listing, Notice, Overflow, Progress, Question};
pub use identity::Identity;
pub use outcome::Outcome;
pub use pin::{Change, Pins, Standing};
pub use place::Place;
pub use process::{Process, Program};
pub use prompt::{Argument, Prompt};
pub use resolve::{Declared, Resolution, Resolved, Scope, credentials, resolve};
pub use sample::{NotSampled, SampleAnswer, SampleMessage, SampleRequest};
pub use schema::validate;
pub use tool::{LeftOut, Tool, ToolList};
