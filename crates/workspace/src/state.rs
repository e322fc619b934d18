//! What stands on disk, as a [`FileState`].

use deskhand_types::{FileState, GuestPath, Hash};

use crate::error::WorkspaceError;
use crate::faults::FsOp;
use crate::folder::{Kind, Meta};
use crate::resolve::{Links, Place, Spot, io_error};
use crate::workspace::Workspace;

/// What a look at a path found.
pub(crate) enum Look {
    /// Nothing, not even the folder it would be in.
    Nowhere,
    /// A name in an open folder, and what stands there.
    Spot(Spot, Option<Meta>),
}

impl Workspace {
    /// Looks at a path without following links and without reading content. A missing folder on the way is
    /// [`Look::Nowhere`]; a link or file on the way is an error.
    pub(crate) fn look(&self, path: &GuestPath) -> Result<Look, WorkspaceError> {
        match self.resolve(path, Links::Refuse) {
            Ok(Place::Entry(spot)) => {
                let meta = spot.inspect()?;
                Ok(Look::Spot(spot, meta))
            }
            Ok(Place::Root(_)) => Err(WorkspaceError::BadEdit {
                path: path.clone(),
                why: "it is the granted folder itself".into(),
            }),
            Err(WorkspaceError::NotFound { .. }) => Ok(Look::Nowhere),
            Err(error) => Err(error),
        }
    }

    /// What stands at a path, with the hash of a file's content.
    pub(crate) fn observe(&self, path: &GuestPath) -> Result<FileState, WorkspaceError> {
        match self.look(path)? {
            Look::Nowhere | Look::Spot(_, None) => Ok(FileState::Absent),
            Look::Spot(spot, Some(meta)) => observe_spot(&spot, &meta),
        }
    }

    /// What stands at a spot; the content of a file is put into the blob store on the way.
    pub(crate) fn capture(&self, spot: &Spot, meta: &Meta) -> Result<FileState, WorkspaceError> {
        if meta.kind != Kind::File {
            return observe_spot(spot, meta);
        }
        let path = spot.path();
        let limit = self.options.limits.max_journal_bytes;
        if meta.size > limit {
            return Err(WorkspaceError::TooLarge {
                path,
                size: meta.size,
                limit,
            });
        }
        let (mut file, size) = self.open_bytes(spot)?;
        let (hash, got) = self.blobs.put_reader(&mut file)?;
        if got < size {
            return Err(WorkspaceError::ShortRead { path, got, size });
        }
        Ok(FileState::File {
            hash,
            size: got,
            mode: meta.mode,
            mtime_ns: meta.mtime_ns,
        })
    }

    /// Whether what stands at `path` is `wanted`, times aside. Cheap where kind or size already differ. With
    /// `lenient`, a folder's mode does not count (it is set last, so a crash may leave it unset).
    pub(crate) fn stands(&self, path: &GuestPath, wanted: &FileState, lenient: bool) -> Result<bool, WorkspaceError> {
        let (spot, meta) = match self.look(path)? {
            Look::Nowhere | Look::Spot(_, None) => return Ok(*wanted == FileState::Absent),
            Look::Spot(spot, Some(meta)) => (spot, meta),
        };
        match wanted {
            FileState::Absent => Ok(false),
            FileState::File { hash, size, mode, .. } => {
                if meta.kind != Kind::File || meta.size != *size || !same_mode(meta.mode, *mode) {
                    return Ok(false);
                }
                Ok(hash_spot(&spot, FsOp::Read)?.0 == *hash)
            }
            FileState::Folder { mode, .. } => Ok(meta.kind == Kind::Folder && (lenient || same_mode(meta.mode, *mode))),
            FileState::Link { target } => Ok(meta.kind == Kind::Link && spot.read_link()? == *target),
        }
    }
}

/// Modes compare equal where one side has none.
pub(crate) fn same_mode(one: Option<u32>, other: Option<u32>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Hash and length of the file at `spot`.
pub(crate) fn hash_spot(spot: &Spot, op: FsOp) -> Result<(Hash, u64), WorkspaceError> {
    spot.folder
        .hash(&spot.name, op)
        .map_err(|source| io_error(&spot.path(), "read", source))
}

fn observe_spot(spot: &Spot, meta: &Meta) -> Result<FileState, WorkspaceError> {
    match meta.kind {
        Kind::File => {
            let (hash, size) = hash_spot(spot, FsOp::Read)?;
            Ok(FileState::File {
                hash,
                size,
                mode: meta.mode,
                mtime_ns: meta.mtime_ns,
            })
        }
        Kind::Folder => Ok(FileState::Folder {
            mode: meta.mode,
            mtime_ns: meta.mtime_ns,
        }),
        Kind::Link => Ok(FileState::Link {
            target: spot.read_link()?,
        }),
        Kind::Other => Err(WorkspaceError::NotAFile {
            path: spot.path(),
            found: meta.kind.described(),
        }),
    }
}
