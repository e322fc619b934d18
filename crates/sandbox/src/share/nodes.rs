//! The numbers under which a guest knows paths.
//!
//! A number stands for a path, not for a file: where a person's editor replaces a file by a new one, the number stays and
//! its attributes change. (Overlayfs, which the guest mounts above, answers `ESTALE` for the rest of a command where
//! a number below it changes.) Only where another *kind* of thing stands there is a new number given. Numbers are
//! never used again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use deskhand_types::{GuestPath, SharedKind, Stamp};

use super::number::Errno;
use super::room::Room;

/// Number of the root.
pub(crate) const ROOT: u64 = fuse_abi::linux::FUSE_ROOT_ID;

/// A path inside a room.
#[derive(Clone)]
pub(crate) struct Place {
    /// Whose.
    pub room: Arc<Room>,
    /// [`super::room::MNT`], or below it.
    pub path: Arc<GuestPath>,
}

/// What is known of a number.
struct Node {
    place: Place,
    kind: SharedKind,
    /// How often the guest was given it and did not forget it since.
    lookups: u64,
    /// The version of which the guest may have kept contents.
    opened: Option<Opened>,
    /// Open handles of that version.
    handles: u32,
}

/// A version that was opened.
struct Opened {
    stamp: Stamp,
    /// Its times are old enough for a later change to show in them.
    settled: bool,
}

/// How a file may be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Caching {
    /// What was kept of it is still right.
    Keep,
    /// What was kept of it must be dropped.
    Drop,
    /// Nothing must be kept: another version is open under the same number.
    Bypass,
}

type Key = (u64, Arc<GuestPath>);

/// All numbers a guest knows, at most `limit`.
pub(crate) struct Nodes {
    known: HashMap<u64, Node>,
    numbers: HashMap<Key, u64>,
    next: u64,
    limit: usize,
}

impl Nodes {
    /// A table for at most `limit` numbers.
    pub fn new(limit: usize) -> Self {
        Self {
            known: HashMap::new(),
            numbers: HashMap::new(),
            next: ROOT + 1,
            limit,
        }
    }

    /// The guest begins anew and knows nothing.
    pub fn clear(&mut self) {
        self.known.clear();
        self.numbers.clear();
    }

    /// The number for `place`, given to the guest once more.
    ///
    /// # Errors
    /// There are too many.
    pub fn give(&mut self, place: Place, kind: SharedKind) -> Result<u64, Errno> {
        let key = (place.room.serial, place.path.clone());
        let full = self.known.len() >= self.limit;
        match self.numbers.entry(key) {
            Entry::Occupied(mut known) => {
                if let Some(node) = self.known.get_mut(known.get()).filter(|node| node.kind == kind) {
                    node.lookups = node.lookups.saturating_add(1);
                    return Ok(*known.get());
                }
                if full {
                    return Err(Errno::NOMEM);
                }
                // Something else stands there: its own number, and the old one is good for nothing but being forgotten.
                known.insert(self.next);
            }
            Entry::Vacant(_) if full => return Err(Errno::NOMEM),
            Entry::Vacant(free) => {
                free.insert(self.next);
            }
        }
        let number = self.next;
        self.next += 1;
        self.known.insert(
            number,
            Node {
                place,
                kind,
                lookups: 1,
                opened: None,
                handles: 0,
            },
        );
        Ok(number)
    }

    /// Where a number stands, and for which kind.
    pub fn get(&self, number: u64) -> Option<(Place, SharedKind)> {
        self.known.get(&number).map(|node| (node.place.clone(), node.kind))
    }

    /// The number of a path, if the guest knows it.
    pub fn number(&self, room: &Room, path: &GuestPath) -> Option<u64> {
        // The key holds its path counted; making one is cheaper than a second table.
        self.numbers.get(&(room.serial, Arc::new(path.clone()))).copied()
    }

    /// The guest forgets a number `times` times. The place, when it does not know it any longer.
    pub fn forget(&mut self, number: u64, times: u64) -> Option<Place> {
        let node = self.known.get_mut(&number)?;
        node.lookups = node.lookups.saturating_sub(times);
        if node.lookups > 0 {
            return None;
        }
        let node = self.known.remove(&number)?;
        let key = (node.place.room.serial, node.place.path.clone());
        if self.numbers.get(&key) != Some(&number) {
            return None;
        }
        self.numbers.remove(&key);
        Some(node.place)
    }

    /// A file is opened in version `stamp`; `settled`: its times are old enough for a later change to show in them.
    pub fn open(&mut self, number: u64, stamp: &Stamp, settled: bool) -> Caching {
        let Some(node) = self.known.get_mut(&number) else {
            return Caching::Bypass;
        };
        match &mut node.opened {
            Some(opened) if opened.stamp == *stamp && opened.settled => {
                node.handles += 1;
                Caching::Keep
            }
            Some(opened) if opened.stamp.id != stamp.id && node.handles > 0 => Caching::Bypass,
            opened => {
                *opened = Some(Opened {
                    stamp: stamp.clone(),
                    settled,
                });
                node.handles += 1;
                Caching::Drop
            }
        }
    }

    /// A file opened with [`Caching::Keep`] or [`Caching::Drop`] is closed.
    pub fn close(&mut self, number: u64) {
        if let Some(node) = self.known.get_mut(&number) {
            node.handles = node.handles.saturating_sub(1);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.known.len()
    }
}
