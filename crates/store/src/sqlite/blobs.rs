//! Blobs in the database and its folder.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use deskhand_types::{BlobError, BlobStore, Hash, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{SqliteStore, set_durability, write_transaction};
use crate::blob::{self, BlobInfo, Encoding, Form, Prepared, Released};
use crate::{Durability, StoreError};

/// A blob that is put again is marked as touched at most this often, in milliseconds.
const TOUCH_INTERVAL: i64 = 60 * 60 * 1000;
/// Blobs released, or files swept, in one transaction.
pub(super) const BATCH: usize = 256;
/// An unfinished file may belong to a process that is still writing it.
const UNFINISHED_AGE: Duration = Duration::from_hours(24);

/// Where a blob is.
struct Located {
    size: u64,
    encoding: i64,
    /// `None` = in a file.
    data: Option<Vec<u8>>,
}

fn locate(connection: &Connection, hash: &Hash) -> Result<Option<Located>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT size, encoding, data FROM blobs WHERE hash = ?1")?
        .query_row([hash.as_bytes()], |row| {
            Ok(Located {
                size: row.get(0)?,
                encoding: row.get(1)?,
                data: row.get(2)?,
            })
        })
        .optional()?)
}

impl Located {
    /// Decodes into `out` and checks.
    fn copy(self, dir: &Path, hash: &Hash, out: &mut dyn Write) -> Result<u64, BlobError> {
        let encoding = Encoding::from_number(self.encoding).ok_or(BlobError::Damaged(*hash))?;
        let decoded = match self.data {
            Some(data) => blob::decode(encoding, self.size, &mut data.as_slice(), out),
            None => match File::open(blob::path(dir, hash)) {
                Ok(mut file) => blob::decode(encoding, self.size, &mut file, out),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(BlobError::Missing(*hash)),
                Err(error) => return Err(BlobError::Store(error.to_string())),
            },
        };
        match decoded {
            Ok((found, length)) if found == *hash && length == self.size => Ok(length),
            Ok(_) => Err(BlobError::Damaged(*hash)),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(BlobError::Damaged(*hash)),
            Err(error) => Err(BlobError::Store(error.to_string())),
        }
    }
}

/// The content of a blob, checked.
pub(super) fn get(connection: &Connection, dir: &Path, hash: &Hash) -> Result<Vec<u8>, StoreError> {
    let located = locate(connection, hash)?.ok_or(BlobError::Missing(*hash))?;
    let mut bytes = Vec::with_capacity(usize::try_from(located.size).unwrap_or(0).min(blob::LARGE));
    located.copy(dir, hash, &mut bytes)?;
    Ok(bytes)
}

/// Whether a blob is there and intact. Only then is content that is put again not written again.
pub(super) fn is_intact(connection: &Connection, dir: &Path, hash: &Hash) -> Result<bool, StoreError> {
    match locate(connection, hash)?.map(|located| located.copy(dir, hash, &mut std::io::sink())) {
        Some(Ok(_)) => Ok(true),
        None | Some(Err(BlobError::Missing(_) | BlobError::Damaged(_))) => Ok(false),
        Some(Err(error)) => Err(error.into()),
    }
}

/// Makes a blob part of the store. `intact`: it was found there, before this transaction began. A damaged one is replaced.
pub(super) fn place(
    transaction: &Transaction<'_>,
    dir: &Path,
    prepared: Prepared,
    intact: bool,
) -> Result<(), StoreError> {
    if intact && touch(transaction, &prepared.hash)? {
        return Ok(());
    }
    let data = match prepared.form {
        Form::Inline(data) => Some(data),
        // Under the write lock, so that a release of the same hash cannot come between file and row.
        Form::File(temporary) => {
            temporary.keep(dir, &prepared.hash)?;
            None
        }
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO blobs (hash, size, stored_size, encoding, data, touched) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            prepared.hash.as_bytes(),
            prepared.size,
            prepared.stored_size,
            prepared.encoding as i64,
            data,
            now()
        ])?;
    Ok(())
}

/// Marks a blob as put just now. Whether it is still there.
fn touch(transaction: &Transaction<'_>, hash: &Hash) -> Result<bool, StoreError> {
    let touched: Option<i64> = transaction
        .prepare_cached("SELECT touched FROM blobs WHERE hash = ?1")?
        .query_row([hash.as_bytes()], |row| row.get(0))
        .optional()?;
    let now = now();
    if touched.is_some_and(|touched| touched < now - TOUCH_INTERVAL) {
        transaction
            .prepare_cached("UPDATE blobs SET touched = ?2 WHERE hash = ?1")?
            .execute(params![hash.as_bytes(), now])?;
    }
    Ok(touched.is_some())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

impl SqliteStore {
    fn keep(&self, prepared: Prepared) -> Result<(Hash, u64), StoreError> {
        let (hash, size) = (prepared.hash, prepared.size);
        let intact = is_intact(&self.reader(), &self.dir, &hash)?;
        let mut connection = self.writer();
        // A pre-image must be on the disk before the file it belongs to is touched.
        set_durability(&connection, Durability::Power)?;
        let transaction = write_transaction(&mut connection)?;
        place(&transaction, &self.dir, prepared, intact)?;
        transaction.commit()?;
        Ok((hash, size))
    }
}

impl BlobStore for SqliteStore {
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError> {
        let prepared = Prepared::from_bytes(&self.dir, bytes)?;
        Ok(self.keep(prepared)?.0)
    }

    fn put_reader(&self, reader: &mut dyn Read) -> Result<(Hash, u64), BlobError> {
        let prepared = Prepared::from_reader(&self.dir, reader)?;
        Ok(self.keep(prepared)?)
    }

    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::new();
        self.copy_to(hash, &mut bytes)?;
        Ok(bytes)
    }

    fn copy_to(&self, hash: &Hash, out: &mut dyn Write) -> Result<u64, BlobError> {
        // The lock is not held while the content is copied.
        let located = locate(&self.reader(), hash)?;
        located.ok_or(BlobError::Missing(*hash))?.copy(&self.dir, hash, out)
    }

    fn contains(&self, hash: &Hash) -> Result<bool, BlobError> {
        let in_file: Option<bool> = self
            .reader()
            .prepare_cached("SELECT data IS NULL FROM blobs WHERE hash = ?1")
            .and_then(|mut select| select.query_row([hash.as_bytes()], |row| row.get(0)).optional())
            .map_err(StoreError::from)?;
        Ok(in_file.is_some_and(|in_file| !in_file || blob::path(&self.dir, hash).is_file()))
    }
}

pub(super) fn untouched_since(connection: &Connection, before: Timestamp) -> Result<Vec<BlobInfo>, StoreError> {
    let blobs = connection
        .prepare_cached(
            "SELECT hash, size, stored_size, touched FROM blobs WHERE touched < ?1
             AND NOT EXISTS (SELECT 1 FROM events WHERE body_blob = blobs.hash) ORDER BY touched, hash",
        )?
        .query_map([before.0], |row| {
            Ok(BlobInfo {
                hash: Hash::from_bytes(row.get(0)?),
                size: row.get(1)?,
                stored_size: row.get(2)?,
                touched: Timestamp(row.get(3)?),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(blobs)
}

pub(super) fn release(
    connection: &mut Connection,
    dir: &Path,
    hashes: &[Hash],
    before: Timestamp,
) -> Result<Released, StoreError> {
    let mut released = Released::default();
    set_durability(connection, Durability::Process)?;
    for batch in hashes.chunks(BATCH) {
        let transaction = write_transaction(connection)?;
        for hash in batch {
            drop_one(&transaction, dir, hash, before, &mut released)?;
        }
        transaction.commit()?;
    }
    Ok(released)
}

/// Drops a blob, unless it was put since `before` or is the body of an event.
pub(super) fn drop_one(
    transaction: &Transaction<'_>,
    dir: &Path,
    hash: &Hash,
    before: Timestamp,
    released: &mut Released,
) -> Result<(), StoreError> {
    let dropped = transaction
        .prepare_cached(
            "DELETE FROM blobs WHERE hash = ?1 AND touched < ?2
             AND NOT EXISTS (SELECT 1 FROM events WHERE body_blob = ?1) RETURNING stored_size, data IS NULL",
        )?
        .query_row(params![hash.as_bytes(), before.0], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, bool>(1)?))
        })
        .optional()?;
    if let Some((stored_bytes, in_file)) = dropped {
        if in_file {
            // Before the commit, under the write lock: nobody can have put it again. Should the commit fail,
            // a blob without its file stays, which the next put heals.
            remove_file(&blob::path(dir, hash))?;
        }
        released.blobs += 1;
        released.stored_bytes += stored_bytes;
    }
    Ok(())
}

pub(super) fn sweep(connection: &mut Connection, dir: &Path) -> Result<u64, StoreError> {
    let mut swept = 0;
    let blobs = dir.join("blobs");
    for folder in entries(&blobs)? {
        if folder.ends_with("tmp") {
            for path in entries(&folder)? {
                let age = path
                    .metadata()
                    .and_then(|meta| meta.modified())
                    .ok()
                    .and_then(|at| at.elapsed().ok());
                if age.is_some_and(|age| age > UNFINISHED_AGE) {
                    remove_file(&path)?;
                    swept += 1;
                }
            }
            continue;
        }
        let transaction = write_transaction(connection)?;
        for path in entries(&folder)? {
            let Some(hash) = hash_of_path(&path) else { continue };
            let known = transaction
                .prepare_cached("SELECT 1 FROM blobs WHERE hash = ?1 AND data IS NULL")?
                .exists([hash.as_bytes()])?;
            if !known {
                remove_file(&path)?;
                swept += 1;
            }
        }
        transaction.commit()?;
    }
    Ok(swept)
}

/// The hash a file of `blobs/ab/` is named after. Files with other names are not ours to remove.
fn hash_of_path(path: &Path) -> Option<Hash> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let file = path.file_name()?.to_str()?;
    format!("{folder}{file}").parse().ok()
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, StoreError> {
    std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(StoreError::file(folder))
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(path)(error)),
        _ => Ok(()),
    }
}
