//! The granted folders as they will be after the edits prepared so far: what is on disk, with the edits laid over it.
//!
//! A tree that is filled from disk only where it is looked at. A moved folder takes its untouched content along by
//! remembering where on disk that stands.

use std::collections::{BTreeMap, HashMap};

use deskhand_types::{FileState, GuestPath};

use crate::error::WorkspaceError;
use crate::folder::{Kind, Meta};
use crate::path;
use crate::portable::folded;
use crate::resolve::{Links, Place, io_error};
use crate::state::Look;
use crate::workspace::Workspace;

/// What will stand somewhere.
pub(crate) enum Node {
    Absent,
    /// A file on disk that has not been read yet.
    Unread(GuestPath),
    /// A file or link whose state is known; a file's content is in the blob store.
    Leaf(FileState),
    Folder(FolderNode),
}

/// What will be a folder.
pub(crate) struct FolderNode {
    pub(crate) mode: Option<u32>,
    pub(crate) mtime_ns: Option<i128>,
    /// Where on disk its untouched entries stand; `None` for a new folder.
    disk: Option<GuestPath>,
    children: BTreeMap<String, Node>,
    /// Folded names of all entries, once they are needed.
    index: Option<HashMap<String, Vec<String>>>,
    /// Entries are made or taken away, so that its time changes.
    pub(crate) touched: bool,
}

impl FolderNode {
    pub(crate) fn new(mode: Option<u32>, mtime_ns: Option<i128>) -> Self {
        Self {
            mode,
            mtime_ns,
            disk: None,
            children: BTreeMap::new(),
            index: None,
            touched: false,
        }
    }

    pub(crate) fn state(&self) -> FileState {
        FileState::Folder {
            mode: self.mode,
            mtime_ns: self.mtime_ns,
        }
    }

    pub(crate) const fn is_new(&self) -> bool {
        self.disk.is_none()
    }
}

/// The names in a folder as it will be.
pub(crate) struct Names {
    pub(crate) names: Vec<String>,
    /// Entries that exist and cannot be touched: masked, or not Unicode.
    pub(crate) untouchable: usize,
}

pub(crate) struct View<'a> {
    workspace: &'a Workspace,
    roots: BTreeMap<String, Node>,
}

impl<'a> View<'a> {
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            roots: BTreeMap::new(),
        }
    }

    /// What will stand at `path`; `None` when the folder it would be in will not be there.
    pub(crate) fn node(&mut self, path: &GuestPath) -> Result<Option<&mut Node>, WorkspaceError> {
        let (grant, parts) = path::split(path)?;
        let root = GuestPath::new(format!("{}{grant}", path::MNT));
        if !self.roots.contains_key(grant) {
            let folder = match self.workspace.resolve(&root, Links::Refuse)? {
                Place::Root(folder) => folder,
                Place::Entry(spot) => spot.folder,
            };
            let meta = folder
                .inspect_self()
                .map_err(|source| io_error(&root, "looked at", source))?;
            let node = on_disk(&meta, root.clone());
            self.roots.insert(grant.to_owned(), Node::Folder(node));
        }
        match self.roots.get_mut(grant) {
            Some(node) => descend(self.workspace, node, &parts, &root),
            None => Ok(None),
        }
    }

    /// What will stand at `path`, files read into the blob store.
    pub(crate) fn state(&mut self, path: &GuestPath) -> Result<FileState, WorkspaceError> {
        let workspace = self.workspace;
        let Some(node) = self.node(path)? else {
            return Ok(FileState::Absent);
        };
        if let Node::Unread(unread) = node {
            *node = match workspace.look(unread)? {
                Look::Spot(spot, Some(meta)) => Node::Leaf(workspace.capture(&spot, &meta)?),
                // Gone since it was looked at first.
                Look::Nowhere | Look::Spot(_, None) => Node::Absent,
            };
        }
        Ok(match node {
            Node::Absent | Node::Unread(_) => FileState::Absent,
            Node::Leaf(state) => state.clone(),
            Node::Folder(folder) => folder.state(),
        })
    }

    /// The folder that will stand at `path`.
    pub(crate) fn folder(&mut self, path: &GuestPath) -> Result<Option<&mut FolderNode>, WorkspaceError> {
        Ok(match self.node(path)? {
            Some(Node::Folder(folder)) => Some(folder),
            _ => None,
        })
    }

    /// The names in the folder at `path`, sorted.
    pub(crate) fn names(&mut self, path: &GuestPath) -> Result<Names, WorkspaceError> {
        let workspace = self.workspace;
        let Some(folder) = self.folder(path)? else {
            return Ok(Names {
                names: Vec::new(),
                untouchable: 0,
            });
        };
        let mut names: Vec<String> = Vec::new();
        let mut untouchable = 0;
        if let Some(disk) = &folder.disk {
            let open = workspace.open_folder(disk, Links::Refuse)?;
            let all = open.names().map_err(|source| io_error(disk, "listed", source))?.len();
            let (visible, _) = crate::read::visible_names(&open)?;
            untouchable = all.saturating_sub(visible.len());
            names.extend(visible.into_iter().filter(|name| !folder.children.contains_key(name)));
        }
        names.extend(
            folder
                .children
                .iter()
                .filter(|(_, node)| !matches!(node, Node::Absent))
                .map(|(name, _)| name.clone()),
        );
        names.sort();
        Ok(Names { names, untouchable })
    }

    /// An entry in the folder at `parent` whose name is the same file as `name` on some systems, but spelled otherwise.
    pub(crate) fn collision(&mut self, parent: &GuestPath, name: &str) -> Result<Option<String>, WorkspaceError> {
        if self.folder(parent)?.is_some_and(|folder| folder.index.is_none()) {
            let mut index: HashMap<String, Vec<String>> = HashMap::new();
            for name in self.names(parent)?.names {
                index.entry(folded(&name)).or_default().push(name);
            }
            if let Some(folder) = self.folder(parent)? {
                folder.index = Some(index);
            }
        }
        let Some(folder) = self.folder(parent)? else {
            return Ok(None);
        };
        let alike = folder.index.as_ref().and_then(|index| index.get(&folded(name)));
        Ok(alike.and_then(|names| names.iter().find(|have| *have != name)).cloned())
    }

    /// Lets `node` stand at `path` (or nothing, with [`Node::Absent`]); returns what stood there. The folder it is in
    /// counts as touched.
    pub(crate) fn replace(&mut self, path: &GuestPath, node: Node) -> Result<Node, WorkspaceError> {
        let gone = matches!(node, Node::Absent);
        let Some(slot) = self.node(path)? else {
            return Err(WorkspaceError::NotFound {
                path: path.clone(),
                nearest: path::parent(path).unwrap_or_else(|| path.clone()),
            });
        };
        let old = std::mem::replace(slot, node);
        if let Some(parent) = path::parent(path)
            && let Some(folder) = self.folder(&parent)?
        {
            folder.touched = true;
            let name = path.file_name();
            if let Some(index) = &mut folder.index {
                let alike = index.entry(folded(name)).or_default();
                alike.retain(|have| have != name);
                if !gone {
                    alike.push(name.to_owned());
                }
            }
        }
        Ok(old)
    }

    /// Lets a file or link stand at `path`.
    pub(crate) fn set_leaf(&mut self, path: &GuestPath, state: FileState) -> Result<(), WorkspaceError> {
        self.replace(path, Node::Leaf(state)).map(drop)
    }

    /// Lets a file that stands have another state, without its folder being touched.
    pub(crate) fn set_in_place(&mut self, path: &GuestPath, state: FileState) -> Result<(), WorkspaceError> {
        if let Some(node) = self.node(path)? {
            *node = Node::Leaf(state);
        }
        Ok(())
    }

    /// Existing folders whose entries change and that will still be there, with their times now.
    pub(crate) fn touched(&self) -> Vec<(GuestPath, Option<i128>)> {
        let mut found = Vec::new();
        for (grant, node) in &self.roots {
            collect_touched(node, &GuestPath::new(format!("{}{grant}", path::MNT)), &mut found);
        }
        found
    }
}

fn collect_touched(node: &Node, here: &GuestPath, found: &mut Vec<(GuestPath, Option<i128>)>) {
    if let Node::Folder(folder) = node {
        if folder.touched && !folder.is_new() {
            found.push((here.clone(), folder.mtime_ns));
        }
        for (name, child) in &folder.children {
            collect_touched(child, &path::child(here, name), found);
        }
    }
}

fn on_disk(meta: &Meta, disk: GuestPath) -> FolderNode {
    FolderNode {
        disk: Some(disk),
        ..FolderNode::new(meta.mode, meta.mtime_ns)
    }
}

fn descend<'n>(
    workspace: &Workspace,
    node: &'n mut Node,
    parts: &[&str],
    here: &GuestPath,
) -> Result<Option<&'n mut Node>, WorkspaceError> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(Some(node));
    };
    let folder = match node {
        Node::Absent => return Ok(None),
        Node::Leaf(FileState::Link { target }) => {
            return Err(WorkspaceError::ThroughLink {
                path: here.clone(),
                target: target.clone(),
            });
        }
        Node::Leaf(_) | Node::Unread(_) => {
            return Err(WorkspaceError::NotAFolder {
                path: here.clone(),
                found: Kind::File.described(),
            });
        }
        Node::Folder(folder) => folder,
    };
    if !folder.children.contains_key(*first) {
        let child = match &folder.disk {
            Some(disk) => load(workspace, &path::child(disk, first))?,
            None => Node::Absent,
        };
        folder.children.insert((*first).to_owned(), child);
    }
    match folder.children.get_mut(*first) {
        Some(child) => descend(workspace, child, rest, &path::child(here, first)),
        None => Ok(None),
    }
}

fn load(workspace: &Workspace, disk: &GuestPath) -> Result<Node, WorkspaceError> {
    let (spot, meta) = match workspace.look(disk)? {
        Look::Nowhere | Look::Spot(_, None) => return Ok(Node::Absent),
        Look::Spot(spot, Some(meta)) => (spot, meta),
    };
    Ok(match meta.kind {
        Kind::File => Node::Unread(disk.clone()),
        Kind::Folder => Node::Folder(on_disk(&meta, disk.clone())),
        Kind::Link => Node::Leaf(FileState::Link {
            target: spot.read_link()?,
        }),
        Kind::Other => {
            return Err(WorkspaceError::NotAFile {
                path: disk.clone(),
                found: meta.kind.described(),
            });
        }
    })
}
