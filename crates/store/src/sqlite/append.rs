//! Appending events.

use deskhand_types::{Event, EventDraft, Hash, TaskId, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{SqliteStore, blobs, labels, set_durability, write_transaction};
use crate::blob::Prepared;
use crate::chain::{Entry, Record};
use crate::{Durability, StoreError};

/// Bodies from this many bytes of canonical JSON on are kept as blobs: most are, so compressed, a tenth.
const LARGE_BODY: usize = 16 * 1024;

pub(super) fn append(
    store: &SqliteStore,
    task: &TaskId,
    expected_seq: u64,
    at: Timestamp,
    drafts: &[EventDraft],
    durability: Durability,
) -> Result<Vec<Event>, StoreError> {
    // Everything that costs time comes before the write lock.
    let entries = drafts
        .iter()
        .map(|draft| {
            let entry = Entry::new(draft).map_err(|reason| StoreError::Unstorable {
                kind: draft.body.kind(),
                reason,
            })?;
            let blob = (entry.body.len() >= LARGE_BODY)
                .then(|| {
                    let prepared = Prepared::from_bytes(&store.dir, entry.body.as_bytes())?;
                    let intact = blobs::is_intact(&store.reader(), &store.dir, &prepared.hash)?;
                    Ok::<_, StoreError>((prepared, intact))
                })
                .transpose()?;
            Ok((entry, blob))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;

    let mut connection = store.writer();
    set_durability(&connection, durability)?;
    let transaction = write_transaction(&mut connection)?;
    let events = insert(&transaction, store, task, expected_seq, at, entries)?;
    labels::take(&transaction, drafts)?;
    transaction.commit()?;
    Ok(events)
}

fn insert(
    transaction: &Transaction<'_>,
    store: &SqliteStore,
    task: &TaskId,
    expected_seq: u64,
    at: Timestamp,
    entries: Vec<(Entry, Option<(Prepared, bool)>)>,
) -> Result<Vec<Event>, StoreError> {
    let log = transaction
        .prepare_cached("SELECT id, last_seq, head FROM logs WHERE task = ?1")?
        .query_row([task.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?, row.get::<_, [u8; 32]>(2)?))
        })
        .optional()?;
    let actual = log.map_or(0, |(_, last_seq, _)| last_seq + 1);
    if actual != expected_seq {
        return Err(StoreError::Conflict {
            task: task.clone(),
            expected: expected_seq,
            actual,
        });
    }
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let (log, mut prev) = if let Some((id, _, head)) = log {
        (id, Hash::from_bytes(head))
    } else {
        transaction
            .prepare_cached("INSERT INTO logs (task, first_at, last_at, last_seq, head) VALUES (?1, ?2, ?2, 0, ?3)")?
            .execute(params![task.as_str(), at.0, Hash::ZERO.as_bytes()])?;
        (transaction.last_insert_rowid(), Hash::ZERO)
    };
    let mut add = transaction.prepare_cached(
        "INSERT INTO events (log, seq, at, kind, body, body_blob, label, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let mut events = Vec::with_capacity(entries.len());
    for (seq, (entry, blob)) in (expected_seq..).zip(entries) {
        let record = Record {
            task: task.as_str(),
            seq,
            at: at.0,
            kind: entry.kind,
            body: &entry.body,
            label: entry.label.as_deref(),
        };
        let hash = record.hash(&prev);
        let blob_hash = blob.as_ref().map(|(prepared, _)| prepared.hash);
        if let Some((prepared, intact)) = blob {
            blobs::place(transaction, &store.dir, prepared, intact)?;
        }
        let inline = blob_hash.is_none().then_some(entry.body.as_str());
        add.execute(params![
            log,
            seq,
            at.0,
            entry.kind,
            inline,
            blob_hash.as_ref().map(Hash::as_bytes),
            entry.label,
            hash.as_bytes()
        ])?;
        events.push(entry.into_event(task, seq, at, prev, hash));
        prev = hash;
    }
    let last_seq = expected_seq + events.len() as u64 - 1;
    transaction
        .prepare_cached("UPDATE logs SET last_at = ?2, last_seq = ?3, head = ?4 WHERE id = ?1")?
        .execute(params![log, at.0, last_seq, prev.as_bytes()])?;
    Ok(events)
}
