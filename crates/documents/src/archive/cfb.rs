//! Compound files ([MS-CFB]): the container of xls, doc, ppt, msg and of password-protected Office files.
//!
//! Only what is needed before calamine may see an xls: which streams there are, and the bytes of one.

use crate::{
    DocumentError, Kind,
    archive::{u16_at, u32_at, u64_at},
};

/// The first eight bytes.
pub(crate) const MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// Sector numbers from here on are marks, not sectors.
const MAX_SECTOR: u32 = 0xFFFF_FFFA;

/// A compound file over borrowed bytes.
pub(crate) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    mini_sector: usize,
    mini_cutoff: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini_stream: Vec<u8>,
    streams: Vec<Stream>,
}

struct Stream {
    name: String,
    start: u32,
    size: u64,
}

impl<'a> Compound<'a> {
    /// Reads the tables.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        Self::try_open(bytes)
            .ok_or_else(|| DocumentError::damaged(Kind::LegacyOffice, "its sector tables are broken (was it cut off?)"))
    }

    fn try_open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let shift = |at| {
            u16_at(bytes, at)
                .filter(|shift| (6..=16).contains(shift))
                .map(|shift| 1usize << shift)
        };
        let mut compound = Self {
            bytes,
            sector: shift(30)?,
            mini_sector: shift(32)?,
            mini_cutoff: u64::from(u32_at(bytes, 56)?),
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_stream: Vec::new(),
            streams: Vec::new(),
        };
        compound.load_fat()?;
        let mini_fat = compound.chain_bytes(u32_at(bytes, 60)?)?;
        compound.mini_fat = numbers(&mini_fat);
        let directory = compound.chain_bytes(u32_at(bytes, 48)?)?;
        let mut root = None;
        for entry in directory.chunks_exact(128) {
            let name_bytes = usize::from(u16_at(entry, 64)?).clamp(2, 64) - 2;
            let units: Vec<u16> = entry
                .get(..name_bytes)?
                .chunks_exact(2)
                .filter_map(|pair| u16_at(pair, 0))
                .collect();
            let stream = Stream {
                name: String::from_utf16_lossy(&units),
                start: u32_at(entry, 116)?,
                // Version 3 files may have rubbish in the upper half.
                size: if compound.sector == 512 {
                    u64::from(u32_at(entry, 120)?)
                } else {
                    u64_at(entry, 120)?
                },
            };
            match entry.get(66)? {
                2 => compound.streams.push(stream),
                5 => root = Some(stream),
                _ => {}
            }
        }
        if let Some(root) = root
            && root.start < MAX_SECTOR
        {
            compound.mini_stream = compound.chain_bytes(root.start)?;
        }
        Some(compound)
    }

    /// Whether there is a stream with that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.streams.iter().any(|stream| stream.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of the stream with that name.
    pub(crate) fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let stream = self
            .streams
            .iter()
            .find(|stream| stream.name.eq_ignore_ascii_case(name))?;
        let mut bytes = if stream.size < self.mini_cutoff {
            self.mini_chain_bytes(stream.start)?
        } else {
            self.chain_bytes(stream.start)?
        };
        bytes.truncate(usize::try_from(stream.size).unwrap_or(usize::MAX));
        Some(bytes)
    }

    fn sector_bytes(&self, sector: u32) -> Option<&'a [u8]> {
        let start = (sector as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The table of the sectors that hold the table of sectors: 109 in the header, more in a chain of its own.
    fn load_fat(&mut self) -> Option<()> {
        let most = self.bytes.len() / self.sector + 1;
        let mut tables: Vec<u32> = self.bytes.get(76..512).map(numbers)?;
        let mut next = u32_at(self.bytes, 68)?;
        let mut hops = 0;
        while next < MAX_SECTOR {
            let mut more = numbers(self.sector_bytes(next)?);
            next = more.pop()?;
            tables.extend(more);
            hops += 1;
            if hops > most {
                return None;
            }
        }
        for table in tables.into_iter().filter(|sector| *sector < MAX_SECTOR) {
            self.fat.extend(numbers(self.sector_bytes(table)?));
            if self.fat.len() > most + self.sector {
                break;
            }
        }
        Some(())
    }

    fn chain_bytes(&self, start: u32) -> Option<Vec<u8>> {
        let most = self.bytes.len() / self.sector + 1;
        let mut out = Vec::new();
        let mut sector = start;
        let mut hops = 0;
        while sector < MAX_SECTOR {
            out.extend_from_slice(self.sector_bytes(sector)?);
            sector = *self.fat.get(sector as usize)?;
            hops += 1;
            // A chain longer than the file goes in a circle.
            if hops > most {
                return None;
            }
        }
        Some(out)
    }

    fn mini_chain_bytes(&self, start: u32) -> Option<Vec<u8>> {
        let most = self.mini_stream.len() / self.mini_sector + 1;
        let mut out = Vec::new();
        let mut sector = start;
        let mut hops = 0;
        while sector < MAX_SECTOR {
            let at = (sector as usize).checked_mul(self.mini_sector)?;
            let end = at.checked_add(self.mini_sector)?.min(self.mini_stream.len());
            out.extend_from_slice(self.mini_stream.get(at..end)?);
            sector = *self.mini_fat.get(sector as usize)?;
            hops += 1;
            if hops > most {
                return None;
            }
        }
        Some(out)
    }
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|four| u32_at(four, 0)).collect()
}
