//! Edits behind the store's back.

use std::path::Path;

use deskhand_store::{EventLog as _, SqliteStore, StoreError};
use deskhand_types::{Coded as _, Event, Hash, TaskId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::drafts::{result, said};

fn store_with_log(dir: &Path) -> (SqliteStore, TaskId, Vec<Event>) {
    let store = SqliteStore::open(dir).unwrap();
    let task = TaskId::from("01aa");
    let large = result("/mnt/work/a.txt", &"line\n".repeat(4_000));
    let mut events = store.append(&task, 0, Timestamp(11), &[said("one"), large]).unwrap();
    events.extend(store.append(&task, 2, Timestamp(12), &[said("three")]).unwrap());
    (store, task, events)
}

fn edit(dir: &Path) -> Connection {
    let connection = Connection::open(dir.join("deskhand.db")).unwrap();
    connection.execute_batch("PRAGMA synchronous=OFF").unwrap();
    connection
}

/// Every value that differs from `value` in one bit.
fn flips(value: &Value) -> Vec<Value> {
    let in_bytes = |bytes: &[u8], wrap: fn(Vec<u8>) -> Value| {
        (0..bytes.len() * 8)
            .map(|bit| {
                let mut flipped = bytes.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                wrap(flipped)
            })
            .collect()
    };
    match value {
        Value::Integer(number) => (0..64).map(|bit| Value::Integer(number ^ (1 << bit))).collect(),
        Value::Text(text) => in_bytes(text.as_bytes(), Value::Blob),
        Value::Blob(bytes) => in_bytes(bytes, Value::Blob),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_bit_of_a_log_is_covered() {
    // What a log is made of. Not covered: row ids, and a blob's `touched` and `stored_size`, which say nothing about it.
    const COLUMNS: [(&str, &str, bool); 15] = [
        ("logs", "task", true),
        ("logs", "first_at", false),
        ("logs", "last_at", false),
        ("logs", "last_seq", false),
        ("logs", "head", false),
        ("events", "log", false),
        ("events", "seq", false),
        ("events", "at", false),
        ("events", "kind", true),
        ("events", "body", true),
        ("events", "body_blob", false),
        ("events", "label", true),
        ("events", "hash", false),
        ("blobs", "encoding", false),
        ("blobs", "data", false),
    ];
    let dir = tempfile::tempdir().unwrap();
    let (store, task, events) = store_with_log(dir.path());
    let sound = store.verify(&task).unwrap();
    let connection = edit(dir.path());
    let mut checked = 0;
    for (table, column, is_text) in COLUMNS {
        let rows: Vec<(i64, Value)> = connection
            .prepare(&format!(
                "SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
            ))
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(!rows.is_empty(), "{table}.{column}");
        let placeholder = if is_text { "CAST(?2 AS TEXT)" } else { "?2" };
        let sql = format!("UPDATE {table} SET {column} = {placeholder} WHERE rowid = ?1");
        let mut update = connection.prepare(&sql).unwrap();
        for (row, value) in rows {
            for (bit, flipped) in flips(&value).into_iter().enumerate() {
                // One bit in three: every byte several times.
                if bit % 3 != 0 {
                    continue;
                }
                // A number of another event is refused by the schema already.
                if update.execute(params![row, flipped]).is_ok() {
                    match store.verify(&task) {
                        Err(StoreError::Tampered { .. } | StoreError::UnknownTask(_)) => {}
                        // Some bits of a compressed frame's header mean nothing: then nothing of the log changed.
                        Ok(_) if (table, column) == ("blobs", "data") => {
                            assert_eq!(store.read(&task, 0).unwrap(), events);
                        }
                        other => panic!("{table}.{column}, row {row}, bit {bit}: {other:?}"),
                    }
                    checked += 1;
                    update.execute(params![row, value]).unwrap();
                }
            }
        }
    }
    assert_eq!(store.verify(&task).unwrap(), sound, "everything was put back");
    assert!(checked > 1_500, "{checked}");
}

#[test]
fn the_first_wrong_event_is_named_and_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let (store, task, events) = store_with_log(dir.path());
    edit(dir.path())
        .execute("UPDATE events SET body = '{\"text\":\"ten\"}' WHERE seq = 2", [])
        .unwrap();
    let message = "the log of task 01aa was changed after it was written: event 2: \
                   its content does not have the hash it was stored with";
    assert_eq!(store.verify(&task).unwrap_err().to_string(), message);
    assert_eq!(store.read(&task, 0).unwrap_err().to_string(), message);
    assert_eq!(store.read(&task, 2).unwrap_err().to_string(), message);
    let mut lines = store.export(&task);
    for event in &events[..2] {
        assert_eq!(
            serde_json::from_str::<Event>(&lines.next().unwrap().unwrap()).unwrap(),
            *event
        );
    }
    let error = lines.next().unwrap().unwrap_err();
    assert_eq!((error.code().as_str(), lines.count()), ("store.tampered", 0));
}

#[test]
fn events_cannot_be_taken_away_or_added() {
    for (sql, seq, what) in [
        ("DELETE FROM events WHERE seq = 0", 0, "it is missing"),
        ("DELETE FROM events WHERE seq = 1", 1, "it is missing"),
        ("DELETE FROM events WHERE seq = 2", 2, "it is missing"),
        ("DELETE FROM events", 0, "it is missing"),
        (
            "DELETE FROM events WHERE seq = 2; UPDATE logs SET last_seq = 1",
            1,
            "it is not the event the log ended with",
        ),
        (
            "INSERT INTO events (log, seq, at, kind, body, hash) SELECT log, 3, at, kind, body, hash FROM events WHERE seq = 2",
            2,
            "there are events the log does not count",
        ),
        ("DELETE FROM blobs", 1, "its stored body is missing or damaged"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (store, task, _) = store_with_log(dir.path());
        edit(dir.path()).execute_batch(sql).unwrap();
        match store.verify(&task) {
            Err(StoreError::Tampered { seq: s, what: w, .. }) => assert_eq!((s, w), (seq, what), "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

/// Whoever rewrites the log and all its hashes cannot be found out by the log itself, but by anyone who kept its head.
#[test]
fn a_log_rewritten_as_a_whole_has_another_head() {
    let dir = tempfile::tempdir().unwrap();
    let (store, task, _) = store_with_log(dir.path());
    let head = store.verify(&task).unwrap().head;
    let other = tempfile::tempdir().unwrap();
    let rewritten = SqliteStore::open(other.path()).unwrap();
    rewritten
        .append(&task, 0, Timestamp(11), &[said("won"), said("two"), said("three")])
        .unwrap();
    assert_ne!(rewritten.verify(&task).unwrap().head, head);
}

#[test]
fn an_event_of_a_newer_version_is_kept_and_said_to_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let (store, task, events) = store_with_log(dir.path());
    let last = events.last().unwrap();
    let covered = r#"{"at":13,"body":{"x":1},"kind":"thing.happened","seq":3,"task":"01aa"}"#;
    let hash = Hash::of(&[last.hash.as_bytes(), covered.as_bytes()].concat());
    let newer = edit(dir.path());
    newer
        .execute(
            "INSERT INTO events (log, seq, at, kind, body, hash) VALUES (1, 3, 13, 'thing.happened', '{\"x\":1}', ?1)",
            [hash.as_bytes()],
        )
        .unwrap();
    newer
        .execute(
            "UPDATE logs SET last_seq = 3, last_at = 13, head = ?1",
            [hash.as_bytes()],
        )
        .unwrap();

    assert_eq!(store.verify(&task).unwrap().head, hash);
    let error = store.read(&task, 0).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unreadable { seq: 3, kind, .. } if kind == "thing.happened"),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with("event 3 of task 01aa (thing.happened) is intact, but"),
        "{error}"
    );
    let lines: Vec<String> = store.export(&task).map(Result::unwrap).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[3].contains(r#""body":{"x":1}"#), "{}", lines[3]);
    assert_eq!(store.search("three", 5).unwrap().len(), 1, "the others are found");
}
