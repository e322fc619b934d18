//! Files of a task for people to look at: as they stand now, and as its change-sets found or left them.

use std::path::PathBuf;

use deskhand_types::{BlobStore as _, FileState, GuestPath, Hash, PathChange, TaskId};

use crate::{Engine, EngineError};

impl Engine {
    /// A file as it stands in its folder now.
    ///
    /// # Errors
    /// When the path is in no folder of the task, there is no file, or it is larger than `most` bytes.
    pub fn file(&self, task: &TaskId, path: &str, most: u64) -> Result<(GuestPath, Vec<u8>), EngineError> {
        let workspace = self.workspace(self.state(task)?.grants())?;
        let path = workspace.locate(path)?;
        let bytes = workspace.read(&path, most)?;
        Ok((path, bytes))
    }

    /// A file as one of the task's change-sets found or left it. Contents that are not the task's are not given: a hash
    /// is no permission.
    ///
    /// # Errors
    /// When no change-set of the task names that content at that path, it was released, or it is larger than `most`.
    pub fn version(&self, task: &TaskId, path: &str, hash: &str, most: u64) -> Result<Vec<u8>, EngineError> {
        let missing = || EngineError::NoSuchVersion(path.to_owned());
        let hash: Hash = hash.parse().map_err(|_| missing())?;
        let state = self.state(task)?;
        let size = state
            .applied()
            .iter()
            .flat_map(|set| &set.changes)
            .filter(|change| {
                change.path.as_str() == path || change.from.as_ref().is_some_and(|from| from.as_str() == path)
            })
            .flat_map(|change| [&change.before, &change.after])
            .find_map(|side| match side {
                FileState::File { hash: known, size, .. } if *known == hash => Some(*size),
                _ => None,
            })
            .ok_or_else(missing)?;
        if size > most {
            return Err(deskhand_workspace::WorkspaceError::TooLarge {
                path: GuestPath::new(path),
                size,
                limit: most,
            }
            .into());
        }
        Ok(self.store().get(&hash)?)
    }

    /// What a step did to one path.
    ///
    /// # Errors
    /// When the task has no such step, or it did not touch the path.
    pub fn change(&self, task: &TaskId, step: u64, path: &str) -> Result<PathChange, EngineError> {
        let state = self.state(task)?;
        let set = usize::try_from(step)
            .ok()
            .and_then(|step| state.applied().get(step.checked_sub(1)?))
            .ok_or_else(|| EngineError::NoSuchStep {
                task: task.clone(),
                step,
                steps: state.applied().len() as u64,
            })?;
        let change = set.changes.iter().find(|change| change.path.as_str() == path);
        change
            .cloned()
            .ok_or_else(|| EngineError::NoSuchVersion(path.to_owned()))
    }

    /// Where a file of a task is on this computer. It must exist.
    ///
    /// # Errors
    /// When the path is in no folder of the task, or there is nothing.
    pub fn place_of(&self, task: &TaskId, path: &str) -> Result<PathBuf, EngineError> {
        let state = self.state(task)?;
        let workspace = self.workspace(state.grants())?;
        let path = workspace.locate(path)?;
        // Looks at it through the folder's handle, so that a link cannot lead elsewhere.
        workspace.stat(&path)?;
        let missing = || EngineError::NoSuchVersion(path.to_string());
        let name = path.grant().ok_or_else(missing)?;
        let grant = state
            .grants()
            .iter()
            .rev()
            .find(|grant| grant.name == name)
            .ok_or_else(missing)?;
        let below = path.as_str().strip_prefix(&format!("/mnt/{name}")).unwrap_or_default();
        let mut place = PathBuf::from(&grant.folder);
        place.extend(below.split('/').filter(|part| !part.is_empty()));
        Ok(place)
    }
}
