//! Change-sets: what a step does to the user's files, as data that can be shown, applied, inverted and applied again.

use serde::{Deserialize, Serialize};

use crate::{ChangeSetId, GuestPath, Hash, Timestamp};

/// What stood, or shall stand, at a path. Content of files is in the blob store under `hash`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FileState {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// Hash of the content; the content is in the blob store.
        hash: Hash,
        /// Length in bytes.
        size: u64,
        /// Permission bits on Unix (`0o644`), or `None` where there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<u32>,
        /// Modification time in nanoseconds since 1970; kept so that undo restores it. `None` = now.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::nanos")]
        mtime_ns: Option<i128>,
    },
    /// A folder. Its entries are changes of their own.
    Folder {
        /// Permission bits on Unix, or `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<u32>,
        /// Modification time in nanoseconds since 1970, restored last. `None` = leave.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::nanos")]
        mtime_ns: Option<i128>,
    },
    /// A symbolic link, never followed.
    Link {
        /// The link's target, as stored.
        target: String,
    },
}

impl FileState {
    /// Whether two states hold the same thing: kind, content, permission bits and link target. Times do not count.
    pub fn same_content(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Absent, Self::Absent) => true,
            (Self::File { hash: a, mode: ma, .. }, Self::File { hash: b, mode: mb, .. }) => {
                a == b && (ma == mb || ma.is_none() || mb.is_none())
            }
            (Self::Folder { mode: ma, .. }, Self::Folder { mode: mb, .. }) => ma == mb || ma.is_none() || mb.is_none(),
            (Self::Link { target: a }, Self::Link { target: b }) => a == b,
            _ => false,
        }
    }
}

/// What a change is, in a person's words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Something is made where nothing was.
    Create,
    /// Content is replaced.
    Modify,
    /// Something is taken away.
    Delete,
    /// Something changes its name or folder.
    Move,
    /// Only permission bits change.
    Mode,
}

/// Lines added and removed, for text files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LineCount {
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// One change. Applied in the order of the change-set; inverted by swapping the states and reversing the order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PathChange {
    /// What kind of change.
    pub change: Change,
    /// Where. For a move: the new place.
    pub path: GuestPath,
    /// For a move: the old place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<GuestPath>,
    /// What stands there now (for a move: at `from`; `path` must be absent).
    pub before: FileState,
    /// What shall stand there (for a move: the same as `before`, at `path`).
    pub after: FileState,
    /// Lines added and removed, where both sides are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineCount>,
}

/// Why a change-set exists.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Cause {
    /// A tool call made it.
    Call {
        /// The call.
        call: crate::CallId,
    },
    /// The person undid change-sets. The undo is a change-set like any other, so it can be undone: that is redo.
    Undo {
        /// What was undone, latest first.
        of: Vec<ChangeSetId>,
    },
    /// The person redid what an undo had taken back.
    Redo {
        /// The undo that was taken back.
        of: ChangeSetId,
    },
}

/// Changes that belong together: one step of a task, an undo, or a redo.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Its id.
    pub id: ChangeSetId,
    /// Why it exists.
    pub cause: Cause,
    /// The changes, in the order they are applied.
    pub changes: Vec<PathChange>,
    /// When it was prepared.
    pub at: Timestamp,
}
