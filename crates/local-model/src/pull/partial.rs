//! The growing file and its lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{Error, Result, catalogue::Model};

/// `<sha256>.gguf.part`, locked as long as this value lives.
pub(super) struct Partial {
    file: File,
    path: PathBuf,
    length: u64,
    total: u64,
    sha256: String,
}

impl Partial {
    /// Opens or creates it.
    pub(super) fn open(folder: &Path, model: &Model) -> Result<Self> {
        let path = folder.join(format!("{}.gguf.part", model.sha256));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("opening", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path }),
            Err(TryLockError::Error(error)) => return Err(Error::io("locking", &path)(error)),
        }
        let length = file.metadata().map_err(Error::io("reading", &path))?.len();
        let mut partial = Self {
            file,
            path,
            length,
            total: model.bytes,
            sha256: model.sha256.clone(),
        };
        if length > partial.total {
            partial.truncate(0)?;
        }
        Ok(partial)
    }

    /// Bytes so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes of the whole file.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Drops everything from `length` on.
    pub(super) fn truncate(&mut self, length: u64) -> Result<()> {
        self.file.set_len(length).map_err(Error::io("writing", &self.path))?;
        self.length = length;
        Ok(())
    }

    /// Appends bytes. More than the whole file is an error of the source `from`.
    pub(super) fn append(&mut self, bytes: &[u8], from: &str) -> Result<()> {
        if self.length + bytes.len() as u64 > self.total {
            return Err(Error::Source {
                source_name: from.to_owned(),
                reason: format!("it sends more than the {} bytes of the file", self.total),
            });
        }
        let written = self
            .file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(bytes));
        written.map_err(Error::io("writing", &self.path))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Makes what was appended durable.
    pub(super) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(Error::io("writing", &self.path))
    }

    /// Checks size and hash. A whole file with a wrong hash is discarded; a short one is kept.
    pub(super) fn check(&mut self) -> Result<()> {
        if self.length != self.total {
            return Err(Error::Source {
                source_name: "download".into(),
                reason: format!("it ended after {} of {} bytes", self.length, self.total),
            });
        }
        let found = self.hash().map_err(Error::io("reading", &self.path))?;
        if found != self.sha256 {
            self.truncate(0)?;
            return Err(Error::WrongHash {
                expected: self.sha256.clone(),
                found,
            });
        }
        Ok(())
    }

    fn hash(&mut self) -> std::io::Result<String> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = self.file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Renames it to its final name.
    pub(super) fn install(self, path: &Path) -> Result<()> {
        self.file.sync_all().map_err(Error::io("writing", &self.path))?;
        // Windows does not rename an open file.
        drop(self.file);
        std::fs::rename(&self.path, path).map_err(Error::io("installing", path))
    }
}
