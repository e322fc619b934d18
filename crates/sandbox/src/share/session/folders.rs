//! Listing folders.

use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::{SharedEntry, SharedKind};
use fuse_abi::linux::{
    fuse_attr, fuse_dirent, fuse_entry_out, fuse_open_in, fuse_open_out, fuse_read_in, fuse_release_in,
};

use super::start::MAX_READ;
use super::{Place, ROOT, Session, parsed, refused};
use crate::share::attributes;
use crate::share::handles::{Handle, Listing, OpenFolder};
use crate::share::number::{Errno, O_ACCMODE, S_IFDIR, S_IFLNK, S_IFREG};
use crate::share::reply::Reply;

/// Most entries of a folder that can be listed. One that has more can be entered, not listed: half a list would be
/// taken for the whole.
const MAX_ENTRIES: usize = 100_000;
/// A file number that says it is not known.
const UNKNOWN: u64 = 0xffff_ffff;
/// Entries begin at multiples of this.
const ALIGN: usize = 8;

/// What is wanted of each entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// Its name and kind.
    Names,
    /// Its attributes too.
    Attributes,
}

impl Session {
    /// OPENDIR.
    pub(super) fn open_folder(&self, number: u64, body: &[u8], reply: &mut Reply) -> Result<(), Errno> {
        let asked: fuse_open_in = parsed(body)?;
        if asked.flags & O_ACCMODE != 0 {
            return Err(Errno::ROFS);
        }
        let handle = if number == ROOT {
            Handle::Root
        } else {
            let (place, kind) = self.place(number)?;
            if kind != SharedKind::Folder {
                return Err(Errno::NOTDIR);
            }
            let listing = Mutex::new(self.list(&place)?);
            Handle::Folder(Arc::new(OpenFolder { place, listing }))
        };
        reply.push(&fuse_open_out {
            fh: self.handles.add(handle)?,
            ..fuse_open_out::default()
        });
        Ok(())
    }

    fn list(&self, place: &Place) -> Result<Listing, Errno> {
        let entries = place.room.list(&place.path, MAX_ENTRIES + 1).map_err(refused)?;
        if entries.len() > MAX_ENTRIES {
            return Err(Errno::OVERFLOW);
        }
        self.handles.listing(entries)
    }

    /// READDIR and READDIRPLUS: the entries from an offset on, as many as fit.
    pub(super) fn read_folder(&self, number: u64, body: &[u8], reply: &mut Reply, wanted: Wanted) -> Result<(), Errno> {
        let asked: fuse_read_in = parsed(body)?;
        let limit = usize::try_from(asked.size).unwrap_or(MAX_READ).min(MAX_READ);
        let (above, entries) = match self.handles.get(asked.fh)? {
            Handle::File(_) => return Err(Errno::NOTDIR),
            Handle::Root => (None, Arc::new(self.rooms_as_entries())),
            Handle::Folder(folder) if !folder.place.room.is_open() => return Err(Errno::NOENT),
            Handle::Folder(folder) => {
                let mut listing = folder.listing.lock().unwrap_or_else(PoisonError::into_inner);
                if asked.offset == 0 && listing.read {
                    // Read anew from the beginning: as it is now.
                    *listing = self.list(&folder.place)?;
                }
                listing.read = true;
                (Some(folder.place.clone()), listing.entries.clone())
            }
        };
        let start = usize::try_from(asked.offset).unwrap_or(usize::MAX);
        let mut place = Fill { reply, limit, wanted };
        // The kernel wants to be told of "." and ".." too.
        let dots = [".", ".."].map(|name| (name, SharedKind::Folder, if number == ROOT { ROOT } else { UNKNOWN }));
        for (index, (name, kind, ino)) in dots.into_iter().enumerate().skip(start) {
            // Without a number: the kernel knows both.
            if !place.entry(name, kind, ino, index as u64 + 1, fuse_entry_out::default()) {
                return Ok(());
            }
        }
        for (index, entry) in entries.iter().enumerate().skip(start.saturating_sub(dots.len())) {
            let offset = (index + dots.len()) as u64 + 1;
            if !place.fits(&entry.name) {
                break;
            }
            if wanted == Wanted::Names {
                place.entry(&entry.name, entry.kind, UNKNOWN, offset, fuse_entry_out::default());
                continue;
            }
            match self.found(above.as_ref(), &entry.name) {
                Ok((number, kind, attr)) => {
                    place.entry(&entry.name, kind, attr.ino, offset, attributes::entry(number, attr));
                }
                // Gone since, or not to be looked at: by its name alone, and whoever looks is told.
                Err(_) => {
                    place.entry(&entry.name, entry.kind, UNKNOWN, offset, fuse_entry_out::default());
                }
            }
        }
        Ok(())
    }

    /// Gives the number of an entry.
    fn found(&self, above: Option<&Place>, name: &str) -> Result<(u64, SharedKind, fuse_attr), Errno> {
        let (place, kind, attr) = self.stands(above, name)?;
        let number = self.with_nodes(|nodes| nodes.give(place, kind))?;
        Ok((number, kind, attr))
    }

    fn rooms_as_entries(&self) -> Vec<SharedEntry> {
        let rooms = self.rooms.all();
        let entries = rooms.iter().map(|room| SharedEntry {
            name: room.slot.0.to_string(),
            kind: SharedKind::Folder,
        });
        entries.collect()
    }

    /// RELEASEDIR.
    pub(super) fn release_folder(&self, body: &[u8]) -> Result<(), Errno> {
        let asked: fuse_release_in = parsed(body)?;
        self.handles.close(asked.fh, false).map(|_| ())
    }
}

/// A reply being filled with entries.
struct Fill<'a> {
    reply: &'a mut Reply,
    limit: usize,
    wanted: Wanted,
}

impl Fill<'_> {
    /// Whether an entry of this name fits.
    fn fits(&self, name: &str) -> bool {
        let head = match self.wanted {
            Wanted::Names => 0,
            Wanted::Attributes => size_of::<fuse_entry_out>(),
        };
        let size = head + (size_of::<fuse_dirent>() + name.len()).next_multiple_of(ALIGN);
        self.reply.length() + size <= self.limit
    }

    /// Appends an entry; `false` when it does not fit. `offset` is where the next one begins.
    fn entry(&mut self, name: &str, kind: SharedKind, ino: u64, offset: u64, entry: fuse_entry_out) -> bool {
        if !self.fits(name) {
            return false;
        }
        if self.wanted == Wanted::Attributes {
            self.reply.push(&entry);
        }
        let mode = match kind {
            SharedKind::File => S_IFREG,
            SharedKind::Folder => S_IFDIR,
            SharedKind::Link => S_IFLNK,
        };
        // As `fuse_dirent`, whose name has no length of its own.
        self.reply.push(&ino);
        self.reply.push(&offset);
        self.reply.push(&(name.len() as u32));
        self.reply.push(&(mode >> 12));
        self.reply.push_bytes(name.as_bytes());
        let padding = name.len().next_multiple_of(ALIGN) - name.len();
        self.reply.room(padding).fill(0);
        true
    }
}
