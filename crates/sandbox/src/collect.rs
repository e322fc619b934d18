//! What a running command says: output, and what it changed. Everything here is a guest's word, so it is counted,
//! bounded and checked before it becomes anything.

use std::io::{self, Read};
use std::sync::Arc;

use deskhand_types::{BlobError, BlobStore, GuestPath, Hash, LeftOut, Overlaid, OverlayEntry};
use deskhand_wire::frame::CHUNK;
use deskhand_wire::{Entry, EntryKind};

use crate::{Captured, SandboxError};

/// Longest path below a folder, in bytes.
const MAX_PATH: usize = 4_000;
/// Longest target of a link, in bytes.
const MAX_TARGET: usize = 4_000;
/// Pieces of a file that wait for the store.
const PIECES: usize = 8;

/// How much a command may leave behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bounds {
    pub entries: u32,
    /// Bytes of files that are really sent.
    pub bytes: u64,
    /// Bytes of files with their holes: what a disk without holes would need.
    pub apparent: u64,
}

/// Collects the output: its beginning and end in memory, all of it in the blob store when that is not all.
pub(crate) struct Output {
    captured: Captured,
    blobs: Arc<dyn BlobStore>,
    full: Option<Writer>,
}

impl Output {
    pub fn new(blobs: Arc<dyn BlobStore>) -> Self {
        Self {
            captured: Captured::default(),
            blobs,
            full: None,
        }
    }

    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), SandboxError> {
        let room = Captured::HEAD.saturating_sub(self.captured.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.captured.head.extend(first);
        self.captured.bytes += bytes.len() as u64;
        if rest.is_empty() && self.full.is_none() {
            return Ok(());
        }
        let full = if let Some(full) = &mut self.full {
            full.send(first.to_vec()).await?;
            full
        } else {
            let full = self.full.insert(Writer::start(self.blobs.clone()));
            full.send(self.captured.head.clone()).await?;
            full
        };
        full.send(rest.to_vec()).await?;
        self.captured.tail.extend(rest);
        let spare = self.captured.tail.len().saturating_sub(Captured::TAIL);
        self.captured.tail.drain(..spare);
        Ok(())
    }

    pub async fn end(mut self) -> Result<Captured, SandboxError> {
        if let Some(full) = self.full.take() {
            let (hash, _) = full.end().await?;
            // Head and tail may together be all of it.
            let kept = (self.captured.head.len() + self.captured.tail.len()) as u64;
            self.captured.full = (kept < self.captured.bytes).then_some(hash);
        }
        Ok(self.captured)
    }
}

/// Collects the changed paths.
pub(crate) struct Changes {
    folders: Vec<String>,
    blobs: Arc<dyn BlobStore>,
    bounds: Bounds,
    entries: Vec<OverlayEntry>,
    left_out: Vec<LeftOut>,
    counted: u32,
    sent: u64,
    apparent: u64,
    file: Option<File>,
}

/// A file whose bytes are coming.
struct File {
    path: GuestPath,
    left_out: Option<String>,
    size: u64,
    mode: u32,
    missing: u64,
    content: Content,
}

/// Where its bytes go: most files are one piece.
enum Content {
    Small(Vec<u8>),
    Large(Writer),
}

impl Changes {
    /// `folders` are the names below `/mnt`, in the order the guest was told.
    pub fn new(folders: Vec<String>, blobs: Arc<dyn BlobStore>, bounds: Bounds) -> Self {
        Self {
            folders,
            blobs,
            bounds,
            entries: Vec::new(),
            left_out: Vec::new(),
            counted: 0,
            sent: 0,
            apparent: 0,
            file: None,
        }
    }

    /// The next path.
    pub async fn entry(&mut self, entry: Entry) -> Result<(), SandboxError> {
        if self.file.is_some() {
            return Err(lie("a path before the file before it was whole"));
        }
        self.counted += 1;
        if self.counted > self.bounds.entries {
            return Err(lie("more paths than it may send"));
        }
        let Some(folder) = self.folders.get(usize::from(entry.folder)) else {
            return Err(lie("a folder it was not given"));
        };
        let path = below(folder, &entry.path)?;
        let what = match entry.kind {
            EntryKind::File { size, mode } => {
                self.apparent = self.apparent.saturating_add(size);
                if self.apparent > self.bounds.apparent {
                    return Err(lie("larger files than it may send"));
                }
                let (path, left_out) = match path {
                    Ok(path) => (path, None),
                    Err(shown) => (GuestPath::new(String::new()), Some(shown)),
                };
                self.file = Some(File {
                    path,
                    left_out,
                    size,
                    mode,
                    missing: size,
                    content: Content::Small(Vec::new()),
                });
                return self.finish_file().await;
            }
            EntryKind::Folder { mode, opaque } => Overlaid::Folder { mode, opaque },
            EntryKind::Removed => Overlaid::Removed,
            EntryKind::Link { target } => {
                if target.len() > MAX_TARGET {
                    return Err(lie("an endless link"));
                }
                let Ok(target) = String::from_utf8(target) else {
                    self.leave_out(path, "a link whose target is not Unicode");
                    return Ok(());
                };
                Overlaid::Link { target }
            }
            EntryKind::Other { what } => {
                let what: String = what.chars().filter(|c| !c.is_control()).take(60).collect();
                self.leave_out(path, &what);
                return Ok(());
            }
        };
        match path {
            Ok(path) => self.entries.push(OverlayEntry { path, what, seen: None }),
            shown @ Err(_) => self.leave_out(shown, "its name is not Unicode"),
        }
        Ok(())
    }

    fn leave_out(&mut self, path: Result<GuestPath, String>, why: &str) {
        self.left_out.push(LeftOut {
            path: path.map_or_else(|shown| shown, |path| path.to_string()),
            why: why.to_owned(),
        });
    }

    /// Bytes of the file.
    pub async fn data(&mut self, bytes: Vec<u8>) -> Result<(), SandboxError> {
        let length = bytes.len() as u64;
        self.sent += length;
        if self.sent > self.bounds.bytes {
            return Err(lie("more bytes than it may send"));
        }
        let file = self.file.as_mut().filter(|file| length > 0 && length <= file.missing);
        let Some(file) = file else {
            return Err(lie("bytes that belong to no file"));
        };
        file.missing -= length;
        match &mut file.content {
            Content::Small(small) if small.is_empty() && file.missing == 0 => *small = bytes,
            Content::Small(_) => {
                let writer = Writer::start(self.blobs.clone());
                writer.send(bytes).await?;
                file.content = Content::Large(writer);
            }
            Content::Large(writer) => writer.send(bytes).await?,
        }
        self.finish_file().await
    }

    /// Zeros of the file.
    pub async fn hole(&mut self, length: u64) -> Result<(), SandboxError> {
        let file = self.file.as_mut().filter(|file| length > 0 && length <= file.missing);
        let Some(file) = file else {
            return Err(lie("a hole that belongs to no file"));
        };
        file.missing -= length;
        if let Content::Small(_) = file.content {
            file.content = Content::Large(Writer::start(self.blobs.clone()));
        }
        if let Content::Large(writer) = &file.content {
            let mut left = length;
            while left > 0 {
                let piece = left.min(CHUNK as u64);
                writer.send(vec![0; usize::try_from(piece).unwrap_or(CHUNK)]).await?;
                left -= piece;
            }
        }
        self.finish_file().await
    }

    async fn finish_file(&mut self) -> Result<(), SandboxError> {
        let Some(file) = self.file.take_if(|file| file.missing == 0) else {
            return Ok(());
        };
        let hash = match file.content {
            Content::Small(bytes) => {
                let blobs = self.blobs.clone();
                tokio::task::spawn_blocking(move || blobs.put(&bytes))
                    .await
                    .map_err(stopped)?
                    .map_err(|error| store(&error))?
            }
            Content::Large(writer) => writer.end().await?.0,
        };
        if let Some(shown) = file.left_out {
            self.leave_out(Err(shown), "its name is not Unicode");
            return Ok(());
        }
        let what = Overlaid::File {
            hash,
            size: file.size,
            mode: file.mode,
        };
        self.entries.push(OverlayEntry {
            path: file.path,
            what,
            seen: None,
        });
        Ok(())
    }

    /// Everything, once the guest says it is all.
    pub fn end(self) -> Result<(Vec<OverlayEntry>, Vec<LeftOut>), SandboxError> {
        if self.file.is_some() {
            return Err(lie("a file that is not whole"));
        }
        Ok((self.entries, self.left_out))
    }
}

/// The path of an entry; the inner error is how a path that is not Unicode is shown.
fn below(folder: &str, path: &[u8]) -> Result<Result<GuestPath, String>, SandboxError> {
    let bad = path.len() > MAX_PATH
        || path.contains(&0)
        || path
            .split(|byte| *byte == b'/')
            .any(|name| name.is_empty() || name == b"." || name == b"..");
    if bad {
        return Err(lie("a path that leads elsewhere"));
    }
    Ok(match std::str::from_utf8(path) {
        Ok(path) => Ok(GuestPath::new(format!("/mnt/{folder}/{path}"))),
        Err(_) => Err(format!("/mnt/{folder}/{}", String::from_utf8_lossy(path))),
    })
}

fn lie(what: &str) -> SandboxError {
    SandboxError::Misbehaved {
        why: format!("the guest sent {what}"),
    }
}

fn store(error: &BlobError) -> SandboxError {
    crate::error::host("keeping what the command wrote", error)
}

fn stopped(error: impl std::fmt::Display) -> SandboxError {
    crate::error::host("keeping what the command wrote", error)
}

/// A blob being written from pieces, in a thread that may block.
struct Writer {
    pieces: tokio::sync::mpsc::Sender<Vec<u8>>,
    result: tokio::task::JoinHandle<Result<(Hash, u64), BlobError>>,
}

impl Writer {
    fn start(blobs: Arc<dyn BlobStore>) -> Self {
        let (pieces, rest) = tokio::sync::mpsc::channel(PIECES);
        let mut reader = Pieces {
            rest,
            piece: io::Cursor::default(),
        };
        Self {
            pieces,
            result: tokio::task::spawn_blocking(move || blobs.put_reader(&mut reader)),
        }
    }

    async fn send(&self, piece: Vec<u8>) -> Result<(), SandboxError> {
        if piece.is_empty() {
            return Ok(());
        }
        // A store that failed no longer takes pieces; why is told at the end.
        let _ = self.pieces.send(piece).await;
        Ok(())
    }

    async fn end(self) -> Result<(Hash, u64), SandboxError> {
        drop(self.pieces);
        self.result.await.map_err(stopped)?.map_err(|error| store(&error))
    }
}

/// The pieces as one reader.
struct Pieces {
    rest: tokio::sync::mpsc::Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let got = self.piece.read(buffer)?;
            if got > 0 || buffer.is_empty() {
                return Ok(got);
            }
            match self.rest.blocking_recv() {
                Some(piece) => self.piece = io::Cursor::new(piece),
                None => return Ok(0),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
