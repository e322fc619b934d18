//! How much is read and answered before it is refused.

use std::time::{Duration, Instant};

use crate::TableError;

/// Bounds on loading. A file that passes one is skipped whole: half a table would give wrong figures.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Files loaded into one catalog.
    pub max_files: usize,
    /// Bytes of one file as stored.
    pub max_file_bytes: u64,
    /// Bytes of one file when its archive is unpacked.
    pub max_unpacked_bytes: u64,
    /// Unpacked size over packed size, looked at once an archive unpacks to more than [`Limits::ratio_from`].
    pub max_ratio: u64,
    /// Unpacked bytes from which on the ratio counts: small sheets of zeros pack well and harm nobody.
    pub ratio_from: u64,
    /// Non-empty cells of one sheet.
    pub max_cells: u64,
    /// Rows of one sheet.
    pub max_rows: u64,
    /// Columns of one table. SQLite's own bound is 2,000.
    pub max_columns: u64,
    /// Bytes of text of one sheet, where a shared string counts each time it is used.
    pub max_text_bytes: u64,
    /// Tables of one sheet.
    pub max_tables_per_sheet: usize,
    /// Time for all files together.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_files: 500,
            max_file_bytes: 256 << 20,
            max_unpacked_bytes: 1 << 30,
            max_ratio: 200,
            ratio_from: 32 << 20,
            max_cells: 20_000_000,
            max_rows: 2_000_000,
            max_columns: 1_900,
            max_text_bytes: 512 << 20,
            max_tables_per_sheet: 64,
            timeout: Duration::from_mins(2),
        }
    }
}

/// Bounds on one query.
#[derive(Clone, Debug)]
pub struct QueryLimits {
    /// Rows returned; more are counted as cut off.
    pub max_rows: usize,
    /// Bytes of values returned, measured as JSON text.
    pub max_bytes: usize,
    /// Time to run.
    pub timeout: Duration,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            max_rows: 1_000,
            max_bytes: 256 << 10,
            timeout: Duration::from_secs(20),
        }
    }
}

/// `found` of `what` must not be over `limit`.
pub(crate) fn within(what: &'static str, found: u64, limit: u64) -> Result<(), TableError> {
    if found > limit {
        return Err(TableError::TooLarge { what, found, limit });
    }
    Ok(())
}

/// The point in time by which loading must be done.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    start: Instant,
    allowed: Duration,
}

impl Deadline {
    pub(crate) fn new(allowed: Duration) -> Self {
        Self {
            start: Instant::now(),
            allowed,
        }
    }

    /// Fails once the time is over. Cheap enough for every few thousand rows, not for every cell.
    pub(crate) fn check(&self) -> Result<(), TableError> {
        if self.start.elapsed() > self.allowed {
            return Err(TableError::LoadTimeout(self.allowed.as_secs()));
        }
        Ok(())
    }
}
