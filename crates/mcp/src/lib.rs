//! The host of MCP servers: connects, lists, calls, and trusts nothing they say.
//!
//! Begin reading at `connection.rs`; then `tool.rs` (what a server offers) and `pin.rs` (what of it may be used).

mod auth;
pub mod config;
mod connection;
mod endpoint;
mod error;
mod handler;
mod host;
mod http;
mod outcome;
mod pin;
#[cfg(unix)]
mod process;
mod schema;
mod tool;

pub use auth::{Authorization, OAuth, Secret, SignIn, Tokens, TokensError, TokensInMemory};
pub use connection::{Connection, Limits};
pub use endpoint::{Endpoint, Transport};
pub use error::{Challenge, Error};
pub use host::{Answer, Host, Listing, Overflow, Progress, Question};
pub use outcome::Outcome;
pub use pin::{Change, Pins, Standing};
#[cfg(unix)]
pub use process::{Process, Program};
pub use schema::validate;
pub use tool::{LeftOut, Tool, ToolList};
