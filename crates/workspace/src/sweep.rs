//! Temporary files that an interrupted step left behind.
//!
//! They are recognised by name (`.deskhand-<change-set>-<n>.tmp`). One is removed only when its content is known to be
//! kept, or can only be a part of what Deskhand was writing; anything else may be the only copy of somebody's edit
//! that was swapped out at the wrong moment, and is put back.

use deskhand_types::{Change, ChangeSetId, FileState, GuestPath, PathChange};

use crate::error::WorkspaceError;
use crate::faults::FsOp;
use crate::folder::{Folder, Kind};
use crate::platform::aside_name;
use crate::resolve::{Spot, io_error};
use crate::state::{Look, hash_spot};
use crate::step::holds;
use crate::workspace::Workspace;

/// The name of the temporary file of the `n`th change. Taking back uses other names than applying, so that a leftover
/// is judged by the change it comes from.
pub(crate) fn temp_name(id: &ChangeSetId, n: usize, back: bool) -> String {
    let id: String = id
        .as_str()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .take(120)
        .collect();
    format!(".deskhand-{id}-{n}{}.tmp", if back { "u" } else { "" })
}

impl Workspace {
    /// Settles what the `n`th change of a set, applied (`change`) or taken back (`back`), may have left.
    pub(crate) fn sweep(
        &self,
        id: &ChangeSetId,
        n: usize,
        change: &PathChange,
        back: bool,
    ) -> Result<(), WorkspaceError> {
        // Only files and links ever have one.
        let file = |state: &FileState| matches!(state, FileState::File { .. } | FileState::Link { .. });
        if change.change == Change::Move || !(file(&change.before) || file(&change.after)) {
            return Ok(());
        }
        let spot = match self.look(&change.path) {
            Ok(Look::Spot(spot, _)) => spot,
            // The folder is gone or another: so is whatever was in it.
            Ok(Look::Nowhere) | Err(WorkspaceError::ThroughLink { .. } | WorkspaceError::NotAFolder { .. }) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let temp = temp_name(id, n, back);
        settle_aside(&spot, &temp)?;
        settle_temp(&spot, &temp, change)
    }
}

fn settle_temp(spot: &Spot, temp: &str, change: &PathChange) -> Result<(), WorkspaceError> {
    let left = Spot {
        folder: spot.folder.clone(),
        name: temp.to_owned(),
    };
    let Some(meta) = left.inspect()? else { return Ok(()) };
    let known = holds(&left, &change.before)? || holds(&left, &change.after)?;
    if known || change.change == Change::Create {
        return remove(&left);
    }
    let there = spot.inspect()?;
    match change.change {
        // Moved aside, and not what was expected: somebody's edit. Back with it, unless the name was taken meanwhile.
        Change::Delete if there.is_none() => {
            let back = left.folder.rename_new(temp, &spot.folder, &spot.name);
            back.map(drop)
                .map_err(|error| io_error(&spot.path(), "moved back", error))
        }
        Change::Modify | Change::Mode if meta.kind == Kind::File => {
            if holds(spot, &change.after)? {
                // Swapped out, and not what was expected: somebody's edit. Back with it.
                let swapped = spot.folder.exchange(temp, &spot.name);
                swapped.map_err(|error| io_error(&spot.path(), "replaced", error))?;
            }
            // Otherwise the swap had not happened: a part of what was being written.
            remove(&left)
        }
        _ => Ok(()),
    }
}

/// Where the system cannot swap, a second name of the original may be left, or the original itself.
fn settle_aside(spot: &Spot, temp: &str) -> Result<(), WorkspaceError> {
    let aside = Spot {
        folder: spot.folder.clone(),
        name: aside_name(temp),
    };
    if aside.inspect()?.is_none() {
        return Ok(());
    }
    let fresh = Spot {
        folder: spot.folder.clone(),
        name: temp.to_owned(),
    };
    match (spot.inspect()?, fresh.inspect()?) {
        // Not replaced yet: the name itself, or its second name.
        (None, _) => rename(&spot.folder, &aside.name, &spot.name),
        (Some(there), _) if aside.inspect()?.is_some_and(|meta| meta.id == there.id) => remove(&aside),
        // Replaced, but what came out has not got the temporary name yet.
        (Some(_), None) => rename(&spot.folder, &aside.name, temp),
        (Some(_), Some(_)) if same_content(&aside, spot)? => remove(&aside),
        (Some(_), Some(_)) => Ok(()),
    }
}

fn same_content(one: &Spot, other: &Spot) -> Result<bool, WorkspaceError> {
    Ok(hash_spot(one, FsOp::Read)? == hash_spot(other, FsOp::Read)?)
}

fn rename(folder: &Folder, from: &str, to: &str) -> Result<(), WorkspaceError> {
    let renamed = folder.rename_new(from, folder, to);
    renamed
        .map(drop)
        .map_err(|error| io_error(&folder.child_path(to), "moved back", error))
}

fn remove(left: &Spot) -> Result<(), WorkspaceError> {
    let path: GuestPath = left.path();
    left.folder
        .remove_entry(&left.name)
        .map_err(|error| io_error(&path, "removed", error))
}
