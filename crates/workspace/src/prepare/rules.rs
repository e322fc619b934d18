//! What an edit may not do, and the names it may give.

use deskhand_types::{FileState, GuestPath};

use super::Draft;
use crate::error::WorkspaceError;
use crate::folder::Kind;
use crate::resolve::{Links, io_error};
use crate::state::Look;
use crate::{path, portable, protect};

impl Draft<'_> {
    /// Refuses a path that may not be changed, whatever stands there.
    pub(crate) fn check(&self, path: &GuestPath) -> Result<(), WorkspaceError> {
        self.workspace.check_writable(path)?;
        let (_, parts) = path::split(path)?;
        if parts.is_empty() {
            return Err(WorkspaceError::BadEdit {
                path: path.clone(),
                why: "it is the granted folder itself".into(),
            });
        }
        let mut above: Vec<String> = Vec::new();
        for part in parts {
            if protect::masks(&above, part) {
                return Err(WorkspaceError::Protected { path: path.clone() });
            }
            above.push(part.to_owned());
        }
        if crate::read::is_temporary(path.file_name()) {
            return Err(WorkspaceError::BadEdit {
                path: path.clone(),
                why: "the name is kept for Deskhand's own use".into(),
            });
        }
        Ok(())
    }

    /// Checks the name of a new entry and makes the folders it is in. Returns the mode of its folder.
    pub(crate) fn prepare_name(
        &mut self,
        path: &GuestPath,
        moved_from: Option<&GuestPath>,
    ) -> Result<Option<u32>, WorkspaceError> {
        if let Some(why) = portable::problem(path.file_name()) {
            return Err(WorkspaceError::UnportableName {
                path: path.clone(),
                why,
            });
        }
        let Some(parent) = path::parent(path) else {
            return Err(WorkspaceError::BadEdit {
                path: path.clone(),
                why: "it is the granted folder itself".into(),
            });
        };
        if path::parent(&parent).is_some() {
            self.make_folder_for(&parent)?;
        }
        if let Some(existing) = self.view.collision(&parent, path.file_name())? {
            let existing = path::child(&parent, &existing);
            // Renaming `a.txt` to `A.txt` collides only with itself.
            if moved_from != Some(&existing) {
                return Err(WorkspaceError::NameCollision {
                    path: path.clone(),
                    existing,
                });
            }
        }
        Ok(self.view.folder(&parent)?.and_then(|folder| folder.mode))
    }

    pub(crate) fn make_folder_for(&mut self, parent: &GuestPath) -> Result<(), WorkspaceError> {
        match self.view.state(parent)? {
            FileState::Folder { .. } => Ok(()),
            FileState::Absent => self.make_folder(parent),
            FileState::File { .. } => Err(WorkspaceError::NotAFolder {
                path: parent.clone(),
                found: Kind::File.described(),
            }),
            FileState::Link { target } => Err(WorkspaceError::ThroughLink {
                path: parent.clone(),
                target,
            }),
        }
    }

    /// On a case-insensitive system a file can be reached under a name it does not have; it would get that name.
    pub(crate) fn check_spelling(&mut self, path: &GuestPath) -> Result<(), WorkspaceError> {
        if !cfg!(any(windows, target_os = "macos")) {
            return Ok(());
        }
        let Some(parent) = path::parent(path) else {
            return Ok(());
        };
        let spelled = self
            .view
            .names(&parent)?
            .names
            .iter()
            .any(|name| name == path.file_name());
        match self.view.collision(&parent, path.file_name())? {
            Some(existing) if !spelled => Err(WorkspaceError::NameCollision {
                path: path.clone(),
                existing: path::child(&parent, &existing),
            }),
            _ => Ok(()),
        }
    }

    /// Whether both paths are two spellings of one entry, on a case-insensitive system.
    pub(crate) fn respells(&mut self, from: &GuestPath, to: &GuestPath) -> Result<bool, WorkspaceError> {
        if path::parent(from) != path::parent(to)
            || portable::folded(from.file_name()) != portable::folded(to.file_name())
        {
            return Ok(false);
        }
        let (Look::Spot(_, Some(one)), Look::Spot(_, Some(other))) =
            (self.workspace.look(from)?, self.workspace.look(to)?)
        else {
            return Ok(false);
        };
        Ok(one.id == other.id)
    }

    /// Refuses moving a folder when something masked below it would be masked no longer.
    pub(crate) fn check_unmasking(&mut self, from: &GuestPath, to: &GuestPath) -> Result<(), WorkspaceError> {
        for below in protect::masked_below(from) {
            let inside = path::child(from, &below.join("/"));
            let unmasked = !protect::within_masked(std::path::Path::new(path::child(to, &below.join("/")).as_str()));
            if unmasked && self.exists_in_any_case(from, &below)? {
                return Err(WorkspaceError::Protected { path: inside });
            }
        }
        Ok(())
    }

    pub(crate) fn exists_in_any_case(&mut self, folder: &GuestPath, below: &[&str]) -> Result<bool, WorkspaceError> {
        let Some((first, rest)) = below.split_first() else {
            return Ok(true);
        };
        let open = match self.workspace.open_folder(folder, Links::Refuse) {
            Ok(open) => open,
            Err(
                WorkspaceError::NotFound { .. }
                | WorkspaceError::NotAFolder { .. }
                | WorkspaceError::ThroughLink { .. },
            ) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let names = open.names().map_err(|source| io_error(folder, "listed", source))?;
        for name in names
            .into_iter()
            .flatten()
            .filter(|name| portable::folded(name) == **first)
        {
            if rest.is_empty() || self.exists_in_any_case(&path::child(folder, &name), rest)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn same_device(&self, from: &GuestPath, to: &GuestPath) -> Result<bool, WorkspaceError> {
        let Some(source) = self.device_of_existing(from)? else {
            return Ok(from.grant() == to.grant());
        };
        let target = path::parent(to)
            .map(|parent| self.device_of_existing(&parent))
            .transpose()?
            .flatten();
        Ok(target.is_none_or(|target| target == source))
    }

    /// The device of what stands on disk at `path`, or of the nearest folder above it that stands.
    pub(crate) fn device_of_existing(&self, path: &GuestPath) -> Result<Option<u64>, WorkspaceError> {
        let mut at = Some(path.clone());
        while let Some(path) = at {
            let meta = match path::parent(&path) {
                Some(_) => match self.workspace.look(&path) {
                    Ok(Look::Spot(_, meta)) => meta,
                    Ok(Look::Nowhere) | Err(WorkspaceError::NotAFolder { .. }) => None,
                    Err(error) => return Err(error),
                },
                None => Some(self.workspace.stat(&path)?),
            };
            if let Some(meta) = meta {
                return Ok(Some(meta.id.0));
            }
            at = path::parent(&path);
        }
        Ok(None)
    }
}
