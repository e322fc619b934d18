//! From edits to a change-set. Nothing in a granted folder is touched; every content that the change-set speaks of,
//! earlier and new, is in the blob store when it is returned.

use deskhand_types::{Cause, Change, ChangeSet, ChangeSetId, FileState, GuestPath, Hash, PathChange, Timestamp};

use crate::error::WorkspaceError;
use crate::folder::Kind;
use crate::state::Look;
use crate::view::{FolderNode, Node, View};
use crate::workspace::Workspace;
use crate::{diff, path};

mod rules;

/// One thing to be done, before what stands there is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// Gives a file this content; makes it, and the folders it is in, when they are not there.
    Write {
        /// Where.
        path: GuestPath,
        /// All of its content.
        bytes: Vec<u8>,
        /// The hash the content must have now, where the caller's edit builds on it.
        expect: Option<Hash>,
    },
    /// Deletes a file, a link, or a folder with all that is in it.
    Delete {
        /// Where.
        path: GuestPath,
    },
    /// Moves or renames a file, link or folder. The new path must be free; folders it is in are made.
    Move {
        /// From where.
        from: GuestPath,
        /// To where: the whole new path.
        to: GuestPath,
    },
    /// Makes a folder, and those it is in; nothing when it is there.
    MakeFolder {
        /// Where.
        path: GuestPath,
    },
    /// Sets the permission bits of a file or folder (the lower nine; nothing on systems without them).
    SetMode {
        /// Where.
        path: GuestPath,
        /// The bits, `0o000` to `0o777`.
        mode: u32,
    },
    /// Makes a symbolic link. The target must be relative and stay in the grant.
    Link {
        /// Where.
        path: GuestPath,
        /// The target, relative to the folder the link is in.
        target: String,
    },
}

/// A change-set being made.
pub(crate) struct Draft<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) view: View<'a>,
    at: Timestamp,
    pub(crate) changes: Vec<PathChange>,
    /// Bytes that may still be compared to count lines.
    comparable: u64,
}

/// Bytes that are compared at most to count lines, in one change-set: beyond, line counts are left out.
const COMPARED: u64 = 64 << 20;

impl Workspace {
    /// Turns edits, in their order, into a change-set that can be shown, logged and applied. Earlier and new contents
    /// go to the blob store; nothing else is touched. Edits that change nothing leave no change.
    ///
    /// New files are as open as the folder they are in (`0o755` gives `0o644`); replaced files keep their mode, except
    /// set-user-id and set-group-id.
    ///
    /// # Errors
    /// What makes an edit impossible or forbidden; then none of them is prepared.
    pub fn prepare(&self, id: ChangeSetId, cause: Cause, edits: Vec<Edit>) -> Result<ChangeSet, WorkspaceError> {
        let mut draft = Draft::new(self);
        for edit in edits {
            draft.add(edit)?;
            draft.check_count()?;
        }
        Ok(draft.finished(id, cause))
    }
}

impl<'a> Draft<'a> {
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            view: View::new(workspace),
            at: (workspace.options.clock)(),
            changes: Vec::new(),
            comparable: COMPARED,
        }
    }

    pub(crate) fn check_count(&self) -> Result<(), WorkspaceError> {
        let limit = self.workspace.options.limits.max_changes;
        if self.changes.len() > limit {
            return Err(WorkspaceError::TooMany {
                what: "changes in one step".into(),
                limit,
            });
        }
        Ok(())
    }

    pub(crate) fn finished(mut self, id: ChangeSetId, cause: Cause) -> ChangeSet {
        self.note_times();
        ChangeSet {
            id,
            cause,
            changes: self.changes,
            at: self.at,
        }
    }

    fn add(&mut self, edit: Edit) -> Result<(), WorkspaceError> {
        match edit {
            Edit::Write { path, bytes, expect } => self.write(&path, &bytes, expect),
            Edit::Delete { path } => self.delete(&path),
            Edit::Move { from, to } => self.r#move(&from, &to),
            Edit::MakeFolder { path } => self.make_folder(&path),
            Edit::SetMode { path, mode } => self.set_mode(&path, mode),
            Edit::Link { path, target } => self.link(&path, &target),
        }
    }

    pub(crate) fn now(&self) -> i128 {
        Workspace::now_ns(self.at)
    }

    pub(crate) fn push(&mut self, change: Change, path: &GuestPath, before: FileState, after: FileState) {
        self.changes.push(PathChange {
            change,
            path: path.clone(),
            from: None,
            before,
            after,
            lines: None,
        });
    }

    /// As [`Self::push`], with lines counted as far as that is worth it.
    pub(crate) fn push_counted(&mut self, change: Change, path: &GuestPath, before: FileState, after: FileState) {
        let most = self.workspace.options.limits.max_diff_bytes;
        let size = |state: &FileState| match state {
            // Larger ones are not compared at all.
            FileState::File { size, .. } if *size <= most => *size,
            _ => 0,
        };
        let cost = size(&before).saturating_add(size(&after));
        let lines = self.comparable.checked_sub(cost).and_then(|left| {
            self.comparable = left;
            diff::count_lines(self.workspace, &before, &after)
        });
        self.push(change, path, before, after);
        if let Some(last) = self.changes.last_mut() {
            last.lines = lines;
        }
    }

    fn write(&mut self, path: &GuestPath, bytes: &[u8], expect: Option<Hash>) -> Result<(), WorkspaceError> {
        self.check(path)?;
        let limit = self.workspace.options.limits.max_journal_bytes;
        let size = bytes.len() as u64;
        if size > limit {
            return Err(WorkspaceError::TooLarge {
                path: path.clone(),
                size,
                limit,
            });
        }
        let before = self.view.state(path)?;
        let changed = || WorkspaceError::ChangedSinceRead {
            path: path.clone(),
            expected: expect,
        };
        let mode = match &before {
            FileState::Absent if expect.is_some() => return Err(changed()),
            FileState::Absent => self.prepare_name(path, None)?.map(|mode| mode & 0o664),
            FileState::File { hash, .. } if expect.is_some_and(|expect| expect != *hash) => return Err(changed()),
            FileState::File { hash, size: old, .. } if *old == size && *hash == Hash::of(bytes) => return Ok(()),
            FileState::File { mode, .. } => {
                self.check_spelling(path)?;
                mode.map(|mode| mode & 0o1777)
            }
            FileState::Folder { .. } => {
                return Err(WorkspaceError::NotAFile {
                    path: path.clone(),
                    found: Kind::Folder.described(),
                });
            }
            FileState::Link { target } => {
                return Err(WorkspaceError::ThroughLink {
                    path: path.clone(),
                    target: target.clone(),
                });
            }
        };
        let hash = self.workspace.blobs.put(bytes)?;
        let after = FileState::File {
            hash,
            size,
            mode,
            mtime_ns: Some(self.now()),
        };
        let change = if before == FileState::Absent {
            Change::Create
        } else {
            Change::Modify
        };
        self.view.set_leaf(path, after.clone())?;
        self.push_counted(change, path, before, after);
        Ok(())
    }

    pub(crate) fn delete(&mut self, path: &GuestPath) -> Result<(), WorkspaceError> {
        self.check(path)?;
        let before = self.view.state(path)?;
        match before {
            FileState::Absent => return Err(missing(path)),
            FileState::Folder { .. } => {
                let names = self.view.names(path)?;
                if names.untouchable > 0 {
                    return Err(WorkspaceError::BadEdit {
                        path: path.clone(),
                        why: "it holds protected places, or names that are not Unicode, and cannot be deleted whole"
                            .into(),
                    });
                }
                let limit = self.workspace.options.limits.max_changes;
                if self.changes.len() + names.names.len() > limit {
                    return Err(WorkspaceError::TooMany {
                        what: format!("entries deleted with {path}"),
                        limit,
                    });
                }
                for name in names.names {
                    self.delete(&path::child(path, &name))?;
                }
            }
            FileState::File { .. } | FileState::Link { .. } => {}
        }
        self.view.replace(path, Node::Absent)?;
        self.push_counted(Change::Delete, path, before, FileState::Absent);
        Ok(())
    }

    pub(crate) fn r#move(&mut self, from: &GuestPath, to: &GuestPath) -> Result<(), WorkspaceError> {
        self.check(from)?;
        self.check(to)?;
        if from == to {
            return Ok(());
        }
        let bad = |why: &str| WorkspaceError::BadEdit {
            path: from.clone(),
            why: why.to_owned(),
        };
        if path::within(to, from) {
            return Err(bad("a folder cannot be moved into itself"));
        }
        let before = self.view.state(from)?;
        if before == FileState::Absent {
            return Err(missing(from));
        }
        match self.view.state(to)? {
            FileState::Absent => {}
            FileState::Folder { .. } => {
                return Err(WorkspaceError::BadEdit {
                    path: to.clone(),
                    why: format!(
                        "it is an existing folder; name the whole new path, such as {to}/{}",
                        from.file_name()
                    ),
                });
            }
            _ if self.respells(from, to)? => {}
            _ => return Err(WorkspaceError::Exists { path: to.clone() }),
        }
        if matches!(before, FileState::Folder { .. }) {
            self.check_unmasking(from, to)?;
        }
        self.prepare_name(to, Some(from))?;
        if !self.same_device(from, to)? {
            return self.move_by_copy(from, to, &before);
        }
        let node = self.view.replace(from, Node::Absent)?;
        self.view.replace(to, node)?;
        self.changes.push(PathChange {
            change: Change::Move,
            path: to.clone(),
            from: Some(from.clone()),
            before: before.clone(),
            after: before,
            lines: None,
        });
        Ok(())
    }

    /// Between file systems nothing can be renamed: everything is made anew there and deleted here.
    fn move_by_copy(&mut self, from: &GuestPath, to: &GuestPath, state: &FileState) -> Result<(), WorkspaceError> {
        self.copy(from, to, state)?;
        self.delete(from)
    }

    fn copy(&mut self, from: &GuestPath, to: &GuestPath, state: &FileState) -> Result<(), WorkspaceError> {
        let node = match state {
            FileState::Folder { mode, mtime_ns } => Node::Folder(FolderNode::new(*mode, *mtime_ns)),
            other => Node::Leaf(other.clone()),
        };
        self.view.replace(to, node)?;
        self.push(Change::Create, to, FileState::Absent, state.clone());
        if matches!(state, FileState::Folder { .. }) {
            for name in self.view.names(from)?.names {
                let below = path::child(from, &name);
                let state = self.view.state(&below)?;
                self.copy(&below, &path::child(to, &name), &state)?;
            }
        }
        Ok(())
    }

    fn make_folder(&mut self, path: &GuestPath) -> Result<(), WorkspaceError> {
        self.check(path)?;
        match self.view.state(path)? {
            FileState::Folder { .. } => Ok(()),
            FileState::Absent => {
                let mode = self.prepare_name(path, None)?.map(|mode| mode & 0o777);
                let node = FolderNode::new(mode, Some(self.now()));
                let after = node.state();
                self.view.replace(path, Node::Folder(node))?;
                self.push(Change::Create, path, FileState::Absent, after);
                Ok(())
            }
            FileState::File { .. } | FileState::Link { .. } => Err(WorkspaceError::Exists { path: path.clone() }),
        }
    }

    fn set_mode(&mut self, path: &GuestPath, bits: u32) -> Result<(), WorkspaceError> {
        self.check(path)?;
        let bits = bits & 0o777;
        let before = self.view.state(path)?;
        let after = match &before {
            FileState::Absent => return Err(missing(path)),
            FileState::Link { target } => {
                return Err(WorkspaceError::ThroughLink {
                    path: path.clone(),
                    target: target.clone(),
                });
            }
            FileState::File { mode: Some(old), .. } | FileState::Folder { mode: Some(old), .. } if *old == bits => {
                return Ok(());
            }
            FileState::File { mode: None, .. } | FileState::Folder { mode: None, .. } => return Ok(()),
            FileState::File {
                hash, size, mtime_ns, ..
            } => {
                let after = FileState::File {
                    hash: *hash,
                    size: *size,
                    mode: Some(bits),
                    mtime_ns: *mtime_ns,
                };
                self.set_mode_in_view(path, after.clone())?;
                after
            }
            FileState::Folder { mtime_ns, .. } => {
                if let Some(folder) = self.view.folder(path)? {
                    folder.mode = Some(bits);
                }
                FileState::Folder {
                    mode: Some(bits),
                    mtime_ns: *mtime_ns,
                }
            }
        };
        self.push(Change::Mode, path, before, after);
        Ok(())
    }

    /// Lets the file at `path` have another mode, in `after`.
    pub(crate) fn set_mode_in_view(&mut self, path: &GuestPath, after: FileState) -> Result<(), WorkspaceError> {
        // A file with several names is replaced, which changes the time of its folder.
        match self.workspace.look(path) {
            Ok(Look::Spot(_, Some(meta))) if meta.links > 1 => self.view.set_leaf(path, after),
            // Not on disk yet: only this draft has the folder it is in.
            Ok(_) | Err(WorkspaceError::NotFound { .. } | WorkspaceError::NotAFolder { .. }) => {
                self.view.set_in_place(path, after)
            }
            Err(error) => Err(error),
        }
    }

    fn link(&mut self, path: &GuestPath, target: &str) -> Result<(), WorkspaceError> {
        self.check(path)?;
        if self.view.state(path)? != FileState::Absent {
            return Err(WorkspaceError::Exists { path: path.clone() });
        }
        let stays = link_stays(path, target);
        if !stays {
            return Err(WorkspaceError::BadEdit {
                path: path.clone(),
                why: format!("a link to {target} would lead out of the granted folder"),
            });
        }
        self.prepare_name(path, None)?;
        let after = FileState::Link {
            target: target.to_owned(),
        };
        self.view.set_leaf(path, after.clone())?;
        self.push(Change::Create, path, FileState::Absent, after);
        Ok(())
    }

    /// Existing folders get another time when entries are made or taken away. That is a change of its own, so that
    /// undo can restore the time: [`crate::only_times`].
    fn note_times(&mut self) {
        let now = self.now();
        for (path, mtime_ns) in self.view.touched() {
            let before = FileState::Folder { mode: None, mtime_ns };
            self.push(
                Change::Mode,
                &path,
                before,
                FileState::Folder {
                    mode: None,
                    mtime_ns: Some(now),
                },
            );
        }
    }
}

/// Whether a link at `path` with this target stays in the grant, whatever stands where it leads: only at its beginning
/// may a target go up, since after a name that may be a link `..` leads to nobody knows where.
pub(crate) fn link_stays(path: &GuestPath, target: &str) -> bool {
    let Ok((_, parts)) = path::split(path) else {
        return false;
    };
    let depth = parts.len().saturating_sub(1);
    let steps = crate::resolve::components(target);
    let ups = steps.iter().take_while(|step| *step == "..").count();
    !crate::resolve::is_absolute(target)
        && !target.is_empty()
        && !target.contains(['\0', '\\'])
        && ups <= depth
        && steps.iter().skip(ups).all(|step| step != "..")
}

fn missing(path: &GuestPath) -> WorkspaceError {
    let nearest = path::parent(path).unwrap_or_else(|| path.clone());
    WorkspaceError::NotFound {
        path: path.clone(),
        nearest,
    }
}

/// Whether a change is only that a folder's time changes since its entries do. Kept for undo; not for showing.
pub fn only_times(change: &PathChange) -> bool {
    change.change == Change::Mode
        && matches!(
            (&change.before, &change.after),
            (FileState::Folder { mode: a, .. }, FileState::Folder { mode: b, .. }) if a == b
        )
}
