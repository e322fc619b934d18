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

#![allow(
    clippy::disallowed_methods,
    reason = "the sandbox keeps its own images, templates and machines in the cache folder; it has no way to a granted folder"
)]

mod agent;
mod backend;
#[cfg(target_os = "linux")]
mod child;
mod choice;
mod collect;
mod command;
mod console;
mod error;
pub mod folder;
pub mod image;
mod initramfs;
mod link;
mod machine;
#[cfg(target_os = "linux")]
mod os;
mod own;
mod platform;
#[cfg(test)]
mod played;
pub mod qemu;
mod rehearsal;
mod room;
mod sandbox;
mod seal;
// It has no business with files: what it serves comes through `SharedFolders`, which `workspace` answers.
#[deny(clippy::disallowed_methods)]
pub mod share;
mod template;
mod upkeep;

/// Memory of a machine, in bytes, all its tasks together: no task can have more, whatever it is allowed.
pub const MACHINE_MEMORY: u64 = template::MEMORY;
/// Disk of a machine, in bytes, all its tasks together.
pub const MACHINE_DISK: u64 = template::SCRATCH;

pub use agent::FILE_NAME as AGENT_FILE_NAME;
pub use backend::{Channel, From, MachineSpec, Port, Vm, VmBackend, Way};
pub use choice::{Speed, speed};
pub use command::{Captured, Command, Connection, Exited, Limits, Outlet, Output, Ran, RoomSetup, Tier, Why};
pub use console::{LostMachine, lost_machine};
pub use error::SandboxError;
pub use own::sweep;
pub use room::Room;
pub use sandbox::{Sandbox, SandboxConfig};
pub use upkeep::{Kept, free_space, kept, reset};
