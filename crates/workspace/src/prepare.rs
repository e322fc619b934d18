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
struct Draft<'a> {
    workspace: &'a Workspace,
    view: View<'a>,
    at: Timestamp,
    changes: Vec<PathChange>,
}

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
        let at = (self.options.clock)();
        let mut draft = Draft {
            workspace: self,
            view: View::new(self),
            at,
            changes: Vec::new(),
        };
        for edit in edits {
            draft.add(edit)?;
            let limit = self.options.limits.max_changes;
            if draft.changes.len() > limit {
                return Err(WorkspaceError::TooMany {
                    what: "changes in one step".into(),
                    limit,
                });
            }
        }
        draft.note_times();
        Ok(ChangeSet {
            id,
            cause,
            changes: draft.changes,
            at,
        })
    }
}

impl Draft<'_> {
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

    fn now(&self) -> i128 {
        Workspace::now_ns(self.at)
    }

    fn push(&mut self, change: Change, path: &GuestPath, before: FileState, after: FileState) {
        self.changes.push(PathChange {
            change,
            path: path.clone(),
            from: None,
            before,
            after,
            lines: None,
        });
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
        let lines = diff::count_lines(self.workspace, &before, &after);
        let change = if before == FileState::Absent {
            Change::Create
        } else {
            Change::Modify
        };
        self.view.set_leaf(path, after.clone())?;
        self.push(change, path, before, after);
        if let Some(last) = self.changes.last_mut() {
            last.lines = lines;
        }
        Ok(())
    }

    fn delete(&mut self, path: &GuestPath) -> Result<(), WorkspaceError> {
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
        let lines = diff::count_lines(self.workspace, &before, &FileState::Absent);
        self.view.replace(path, Node::Absent)?;
        self.push(Change::Delete, path, before, FileState::Absent);
        if let Some(last) = self.changes.last_mut() {
            last.lines = lines;
        }
        Ok(())
    }

    fn r#move(&mut self, from: &GuestPath, to: &GuestPath) -> Result<(), WorkspaceError> {
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
                // A file with several names is replaced, which changes the time of its folder.
                match self.workspace.look(path)? {
                    Look::Spot(_, Some(meta)) if meta.links > 1 => self.view.set_leaf(path, after.clone())?,
                    _ => self.view.set_in_place(path, after.clone())?,
                }
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

    fn link(&mut self, path: &GuestPath, target: &str) -> Result<(), WorkspaceError> {
        self.check(path)?;
        if self.view.state(path)? != FileState::Absent {
            return Err(WorkspaceError::Exists { path: path.clone() });
        }
        let (_, parts) = path::split(path)?;
        let mut depth = parts.len().saturating_sub(1);
        let stays = !crate::resolve::is_absolute(target)
            && !target.is_empty()
            && !target.contains(['\0', '\\'])
            && crate::resolve::components(target).iter().all(|part| {
                if part == ".." {
                    depth.checked_sub(1).inspect(|up| depth = *up).is_some()
                } else {
                    depth += 1;
                    true
                }
            });
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
