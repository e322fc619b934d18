//! Several handles on one store, as several processes have.

use std::sync::Barrier;

use deskhand_store::{EventLog as _, SqliteStore, StoreError};
use deskhand_types::{BlobStore as _, Hash, TaskId, Timestamp};

use crate::drafts::{noise, said};

#[test]
fn of_two_writers_only_one_continues_a_task() {
    const ROUNDS: u64 = 40;
    let dir = tempfile::tempdir().unwrap();
    let task = TaskId::from("01aa");
    let barrier = Barrier::new(2);
    // Both open a store that is not there yet.
    let writer = |name: &str| {
        barrier.wait();
        let store = SqliteStore::open(dir.path()).unwrap();
        let mut won = Vec::new();
        for seq in 0..ROUNDS {
            barrier.wait();
            match store.append(&task, seq, Timestamp(0), &[said(name)]) {
                Ok(events) => won.extend(events),
                Err(StoreError::Conflict { expected, actual, .. }) => assert_eq!((expected, actual), (seq, seq + 1)),
                Err(other) => panic!("{other}"),
            }
        }
        won
    };
    let (a, b) = std::thread::scope(|scope| {
        let a = scope.spawn(|| writer("a"));
        let b = scope.spawn(|| writer("b"));
        (a.join().unwrap(), b.join().unwrap())
    });
    let mut all = [a, b].concat();
    all.sort_by_key(|event| event.seq);
    let store = SqliteStore::open(dir.path()).unwrap();
    assert_eq!(store.read(&task, 0).unwrap(), all);
    assert_eq!(store.verify(&task).unwrap().events, ROUNDS);
}

#[test]
fn writers_of_different_tasks_and_readers_do_not_fail_one_another() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).unwrap();
    std::thread::scope(|scope| {
        for name in ["01aa", "01ab", "01ac"] {
            let dir = dir.path();
            scope.spawn(move || {
                let store = SqliteStore::open(dir).unwrap();
                let task = TaskId::from(name);
                for seq in 0..25 {
                    store
                        .append(&task, seq, Timestamp(0), &[said("something about Lisbon")])
                        .unwrap();
                    store.put(format!("{name}{seq}").as_bytes()).unwrap();
                    store.search("lisbon", 3).unwrap();
                    assert_eq!(store.verify(&task).unwrap().events, seq + 1);
                }
            });
        }
    });
    let store = SqliteStore::open(dir.path()).unwrap();
    assert_eq!(
        store.search("lisbon", 100).unwrap().len(),
        75,
        "each event is indexed once"
    );
    assert_eq!(store.usage().unwrap().blobs, 75);
}

#[test]
fn one_content_put_and_released_at_once_is_there_or_not_but_never_half() {
    let dir = tempfile::tempdir().unwrap();
    let content = noise(400_000);
    let hash = Hash::of(&content);
    SqliteStore::open(dir.path()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let store = SqliteStore::open(dir.path()).unwrap();
            for _ in 0..20 {
                store.release(&[hash], Timestamp(i64::MAX)).unwrap();
            }
        });
        let store = SqliteStore::open(dir.path()).unwrap();
        for _ in 0..20 {
            store.put(&content).unwrap();
        }
    });
    let store = SqliteStore::open(dir.path()).unwrap();
    store.put(&content).unwrap();
    assert_eq!(store.get(&hash).unwrap(), content);
    assert_eq!(store.sweep().unwrap(), 0);
}

#[test]
fn a_task_is_claimed_by_one_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (
        SqliteStore::open(dir.path()).unwrap(),
        SqliteStore::open(dir.path()).unwrap(),
    );
    let task = TaskId::new("../../../etc/passwd");
    let lease = one.claim(&task, "deskhand serve").unwrap();
    for store in [&one, &two] {
        let error = store.claim(&task, "deskhand resume").unwrap_err();
        assert_eq!(
            error.to_string(),
            "task ../../../etc/passwd is being worked on by deskhand serve"
        );
    }
    let _other = two.claim(&TaskId::from("01ab"), "deskhand resume").unwrap();
    drop(lease);
    let _mine = two.claim(&task, "deskhand resume").unwrap();
    let error = one.claim(&task, "deskhand serve").unwrap_err();
    assert!(matches!(error, StoreError::Claimed { owner, .. } if owner == "deskhand resume"));
}
