//! What a command leaves in the layer above a folder, made by comparing the folder with how the command left it.

use std::path::Path;

use deskhand_types::{BlobStore as _, GuestPath, Overlaid, OverlayEntry, SharedFolders as _, Stamp};

use crate::support::{Desk, Item, Tree, at};

/// The layer between `before`, which stands in the desk's folder, and `after`. Folders for which `opaque` says so are
/// reported as replacing what was there, with everything in them.
pub fn layer(desk: &Desk, before: &Tree, after: &Tree, opaque: &dyn Fn(&Path) -> bool) -> Vec<OverlayEntry> {
    let mut entries = Vec::new();
    below(desk, before, after, Path::new(""), false, opaque, &mut entries);
    entries
}

fn children<'a>(tree: &'a Tree, folder: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Item)> {
    tree.iter()
        .filter(move |(path, _)| path.parent() == Some(folder))
        .map(|(path, item)| (path.as_path(), item))
}

fn below(
    desk: &Desk,
    before: &Tree,
    after: &Tree,
    folder: &Path,
    fresh: bool,
    opaque: &dyn Fn(&Path) -> bool,
    entries: &mut Vec<OverlayEntry>,
) {
    for (path, item) in children(after, folder) {
        let was = before.get(path).filter(|_| !fresh);
        match item {
            Item::Folder { mode, .. } => {
                let merged = matches!(was, Some(Item::Folder { .. }));
                let own = merged && opaque(path);
                let start = entries.len();
                entries.push(entry(
                    desk,
                    path,
                    Overlaid::Folder {
                        mode: *mode,
                        opaque: own,
                    },
                ));
                below(desk, before, after, path, fresh || own || !merged, opaque, entries);
                let same_mode = matches!(was, Some(Item::Folder { mode: old, .. }) if old == mode);
                if merged && same_mode && !own && entries.len() == start + 1 {
                    entries.pop();
                }
            }
            Item::File { bytes, mode, .. } => {
                let same = matches!(was, Some(Item::File { bytes: old, mode: old_mode, .. }) if old == bytes && old_mode == mode);
                if !same {
                    let hash = desk.blobs.put(bytes).unwrap();
                    let what = Overlaid::File {
                        hash,
                        size: bytes.len() as u64,
                        mode: *mode,
                    };
                    entries.push(entry(desk, path, what));
                }
            }
            Item::Link { target } => {
                if was != Some(item) {
                    let target = target.to_str().unwrap().to_owned();
                    entries.push(entry(desk, path, Overlaid::Link { target }));
                }
            }
        }
    }
    if !fresh {
        for (path, _) in children(before, folder).filter(|(path, _)| !after.contains_key(*path)) {
            entries.push(entry(desk, path, Overlaid::Removed));
        }
    }
}

fn entry(desk: &Desk, path: &Path, what: Overlaid) -> OverlayEntry {
    let path = at(path.to_str().unwrap());
    OverlayEntry {
        seen: Some(stamp(desk, &path)),
        path,
        what,
    }
}

/// What stands there now, as the command would have seen it.
pub fn stamp(desk: &Desk, path: &GuestPath) -> Option<Stamp> {
    desk.workspace.look(path).ok().map(|shared| shared.stamp)
}
