//! From what a sandboxed command left in the layer above the granted folders to a change-set.
//!
//! The layer says of each path what stands there in the end, not what was done. What was done is found by comparing
//! it with what stands: renames by content, everything else name by name. Nothing in a granted folder is touched, and
//! the guest's word is not taken for anything: paths are judged as those of any edit are.
//!
//! Order of the change-set: folders and renames from the top down, then new and changed files in one run (so that
//! applying can make them durable together), then what is taken away. Earlier content is in the blob store before.

use std::collections::{BTreeMap, HashMap, HashSet};

use deskhand_types::{
    Cause, Change, ChangeSet, ChangeSetId, FileState, GuestPath, Hash, LeftOut, Overlaid, OverlayEntry, Stamp,
};

use crate::error::WorkspaceError;
use crate::folder::{Kind, Meta};
use crate::path;
use crate::prepare::Draft;
use crate::state::Look;
use crate::workspace::Workspace;

mod gone;
mod layer;
mod settle;

use gone::{Gone, Moves};
use layer::Layer;

/// What a command did, ready to be judged and applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overlay {
    /// What can be taken over.
    pub set: ChangeSet,
    /// What cannot, and why. What stood there stays.
    pub left_out: Vec<LeftOut>,
}

/// What the command saw somewhere.
struct Seen {
    path: GuestPath,
    stamp: Option<Stamp>,
    /// A folder that is not replaced: what else is in it is of no concern.
    merged: bool,
    /// It is gone in the layer: if it is gone here too, both agree.
    removed: bool,
}

/// An overlay being turned into a change-set.
struct Landing<'a> {
    draft: Draft<'a>,
    left_out: Vec<LeftOut>,
    seen: Vec<Seen>,
    gone: Gone,
    moves: Moves,
    /// Renames made so far: old name as it is on disk, new name.
    moved: HashMap<GuestPath, GuestPath>,
    /// What came along with a renamed folder and is not in the layer: what it is called, and what it was.
    leftovers: Vec<(GuestPath, GuestPath)>,
    /// Contents of files that are left out.
    lost: Vec<Hash>,
    /// Files to be written once all folders stand.
    files: Vec<settle::NewFile>,
    /// Where permission bits were opened for the owner: the first, and how many more.
    opened: Option<(GuestPath, usize)>,
}

impl Workspace {
    /// Turns what a command left in its layer into a change-set that can be shown, logged and applied. Contents of
    /// its files must be in the blob store. What changes nothing leaves no change.
    ///
    /// Permission bits land but for set-user-id, set-group-id and sticky, and its owner can always read a file and
    /// enter, list and change a folder. Links land when they are relative and stay in the grant. A file that is gone
    /// while exactly one new file has its content was renamed, and so was a folder most of whose files are found again
    /// in one new folder.
    ///
    /// # Errors
    /// Nothing is prepared then: [`WorkspaceError::BadOverlay`], [`WorkspaceError::NoSuchGrant`] for entries that no
    /// honest guest reports; [`WorkspaceError::ChangedMeanwhile`] when something stands where the command saw something
    /// else; [`WorkspaceError::TooMany`]; reading or the blob store failed.
    pub fn prepare_overlay(
        &self,
        id: ChangeSetId,
        cause: Cause,
        entries: Vec<OverlayEntry>,
    ) -> Result<Overlay, WorkspaceError> {
        let layer::Layers {
            mut grants,
            left_out,
            lost,
        } = layer::build(self, entries)?;
        let mut landing = Landing {
            draft: Draft::new(self),
            left_out,
            seen: Vec::new(),
            gone: Gone::default(),
            moves: Moves::new(),
            moved: HashMap::new(),
            leftovers: Vec::new(),
            lost,
            files: Vec::new(),
            opened: None,
        };
        for (grant, layer) in &mut grants {
            landing.survey(&root_of(grant), layer)?;
        }
        landing.refuse_changed()?;
        for (grant, layer) in &grants {
            landing.gone.find(&mut landing.draft, &root_of(grant), layer, false)?;
        }
        landing.find_renames(&grants);
        for (grant, layer) in &grants {
            landing.settle_below(&root_of(grant), layer, None)?;
        }
        landing.settle_files()?;
        landing.take_away()?;
        // What was compared and kept above must be what the command saw, too.
        landing.refuse_changed()?;
        landing.tell_opened();
        landing.draft.check_count()?;
        Ok(Overlay {
            set: landing.draft.finished(id, cause),
            left_out: landing.left_out,
        })
    }
}

fn root_of(grant: &str) -> GuestPath {
    GuestPath::new(format!("{}{grant}", path::MNT))
}

/// Whether an error concerns one path alone, which can be left out.
fn minor(error: &WorkspaceError) -> bool {
    match error {
        WorkspaceError::Protected { .. }
        | WorkspaceError::ReadOnly { .. }
        | WorkspaceError::NotAFile { .. }
        | WorkspaceError::NotAFolder { .. }
        | WorkspaceError::ThroughLink { .. }
        | WorkspaceError::TooLarge { .. }
        | WorkspaceError::Placeholder { .. }
        | WorkspaceError::UnportableName { .. }
        | WorkspaceError::NameCollision { .. }
        | WorkspaceError::BadEdit { .. }
        | WorkspaceError::BadPath { .. }
        | WorkspaceError::Exists { .. }
        | WorkspaceError::NotFound { .. } => true,
        WorkspaceError::Io { source, .. } => matches!(
            source.kind(),
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::InvalidData
        ),
        _ => false,
    }
}

impl Landing<'_> {
    fn leave_out(&mut self, path: &GuestPath, why: impl Into<String>) {
        self.left_out.push(LeftOut {
            path: path.to_string(),
            why: why.into(),
        });
    }

    /// Looks at what stands where the layer has something: what was seen, what is new, what may not be touched.
    fn survey(&mut self, here: &GuestPath, layer: &mut Layer) -> Result<(), WorkspaceError> {
        for (name, node) in &mut layer.children {
            let below = path::child(here, name);
            if let Err(error) = self.draft.check(&below) {
                if !minor(&error) {
                    return Err(error);
                }
                // What may not be seen was not there for the command either: it cannot have removed it.
                if node.what != Some(Overlaid::Removed) || !matches!(error, WorkspaceError::Protected { .. }) {
                    self.leave_out(&below, error.to_string());
                }
                self.keep(node);
                continue;
            }
            let stands = self.stands(&below)?;
            if stands
                .as_ref()
                .is_some_and(|meta| self.draft.workspace.is_protected(meta.id))
            {
                self.leave_out(&below, WorkspaceError::Protected { path: below.clone() }.to_string());
                self.keep(node);
                continue;
            }
            node.fresh = stands.is_none();
            if let Some(stamp) = node.seen.take() {
                self.seen.push(Seen {
                    path: below.clone(),
                    stamp,
                    merged: matches!(node.what, Some(Overlaid::Folder { opaque: false, .. })),
                    removed: node.what == Some(Overlaid::Removed),
                });
            }
            if stands.is_some_and(|meta| meta.kind == Kind::Other) {
                self.leave_out(&below, "a device, pipe or socket stands there");
                self.keep(node);
                continue;
            }
            self.survey(&below, node)?;
            if node.what == Some(Overlaid::Removed) {
                // What was seen below it is known now.
                node.children.clear();
            }
        }
        Ok(())
    }

    /// What stands at `path`; nothing also where there is no folder it could be in.
    fn stands(&self, path: &GuestPath) -> Result<Option<Meta>, WorkspaceError> {
        match self.draft.workspace.look(path) {
            Ok(Look::Spot(_, meta)) => Ok(meta),
            Ok(Look::Nowhere)
            | Err(
                WorkspaceError::NotAFolder { .. }
                | WorkspaceError::ThroughLink { .. }
                | WorkspaceError::Protected { .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Refuses everything when something that the command saw is something else now.
    fn refuse_changed(&self) -> Result<(), WorkspaceError> {
        let mut paths = Vec::new();
        for seen in &self.seen {
            let same = match (self.stands(&seen.path)?, &seen.stamp) {
                (None, None) => true,
                (None, Some(_)) => seen.removed,
                (Some(meta), Some(stamp)) => {
                    meta.stamp() == *stamp || (seen.merged && meta.kind == Kind::Folder && meta.id == stamp.id)
                }
                _ => false,
            };
            if !same {
                paths.push(seen.path.clone());
            }
        }
        if paths.is_empty() {
            Ok(())
        } else {
            Err(WorkspaceError::ChangedMeanwhile { paths })
        }
    }

    /// What stands there stays.
    fn keep(&mut self, node: &mut Layer) {
        node.kept = true;
        node.contents(&mut self.lost);
    }

    fn find_renames(&mut self, grants: &BTreeMap<String, Layer>) {
        let (mut files, mut folders) = (Vec::new(), HashSet::new());
        for (grant, layer) in grants {
            collect_new(&root_of(grant), layer, &mut files, &mut folders);
        }
        self.moves = self.gone.renamed(&files, &folders);
    }
}

fn collect_new(here: &GuestPath, layer: &Layer, files: &mut Vec<(GuestPath, Hash)>, folders: &mut HashSet<GuestPath>) {
    for (name, node) in layer.children.iter().filter(|(_, node)| !node.kept) {
        let below = path::child(here, name);
        match &node.what {
            Some(Overlaid::File { hash, .. }) if node.fresh => files.push((below, *hash)),
            Some(Overlaid::Folder { .. }) | None => {
                collect_new(&below, node, files, folders);
                if node.fresh {
                    folders.insert(below);
                }
            }
            _ => {}
        }
    }
}
