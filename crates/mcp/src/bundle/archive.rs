//! The archive of a bundle: every entry is judged before any is unpacked.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::bundle::{BundleError, ENTRY_LIMIT, RATIO_LIMIT, UNPACKED_FILE_LIMIT, UNPACKED_LIMIT};

/// Below this a high ratio is nothing remarkable: text of zeros, an empty database.
const RATIO_FROM: u64 = 16 * 1024 * 1024;
/// Longest path within a bundle, in bytes.
const PATH_LIMIT: usize = 1024;

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path below the bundle's folder, with `/`; it cannot lead out of it.
    pub path: String,
    /// Its size as declared, in bytes.
    pub size: u64,
    /// Its permissions on Unix, without those of others to write and without set-user bits.
    pub mode: Option<u32>,
}

/// Takes what is unpacked.
pub trait Sink {
    /// Makes one file below the bundle's folder, with the folders above it. `content` ends with an error when the file is
    /// not what was declared; the file is then not to be kept.
    fn file(&mut self, entry: &Entry, content: &mut dyn Read) -> std::io::Result<()>;
}

pub(super) struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
    packed: u64,
}

impl Archive {
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, BundleError> {
        let packed = bytes.len() as u64;
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| BundleError::Archive(error.to_string()))?;
        Ok(Self { zip, packed })
    }

    /// Judges every entry, by what the archive declares.
    pub(super) fn check(&mut self) -> Result<Vec<Entry>, BundleError> {
        if self.zip.len() > ENTRY_LIMIT {
            return Err(BundleError::Limit(format!(
                "it holds {} files; {ENTRY_LIMIT} are allowed",
                self.zip.len()
            )));
        }
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        let mut total = 0_u64;
        for place in 0..self.zip.len() {
            let file = self
                .zip
                .by_index_raw(place)
                .map_err(|error| BundleError::Archive(error.to_string()))?;
            let name = std::str::from_utf8(file.name_raw())
                .map_err(|_| BundleError::Unsafe("the name of a file in it is not UTF-8".to_owned()))?
                .to_owned();
            let path = safe(&name).map_err(|why| BundleError::Unsafe(format!("`{}` {why}", name.escape_debug())))?;
            let kind = file.unix_mode().unwrap_or(0) & 0o170_000;
            if file.is_symlink() || !matches!(kind, 0 | 0o100_000 | 0o040_000) {
                return Err(BundleError::Unsafe(format!("`{path}` is a link or a device")));
            }
            if file.encrypted() {
                return Err(BundleError::Archive(format!("`{path}` is encrypted")));
            }
            if file.is_dir() {
                continue;
            }
            // Not on every system are two files that differ in case two files.
            if !seen.insert(path.to_lowercase()) {
                return Err(BundleError::Unsafe(format!("`{path}` is in it twice")));
            }
            total = total.saturating_add(file.size());
            if file.size() > UNPACKED_FILE_LIMIT || total > UNPACKED_LIMIT {
                return Err(BundleError::Limit(format!(
                    "`{path}` makes it larger than {} MiB when it is unpacked",
                    UNPACKED_LIMIT / 1024 / 1024
                )));
            }
            entries.push(Entry {
                path,
                size: file.size(),
                mode: file.unix_mode().map(|mode| mode & 0o755),
            });
        }
        if total > RATIO_FROM && total > self.packed.saturating_mul(RATIO_LIMIT) {
            return Err(BundleError::Limit(format!(
                "it unpacks to more than {RATIO_LIMIT} times its size"
            )));
        }
        Ok(entries)
    }

    /// The content of a file, or `None` where there is none of that name.
    pub(super) fn read(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, BundleError> {
        let Ok(file) = self.zip.by_name(path) else {
            return Ok(None);
        };
        let mut content = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut content)
            .map_err(|error| BundleError::Archive(format!("`{path}`: {error}")))?;
        if content.len() as u64 > limit {
            return Err(BundleError::Limit(format!("its `{path}` is larger than {limit} bytes")));
        }
        Ok(Some(content))
    }

    pub(super) fn unpack(&mut self, sink: &mut dyn Sink) -> Result<(), BundleError> {
        let entries = self.check()?;
        let mut entries = entries.into_iter();
        for place in 0..self.zip.len() {
            let file = self
                .zip
                .by_index(place)
                .map_err(|error| BundleError::Archive(error.to_string()))?;
            if file.is_dir() {
                continue;
            }
            let Some(entry) = entries.next() else { break };
            let mut content = Exactly { left: entry.size, file };
            sink.file(&entry, &mut content).map_err(BundleError::Unpack)?;
        }
        Ok(())
    }
}

/// Reads as many bytes as were declared; more are an error.
struct Exactly<R> {
    left: u64,
    file: R,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| std::io::Error::other("it holds more than it declares"))?;
        Ok(count)
    }
}

/// The path, if it stays below the folder it is unpacked to, on every system.
fn safe(name: &str) -> Result<String, &'static str> {
    if name.len() > PATH_LIMIT {
        return Err("is too long");
    }
    if name.chars().any(|c| c.is_control() || c == '\\' || c == ':') {
        return Err("holds characters that no path within a bundle may");
    }
    if name.starts_with('/') {
        return Err("leads out of the bundle");
    }
    let mut parts = Vec::new();
    for part in name.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => return Err("leads out of the bundle"),
            "" => return Err("has a part without a name"),
            // Windows drops them, and the name becomes another's.
            part if part.ends_with(['.', ' ']) => return Err("ends with a dot or a blank"),
            part if is_device(part) => return Err("is a device on Windows"),
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err("has no name");
    }
    Ok(parts.join("/"))
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|last: char| last.is_ascii_digit()))
}
