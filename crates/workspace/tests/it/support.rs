//! A workspace on a temporary folder, a blob store in memory, and a comparison of whole trees.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use deskhand_types::{BlobError, BlobStore, CallId, Cause, ChangeSet, Grant, GrantMode, GuestPath, Hash, Timestamp};
use deskhand_workspace::{Applied, ApplyError, Edit, Faults, Options, Workspace, WorkspaceError};

#[derive(Default)]
pub struct MemoryBlobs(Mutex<HashMap<Hash, Vec<u8>>>);

impl BlobStore for MemoryBlobs {
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError> {
        let hash = Hash::of(bytes);
        self.0.lock().unwrap().insert(hash, bytes.to_vec());
        Ok(hash)
    }
    fn put_reader(&self, reader: &mut dyn Read) -> Result<(Hash, u64), BlobError> {
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| BlobError::Store(error.to_string()))?;
        Ok((self.put(&bytes)?, bytes.len() as u64))
    }
    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError> {
        self.0
            .lock()
            .unwrap()
            .get(hash)
            .cloned()
            .ok_or(BlobError::Missing(*hash))
    }
    fn copy_to(&self, hash: &Hash, out: &mut dyn Write) -> Result<u64, BlobError> {
        let bytes = self.get(hash)?;
        out.write_all(&bytes)
            .map_err(|error| BlobError::Store(error.to_string()))?;
        Ok(bytes.len() as u64)
    }
    fn contains(&self, hash: &Hash) -> Result<bool, BlobError> {
        Ok(self.0.lock().unwrap().contains_key(hash))
    }
}

/// A folder `work` granted read-write, beside a folder `outside` that is not.
pub struct Desk {
    pub dir: tempfile::TempDir,
    pub blobs: Arc<MemoryBlobs>,
    pub clock: Arc<AtomicI64>,
    pub workspace: Workspace,
    next: AtomicU64,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// In memory where the system has such a place: for tests that make hundreds of desks and sync thousands of times.
    pub fn fast() -> Self {
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        Self::in_dir(dir.unwrap(), |_| {})
    }

    pub fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), adjust)
    }

    fn in_dir(dir: tempfile::TempDir, adjust: impl FnOnce(&mut Options)) -> Self {
        std::fs::create_dir(dir.path().join("work")).unwrap();
        std::fs::create_dir(dir.path().join("outside")).unwrap();
        let blobs = Arc::new(MemoryBlobs::default());
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000));
        let workspace = open(&dir.path().join("work"), blobs.clone(), clock.clone(), adjust);
        Self {
            dir,
            blobs,
            clock,
            workspace,
            next: AtomicU64::new(0),
        }
    }

    /// Another workspace on the same folder and blobs, as a process started anew would have.
    pub fn reopened(&self, faults: Option<Arc<dyn Faults>>) -> Workspace {
        open(&self.work(), self.blobs.clone(), self.clock.clone(), |options| {
            options.faults = faults;
        })
    }

    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    pub fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }

    /// Puts a file into the folder behind the workspace's back.
    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.work().join(name)).unwrap()
    }

    pub fn prepare(&self, edits: Vec<Edit>) -> Result<ChangeSet, WorkspaceError> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        self.workspace
            .prepare(format!("01task.{n}").as_str().into(), call(), edits)
    }

    pub fn apply(&self, edits: Vec<Edit>) -> ChangeSet {
        let set = self.prepare(edits).unwrap();
        self.workspace.apply(&set).unwrap();
        set
    }

    pub fn undo(&self, set: &ChangeSet) -> (ChangeSet, Result<Applied, ApplyError>) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let cause = Cause::Undo {
            of: vec![set.id.clone()],
        };
        let inverse = deskhand_workspace::invert(set, format!("01task.{n}").as_str().into(), cause, Timestamp(0));
        let result = self.workspace.apply(&inverse);
        (inverse, result)
    }

    pub fn undo_of(&self, sets: &[ChangeSet], path: Option<&GuestPath>) -> ChangeSet {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let cause = Cause::Undo {
            of: sets.iter().rev().map(|set| set.id.clone()).collect(),
        };
        self.workspace
            .undo_of(sets, path, format!("01task.{n}").as_str().into(), cause)
            .unwrap()
    }

    pub fn tree(&self) -> Tree {
        tree(&self.work())
    }
}

fn open(work: &Path, blobs: Arc<MemoryBlobs>, clock: Arc<AtomicI64>, adjust: impl FnOnce(&mut Options)) -> Workspace {
    // Every look at the clock is ten seconds later, so that times that should be kept differ from times that are new.
    let mut options = Options::new(Arc::new(move || Timestamp(clock.fetch_add(10_000, Ordering::Relaxed))));
    adjust(&mut options);
    let workspace = Workspace::new(blobs, options);
    workspace.add_grant(grant("work", work, GrantMode::ReadWrite)).unwrap();
    workspace
}

pub fn grant(name: &str, folder: &Path, mode: GrantMode) -> Grant {
    Grant {
        name: name.into(),
        folder: folder.to_str().unwrap().into(),
        mode,
        outside_home: false,
    }
}

pub fn call() -> Cause {
    Cause::Call {
        call: CallId::new("call"),
    }
}

/// A guest path in the grant `work`.
pub fn at(name: &str) -> GuestPath {
    if name.is_empty() {
        GuestPath::new("/mnt/work")
    } else {
        GuestPath::new(format!("/mnt/work/{name}"))
    }
}

pub fn write(name: &str, text: &str) -> Edit {
    Edit::Write {
        path: at(name),
        bytes: text.as_bytes().to_vec(),
        expect: None,
    }
}

pub fn delete(name: &str) -> Edit {
    Edit::Delete { path: at(name) }
}

pub fn rename(from: &str, to: &str) -> Edit {
    Edit::Move {
        from: at(from),
        to: at(to),
    }
}

pub fn folder(name: &str) -> Edit {
    Edit::MakeFolder { path: at(name) }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    File {
        bytes: Vec<u8>,
        mode: u32,
        mtime: (i64, i64),
    },
    Folder {
        mode: u32,
        mtime: (i64, i64),
    },
    Link {
        target: PathBuf,
    },
}

/// Everything in a folder, itself as the empty path: content, modes, times of files and folders, links.
pub type Tree = BTreeMap<PathBuf, Item>;

pub fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    collect(root, Path::new(""), &mut found);
    found
}

fn collect(root: &Path, below: &Path, found: &mut Tree) {
    let path = root.join(below);
    let meta = std::fs::symlink_metadata(&path).unwrap();
    let (mode, mtime) = mode_and_time(&meta);
    let item = if meta.is_symlink() {
        Item::Link {
            target: std::fs::read_link(&path).unwrap(),
        }
    } else if meta.is_dir() {
        for entry in std::fs::read_dir(&path).unwrap() {
            collect(root, &below.join(entry.unwrap().file_name()), found);
        }
        Item::Folder { mode, mtime }
    } else {
        Item::File {
            bytes: std::fs::read(&path).unwrap(),
            mode,
            mtime,
        }
    };
    found.insert(below.to_owned(), item);
}

#[cfg(unix)]
fn mode_and_time(meta: &std::fs::Metadata) -> (u32, (i64, i64)) {
    use std::os::unix::fs::MetadataExt;
    (meta.mode() & 0o7777, (meta.mtime(), meta.mtime_nsec()))
}

#[cfg(not(unix))]
fn mode_and_time(meta: &std::fs::Metadata) -> (u32, (i64, i64)) {
    let since = meta.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    (0, (since.as_secs() as i64, i64::from(since.subsec_nanos())))
}

/// Sets a modification time, in seconds and nanoseconds since 1970.
pub fn set_time(path: &Path, seconds: u64, nanos: u32) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(seconds, nanos);
    std::fs::File::open(path).unwrap().set_modified(time).unwrap();
}

/// Names of Deskhand's temporary files anywhere in a tree.
pub fn leftovers(tree: &Tree) -> Vec<PathBuf> {
    tree.keys()
        .filter(|path| path.to_string_lossy().contains(".deskhand-"))
        .cloned()
        .collect()
}
