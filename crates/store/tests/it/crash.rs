//! A process that is killed while it appends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use deskhand_store::{EventLog as _, SqliteStore, StoreError};
use deskhand_types::{BlobStore as _, Hash, TaskId, Timestamp};

use crate::drafts::{noise, result, said};

const CHILD: &str = "DESKHAND_TEST_STORE";
const THIS: &str = "crash::no_acknowledged_event_or_blob_is_lost_when_the_process_is_killed";

/// Appends and puts for ever, telling what was acknowledged.
fn work(dir: &Path) -> ! {
    let store = SqliteStore::open(dir).unwrap();
    let task = TaskId::from("01aa");
    let _lease = store.claim(&task, "the child").unwrap();
    let mut seq = store.read(&task, 0).unwrap().len() as u64;
    let mut out = std::io::stdout();
    loop {
        let large = "large ".repeat(if seq.is_multiple_of(7) { 60_000 } else { 10 });
        let drafts = [said(&format!("message {seq}")), result("/mnt/work/a.txt", &large)];
        seq += store.append(&task, seq, Timestamp(0), &drafts).unwrap().len() as u64;
        writeln!(out, "\nevents {seq}").unwrap();
        let size = if seq.is_multiple_of(3) { 300_000 } else { 100 };
        let mut content = noise(size);
        content.extend(seq.to_le_bytes());
        let hash = store.put(&content).unwrap();
        writeln!(out, "\nblob {hash}").unwrap();
    }
}

#[test]
fn no_acknowledged_event_or_blob_is_lost_when_the_process_is_killed() {
    if let Some(dir) = std::env::var_os(CHILD) {
        work(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let task = TaskId::from("01aa");
    let mut events = 0;
    let mut blobs: Vec<Hash> = Vec::new();
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", THIS, "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        // Everything that was said before the end counts, also what was said after the kill was decided.
        while let Some(Ok(line)) = lines.next() {
            if let Some(count) = line.strip_prefix("events ") {
                events = count.parse().unwrap();
            } else if let Some(hash) = line.strip_prefix("blob ") {
                blobs.push(hash.parse().unwrap());
            } else {
                continue;
            }
            seen += 1;
            if seen == 4 + round * 3 {
                let store = SqliteStore::open(dir.path()).unwrap();
                let error = store.claim(&task, "the parent").unwrap_err();
                assert!(matches!(error, StoreError::Claimed { owner, .. } if owner == "the child"));
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let store = SqliteStore::open(dir.path()).unwrap();
        let verified = store.verify(&task).unwrap().events;
        assert!(
            verified >= events,
            "{events} events were acknowledged, {verified} are there"
        );
        assert_eq!(verified % 2, 0, "two events were appended at a time, all or none");
        assert_eq!(store.read(&task, 0).unwrap().len() as u64, verified);
        for hash in &blobs {
            assert_eq!(Hash::of(&store.get(hash).unwrap()), *hash);
        }
        let _lease = store.claim(&task, "the parent").unwrap();
    }
    assert!(blobs.len() > 20, "the child did work: {}", blobs.len());
}
