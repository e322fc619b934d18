//! Files and folders a guest has open.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use deskhand_types::{SharedEntry, SharedFile};

use super::nodes::Place;
use super::number::Errno;

/// Files open at once. Each is an open file of this process, which needs some for itself.
const MAX_FILES: usize = 512;
/// Folders open at once.
const MAX_FOLDERS: usize = 512;
/// Bytes of all listings that are held, roughly.
const MAX_LISTED: usize = 64 << 20;

/// An open file.
pub(crate) struct OpenFile {
    /// Where.
    pub place: Place,
    /// What.
    pub file: Box<dyn SharedFile>,
    /// It counts as a handle of this number.
    pub counted: Option<u64>,
}

/// An open folder.
pub(crate) struct OpenFolder {
    /// Where.
    pub place: Place,
    /// Its entries as they were when it was read from the beginning.
    pub listing: Mutex<Listing>,
}

/// Entries of a folder, and the room they take.
#[derive(Default)]
pub(crate) struct Listing {
    /// The entries.
    pub entries: Arc<Vec<SharedEntry>>,
    /// Somebody read them.
    pub read: bool,
    _size: Option<Share>,
}

/// What is open.
#[derive(Clone)]
pub(crate) enum Handle {
    /// A file.
    File(Arc<OpenFile>),
    /// A folder of a room.
    Folder(Arc<OpenFolder>),
    /// The root.
    Root,
}

/// Everything a guest has open.
#[derive(Default)]
pub(crate) struct Handles {
    open: RwLock<Open>,
    listed: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Open {
    handles: HashMap<u64, Handle>,
    next: u64,
    files: usize,
}

impl Handles {
    /// Whether another file may be opened.
    ///
    /// # Errors
    /// Too many are.
    pub fn check_files(&self) -> Result<(), Errno> {
        self.read(|open| {
            if open.files < MAX_FILES {
                Ok(())
            } else {
                Err(Errno::NFILE)
            }
        })
    }

    /// Keeps something open; its number.
    ///
    /// # Errors
    /// Too much is open.
    pub fn add(&self, handle: Handle) -> Result<u64, Errno> {
        self.write(|open| {
            let is_file = matches!(handle, Handle::File(_));
            let folders = open.handles.len() - open.files;
            if if is_file {
                open.files >= MAX_FILES
            } else {
                folders >= MAX_FOLDERS
            } {
                return Err(Errno::NFILE);
            }
            open.files += usize::from(is_file);
            // Never 0: some clients take that for "none".
            open.next += 1;
            open.handles.insert(open.next, handle);
            Ok(open.next)
        })
    }

    /// What is open under a number.
    ///
    /// # Errors
    /// Nothing is.
    pub fn get(&self, number: u64) -> Result<Handle, Errno> {
        self.read(|open| open.handles.get(&number).cloned().ok_or(Errno::BADF))
    }

    /// The file that is open under a number.
    ///
    /// # Errors
    /// None is.
    pub fn file(&self, number: u64) -> Result<Arc<OpenFile>, Errno> {
        match self.get(number)? {
            Handle::File(file) => Ok(file),
            Handle::Folder(_) | Handle::Root => Err(Errno::BADF),
        }
    }

    /// Closes a file (`is_file`) or a folder.
    ///
    /// # Errors
    /// None is open under this number.
    pub fn close(&self, number: u64, is_file: bool) -> Result<Handle, Errno> {
        self.write(|open| {
            match open.handles.get(&number) {
                Some(handle) if matches!(handle, Handle::File(_)) == is_file => {}
                _ => return Err(Errno::BADF),
            }
            open.files -= usize::from(is_file);
            open.handles.remove(&number).ok_or(Errno::BADF)
        })
    }

    /// Closes everything of a room. The guest's own numbers for it stay without meaning.
    pub fn close_room(&self, serial: u64) {
        self.write(|open| {
            open.handles.retain(|_, handle| match handle {
                Handle::File(file) => file.place.room.serial != serial,
                Handle::Folder(folder) => folder.place.room.serial != serial,
                Handle::Root => true,
            });
            open.files = open
                .handles
                .values()
                .filter(|handle| matches!(handle, Handle::File(_)))
                .count();
        });
    }

    /// Closes everything.
    pub fn clear(&self) {
        self.write(|open| {
            open.handles.clear();
            open.files = 0;
        });
    }

    /// Takes in the entries of a folder.
    ///
    /// # Errors
    /// All listings together would be too large.
    pub fn listing(&self, entries: Vec<SharedEntry>) -> Result<Listing, Errno> {
        let size = entries
            .iter()
            .map(|entry| size_of::<SharedEntry>() + entry.name.len())
            .sum();
        let share = Share {
            size,
            of: self.listed.clone(),
        };
        // Counted first; giving up gives it back.
        if self.listed.fetch_add(size, Ordering::Relaxed) + size > MAX_LISTED {
            return Err(Errno::NOMEM);
        }
        Ok(Listing {
            entries: Arc::new(entries),
            read: false,
            _size: Some(share),
        })
    }

    /// How many files, how many of all, how many bytes of listings.
    #[cfg(test)]
    pub fn count(&self) -> (usize, usize, usize) {
        self.read(|open| (open.files, open.handles.len(), self.listed.load(Ordering::Relaxed)))
    }

    fn read<T>(&self, what: impl FnOnce(&Open) -> T) -> T {
        what(&self.open.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, what: impl FnOnce(&mut Open) -> T) -> T {
        what(&mut self.open.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The room a listing takes; given back when it is dropped.
struct Share {
    size: usize,
    of: Arc<AtomicUsize>,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.fetch_sub(self.size, Ordering::Relaxed);
    }
}
