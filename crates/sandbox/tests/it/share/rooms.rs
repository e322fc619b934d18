//! Rooms come and go, and see nothing of each other.

use std::sync::{Arc, Condvar, Mutex};

use deskhand_sandbox::share::ShareServer;
use deskhand_types::{
    GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, SharedWatch, Stamp,
};
use deskhand_wire::Slot;
use fuse_abi::linux::fuse_opcode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{Client, ENOENT, ROOT};
use super::desk::Desk;

#[tokio::test]
async fn a_room_is_its_users_own() {
    let desk = Desk::new();
    desk.room(12, "other");
    desk.put("work/mine", "1");
    let mut client = Client::new(&desk.server).await;
    let names: Vec<String> = client
        .entries(ROOT, true)
        .await
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(names, ["3", "12"]);
    let (room, attr) = client.walk("3").await.unwrap();
    assert_eq!((attr.mode, attr.uid, attr.gid), (0o040_700, 10_003, 10_003));
    let (_, attr) = client.walk("12").await.unwrap();
    assert_eq!((attr.mode, attr.uid, attr.gid), (0o040_700, 10_012, 10_012));
    let (_, attr) = client.walk("3/work/mine").await.unwrap();
    assert_eq!((attr.uid, attr.size), (10_003, 1));
    for absent in ["3/other", "12/work", "03", "+3", "4", "65536", "3/work/other"] {
        assert_eq!(client.walk(absent).await, Err(ENOENT), "{absent}");
    }
    assert_eq!(client.entries(room, false).await.len(), 1);
    let root = client.attributes(ROOT).await.unwrap();
    assert_eq!((root.mode, root.uid), (0o040_755, 0));
}

#[tokio::test]
async fn a_room_that_was_taken_away_is_gone() {
    let desk = Desk::new();
    desk.put("work/file", "text");
    let mut client = Client::new(&desk.server).await;
    let (room, _) = client.walk("3").await.unwrap();
    let (file, _) = client.walk("3/work/file").await.unwrap();
    let fh = client.open(file, 0).await.unwrap().fh;
    desk.server.remove(Slot(3));
    // The slot is used again, by somebody else.
    desk.room(3, "other");
    assert!(client.read(fuse_opcode::FUSE_READ, file, fh, 0, 10).await.is_err());
    assert_eq!(client.attributes(file).await.err(), Some(ENOENT));
    assert_eq!(client.open(file, 0).await.err(), Some(ENOENT));
    assert_eq!(client.lookup(room, "work").await, Err(ENOENT));
    assert_eq!(client.walk("3/work").await, Err(ENOENT));
    let (fresh, _) = client.walk("3").await.unwrap();
    assert_ne!(fresh, room);
    assert!(client.walk("3/other").await.is_ok());
}

#[tokio::test]
async fn an_impossible_length_ends_the_stream() {
    for length in [0_u32, 3, 39, (1 << 20) + 4097, u32::MAX] {
        let server = Arc::new(ShareServer::new());
        let (mut ours, theirs) = tokio::io::duplex(64);
        let serving = tokio::spawn(async move { server.serve(theirs).await });
        ours.write_all(&length.to_le_bytes()).await.unwrap();
        let error = serving.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{length}");
        assert_eq!(ours.read(&mut [0]).await.unwrap(), 0);
    }
    // An end between messages is an end; one inside is an error.
    for (sent, ended) in [(&[][..], true), (&[40, 0, 0, 0, 1][..], false)] {
        let server = Arc::new(ShareServer::new());
        let (mut ours, theirs) = tokio::io::duplex(64);
        ours.write_all(sent).await.unwrap();
        drop(ours);
        assert_eq!(server.serve(theirs).await.is_ok(), ended);
    }
}

type Tell = Box<dyn Fn(GuestPath) + Send + Sync>;

/// A folder whose file `slow` is opened only when the gate is, and which can be told to have changed.
#[derive(Default)]
struct Fake {
    gate: (Mutex<bool>, Condvar),
    tell: Arc<Mutex<Option<Tell>>>,
    watched: Arc<Mutex<Vec<String>>>,
}

struct Watched(Arc<Mutex<Vec<String>>>);

impl SharedWatch for Watched {
    fn folder(&self, folder: &GuestPath) {
        self.0.lock().unwrap().push(folder.to_string());
    }
}

impl SharedFolders for Fake {
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        let kind = if path.as_str() == "/mnt/w" {
            SharedKind::Folder
        } else {
            SharedKind::File
        };
        Ok(Shared {
            kind,
            size: 1,
            mtime_ns: None,
            mode: None,
            stamp: Stamp {
                id: (1, 1),
                size: 1,
                mtime_ns: None,
                ctime_ns: None,
            },
        })
    }
    fn list(&self, _: &GuestPath, _: usize) -> Result<Vec<SharedEntry>, ShareError> {
        Ok(Vec::new())
    }
    fn open(&self, path: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        if path.file_name() == "slow" {
            let mut open = self.gate.0.lock().unwrap();
            while !*open {
                open = self.gate.1.wait(open).unwrap();
            }
        }
        Err(ShareError::Refused)
    }
    fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
        Err(ShareError::NotAFile)
    }
    fn watch(&self, changed: Tell) -> Option<Box<dyn SharedWatch>> {
        *self.tell.lock().unwrap() = Some(changed);
        Some(Box::new(Watched(self.watched.clone())))
    }
}

#[tokio::test]
async fn one_slow_file_does_not_hold_up_the_others() {
    let (server, fake) = (Arc::new(ShareServer::new()), Arc::new(Fake::default()));
    server.add(Slot(1), vec!["w".to_owned()], fake.clone());
    let mut client = Client::new(&server).await;
    let (slow, _) = client.walk("1/w/slow").await.unwrap();
    let waiting = client.send(fuse_opcode::FUSE_OPEN as u32, slow, &[0; 8]).await;
    assert!(client.walk("1/w/quick").await.is_ok());
    *fake.gate.0.lock().unwrap() = true;
    fake.gate.1.notify_all();
    assert_eq!(client.answer().await, (waiting, Err(13)));
}

#[tokio::test]
async fn a_change_by_others_is_told() {
    let (server, fake) = (Arc::new(ShareServer::new()), Arc::new(Fake::default()));
    server.add(Slot(1), vec!["w".to_owned()], fake.clone());
    let mut client = Client::new(&server).await;
    let (folder, _) = client.walk("1/w").await.unwrap();
    let (file, _) = client.walk("1/w/file").await.unwrap();
    client.entries(folder, true).await;
    assert_eq!(
        *fake.watched.lock().unwrap(),
        ["/mnt/w"; 2],
        "what was looked into is watched"
    );
    let tell = fake.tell.lock().unwrap().take().unwrap();
    tell(GuestPath::new("/mnt/w/unknown"));
    tell(GuestPath::new("/mnt/w/file"));
    client.attributes(file).await.unwrap();
    let (code, body) = client.notices.pop_front().unwrap();
    assert_eq!(
        (code, &body[..8], &body[8..16]),
        (2, &file.to_le_bytes()[..], &(-1_i64).to_le_bytes()[..])
    );
    assert!(client.notices.is_empty());
}
