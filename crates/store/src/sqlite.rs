//! The embedded store: one SQLite database and a folder of large blobs.

mod append;
mod blobs;
mod labels;
mod lease;
mod read;
mod schema;
mod search;
mod unnamed;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deskhand_types::{Event, EventDraft, Hash, Label, TaskId, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::{BlobInfo, Durability, EventLog, Hit, Lease, Released, StoreError, TaskHead, Verification};

pub use read::Export;

/// The database's name in the store's folder.
pub(crate) const DATABASE: &str = "deskhand.db";

/// How much is stored, in bytes where nothing else is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct StoreUsage {
    /// Tasks, without the application's own log.
    pub tasks: u64,
    /// Events of all logs.
    pub events: u64,
    /// The database, small blobs and the search index included.
    pub database_bytes: u64,
    /// Number of blobs.
    pub blobs: u64,
    /// Blobs, as they were given.
    pub blob_bytes: u64,
    /// Blobs, as they are stored.
    pub blob_stored_bytes: u64,
}

/// The embedded store. Cheap to share behind an `Arc`; appends and reads do not wait for one another.
#[derive(Debug)]
pub struct SqliteStore {
    dir: PathBuf,
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the store in `dir`, making both when they are not there. Formats of older versions are brought up to date.
    ///
    /// # Errors
    /// [`StoreError::NewerFormat`], [`StoreError::Foreign`], [`StoreError::Damaged`]: the files are left as they are.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let (writer, reader) = schema::open(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
        })
    }

    /// The folder it lives in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The events of a log as lines of canonical JSON, in order, as they are stored: also those this version does not
    /// understand. Each is checked; the first bad one ends the iteration with an error.
    pub fn export(&self, task: &TaskId) -> Export<'_> {
        Export::new(self, task.clone())
    }

    /// How much is stored.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn usage(&self) -> Result<StoreUsage, StoreError> {
        read::usage(&self.reader())
    }

    /// Blobs that nobody put since `before`, the longest untouched first. Bodies of events are not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn blobs_untouched_since(&self, before: Timestamp) -> Result<Vec<BlobInfo>, StoreError> {
        blobs::untouched_since(&self.reader(), before)
    }

    /// Drops the blobs `hashes`, except those that were put again after `before` (another task may be about to refer to
    /// them) and those that are bodies of events. Hashes that are not there are passed over.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn release(&self, hashes: &[Hash], before: Timestamp) -> Result<Released, StoreError> {
        blobs::release(&mut self.writer(), &self.dir, hashes, before)
    }

    /// Clears away what crashes left behind: unfinished blob files older than a day and files no blob refers to.
    /// Returns how many files.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn sweep(&self) -> Result<u64, StoreError> {
        blobs::sweep(&mut self.writer(), &self.dir)
    }

    /// The folder for a task's results that belong in no granted folder, made when it is not there. It is the person's:
    /// nothing in it is ever cleaned up.
    ///
    /// # Errors
    /// When it cannot be made; [`StoreError::UnknownTask`] when the id is not one a task can have.
    pub fn outputs_folder(&self, task: &TaskId) -> Result<PathBuf, StoreError> {
        self.task_folder("outputs", task)
    }

    /// Who worked on a task last, as they named themselves.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn lease_owner(&self, task: &TaskId) -> Result<Option<String>, StoreError> {
        lease::last_owner(&self.reader(), task)
    }

    /// The tasks that proposed notes for later ones (`memory.proposed`) since then, the oldest task first. Only these logs need
    /// be read for what is proposed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn tasks_that_proposed_notes(&self, since: Timestamp) -> Result<Vec<TaskId>, StoreError> {
        read::tasks_that_proposed_notes(&self.reader(), since)
    }

    /// Whether any content has a label of its own (`content.labelled`).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_labels(&self) -> Result<bool, StoreError> {
        labels::any(&self.reader())
    }

    /// The label a content was written with, in whichever task and under whichever name; the join, where it was written
    /// more than once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn label_of(&self, content: &Hash) -> Result<Option<Label>, StoreError> {
        labels::of(&self.reader(), content)
    }

    /// The join of the labels of all contents that tasks have written into a folder of this machine, or below it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn label_below(&self, folder: &str) -> Result<Option<Label>, StoreError> {
        labels::below(&self.reader(), folder)
    }

    /// A folder of a task's own, below `kind`.
    pub(crate) fn task_folder(&self, kind: &str, task: &TaskId) -> Result<PathBuf, StoreError> {
        // An id is data and must not choose a path.
        let id = task.as_str();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(StoreError::UnknownTask(id.to_owned()));
        }
        let folder = self.dir.join(kind).join(id);
        crate::folder::create_private(&folder).map_err(StoreError::file(&folder))?;
        Ok(folder)
    }

    // A poisoned lock means a panic elsewhere; the transaction it interrupted was rolled back when it was dropped.
    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventLog for SqliteStore {
    fn append_with(
        &self,
        task: &TaskId,
        expected_seq: u64,
        at: Timestamp,
        drafts: &[EventDraft],
        durability: Durability,
    ) -> Result<Vec<Event>, StoreError> {
        append::append(self, task, expected_seq, at, drafts, durability)
    }

    fn each(&self, task: &TaskId, from_seq: u64, see: &mut dyn FnMut(Event)) -> Result<(), StoreError> {
        read::events(&self.reader(), &self.dir, task, from_seq, see)
    }

    fn tasks(&self) -> Result<Vec<TaskHead>, StoreError> {
        read::tasks(&self.reader())
    }

    fn verify(&self, task: &TaskId) -> Result<Verification, StoreError> {
        read::verify(&self.reader(), &self.dir, task)
    }

    fn search(&self, text: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        search::search(self, text, limit)
    }

    fn resolve_prefix(&self, prefix: &str) -> Result<TaskId, StoreError> {
        read::resolve_prefix(&self.reader(), prefix)
    }

    fn claim(&self, task: &TaskId, owner: &str) -> Result<Lease, StoreError> {
        lease::claim(&self.writer(), &self.dir, task, owner)
    }
}

/// A transaction that holds the write lock from its start, so that what it reads cannot change before it writes.
fn write_transaction(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// How a commit waits for the disk. Outside of a transaction only.
fn set_durability(connection: &Connection, durability: Durability) -> Result<(), StoreError> {
    connection.execute_batch(match durability {
        Durability::Process => "PRAGMA synchronous=NORMAL",
        Durability::Power => "PRAGMA synchronous=FULL",
    })?;
    Ok(())
}
