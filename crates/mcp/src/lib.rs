//! The host of MCP servers: connects, lists, calls, and trusts nothing they say.
//!
//! Begin reading at `tool.rs` (what a server offers) and `pin.rs` (what of it may be used).

mod error;
mod pin;
mod schema;
mod tool;

pub use error::Error;
pub use pin::{Change, Pins, Standing};
pub use schema::validate;
pub use tool::{LeftOut, Tool, ToolList};
