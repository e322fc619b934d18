//! What a command left in the layer above the granted folders: the raw material of a change-set.

use crate::{GuestPath, Hash, Stamp};

/// What the layer has at a path. Contents of files are in the blob store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Overlaid {
    /// A file.
    File {
        /// Hash of its content.
        hash: Hash,
        /// Length in bytes.
        size: u64,
        /// Permission bits.
        mode: u32,
    },
    /// A folder. One that was there before appears when something in it changed.
    Folder {
        /// Permission bits.
        mode: u32,
        /// It replaces what was there before altogether.
        opaque: bool,
    },
    /// A symbolic link.
    Link {
        /// Its target.
        target: String,
    },
    /// What was there is gone.
    Removed,
}

/// One path of the layer. Parents come before what is in them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OverlayEntry {
    /// Where.
    pub path: GuestPath,
    /// What.
    pub what: Overlaid,
    /// What the command saw there when it first looked: `None` = it did not look, `Some(None)` = nothing stood there.
    /// Something else standing there now is a conflict.
    pub seen: Option<Option<Stamp>>,
}

/// Something a command made that cannot be taken over, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// Where, as far as it can be written.
    pub path: String,
    /// Why ("a named pipe", "a link that leads out of the folder").
    pub why: String,
}
