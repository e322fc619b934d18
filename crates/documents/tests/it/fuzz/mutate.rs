//! Mutations of documents, decided by a seed.

use std::io::{Cursor, Read as _, Write as _};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Pieces that parsers stumble over.
const TOKENS: [&str; 30] = [
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "]]>",
    "<![CDATA[",
    "&amp;",
    "&#0;",
    "&#x10FFFF;",
    "\"",
    "'",
    "=",
    "0",
    "-1",
    "4294967296",
    "18446744073709551615",
    "99999999999999999999",
    "1e309",
    "NaN",
    "\u{0}",
    "\u{202E}",
    "\u{E0041}",
    "é",
    "<w:p>",
    "<row>",
    "<a:p>",
    " 0 R",
    "<<",
    "stream\n",
];

/// Numbers at the edges of their types.
const NUMBERS: [u32; 8] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff];

/// A small generator of numbers (SplitMix64), so that a seed means the same everywhere.
pub struct Mutator {
    state: u64,
}

impl Mutator {
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        if limit == 0 {
            0
        } else {
            (self.next() % limit as u64) as usize
        }
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One to four mutations of one of the seeds.
    pub fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.pick(seeds).clone();
        for _ in 0..=self.below(4) {
            let container = bytes.starts_with(b"PK");
            bytes = match self.below(10) {
                0..=4 if container => self.inside(&bytes).unwrap_or(bytes),
                5 => {
                    let other = self.pick(seeds).clone();
                    self.splice(bytes, &other)
                }
                _ => self.bytes(bytes),
            };
        }
        bytes
    }

    /// Unpacks a zip, mutates one part, packs it again.
    fn inside(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let target = self.below(archive.len());
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).ok()?;
            let name = entry.name().ok()?.into_owned();
            let mut part = Vec::new();
            (&mut entry).take(1 << 20).read_to_end(&mut part).ok()?;
            if index == target {
                part = if self.below(3) == 0 {
                    self.bytes(part)
                } else {
                    self.markup(part)
                };
            }
            writer.start_file(name, options).ok()?;
            writer.write_all(&part).ok()?;
        }
        Some(writer.finish().ok()?.into_inner())
    }

    fn splice(&mut self, mut bytes: Vec<u8>, other: &[u8]) -> Vec<u8> {
        let cut = self.below(bytes.len() + 1);
        let from = self.below(other.len() + 1);
        bytes.truncate(cut);
        bytes.extend_from_slice(&other[from..]);
        bytes
    }

    fn bytes(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        if bytes.is_empty() {
            return self.pick(&TOKENS).as_bytes().to_vec();
        }
        let at = self.below(bytes.len());
        let len = self.below(64.min(bytes.len() - at)) + 1;
        match self.below(8) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.next() as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..(at + len).min(bytes.len()))),
            4 => {
                let chunk = bytes[at..(at + len).min(bytes.len())].to_vec();
                let times = self.below(20) + 1;
                bytes.splice(at..at, chunk.repeat(times));
            }
            5 => {
                let number = self.pick(&NUMBERS).to_le_bytes();
                for (slot, byte) in bytes[at..].iter_mut().zip(number) {
                    *slot = byte;
                }
            }
            6 => return self.markup(bytes),
            _ => {
                let to = self.below(bytes.len());
                bytes.swap(at, to);
            }
        }
        bytes
    }

    /// Mutations at the joints of markup: a tag taken away, doubled, nested; a value replaced; a token put in.
    fn markup(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let joints: Vec<usize> = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| matches!(byte, b'<' | b'>' | b'"' | b'/' | b'(' | b' '))
            .map(|(at, _)| at)
            .collect();
        if joints.len() < 3 {
            return bytes;
        }
        let first = self.below(joints.len() - 1);
        let last = (first + 1 + self.below(12)).min(joints.len() - 1);
        let (from, to) = (joints[first], joints[last]);
        match self.below(5) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let chunk = bytes[from..to].to_vec();
                let times = self.below(300) + 1;
                bytes.splice(from..from, chunk.repeat(times));
            }
            2 => {
                let token = self.pick(&TOKENS).as_bytes().to_vec();
                bytes.splice(from..from, token);
            }
            3 => {
                let token = self.pick(&TOKENS).as_bytes().to_vec();
                let end = joints[first + 1];
                bytes.splice(from + 1..end, token);
            }
            _ => {
                let chunk = bytes[from..to].to_vec();
                let at = *self.pick(&joints);
                bytes.splice(at..at, chunk);
            }
        }
        bytes
    }
}
