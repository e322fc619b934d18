//! The face of Deskhand for people who never open a terminal: an HTTP API (`/api/v1`), live events, and the web
//! interface, served from one binary on loopback.
//!
//! Architecture invariants:
//! * The server holds no state that matters: every answer is a fold over the log, and a restart loses nothing.
//! * A slow or absent listener never slows a task.
//! * Nobody but who holds the token of this process gets an answer, whatever the address they came by.

pub mod api;
mod openapi;
pub mod view;

pub use openapi::document;
