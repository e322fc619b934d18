//! Looking and reading.

use std::io::Read as _;

use deskhand_types::GuestPath;

use crate::cloud::{self, Hydration, Marks as _, Placeholder, SystemMarks};
use crate::error::WorkspaceError;
use crate::folder::{Folder, Kind, Meta};
use crate::resolve::{Links, Place, Spot, io_error};
use crate::workspace::Workspace;

/// One entry of a listing or a search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where.
    pub path: GuestPath,
    /// Its kind; links are not followed.
    pub kind: Kind,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: Option<i128>,
}

/// The entries of one folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The folder.
    pub folder: GuestPath,
    /// Its entries: folders first, then by name without case.
    pub entries: Vec<Entry>,
    /// Entries that were left out since the limit was reached.
    pub truncated: usize,
    /// Entries that are there but cannot be named (not Unicode) or looked at. Masked places are not counted: they do
    /// not exist here.
    pub unreadable: usize,
}

impl Workspace {
    /// What stands at `path`, links followed while they stay in the grant.
    ///
    /// # Errors
    /// [`WorkspaceError::NotFound`], or the path cannot be followed.
    pub fn stat(&self, path: &GuestPath) -> Result<Meta, WorkspaceError> {
        match self.resolve(path, Links::Follow)? {
            Place::Root(root) => root
                .inspect_self()
                .map_err(|source| io_error(path, "looked at", source)),
            Place::Entry(spot) => match spot.inspect()? {
                Some(mut meta) => {
                    meta.placeholder = meta.placeholder.or_else(|| stands_in(&spot, &meta));
                    Ok(meta)
                }
                None => Err(missing(path, &spot)),
            },
        }
    }

    /// The whole content of the file at `path`, links followed while they stay in the grant.
    ///
    /// # Errors
    /// [`WorkspaceError::TooLarge`] over `max_bytes`; a placeholder (see [`Hydration`]); fewer bytes than the file
    /// has; not a regular file.
    pub fn read(&self, path: &GuestPath, max_bytes: u64) -> Result<Vec<u8>, WorkspaceError> {
        let spot = self.file_spot(path)?;
        let (mut file, size) = self.open_content(&spot)?;
        if size > max_bytes {
            return Err(WorkspaceError::TooLarge {
                path: path.clone(),
                size,
                limit: max_bytes,
            });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(16 << 20));
        let got = file
            .by_ref()
            .take(max_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| io_error(path, "read", source))? as u64;
        if got > max_bytes {
            return Err(WorkspaceError::TooLarge {
                path: path.clone(),
                size: got,
                limit: max_bytes,
            });
        }
        if got < size {
            return Err(WorkspaceError::ShortRead {
                path: path.clone(),
                got,
                size,
            });
        }
        Ok(bytes)
    }

    /// The content of the file at `path` as a stream, for parsers of large files; with its size in bytes. The handle
    /// is opened for reading only. A short read is the caller's to notice.
    ///
    /// # Errors
    /// As [`Workspace::read`], but for the size.
    pub fn open(&self, path: &GuestPath) -> Result<(std::fs::File, u64), WorkspaceError> {
        let spot = self.file_spot(path)?;
        let (file, size) = self.open_content(&spot)?;
        Ok((file.into_std(), size))
    }

    /// The entries of the folder at `path`, at most `max_entries`. Masked places and Deskhand's temporary files are not
    /// there.
    ///
    /// # Errors
    /// Not a folder, or it cannot be read.
    pub fn list(&self, path: &GuestPath, max_entries: usize) -> Result<Listing, WorkspaceError> {
        let folder = match self.resolve(path, Links::Follow)? {
            Place::Root(root) => root,
            Place::Entry(spot) => self.open_folder(&spot.path(), Links::Refuse)?,
        };
        let (names, mut unreadable) = visible_names(&folder)?;
        let mut entries = Vec::new();
        for name in names {
            match folder.inspect(&name) {
                Ok(Some(meta)) if self.is_protected(meta.id) => {}
                Ok(Some(meta)) => entries.push(Entry {
                    path: folder.child_path(&name),
                    kind: meta.kind,
                    size: meta.size,
                    mtime_ns: meta.mtime_ns,
                }),
                // Gone since the folder was read.
                Ok(None) => {}
                Err(_) => unreadable += 1,
            }
        }
        entries.sort_by_cached_key(|entry| {
            (
                entry.kind != Kind::Folder,
                crate::portable::folded(entry.path.file_name()),
                entry.path.clone(),
            )
        });
        let truncated = entries.len().saturating_sub(max_entries);
        entries.truncate(max_entries);
        Ok(Listing {
            folder: folder.path().clone(),
            entries,
            truncated,
            unreadable,
        })
    }

    fn file_spot(&self, path: &GuestPath) -> Result<Spot, WorkspaceError> {
        match self.resolve(path, Links::Follow)? {
            Place::Root(_) => Err(WorkspaceError::NotAFile {
                path: path.clone(),
                found: Kind::Folder.described(),
            }),
            Place::Entry(spot) => Ok(spot),
        }
    }

    /// Opens the regular file at `spot` for reading; its size comes from the open handle.
    pub(crate) fn open_content(&self, spot: &Spot) -> Result<(cap_std::fs::File, u64), WorkspaceError> {
        let (file, size) = self.open_bytes(spot)?;
        match cloud::by_name(&spot.name, size) {
            Some(kind) => Err(WorkspaceError::Placeholder {
                path: spot.path(),
                kind,
            }),
            None => Ok((file, size)),
        }
    }

    /// As [`Self::open_content`], but a stub or pointer is taken as the file it is: for keeping its bytes.
    pub(crate) fn open_bytes(&self, spot: &Spot) -> Result<(cap_std::fs::File, u64), WorkspaceError> {
        let path = spot.path();
        let meta = spot.inspect()?.ok_or_else(|| missing(&path, spot))?;
        if meta.kind != Kind::File {
            return Err(WorkspaceError::NotAFile {
                path,
                found: meta.kind.described(),
            });
        }
        let refuse = |kind| WorkspaceError::Placeholder {
            path: path.clone(),
            kind,
        };
        let may_hydrate = self.options.hydration == Hydration::OnRead;
        if let Some(kind) = meta.placeholder.filter(|_| !may_hydrate) {
            return Err(refuse(kind));
        }
        let file = spot
            .folder
            .open_file(&spot.name)
            .map_err(|source| io_error(&path, "opened", source))?;
        if let Some(kind) = SystemMarks.opened(&file).filter(|_| !may_hydrate) {
            return Err(refuse(kind));
        }
        let size = file
            .metadata()
            .map_err(|source| io_error(&path, "looked at", source))?
            .len();
        Ok((file, size))
    }
}

fn stands_in(spot: &Spot, meta: &Meta) -> Option<Placeholder> {
    (meta.kind == Kind::File)
        .then(|| cloud::by_name(&spot.name, meta.size))
        .flatten()
}

/// Whether a name is one of the temporary files of [`crate::Workspace::apply`].
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(".deskhand-")
        && std::path::Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "tmp")
}

/// The names in a folder that exist for the workspace, and how many are not Unicode.
pub(crate) fn visible_names(folder: &Folder) -> Result<(Vec<String>, usize), WorkspaceError> {
    let (_, above) = crate::path::split(folder.path())?;
    let above: Vec<String> = above.into_iter().map(str::to_owned).collect();
    let names = folder
        .names()
        .map_err(|source| io_error(folder.path(), "listed", source))?;
    let mut unreadable = 0;
    let mut visible = Vec::with_capacity(names.len());
    for name in names {
        match name {
            Some(name) if crate::protect::masks(&above, &name) || is_temporary(&name) => {}
            Some(name) => visible.push(name),
            None => unreadable += 1,
        }
    }
    Ok((visible, unreadable))
}

/// As [`visible_names`], with the kinds.
pub(crate) fn visible_kinds(folder: &Folder) -> Result<Vec<(String, Kind)>, WorkspaceError> {
    let (_, above) = crate::path::split(folder.path())?;
    let above: Vec<String> = above.into_iter().map(str::to_owned).collect();
    let kinds = folder
        .kinds()
        .map_err(|source| io_error(folder.path(), "listed", source))?;
    Ok(kinds
        .into_iter()
        .filter_map(|(name, kind)| Some((name?, kind)))
        .filter(|(name, _)| !crate::protect::masks(&above, name) && !is_temporary(name))
        .collect())
}

/// Nothing stands at `spot`: not found, or only its iCloud stub.
pub(crate) fn missing(path: &GuestPath, spot: &Spot) -> WorkspaceError {
    match spot.folder.inspect(&cloud::stub_name(&spot.name)) {
        Ok(Some(meta)) if meta.kind == Kind::File => WorkspaceError::Placeholder {
            path: path.clone(),
            kind: Placeholder::IcloudStub,
        },
        _ => WorkspaceError::NotFound {
            path: path.clone(),
            nearest: spot.folder.path().clone(),
        },
    }
}
