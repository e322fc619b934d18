//! What can go wrong with the store.

use std::path::PathBuf;

use deskhand_types::{BlobError, Code, Coded, TaskId};
use rusqlite::ErrorCode;

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer was faster.
    #[error("task {task} has {actual} events, not {expected}: something else continued it; nothing was appended")]
    Conflict {
        /// The task.
        task: TaskId,
        /// The number of events the caller expected.
        expected: u64,
        /// The number of events there are.
        actual: u64,
    },
    /// A stored event is not what was appended.
    #[error("the log of task {task} was changed after it was written: event {seq}: {what}")]
    Tampered {
        /// The task.
        task: TaskId,
        /// The first event that is wrong.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An intact event this version does not understand.
    #[error(
        "event {seq} of task {task} ({kind}) is intact, but this version of Deskhand does not understand it: {reason}"
    )]
    Unreadable {
        /// The task.
        task: TaskId,
        /// The event.
        seq: u64,
        /// Its kind.
        kind: String,
        /// What the decoder says.
        reason: String,
    },
    /// An event that could not be read back, so it was not taken.
    #[error("an event of kind {kind} cannot be stored: {reason}; nothing was appended")]
    Unstorable {
        /// Its kind.
        kind: &'static str,
        /// Why.
        reason: String,
    },
    /// No task with that id or prefix.
    #[error("there is no task {0}")]
    UnknownTask(String),
    /// No upload with that id waits.
    #[error("the uploaded file {0} is not there any more; nothing was started")]
    UnknownUpload(String),
    /// Several tasks with that prefix.
    #[error("{prefix} could be any of {}", .matches.join(", "))]
    AmbiguousTask {
        /// The prefix.
        prefix: String,
        /// Some of the tasks it fits.
        matches: Vec<String>,
    },
    /// Another process continues the task.
    #[error("task {task} is being worked on by {owner}")]
    Claimed {
        /// The task.
        task: TaskId,
        /// Who holds it.
        owner: String,
    },
    /// The database was written by a newer version.
    #[error(
        "{path} was written by a newer version of Deskhand (format {found}, this one knows {known}); nothing was changed"
    )]
    NewerFormat {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format this version knows.
        known: i64,
    },
    /// The file is no database of Deskhand's.
    #[error("{path} is not Deskhand's database: {detail}; it was left as it is")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        detail: String,
    },
    /// The database is damaged.
    #[error("{path} is damaged ({detail}); it was left as it is")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// Other processes kept the database locked.
    #[error("the database stayed locked by another process; nothing was changed")]
    Busy,
    /// No space.
    #[error("the disk is full; nothing was changed")]
    Full,
    /// A file of the store could not be used.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A blob.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// SQLite failed in another way.
    #[error("the database failed: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| {
            if source.kind() == std::io::ErrorKind::StorageFull {
                Self::Full
            } else {
                Self::File { path, source }
            }
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let path = || PathBuf::from(crate::sqlite::DATABASE);
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path: path(),
                detail: error.to_string(),
            },
            Some(ErrorCode::NotADatabase) => Self::Foreign {
                path: path(),
                detail: "it is not a SQLite file".to_owned(),
            },
            _ => Self::Database(error),
        }
    }
}

impl From<StoreError> for BlobError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Blob(inner) => inner,
            other => Self::Store(other.to_string()),
        }
    }
}

impl Coded for StoreError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Conflict { .. } => "store.conflict",
            Self::Tampered { .. } => "store.tampered",
            Self::Unreadable { .. } => "store.unreadable",
            Self::Unstorable { .. } => "store.unstorable",
            Self::UnknownTask(_) => "store.unknown-task",
            Self::UnknownUpload(_) => "store.unknown-upload",
            Self::AmbiguousTask { .. } => "store.ambiguous-task",
            Self::Claimed { .. } => "store.claimed",
            Self::NewerFormat { .. } => "store.newer-format",
            Self::Foreign { .. } => "store.foreign",
            Self::Damaged { .. } => "store.damaged",
            Self::Busy => "store.busy",
            Self::Full => "store.full",
            Self::File { .. } => "store.file",
            Self::Blob(BlobError::Missing(_)) => "store.blob-missing",
            Self::Blob(BlobError::Damaged(_)) => "store.blob-damaged",
            Self::Blob(BlobError::Store(_)) => "store.blob",
            Self::Database(_) => "store.database",
        })
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Conflict { .. } => "Look at the task again before you continue it.",
            Self::Tampered { .. } => "The events before it are intact; `deskhand export` shows them.",
            Self::Unreadable { .. } => "Update Deskhand; `deskhand export` gives the raw events now.",
            Self::NewerFormat { .. } => "Update Deskhand; nothing here can read that format.",
            Self::UnknownTask(_) => "`deskhand tasks` lists them.",
            Self::UnknownUpload(_) => "Upload it again.",
            Self::AmbiguousTask { .. } => "Give more characters of the id.",
            Self::Claimed { .. } => "Wait until it is done, or stop that process.",
            Self::Foreign { .. } => "Move that file away, or point DESKHAND_HOME at another folder.",
            Self::Damaged { .. } => {
                "Copy the whole folder before anything else, then restore it from a backup, or recover with `sqlite3 deskhand.db .recover`."
            }
            Self::Busy => "Try again when the other process is done.",
            Self::Full => "Free some space and try again.",
            Self::File { .. } => "Check that you may read and write there.",
            Self::Blob(BlobError::Damaged(_) | BlobError::Missing(_)) => "Restore the store's folder from a backup.",
            Self::Unstorable { .. } | Self::Blob(BlobError::Store(_)) | Self::Database(_) => return None,
        };
        Some(hint.to_owned())
    }
}
