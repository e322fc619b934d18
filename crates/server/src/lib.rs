//! The face of Deskhand for people who never open a terminal: an HTTP API (`/api/v1`), live events, and the web
//! interface, served from one binary on loopback.
//!
//! [`Server`] listens; [`Desk`] works on tasks; [`view`] folds a task's log into what is shown; `live` tells listeners
//! what changed; `gate` decides who gets in.
//!
//! Architecture invariants:
//! * The server holds no state that matters: every answer is a fold over the log, and a restart loses nothing.
//! * A slow or absent listener never slows a task.
//! * Nobody but who holds the token of this process gets an answer from the API, whatever the address they came by.

pub mod api;
mod assets;
mod described;
mod desk;
mod files;
mod gate;
mod host;
mod jobs;
mod live;
mod openapi;
mod overview;
mod problem;
mod routes;
mod serve;
mod sign_ins;
mod socket;
mod state;
pub mod view;

pub use desk::OWNER;
pub use host::{Host, Progress};
pub use openapi::document;
pub use problem::Failure;
pub use serve::{ServeOptions, Server};
