//! What is asked of a sandbox, and what it answers.

use std::sync::Arc;
use std::time::Duration;

pub use deskhand_types::Tier;
use deskhand_types::{BlobStore, Hash, LeftOut, OverlayEntry, SharedFolders, TaskId};
pub use deskhand_wire::{Exited, Limits, Output, Why};

/// What a task brings along.
#[derive(Clone)]
pub struct RoomSetup {
    /// The task.
    pub task: TaskId,
    /// Its folders: name below `/mnt`, and whether commands may change what is in it.
    pub folders: Vec<(String, bool)>,
    /// What is in them.
    pub shared: Arc<dyn SharedFolders>,
    /// Where the contents of changed files and the full output go.
    pub blobs: Arc<dyn BlobStore>,
    /// What answers the programs' connections to the network.
    pub outlet: Arc<dyn Outlet>,
    /// What its commands may use.
    pub limits: Limits,
}

/// A connection of a program in a room.
pub type Connection = deskhand_wire::mux::Stream;

/// Answers connections that programs in a room make to their proxy (HTTP proxy protocol on `127.0.0.1:3128`).
#[async_trait::async_trait]
pub trait Outlet: Send + Sync {
    /// Serves one connection until it ends.
    async fn serve(&self, task: &TaskId, connection: Connection);
    /// The certificate (PEM) programs in the room must trust to speak TLS through it. Empty = none.
    fn certificate(&self) -> String;
}

/// A command to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// For `bash -c`.
    pub text: String,
    /// Where it starts: a folder as the room sees it.
    pub cwd: String,
    /// It is ended after this time.
    pub timeout: Duration,
}

/// What a command gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ran {
    /// How it ended.
    pub exited: Exited,
    /// What kept it apart.
    pub tier: Tier,
    /// What it wrote.
    pub output: Captured,
    /// What it changed in the granted folders. Parents come before what is in them. Empty when `refused` says so.
    pub changes: Vec<OverlayEntry>,
    /// What it made that cannot be taken over.
    pub left_out: Vec<LeftOut>,
    /// Why none of its changes were taken (too many, too large), in words for person and model.
    pub refused: Option<String>,
    /// Why the room had to be made anew before this command, in words. What was in its scratch (`/tmp`, the home folder)
    /// is gone then. Told once.
    pub anew: Option<String>,
}

/// What a command wrote, both streams in the order they came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Captured {
    /// The beginning, at most [`Captured::HEAD`] bytes.
    pub head: Vec<u8>,
    /// The end, at most [`Captured::TAIL`] bytes; empty when the beginning is all.
    pub tail: Vec<u8>,
    /// Length of everything in bytes.
    pub bytes: u64,
    /// All of it, in the blob store, when head and tail are not all.
    pub full: Option<Hash>,
}

impl Captured {
    /// Most bytes kept of the beginning.
    pub const HEAD: usize = 64 << 10;
    /// Most bytes kept of the end.
    pub const TAIL: usize = 32 << 10;
}
