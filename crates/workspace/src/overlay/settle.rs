//! Name by name: what has to change so that what the layer says stands.

use super::layer::Layer;
use super::{Change, FileState, GuestPath, Hash, Landing, LeftOut, Overlaid, WorkspaceError, gone, minor, path};
use crate::prepare::link_stays;
use crate::view::{FolderNode, Node};

/// The bits of a mode that land.
const BITS: u32 = 0o777;
/// What the owner of a file can always do: read it, else it could be neither read back nor kept.
const FILE_OWNER: u32 = 0o400;
/// What the owner of a folder can always do: list, change and enter it, else nothing in it could be undone.
const FOLDER_OWNER: u32 = 0o700;

/// A file put off until all folders stand.
pub(super) struct NewFile {
    path: GuestPath,
    hash: Hash,
    size: u64,
    mode: u32,
}

impl Landing<'_> {
    /// `came`: what this folder was called on disk, if it, or one around it, was renamed.
    pub(super) fn settle_below(
        &mut self,
        here: &GuestPath,
        layer: &Layer,
        came: Option<&GuestPath>,
    ) -> Result<(), WorkspaceError> {
        for (name, node) in &layer.children {
            let old = came.map(|came| path::child(came, name));
            self.settle(&path::child(here, name), node, old)?;
        }
        Ok(())
    }

    fn settle(&mut self, path: &GuestPath, node: &Layer, came: Option<GuestPath>) -> Result<(), WorkspaceError> {
        if node.kept {
            return Ok(());
        }
        match self.settle_one(path, node, came) {
            Err(error) if minor(&error) => {
                self.leave_out(path, error.to_string());
                node.contents(&mut self.lost);
                Ok(())
            }
            other => other,
        }
    }

    fn settle_one(&mut self, path: &GuestPath, node: &Layer, came: Option<GuestPath>) -> Result<(), WorkspaceError> {
        match &node.what {
            // Taken away last; what came along with a renamed folder as well.
            Some(Overlaid::Removed) => {
                self.leftovers.extend(came.map(|old| (path.clone(), old)));
                Ok(())
            }
            Some(Overlaid::File { hash, size, mode }) => {
                let limit = self.draft.workspace.options.limits.max_journal_bytes;
                if *size > limit {
                    return Err(WorkspaceError::TooLarge {
                        path: path.clone(),
                        size: *size,
                        limit,
                    });
                }
                self.follow_move(path)?;
                match self.draft.view.state(path)? {
                    FileState::Absent => self.name_new(path)?,
                    FileState::File { .. } => self.draft.check_spelling(path)?,
                    FileState::Folder { .. } | FileState::Link { .. } => self.clear(path)?,
                }
                self.files.push(NewFile {
                    path: path.clone(),
                    hash: *hash,
                    size: *size,
                    mode: *mode,
                });
                Ok(())
            }
            Some(Overlaid::Link { target }) => self.settle_link(path, target, came.is_some()),
            Some(Overlaid::Folder { mode, .. }) => self.settle_folder(path, node, Some(*mode), came),
            // Only what is gone was reported below it: that makes no folder.
            None if node.fresh && !node.holds_something() => Ok(()),
            None => self.settle_folder(path, node, None, came),
        }
    }

    fn settle_link(&mut self, path: &GuestPath, target: &str, came: bool) -> Result<(), WorkspaceError> {
        let before = self.draft.view.state(path)?;
        let same = matches!(&before, FileState::Link { target: old } if old == target);
        let stays = link_stays(path, target);
        // One that stood, or came along with a renamed folder and leads where it led, is no new one.
        if same && (stays || !came || crate::resolve::is_absolute(target)) {
            return Ok(());
        }
        if !stays {
            if same {
                self.draft.delete(path)?;
            }
            return Err(WorkspaceError::BadEdit {
                path: path.clone(),
                why: format!("a link to {target} leads out of the granted folder, or is absolute"),
            });
        }
        match before {
            FileState::Absent => self.name_new(path)?,
            _ => self.clear(path)?,
        }
        let after = FileState::Link {
            target: target.to_owned(),
        };
        self.draft.view.set_leaf(path, after.clone())?;
        self.draft.push(Change::Create, path, FileState::Absent, after);
        self.draft.check_count()
    }

    fn settle_folder(
        &mut self,
        path: &GuestPath,
        node: &Layer,
        mode: Option<u32>,
        came: Option<GuestPath>,
    ) -> Result<(), WorkspaceError> {
        let came = self.follow_move(path)?.or(came);
        match self.draft.view.state(path)? {
            FileState::Folder { .. } => self.set_folder_mode(path, mode)?,
            before => {
                match before {
                    FileState::Absent => self.name_new(path)?,
                    _ => self.clear(path)?,
                }
                let has_modes = self.folder_has_modes(path)?;
                let bits = has_modes.then(|| self.opened(path, mode.unwrap_or(0o755), FOLDER_OWNER));
                let made = FolderNode::new(bits, Some(self.draft.now()));
                let after = made.state();
                self.draft.view.replace(path, Node::Folder(made))?;
                self.draft.push(Change::Create, path, FileState::Absent, after);
            }
        }
        self.draft.check_count()?;
        self.settle_below(path, node, came.as_ref())?;
        if let Some(old) = came {
            // What came along and is not in the layer goes, unless it is renamed on its own by then.
            for name in self.draft.view.names(path)?.names {
                if !node.children.contains_key(&name) {
                    let left = (path::child(path, &name), path::child(&old, &name));
                    self.leftovers.push(left);
                }
            }
        }
        Ok(())
    }

    fn set_folder_mode(&mut self, path: &GuestPath, mode: Option<u32>) -> Result<(), WorkspaceError> {
        let old = self.draft.view.folder(path)?.and_then(|folder| folder.mode);
        let (Some(old), Some(mode)) = (old, mode) else {
            return Ok(());
        };
        // Bits that stand already are nobody's doing.
        if old & BITS == mode & BITS {
            return Ok(());
        }
        let bits = self.opened(path, mode, FOLDER_OWNER);
        if old & BITS == bits {
            return Ok(());
        }
        if let Some(folder) = self.draft.view.folder(path)? {
            let before = folder.state();
            // Set-group-id and sticky of a folder are the person's.
            folder.mode = Some((old & !BITS) | bits);
            let after = folder.state();
            self.draft.push(Change::Mode, path, before, after);
        }
        Ok(())
    }

    /// Writes the files put off until all folders stand.
    pub(super) fn settle_files(&mut self) -> Result<(), WorkspaceError> {
        for file in std::mem::take(&mut self.files) {
            match self.put(&file) {
                Err(error) if minor(&error) => {
                    self.leave_out(&file.path, error.to_string());
                    self.lost.push(file.hash);
                }
                other => other?,
            }
            self.draft.check_count()?;
        }
        Ok(())
    }

    fn put(&mut self, file: &NewFile) -> Result<(), WorkspaceError> {
        let NewFile { path, hash, size, mode } = file;
        let before = self.draft.view.state(path)?;
        let now = Some(self.draft.now());
        let state = |mode, mtime_ns| FileState::File {
            hash: *hash,
            size: *size,
            mode,
            mtime_ns,
        };
        match &before {
            FileState::Absent => {
                let has_modes = self.folder_has_modes(path)?;
                let after = state(has_modes.then(|| self.opened(path, *mode, FILE_OWNER)), now);
                self.draft.view.set_leaf(path, after.clone())?;
                self.draft.push_counted(Change::Create, path, before, after);
            }
            FileState::File {
                hash: old_hash,
                mode: old,
                mtime_ns,
                ..
            } => {
                // Bits that stand already are nobody's doing.
                let bits = match old {
                    Some(old) if old & BITS == mode & BITS => Some(old & BITS),
                    Some(_) => Some(self.opened(path, *mode, FILE_OWNER)),
                    None => None,
                };
                if old_hash != hash {
                    let after = state(bits, now);
                    self.draft.view.set_leaf(path, after.clone())?;
                    self.draft.push_counted(Change::Modify, path, before, after);
                } else if old.map(|old| old & BITS) != bits {
                    let after = state(bits, *mtime_ns);
                    self.draft.set_mode_in_view(path, after.clone())?;
                    self.draft.push(Change::Mode, path, before, after);
                }
            }
            FileState::Folder { .. } | FileState::Link { .. } => {
                return Err(WorkspaceError::Exists { path: path.clone() });
            }
        }
        Ok(())
    }

    /// Whether what is made at `path` gets permission bits: where folders have none, files have none.
    fn folder_has_modes(&mut self, path: &GuestPath) -> Result<bool, WorkspaceError> {
        Ok(match path::parent(path) {
            Some(parent) => self
                .draft
                .view
                .folder(&parent)?
                .is_some_and(|folder| folder.mode.is_some()),
            None => false,
        })
    }

    /// Takes away what the layer does not have any more, after everything that might have been made of it stands.
    pub(super) fn take_away(&mut self) -> Result<(), WorkspaceError> {
        let lost = std::mem::take(&mut self.lost);
        self.gone.spare(&lost);
        for (path, old) in std::mem::take(&mut self.leftovers) {
            if !self.gone.is_spared(&old) && self.draft.view.state(&path)? != FileState::Absent {
                self.draft.delete(&path)?;
                self.draft.check_count()?;
            }
        }
        for (root, why) in std::mem::take(&mut self.gone.roots) {
            // Renamed as a whole, or as far as it went.
            if self.draft.view.state(&root)? == FileState::Absent {
                continue;
            }
            if let Some(why) = why {
                self.leave_out(&root, format!("it was not deleted: {why}"));
            } else if self.gone.is_spared(&root) {
                self.leave_out(&root, "it was not deleted, since it could not get its new name");
            } else {
                self.draft.delete(&root)?;
                self.draft.check_count()?;
            }
        }
        Ok(())
    }

    /// Renames what the layer has at `path` under a new name; returns what it was called on disk. `None`: it was not
    /// renamed.
    fn follow_move(&mut self, path: &GuestPath) -> Result<Option<GuestPath>, WorkspaceError> {
        let Some(old) = self.moves.remove(path) else {
            return Ok(None);
        };
        let from = self.name_now(&old);
        if path::within(path, &from) || path::within(&from, path) {
            return Ok(None);
        }
        match self.draft.view.state(&from) {
            Ok(FileState::File { .. } | FileState::Folder { .. }) => {}
            Ok(_) => return Ok(None),
            Err(error) if minor(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
        match self.draft.r#move(&from, path) {
            Ok(()) => {
                self.moved.insert(old.clone(), path.clone());
                Ok(Some(old))
            }
            // Then it is made anew, and deleted there.
            Err(error) if minor(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What something on disk is called after the renames made so far.
    fn name_now(&self, old: &GuestPath) -> GuestPath {
        // The innermost renamed folder around it counts.
        std::iter::once(old.clone())
            .chain(gone::above(old))
            .find_map(|around| self.moved.get(&around).map(|new| path::rebase(old, &around, new)))
            .unwrap_or_else(|| old.clone())
    }

    /// Checks the name of something new. Where only something that goes is in the way, it goes first.
    fn name_new(&mut self, path: &GuestPath) -> Result<(), WorkspaceError> {
        match self.draft.prepare_name(path, None) {
            Err(WorkspaceError::NameCollision { existing, .. })
                if self.gone.roots.get(&existing).is_some_and(Option::is_none) =>
            {
                self.draft.delete(&existing)?;
                self.draft.prepare_name(path, None)?;
            }
            other => {
                other?;
            }
        }
        Ok(())
    }

    /// Takes away what stands where something of another kind shall stand.
    fn clear(&mut self, path: &GuestPath) -> Result<(), WorkspaceError> {
        gone::check_deletable(&mut self.draft, path)?;
        self.draft.delete(path)
    }

    /// The bits that land: without those that give rights to others, with those its owner needs.
    fn opened(&mut self, path: &GuestPath, mode: u32, owner: u32) -> u32 {
        let bits = mode & BITS;
        if bits & owner != owner {
            match &mut self.opened {
                Some((_, more)) => *more += 1,
                None => self.opened = Some((path.clone(), 0)),
            }
        }
        bits | owner
    }

    pub(super) fn tell_opened(&mut self) {
        if let Some((path, more)) = self.opened.take() {
            let others = if more == 0 {
                String::new()
            } else {
                format!(" (and {more} more)")
            };
            self.left_out.push(LeftOut {
                path: path.to_string(),
                why: format!("its permission bits{others} landed, but its owner can still read and change it"),
            });
        }
    }
}
