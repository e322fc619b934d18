//! Reading, checking and exporting logs.

use std::path::Path;

use deskhand_types::{BlobError, Event, Hash, Label, TaskId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{SqliteStore, StoreUsage, blobs};
use crate::chain::{self, Record};
use crate::{StoreError, TaskHead, Verification};

/// Events looked at in one go by an export, between which others may use the connection.
const PAGE: u64 = 256;
/// How many tasks an ambiguous prefix lists.
const MAX_MATCHES: usize = 5;

/// A row of `events`, with its body fetched.
struct Stored {
    seq: u64,
    at: i64,
    kind: String,
    body: String,
    label: Option<String>,
    hash: Hash,
}

impl Stored {
    fn record<'a>(&'a self, task: &'a TaskId) -> Record<'a> {
        Record {
            task: task.as_str(),
            seq: self.seq,
            at: self.at,
            kind: &self.kind,
            body: &self.body,
            label: self.label.as_deref(),
        }
    }

    fn decode(self, task: &TaskId, prev_hash: Hash) -> Result<Event, StoreError> {
        let unreadable = |error: serde_json::Error| StoreError::Unreadable {
            task: task.clone(),
            seq: self.seq,
            kind: self.kind.clone(),
            reason: error.to_string(),
        };
        let body = chain::decode_body(&self.kind, &self.body).map_err(unreadable)?;
        let label = self
            .label
            .as_deref()
            .map(serde_json::from_str::<Label>)
            .transpose()
            .map_err(unreadable)?;
        Ok(Event {
            task: task.clone(),
            seq: self.seq,
            at: Timestamp(self.at),
            body,
            label,
            prev_hash,
            hash: self.hash,
        })
    }
}

/// What `logs` says about one log.
struct Head {
    id: i64,
    first_at: i64,
    last_at: i64,
    last_seq: u64,
    hash: Hash,
}

fn head(connection: &Connection, task: &TaskId) -> Result<Option<Head>, StoreError> {
    let head = connection
        .prepare_cached("SELECT id, first_at, last_at, last_seq, head FROM logs WHERE task = ?1")?
        .query_row([task.as_str()], |row| {
            Ok(Head {
                id: row.get(0)?,
                first_at: row.get(1)?,
                last_at: row.get(2)?,
                last_seq: row.get(3)?,
                hash: Hash::from_bytes(row.get(4)?),
            })
        })
        .optional();
    head.or_else(|error| wrong_type(error, task, 0))
}

/// A value of the wrong type or range in a row is a changed row, not a broken database.
fn wrong_type<T>(error: rusqlite::Error, task: &TaskId, seq: u64) -> Result<T, StoreError> {
    match error {
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => Err(tampered(task, seq, "a value has the wrong form")),
        other => Err(other.into()),
    }
}

fn tampered(task: &TaskId, seq: u64, what: &'static str) -> StoreError {
    StoreError::Tampered {
        task: task.clone(),
        seq,
        what,
    }
}

/// Walks the events `from..=to` of a log, checking each against the chain, and hands each to `each` with the hash before.
fn walk(
    connection: &Connection,
    dir: &Path,
    task: &TaskId,
    log: &Head,
    from: u64,
    to: u64,
    mut each: impl FnMut(Stored, Hash) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut prev = Hash::ZERO;
    if let Some(before) = from.checked_sub(1) {
        prev = connection
            .prepare_cached("SELECT hash FROM events WHERE log = ?1 AND seq = ?2")?
            .query_row(params![log.id, before], |row| row.get(0).map(Hash::from_bytes))
            .optional()
            .or_else(|error| wrong_type(error, task, before))?
            .ok_or_else(|| tampered(task, before, "it is missing"))?;
    }
    let mut select = connection.prepare_cached(
        "SELECT seq, at, kind, body, body_blob, label, hash FROM events WHERE log = ?1 AND seq >= ?2 AND seq <= ?3 ORDER BY seq",
    )?;
    let mut rows = select.query(params![log.id, from, to])?;
    let mut expected = from;
    while let Some(row) = rows.next()? {
        let stored = match stored(connection, dir, row, task, expected) {
            Ok(stored) => stored,
            Err(StoreError::Blob(BlobError::Missing(_) | BlobError::Damaged(_))) => {
                return Err(tampered(task, expected, "its stored body is missing or damaged"));
            }
            Err(other) => return Err(other),
        };
        if stored.seq != expected {
            return Err(tampered(task, expected, "it is missing"));
        }
        let record = stored.record(task);
        if record.hash(&prev) != stored.hash || !record.is_well_formed() {
            return Err(tampered(
                task,
                expected,
                "its content does not have the hash it was stored with",
            ));
        }
        let hash = stored.hash;
        each(stored, prev)?;
        prev = hash;
        expected += 1;
    }
    if expected <= to {
        return Err(tampered(task, expected, "it is missing"));
    }
    if to == log.last_seq && prev != log.hash {
        return Err(tampered(task, to, "it is not the event the log ended with"));
    }
    Ok(())
}

fn stored(
    connection: &Connection,
    dir: &Path,
    row: &Row<'_>,
    task: &TaskId,
    expected: u64,
) -> Result<Stored, StoreError> {
    let read = || {
        Ok((
            row.get(3)?,
            row.get::<_, Option<[u8; 32]>>(4)?,
            Stored {
                seq: row.get(0)?,
                at: row.get(1)?,
                kind: row.get(2)?,
                body: String::new(),
                label: row.get(5)?,
                hash: Hash::from_bytes(row.get(6)?),
            },
        ))
    };
    let (inline, blob, mut stored): (Option<String>, _, _) =
        read().or_else(|error| wrong_type(error, task, expected))?;
    stored.body = body_text(connection, dir, inline, blob)?;
    Ok(stored)
}

/// The body of an event, from where it is.
pub(super) fn body_text(
    connection: &Connection,
    dir: &Path,
    inline: Option<String>,
    blob: Option<[u8; 32]>,
) -> Result<String, StoreError> {
    match (inline, blob) {
        (Some(body), _) => Ok(body),
        (None, Some(hash)) => {
            let hash = Hash::from_bytes(hash);
            let bytes = blobs::get(connection, dir, &hash)?;
            Ok(String::from_utf8(bytes).map_err(|_| BlobError::Damaged(hash))?)
        }
        // The schema forbids it; an edited file may have it.
        (None, None) => Ok(String::new()),
    }
}

/// Kind and body of the event with that row id, unchecked.
pub(super) fn body(connection: &Connection, dir: &Path, id: i64) -> Result<(String, String), StoreError> {
    let (kind, inline, blob) = connection
        .prepare_cached("SELECT kind, body, body_blob FROM events WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok((kind, body_text(connection, dir, inline, blob)?))
}

pub(super) fn events(
    connection: &Connection,
    dir: &Path,
    task: &TaskId,
    from_seq: u64,
    see: &mut dyn FnMut(Event),
) -> Result<(), StoreError> {
    // One snapshot for the head and the rows: another process may append meanwhile.
    let snapshot = connection.unchecked_transaction()?;
    if let Some(log) = head(&snapshot, task)?
        && from_seq <= log.last_seq
    {
        walk(&snapshot, dir, task, &log, from_seq, log.last_seq, |stored, prev| {
            see(stored.decode(task, prev)?);
            Ok(())
        })?;
    }
    Ok(())
}

pub(super) fn verify(connection: &Connection, dir: &Path, task: &TaskId) -> Result<Verification, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let log = head(&snapshot, task)?.ok_or_else(|| StoreError::UnknownTask(task.to_string()))?;
    let mut first_at = None;
    let mut last_at = None;
    walk(&snapshot, dir, task, &log, 0, log.last_seq, |stored, _| {
        first_at = first_at.or(Some(stored.at));
        last_at = Some(stored.at);
        Ok(())
    })?;
    if first_at != Some(log.first_at) || last_at != Some(log.last_at) {
        return Err(tampered(
            task,
            log.last_seq,
            "the times in the list of tasks are not those of the log",
        ));
    }
    let extra = snapshot
        .prepare_cached("SELECT min(seq) FROM events WHERE log = ?1 AND (seq < 0 OR seq > ?2)")?
        .query_row(params![log.id, log.last_seq], |row| row.get::<_, Option<i64>>(0))?;
    if extra.is_some() {
        return Err(tampered(task, log.last_seq, "there are events the log does not count"));
    }
    Ok(Verification {
        events: log.last_seq + 1,
        head: log.hash,
    })
}

pub(super) fn tasks(connection: &Connection) -> Result<Vec<TaskHead>, StoreError> {
    let heads = connection
        .prepare_cached(
            "SELECT task, first_at, last_at, last_seq FROM logs WHERE task NOT IN (?1, ?2) ORDER BY last_at DESC, task DESC",
        )?
        .query_map([TaskId::APP, TaskId::CONNECTORS], |row| {
            Ok(TaskHead {
                task: TaskId::new(row.get::<_, String>(0)?),
                first_at: Timestamp(row.get(1)?),
                last_at: Timestamp(row.get(2)?),
                last_seq: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(heads)
}

pub(super) fn resolve_prefix(connection: &Connection, prefix: &str) -> Result<TaskId, StoreError> {
    let prefix = prefix.to_ascii_lowercase();
    // An exact id wins over longer ones that begin with it.
    let mut found = connection
        .prepare_cached(
            "SELECT task FROM logs WHERE substr(task, 1, length(?1)) = ?1 AND task NOT IN (?2, ?3) ORDER BY length(task), task LIMIT ?4",
        )?
        .query_map(params![prefix, TaskId::APP, TaskId::CONNECTORS, MAX_MATCHES as i64], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    match found.first() {
        None => Err(StoreError::UnknownTask(prefix)),
        Some(first) if !prefix.is_empty() && (found.len() == 1 || *first == prefix) => {
            Ok(TaskId::new(found.swap_remove(0)))
        }
        Some(_) => Err(StoreError::AmbiguousTask { prefix, matches: found }),
    }
}

pub(super) fn tasks_that_proposed_notes(connection: &Connection, since: Timestamp) -> Result<Vec<TaskId>, StoreError> {
    // The kind stands in the statement: only so is the index of these events taken.
    let mut select = connection.prepare_cached(
        "SELECT task FROM logs WHERE id IN (SELECT log FROM events WHERE kind = 'memory.proposed' AND at >= ?1)
         ORDER BY first_at, task",
    )?;
    let tasks = select.query_map([since.0], |row| row.get::<_, String>(0).map(TaskId::new))?;
    Ok(tasks.collect::<Result<_, _>>()?)
}

pub(super) fn usage(connection: &Connection) -> Result<StoreUsage, StoreError> {
    let number = |sql: &str| {
        connection
            .prepare_cached(sql)?
            .query_row([], |row| row.get::<_, u64>(0))
    };
    let own = [TaskId::APP, TaskId::CONNECTORS];
    let own: u64 = connection.query_row("SELECT count(*) FROM logs WHERE task IN (?1, ?2)", own, |row| {
        row.get(0)
    })?;
    Ok(StoreUsage {
        tasks: number("SELECT count(*) FROM logs")? - own,
        events: number("SELECT count(*) FROM events")?,
        database_bytes: number("PRAGMA page_count")? * number("PRAGMA page_size")?,
        blobs: number("SELECT count(*) FROM blobs")?,
        blob_bytes: number("SELECT coalesce(sum(size), 0) FROM blobs")?,
        blob_stored_bytes: number("SELECT coalesce(sum(stored_size), 0) FROM blobs")?,
    })
}

/// The lines of an export. See [`SqliteStore::export`].
#[derive(Debug)]
pub struct Export<'a> {
    store: &'a SqliteStore,
    task: TaskId,
    next_seq: u64,
    page: std::vec::IntoIter<String>,
    /// What comes after the page: more, or an error, or the end.
    then: Then,
}

#[derive(Debug)]
enum Then {
    More,
    Error(StoreError),
    End,
}

impl<'a> Export<'a> {
    pub(super) fn new(store: &'a SqliteStore, task: TaskId) -> Self {
        Self {
            store,
            task,
            next_seq: 0,
            page: Vec::new().into_iter(),
            then: Then::More,
        }
    }

    /// The next lines. Good ones before a bad one count.
    fn fetch(&self) -> Result<(Vec<String>, Then), StoreError> {
        let connection = self.store.reader();
        let snapshot = connection.unchecked_transaction()?;
        let log = head(&snapshot, &self.task)?.ok_or_else(|| StoreError::UnknownTask(self.task.to_string()))?;
        if self.next_seq > log.last_seq {
            return Ok((Vec::new(), Then::End));
        }
        let to = log.last_seq.min(self.next_seq + PAGE - 1);
        let mut lines = Vec::new();
        let walked = walk(
            &snapshot,
            &self.store.dir,
            &self.task,
            &log,
            self.next_seq,
            to,
            |stored, prev| {
                lines.push(stored.record(&self.task).line(&prev, &stored.hash));
                Ok(())
            },
        );
        let then = match walked {
            Err(error) => Then::Error(error),
            Ok(()) if to == log.last_seq => Then::End,
            Ok(()) => Then::More,
        };
        Ok((lines, then))
    }
}

impl Iterator for Export<'_> {
    type Item = Result<String, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(line) = self.page.next() {
                return Some(Ok(line));
            }
            match std::mem::replace(&mut self.then, Then::End) {
                Then::End => return None,
                Then::Error(error) => return Some(Err(error)),
                Then::More => {}
            }
            match self.fetch() {
                Ok((lines, then)) => {
                    self.next_seq += lines.len() as u64;
                    self.page = lines.into_iter();
                    self.then = then;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
