//! Every change the library makes to the disk goes through here, so that a test can fail each of them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::LibraryError;

/// Asked before every change with the operation's name and the path; an error stands for a failed or cut-off operation.
pub type Fault = Arc<dyn Fn(&str, &Path) -> io::Result<()> + Send + Sync>;

/// The disk, with a fault in it or not.
#[derive(Clone, Default)]
pub(super) struct Disk {
    fault: Option<Fault>,
}

impl Disk {
    pub fn new(fault: Option<Fault>) -> Self {
        Self { fault }
    }

    fn go(&self, operation: &str, path: &Path) -> Result<(), LibraryError> {
        self.fault
            .as_ref()
            .map_or(Ok(()), |fault| fault(operation, path))
            .map_err(LibraryError::file(path))
    }

    pub fn make_folder(&self, path: &Path) -> Result<(), LibraryError> {
        if path.is_dir() {
            return Ok(());
        }
        self.go("make-folder", path)?;
        fs::create_dir_all(path).map_err(LibraryError::file(path))
    }

    /// A new file from what `from` gives. The mode is 0755 or 0644.
    pub fn create(&self, path: &Path, from: &mut dyn Read, executable: bool) -> Result<u64, LibraryError> {
        self.go("create", path)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(if executable { 0o755 } else { 0o644 });
        }
        #[cfg(not(unix))]
        let _ = executable;
        let mut file = options.open(path).map_err(LibraryError::file(path))?;
        io::copy(from, &mut file).map_err(LibraryError::file(path))
    }

    /// A relative link.
    #[cfg(unix)]
    pub fn link(&self, target: &Path, path: &Path) -> Result<(), LibraryError> {
        self.go("link", path)?;
        std::os::unix::fs::symlink(target, path).map_err(LibraryError::file(path))
    }

    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), LibraryError> {
        self.go("rename", to)?;
        fs::rename(from, to).map_err(LibraryError::file(to))?;
        to.parent().map_or(Ok(()), sync_folder)
    }

    /// Removes a file, link or folder; nothing there is no error.
    pub fn remove(&self, path: &Path) -> Result<(), LibraryError> {
        let Ok(kind) = path.symlink_metadata() else {
            return Ok(());
        };
        self.go("remove", path)?;
        let done = if kind.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        match done {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(LibraryError::file(path)(why)),
            _ => Ok(()),
        }
    }

    /// Removes empty folders from `path` upwards, up to and not with `stop`.
    pub fn prune(&self, path: &Path, stop: &Path) -> Result<(), LibraryError> {
        let mut folder = path.to_owned();
        while folder.starts_with(stop) && folder != stop {
            let empty = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
            if empty {
                self.go("prune", &folder)?;
                let _ = fs::remove_dir(&folder);
            } else if folder.exists() {
                break;
            }
            if !folder.pop() {
                break;
            }
        }
        Ok(())
    }

    /// Replaces a file as a whole: beside it, synced, renamed over it.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), LibraryError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        self.go("write", &beside)?;
        let mut file = File::create(&beside).map_err(LibraryError::file(&beside))?;
        file.write_all(bytes).map_err(LibraryError::file(&beside))?;
        self.go("sync", &beside)?;
        file.sync_all().map_err(LibraryError::file(&beside))?;
        drop(file);
        self.rename(&beside, path)
    }
}

/// Makes a rename in this folder last through a loss of power, where the system can.
fn sync_folder(path: &Path) -> Result<(), LibraryError> {
    #[cfg(unix)]
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(LibraryError::file(path))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
