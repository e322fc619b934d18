//! Leases: one process continues a task.
//!
//! A lease is an operating-system lock on a file, so it ends with the process, however that ends; no process id has to
//! be judged dead or alive. The database only keeps the holder's name, for the message to whoever comes second.

use std::fs::TryLockError;
use std::path::Path;

use deskhand_types::{Hash, TaskId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{Lease, StoreError, folder};

pub(super) fn claim(connection: &Connection, dir: &Path, task: &TaskId, owner: &str) -> Result<Lease, StoreError> {
    // Hashed, since an id is data and must not choose a path.
    let path = dir.join("leases").join(Hash::of(task.as_str().as_bytes()).to_string());
    let file = folder::open_lock(&path).map_err(StoreError::file(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let owner = last_owner(connection, task)?.unwrap_or_else(|| "another process".to_owned());
            return Err(StoreError::Claimed {
                task: task.clone(),
                owner,
            });
        }
        Err(TryLockError::Error(error)) => return Err(StoreError::file(path)(error)),
    }
    connection
        .prepare_cached("INSERT INTO lease_owners VALUES (?1, ?2) ON CONFLICT DO UPDATE SET owner = ?2")?
        .execute(params![task.as_str(), owner])?;
    Ok(Lease::new(file))
}

/// Who held the lease of a task last; whether they still do, only the lock tells.
pub(super) fn last_owner(connection: &Connection, task: &TaskId) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT owner FROM lease_owners WHERE task = ?1")?
        .query_row([task.as_str()], |row| row.get(0))
        .optional()?)
}
