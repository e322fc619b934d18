//! Granted folders as the sandbox may see them: reading only, through a trait that `workspace` implements.

use crate::GuestPath;

/// What kind of thing is shared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SharedKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, never followed by who shares.
    Link,
}

/// What tells one version of a file from another without reading it. Opaque: only equality counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Stamp {
    /// Identity on this machine: device and file number, or the like.
    pub id: (u64, u64),
    /// Length in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: Option<i128>,
    /// Time of the last change of content or attributes, where the system keeps it.
    pub ctime_ns: Option<i128>,
}

/// What is known of a shared path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shared {
    /// Its kind.
    pub kind: SharedKind,
    /// Length in bytes; of a link: of its target.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: Option<i128>,
    /// Permission bits, where the system keeps them.
    pub mode: Option<u32>,
    /// Version.
    pub stamp: Stamp,
}

/// An entry of a shared folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedEntry {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SharedKind,
}

/// Why a shared path cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ShareError {
    /// There is nothing, or it may not be seen.
    #[error("there is no such file or folder")]
    Absent,
    /// A file where a folder was wanted.
    #[error("this is not a folder")]
    NotAFolder,
    /// A folder or link where a file was wanted.
    #[error("this is not a regular file")]
    NotAFile,
    /// It is there and must not be read (a placeholder of a cloud drive, a device).
    #[error("this must not be read")]
    Refused,
    /// The system failed.
    #[error("it could not be read")]
    Failed,
}

/// An open shared file.
pub trait SharedFile: Send + Sync {
    /// Fills `buffer` from `offset`; returns how many bytes there were. 0 = at the end.
    ///
    /// # Errors
    /// [`ShareError::Failed`].
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ShareError>;
    /// What stands there now, of the open file.
    ///
    /// # Errors
    /// [`ShareError::Failed`].
    fn shared(&self) -> Result<Shared, ShareError>;
}

/// The granted folders, for reading. Links are never followed, masked places are absent.
pub trait SharedFolders: Send + Sync {
    /// What stands at `path`.
    ///
    /// # Errors
    /// [`ShareError::Absent`] and others.
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError>;
    /// The entries of a folder, at most `limit`, in a stable order.
    ///
    /// # Errors
    /// Not a folder, or it cannot be read.
    fn list(&self, path: &GuestPath, limit: usize) -> Result<Vec<SharedEntry>, ShareError>;
    /// Opens a regular file.
    ///
    /// # Errors
    /// Not a regular file, or it must not be read.
    fn open(&self, path: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError>;
    /// The target of a link, as stored.
    ///
    /// # Errors
    /// Not a link.
    fn target(&self, path: &GuestPath) -> Result<String, ShareError>;
    /// Watches for changes by others and tells the paths that changed; `None` where that cannot be had. Only a hint: some
    /// changes are told late, twice, or not at all, and of many at once only the granted folder may be told. Nothing is
    /// watched but the folders named to what is returned; dropping it ends the watching.
    fn watch(&self, changed: Box<dyn Fn(GuestPath) + Send + Sync>) -> Option<Box<dyn SharedWatch>> {
        let _ = changed;
        None
    }
}

/// Shared folders being watched.
pub trait SharedWatch: Send + Sync {
    /// What is directly in `folder` is watched too from now on. Does nothing where it is already, or where too much is.
    fn folder(&self, folder: &GuestPath);
}
