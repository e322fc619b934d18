//! A store that disappears: for contents that are only looked at.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{SqliteStore, StoreError, folder};

/// A folder without a lock belongs to a process that is just making it, unless it is older than this.
const YOUNG: Duration = Duration::from_secs(60);
/// The lock's name in the folder.
const LOCK: &str = "lock";

/// A store in a folder of its own, which is deleted with this value. What a killed process left is deleted by the next
/// that makes one in the same place.
#[derive(Debug)]
pub struct TemporaryStore {
    store: Arc<SqliteStore>,
    dir: PathBuf,
    #[allow(dead_code, reason = "held: the lock falls with it")]
    lock: File,
}

impl TemporaryStore {
    /// Makes one below `place`, which is made where it is not there, and holds nothing else.
    ///
    /// # Errors
    /// When it cannot be made. Then nothing is left.
    pub fn make_in(place: &Path) -> Result<Self, StoreError> {
        folder::create_private(place).map_err(StoreError::file(place))?;
        sweep(place);
        let at = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_nanos());
        let dir = place.join(format!("{}-{at}", std::process::id()));
        folder::create_private(&dir).map_err(StoreError::file(&dir))?;
        let made = Self::fill(&dir);
        if made.is_err() {
            let _ = std::fs::remove_dir_all(&dir);
        }
        made
    }

    fn fill(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK);
        let lock = folder::open_lock(&path).map_err(StoreError::file(&path))?;
        lock.lock().map_err(StoreError::file(&path))?;
        Ok(Self {
            store: Arc::new(SqliteStore::open(&dir.join("store"))?),
            dir: dir.to_owned(),
            lock,
        })
    }

    /// The store. What is in it is gone with this value, whoever still holds it.
    pub fn store(&self) -> Arc<SqliteStore> {
        self.store.clone()
    }
}

impl Drop for TemporaryStore {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Deletes what nobody holds any more.
fn sweep(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for dir in entries.flatten().map(|entry| entry.path()) {
        let young = std::fs::metadata(&dir)
            .and_then(|meta| meta.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age < YOUNG));
        let left = match File::open(dir.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => !young,
        };
        if left {
            let _ = std::fs::remove_dir_all(&dir);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use deskhand_types::BlobStore as _;

    use super::*;

    fn there(place: &Path) -> usize {
        std::fs::read_dir(place).unwrap().count()
    }

    #[test]
    fn it_is_gone_with_its_value_and_those_of_others_are_not() {
        let place = tempfile::tempdir().unwrap();
        let place = place.path().join("looks");
        let (one, two) = (
            TemporaryStore::make_in(&place).unwrap(),
            TemporaryStore::make_in(&place).unwrap(),
        );
        let hash = one.store().put(&vec![7; 300_000]).unwrap();
        assert!(!two.store().contains(&hash).unwrap());
        assert_eq!(there(&place), 2);
        drop(two);
        assert_eq!(one.store().get(&hash).unwrap().len(), 300_000);
        assert_eq!(there(&place), 1);
        drop(one);
        assert_eq!(there(&place), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_deleted_by_the_next() {
        let place = tempfile::tempdir().unwrap();
        let left = TemporaryStore::make_in(place.path()).unwrap();
        let dir = left.dir.clone();
        // Killed: the lock falls, the folder stays.
        left.lock.unlock().unwrap();
        std::mem::forget(left);
        let fresh = place.path().join("just-being-made");
        std::fs::create_dir(&fresh).unwrap();
        let next = TemporaryStore::make_in(place.path()).unwrap();
        assert!(!dir.exists() && fresh.exists() && next.dir.exists());
    }
}
