//! The rooms whose folders are served.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant, SystemTime};

use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFolders, SharedKind, SharedWatch, Stamp};
use deskhand_wire::Slot;

use super::attributes::VALID;
use super::session::Session;
use super::told::Told;

/// What the folder of a room is called inside it: the granted folders are below.
pub(crate) const MNT: &str = "/mnt";
/// Paths remembered per room.
const MAX_TOLD: usize = 1 << 17;
/// How long an answer may be used by the guest, in the worst case: what it was allowed, and as much for its way there.
pub(super) const KEPT_FOR: Duration = VALID.saturating_mul(2);
/// The clock a file system stamps changes with may be behind by one tick of its timer.
const TICK: Duration = Duration::from_millis(10);

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
    /// When the last command began.
    began: Mutex<Option<SystemTime>>,
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

    /// A command begins.
    pub fn mark(&self) {
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Some(SystemTime::now());
        self.with_told(|told| told.mark(Instant::now()));
    }

    /// What the command that began last saw at `path`, which it changed. What it was told of this path is void from
    /// then on.
    #[allow(clippy::option_option, reason = "as `OverlayEntry::seen` has it")]
    pub fn seen(&self, path: &GuestPath) -> Option<Option<Stamp>> {
        let (seen, forgot) = self.with_told(|told| {
            let seen = told.seen(path);
            told.void(path);
            (seen, told.has_forgotten())
        });
        // It may have been told more than is remembered: then times have to say what it cannot have seen.
        if seen.is_none() && forgot {
            return self.stood(path);
        }
        seen
    }

    /// What stands at `path` for what was seen, where it is older than the command; otherwise that nothing was seen
    /// there. A folder's own times say nothing about what a command makes in it.
    #[allow(clippy::option_option, reason = "as `OverlayEntry::seen` has it")]
    fn stood(&self, path: &GuestPath) -> Option<Option<Stamp>> {
        let began = (*self.began.lock().unwrap_or_else(PoisonError::into_inner))?;
        let began = began.checked_sub(TICK)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let began = i128::try_from(began.as_nanos()).ok()?;
        let shared = self.folders().ok()?.look(path).ok()?;
        let changed = shared.stamp.ctime_ns.or(shared.stamp.mtime_ns);
        let younger = shared.kind != SharedKind::Folder && changed.is_none_or(|changed| changed > began);
        Some((!younger).then_some(shared.stamp))
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
            began: Mutex::default(),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use deskhand_types::SharedFile;

    use super::*;

    /// Every path is a file that was changed at the time its name says, in seconds from now; "gone" is none.
    struct Dated;

    fn shared(path: &GuestPath) -> Result<Shared, ShareError> {
        let name = path.file_name();
        if name == "gone" {
            return Err(ShareError::Absent);
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let changed = i128::try_from(now.as_nanos()).unwrap() + name.parse::<i128>().unwrap_or(-9) * 1_000_000_000;
        let kind = if path.as_str().contains("/folder/") {
            SharedKind::Folder
        } else {
            SharedKind::File
        };
        let stamp = Stamp {
            id: (1, 1),
            size: 1,
            mtime_ns: Some(0),
            ctime_ns: Some(changed),
        };
        Ok(Shared {
            kind,
            size: 1,
            mtime_ns: Some(0),
            mode: None,
            stamp,
        })
    }

    impl SharedFolders for Dated {
        fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
            shared(path)
        }
        fn list(&self, _: &GuestPath, _: usize) -> Result<Vec<SharedEntry>, ShareError> {
            Ok(Vec::new())
        }
        fn open(&self, _: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
            Err(ShareError::Failed)
        }
        fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
            Err(ShareError::Failed)
        }
    }

    #[test]
    fn what_was_forgotten_is_compared_by_its_times() {
        let rooms = Arc::new(Rooms::default());
        rooms.add(Slot(1), vec!["work".to_owned()], Arc::new(Dated));
        let room = rooms.get(Slot(1)).unwrap();
        *room.told.lock().unwrap() = Told::new(4, KEPT_FOR);
        let path = |name: &str| GuestPath::new(format!("/mnt/work/{name}"));
        let [before, after, folder, gone] = ["-60", "60", "folder/60", "gone"].map(path);
        room.mark();
        for path in [&before, &after] {
            room.look(path).unwrap();
        }
        // Nothing was forgotten yet: what it was not told of, it did not look at.
        assert_eq!(room.seen(&folder), None);
        // The command asks for many names that are not there.
        for number in 0..4 {
            room.tell(&path(&format!("none-{number}")), None);
        }
        assert!(room.with_told(|told| told.seen(&before)).is_none(), "it was forgotten");
        // It is older than the command: that is what the command saw, and a later edit conflicts with it.
        assert!(matches!(room.seen(&before), Some(Some(_))));
        // It is younger: whatever the command saw, it was not that.
        assert_eq!(room.seen(&after), Some(None));
        assert!(matches!(room.seen(&folder), Some(Some(_))));
        assert_eq!(room.seen(&gone), None);
    }
}
