//! A guest that sends any requests to the server of shared folders.

use std::sync::Arc;
use std::time::Duration;

use deskhand_sandbox::share::ShareServer;
use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, Stamp};
use deskhand_wire::Slot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Every name is something: by its first letter a folder, a link, nothing, or else a file.
struct Everything;

struct Zeros;

fn shared(kind: SharedKind) -> Shared {
    Shared {
        kind,
        size: 9,
        mtime_ns: Some(0),
        mode: None,
        stamp: Stamp { id: (1, 1), size: 9, mtime_ns: Some(0), ctime_ns: None },
    }
}

impl SharedFolders for Everything {
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        match path.file_name().as_bytes().first() {
            Some(b'd' | b'w') => Ok(shared(SharedKind::Folder)),
            Some(b'l') => Ok(shared(SharedKind::Link)),
            Some(b'x') => Err(ShareError::Absent),
            _ => Ok(shared(SharedKind::File)),
        }
    }
    fn list(&self, _: &GuestPath, limit: usize) -> Result<Vec<SharedEntry>, ShareError> {
        let entry = |n: usize| SharedEntry { name: n.to_string(), kind: SharedKind::File };
        Ok((0..limit.min(100)).map(entry).collect())
    }
    fn open(&self, _: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        Ok(Box::new(Zeros))
    }
    fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
        Ok("x".to_owned())
    }
}

impl SharedFile for Zeros {
    fn read_at(&self, _: u64, buffer: &mut [u8]) -> Result<usize, ShareError> {
        Ok(buffer.len().min(9))
    }
    fn shared(&self) -> Result<Shared, ShareError> {
        Ok(shared(SharedKind::File))
    }
}

/// Sends requests (opcode, number, body) after the beginning, and one that must still be answered at the end.
pub fn serve(messages: &[(u8, u8, Vec<u8>)]) {
    const INIT: u32 = 26;
    const STATFS: u32 = 17;
    let mut sent = message(INIT, 0, &[7_u32, 31, 0, u32::MAX].map(u32::to_le_bytes).concat());
    for (opcode, number, body) in messages {
        sent.extend(message(u32::from(*opcode % 64), u64::from(*number), body));
    }
    sent.extend(message(STATFS, u64::MAX, &[]));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let server = Arc::new(ShareServer::new());
        server.add(Slot(1), vec!["w".to_owned()], Arc::new(Everything));
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (mut reader, mut writer) = tokio::io::split(ours);
        let exchange = async {
            let write = async {
                writer.write_all(&sent).await.expect("it reads everything");
            };
            let read = async {
                loop {
                    let length = reader.read_u32_le().await.expect("it is there until the end");
                    let mut rest = vec![0; length as usize - 4];
                    reader.read_exact(&mut rest).await.expect("whole messages");
                    // The answer to the last request.
                    if rest.get(4..12) == Some(&u64::MAX.to_le_bytes()[..]) {
                        break;
                    }
                }
            };
            tokio::join!(write, read);
        };
        tokio::select! {
            ended = server.serve(theirs) => panic!("it ended: {ended:?}"),
            done = tokio::time::timeout(Duration::from_secs(10), exchange) => done.expect("it answers"),
        }
    });
}

/// A request; its number is also what it is known by.
fn message(opcode: u32, nodeid: u64, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend((40 + body.len() as u32).to_le_bytes());
    message.extend(opcode.to_le_bytes());
    message.extend(nodeid.to_le_bytes());
    message.extend(nodeid.to_le_bytes());
    message.extend([0; 16]);
    message.extend(body);
    message
}
