//! What part of a document is wanted, and how much a document may cost.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::DocumentError;

/// A range of pages, slides or sheets, counted from 1, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageRange {
    first: u64,
    last: u64,
}

impl PageRange {
    /// The range, when `1 <= first <= last`.
    pub fn new(first: u64, last: u64) -> Option<Self> {
        (first >= 1 && first <= last).then_some(Self { first, last })
    }

    /// One page.
    pub fn single(page: u64) -> Self {
        let page = page.max(1);
        Self {
            first: page,
            last: page,
        }
    }

    /// The first page.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The last page.
    pub const fn last(self) -> u64 {
        self.last
    }

    /// Whether `page` is in it.
    pub const fn contains(self, page: u64) -> bool {
        self.first <= page && page <= self.last
    }
}

impl fmt::Display for PageRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl FromStr for PageRange {
    type Err = DocumentError;

    /// `3` or `1-5`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || DocumentError::BadPages(text.chars().take(40).collect());
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| bad());
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Self::new(number(first)?, number(last)?).ok_or_else(bad)
    }
}

impl TryFrom<String> for PageRange {
    type Error = DocumentError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PageRange> for String {
    fn from(range: PageRange) -> Self {
        range.to_string()
    }
}

/// Which part of a document is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadOptions {
    /// First line (text and everything rendered as running text) or first row (sheets), counted from 1.
    pub offset: Option<u64>,
    /// How many lines or rows; the default depends on the kind (2000 lines, 200 rows).
    pub limit: Option<u64>,
    /// Which pages, slides or sheets.
    pub pages: Option<PageRange>,
    /// How many characters of text the reading may have; what does not fit is left for the next reading.
    pub max_chars: usize,
    /// Whether what a person would not see is passed on too, marked as such: only where the person asked for it.
    pub with_hidden: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            offset: None,
            limit: None,
            pages: None,
            max_chars: 100_000,
            with_hidden: false,
        }
    }
}

/// What a document may cost. Every number is a hard limit; going beyond one is an error that names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Largest file as it lies on disk, in bytes.
    pub max_bytes: u64,
    /// Largest total of what is unpacked from one file, in bytes.
    pub max_unpacked: u64,
    /// Largest ratio of unpacked to packed size of one part; looked at once a part unpacks to more than 8 MiB.
    pub max_ratio: u64,
    /// Deepest nesting of XML, HTML and JSON.
    pub max_depth: u64,
    /// Most entries of an archive.
    pub max_entries: u64,
    /// Most cells a workbook may make us hold at once.
    pub max_cells: u64,
    /// Most XML or HTML nodes held at once.
    pub max_nodes: u64,
    /// Most pages or slides in one reading.
    pub max_pages: u64,
    /// Most images in one reading.
    pub max_images: u64,
    /// Most pixels of one image.
    pub max_pixels: u64,
    /// Longest time for one document.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            max_bytes: 128 * MIB,
            max_unpacked: 256 * MIB,
            max_ratio: 300,
            max_depth: 256,
            max_entries: 10_000,
            max_cells: 4_000_000,
            max_nodes: 2_000_000,
            max_pages: 50,
            max_images: 10,
            max_pixels: 80_000_000,
            deadline: Duration::from_secs(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_ranges() {
        assert_eq!("3".parse(), Ok(PageRange { first: 3, last: 3 }));
        assert_eq!("1-5".parse(), Ok(PageRange { first: 1, last: 5 }));
        assert_eq!(" 2 - 4 ".parse(), Ok(PageRange { first: 2, last: 4 }));
        for bad in ["", "0", "5-1", "1-", "a", "1-2-3", "-3", "99999999999999999999999"] {
            assert_eq!(bad.parse::<PageRange>(), Err(DocumentError::BadPages(bad.to_owned())));
        }
        assert_eq!(PageRange::single(7).to_string(), "7");
    }
}
