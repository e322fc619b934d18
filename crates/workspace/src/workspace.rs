//! The workspace: the granted folders of a task, open.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use cap_fs_ext::MetadataExt as _;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use deskhand_types::{BlobStore, Grant, GrantMode, GuestPath, Timestamp};

use crate::cloud::Hydration;
use crate::error::WorkspaceError;
use crate::faults::Faults;
use crate::folder::{FileId, Folder};
use crate::path;

/// How much a workspace takes on. Every limit that bites is told in the error or the result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Largest file whose content a change-set may hold, in bytes.
    pub max_journal_bytes: u64,
    /// Most changes in one change-set.
    pub max_changes: usize,
    /// Most entries a listing or a walk looks at.
    pub max_entries: usize,
    /// How deep a walk goes below where it starts.
    pub max_depth: usize,
    /// Largest file a content search reads, in bytes.
    pub max_search_bytes: u64,
    /// How long a search may take, in milliseconds.
    pub max_search_ms: u64,
    /// Threads of a search; 0 is as many as the machine has, at most 8.
    pub search_threads: usize,
    /// Largest file a line diff is made of, in bytes.
    pub max_diff_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_journal_bytes: 4 << 30,
            max_changes: 100_000,
            max_entries: 1_000_000,
            max_depth: 128,
            max_search_bytes: 64 << 20,
            max_search_ms: 30_000,
            search_threads: 0,
            max_diff_bytes: 4 << 20,
        }
    }
}

/// The clock a workspace is given.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a workspace is made with.
#[derive(Clone)]
pub struct Options {
    /// How much it takes on.
    pub limits: Limits,
    /// The time, for change-sets and for the modification times of what is written.
    pub clock: Clock,
    /// Files whose content is in the cloud.
    pub hydration: Hydration,
    /// Places on this machine that are masked inside every grant, beside those masked by name:
    /// [`crate::protect::places`] of the person, with Deskhand's own folders.
    pub protected: Vec<PathBuf>,
    /// Files and folders that searches and the sandbox do not come to, though they may be named: those a rule keeps from
    /// being read unasked. `None` = there are none.
    pub barred: Option<Barred>,
    /// The seam for tests.
    pub faults: Option<Arc<dyn Faults>>,
}

/// Tells of a path whether it is barred.
pub type Barred = Arc<dyn Fn(&GuestPath) -> bool + Send + Sync>;

impl Options {
    /// Default limits, nothing masked but by name, no faults.
    pub fn new(clock: Clock) -> Self {
        Self {
            limits: Limits::default(),
            clock,
            hydration: Hydration::default(),
            protected: Vec::new(),
            barred: None,
            faults: None,
        }
    }
}

/// One granted folder, open.
#[derive(Clone)]
pub(crate) struct Mounted {
    pub(crate) grant: Grant,
    pub(crate) root: Folder,
}

impl Mounted {
    /// A folder the task brought along (skills in use): readable by its path, and never part of a search or of what a
    /// relative path may mean.
    pub(crate) fn is_hidden(&self) -> bool {
        self.grant.name.starts_with('.')
    }
}

/// The granted folders of a task, open, and everything that may be done in them. See the crate's invariants.
///
/// Methods may be called from several threads at once. Two change-sets applied at once on the same paths end in a
/// conflict for one of them, never in a mixture.
pub struct Workspace {
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) options: Options,
    mounted: RwLock<BTreeMap<String, Mounted>>,
    /// Identities of protected places.
    protected: HashSet<FileId>,
}

impl Workspace {
    /// A workspace with nothing granted. Earlier and new contents of files go to `blobs`.
    pub fn new(blobs: Arc<dyn BlobStore>, options: Options) -> Self {
        let protected = options.protected.iter().filter_map(|place| identity(place)).collect();
        Self {
            blobs,
            options,
            mounted: RwLock::default(),
            protected,
        }
    }

    /// The same folders, with more that searches do not come to. Folders granted afterwards to one are not granted to the
    /// other.
    #[must_use]
    pub fn barring(&self, more: Barred) -> Self {
        let mut options = self.options.clone();
        let before = options.barred.take();
        options.barred = Some(Arc::new(move |path: &GuestPath| {
            before.as_ref().is_some_and(|barred| barred(path)) || more(path)
        }));
        Self {
            blobs: self.blobs.clone(),
            options,
            mounted: RwLock::new(
                self.mounted
                    .read()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .clone(),
            ),
            protected: self.protected.clone(),
        }
    }

    /// Opens a granted folder and keeps it open under `/mnt/<name>`. Granting the same name again replaces the grant
    /// (a changed mode). Whether the folder may be granted at all was judged before ([`crate::protect::judge`]); what
    /// is refused here again is a folder that is itself a protected place.
    ///
    /// # Errors
    /// The folder cannot be opened, is protected, or its name is not one path component.
    pub fn add_grant(&self, grant: Grant) -> Result<(), WorkspaceError> {
        path::check_component(&grant.name).map_err(|why| WorkspaceError::BadPath {
            given: grant.name.clone(),
            why: why.to_owned(),
        })?;
        let shown = GuestPath::new(format!("{}{}", path::MNT, grant.name));
        if crate::protect::within_masked(Path::new(&grant.folder)) {
            return Err(WorkspaceError::Protected { path: shown });
        }
        let failed = |source| WorkspaceError::Io {
            path: shown.clone(),
            doing: "opened",
            source,
        };
        let dir = Dir::open_ambient_dir(&grant.folder, ambient_authority()).map_err(failed)?;
        let meta = dir.dir_metadata().map_err(failed)?;
        if self.protected.contains(&(meta.dev(), meta.ino())) {
            return Err(WorkspaceError::Protected { path: shown });
        }
        let root = Folder::new(Arc::new(dir), shown, self.options.faults.clone());
        let mut mounted = self.mounted.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        mounted.insert(grant.name.clone(), Mounted { grant, root });
        Ok(())
    }

    /// Closes a granted folder. Returns whether it was granted.
    pub fn remove_grant(&self, name: &str) -> bool {
        self.mounted
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(name)
            .is_some()
    }

    /// The granted folders, by name.
    pub fn grants(&self) -> Vec<Grant> {
        self.all_mounted().into_iter().map(|mounted| mounted.grant).collect()
    }

    pub(crate) fn all_mounted(&self) -> Vec<Mounted> {
        self.mounted
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(crate) fn mounted(&self, name: &str) -> Option<Mounted> {
        self.mounted
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// The guest names of the granted folders, for messages.
    pub(crate) fn granted(&self) -> String {
        let names: Vec<String> = self
            .all_mounted()
            .iter()
            .filter(|mounted| !mounted.is_hidden())
            .map(|mounted| mounted.root.path().to_string())
            .collect();
        if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Takes a guest path apart: its grant, open, and the components below it.
    pub(crate) fn open_grant<'a>(&self, path: &'a GuestPath) -> Result<(Mounted, Vec<&'a str>), WorkspaceError> {
        let (name, parts) = path::split(path)?;
        let mounted = self.mounted(name).ok_or_else(|| WorkspaceError::NoSuchGrant {
            given: path.to_string(),
            granted: self.granted(),
        })?;
        Ok((mounted, parts))
    }

    /// Refuses a path in a folder granted for reading only.
    pub(crate) fn check_writable(&self, path: &GuestPath) -> Result<(), WorkspaceError> {
        let (mounted, _) = self.open_grant(path)?;
        if mounted.grant.mode == GrantMode::ReadOnly {
            return Err(WorkspaceError::ReadOnly { path: path.clone() });
        }
        Ok(())
    }

    /// Whether identities have to be compared at all.
    pub(crate) fn has_protected(&self) -> bool {
        !self.protected.is_empty()
    }

    pub(crate) fn is_protected(&self, id: FileId) -> bool {
        self.protected.contains(&id)
    }

    /// The modification time of what is written now, in nanoseconds since 1970.
    pub(crate) fn now_ns(at: Timestamp) -> i128 {
        i128::from(at.0) * 1_000_000
    }
}

/// Device and number of a folder on this machine, or nothing where it does not exist.
fn identity(place: &Path) -> Option<FileId> {
    let meta = Dir::open_ambient_dir(place, ambient_authority())
        .ok()?
        .dir_metadata()
        .ok()?;
    Some((meta.dev(), meta.ino()))
}
