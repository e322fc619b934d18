//! Full-text search. The index lags behind the log and is brought up to date by whoever searches, so that appending
//! stays fast.

use deskhand_types::{EventBody, TaskId, Timestamp};
use rusqlite::{Connection, params};

use super::{SqliteStore, blobs, read, write_transaction};
use crate::{Durability, Hit, StoreError, chain, text};

/// Events indexed in one transaction: a process that appends meanwhile waits no longer than that takes.
const BATCH: usize = 256;

pub(super) fn search(store: &SqliteStore, text: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
    let query = text::Query::parse(text);
    let Some(fts) = query.fts() else {
        return Ok(Vec::new());
    };
    while index_batch(store)? {}

    let connection = store.reader();
    let mut find = connection.prepare_cached(
        "SELECT e.id, l.task, e.seq, e.at, e.kind FROM words JOIN events e ON e.id = words.rowid JOIN logs l ON l.id = e.log
         WHERE words MATCH ?1 AND l.task NOT IN (?2, ?3) ORDER BY words.rank, e.id DESC LIMIT ?4",
    )?;
    let rows = find.query_map(
        params![
            fts,
            TaskId::APP,
            TaskId::CONNECTORS,
            i64::try_from(limit).unwrap_or(i64::MAX)
        ],
        |row| {
            Ok((
                row.get::<_, i64>(0)?,
                Hit {
                    task: TaskId::new(row.get::<_, String>(1)?),
                    seq: row.get(2)?,
                    at: Timestamp(row.get(3)?),
                    kind: row.get(4)?,
                    snippet: String::new(),
                },
            ))
        },
    )?;
    let mut hits = Vec::new();
    for row in rows {
        let (id, mut hit) = row?;
        hit.snippet = query.excerpt(&words(&connection, store, id)?);
        hits.push(hit);
    }
    Ok(hits)
}

/// Indexes the next events. Whether there may be more.
fn index_batch(store: &SqliteStore) -> Result<bool, StoreError> {
    let pending: bool = store
        .reader()
        .prepare_cached("SELECT (SELECT max(id) FROM events) > (SELECT indexed_to FROM words_state)")?
        .query_row([], |row| Ok(row.get::<_, Option<bool>>(0)?.unwrap_or(false)))?;
    if !pending {
        return Ok(false);
    }
    let mut connection = store.writer();
    // Nothing is lost with the index: it would be built again.
    super::set_durability(&connection, Durability::Process)?;
    let transaction = write_transaction(&mut connection)?;
    let done: i64 = transaction.query_row("SELECT indexed_to FROM words_state", [], |row| row.get(0))?;
    let ids = transaction
        .prepare_cached("SELECT id FROM events WHERE id > ?1 ORDER BY id LIMIT ?2")?
        .query_map(params![done, BATCH as i64], |row| row.get::<_, i64>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    for id in &ids {
        let text = words(&transaction, store, *id)?;
        if !text.is_empty() {
            transaction
                .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
                .execute(params![id, text])?;
        }
    }
    transaction.execute(
        "UPDATE words_state SET indexed_to = ?1",
        [ids.last().copied().unwrap_or(done)],
    )?;
    transaction.commit()?;
    Ok(ids.len() == BATCH)
}

/// What is searchable in an event. Nothing in one that is damaged or of another version: search still finds the others.
fn words(connection: &Connection, store: &SqliteStore, id: i64) -> Result<String, StoreError> {
    match read::body(connection, &store.dir, id) {
        Ok((kind, body)) => {
            let Ok(body) = chain::decode_body(&kind, &body) else {
                return Ok(String::new());
            };
            let mut words = text::searchable(&body);
            // A value that was released is not found any more; that it was there still is.
            if let EventBody::VariableKept(variable) = &body
                && let Ok(blob) = blobs::get(connection, &store.dir, &variable.hash)
            {
                words.push_str(&text::held(&blob));
            }
            Ok(words)
        }
        Err(StoreError::Blob(_)) => Ok(String::new()),
        Err(other) => Err(other),
    }
}
