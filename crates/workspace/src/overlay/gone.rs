//! What the layer takes away, and which of it comes back under another name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use deskhand_types::{FileState, GuestPath, Hash, Overlaid};

use super::layer::Layer;
use super::minor;
use crate::error::WorkspaceError;
use crate::path;
use crate::prepare::Draft;

/// What stands now and will not: the tops of it, and the files in it.
#[derive(Default)]
pub(super) struct Gone {
    /// Tops, with the reason why one cannot be taken away.
    pub(super) roots: BTreeMap<GuestPath, Option<String>>,
    /// Files below the tops that can be.
    files: Vec<GoneFile>,
    /// Folders among what goes.
    folders: HashSet<GuestPath>,
    /// Tops that stay after all.
    pub(super) spared: BTreeSet<GuestPath>,
}

struct GoneFile {
    path: GuestPath,
    root: GuestPath,
    hash: Hash,
}

/// Names that change, by the new one.
pub(super) type Moves = BTreeMap<GuestPath, GuestPath>;

impl Gone {
    /// Finds what `layer` takes away. Contents of files go to the blob store.
    ///
    /// # Errors
    /// There is too much of it, or the store fails.
    pub(super) fn find(
        &mut self,
        draft: &mut Draft<'_>,
        here: &GuestPath,
        layer: &Layer,
        opaque: bool,
    ) -> Result<(), WorkspaceError> {
        if opaque {
            for name in draft.view.names(here)?.names {
                if !layer.children.contains_key(&name) {
                    self.add(draft, &path::child(here, &name))?;
                }
            }
        }
        for (name, node) in &layer.children {
            let below = path::child(here, name);
            if node.kept || node.fresh {
                continue;
            }
            match &node.what {
                Some(Overlaid::Removed) => self.add(draft, &below)?,
                Some(Overlaid::Folder { opaque: own, .. }) => match draft.view.state(&below) {
                    Ok(FileState::Folder { .. }) => self.find(draft, &below, node, opaque || *own)?,
                    Ok(_) => {}
                    Err(error) if minor(&error) => {}
                    Err(error) => return Err(error),
                },
                None => self.find(draft, &below, node, opaque)?,
                Some(Overlaid::File { .. } | Overlaid::Link { .. }) => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, draft: &mut Draft<'_>, root: &GuestPath) -> Result<(), WorkspaceError> {
        let mut found = Self::default();
        let why = match found.walk(draft, root, root) {
            Ok(()) => None,
            Err(error) if minor(&error) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        if why.is_none() {
            self.files.append(&mut found.files);
            self.folders.extend(found.folders);
        }
        let limit = draft.workspace.options.limits.max_changes;
        if self.files.len() + self.folders.len() > limit {
            return Err(WorkspaceError::TooMany {
                what: "files and folders a command deleted".into(),
                limit,
            });
        }
        self.roots.insert(root.clone(), why);
        Ok(())
    }

    fn walk(&mut self, draft: &mut Draft<'_>, path: &GuestPath, root: &GuestPath) -> Result<(), WorkspaceError> {
        match draft.view.state(path)? {
            FileState::Absent | FileState::Link { .. } => {}
            FileState::File { hash, .. } => self.files.push(GoneFile {
                path: path.clone(),
                root: root.clone(),
                hash,
            }),
            FileState::Folder { .. } => {
                let names = draft.view.names(path)?;
                if names.untouchable > 0 {
                    return Err(WorkspaceError::BadEdit {
                        path: path.clone(),
                        why: "it holds protected places, or names that are not Unicode, and cannot be deleted whole"
                            .into(),
                    });
                }
                self.folders.insert(path.clone());
                let limit = draft.workspace.options.limits.max_changes;
                if self.files.len() + self.folders.len() + names.names.len() > limit {
                    return Err(WorkspaceError::TooMany {
                        what: format!("files and folders deleted with {root}"),
                        limit,
                    });
                }
                for name in names.names {
                    self.walk(draft, &path::child(path, &name), root)?;
                }
            }
        }
        Ok(())
    }

    /// What held one of these contents stays where it is: it may have been renamed to something that is left out.
    pub(super) fn spare(&mut self, hashes: &[Hash]) {
        let hashes: HashSet<&Hash> = hashes.iter().collect();
        if !hashes.is_empty() {
            let held = self.files.iter().filter(|file| hashes.contains(&file.hash));
            self.spared.extend(held.map(|file| file.root.clone()));
        }
    }

    /// Whether `path`, as it was called, stays after all.
    pub(super) fn is_spared(&self, path: &GuestPath) -> bool {
        !self.spared.is_empty()
            && (self.spared.contains(path) || above(path).any(|folder| self.spared.contains(&folder)))
    }

    /// Which gone files and folders are found again under new names: a file by its content, where exactly one of it
    /// went and one came; a folder when at least half its files are found again at the same place in one new folder.
    /// `new` are the new files, `new_folders` the new folders.
    pub(super) fn renamed(&self, new: &[(GuestPath, Hash)], new_folders: &HashSet<GuestPath>) -> Moves {
        let mut went: HashMap<Hash, (usize, &GuestPath)> = HashMap::new();
        for file in &self.files {
            went.entry(file.hash).or_insert((0, &file.path)).0 += 1;
        }
        let mut came: HashMap<Hash, (usize, &GuestPath)> = HashMap::new();
        for (path, hash) in new {
            came.entry(*hash).or_insert((0, path)).0 += 1;
        }
        let mut pairs: Vec<(&GuestPath, &GuestPath)> = went
            .iter()
            .filter(|(_, (count, _))| *count == 1)
            .filter_map(|(hash, (_, from))| match came.get(hash) {
                Some((1, to)) => Some((*from, *to)),
                _ => None,
            })
            .collect();
        pairs.sort();
        let folders = self.renamed_folders(&pairs, new_folders);
        let mut moves: Moves = folders;
        let carried = |from: &GuestPath, to: &GuestPath, moves: &Moves| {
            above(to).any(|folder| {
                moves
                    .get(&folder)
                    .is_some_and(|old| path::within(from, old) && path::rebase(from, old, &folder) == *to)
            })
        };
        for (from, to) in pairs {
            if !carried(from, to, &moves) {
                moves.insert(to.clone(), from.clone());
            }
        }
        moves
    }

    fn renamed_folders(&self, pairs: &[(&GuestPath, &GuestPath)], new_folders: &HashSet<GuestPath>) -> Moves {
        let mut votes: HashMap<(GuestPath, GuestPath), usize> = HashMap::new();
        for (from, to) in pairs {
            let (mut old, mut new) = ((*from).clone(), (*to).clone());
            let mut together = None;
            while old.file_name() == new.file_name()
                && let (Some(above_old), Some(above_new)) = (path::parent(&old), path::parent(&new))
                && self.folders.contains(&above_old)
                && new_folders.contains(&above_new)
            {
                together = Some((above_old.clone(), above_new.clone()));
                (old, new) = (above_old, above_new);
            }
            if let Some(pair) = together {
                *votes.entry(pair).or_default() += 1;
            }
        }
        let mut sizes: HashMap<GuestPath, usize> = HashMap::new();
        let wanted: HashSet<&GuestPath> = votes.keys().map(|(old, _)| old).collect();
        for file in &self.files {
            for folder in above(&file.path).filter(|folder| wanted.contains(folder)) {
                *sizes.entry(folder).or_default() += 1;
            }
        }
        let mut ranked: Vec<((GuestPath, GuestPath), usize)> = votes.into_iter().collect();
        ranked.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let mut taken: BTreeSet<GuestPath> = BTreeSet::new();
        let mut moves = Moves::new();
        for ((old, new), count) in ranked {
            let most = sizes.get(&old).is_some_and(|size| count * 2 >= *size);
            if most && !moves.contains_key(&new) && taken.insert(old.clone()) {
                moves.insert(new, old);
            }
        }
        moves
    }
}

/// Whether all that is at `path` can be kept and deleted.
///
/// # Errors
/// Why not.
pub(super) fn check_deletable(draft: &mut Draft<'_>, path: &GuestPath) -> Result<(), WorkspaceError> {
    Gone::default().walk(draft, path, path)
}

/// The folders above a path, nearest first, the grant's root aside.
pub(super) fn above(path: &GuestPath) -> impl Iterator<Item = GuestPath> + use<> {
    std::iter::successors(path::parent(path), path::parent)
}
