//! Opening what is not, or no longer, a sound store of this version.

use std::path::Path;

use deskhand_store::{EventLog as _, SqliteStore, StoreError};
use deskhand_types::{Coded as _, TaskId, Timestamp};
use rusqlite::Connection;

use crate::drafts::said;

fn database(dir: &Path) -> std::path::PathBuf {
    dir.join("deskhand.db")
}

/// A store with events, closed.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    for seq in 0..100 {
        store
            .append(&TaskId::from("01aa"), seq, Timestamp(0), &[said(&"text ".repeat(200))])
            .unwrap();
    }
    dir
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let content = "my shopping list\n".repeat(100);
    std::fs::write(database(dir.path()), &content).unwrap();
    let error = SqliteStore::open(dir.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not Deskhand's database: it is not a SQLite file; it was left as it is",
            database(dir.path()).display()
        )
    );
    assert_eq!(error.code().as_str(), "store.foreign");
    assert!(error.hint().unwrap().contains("DESKHAND_HOME"));
    assert_eq!(std::fs::read_to_string(database(dir.path())).unwrap(), content);
}

#[test]
fn a_database_of_another_program_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    Connection::open(database(dir.path()))
        .and_then(|other| other.execute_batch("CREATE TABLE recipes (name TEXT)"))
        .unwrap();
    let before = std::fs::read(database(dir.path())).unwrap();
    let error = SqliteStore::open(dir.path()).unwrap_err();
    assert!(matches!(&error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(std::fs::read(database(dir.path())).unwrap(), before);
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    let dir = filled();
    Connection::open(database(dir.path()))
        .and_then(|newer| newer.pragma_update(None, "user_version", 99))
        .unwrap();
    let before = std::fs::read(database(dir.path())).unwrap();
    let error = SqliteStore::open(dir.path()).unwrap_err();
    assert!(
        matches!(
            &error,
            StoreError::NewerFormat {
                found: 99,
                known: 4,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        error.hint().unwrap(),
        "Update Deskhand; nothing here can read that format."
    );
    assert_eq!(std::fs::read(database(dir.path())).unwrap(), before);
}

#[test]
fn a_damaged_database_is_reported_and_left_as_it_is() {
    let dir = filled();
    let mut bytes = std::fs::read(database(dir.path())).unwrap();
    for byte in &mut bytes[8192..] {
        *byte = 0xa5;
    }
    std::fs::write(database(dir.path()), &bytes).unwrap();
    let error = SqliteStore::open(dir.path())
        .and_then(|store| store.read(&TaskId::from("01aa"), 0))
        .unwrap_err();
    assert_eq!(error.code().as_str(), "store.damaged", "{error:?}");
    assert!(error.hint().unwrap().starts_with("Copy the whole folder"), "{error:?}");
    assert_eq!(std::fs::read(database(dir.path())).unwrap(), bytes);
}

#[test]
fn a_cut_off_database_is_reported() {
    let dir = filled();
    let bytes = std::fs::read(database(dir.path())).unwrap();
    std::fs::write(database(dir.path()), &bytes[..bytes.len() / 2]).unwrap();
    let error = SqliteStore::open(dir.path())
        .and_then(|store| store.verify(&TaskId::from("01aa")))
        .unwrap_err();
    assert_eq!(error.code().as_str(), "store.damaged", "{error:?}");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    fn modes(folder: &Path, found: &mut Vec<(String, u32)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            found.push((path.display().to_string(), mode));
            if path.is_dir() {
                modes(&path, found);
            }
        }
    }

    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("store");
    let store = SqliteStore::open(&dir).unwrap();
    store
        .append(&TaskId::from("01aa"), 0, Timestamp(0), &[said("x")])
        .unwrap();
    deskhand_types::BlobStore::put(&store, &vec![7; 300_000]).unwrap();
    let _lease = store.claim(&TaskId::from("01aa"), "me").unwrap();
    let mut found = Vec::new();
    modes(parent.path(), &mut found);
    assert!(found.len() >= 9, "{found:?}");
    for (path, mode) in &found {
        assert!(
            *mode == if Path::new(path).is_dir() { 0o700 } else { 0o600 },
            "{path} has {mode:o}"
        );
    }

    std::fs::set_permissions(database(&dir), std::fs::Permissions::from_mode(0o644)).unwrap();
    SqliteStore::open(&dir).unwrap();
    assert_eq!(database(&dir).metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_task_has_a_folder_for_its_results_and_its_id_chooses_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let folder = dir.path().join("outputs").join("01aa");
    assert_eq!(store.outputs_folder(&TaskId::from("01aa")).unwrap(), folder);
    std::fs::write(folder.join("report.txt"), "x").unwrap();
    assert_eq!(
        store.outputs_folder(&TaskId::from("01aa")).unwrap(),
        folder,
        "and keeps it"
    );
    assert_eq!(std::fs::read_to_string(folder.join("report.txt")).unwrap(), "x");
    for id in ["", "..", "../x", "/etc", "a/b", "a\\b", "c:"] {
        let error = store.outputs_folder(&TaskId::from(id)).unwrap_err();
        assert!(matches!(error, StoreError::UnknownTask(_)), "{id}: {error:?}");
    }
}
