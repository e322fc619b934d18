//! From a guest path to an open folder and a name in it, one handle at a time.

use std::collections::VecDeque;
use std::io;

use deskhand_types::GuestPath;

use crate::error::WorkspaceError;
use crate::folder::{Folder, Kind, Meta};
use crate::path;
use crate::workspace::{Mounted, Workspace};

/// Longest chain of links followed for one path, as on Linux.
const MAX_LINKS: usize = 40;

/// What to do about symbolic links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Links {
    /// Refuse them on the way; leave one in the last component as it is. For writing.
    Refuse,
    /// Follow them, the last one too, as long as they stay in the grant. For reading.
    Follow,
}

/// Where a path led.
pub(crate) enum Place {
    /// To the root of a grant.
    Root(Folder),
    /// To a name in an open folder. The name may be free.
    Entry(Spot),
}

/// A name in an open folder.
#[derive(Clone)]
pub(crate) struct Spot {
    pub(crate) folder: Folder,
    pub(crate) name: String,
}

impl Spot {
    /// Where it really is: with [`Links::Follow`] not always the path that was asked for.
    pub(crate) fn path(&self) -> GuestPath {
        self.folder.child_path(&self.name)
    }

    pub(crate) fn inspect(&self) -> Result<Option<Meta>, WorkspaceError> {
        self.folder
            .inspect(&self.name)
            .map_err(|source| io_error(&self.path(), "looked at", source))
    }

    pub(crate) fn read_link(&self) -> Result<String, WorkspaceError> {
        self.folder
            .read_link(&self.name)
            .map_err(|source| io_error(&self.path(), "looked at", source))
    }
}

/// Wraps what the system said.
pub(crate) fn io_error(path: &GuestPath, doing: &'static str, source: io::Error) -> WorkspaceError {
    WorkspaceError::Io {
        path: path.clone(),
        doing,
        source,
    }
}

/// The state of one walk from a grant's root.
struct Walk<'a> {
    workspace: &'a Workspace,
    mounted: Mounted,
    /// Open folders from the root to where the walk is; `..` in a link pops.
    open: Vec<Folder>,
    /// Their names below the root.
    names: Vec<String>,
    links: usize,
}

impl Workspace {
    /// Leads `path` to a place. The last component need not exist; the folders before it must.
    pub(crate) fn resolve(&self, path: &GuestPath, links: Links) -> Result<Place, WorkspaceError> {
        let (mounted, parts) = self.open_grant(path)?;
        let mut pending: VecDeque<String> = parts.into_iter().map(str::to_owned).collect();
        let mut walk = Walk {
            workspace: self,
            open: vec![mounted.root.clone()],
            mounted,
            names: Vec::new(),
            links: 0,
        };
        while let Some(part) = pending.pop_front() {
            if part == ".." {
                // Only ever out of a link's target.
                walk.up(path)?;
                continue;
            }
            let here = walk.here().clone();
            if crate::protect::masks(&walk.names, &part) {
                return Err(WorkspaceError::Protected {
                    path: here.child_path(&part),
                });
            }
            let spot = Spot {
                folder: here,
                name: part,
            };
            let last = pending.is_empty();
            if last && links == Links::Refuse {
                return Ok(Place::Entry(spot));
            }
            if last {
                match spot.inspect()? {
                    Some(meta) if meta.kind == Kind::Link => walk.follow(&spot, &mut pending)?,
                    Some(meta) if self.is_protected(meta.id) => {
                        return Err(WorkspaceError::Protected { path: spot.path() });
                    }
                    _ => return Ok(Place::Entry(spot)),
                }
                continue;
            }
            match spot.folder.open_folder(&spot.name) {
                Ok(folder) => walk.enter(folder, spot.name)?,
                Err(error) => match spot.inspect()? {
                    Some(meta) if meta.kind == Kind::Link && links == Links::Follow => {
                        walk.follow(&spot, &mut pending)?;
                    }
                    Some(meta) if meta.kind == Kind::Link => {
                        return Err(WorkspaceError::ThroughLink {
                            path: spot.path(),
                            target: spot.read_link()?,
                        });
                    }
                    None => {
                        return Err(WorkspaceError::NotFound {
                            path: path.clone(),
                            nearest: spot.folder.path().clone(),
                        });
                    }
                    Some(meta) if meta.kind != Kind::Folder => {
                        return Err(WorkspaceError::NotAFolder {
                            path: spot.path(),
                            found: meta.kind.described(),
                        });
                    }
                    Some(_) => return Err(io_error(&spot.path(), "opened", error)),
                },
            }
        }
        // All components are used up: the walk ended in a folder it has open (the root, or through `..` of a link).
        let Some(name) = walk.names.pop() else {
            return Ok(Place::Root(walk.mounted.root));
        };
        walk.open.pop();
        Ok(Place::Entry(Spot {
            folder: walk.here().clone(),
            name,
        }))
    }

    /// Opens the folder at `path`.
    pub(crate) fn open_folder(&self, path: &GuestPath, links: Links) -> Result<Folder, WorkspaceError> {
        let spot = match self.resolve(path, links)? {
            Place::Root(root) => return Ok(root),
            Place::Entry(spot) => spot,
        };
        let folder = match spot.folder.open_folder(&spot.name) {
            Ok(folder) => folder,
            Err(error) => {
                return Err(match spot.inspect()? {
                    None => WorkspaceError::NotFound {
                        path: path.clone(),
                        nearest: spot.folder.path().clone(),
                    },
                    Some(meta) if meta.kind == Kind::Link => WorkspaceError::ThroughLink {
                        path: spot.path(),
                        target: spot.read_link()?,
                    },
                    Some(meta) if meta.kind != Kind::Folder => WorkspaceError::NotAFolder {
                        path: path.clone(),
                        found: meta.kind.described(),
                    },
                    Some(_) => io_error(path, "opened", error),
                });
            }
        };
        self.refuse_protected(&folder)?;
        Ok(folder)
    }

    /// Refuses an open folder that is a protected place under whatever name.
    fn refuse_protected(&self, folder: &Folder) -> Result<(), WorkspaceError> {
        if self.has_protected() {
            let meta = folder
                .inspect_self()
                .map_err(|source| io_error(folder.path(), "looked at", source))?;
            if self.is_protected(meta.id) {
                return Err(WorkspaceError::Protected {
                    path: folder.path().clone(),
                });
            }
        }
        Ok(())
    }
}

impl Walk<'_> {
    fn here(&self) -> &Folder {
        self.open.last().unwrap_or(&self.mounted.root)
    }

    fn enter(&mut self, folder: Folder, name: String) -> Result<(), WorkspaceError> {
        self.workspace.refuse_protected(&folder)?;
        self.open.push(folder);
        self.names.push(name);
        Ok(())
    }

    fn up(&mut self, asked: &GuestPath) -> Result<(), WorkspaceError> {
        if self.names.pop().is_none() {
            return Err(WorkspaceError::BadLink {
                path: asked.clone(),
                why: "it leads out of the granted folder".into(),
            });
        }
        self.open.pop();
        Ok(())
    }

    /// Puts the target of a link before what is still to be walked.
    fn follow(&mut self, spot: &Spot, pending: &mut VecDeque<String>) -> Result<(), WorkspaceError> {
        let bad = |why: &str| WorkspaceError::BadLink {
            path: spot.path(),
            why: why.to_owned(),
        };
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(bad("the links go in a circle"));
        }
        let target = spot.read_link()?;
        let parts = if is_absolute(&target) {
            // An absolute target may point into the grant itself; then it is walked from the grant's own handle.
            let rest =
                below(&target, &self.mounted.grant.folder).ok_or_else(|| bad("it leads out of the granted folder"))?;
            self.open.truncate(1);
            self.names.clear();
            rest
        } else {
            components(&target)
        };
        for part in parts.into_iter().rev() {
            if part != ".." {
                path::check_component(&part).map_err(bad)?;
            }
            pending.push_front(part);
        }
        Ok(())
    }
}

/// Whether a link's target, or any path text, is absolute on this platform.
pub(crate) fn is_absolute(text: &str) -> bool {
    std::path::Path::new(text).has_root() || std::path::Path::new(text).is_absolute() || {
        cfg!(windows) && text.as_bytes().get(1) == Some(&b':')
    }
}

/// The components of a relative path text, `.` and doubled separators left out, `..` kept.
pub(crate) fn components(text: &str) -> Vec<String> {
    text.split(|c| c == '/' || (cfg!(windows) && c == '\\'))
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
        .collect()
}

/// The components of the absolute path `text` below the absolute folder `folder`, `..` resolved by words; `None` when
/// it is not below it.
pub(crate) fn below(text: &str, folder: &str) -> Option<Vec<String>> {
    let same = |a: &str, b: &str| {
        if cfg!(any(windows, target_os = "macos")) {
            crate::portable::folded(a) == crate::portable::folded(b)
        } else {
            a == b
        }
    };
    let mut have: Vec<String> = Vec::new();
    for part in components(text) {
        if part == ".." {
            have.pop()?;
        } else {
            have.push(part);
        }
    }
    let want = components(folder);
    (have.len() >= want.len() && have.iter().zip(&want).all(|(a, b)| same(a, b))).then(|| have.split_off(want.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn absolute_paths_below_a_folder() {
        assert_eq!(
            below("/home/u/work/a/b", "/home/u/work"),
            Some(vec!["a".into(), "b".into()])
        );
        assert_eq!(below("/home/u/work", "/home/u/work"), Some(vec![]));
        assert_eq!(below("/home/u/workshop/a", "/home/u/work"), None);
        assert_eq!(below("/home/u/work/../secret", "/home/u/work"), None);
        assert_eq!(below("/home/u/work/a/../b", "/home/u/work"), Some(vec!["b".into()]));
        assert_eq!(below("/..", "/"), None);
    }
}
