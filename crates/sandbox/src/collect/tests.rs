//! A guest that lies is refused whole, within bounds.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;

use deskhand_wire::ExecEvent;
use proptest::prelude::*;

use super::*;

/// Contents in memory, and the most that was held of one while it came.
#[derive(Default)]
pub(crate) struct Blobs(Mutex<HashMap<Hash, Vec<u8>>>);

impl BlobStore for Blobs {
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError> {
        let hash = Hash::of(bytes);
        self.0.lock().unwrap().insert(hash, bytes.to_vec());
        Ok(hash)
    }
    fn put_reader(&self, reader: &mut dyn Read) -> Result<(Hash, u64), BlobError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        Ok((self.put(&bytes)?, bytes.len() as u64))
    }
    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError> {
        self.0
            .lock()
            .unwrap()
            .get(hash)
            .cloned()
            .ok_or(BlobError::Missing(*hash))
    }
    fn copy_to(&self, hash: &Hash, out: &mut dyn Write) -> Result<u64, BlobError> {
        let bytes = self.get(hash)?;
        out.write_all(&bytes).unwrap();
        Ok(bytes.len() as u64)
    }
    fn contains(&self, hash: &Hash) -> Result<bool, BlobError> {
        Ok(self.0.lock().unwrap().contains_key(hash))
    }
}

const BOUNDS: Bounds = Bounds {
    entries: 1_000,
    bytes: 1 << 20,
    apparent: 4 << 20,
};

type Collected = Result<(Vec<OverlayEntry>, Vec<LeftOut>), SandboxError>;

async fn feed(blobs: Arc<Blobs>, events: Vec<ExecEvent>) -> Collected {
    let mut changes = Changes::new(vec!["work".to_owned()], blobs, BOUNDS);
    for event in events {
        match event {
            ExecEvent::Entry(entry) => changes.entry(entry).await?,
            ExecEvent::Data(bytes) => changes.data(bytes).await?,
            ExecEvent::Hole(length) => changes.hole(length).await?,
            _ => {}
        }
    }
    changes.end()
}

fn collected(events: Vec<ExecEvent>) -> Collected {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(feed(Arc::default(), events))
}

fn entry(path: &[u8], kind: EntryKind) -> ExecEvent {
    ExecEvent::Entry(Entry {
        folder: 0,
        path: path.to_vec(),
        kind,
    })
}

fn file(path: &str, size: u64) -> ExecEvent {
    entry(path.as_bytes(), EntryKind::File { size, mode: 0o644 })
}

fn refused(events: Vec<ExecEvent>) -> String {
    match collected(events) {
        Err(SandboxError::Misbehaved { why }) => why,
        other => panic!("taken for the truth: {other:?}"),
    }
}

#[test]
fn an_honest_guest_is_taken_at_its_word() {
    let blobs = Arc::new(Blobs::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = vec![
        entry(
            b"a",
            EntryKind::Folder {
                mode: 0o755,
                opaque: false,
            },
        ),
        file("a/b", 7),
        ExecEvent::Data(b"one".to_vec()),
        ExecEvent::Hole(2),
        ExecEvent::Data(b"23".to_vec()),
        file("empty", 0),
        entry(b"gone", EntryKind::Removed),
        entry(
            b"pipe",
            EntryKind::Other {
                what: "a named pipe".to_owned(),
            },
        ),
        entry(b"n\xff", EntryKind::Removed),
    ];
    let (entries, left_out) = runtime.block_on(feed(blobs.clone(), events)).unwrap();
    let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        paths,
        ["/mnt/work/a", "/mnt/work/a/b", "/mnt/work/empty", "/mnt/work/gone"]
    );
    let Some(Overlaid::File {
        hash,
        size: 7,
        mode: 0o644,
    }) = entries.get(1).map(|entry| entry.what.clone())
    else {
        panic!("{entries:?}")
    };
    assert_eq!(blobs.get(&hash).unwrap(), b"one\0\x0023");
    let told: Vec<&str> = left_out.iter().map(|left| left.path.as_str()).collect();
    assert_eq!(told, ["/mnt/work/pipe", "/mnt/work/n\u{fffd}"]);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for path in [
        &b""[..],
        b"/",
        b"/etc/passwd",
        b"..",
        b"../x",
        b"a/../../x",
        b"a/./b",
        b"a//b",
        b"a/",
        b"nul\0l",
        &[b'x'; 5_000],
    ] {
        assert_eq!(
            refused(vec![entry(path, EntryKind::Removed)]),
            "the guest sent a path that leads elsewhere"
        );
    }
    let elsewhere = ExecEvent::Entry(Entry {
        folder: 1,
        path: b"a".to_vec(),
        kind: EntryKind::Removed,
    });
    assert!(refused(vec![elsewhere]).contains("a folder it was not given"));
    let endless = EntryKind::Link {
        target: vec![b'x'; 5_000],
    };
    assert!(refused(vec![entry(b"l", endless)]).contains("an endless link"));
}

#[test]
fn sizes_that_do_not_add_up_are_refused() {
    let data = |length: usize| ExecEvent::Data(vec![1; length]);
    for events in [
        vec![data(1)],
        vec![ExecEvent::Hole(1)],
        vec![file("a", 3), data(4)],
        vec![file("a", 3), data(3), data(1)],
        vec![file("a", 3), ExecEvent::Hole(u64::MAX)],
        vec![file("a", 3), data(0)],
        vec![file("a", 3), ExecEvent::Hole(0)],
        vec![file("a", 3), data(2)],
        vec![file("a", 3), data(2), file("b", 0)],
        vec![file("a", u64::MAX)],
        vec![file("a", 3 << 20), ExecEvent::Hole(3 << 20), file("b", 3 << 20)],
        vec![file("a", 2 << 20), data(1 << 20), data(1 << 20)],
    ] {
        assert!(refused(events).starts_with("the guest sent "));
    }
}

#[test]
fn a_hundred_thousand_paths_are_not_collected() {
    let many = (0..100_000)
        .map(|n| entry(format!("f{n}").as_bytes(), EntryKind::Removed))
        .collect();
    assert_eq!(refused(many), "the guest sent more paths than it may send");
}

fn event() -> impl Strategy<Value = ExecEvent> {
    let path = prop_oneof![
        4 => "[a-c](/[a-c]){0,2}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ];
    let kind = prop_oneof![
        (prop_oneof![0..4_u64, Just(u64::MAX)], any::<u32>()).prop_map(|(size, mode)| EntryKind::File { size, mode }),
        (any::<u32>(), any::<bool>()).prop_map(|(mode, opaque)| EntryKind::Folder { mode, opaque }),
        proptest::collection::vec(any::<u8>(), 0..6).prop_map(|target| EntryKind::Link { target }),
        Just(EntryKind::Removed),
        any::<String>().prop_map(|what| EntryKind::Other { what }),
    ];
    prop_oneof![
        3 => (0..2_u16, path, kind).prop_map(|(folder, path, kind)| ExecEvent::Entry(Entry { folder, path, kind })),
        2 => proptest::collection::vec(any::<u8>(), 0..4).prop_map(ExecEvent::Data),
        1 => (0..4_u64).prop_map(ExecEvent::Hole),
    ]
}

proptest! {
    /// Whatever comes, what is taken is inside the folder, and every content is in the store at its length.
    #[test]
    fn what_is_taken_is_whole_and_inside(events in proptest::collection::vec(event(), 0..12)) {
        let blobs = Arc::new(Blobs::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        if let Ok((entries, _)) = runtime.block_on(feed(blobs.clone(), events)) {
            for entry in entries {
                let below = entry.path.as_str().strip_prefix("/mnt/work/").unwrap();
                prop_assert!(below.split('/').all(|name| !name.is_empty() && name != "." && name != ".."));
                if let Overlaid::File { hash, size, .. } = entry.what {
                    prop_assert_eq!(blobs.get(&hash).unwrap().len() as u64, size);
                }
            }
        }
    }
}
