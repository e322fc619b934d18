//! The rooms whose folders are served.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFolders, SharedKind, SharedWatch, Stamp};
use deskhand_wire::Slot;

use super::session::Session;
use super::told::Told;

/// What the folder of a room is called inside it: the granted folders are below.
pub(crate) const MNT: &str = "/mnt";
/// Paths remembered per room.
const MAX_TOLD: usize = 1 << 17;
/// How long an answer may be used by the guest, in the worst case: what it was allowed, and its way there.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// A room.
pub(crate) struct Room {
    /// Whose.
    pub slot: Slot,
    /// The user its folders belong to in the guest.
    pub owner: u32,
    /// Different for every room there ever was; slots are used again.
    pub serial: u64,
    names: Vec<String>,
    shared: Arc<dyn SharedFolders>,
    open: AtomicBool,
    told: Mutex<Told>,
    watch: OnceLock<Option<Box<dyn SharedWatch>>>,
}

impl Room {
    /// Whether it was not taken away.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Its folders, if it is still there.
    ///
    /// # Errors
    /// It was taken away.
    pub fn folders(&self) -> Result<&dyn SharedFolders, ShareError> {
        if self.is_open() {
            Ok(self.shared.as_ref())
        } else {
            Err(ShareError::Absent)
        }
    }

    /// What stands at `path`, below [`MNT`]. The guest is told: it is remembered.
    ///
    /// # Errors
    /// As of [`SharedFolders::look`].
    pub fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        let folders = self.folders()?;
        // Before looking: what changes from then on is told.
        if let Some((above, _)) = path.as_str().rsplit_once('/') {
            self.watch(above);
        }
        let looked = folders.look(path);
        match &looked {
            Ok(shared) => {
                self.tell(path, Some(&shared.stamp));
            }
            Err(ShareError::Absent | ShareError::NotAFolder) => {
                self.tell(path, None);
            }
            Err(_) => {}
        }
        looked
    }

    /// The entries at `path`, at most `limit`.
    ///
    /// # Errors
    /// As of [`SharedFolders::list`].
    pub fn list(&self, path: &GuestPath, limit: usize) -> Result<Vec<SharedEntry>, ShareError> {
        let folders = self.folders()?;
        if path.as_str() != MNT {
            self.watch(path.as_str());
            return folders.list(path, limit);
        }
        let names = self.names.iter().map(|name| SharedEntry {
            name: name.clone(),
            kind: SharedKind::Folder,
        });
        Ok(names.collect())
    }

    /// Has a folder watched.
    fn watch(&self, folder: &str) {
        if folder != MNT
            && let Some(Some(watch)) = self.watch.get()
        {
            watch.folder(&GuestPath::new(folder));
        }
    }

    /// Whether it has a granted folder of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Remembers what the guest is told. Returns whether it was told something else before.
    pub fn tell(&self, path: &GuestPath, stamp: Option<&Stamp>) -> bool {
        self.with_told(|told| told.tell(path, stamp, Instant::now()))
    }

    /// Runs `what` on the memory.
    pub fn with_told<T>(&self, what: impl FnOnce(&mut Told) -> T) -> T {
        what(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All rooms, and the guests that see them.
#[derive(Default)]
pub(crate) struct Rooms {
    by_slot: RwLock<BTreeMap<u16, Arc<Room>>>,
    sessions: Mutex<Vec<Weak<Session>>>,
    serial: AtomicU64,
    /// Whose all rooms are; none = each has a user of its own.
    one_user: Option<u32>,
}

impl Rooms {
    /// Rooms that will all belong to this user.
    pub fn of_one_user(uid: u32) -> Self {
        Self {
            one_user: Some(uid),
            ..Self::default()
        }
    }

    /// Adds a room; one that has the slot already is taken away.
    pub fn add(self: &Arc<Self>, slot: Slot, names: Vec<String>, shared: Arc<dyn SharedFolders>) {
        let room = Arc::new(Room {
            slot,
            owner: self.one_user.unwrap_or_else(|| slot.uid()),
            serial: self.serial.fetch_add(1, Ordering::Relaxed),
            names,
            shared,
            open: AtomicBool::new(true),
            told: Mutex::new(Told::new(MAX_TOLD, KEPT_FOR)),
            watch: OnceLock::new(),
        });
        let (rooms, changed) = (Arc::downgrade(self), Arc::downgrade(&room));
        let watch = room.shared.watch(Box::new(move |path| {
            if let (Some(rooms), Some(room)) = (rooms.upgrade(), changed.upgrade()) {
                rooms.changed(&room, &path);
            }
        }));
        let _ = room.watch.set(watch);
        let earlier = self.write(|rooms| rooms.insert(slot.0, room));
        if let Some(earlier) = earlier {
            self.close(&earlier);
        }
    }

    /// Takes a room away.
    pub fn remove(&self, slot: Slot) {
        if let Some(room) = self.write(|rooms| rooms.remove(&slot.0)) {
            self.close(&room);
        }
    }

    /// The room of a slot.
    pub fn get(&self, slot: Slot) -> Option<Arc<Room>> {
        self.read(|rooms| rooms.get(&slot.0).cloned())
    }

    /// All rooms, by slot.
    pub fn all(&self) -> Vec<Arc<Room>> {
        self.read(|rooms| rooms.values().cloned().collect())
    }

    /// A guest sees the rooms from now on.
    pub fn attend(&self, session: &Arc<Session>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(session));
    }

    /// The guests that see the rooms.
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().filter_map(Weak::upgrade).collect()
    }

    /// A guest is gone, and with it what it kept.
    pub fn void_all(&self) {
        for room in self.all() {
            room.with_told(Told::void_all);
        }
    }

    /// Something changed at `path`: what was told of it no longer holds.
    fn changed(&self, room: &Arc<Room>, path: &GuestPath) {
        room.with_told(|told| told.void(path));
        for session in self.sessions() {
            session.changed(room, path);
        }
    }

    fn close(&self, room: &Arc<Room>) {
        room.open.store(false, Ordering::Release);
        for session in self.sessions() {
            session.close_room(room);
        }
    }

    fn read<T>(&self, what: impl FnOnce(&BTreeMap<u16, Arc<Room>>) -> T) -> T {
        what(&self.by_slot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, what: impl FnOnce(&mut BTreeMap<u16, Arc<Room>>) -> T) -> T {
        what(&mut self.by_slot.write().unwrap_or_else(PoisonError::into_inner))
    }
}
