//! Runs commands in a virtual machine that sees only what was granted.
//!
//! Bird's eye: a `Sandbox` owns at most one machine and starts, suspends and ends it. A task opens a `Room` in it:
//! a user of its own, its folders at `/mnt/<name>`, scratch that is thrown away. A command run there
//! gives its output and what it changed, as `OverlayEntry`s whose contents are in the blob store. Nothing stands in
//! the granted folders until somebody above has judged it and `workspace` has applied it.
//!
//! Architecture invariants:
//! * The guest never gets a writable folder of the host (I6): the server of shared folders has no write operations.
//! * Whatever the guest says is bounded and checked; a guest that lies is a bad client, nothing more.
//! * There is no path from one tier to a weaker one: the tier is what was asked for, or an error.

mod command;
mod error;
pub mod share;

pub use command::{Captured, Command, Outlet, Ran, RoomSetup, Tier};
pub use error::SandboxError;
