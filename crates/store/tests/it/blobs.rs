//! Content-addressed bytes.

use std::io::{self, Read};

use deskhand_store::{EventLog as _, Released, SqliteStore};
use deskhand_types::{BlobError, BlobStore as _, EventBody, EventDraft, Hash, Label, TaskId, Timestamp};
use proptest::prelude::*;

use crate::drafts::{cases, noise, result, said};

const LATER: Timestamp = Timestamp(i64::MAX);

fn open() -> (tempfile::TempDir, SqliteStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    (dir, store)
}

/// The files of large blobs.
fn files(dir: &tempfile::TempDir) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(dir.path().join("blobs")).unwrap() {
        found.extend(
            std::fs::read_dir(folder.unwrap().path())
                .unwrap()
                .map(|file| file.unwrap().path()),
        );
    }
    found
}

/// Gives a few bytes at a time, with interruptions.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = out.len().min(self.0.len()).min(7_001);
        let (now, rest) = self.0.split_at(count);
        out[..count].copy_from_slice(now);
        self.0 = rest;
        Ok(count)
    }
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    const LARGE: usize = 256 * 1024;
    let size = prop_oneof![Just(0), 1..2_000_usize, LARGE - 1..LARGE + 2, LARGE + 2..LARGE * 4,];
    (size, any::<bool>(), any::<u8>()).prop_map(|(size, compressible, first)| {
        let mut content = if compressible { vec![b'a'; size] } else { noise(size) };
        content.splice(0..content.len().min(1), [first]).for_each(drop);
        content
    })
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn what_was_put_comes_back(content in content()) {
        let (dir, store) = open();
        let hash = Hash::of(&content);
        prop_assert!(!store.contains(&hash).unwrap());
        prop_assert_eq!(store.put_reader(&mut Trickle(&content, 0)).unwrap(), (hash, content.len() as u64));
        prop_assert_eq!(store.put(&content).unwrap(), hash);
        let store = SqliteStore::open(dir.path()).unwrap();
        prop_assert!(store.contains(&hash).unwrap());
        prop_assert_eq!(&store.get(&hash).unwrap(), &content);
        let mut copied = Vec::new();
        prop_assert_eq!(store.copy_to(&hash, &mut copied).unwrap(), content.len() as u64);
        prop_assert_eq!(&copied, &content);
        let usage = store.usage().unwrap();
        prop_assert_eq!((usage.blobs, usage.blob_bytes), (1, content.len() as u64));
        prop_assert!(usage.blob_stored_bytes <= content.len() as u64 + 64, "never much larger than the content");
        prop_assert_eq!(files(&dir).len(), usize::from(content.len() >= 256 * 1024));
    }
}

#[test]
fn a_reader_or_writer_that_fails_leaves_nothing() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the network drive is gone"))
        }
    }
    impl io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("no room there"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (dir, store) = open();
    let start = noise(900_000);
    let error = store.put_reader(&mut start.chain(Broken)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the store failed: the content could not be read: the network drive is gone"
    );
    assert_eq!((files(&dir).len(), store.usage().unwrap().blobs), (0, 0));

    let hash = store.put(b"text").unwrap();
    let error = store.copy_to(&hash, &mut Broken).unwrap_err();
    assert!(
        matches!(&error, BlobError::Store(what) if what == "no room there"),
        "{error:?}"
    );
}

#[test]
fn damage_is_found_and_healed_by_putting_again() {
    let (dir, store) = open();
    let (small, large) = (b"small content, small content".to_vec(), noise(300_000));
    let (small_hash, large_hash) = (store.put(&small).unwrap(), store.put(&large).unwrap());
    let missing = Hash::of(b"never put");
    assert!(matches!(store.get(&missing), Err(BlobError::Missing(hash)) if hash == missing));

    let edit = rusqlite::Connection::open(dir.path().join("deskhand.db")).unwrap();
    let file = files(&dir).remove(0);
    let sound = std::fs::read(&file).unwrap();
    let damaged = |hash: &Hash| matches!(store.get(hash), Err(BlobError::Damaged(found)) if found == *hash);
    for sql in [
        "UPDATE blobs SET data = x'00' WHERE data IS NOT NULL",
        "UPDATE blobs SET data = CAST(data || data AS BLOB) WHERE data IS NOT NULL",
        "UPDATE blobs SET size = size - 1",
        "UPDATE blobs SET size = size + 1",
        "UPDATE blobs SET encoding = 7",
    ] {
        edit.execute_batch(sql).unwrap();
        assert!(damaged(&small_hash), "{sql}");
        store.put(&small).unwrap();
        store.put_reader(&mut large.as_slice()).unwrap();
        assert_eq!(
            (store.get(&small_hash).unwrap(), store.get(&large_hash).unwrap()),
            (small.clone(), large.clone())
        );
    }
    for position in [0, sound.len() / 3, sound.len() / 2, sound.len() - 1] {
        let mut bytes = sound.clone();
        bytes[position] ^= 4;
        std::fs::write(&file, bytes).unwrap();
        assert!(damaged(&large_hash), "byte {position}");
    }
    std::fs::write(&file, &sound[..sound.len() / 2]).unwrap();
    assert!(damaged(&large_hash));
    store.put(&large).unwrap();
    assert_eq!(store.get(&large_hash).unwrap(), large);

    std::fs::remove_file(&file).unwrap();
    assert!(matches!(store.get(&large_hash), Err(BlobError::Missing(_))));
    assert!(!store.contains(&large_hash).unwrap());
    store.put(&large).unwrap();
    assert_eq!(store.get(&large_hash).unwrap(), large);
}

/// A frame that claims to be small and decodes to gigabytes.
#[test]
fn a_stored_bomb_is_cut_off() {
    let (dir, store) = open();
    let hash = store.put(&[b'a'; 1_000]).unwrap();
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).unwrap();
    rusqlite::Connection::open(dir.path().join("deskhand.db"))
        .unwrap()
        .execute("UPDATE blobs SET data = ?1", [bomb])
        .unwrap();
    let mut out = Vec::new();
    assert!(matches!(store.copy_to(&hash, &mut out), Err(BlobError::Damaged(_))));
    assert_eq!(out.len(), 1_001);
}

#[test]
fn release_takes_what_is_old_and_nothing_that_events_are_made_of() {
    let (dir, store) = open();
    let (small, large) = (b"one".to_vec(), noise(300_000));
    let hashes = [store.put(&small).unwrap(), store.put(&large).unwrap()];
    let task = TaskId::from("01aa");
    let events = store
        .append(&task, 0, Timestamp(0), &[result("/mnt/work/a", &"x\n".repeat(20_000))])
        .unwrap();
    let stored = store.usage().unwrap();
    assert_eq!(stored.blobs, 3);
    let body = {
        let edit = rusqlite::Connection::open(dir.path().join("deskhand.db")).unwrap();
        edit.query_row("SELECT body_blob FROM events", [], |row| {
            row.get(0).map(Hash::from_bytes)
        })
        .unwrap()
    };

    let listed = store.blobs_untouched_since(LATER).unwrap();
    let mut found: Vec<_> = listed.iter().map(|blob| (blob.hash, blob.size)).collect();
    found.sort();
    let mut expected = vec![(hashes[0], 3), (hashes[1], 300_000)];
    expected.sort();
    assert_eq!(found, expected, "bodies of events are not up for release");
    assert_eq!(store.blobs_untouched_since(Timestamp(1)).unwrap(), []);

    let all = [hashes[0], hashes[1], body, Hash::of(b"never put")];
    assert_eq!(
        store.release(&all, Timestamp(1)).unwrap(),
        Released::default(),
        "all were put since"
    );
    let freed = store.release(&all, LATER).unwrap();
    assert_eq!(freed.blobs, 2);
    assert_eq!(
        freed.stored_bytes,
        listed.iter().map(|blob| blob.stored_size).sum::<u64>()
    );
    assert_eq!(files(&dir).len(), 0);
    assert!(matches!(store.get(&hashes[0]), Err(BlobError::Missing(_))));
    assert_eq!(store.read(&task, 0).unwrap(), events);
}

/// I10 and the like: whatever any log names is never up for release here, however it names it and however old it is.
#[test]
fn what_no_event_names_is_released_when_it_is_old_and_nothing_else_ever() {
    let (dir, store) = open();
    let put = |text: &str| store.put(text.as_bytes()).unwrap();
    let (orphan, large) = (put("orphan"), store.put(&noise(300_000)).unwrap());
    let named = [
        "field",
        "text",
        "upper",
        "digits",
        "large",
        "label",
        "unknown",
        "app",
        "connectors",
    ];
    let hashes = named.map(|name| (name, put(name)));
    let hash = |wanted: &str| hashes.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let append = |task: &str, drafts: &[EventDraft]| {
        let task = TaskId::from(task);
        let next = store.read(&task, 0).unwrap().len() as u64;
        store.append(&task, next, Timestamp(0), drafts).unwrap();
    };
    let labelled = EventBody::ContentLabelled {
        contents: vec![hash("field")],
        folders: vec!["/home/a/work".into()],
    };
    let label = Some(Label::file("/mnt/work/a"));
    append("01aa", &[EventDraft { body: labelled, label }]);
    append("01aa", &[said(&format!("it is kept as {}, as a text", hash("text")))]);
    append("01aa", &[said(&hash("upper").to_string().to_uppercase())]);
    append("01aa", &[said(&format!("abc{}def", hash("digits")))]);
    // Its body is a blob itself.
    append(
        "01ab",
        &[result(
            "/mnt/work/a",
            &format!("{}{}", "x\n".repeat(20_000), hash("large")),
        )],
    );
    append("01ab", &[result(&format!("/mnt/work/{}", hash("label")), "short")]);
    append(TaskId::APP, &[said(&hash("app").to_string())]);
    append(TaskId::CONNECTORS, &[said(&hash("connectors").to_string())]);
    // An event of a later version.
    rusqlite::Connection::open(dir.path().join("deskhand.db"))
        .unwrap()
        .execute(
            "INSERT INTO events (log, seq, at, kind, body, hash) SELECT log, 99, at, 'later.kind', ?1, hash FROM events WHERE id = 1",
            [format!("{{\"kept\":\"{}\"}}", hash("unknown"))],
        )
        .unwrap();
    let bodies = store.usage().unwrap().blobs - (named.len() as u64 + 2);
    assert_eq!(bodies, 1);

    assert_eq!(
        store.release_unnamed(Timestamp(1)).unwrap(),
        Released::default(),
        "all are young"
    );
    let released = store.release_unnamed(LATER).unwrap();
    assert_eq!(released.blobs, 2);
    assert!(!store.contains(&orphan).unwrap() && !store.contains(&large).unwrap());
    assert_eq!(files(&dir).len(), 0);
    for (name, hash) in hashes {
        assert_eq!(store.get(&hash).unwrap(), name.as_bytes());
    }
    assert_eq!(store.usage().unwrap().blobs, named.len() as u64 + bodies);
    // One that is put again is young again, although it was old when the look began.
    let again = put("orphan");
    assert_eq!(store.release_unnamed(Timestamp(1)).unwrap(), Released::default());
    assert_eq!(store.get(&again).unwrap(), b"orphan");
}

/// What cannot be read might name anything.
#[test]
fn where_an_event_cannot_be_read_nothing_is_released() {
    let (dir, store) = open();
    let orphan = store.put(b"orphan").unwrap();
    let task = TaskId::from("01aa");
    store
        .append(&task, 0, Timestamp(0), &[result("/mnt/work/a", &"x\n".repeat(20_000))])
        .unwrap();
    let edit = rusqlite::Connection::open(dir.path().join("deskhand.db")).unwrap();
    edit.execute(
        "UPDATE blobs SET data = x'00' WHERE hash = (SELECT body_blob FROM events)",
        [],
    )
    .unwrap();
    store.release_unnamed(LATER).unwrap_err();
    assert!(store.contains(&orphan).unwrap());
}

/// Many at once, and events that come while they are looked for.
#[test]
fn what_is_named_while_contents_are_released_stays() {
    let (_dir, store) = open();
    let hashes: Vec<Hash> = (0..1_000)
        .map(|n| store.put(format!("content {n}").as_bytes()).unwrap())
        .collect();
    let task = TaskId::from("01aa");
    let named = std::thread::scope(|scope| {
        let releasing = scope.spawn(|| store.release_unnamed(LATER).unwrap());
        let mut named = Vec::new();
        for (seq, hash) in hashes.iter().enumerate().filter(|(n, _)| n % 10 == 0) {
            let draft = said(&hash.to_string());
            store.append(&task, seq as u64 / 10, Timestamp(0), &[draft]).unwrap();
            // As one that is about to be referred to: it is put, if it is gone meanwhile.
            if store.contains(hash).unwrap() {
                named.push(*hash);
            }
        }
        releasing.join().unwrap();
        named
    });
    for hash in named {
        assert!(store.contains(&hash).unwrap(), "it was there once it was named");
    }
}

#[test]
fn sweep_takes_what_crashes_left_and_nothing_else() {
    let (dir, store) = open();
    let hash = store.put(&noise(300_000)).unwrap();
    let blobs = dir.path().join("blobs");
    let orphan = Hash::of(b"orphan").to_string();
    std::fs::create_dir_all(blobs.join(&orphan[..2])).unwrap();
    let orphan = blobs.join(&orphan[..2]).join(&orphan[2..]);
    let (old, fresh, foreign) = (
        blobs.join("tmp/1-1"),
        blobs.join("tmp/1-2"),
        orphan.with_file_name("README"),
    );
    for path in [&orphan, &old, &fresh, &foreign] {
        std::fs::write(path, b"x").unwrap();
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
    std::fs::File::options()
        .write(true)
        .open(&old)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();

    assert_eq!(store.sweep().unwrap(), 2);
    assert_eq!(
        [&orphan, &old, &fresh, &foreign].map(|path| path.exists()),
        [false, false, true, true]
    );
    assert_eq!(store.get(&hash).unwrap().len(), 300_000);
}
