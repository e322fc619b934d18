//! Opening the database: its identity, its format, its pragmas.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::{DATABASE, write_transaction};
use crate::{StoreError, folder};

/// "Desk" in ASCII: marks the file as ours in SQLite's header.
const APPLICATION_ID: i64 = 0x4465_736b;

/// One step per format: step `n` brings format `n` to `n + 1`. Steps are never edited once released.
const MIGRATIONS: [&str; 4] = [
    "
    CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        task TEXT NOT NULL UNIQUE,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        -- Hash of the last event: finds a log whose end was cut off.
        head BLOB NOT NULL
    ) STRICT;
    -- `id` grows with every commit of any process; the search index relies on it.
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        log INTEGER NOT NULL REFERENCES logs (id),
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        -- Canonical JSON, here or, when it is large, as the blob `body_blob`.
        body TEXT,
        body_blob BLOB,
        label TEXT,
        hash BLOB NOT NULL,
        UNIQUE (log, seq),
        CHECK ((body IS NULL) <> (body_blob IS NULL))
    ) STRICT;
    CREATE INDEX events_by_body_blob ON events (body_blob) WHERE body_blob IS NOT NULL;
    CREATE TABLE blobs (
        hash BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        stored_size INTEGER NOT NULL,
        -- 0 = as it is, 1 = zstd
        encoding INTEGER NOT NULL,
        -- NULL = in the folder `blobs`.
        data BLOB,
        -- Last time it was put, in milliseconds since 1970.
        touched INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX blobs_by_touched ON blobs (touched);
    CREATE TABLE lease_owners (task TEXT PRIMARY KEY, owner TEXT NOT NULL) STRICT, WITHOUT ROWID;
    -- The index holds no text, only where words are; it can be dropped and built again from the events.
    CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize=\"unicode61 remove_diacritics 2\");
    CREATE TABLE words_state (indexed_to INTEGER NOT NULL) STRICT;
    INSERT INTO words_state VALUES (0);
",
    "
    -- What `content.labelled` events say, by content; made from them alone.
    CREATE TABLE content_labels (
        content BLOB NOT NULL,
        -- The folder on this machine it was written into.
        folder TEXT NOT NULL,
        label TEXT NOT NULL,
        PRIMARY KEY (content, folder)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX content_labels_by_folder ON content_labels (folder);
",
    "
    -- More of the events is searchable: the next search builds the index again.
    INSERT INTO words (words) VALUES ('delete-all');
    UPDATE words_state SET indexed_to = 0;
",
    "
    -- The few logs that propose notes are found without reading all.
    CREATE INDEX IF NOT EXISTS events_that_propose_notes ON events (at, log) WHERE kind = 'memory.proposed';
",
];

/// Opens the store's folder: a connection that writes and one that only reads.
pub(super) fn open(dir: &Path) -> Result<(Connection, Connection), StoreError> {
    for path in [dir.to_owned(), dir.join("blobs").join("tmp"), dir.join("leases")] {
        folder::create_private(&path).map_err(StoreError::file(path))?;
    }
    let path = dir.join(DATABASE);
    // One process at a time: switching a fresh database to WAL does not wait for others by itself.
    let lock_path = dir.join("open.lock");
    let lock = folder::open_lock(&lock_path).map_err(StoreError::file(&lock_path))?;
    lock.lock().map_err(StoreError::file(&lock_path))?;

    // SQLite gives its journal files the permissions of the database.
    folder::private_options()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|_| folder::make_private(&path))
        .map_err(StoreError::file(&path))?;
    let writer = prepare(&path).map_err(|error| at_path(error, &path))?;
    let reader = connect(&path)?;
    reader
        .execute_batch("PRAGMA query_only=ON")
        .map_err(|error| at_path(error.into(), &path))?;
    folder::sync(dir).map_err(StoreError::file(dir))?;
    Ok((writer, reader))
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn prepare(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = connect(path)?;
    // Reads only, so that a file that is not ours stays untouched.
    let format = identify(&connection, path)?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL;
         PRAGMA foreign_keys=ON;
         PRAGMA temp_store=MEMORY;
         PRAGMA fullfsync=ON;
         PRAGMA checkpoint_fullfsync=ON;
         PRAGMA synchronous=FULL;",
    )?;
    let known = MIGRATIONS.len() as i64;
    if format < known {
        let transaction = write_transaction(&mut connection)?;
        for step in MIGRATIONS.iter().skip(usize::try_from(format).unwrap_or(0)) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", known)?;
        transaction.commit()?;
    }
    Ok(connection)
}

/// The format of the database, 0 for an empty one.
fn identify(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id")?;
    let format = number("user_version")?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (application != 0 || format != 0 || objects != 0) {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
            detail: "it is another program's SQLite database".to_owned(),
        });
    }
    let known = MIGRATIONS.len() as i64;
    if format > known {
        return Err(StoreError::NewerFormat {
            path: path.to_owned(),
            found: format,
            known,
        });
    }
    Ok(format.max(0))
}

/// Names the file in errors that know only that something is wrong with it.
fn at_path(error: StoreError, path: &Path) -> StoreError {
    match error {
        StoreError::Damaged { detail, .. } => StoreError::Damaged {
            path: path.to_owned(),
            detail,
        },
        StoreError::Foreign { detail, .. } => StoreError::Foreign {
            path: path.to_owned(),
            detail,
        },
        StoreError::Database(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => StoreError::File {
            path: path.to_owned(),
            source: std::io::Error::other(error),
        },
        other => other,
    }
}
