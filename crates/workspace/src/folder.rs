//! An open folder inside a grant: everything done to the user's files is one of these methods on one name.
//!
//! A [`Folder`] holds a directory handle, never a path of the host. Each method takes a single name, never follows a
//! link in it and asks the test seam first. Folders are reached only from the handle of the grant, one name at a time,
//! so that whatever happens to the tree meanwhile, no step leaves it.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use cap_fs_ext::{DirExt as _, FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use deskhand_types::{BlobError, GuestPath, Hash, Stamp};

use crate::error::WorkspaceError;
use crate::faults::{Faults, FsOp};
use crate::platform::{self, Strength};

/// What kind of thing an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link (on Windows also a junction).
    Link,
    /// A device, pipe or socket: never opened.
    Other,
}

impl Kind {
    /// For messages: "a folder".
    pub const fn described(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a link",
            Self::Other => "a device, pipe or socket",
        }
    }

    pub(crate) fn of(kind: cap_std::fs::FileType) -> Self {
        if kind.is_symlink() {
            Self::Link
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_file() {
            Self::File
        } else {
            Self::Other
        }
    }
}

/// What is known of an entry without reading it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meta {
    /// Its kind; links are not followed.
    pub kind: Kind,
    /// Size in bytes (of a link: unspecified).
    pub size: u64,
    /// Modification time in nanoseconds since 1970, where the system tells.
    pub mtime_ns: Option<i128>,
    /// Permission bits on Unix.
    pub mode: Option<u32>,
    /// Number of names the file has. More than one: some may lie outside the grant.
    pub links: u64,
    /// Whether the content is in the cloud, as far as can be seen without reading.
    pub placeholder: Option<crate::cloud::Placeholder>,
    /// Identity on this machine.
    pub(crate) id: FileId,
    /// Time of the last change of content or attributes in nanoseconds since 1970, where the system keeps it.
    pub(crate) ctime_ns: Option<i128>,
}

/// Device and file number.
pub(crate) type FileId = (u64, u64);

impl Meta {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self {
            kind: Kind::of(meta.file_type()),
            size: meta.len(),
            mtime_ns: meta.modified().ok().map(|time| platform::nanoseconds(time.into_std())),
            mode: platform::mode_of(meta),
            links: meta.nlink(),
            placeholder: crate::cloud::Marks::unopened(&crate::cloud::SystemMarks, meta),
            id: (meta.dev(), meta.ino()),
            ctime_ns: platform::ctime_of(meta),
        }
    }

    /// What tells this version from another.
    pub(crate) const fn stamp(&self) -> Stamp {
        Stamp {
            id: self.id,
            size: self.size,
            mtime_ns: self.mtime_ns,
            ctime_ns: self.ctime_ns,
        }
    }
}

/// An open folder inside a grant.
#[derive(Clone)]
pub(crate) struct Folder {
    dir: Arc<Dir>,
    /// Where it is, as people see it.
    path: GuestPath,
    faults: Option<Arc<dyn Faults>>,
}

impl Folder {
    pub(crate) fn new(dir: Arc<Dir>, path: GuestPath, faults: Option<Arc<dyn Faults>>) -> Self {
        Self { dir, path, faults }
    }

    pub(crate) fn path(&self) -> &GuestPath {
        &self.path
    }

    pub(crate) fn dir(&self) -> &Arc<Dir> {
        &self.dir
    }

    pub(crate) fn child_path(&self, name: &str) -> GuestPath {
        crate::path::child(&self.path, name)
    }

    fn ask(&self, op: FsOp, name: &str) -> io::Result<()> {
        match &self.faults {
            Some(faults) => faults.before(op, self.child_path(name).as_str()),
            None => Ok(()),
        }
    }

    fn ask_self(&self, op: FsOp) -> io::Result<()> {
        match &self.faults {
            Some(faults) => faults.before(op, self.path.as_str()),
            None => Ok(()),
        }
    }

    /// Opens the folder `name`; fails when it is a link, also one put there this instant.
    pub(crate) fn open_folder(&self, name: &str) -> io::Result<Self> {
        self.ask(FsOp::OpenFolder, name)?;
        let dir = self.dir.open_dir_nofollow(platform::one_name(name)?)?;
        Ok(Self {
            dir: Arc::new(dir),
            path: self.child_path(name),
            faults: self.faults.clone(),
        })
    }

    /// What stands at `name`; `None` for nothing.
    pub(crate) fn inspect(&self, name: &str) -> io::Result<Option<Meta>> {
        self.ask(FsOp::Inspect, name)?;
        match self.dir.symlink_metadata(platform::one_name(name)?) {
            Ok(meta) => Ok(Some(Meta::of(&meta))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is known of this folder itself.
    pub(crate) fn inspect_self(&self) -> io::Result<Meta> {
        self.ask_self(FsOp::Inspect)?;
        Ok(Meta::of(&self.dir.dir_metadata()?))
    }

    /// Opens the regular file `name` for reading; what is not one is not opened (a pipe would block, a device act).
    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        self.ask(FsOp::OpenFile, name)?;
        open_regular(&self.dir, name)
    }

    /// The names in this folder; one that is not Unicode comes as `None`.
    pub(crate) fn names(&self) -> io::Result<Vec<Option<String>>> {
        self.ask_self(FsOp::ListFolder)?;
        self.dir
            .entries()?
            .map(|entry| Ok(entry?.file_name().into_string().ok()))
            .collect()
    }

    /// As [`Self::names`], with the kinds the system tells in passing; links are not followed.
    pub(crate) fn kinds(&self) -> io::Result<Vec<(Option<String>, Kind)>> {
        self.ask_self(FsOp::ListFolder)?;
        self.dir
            .entries()?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().into_string().ok(), Kind::of(entry.file_type()?)))
            })
            .collect()
    }

    /// Where the link `name` points, as stored. A target that is not Unicode is an error.
    pub(crate) fn read_link(&self, name: &str) -> io::Result<String> {
        self.ask(FsOp::ReadLink, name)?;
        let target = self.dir.read_link_contents(platform::one_name(name)?)?;
        target
            .into_os_string()
            .into_string()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the link's target is not Unicode"))
    }

    /// Hash and length of the regular file `name`.
    pub(crate) fn hash(&self, name: &str, op: FsOp) -> io::Result<(Hash, u64)> {
        let mut file = self.open_file(name)?;
        self.ask(op, name)?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0_u8; 64 * 1024];
        let mut length = 0_u64;
        loop {
            let got = file.read(&mut buffer)?;
            if got == 0 {
                break;
            }
            hasher.update(buffer.get(..got).unwrap_or_default());
            length += got as u64;
        }
        Ok((Hash::from_bytes(*hasher.finalize().as_bytes()), length))
    }

    /// Makes the new file `name` of `size` bytes with what `fill` writes, durable, with mode and time set. What a
    /// failure leaves behind is the caller's to remove.
    pub(crate) fn write_new(&self, name: &str, new: &NewFile<'_>) -> Result<(), WorkspaceError> {
        let failed = |source| WorkspaceError::Io {
            path: self.child_path(name),
            doing: "written",
            source,
        };
        let file = self.create_temp(name).map_err(failed)?;
        self.ask(FsOp::Write, name).map_err(failed)?;
        let mut out = Halves {
            folder: self,
            name,
            file,
            left: new.size / 2,
            asked: false,
            error: None,
        };
        if let Err(error) = (new.fill)(&mut out) {
            return Err(out.error.take().map_or_else(|| error.into(), failed));
        }
        let file = out.file;
        self.finish_new(name, &file, new).map_err(failed)
    }

    fn create_temp(&self, name: &str) -> io::Result<File> {
        self.ask(FsOp::CreateTemp, name)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).follow(FollowSymlinks::No);
        #[cfg(unix)]
        {
            // Private until its real mode is set.
            use cap_std::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        self.dir.open_with(platform::one_name(name)?, &options)
    }

    fn finish_new(&self, name: &str, file: &File, new: &NewFile<'_>) -> io::Result<()> {
        if let Some(mode) = new.mode {
            self.ask(FsOp::SetMode, name)?;
            platform::set_file_mode(file, mode)?;
        }
        if let Some(ns) = new.mtime_ns {
            self.ask(FsOp::SetTime, name)?;
            platform::set_file_mtime(file, ns)?;
        }
        self.ask(FsOp::SyncFile, name)?;
        file.sync_all()
    }

    /// Sets the permission bits of the regular file `name` in place, keeping its time. `false`: the file has other
    /// names too, which must not change with it; nothing was done.
    pub(crate) fn set_file_mode(&self, name: &str, mode: u32) -> io::Result<bool> {
        let file = self.open_file(name)?;
        if file.metadata()?.nlink() > 1 {
            return Ok(false);
        }
        self.ask(FsOp::SetMode, name)?;
        platform::set_file_mode(&file, mode)?;
        Ok(true)
    }

    /// Sets this folder's permission bits.
    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.ask_self(FsOp::SetMode)?;
        platform::set_folder_mode(&self.dir, mode)
    }

    /// Sets this folder's modification time.
    pub(crate) fn set_mtime(&self, ns: i128) -> io::Result<()> {
        self.ask_self(FsOp::SetTime)?;
        platform::set_folder_mtime(&self.dir, ns)
    }

    /// Renames `old` here to `new` in `to`; fails with `AlreadyExists` when that name is taken.
    pub(crate) fn rename_new(&self, old: &str, to: &Self, new: &str) -> io::Result<Strength> {
        self.ask(FsOp::Rename, old)?;
        platform::rename_new(&self.dir, old, &to.dir, new)
    }

    /// Renames `old` here to `new` in `to`, over what is there: only for two spellings of one entry.
    pub(crate) fn respell(&self, old: &str, to: &Self, new: &str) -> io::Result<()> {
        self.ask(FsOp::Rename, old)?;
        platform::rename_over(&self.dir, old, &to.dir, new)
    }

    /// Swaps the files `fresh` and `target`: what stood at `target` stands at `fresh` then. The test seam can play a
    /// file system that cannot swap by failing [`FsOp::Exchange`] with [`io::ErrorKind::Unsupported`].
    pub(crate) fn exchange(&self, fresh: &str, target: &str) -> io::Result<Strength> {
        let swapped = match self.ask(FsOp::Exchange, target) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => false,
            asked => asked.and_then(|()| platform::exchange(&self.dir, fresh, target))?,
        };
        if swapped {
            return Ok(Strength::Atomic);
        }
        let (fresh, target) = (platform::one_name(fresh)?, platform::one_name(target)?);
        platform::exchange_by_aside(&self.dir, fresh, target, &|| self.ask(FsOp::Rename, fresh))?;
        Ok(Strength::Checked)
    }

    /// Makes a symbolic link; fails when the name is taken.
    pub(crate) fn make_link(&self, target: &str, name: &str) -> io::Result<()> {
        self.ask(FsOp::MakeLink, name)?;
        platform::make_link(&self.dir, target, name)
    }

    /// Makes a folder only its owner may enter; fails when the name is taken.
    pub(crate) fn make_folder(&self, name: &str) -> io::Result<()> {
        self.ask(FsOp::MakeFolder, name)?;
        platform::make_folder(&self.dir, name)
    }

    /// Removes a file or link whose content the caller knows to be kept elsewhere.
    pub(crate) fn remove_entry(&self, name: &str) -> io::Result<()> {
        self.ask(FsOp::RemoveFile, name)?;
        platform::remove_entry(&self.dir, name)
    }

    /// Removes an empty folder.
    pub(crate) fn remove_folder(&self, name: &str) -> io::Result<()> {
        self.ask(FsOp::RemoveFolder, name)?;
        self.dir.remove_dir(platform::one_name(name)?)
    }

    /// Makes the names in this folder durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.ask_self(FsOp::SyncFolder)?;
        platform::sync_folder(&self.dir)
    }
}

/// A file about to be written.
pub(crate) struct NewFile<'a> {
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Writes its content.
    pub(crate) fill: &'a dyn Fn(&mut dyn io::Write) -> Result<u64, BlobError>,
    /// Its permission bits.
    pub(crate) mode: Option<u32>,
    /// Its modification time.
    pub(crate) mtime_ns: Option<i128>,
}

/// Writes to a file and asks the test seam when half is through, so that torn writes can be played.
struct Halves<'a> {
    folder: &'a Folder,
    name: &'a str,
    file: File,
    /// Bytes until the seam is asked.
    left: u64,
    asked: bool,
    /// The first error, kept since the blob store may only pass on its text.
    error: Option<io::Error>,
}

impl Halves<'_> {
    fn step(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.asked {
            return self.file.write(bytes);
        }
        if self.left == 0 {
            self.folder.ask(FsOp::WriteRest, self.name)?;
            self.asked = true;
            return self.file.write(bytes);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        let written = self.file.write(bytes.get(..most).unwrap_or(bytes))?;
        self.left -= written as u64;
        Ok(written)
    }
}

impl io::Write for Halves<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.step(bytes).map_err(|error| {
            let told = io::Error::new(error.kind(), error.to_string());
            self.error.get_or_insert(error);
            told
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens the regular file `name` in `dir` for reading, following no link and never blocking on a pipe.
pub(crate) fn open_regular(dir: &Dir, name: &str) -> io::Result<File> {
    // Looked at first: opening a device can already have an effect.
    if !dir.symlink_metadata(platform::one_name(name)?)?.is_file() {
        return Err(not_regular());
    }
    Ok(open_listed(dir, name)?.0)
}

/// As [`open_regular`], for a name that was just listed as a regular file; with what is known of it.
pub(crate) fn open_listed(dir: &Dir, name: &str) -> io::Result<(File, Meta)> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = dir.open_with(platform::one_name(name)?, &options)?;
    // Looked at through the handle: it may have been swapped in between.
    let meta = Meta::of(&file.metadata()?);
    if meta.kind == Kind::File {
        Ok((file, meta))
    } else {
        Err(not_regular())
    }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}
