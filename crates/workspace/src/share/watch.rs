//! Watching granted folders for changes by others: a hint, never relied on.
//!
//! Folder by folder as they are looked into, since watching whole trees at once costs a walk and, on Linux, one of a
//! limited number of watches per folder. The system wants paths here, not handles: where somebody puts a link in the
//! place of a folder meanwhile, something else is watched, of which nothing but "this path changed" is told.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::{GuestPath, SharedWatch};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::path;
use crate::workspace::Workspace;

/// Folders watched at most. Those looked into later are not.
const MAX_WATCHED: usize = 2_000;

/// Who is told.
type Tell = Box<dyn Fn(GuestPath) + Send + Sync>;

/// Granted folders: where they are, and what they are called.
type Roots = Vec<(PathBuf, GuestPath)>;

/// Folders being watched.
pub(super) struct Watch {
    roots: Arc<Roots>,
    watcher: Mutex<Watcher>,
}

struct Watcher {
    system: RecommendedWatcher,
    watched: HashSet<GuestPath>,
}

impl Watch {
    /// Watches nothing yet. `None` where the system cannot watch.
    pub(super) fn new(workspace: &Workspace, tell: Tell) -> Option<Self> {
        let roots: Roots = workspace
            .all_mounted()
            .into_iter()
            .map(|mounted| (PathBuf::from(&mounted.grant.folder), mounted.root.path().clone()))
            .collect();
        let roots = Arc::new(roots);
        let known = roots.clone();
        let system = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if event.need_rescan() => all(&known, &tell),
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(event) => event
                .paths
                .iter()
                .filter_map(|path| guest_path(&known, path))
                .for_each(&tell),
            // It lost count.
            Err(_) => all(&known, &tell),
        });
        Some(Self {
            roots,
            watcher: Mutex::new(Watcher {
                system: system.ok()?,
                watched: HashSet::new(),
            }),
        })
    }
}

impl SharedWatch for Watch {
    fn folder(&self, folder: &GuestPath) {
        let Some(place) = host_path(&self.roots, folder) else {
            return;
        };
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if watcher.watched.len() < MAX_WATCHED && watcher.watched.insert(folder.clone()) {
            // Where it fails (too many watches, a folder that is gone) nothing is told of it: it is a hint.
            let _ = watcher.system.watch(&place, RecursiveMode::NonRecursive);
        }
    }
}

fn all(roots: &Roots, tell: &Tell) {
    for (_, root) in roots {
        tell(root.clone());
    }
}

fn host_path(roots: &Roots, folder: &GuestPath) -> Option<PathBuf> {
    let (_, parts) = path::split(folder).ok()?;
    let (place, _) = roots.iter().find(|(_, root)| path::within(folder, root))?;
    Some(place.join(parts.into_iter().collect::<PathBuf>()))
}

fn guest_path(roots: &Roots, place: &Path) -> Option<GuestPath> {
    let (rest, root) = roots
        .iter()
        .filter_map(|(folder, root)| Some((place.strip_prefix(folder).ok()?, root)))
        // The innermost, where one granted folder lies in another.
        .min_by_key(|(rest, _)| rest.as_os_str().len())?;
    let mut path = root.clone();
    for part in rest.components() {
        match part {
            Component::Normal(name) => path = path::child(&path, name.to_str()?),
            _ => return None,
        }
    }
    Some(path)
}
