//! A real workspace on a temporary folder, served.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use deskhand_sandbox::share::ShareServer;
use deskhand_types::{
    BlobError, BlobStore, CallId, Cause, Grant, GrantMode, GuestPath, Hash, Overlaid, OverlayEntry, Timestamp,
};
use deskhand_wire::Slot;
use deskhand_workspace::{Options, Workspace, WorkspaceError};

/// Contents in memory.
#[derive(Default)]
pub struct Blobs(Mutex<HashMap<Hash, Vec<u8>>>);

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
        let blobs = self.0.lock().unwrap();
        blobs.get(hash).cloned().ok_or(BlobError::Missing(*hash))
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

pub struct Desk {
    dir: tempfile::TempDir,
    pub server: Arc<ShareServer>,
    blobs: Arc<Blobs>,
    /// That of room 3.
    work: Arc<Workspace>,
}

impl Desk {
    /// A server whose room 3 has the folder `work`.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (server, blobs) = (Arc::new(ShareServer::new()), Arc::new(Blobs::default()));
        let work = add(&dir, &server, &blobs, 3, "work");
        Self {
            dir,
            server,
            blobs,
            work,
        }
    }

    /// Adds a room with one folder.
    pub fn room(&self, slot: u16, name: &str) {
        add(&self.dir, &self.server, &self.blobs, slot, name);
    }

    /// Lands the files a command of room 3 made, as the engine does: what it saw decides.
    pub fn land(&self, files: &[(&str, &str)]) -> Result<(), WorkspaceError> {
        let entry = |(name, content): &(&str, &str)| {
            let path = GuestPath::new(format!("/mnt/work/{name}"));
            OverlayEntry {
                seen: self.server.seen(Slot(3), &path),
                path,
                what: Overlaid::File {
                    hash: self.blobs.put(content.as_bytes()).unwrap(),
                    size: content.len() as u64,
                    mode: 0o644,
                },
            }
        };
        let cause = Cause::Call {
            call: CallId::new("call"),
        };
        let entries = files.iter().map(entry).collect();
        let overlay = self.work.prepare_overlay("01task.1".into(), cause, entries)?;
        self.work.apply(&overlay.set).unwrap();
        Ok(())
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.dir.path().join(inside)
    }

    pub fn put(&self, inside: &str, content: impl AsRef<[u8]>) {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The stamp of a path, by its own workspace.
    pub fn seen(&self, path: &str) -> Option<Option<deskhand_types::Stamp>> {
        self.server.seen(Slot(3), &GuestPath::new(path))
    }
}

fn add(dir: &tempfile::TempDir, server: &ShareServer, blobs: &Arc<Blobs>, slot: u16, name: &str) -> Arc<Workspace> {
    let folder = dir.path().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let workspace = Arc::new(Workspace::new(
        blobs.clone(),
        Options::new(Arc::new(|| Timestamp(1_700_000_000_000))),
    ));
    let grant = Grant {
        name: name.to_owned(),
        folder: folder.to_str().unwrap().to_owned(),
        mode: GrantMode::ReadWrite,
        outside_home: false,
    };
    workspace.add_grant(grant).unwrap();
    server.add(Slot(slot), vec![name.to_owned()], workspace.clone());
    workspace
}
