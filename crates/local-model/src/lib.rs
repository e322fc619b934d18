//! The small embedded model in its own process: schema-bound answers, one item a call.
//!
//! It routes a free-worded request to a recipe, extracts one field, classifies, describes. It is never given tools:
//! a question goes in ([`deskhand_types::Judge`]), a value of the type the host asked for comes out.
//!
//! Bird's eye: `catalogue` knows which weights there are, `pull` installs them by hash; `tokenizer` and `qwen2` are the
//! model; `schema` turns an answer type into a grammar; `engine` joins them, one question at a time; `serve` speaks
//! JSON lines on standard input and output; `eval` measures.
//!
//! Architecture invariants:
//! * Nothing here reads a file of the user: inputs arrive as text. The only files are weights in the cache.
//! * Every token of an answer passes the grammar's mask; text of an input can never become a control token.
//! * No network but in `pull`.

#![allow(
    clippy::disallowed_methods,
    reason = "the door to the weights in the cache folder; no user file is ever opened here"
)]

pub mod catalogue;
pub mod engine;
mod error;
pub mod eval;
mod ground;
mod prompt;
pub mod pull;
mod qwen2;
pub mod schema;
pub mod serve;
pub mod tokenizer;

pub use error::{Error, Result};
