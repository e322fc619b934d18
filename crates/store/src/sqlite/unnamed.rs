//! Releasing contents that no event names: what a command changed whose end never reached the log, what was prepared and
//! never done.
//!
//! An event names a content where the 64 digits of its hash stand anywhere in it, in a field or in a text, also in an event
//! this version does not understand. Whatever cannot be read ends the look, and then nothing is released.

use std::collections::HashSet;
use std::path::Path;

use deskhand_types::{Hash, Timestamp};
use rusqlite::{Connection, params};

use super::blobs::{self, BATCH};
use super::{SqliteStore, read, set_durability, write_transaction};
use crate::blob::Released;
use crate::{Durability, StoreError};

/// Events looked at in one go, between which others may use the connection.
const PAGE: u32 = 256;
/// Hexadecimal digits of a hash.
const DIGITS: usize = 64;

/// Contents that nobody is known to need, and how far the events were looked at for them.
struct Candidates {
    hashes: HashSet<Hash>,
    looked_to: i64,
}

impl SqliteStore {
    /// Drops the blobs that no event of any log names and nobody put since `before`. Whoever holds a hash that is in no
    /// event yet must have put its content since then.
    ///
    /// # Errors
    /// When the store cannot be read or written. What was dropped until then stays dropped.
    pub fn release_unnamed(&self, before: Timestamp) -> Result<Released, StoreError> {
        let hashes = self.blobs_untouched_since(before)?;
        let mut candidates = Candidates {
            hashes: hashes.into_iter().map(|blob| blob.hash).collect(),
            looked_to: 0,
        };
        // Without the write lock first: there may be many events.
        while !candidates.hashes.is_empty() && candidates.look(&self.reader(), &self.dir)? {}
        candidates.release(&mut self.writer(), &self.dir, before)
    }
}

impl Candidates {
    /// Looks at the next events and strikes out what they name. Tells whether there may be more.
    fn look(&mut self, connection: &Connection, dir: &Path) -> Result<bool, StoreError> {
        let mut select = connection
            .prepare_cached("SELECT id, body, body_blob, label FROM events WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let mut rows = select.query(params![self.looked_to, PAGE])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            let body = read::body_text(connection, dir, row.get(1)?, row.get(2)?)?;
            self.strike(body.as_bytes());
            if let Some(label) = row.get::<_, Option<String>>(3)? {
                self.strike(label.as_bytes());
            }
            self.looked_to = row.get(0)?;
            seen += 1;
        }
        Ok(seen == PAGE)
    }

    /// Strikes out the hashes that stand in a text.
    fn strike(&mut self, text: &[u8]) {
        for run in text.split(|byte| !byte.is_ascii_hexdigit()) {
            // In a longer run of digits a hash may begin anywhere.
            for digits in run.windows(DIGITS) {
                let hash = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
                if let Some(hash) = hash {
                    self.hashes.remove(&hash);
                }
            }
        }
    }

    /// Drops what is left, each time after a look at the events that came meanwhile: under the write lock no more come.
    fn release(mut self, connection: &mut Connection, dir: &Path, before: Timestamp) -> Result<Released, StoreError> {
        let mut released = Released::default();
        set_durability(connection, Durability::Process)?;
        while !self.hashes.is_empty() {
            let transaction = write_transaction(connection)?;
            while self.look(&transaction, dir)? {}
            let batch: Vec<Hash> = self.hashes.iter().copied().take(BATCH).collect();
            for hash in &batch {
                blobs::drop_one(&transaction, dir, hash, before, &mut released)?;
                self.hashes.remove(hash);
            }
            transaction.commit()?;
        }
        Ok(released)
    }
}
