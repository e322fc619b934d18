//! The granted folders as the sandbox sees them: reading only, links never followed.

use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, SharedWatch};

use crate::error::WorkspaceError;
use crate::folder::{Folder, Kind, Meta};
use crate::platform;
use crate::resolve::{Links, Place, Spot};
use crate::workspace::Workspace;

mod watch;

impl SharedFolders for Workspace {
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        match self.resolve(path, Links::Refuse).map_err(refused)? {
            Place::Root(root) => shared_folder(&root),
            Place::Entry(spot) => {
                let meta = self.visible(&spot)?;
                if self.is_barred(path) {
                    return Err(ShareError::Absent);
                }
                shared(&meta, || spot.read_link().map_err(refused))
            }
        }
    }

    fn list(&self, path: &GuestPath, limit: usize) -> Result<Vec<SharedEntry>, ShareError> {
        let folder = self.open_folder(path, Links::Refuse).map_err(refused)?;
        if self.is_barred(path) {
            return Err(ShareError::Absent);
        }
        let kinds = crate::read::visible_kinds(&folder).map_err(refused)?;
        let mut entries = Vec::new();
        for (name, kind) in kinds {
            let kind = match kind {
                Kind::File => SharedKind::File,
                Kind::Folder => SharedKind::Folder,
                Kind::Link => SharedKind::Link,
                Kind::Other => continue,
            };
            // By name it is not masked; it may be by identity.
            if self.has_protected()
                && let Ok(Some(meta)) = folder.inspect(&name)
                && self.is_protected(meta.id)
            {
                continue;
            }
            if self.is_barred(&crate::path::child(path, &name)) {
                continue;
            }
            entries.push(SharedEntry { name, kind });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        entries.truncate(limit);
        Ok(entries)
    }

    fn open(&self, path: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        let spot = match self.resolve(path, Links::Refuse).map_err(refused)? {
            Place::Root(_) => return Err(ShareError::NotAFile),
            Place::Entry(spot) => spot,
        };
        if self.visible(&spot)?.kind != Kind::File {
            return Err(ShareError::NotAFile);
        }
        if self.is_barred(path) {
            return Err(ShareError::Absent);
        }
        let (file, _) = self.open_content(&spot).map_err(refused)?;
        Ok(Box::new(Open(file)))
    }

    fn target(&self, path: &GuestPath) -> Result<String, ShareError> {
        match self.resolve(path, Links::Refuse).map_err(refused)? {
            Place::Root(_) => Err(ShareError::NotAFile),
            Place::Entry(spot) => {
                if self.visible(&spot)?.kind != Kind::Link {
                    return Err(ShareError::NotAFile);
                }
                spot.read_link().map_err(refused)
            }
        }
    }

    fn watch(&self, changed: Box<dyn Fn(GuestPath) + Send + Sync>) -> Option<Box<dyn SharedWatch>> {
        Some(Box::new(watch::Watch::new(self, changed)?))
    }
}

impl Workspace {
    /// Whether a rule keeps it from being read unasked, or a folder it is in.
    fn is_barred(&self, path: &GuestPath) -> bool {
        let Some(barred) = &self.options.barred else {
            return false;
        };
        let mut above = Some(path.clone());
        while let Some(path) = above {
            if barred(&path) {
                return true;
            }
            above = crate::path::parent(&path);
        }
        false
    }

    /// What stands at a spot, if it may be seen.
    fn visible(&self, spot: &Spot) -> Result<Meta, ShareError> {
        let meta = spot.inspect().map_err(refused)?.ok_or(ShareError::Absent)?;
        let hidden = self.is_protected(meta.id) || crate::read::is_temporary(&spot.name) || meta.kind == Kind::Other;
        if hidden { Err(ShareError::Absent) } else { Ok(meta) }
    }
}

fn shared_folder(folder: &Folder) -> Result<Shared, ShareError> {
    let meta = folder.inspect_self().map_err(|_| ShareError::Failed)?;
    shared(&meta, || Err(ShareError::Failed))
}

fn shared(meta: &Meta, target: impl FnOnce() -> Result<String, ShareError>) -> Result<Shared, ShareError> {
    let (kind, size) = match meta.kind {
        Kind::File => (SharedKind::File, meta.size),
        Kind::Folder => (SharedKind::Folder, 0),
        Kind::Link => (SharedKind::Link, target()?.len() as u64),
        Kind::Other => return Err(ShareError::Absent),
    };
    Ok(Shared {
        kind,
        size,
        mtime_ns: meta.mtime_ns,
        mode: meta.mode.map(|mode| mode & 0o777),
        stamp: meta.stamp(),
    })
}

/// An open file.
struct Open(cap_std::fs::File);

impl Open {
    fn meta(&self) -> Result<Meta, ShareError> {
        let meta = self.0.metadata().map_err(|_| ShareError::Failed)?;
        Ok(Meta::of(&meta))
    }
}

impl SharedFile for Open {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ShareError> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match platform::read_at(&self.0, offset.saturating_add(filled as u64), rest) {
                Ok(0) => break,
                Ok(got) => filled += got,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(ShareError::Failed),
            }
        }
        Ok(filled)
    }

    fn shared(&self) -> Result<Shared, ShareError> {
        shared(&self.meta()?, || Err(ShareError::Failed))
    }
}

fn refused(error: WorkspaceError) -> ShareError {
    match error {
        WorkspaceError::NotFound { .. }
        | WorkspaceError::NoSuchGrant { .. }
        | WorkspaceError::OutsideGrant { .. }
        | WorkspaceError::BadPath { .. }
        | WorkspaceError::Protected { .. } => ShareError::Absent,
        WorkspaceError::NotAFolder { .. } | WorkspaceError::ThroughLink { .. } => ShareError::NotAFolder,
        WorkspaceError::NotAFile { .. } => ShareError::NotAFile,
        WorkspaceError::Placeholder { .. } => ShareError::Refused,
        WorkspaceError::Io { source, .. } => match source.kind() {
            std::io::ErrorKind::NotFound => ShareError::Absent,
            std::io::ErrorKind::PermissionDenied => ShareError::Refused,
            _ => ShareError::Failed,
        },
        _ => ShareError::Failed,
    }
}
