//! Blobs before and outside of the database: how bytes are encoded, and the files of large ones.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use deskhand_types::{BlobError, Hash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{StoreError, folder};

/// Content from this many bytes on is kept in a file of its own; below, SQLite is faster than the file system.
pub(crate) const LARGE: usize = 256 * 1024;
/// zstd's own default: the knee of its curve.
const LEVEL: i32 = 3;
const CHUNK: usize = 128 * 1024;

/// A stored blob.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlobInfo {
    /// Hash of its content.
    pub hash: Hash,
    /// Bytes of content.
    pub size: u64,
    /// Bytes it takes.
    pub stored_size: u64,
    /// When it was last put, within an hour.
    pub touched: Timestamp,
}

/// What a release freed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Released {
    /// How many blobs.
    pub blobs: u64,
    /// Bytes they took.
    pub stored_bytes: u64,
}

/// How content is stored. The numbers are on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Raw = 0,
    Zstd = 1,
}

impl Encoding {
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Raw),
            1 => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Content, encoded and ready to be placed in the store.
pub(crate) struct Prepared {
    pub hash: Hash,
    pub size: u64,
    pub encoding: Encoding,
    pub stored_size: u64,
    pub form: Form,
}

pub(crate) enum Form {
    /// For the database.
    Inline(Vec<u8>),
    /// A synced file, waiting for its name.
    File(Temporary),
}

impl Prepared {
    pub fn from_bytes(dir: &Path, bytes: &[u8]) -> Result<Self, StoreError> {
        if bytes.len() >= LARGE {
            return Self::from_stream(dir, bytes);
        }
        let compressed = zstd::bulk::compress(bytes, LEVEL).map_err(StoreError::file(dir))?;
        // Office files and pictures are compressed already.
        let (encoding, data) = if compressed.len() < bytes.len() {
            (Encoding::Zstd, compressed)
        } else {
            (Encoding::Raw, bytes.to_vec())
        };
        Ok(Self {
            hash: Hash::of(bytes),
            size: bytes.len() as u64,
            encoding,
            stored_size: data.len() as u64,
            form: Form::Inline(data),
        })
    }

    /// Reads to the end, holding at most a few hundred kilobytes.
    pub fn from_reader(dir: &Path, reader: &mut dyn Read) -> Result<Self, StoreError> {
        let mut start = Vec::new();
        reader
            .take(LARGE as u64)
            .read_to_end(&mut start)
            .map_err(|error| unreadable(&error))?;
        if start.len() < LARGE {
            return Self::from_bytes(dir, &start);
        }
        Self::from_stream(dir, start.as_slice().chain(reader))
    }

    fn from_stream(dir: &Path, mut reader: impl Read) -> Result<Self, StoreError> {
        let temporary = Temporary::create(dir)?;
        let at = || StoreError::file(&temporary.path);
        let mut encoder = zstd::Encoder::new(&temporary.file, LEVEL).map_err(at())?;
        let mut hasher = blake3::Hasher::new();
        let mut size = 0;
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(&error)),
            };
            let part = chunk.get(..count).unwrap_or_default();
            hasher.update(part);
            encoder.write_all(part).map_err(at())?;
            size += part.len() as u64;
        }
        encoder.finish().map_err(at())?;
        temporary.file.sync_all().map_err(at())?;
        let stored_size = temporary.file.metadata().map_err(at())?.len();
        Ok(Self {
            hash: Hash::from_bytes(*hasher.finalize().as_bytes()),
            size,
            encoding: Encoding::Zstd,
            stored_size,
            form: Form::File(temporary),
        })
    }
}

/// The reader somebody else gave us failed.
fn unreadable(error: &io::Error) -> StoreError {
    BlobError::Store(format!("the content could not be read: {error}")).into()
}

/// The file of a large blob.
pub(crate) fn path(dir: &Path, hash: &Hash) -> PathBuf {
    let name = hash.to_string();
    let (folder, file) = name.split_at(2);
    dir.join("blobs").join(folder).join(file)
}

/// Decodes stored content into `out`, which gets at most one byte more than `size`; returns hash and length.
pub(crate) fn decode(
    encoding: Encoding,
    size: u64,
    stored: &mut dyn Read,
    out: &mut dyn Write,
) -> io::Result<(Hash, u64)> {
    let mut limited: Box<dyn Read + '_> = match encoding {
        Encoding::Raw => Box::new(stored.take(size.saturating_add(1))),
        Encoding::Zstd => Box::new(zstd::Decoder::new(stored)?.take(size.saturating_add(1))),
    };
    let mut hasher = blake3::Hasher::new();
    let mut length = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match limited.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A broken frame: told apart from a failing `out` by its kind.
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        let part = chunk.get(..count).unwrap_or_default();
        hasher.update(part);
        out.write_all(part)?;
        length += part.len() as u64;
    }
    Ok((Hash::from_bytes(*hasher.finalize().as_bytes()), length))
}

/// A file in `blobs/tmp` that goes away unless it is given its name.
pub(crate) struct Temporary {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Temporary {
    fn create(dir: &Path) -> Result<Self, StoreError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = dir.join("blobs").join("tmp").join(name);
            match folder::private_options().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    return Ok(Self {
                        path,
                        file,
                        kept: false,
                    });
                }
                // Left by a dead process that had our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::file(path)(error)),
            }
        }
    }

    /// Gives the file the name of its content, durably.
    pub fn keep(mut self, dir: &Path, hash: &Hash) -> Result<(), StoreError> {
        let target = path(dir, hash);
        let blobs = dir.join("blobs");
        let parent = target.parent().unwrap_or(&blobs);
        if !parent.is_dir() {
            folder::create_private(parent)
                .and_then(|()| folder::sync(&blobs))
                .map_err(StoreError::file(parent))?;
        }
        std::fs::rename(&self.path, &target).map_err(StoreError::file(&target))?;
        self.kept = true;
        folder::sync(parent).map_err(StoreError::file(parent))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing to tell anybody: `sweep` takes what stays.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
