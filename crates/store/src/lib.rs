//! Event log and blobs on SQLite: the only place Deskhand's own data lives.
//!
//! * [`EventLog`] is the append-only, hash-chained log of every task; [`SqliteStore`] is the embedded one.
//! * [`SqliteStore`] is also the [`deskhand_types::BlobStore`]: content-addressed bytes, for pre-images and large bodies.
//!
//! # What is on disk
//!
//! One folder, private to the user: `deskhand.db` (SQLite, WAL), `blobs/ab/cdef…` (large blobs), `leases/` (lock files).
//! Several processes may have it open at once.
//!
//! # What survives what
//!
//! An event that [`EventLog::append`] returned survives the death of the process, at any instant. Whether it also
//! survives a power cut is its [`Durability`]; [`Durability::of`] says which events wait for the disk and why. A log is
//! always a prefix of what was appended, never a log with holes.
//!
//! Architecture invariant: no event is ever changed or removed here, and a file this crate does not understand is
//! never written to.
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the door to Deskhand's own data (ARCHITECTURE.md, I1); it never opens a granted folder"
)]

mod blob;
mod chain;
mod error;
mod folder;
mod log;
mod sqlite;
mod temporary;
mod text;
mod uploads;

pub use blob::{BlobInfo, Released};
pub use error::StoreError;
pub use log::{Durability, EventLog, Hit, Lease, TaskHead, Verification};
pub use sqlite::{Export, SqliteStore, StoreUsage};
pub use temporary::TemporaryStore;
pub use uploads::Waiting;
