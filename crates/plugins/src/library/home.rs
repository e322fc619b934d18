//! The library's folder: its state, its locks, and sweeping what no state names.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::disk::{Disk, Fault};
use super::error::LibraryError;
use super::id::PluginId;
use super::ports::Ports;
use super::state::{FORM, Installed, State};

/// Replaced versions are kept so long, in seconds. Source: issue 5, A4.
const KEPT: u64 = 14 * 24 * 60 * 60;
/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Plugins and marketplaces below one folder.
#[derive(Clone)]
pub struct Library {
    pub(super) root: PathBuf,
    pub(super) ports: Ports,
    pub(super) disk: Disk,
}

/// As long as this lives, the version of the plugin it was taken for is not deleted.
#[derive(Debug)]
pub struct Held {
    file: Option<File>,
    path: PathBuf,
    /// The plugin's folder.
    pub root: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.file = None;
        free(&self.path);
    }
}

/// Removes a lock's file if nobody holds it. Answers whether nobody did.
fn free(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return true;
    };
    let is_free = file.try_lock().is_ok();
    if is_free {
        let _ = fs::remove_file(path);
    }
    is_free
}

/// A folder below `staging/` that is gone with this value.
#[derive(Debug)]
pub(super) struct Staging {
    pub folder: PathBuf,
    lock: PathBuf,
    file: Option<File>,
    disk: Disk,
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is swept when the library is next opened.
        if self.disk.remove(&self.folder).is_ok() {
            self.file = None;
            let _ = self.disk.remove(&self.lock);
            if let Some(parent) = self.lock.parent() {
                let _ = self.disk.prune(parent, parent.parent().unwrap_or(parent));
            }
        }
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl Library {
    /// Opens the library below `root` (made if missing; a path without spaces, since plugins put it unquoted into
    /// commands), and sweeps what interrupted steps left.
    pub fn open(root: &Path, ports: Ports) -> Result<Self, LibraryError> {
        Self::open_with(root, ports, None)
    }

    /// Like [`Library::open`], with a fault asked about before every change to the disk.
    pub fn open_with(root: &Path, ports: Ports, fault: Option<Fault>) -> Result<Self, LibraryError> {
        let library = Self {
            root: root.to_owned(),
            ports,
            disk: Disk::new(fault),
        };
        library.disk.make_folder(root)?;
        library.state()?;
        match library.lock() {
            Ok(_lock) => {
                let mut state = library.state()?;
                library.sweep_now(&mut state)?;
            }
            // Whoever works with it sweeps it.
            Err(LibraryError::Busy) => {}
            Err(other) => return Err(other),
        }
        Ok(library)
    }

    /// The library's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Deletes what is no longer needed: replaced versions after 14 days, never one that is held.
    pub fn sweep(&self) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        self.sweep_now(&mut state)
    }

    /// Keeps the installed version of a plugin from being deleted until the answer is dropped. For tasks that use it.
    pub fn hold(&self, id: &PluginId) -> Result<Held, LibraryError> {
        let _lock = self.lock()?;
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let path = self.hold_path(&installed.folder);
        if let Some(folder) = path.parent() {
            self.disk.make_folder(folder)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(LibraryError::file(&path))?;
        file.lock_shared().map_err(LibraryError::file(&path))?;
        Ok(Held {
            file: Some(file),
            path,
            root: self.root.join(&installed.folder),
        })
    }

    fn hold_path(&self, folder: &Path) -> PathBuf {
        let name = folder.to_string_lossy().replace(['/', '\\'], "+");
        self.root.join("holds").join(format!("{name}.lock"))
    }

    pub(super) fn lock(&self) -> Result<File, LibraryError> {
        let path = self.root.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(LibraryError::file(&path))?;
        let end = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => return Err(LibraryError::Busy),
                Err(TryLockError::Error(why)) => return Err(LibraryError::file(&path)(why)),
            }
        }
    }

    fn state_path(&self) -> PathBuf {
        self.root.join("state.json")
    }

    pub(super) fn state(&self) -> Result<State, LibraryError> {
        let path = self.state_path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                return Ok(State {
                    form: FORM,
                    ..State::default()
                });
            }
            Err(why) => return Err(LibraryError::file(&path)(why)),
        };
        let bad = |why: String| LibraryError::State {
            path: path.clone(),
            why,
        };
        let state: State = serde_json::from_slice(&bytes).map_err(|why| bad(why.to_string()))?;
        if state.form != FORM {
            return Err(bad(format!(
                "it has the form {}, this Deskhand knows {FORM}",
                state.form
            )));
        }
        let folders = state.plugins.values().map(|installed| &installed.folder);
        let folders = folders.chain(state.retired.iter().map(|retired| &retired.folder));
        if folders.into_iter().any(|folder| !is_below(folder))
            || state.doomed.iter().any(|name| !is_below(Path::new(name)))
        {
            return Err(bad("it names a folder that is not the library's".to_owned()));
        }
        Ok(state)
    }

    pub(super) fn save(&self, state: &State) -> Result<(), LibraryError> {
        let path = self.state_path();
        let text = serde_json::to_vec_pretty(state).map_err(|why| LibraryError::State {
            path: path.clone(),
            why: why.to_string(),
        })?;
        self.disk.replace(&path, &text)
    }

    /// A folder for work that may be thrown away.
    pub(super) fn staging(&self) -> Result<Staging, LibraryError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let parent = self.root.join("staging");
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let lock = parent.join(format!("{name}.lock"));
        let mut tries = 0;
        let file = loop {
            self.disk.make_folder(&parent)?;
            let opened = File::options().create(true).truncate(false).write(true).open(&lock);
            match opened {
                // Whoever was done last took the empty folder away in between.
                Err(why) if why.kind() == std::io::ErrorKind::NotFound && tries < 100 => tries += 1,
                opened => break opened.map_err(LibraryError::file(&lock))?,
            }
        };
        file.lock().map_err(LibraryError::file(&lock))?;
        let staging = Staging {
            folder: parent.join(name),
            lock,
            file: Some(file),
            disk: self.disk.clone(),
        };
        self.disk.remove(&staging.folder)?;
        self.disk.make_folder(&staging.folder)?;
        Ok(staging)
    }

    /// Deletes what the state does not name. The lock must be held.
    pub(super) fn sweep_now(&self, state: &mut State) -> Result<(), LibraryError> {
        let now = self.ports.seconds();
        let before = state.clone();
        for name in std::mem::take(&mut state.doomed) {
            self.disk.remove(&self.root.join("data").join(name))?;
        }
        if let Some(secrets) = &self.ports.secrets {
            state
                .doomed_secrets
                .retain(|(owner, key)| secrets.remove(owner, key).is_err());
        }
        let mut kept = Vec::new();
        for retired in std::mem::take(&mut state.retired) {
            let used = state
                .plugins
                .values()
                .any(|installed| installed.folder == retired.folder);
            let is_young = retired.since > 0 && now.saturating_sub(retired.since) < KEPT;
            if !used && (is_young || !free(&self.hold_path(&retired.folder))) {
                kept.push(retired);
            }
        }
        state.retired = kept;
        let mut named: BTreeSet<PathBuf> = state
            .plugins
            .values()
            .map(|installed| installed.folder.clone())
            .collect();
        named.extend(state.retired.iter().map(|retired| retired.folder.clone()));
        named.extend(state.marketplaces.values().map(|known| known.folder.clone()));
        self.sweep_folder(Path::new("cache"), 3, &named)?;
        self.sweep_folder(Path::new("marketplaces"), 2, &named)?;
        self.sweep_staging()?;
        if *state != before {
            self.save(state)?;
        }
        for folder in ["cache", "marketplaces", "staging", "data", "holds"] {
            self.disk.prune(&self.root.join(folder), &self.root)?;
        }
        self.disk.remove(&self.root.join("state.json.new"))
    }

    fn sweep_folder(&self, folder: &Path, depth: usize, named: &BTreeSet<PathBuf>) -> Result<(), LibraryError> {
        for entry in fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten() {
            let inside = folder.join(entry.file_name());
            let path = self.root.join(&inside);
            if named.contains(&inside) {
                continue;
            }
            if depth > 1 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.sweep_folder(&inside, depth - 1, named)?;
                self.disk.prune(&path, &self.root)?;
            } else {
                self.disk.remove(&path)?;
            }
        }
        Ok(())
    }

    fn sweep_staging(&self) -> Result<(), LibraryError> {
        let parent = self.root.join("staging");
        let names: BTreeSet<_> = fs::read_dir(&parent)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        for path in names {
            let is_lock = path.extension().is_some_and(|end| end == "lock");
            let lock = if is_lock {
                path.clone()
            } else {
                path.with_extension("lock")
            };
            if free(&lock) && !is_lock {
                self.disk.remove(&path)?;
            }
        }
        Ok(())
    }

    /// What is installed, sorted by id.
    pub fn installed(&self) -> Result<Vec<(PluginId, Installed)>, LibraryError> {
        Ok(self.state()?.plugins.into_iter().collect())
    }

    /// The folder where a plugin keeps its own data; made when first asked for, deleted when it is removed for good.
    pub fn data_folder(&self, id: &PluginId) -> Result<PathBuf, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let path = self.root.join("data").join(&installed.data);
        self.disk.make_folder(&path)?;
        Ok(path)
    }
}

/// Whether a path of the state stays below the library.
fn is_below(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}
