//! A folder that stands beside the granted ones in a task's room and in no folder of this computer: it holds the
//! conversation for command hooks ([`Transcript`](super::transcript)). What commands write there lands nowhere: the room has
//! it for reading only.

use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::{
    GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, SharedWatch, Stamp,
};

/// What the folder is called below `/mnt`.
pub(crate) const FOLDER: &str = ".transcript";
/// No disk has this number.
const DEVICE: u64 = u64::MAX;

/// The folder's one file, in memory. A new version has a new name, so that a room never shows an old one for it.
#[derive(Default)]
pub(crate) struct Talk(Mutex<Option<Version>>);

#[derive(Clone)]
struct Version {
    name: String,
    number: u64,
    bytes: Arc<[u8]>,
}

impl Talk {
    /// Puts another version in the place of the one there is. Gives its path in the room.
    pub fn put(&self, session: &str, bytes: Vec<u8>) -> String {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = held.as_ref().map_or(1, |held| held.number + 1);
        let name = format!("{session}-{number}.jsonl");
        let path = format!("/mnt/{FOLDER}/{name}");
        *held = Some(Version {
            name,
            number,
            bytes: bytes.into(),
        });
        path
    }

    /// The path of the version there is.
    pub fn path(&self) -> Option<String> {
        self.version().map(|version| format!("/mnt/{FOLDER}/{}", version.name))
    }

    fn version(&self) -> Option<Version> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn named(&self, name: &str) -> Result<Version, ShareError> {
        self.version()
            .filter(|version| version.name == name)
            .ok_or(ShareError::Absent)
    }
}

impl Version {
    fn told(&self) -> Shared {
        let size = self.bytes.len() as u64;
        shared(SharedKind::File, self.number, size, 0o444)
    }
}

fn shared(kind: SharedKind, number: u64, size: u64, mode: u32) -> Shared {
    Shared {
        kind,
        size,
        mtime_ns: None,
        mode: Some(mode),
        stamp: Stamp {
            id: (DEVICE, number),
            size,
            mtime_ns: None,
            ctime_ns: None,
        },
    }
}

/// The granted folders, with that one beside them.
pub(crate) struct Beside {
    pub folders: Arc<dyn SharedFolders>,
    pub talk: Arc<Talk>,
}

/// Where a path leads.
enum Way<'p> {
    Granted,
    Folder,
    File(&'p str),
}

fn way(path: &GuestPath) -> Way<'_> {
    let Some(below) = path
        .as_str()
        .strip_prefix("/mnt/")
        .and_then(|path| path.strip_prefix(FOLDER))
    else {
        return Way::Granted;
    };
    match below.strip_prefix('/') {
        Some("") => Way::Folder,
        Some(name) => Way::File(name),
        None if below.is_empty() => Way::Folder,
        // A granted folder whose name only begins like it.
        None => Way::Granted,
    }
}

impl SharedFolders for Beside {
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        match way(path) {
            Way::Granted => self.folders.look(path),
            Way::Folder => Ok(shared(SharedKind::Folder, 0, 0, 0o555)),
            Way::File(name) => self.talk.named(name).map(|version| version.told()),
        }
    }

    fn list(&self, path: &GuestPath, limit: usize) -> Result<Vec<SharedEntry>, ShareError> {
        match way(path) {
            Way::Granted => self.folders.list(path, limit),
            Way::Folder => Ok(self
                .talk
                .version()
                .into_iter()
                .take(limit)
                .map(|version| SharedEntry {
                    name: version.name,
                    kind: SharedKind::File,
                })
                .collect()),
            Way::File(name) => self.talk.named(name).and(Err(ShareError::NotAFolder)),
        }
    }

    fn open(&self, path: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        match way(path) {
            Way::Granted => self.folders.open(path),
            Way::Folder => Err(ShareError::NotAFile),
            Way::File(name) => Ok(Box::new(self.talk.named(name)?)),
        }
    }

    fn target(&self, path: &GuestPath) -> Result<String, ShareError> {
        match way(path) {
            Way::Granted => self.folders.target(path),
            Way::Folder | Way::File(_) => Err(ShareError::NotAFile),
        }
    }

    fn watch(&self, changed: Box<dyn Fn(GuestPath) + Send + Sync>) -> Option<Box<dyn SharedWatch>> {
        self.folders.watch(changed)
    }
}

impl SharedFile for Version {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ShareError> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.bytes.get(from..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(into), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(from);
        }
        Ok(length)
    }

    fn shared(&self) -> Result<Shared, ShareError> {
        Ok(self.told())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Granted;

    impl SharedFolders for Granted {
        fn look(&self, _: &GuestPath) -> Result<Shared, ShareError> {
            Ok(shared(SharedKind::Folder, 9, 9, 0o700))
        }
        fn list(&self, _: &GuestPath, _: usize) -> Result<Vec<SharedEntry>, ShareError> {
            Err(ShareError::Failed)
        }
        fn open(&self, _: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
            Err(ShareError::Failed)
        }
        fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
            Err(ShareError::Failed)
        }
    }

    #[test]
    fn it_holds_one_version_and_the_granted_folders_stay_what_they_are() {
        let talk = Arc::new(Talk::default());
        let beside = Beside {
            folders: Arc::new(Granted),
            talk: talk.clone(),
        };
        let folder = GuestPath::new("/mnt/.transcript");
        assert_eq!(beside.list(&folder, 9).unwrap(), []);
        let first = GuestPath::new(talk.put("t1", b"one\n".to_vec()));
        let second = GuestPath::new(talk.put("t1", b"one\ntwo\n".to_vec()));
        assert_ne!(first, second);
        assert_eq!(beside.look(&first), Err(ShareError::Absent));
        let looked = beside.look(&second).unwrap();
        assert_eq!(
            (looked.kind, looked.size, looked.mode),
            (SharedKind::File, 8, Some(0o444))
        );
        let file = beside.open(&second).unwrap();
        let mut buffer = [0; 3];
        assert_eq!(file.read_at(6, &mut buffer).unwrap(), 2);
        assert_eq!(&buffer, b"o\n\0");
        assert_eq!(file.read_at(u64::MAX, &mut buffer).unwrap(), 0);
        assert_eq!(beside.list(&folder, 9).unwrap().len(), 1);
        assert_eq!(beside.look(&GuestPath::new("/mnt/.transcripts")).unwrap().size, 9);
        assert_eq!(beside.look(&GuestPath::new("/mnt/work")).unwrap().size, 9);
        assert!(beside.open(&GuestPath::new("/mnt/.transcript/x/../y")).is_err());
    }
}
