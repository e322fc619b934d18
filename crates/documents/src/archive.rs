//! Zip archives, read with limits.
//!
//! Written here rather than taken from a crate because the limits have to come before the work: the number of
//! entries, names that occur twice, entries that overlap (the densest zip bombs do), unpacked sizes and ratios are
//! judged on the central directory and again while unpacking, and the central directory alone decides what exists.
//! Follows APPNOTE.TXT 6.3.10; stored and deflated entries, zip64 for sizes. Encrypted entries are listed, not read.

pub(crate) mod cfb;
pub(crate) mod listing;
pub(crate) mod tar;

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    io::{BufReader, Read},
};

use flate2::read::DeflateDecoder;

use crate::{DocumentError, Kind, Limits, xml::Failure};

/// Ratios are only looked at beyond this size: small parts compress by any factor and hurt nobody.
const RATIO_FROM: u64 = 8 << 20;

/// One entry of the central directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) packed: u64,
    pub(crate) unpacked: u64,
    pub(crate) encrypted: bool,
    method: u16,
    header: u64,
}

impl Entry {
    pub(crate) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// How the bytes are packed, where it cannot be read here.
    pub(crate) fn unreadable(&self) -> Option<&'static str> {
        match (self.encrypted, self.method) {
            (true, _) => Some("encrypted"),
            (false, 0 | 8) => None,
            (false, _) => Some("packed by a method that is not read here"),
        }
    }
}

/// A zip archive over borrowed bytes.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    kind: Kind,
    bytes: &'a [u8],
    entries: Vec<Entry>,
    limits: Limits,
    unpacked: RefCell<Unpacked>,
}

/// How much was unpacked so far. An entry that is read twice counts once: what is bounded is what the file holds.
#[derive(Debug, Default)]
struct Unpacked {
    total: u64,
    by_entry: HashMap<u64, u64>,
}

impl<'a> Archive<'a> {
    /// Reads the central directory. `kind` is what errors name.
    pub(crate) fn open(kind: Kind, bytes: &'a [u8], limits: &Limits) -> Result<Self, DocumentError> {
        let damaged = |what: &str| DocumentError::damaged(kind, what);
        let end = find_end(bytes).ok_or_else(|| damaged("its table of contents is missing (was it cut off?)"))?;
        let (count, size, offset) = end
            .directory(bytes)
            .ok_or_else(|| damaged("its table of contents is broken"))?;
        if count > limits.max_entries {
            return Err(DocumentError::TooMany {
                part: "the archive".to_owned(),
                what: "entries",
                limit: limits.max_entries,
            });
        }
        // Bytes put before the archive (self-extracting stubs) shift everything; accepted when it all moves alike.
        let shift = (end.at as u64)
            .checked_sub(end.trailer)
            .and_then(|at| at.checked_sub(size))
            .and_then(|start| start.checked_sub(offset))
            .ok_or_else(|| damaged("its table of contents lies outside the file"))?;
        let start =
            usize::try_from(offset + shift).map_err(|_| damaged("its table of contents lies outside the file"))?;
        let mut at = start;
        let mut entries = Vec::with_capacity((count as usize).min(1024));
        for _ in 0..count {
            let (mut entry, next) =
                directory_entry(bytes, at).ok_or_else(|| damaged("its table of contents is cut off"))?;
            entry.header = entry.header.saturating_add(shift);
            entries.push(entry);
            at = next;
        }
        // Some programs go by the number of entries, some by the size of the directory.
        if (at - start) as u64 != size {
            return Err(DocumentError::Ambiguous(
                "its table of contents contradicts itself".to_owned(),
            ));
        }
        let archive = Self {
            kind,
            bytes,
            entries,
            limits: *limits,
            unpacked: RefCell::default(),
        };
        archive.check()?;
        Ok(archive)
    }

    /// Refuses what different programs would read differently.
    fn check(&self) -> Result<(), DocumentError> {
        let mut names = HashSet::new();
        for entry in &self.entries {
            // Office programs compare names of parts without case (ECMA-376 part 2, 7.3.5).
            if !names.insert(entry.name.to_ascii_lowercase()) {
                return Err(DocumentError::Ambiguous(format!(
                    "two parts are named `{}`",
                    crate::markdown::excerpt(&entry.name, 80)
                )));
            }
        }
        // Some programs read the headers before the parts instead of the table of contents.
        let renamed = self.entries.iter().find(|entry| {
            let local = self.local_name(entry);
            local.is_some_and(|local| String::from_utf8_lossy(local).replace('\\', "/") != entry.name)
        });
        if let Some(entry) = renamed {
            return Err(DocumentError::Ambiguous(format!(
                "the part `{}` has two names",
                crate::markdown::excerpt(&entry.name, 80)
            )));
        }
        let mut spans: Vec<(u64, u64)> = self.entries.iter().map(|entry| self.span(entry)).collect();
        spans.sort_unstable();
        let overlap = spans.iter().zip(spans.iter().skip(1)).any(|(a, b)| a.1 > b.0);
        if overlap {
            return Err(DocumentError::Ambiguous("its parts overlap one another".to_owned()));
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry with that name, upper and lower case alike.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        let name = name.strip_prefix('/').unwrap_or(name);
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The unpacked bytes of an entry.
    pub(crate) fn read(&self, entry: &Entry) -> Result<Vec<u8>, DocumentError> {
        let mut out = Vec::with_capacity((entry.unpacked.min(1 << 20)) as usize);
        self.stream(entry)?
            .read_to_end(&mut out)
            .map_err(|error| self.read_error(entry, &error))?;
        Ok(out)
    }

    /// The unpacked bytes of an entry as a stream that stops with an error at the limits; see [`Self::read_error`].
    pub(crate) fn stream(&self, entry: &Entry) -> Result<BufReader<Unpack<'_>>, DocumentError> {
        if entry.encrypted {
            return Err(DocumentError::Protected(self.kind));
        }
        let data = self.data(entry).ok_or_else(|| {
            DocumentError::damaged(self.kind, format!("{} lies outside the file", part_name(&entry.name)))
        })?;
        let inner = match entry.method {
            0 => Packed::Stored(data),
            8 => Packed::Deflated(Box::new(DeflateDecoder::new(data))),
            _ => {
                return Err(DocumentError::damaged(
                    self.kind,
                    format!("{} is packed by a method that is not read here", part_name(&entry.name)),
                ));
            }
        };
        Ok(BufReader::with_capacity(
            64 << 10,
            Unpack {
                inner,
                unpacked: &self.unpacked,
                entry: entry.header,
                total_limit: self.limits.max_unpacked,
                own: 0,
                own_limit: self.own_limit(entry),
            },
        ))
    }

    /// What a failed read of a stream means.
    pub(crate) fn read_error(&self, entry: &Entry, error: &std::io::Error) -> DocumentError {
        if is_limit(error) {
            self.bomb(entry)
        } else {
            self.broken(entry)
        }
    }

    /// What a failed run of XML events over a stream means.
    pub(crate) fn failure(&self, entry: &Entry, failure: Failure) -> DocumentError {
        match failure {
            Failure::Document(error) => error,
            Failure::Source(_) if failure.is_limit() => self.bomb(entry),
            Failure::Source(_) => self.broken(entry),
        }
    }

    fn bomb(&self, entry: &Entry) -> DocumentError {
        DocumentError::Bomb {
            part: part_name(&entry.name),
            limit: self.own_limit(entry),
        }
    }

    fn broken(&self, entry: &Entry) -> DocumentError {
        DocumentError::damaged(self.kind, format!("{} cannot be unpacked", part_name(&entry.name)))
    }

    /// How many bytes an entry may unpack to.
    fn own_limit(&self, entry: &Entry) -> u64 {
        let by_ratio = entry.packed.saturating_mul(self.limits.max_ratio).max(RATIO_FROM);
        by_ratio.min(self.limits.max_unpacked)
    }

    /// Where an entry begins and ends, its own header included.
    fn span(&self, entry: &Entry) -> (u64, u64) {
        let header = usize::try_from(entry.header)
            .ok()
            .and_then(|at| self.bytes.get(at..))
            .unwrap_or_default();
        let len = |at| u16_at(header, at).map_or(0, u64::from);
        let data = entry.header.saturating_add(30 + len(26) + len(28));
        (entry.header, data.saturating_add(entry.packed))
    }

    fn local_name(&self, entry: &Entry) -> Option<&'a [u8]> {
        let header = self.bytes.get(usize::try_from(entry.header).ok()?..)?;
        let len = usize::from(u16_at(header, 26)?);
        header
            .starts_with(b"PK\x03\x04")
            .then(|| header.get(30..30 + len))
            .flatten()
    }

    fn data(&self, entry: &Entry) -> Option<&'a [u8]> {
        let at = usize::try_from(entry.header).ok()?;
        if self.bytes.get(at..at.checked_add(4)?)? != b"PK\x03\x04" {
            return None;
        }
        let name = usize::from(u16_at(self.bytes, at.checked_add(26)?)?);
        let extra = usize::from(u16_at(self.bytes, at.checked_add(28)?)?);
        let start = at.checked_add(30)?.checked_add(name)?.checked_add(extra)?;
        let end = start.checked_add(usize::try_from(entry.packed).ok()?)?;
        self.bytes.get(start..end)
    }
}

/// A part, as error messages name it.
pub(crate) fn part_name(name: &str) -> String {
    format!("its part `{}`", crate::markdown::excerpt(name, 80))
}

/// A stream of unpacked bytes that fails when a limit is reached.
pub(crate) struct Unpack<'a> {
    inner: Packed<'a>,
    unpacked: &'a RefCell<Unpacked>,
    entry: u64,
    total_limit: u64,
    own: u64,
    own_limit: u64,
}

enum Packed<'a> {
    Stored(&'a [u8]),
    Deflated(Box<DeflateDecoder<&'a [u8]>>),
}

/// Whether a read failed because a limit was reached.
pub(crate) fn is_limit(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<LimitReached>)
}

#[derive(Debug, thiserror::Error)]
#[error("the limit for unpacked bytes was reached")]
struct LimitReached;

impl Read for Unpack<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = match &mut self.inner {
            Packed::Stored(data) => data.read(buffer)?,
            Packed::Deflated(decoder) => decoder.read(buffer)?,
        };
        self.own += count as u64;
        let mut unpacked = self.unpacked.borrow_mut();
        let counted = unpacked.by_entry.entry(self.entry).or_default();
        let fresh = self.own.saturating_sub(*counted);
        *counted += fresh;
        unpacked.total += fresh;
        if self.own > self.own_limit || unpacked.total > self.total_limit {
            return Err(std::io::Error::other(LimitReached));
        }
        Ok(count)
    }
}

/// The end-of-central-directory record.
struct End {
    at: usize,
    /// Bytes of zip64 records between the directory and `at`.
    trailer: u64,
    zip64: Option<(u64, u64, u64)>,
}

impl End {
    /// Number of entries, size and offset of the central directory.
    fn directory(&self, bytes: &[u8]) -> Option<(u64, u64, u64)> {
        if let Some(directory) = self.zip64 {
            return Some(directory);
        }
        Some((
            u64::from(u16_at(bytes, self.at.checked_add(10)?)?),
            u64::from(u32_at(bytes, self.at.checked_add(12)?)?),
            u64::from(u32_at(bytes, self.at.checked_add(16)?)?),
        ))
    }
}

fn find_end(bytes: &[u8]) -> Option<End> {
    // The record is 22 bytes and a comment of at most 65 535.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let tail = bytes.get(from..)?;
    let at = from + memchr::memmem::rfind(tail, b"PK\x05\x06")?;
    bytes.get(at..at.checked_add(22)?)?;
    let mut end = End {
        at,
        trailer: 0,
        zip64: None,
    };
    // zip64: a locator of 20 bytes directly before points to a longer record.
    if let Some(locator) = at.checked_sub(20)
        && bytes.get(locator..locator + 4) == Some(b"PK\x06\x07")
    {
        let record = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
        if bytes.get(record..record.checked_add(4)?)? != b"PK\x06\x06" {
            return None;
        }
        end.trailer = (at as u64).checked_sub(record as u64)?;
        end.zip64 = Some((
            u64_at(bytes, record.checked_add(32)?)?,
            u64_at(bytes, record.checked_add(40)?)?,
            u64_at(bytes, record.checked_add(48)?)?,
        ));
    }
    Some(end)
}

/// One entry of the central directory at `at`, and where the next begins.
fn directory_entry(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    let fixed = bytes.get(at..at.checked_add(46)?)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return None;
    }
    let flags = u16_at(fixed, 8)?;
    let name_len = usize::from(u16_at(fixed, 28)?);
    let extra_len = usize::from(u16_at(fixed, 30)?);
    let comment_len = usize::from(u16_at(fixed, 32)?);
    let name_at = at + 46;
    let extra_at = name_at + name_len;
    let next = extra_at + extra_len + comment_len;
    let name = bytes.get(name_at..extra_at)?;
    // Names that are not UTF-8 are in some DOS code page; only the listing shows them.
    let name = String::from_utf8_lossy(name).replace('\\', "/");
    let mut entry = Entry {
        name,
        packed: u64::from(u32_at(fixed, 20)?),
        unpacked: u64::from(u32_at(fixed, 24)?),
        encrypted: flags & 1 != 0,
        method: u16_at(fixed, 10)?,
        header: u64::from(u32_at(fixed, 42)?),
    };
    zip64_sizes(bytes.get(extra_at..extra_at + extra_len)?, &mut entry);
    Some((entry, next))
}

/// Sizes that do not fit 32 bits stand in an extra field with id 1, in this order, each only when needed.
fn zip64_sizes(mut extra: &[u8], entry: &mut Entry) {
    while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(mut body) = extra.get(4..4 + usize::from(len)) else {
            return;
        };
        if id == 1 {
            for field in [&mut entry.unpacked, &mut entry.packed, &mut entry.header] {
                if *field == u64::from(u32::MAX)
                    && let Some(value) = u64_at(body, 0)
                {
                    *field = value;
                    body = body.get(8..).unwrap_or_default();
                }
            }
            return;
        }
        extra = extra.get(4 + usize::from(len)..).unwrap_or_default();
    }
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
