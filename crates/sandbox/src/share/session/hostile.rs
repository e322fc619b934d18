//! Whatever a guest sends, nothing panics and nothing grows beyond its limits.

use std::sync::Arc;

use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, Stamp};
use deskhand_wire::Slot;
use fuse_abi::linux::{fuse_in_header, fuse_init_in};
use proptest::prelude::*;
use zerocopy::IntoBytes as _;

use super::*;

/// Every name stands for a file, a folder (`d…`) or a link (`l…`).
struct Everything;

struct Zeros;

fn shared(kind: SharedKind) -> Shared {
    Shared {
        kind,
        size: 100,
        mtime_ns: Some(-1),
        mode: None,
        stamp: Stamp {
            id: (1, 2),
            size: 100,
            mtime_ns: Some(i128::MIN),
            ctime_ns: Some(i128::MAX),
        },
    }
}

impl SharedFolders for Everything {
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        Ok(shared(match path.file_name().as_bytes().first() {
            Some(b'd' | b'w') => SharedKind::Folder,
            Some(b'l') => SharedKind::Link,
            Some(b'x') => return Err(ShareError::Absent),
            _ => SharedKind::File,
        }))
    }
    fn list(&self, path: &GuestPath, limit: usize) -> Result<Vec<SharedEntry>, ShareError> {
        let many = if path.file_name() == "dmany" { usize::MAX } else { 300 };
        let entry = |n| SharedEntry {
            name: format!("{n}"),
            kind: SharedKind::File,
        };
        Ok((0..limit.min(many)).map(entry).collect())
    }
    fn open(&self, _: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        Ok(Box::new(Zeros))
    }
    fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
        Ok("x".repeat(5000))
    }
}

impl SharedFile for Zeros {
    fn read_at(&self, _: u64, buffer: &mut [u8]) -> Result<usize, ShareError> {
        buffer.fill(0);
        // One that lies about how much it read.
        Ok(buffer.len() + 1)
    }
    fn shared(&self) -> Result<Shared, ShareError> {
        Ok(shared(SharedKind::File))
    }
}

fn message(opcode: u32, nodeid: u64, body: &[u8]) -> Vec<u8> {
    let header = fuse_in_header {
        len: (size_of::<fuse_in_header>() + body.len()) as u32,
        opcode,
        unique: 7,
        nodeid,
        ..fuse_in_header::default()
    };
    [header.as_bytes(), body].concat()
}

fn greeted() -> (Arc<Session>, mpsc::Receiver<Notice>, Arc<Rooms>) {
    let rooms = Arc::new(Rooms::default());
    rooms.add(Slot(1), vec!["w".to_owned()], Arc::new(Everything));
    let (session, notices) = Session::new(rooms.clone());
    let init = fuse_init_in {
        major: 7,
        minor: 38,
        flags: u32::MAX,
        ..fuse_init_in::default()
    };
    let mut reply = Reply::new(Vec::new());
    assert!(session.serve(&message(opcode::INIT, 0, init.as_bytes()), &mut reply));
    (session, notices, rooms)
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"1\0".to_vec()),
        Just(b"w\0".to_vec()),
        Just(b"dmany\0".to_vec()),
        "[dflx.]{1,3}\0".prop_map(String::into_bytes),
        "/{0,2}[a-z]{250,260}\0".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..20),
    ]
}

/// Bodies that make sense more often than chance has it: small numbers in every field.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![0..8_u64, Just(1 << 20), Just(u64::MAX), any::<u64>()];
    prop_oneof![
        names(),
        proptest::collection::vec(field, 0..12)
            .prop_map(|fields| fields.iter().flat_map(|f| f.to_le_bytes()).collect()),
    ]
}

/// A request that is answered: with what, as its header says.
fn error(session: &Session, message: &[u8]) -> i32 {
    let mut reply = Reply::new(Vec::new());
    assert!(session.serve(message, &mut reply));
    let bytes = reply.as_bytes();
    i32::from_le_bytes(*bytes[4..8].first_chunk().unwrap())
}

proptest! {
    #[test]
    fn any_sequence_of_requests_is_survived(
        requests in proptest::collection::vec((0..60_u32, 0..12_u64, bodies()), 0..60),
    ) {
        let (session, _notices, rooms) = greeted();
        let mut reply = Reply::new(vec![0xaa; 100]);
        for (opcode, nodeid, body) in requests {
            if session.serve(&message(opcode, nodeid, &body), &mut reply) {
                let bytes = reply.as_bytes();
                prop_assert!(bytes.len() <= MAX_READ + 16);
                prop_assert_eq!(bytes[..4].first_chunk().copied().map(u32::from_le_bytes), Some(bytes.len() as u32));
                prop_assert_eq!(bytes[8..16].first_chunk().copied().map(u64::from_le_bytes), Some(7));
            }
        }
        rooms.remove(Slot(1));
        let (_, (files, _, listed)) = session.count();
        prop_assert_eq!((files, listed), (0, 0));
    }

    #[test]
    fn any_bytes_are_survived(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20)) {
        let (session, _notices, _rooms) = greeted();
        let mut reply = Reply::new(Vec::new());
        for message in messages {
            session.serve(&message, &mut reply);
        }
    }
}

#[test]
fn what_is_open_is_bounded() {
    let (session, _notices, _rooms) = greeted();
    for (above, name) in [(1, "1\0"), (2, "w\0"), (3, "f\0"), (3, "dmany\0"), (3, "d\0")] {
        assert_eq!(error(&session, &message(opcode::LOOKUP, above, name.as_bytes())), 0);
    }
    let errors: Vec<i32> = (0..600)
        .map(|_| error(&session, &message(opcode::OPEN, 4, &[0; 8])))
        .collect();
    assert_eq!(errors.iter().filter(|error| **error == 0).count(), 512);
    assert_eq!(errors.last(), Some(&-Errno::NFILE.0));
    // More than can be listed is an error, never half a list.
    assert_eq!(
        error(&session, &message(opcode::OPENDIR, 5, &[0; 8])),
        -Errno::OVERFLOW.0
    );
    let errors: Vec<i32> = (0..600)
        .map(|_| error(&session, &message(opcode::OPENDIR, 6, &[0; 8])))
        .collect();
    assert_eq!(errors.iter().filter(|error| **error == 0).count(), 512);
    let (nodes, (files, handles, listed)) = session.count();
    assert_eq!((nodes, files, handles), (5, 512, 1024));
    assert!(listed < 64 << 20);
}

#[test]
fn numbers_are_bounded() {
    let (_session, _notices, rooms) = greeted();
    let mut nodes = Nodes::new(3);
    let place = |name: &str| Place {
        room: rooms.get(Slot(1)).unwrap(),
        path: Arc::new(GuestPath::new(name)),
    };
    let numbers: Vec<_> = ["a", "b", "c", "d", "a"]
        .map(|name| nodes.give(place(name), SharedKind::File))
        .into();
    assert_eq!(numbers, [Ok(2), Ok(3), Ok(4), Err(Errno::NOMEM), Ok(2)]);
    assert!(nodes.forget(2, 1).is_none(), "it was given twice");
    assert!(nodes.forget(2, u64::MAX).is_some());
    assert_eq!((nodes.count(), nodes.give(place("d"), SharedKind::File)), (2, Ok(5)));
}
