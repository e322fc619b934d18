//! Tar archives: names and sizes (POSIX ustar, with the long names of GNU and pax).

use crate::{DocumentError, Kind, Limits};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) folder: bool,
    /// Where a link points.
    pub(crate) link: Option<String>,
}

/// Reads the headers. `complete` is false when `bytes` end before the archive does.
pub(crate) fn entries(bytes: &[u8], limits: &Limits) -> Result<(Vec<Entry>, bool), DocumentError> {
    const BLOCK: usize = 512;
    let mut entries = Vec::new();
    let mut long_name: Option<String> = None;
    let mut at = 0usize;
    while let Some(header) = bytes.get(at..at.saturating_add(BLOCK)) {
        if header.iter().all(|byte| *byte == 0) {
            return Ok((entries, true));
        }
        if !checksum_fits(header) {
            return Err(DocumentError::damaged(
                Kind::Tar,
                format!("the header at byte {at} has a wrong checksum"),
            ));
        }
        let size = number(header.get(124..136).unwrap_or_default())
            .ok_or_else(|| DocumentError::damaged(Kind::Tar, format!("the header at byte {at} has no size")))?;
        let body_at = at + BLOCK;
        let body = || {
            // Names longer than this are not names.
            let end = body_at.saturating_add(size.min(16 << 10) as usize).min(bytes.len());
            bytes.get(body_at..end).unwrap_or_default()
        };
        match header.get(156).copied().unwrap_or(0) {
            b'L' => long_name = Some(text(body())),
            b'x' => long_name = pax_path(body()).or(long_name),
            b'g' | b'K' => {}
            kind => {
                let prefix = if header.get(257..263) == Some(b"ustar\0") {
                    text(header.get(345..500).unwrap_or_default())
                } else {
                    String::new()
                };
                let short = text(header.get(..100).unwrap_or_default());
                let short = if prefix.is_empty() {
                    short
                } else {
                    format!("{prefix}/{short}")
                };
                let link = matches!(kind, b'1' | b'2').then(|| text(header.get(157..257).unwrap_or_default()));
                entries.push(Entry {
                    name: long_name.take().unwrap_or(short),
                    size: if matches!(kind, b'1' | b'2' | b'5') { 0 } else { size },
                    folder: kind == b'5',
                    link,
                });
                if entries.len() as u64 > limits.max_entries {
                    return Err(DocumentError::TooMany {
                        part: "the archive".to_owned(),
                        what: "entries",
                        limit: limits.max_entries,
                    });
                }
            }
        }
        let blocks = size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64);
        at = usize::try_from(blocks).unwrap_or(usize::MAX).saturating_add(body_at);
    }
    Ok((entries, false))
}

/// The sum of all header bytes, with the checksum field taken as spaces.
fn checksum_fits(header: &[u8]) -> bool {
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            if (148..156).contains(&index) {
                32
            } else {
                u64::from(*byte)
            }
        })
        .sum();
    number(header.get(148..156).unwrap_or_default()) == Some(sum)
}

/// Octal digits, or base 256 when the first bit is set (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let tail = field.get(field.len().checked_sub(8)?..)?;
        return Some(u64::from_be_bytes(tail.try_into().ok()?) & (u64::MAX >> 1));
    }
    let digits = String::from_utf8_lossy(field);
    let digits = digits.trim_matches(['\0', ' ']);
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(digits, 8).ok()
}

fn text(field: &[u8]) -> String {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

/// `27 path=some/long/name\n` records.
fn pax_path(body: &[u8]) -> Option<String> {
    String::from_utf8_lossy(body)
        .lines()
        .find_map(|line| line.split_once(' ')?.1.strip_prefix("path=").map(str::to_owned))
}
