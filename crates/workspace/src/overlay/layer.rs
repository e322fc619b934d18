//! What a command left, as a tree: entries checked for what no honest guest can say.

use std::collections::BTreeMap;

use deskhand_types::{GuestPath, Hash, LeftOut, Overlaid, OverlayEntry, Stamp};

use crate::error::WorkspaceError;
use crate::path;
use crate::workspace::Workspace;

/// Longest name any of our systems keeps, in bytes.
const LONGEST_NAME: usize = 255;

/// One name of the layer.
#[derive(Default)]
pub(super) struct Layer {
    /// What the layer has there; `None`: only something below it was reported.
    pub(super) what: Option<Overlaid>,
    /// What the command saw there, as in [`OverlayEntry::seen`].
    #[allow(clippy::option_option, reason = "as `OverlayEntry::seen` has it")]
    pub(super) seen: Option<Option<Stamp>>,
    pub(super) children: BTreeMap<String, Self>,
    /// Nothing stands there now, so that what lands is new.
    pub(super) fresh: bool,
    /// Not taken over: what stands there now stays, with all that is in it.
    pub(super) kept: bool,
}

impl Layer {
    /// The contents of all files in it.
    pub(super) fn contents(&self, hashes: &mut Vec<Hash>) {
        if let Some(Overlaid::File { hash, .. }) = &self.what {
            hashes.push(*hash);
        }
        for child in self.children.values() {
            child.contents(hashes);
        }
    }

    /// Whether anything is to stand below it.
    pub(super) fn holds_something(&self) -> bool {
        self.children.values().any(|child| match &child.what {
            Some(Overlaid::Removed) => false,
            Some(_) => !child.kept,
            None => child.holds_something(),
        })
    }
}

/// The layers of the granted folders, by grant.
pub(super) struct Layers {
    pub(super) grants: BTreeMap<String, Layer>,
    pub(super) left_out: Vec<LeftOut>,
    /// Contents of files that are left out.
    pub(super) lost: Vec<Hash>,
}

/// Builds the tree.
///
/// # Errors
/// An entry that no honest guest reports: a forged path, a path named twice, something below what is no folder.
pub(super) fn build(workspace: &Workspace, entries: Vec<OverlayEntry>) -> Result<Layers, WorkspaceError> {
    let limits = &workspace.options.limits;
    if entries.len() > limits.max_changes {
        return Err(WorkspaceError::TooMany {
            what: "paths a command changed".into(),
            limit: limits.max_changes,
        });
    }
    let mut layers = Layers {
        grants: BTreeMap::new(),
        left_out: Vec::new(),
        lost: Vec::new(),
    };
    for entry in entries {
        let (grant, parts) = parts(&entry.path)?;
        if workspace.mounted(grant).is_none() {
            return Err(WorkspaceError::NoSuchGrant {
                given: entry.path.to_string(),
                granted: workspace.granted(),
            });
        }
        if parts.is_empty() {
            // The root of a grant appears like any folder something changed in; itself it does not change.
            match entry.what {
                Overlaid::Folder { opaque: false, .. } => continue,
                _ => return Err(bad(&entry.path, "it is the granted folder itself")),
            }
        }
        if let Some(why) = unusable(&parts, limits.max_depth) {
            if let Overlaid::File { hash, .. } = entry.what {
                layers.lost.push(hash);
            }
            // What is below what was told already is not told again.
            if unusable(parts.get(..parts.len() - 1).unwrap_or_default(), limits.max_depth).is_none() {
                layers.left_out.push(LeftOut {
                    path: entry.path.to_string(),
                    why: why.to_owned(),
                });
            }
            continue;
        }
        let root = layers.grants.entry(grant.to_owned()).or_default();
        let node = parts
            .iter()
            .fold(root, |node, part| node.children.entry((*part).to_owned()).or_default());
        if node.what.is_some() {
            return Err(bad(&entry.path, "it is reported twice"));
        }
        node.what = Some(entry.what);
        node.seen = entry.seen;
    }
    for (grant, layer) in &layers.grants {
        check(&GuestPath::new(format!("{}{grant}", path::MNT)), layer)?;
    }
    Ok(layers)
}

fn bad(path: &GuestPath, why: &'static str) -> WorkspaceError {
    WorkspaceError::BadOverlay {
        path: path.to_string(),
        why,
    }
}

/// The grant and the names below it.
fn parts(path: &GuestPath) -> Result<(&str, Vec<&str>), WorkspaceError> {
    let rest = path
        .as_str()
        .strip_prefix(path::MNT)
        .ok_or_else(|| bad(path, "paths begin with /mnt/"))?;
    let mut parts = rest.split('/');
    let grant = parts.next().unwrap_or("");
    let below: Vec<&str> = parts.collect();
    for part in std::iter::once(&grant).chain(&below) {
        if part.is_empty() || *part == "." || *part == ".." || part.contains('\0') {
            return Err(bad(path, "a name in it is empty, `.`, `..` or holds a NUL"));
        }
        if part.len() > LONGEST_NAME {
            return Err(bad(path, "a name in it is longer than 255 bytes"));
        }
    }
    Ok((grant, below))
}

/// Why a path an honest guest may well report cannot be used on this machine.
fn unusable(parts: &[&str], max_depth: usize) -> Option<&'static str> {
    if parts.len() > max_depth {
        return Some("it lies too deep");
    }
    parts.iter().find_map(|part| path::check_component(part).err())
}

/// Refuses what contradicts itself.
fn check(here: &GuestPath, layer: &Layer) -> Result<(), WorkspaceError> {
    for (name, node) in &layer.children {
        let below = path::child(here, name);
        match &node.what {
            Some(Overlaid::File { .. } | Overlaid::Link { .. }) if !node.children.is_empty() => {
                return Err(bad(&below, "something is reported below what is no folder"));
            }
            // Below what is gone there may be what was seen before it went.
            Some(Overlaid::Removed) if !only_removed(node) => {
                return Err(bad(&below, "something is reported below what is gone"));
            }
            _ => check(&below, node)?,
        }
    }
    Ok(())
}

fn only_removed(layer: &Layer) -> bool {
    layer
        .children
        .values()
        .all(|node| matches!(node.what, None | Some(Overlaid::Removed)) && only_removed(node))
}
