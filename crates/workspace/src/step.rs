//! One change carried out on disk.
//!
//! Each function either lands its change, read back and compared, or returns why not. A [`Stop::Conflict`] means that
//! nothing of this change stands. After a [`Stop::Failed`] a temporary file may be left and the change may stand:
//! [`crate::sweep`] and a look at the path settle that, in this process or the next.

use std::io;

use deskhand_types::{Change, FileState, GuestPath, Hash, PathChange};

use crate::damage::is_damage;
use crate::error::{Conflict, Found, WorkspaceError};
use crate::faults::FsOp;
use crate::folder::{Kind, Meta, NewFile};
use crate::platform::Strength;
use crate::resolve::{Spot, io_error};
use crate::state::{Look, hash_spot, same_mode};
use crate::workspace::Workspace;

/// Why a change did not land.
pub(crate) enum Stop {
    /// The path is not as expected. Nothing of this change stands.
    Conflict(Box<Conflict>),
    /// An operation failed. This change may stand or not.
    Failed(Box<WorkspaceError>),
}

impl From<WorkspaceError> for Stop {
    fn from(error: WorkspaceError) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// One change being carried out.
pub(crate) struct Step<'a> {
    pub(crate) workspace: &'a Workspace,
    /// The name of its temporary file.
    pub(crate) temp: String,
    /// Whether modes of folders are not looked at (recovery: they may not have been set yet).
    pub(crate) lenient: bool,
    /// Renames that were only checked, not guaranteed by the system.
    pub(crate) checked: usize,
}

impl Step<'_> {
    /// Carries out a change, but for modes and times of folders that are made: those come last.
    pub(crate) fn perform(&mut self, change: &PathChange) -> Result<(), Stop> {
        let path = &change.path;
        match (change.change, &change.before, &change.after) {
            (Change::Create, _, FileState::File { .. }) => self.create_file(path, &change.after),
            (Change::Create, _, FileState::Folder { .. }) => self.create_folder(path),
            (Change::Create, _, FileState::Link { target }) => self.create_link(path, target),
            (Change::Delete, FileState::Folder { mode, .. }, _) => self.delete_folder(path, *mode, &change.before),
            (Change::Delete, _, _) => self.delete_entry(path, &change.before),
            (Change::Modify, _, _) => self.replace_file(path, &change.before, &change.after),
            (Change::Mode, FileState::File { .. }, FileState::File { mode, .. }) => self.set_file_mode(change, *mode),
            (Change::Mode, _, FileState::Folder { mode, .. }) => self.set_folder_mode(change, *mode),
            (Change::Move, _, _) => match &change.from {
                Some(from) => self.move_entry(from, path, &change.before),
                None => Err(bad_change(path, "a move says from where")),
            },
            _ => Err(bad_change(path, "its states do not fit its kind")),
        }
    }

    fn create_file(&mut self, path: &GuestPath, after: &FileState) -> Result<(), Stop> {
        let spot = self.free_spot(path)?;
        let FileState::File { hash, .. } = after else {
            return Err(bad_change(path, "a file was expected"));
        };
        let fresh = self.write_temp(&spot, after)?;
        match spot.folder.rename_new(&self.temp, &spot.folder, &spot.name) {
            Ok(strength) => self.count(strength),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(self.conflict(path, FileState::Absent));
            }
            Err(error) => return Err(io_error(path, "put in place", error).into()),
        }
        if reads_back(&spot, hash)? {
            return Ok(());
        }
        // Ours and damaged: take it away. Touched by someone else meanwhile: theirs.
        if !self.is_ours(&spot, &fresh, hash, &FileState::Absent)? {
            return Err(self.conflict(path, after.clone()));
        }
        remove(&spot, &spot.name)?;
        Err(WorkspaceError::ReadBack { path: path.clone() }.into())
    }

    fn replace_file(&mut self, path: &GuestPath, before: &FileState, after: &FileState) -> Result<(), Stop> {
        let (spot, _) = self.taken_spot(path, before)?;
        let FileState::File { hash, .. } = after else {
            return Err(bad_change(path, "a file was expected"));
        };
        let fresh = self.write_temp(&spot, after)?;
        let swap = |step: &mut Self| -> Result<(), Stop> {
            let strength = spot.folder.exchange(&step.temp, &spot.name);
            step.count(strength.map_err(|error| io_error(path, "replaced", error))?);
            Ok(())
        };
        swap(self)?;
        let aside = Spot {
            folder: spot.folder.clone(),
            name: self.temp.clone(),
        };
        if !holds(&aside, before)? {
            // What came out is not what was expected: put it back.
            swap(self)?;
            return Err(self.conflict(path, before.clone()));
        }
        if !reads_back(&spot, hash)? {
            if self.is_ours(&spot, &fresh, hash, before)? {
                swap(self)?;
                return Err(WorkspaceError::ReadBack { path: path.clone() }.into());
            }
            return Err(self.conflict(path, after.clone()));
        }
        remove(&spot, &self.temp)
    }

    fn create_folder(&mut self, path: &GuestPath) -> Result<(), Stop> {
        let spot = self.free_spot(path)?;
        match spot.folder.make_folder(&spot.name) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(self.conflict(path, FileState::Absent)),
            Err(error) => Err(io_error(path, "made", error).into()),
        }
    }

    fn create_link(&mut self, path: &GuestPath, target: &str) -> Result<(), Stop> {
        let spot = self.free_spot(path)?;
        match spot.folder.make_link(target, &spot.name) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(self.conflict(path, FileState::Absent)),
            Err(error) => Err(io_error(path, "made", error).into()),
        }
    }

    fn delete_folder(&mut self, path: &GuestPath, mode: Option<u32>, before: &FileState) -> Result<(), Stop> {
        let (spot, meta) = self.taken_spot(path, before)?;
        if !self.lenient && !same_mode(meta.mode, mode) {
            return Err(self.conflict(path, before.clone()));
        }
        match spot.folder.remove_folder(&spot.name) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(Stop::Conflict(Box::new(Conflict {
                path: path.clone(),
                expected: before.clone(),
                found: Found::Other("a folder that holds entries the change-set does not know".into()),
            }))),
            Err(error) => Err(io_error(path, "removed", error).into()),
        }
    }

    fn delete_entry(&mut self, path: &GuestPath, before: &FileState) -> Result<(), Stop> {
        let (spot, _) = self.taken_spot(path, before)?;
        let moved = spot.folder.rename_new(&spot.name, &spot.folder, &self.temp);
        self.count(moved.map_err(|error| io_error(path, "moved aside", error))?);
        let aside = Spot {
            folder: spot.folder.clone(),
            name: self.temp.clone(),
        };
        if !holds(&aside, before)? {
            let back = spot.folder.rename_new(&self.temp, &spot.folder, &spot.name);
            self.count(back.map_err(|error| io_error(path, "moved back", error))?);
            return Err(self.conflict(path, before.clone()));
        }
        remove(&spot, &self.temp)
    }

    fn move_entry(&mut self, from: &GuestPath, to: &GuestPath, state: &FileState) -> Result<(), Stop> {
        let (source, meta) = self.taken_spot(from, state)?;
        let target = match self.workspace.look(to)? {
            Look::Spot(spot, None) => spot,
            Look::Spot(spot, Some(there)) if there.id == meta.id && respelled(from, to) => {
                // Two spellings of one entry on a case-insensitive system.
                let renamed = source.folder.respell(&source.name, &spot.folder, &spot.name);
                return Ok(renamed.map_err(|error| io_error(to, "renamed", error))?);
            }
            Look::Spot(_, Some(_)) | Look::Nowhere => return Err(self.conflict(to, FileState::Absent)),
        };
        match source.folder.rename_new(&source.name, &target.folder, &target.name) {
            Ok(strength) => self.count(strength),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(self.conflict(to, FileState::Absent));
            }
            Err(error) => return Err(io_error(from, "moved", error).into()),
        }
        if !holds(&target, state)? {
            let back = target.folder.rename_new(&target.name, &source.folder, &source.name);
            self.count(back.map_err(|error| io_error(from, "moved back", error))?);
            return Err(self.conflict(from, state.clone()));
        }
        Ok(())
    }

    fn set_file_mode(&mut self, change: &PathChange, mode: Option<u32>) -> Result<(), Stop> {
        let path = &change.path;
        let (spot, _) = self.taken_spot(path, &change.before)?;
        if !holds(&spot, &change.before)? {
            return Err(self.conflict(path, change.before.clone()));
        }
        let Some(mode) = mode else { return Ok(()) };
        match spot.folder.set_file_mode(&spot.name, mode) {
            Ok(true) => Ok(()),
            // Other names of the file must keep their mode.
            Ok(false) => self.replace_file(path, &change.before, &change.after),
            Err(error) => Err(io_error(path, "changed in mode", error).into()),
        }
    }

    fn set_folder_mode(&mut self, change: &PathChange, mode: Option<u32>) -> Result<(), Stop> {
        let path = &change.path;
        let (spot, meta) = self.taken_spot(path, &change.before)?;
        let expected = match &change.before {
            FileState::Folder { mode, .. } => *mode,
            _ => None,
        };
        if !self.lenient && !same_mode(meta.mode, expected) {
            return Err(self.conflict(path, change.before.clone()));
        }
        let Some(mode) = mode else { return Ok(()) };
        let folder = spot
            .folder
            .open_folder(&spot.name)
            .map_err(|error| io_error(path, "opened", error))?;
        Ok(folder
            .set_mode(mode)
            .map_err(|error| io_error(path, "changed in mode", error))?)
    }

    /// The open folder and name where nothing may stand.
    fn free_spot(&self, path: &GuestPath) -> Result<Spot, Stop> {
        match self.workspace.look(path) {
            Ok(Look::Spot(spot, None)) => Ok(spot),
            Ok(Look::Spot(_, Some(_))) => Err(self.conflict(path, FileState::Absent)),
            Ok(Look::Nowhere) => Err(nowhere(path, FileState::Absent)),
            Err(error) => Err(off_the_way(path, FileState::Absent, error)),
        }
    }

    /// The open folder and name where `expected` shall stand; kind, size and a file's mode are compared, not content.
    fn taken_spot(&self, path: &GuestPath, expected: &FileState) -> Result<(Spot, Meta), Stop> {
        let (spot, meta) = match self.workspace.look(path) {
            Ok(Look::Spot(spot, Some(meta))) => (spot, meta),
            Ok(Look::Spot(_, None)) => return Err(self.conflict(path, expected.clone())),
            Ok(Look::Nowhere) => return Err(nowhere(path, expected.clone())),
            Err(error) => return Err(off_the_way(path, expected.clone(), error)),
        };
        let fits = match expected {
            FileState::Absent => false,
            FileState::File { size, mode, .. } => {
                meta.kind == Kind::File && meta.size == *size && same_mode(meta.mode, *mode)
            }
            FileState::Folder { .. } => meta.kind == Kind::Folder,
            FileState::Link { .. } => meta.kind == Kind::Link,
        };
        if fits {
            Ok((spot, meta))
        } else {
            Err(self.conflict(path, expected.clone()))
        }
    }

    fn write_temp(&self, spot: &Spot, state: &FileState) -> Result<Meta, Stop> {
        let FileState::File {
            hash,
            size,
            mode,
            mtime_ns,
        } = state
        else {
            return Err(bad_change(&spot.path(), "a file was expected"));
        };
        let fill = |out: &mut dyn io::Write| self.workspace.blobs.copy_to(hash, out);
        let new = NewFile {
            size: *size,
            fill: &fill,
            mode: *mode,
            mtime_ns: *mtime_ns,
        };
        spot.folder.write_new(&self.temp, &new)?;
        let meta = spot
            .folder
            .inspect(&self.temp)
            .map_err(|error| io_error(&spot.path(), "looked at", error))?;
        meta.ok_or_else(|| WorkspaceError::ReadBack { path: spot.path() }.into())
    }

    /// Whether what stands at `spot` is what this step put there as `fresh`, as it was or damaged by the file system.
    /// Otherwise somebody else touched it.
    fn is_ours(&self, spot: &Spot, fresh: &Meta, after: &Hash, before: &FileState) -> Result<bool, WorkspaceError> {
        Ok(is_same(spot, fresh)? || is_damage(spot, fresh, after, before, &*self.workspace.blobs)?)
    }

    fn count(&mut self, strength: Strength) {
        self.checked += usize::from(strength == Strength::Checked);
    }

    fn conflict(&self, path: &GuestPath, expected: FileState) -> Stop {
        Stop::Conflict(Box::new(conflict_at(self.workspace, path, expected)))
    }
}

/// A conflict, with what is found at the path.
pub(crate) fn conflict_at(workspace: &Workspace, path: &GuestPath, expected: FileState) -> Conflict {
    let found = match workspace.observe(path) {
        Ok(state) => Found::State(state),
        Err(error) => Found::Other(error.to_string()),
    };
    Conflict {
        path: path.clone(),
        expected,
        found,
    }
}

/// Whether what was just put at `spot` is there (I7).
fn reads_back(spot: &Spot, hash: &Hash) -> Result<bool, Stop> {
    match hash_spot(spot, FsOp::ReadBack) {
        Ok((found, _)) => Ok(found == *hash),
        Err(WorkspaceError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether the content at `spot` is that of `state` (kind and modes were compared before).
pub(crate) fn holds(spot: &Spot, state: &FileState) -> Result<bool, WorkspaceError> {
    let Some(meta) = spot.inspect()? else { return Ok(false) };
    match state {
        FileState::Absent => Ok(false),
        FileState::File { hash, size, .. } => {
            Ok(meta.kind == Kind::File && meta.size == *size && hash_spot(spot, FsOp::Read)?.0 == *hash)
        }
        FileState::Folder { .. } => Ok(meta.kind == Kind::Folder),
        FileState::Link { target } => Ok(meta.kind == Kind::Link && spot.read_link()? == *target),
    }
}

fn is_same(spot: &Spot, fresh: &Meta) -> Result<bool, WorkspaceError> {
    Ok(spot
        .inspect()?
        .is_some_and(|meta| meta.id == fresh.id && meta.size == fresh.size && meta.mtime_ns == fresh.mtime_ns))
}

fn remove(spot: &Spot, name: &str) -> Result<(), Stop> {
    Ok(spot
        .folder
        .remove_entry(name)
        .map_err(|error| io_error(&spot.folder.child_path(name), "removed", error))?)
}

fn respelled(from: &GuestPath, to: &GuestPath) -> bool {
    crate::path::parent(from) == crate::path::parent(to)
        && crate::portable::folded(from.file_name()) == crate::portable::folded(to.file_name())
}

fn nowhere(path: &GuestPath, expected: FileState) -> Stop {
    let found = Found::Other("the folder it should be in is not there".into());
    Stop::Conflict(Box::new(Conflict {
        path: path.clone(),
        expected,
        found,
    }))
}

/// A link or file where a folder on the way should be is someone else's change; other errors are errors.
fn off_the_way(path: &GuestPath, expected: FileState, error: WorkspaceError) -> Stop {
    match error {
        WorkspaceError::ThroughLink { .. } | WorkspaceError::NotAFolder { .. } => Stop::Conflict(Box::new(Conflict {
            path: path.clone(),
            expected,
            found: Found::Other(error.to_string()),
        })),
        error => error.into(),
    }
}

fn bad_change(path: &GuestPath, why: &'static str) -> Stop {
    WorkspaceError::BadChange {
        path: path.clone(),
        why,
    }
    .into()
}
