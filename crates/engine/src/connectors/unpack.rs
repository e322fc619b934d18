//! The files of bundles, in Deskhand's own folder: unpacked beside, then put in place in one step, so that a bundle is
//! there whole or not at all; what a crash left is removed at the next change.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use deskhand_mcp::bundle::{Bundle, BundleError, Entry, Sink};

/// What folders that are not finished begin with.
const UNFINISHED: &str = ".new-";

/// The folder of all bundles, to be changed by one process at a time.
pub(super) struct Bundles {
    all: PathBuf,
    _lock: File,
}

#[expect(
    clippy::disallowed_methods,
    reason = "Deskhand's own data folder, not a granted one; paths in bundles are judged before"
)]
impl Bundles {
    /// The folder within Deskhand's data folder. Waits while another process changes it.
    pub fn open(home: &Path) -> std::io::Result<Self> {
        let all = home.join("bundles");
        std::fs::create_dir_all(&all)?;
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(all.join(".lock"))?;
        lock.lock()?;
        Ok(Self { all, _lock: lock })
    }

    /// The folder of a bundle: of its connector's name, and of its content.
    pub fn folder(home: &Path, name: &str, hash: &str) -> PathBuf {
        let mark = hash.get(..12).unwrap_or(hash);
        home.join("bundles").join(format!("{name}-{mark}"))
    }

    /// Unpacks a bundle to `folder`, which is one of [`Bundles::folder`].
    pub fn unpack(&self, bundle: &mut Bundle, folder: &Path) -> Result<(), BundleError> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let fresh = self.all.join(format!("{UNFINISHED}{name}"));
        let mut put = || -> Result<(), BundleError> {
            remove(&fresh).map_err(BundleError::Unpack)?;
            std::fs::create_dir(&fresh).map_err(BundleError::Unpack)?;
            bundle.unpack(&mut Below(fresh.clone()))?;
            let place = || {
                remove(folder)?;
                std::fs::rename(&fresh, folder)?;
                synced(&self.all)
            };
            place().map_err(BundleError::Unpack)
        };
        put().inspect_err(|_| drop(remove(&fresh)))
    }

    /// Removes every bundle that is none of `kept`, and what was never finished.
    pub fn sweep(&self, kept: &[PathBuf]) -> std::io::Result<()> {
        for entry in std::fs::read_dir(&self.all)? {
            let path = entry?.path();
            let is_lock = path.file_name().is_some_and(|name| name == ".lock");
            if !is_lock && !kept.contains(&path) {
                remove(&path)?;
            }
        }
        synced(&self.all)
    }
}

/// Removes a folder with all in it, if it is there. Links are removed, not followed.
#[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
pub(super) fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What is in a folder is there after a power cut, too.
#[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
fn synced(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Takes files below a new folder.
struct Below(PathBuf);

impl Sink for Below {
    #[expect(
        clippy::disallowed_methods,
        reason = "Deskhand's own data folder; the path was judged and cannot lead out of it"
    )]
    fn file(&mut self, entry: &Entry, content: &mut dyn Read) -> std::io::Result<()> {
        let path = self.0.join(&entry.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, entry.mode.unwrap_or(0o644) | 0o600);
        let mut file = options.open(&path)?;
        std::io::copy(content, &mut file)?;
        file.sync_all()
    }
}
