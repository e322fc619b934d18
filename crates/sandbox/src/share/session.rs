//! One guest: what it knows and has open, and the answers to its requests.
//!
//! Every request that would write is answered in one place ([`Session::answer`]) with an error; nothing else is known of
//! them here, and the trait behind has nothing that writes.

use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::{GuestPath, ShareError, SharedKind};
use fuse_abi::linux::{self as abi, fuse_in_header};
use tokio::sync::{mpsc, watch};
use zerocopy::FromBytes;

use super::handles::Handles;
use super::nodes::{Nodes, Place, ROOT};
use super::number::Errno;
use super::reply::Reply;
use super::room::{Room, Rooms};

mod files;
mod folders;
#[cfg(test)]
mod hostile;
mod names;
mod start;

pub(crate) use start::MAX_READ;

/// Numbers a guest may know at once.
const MAX_NODES: usize = 1_000_000;
/// Notifications on their way, at most; what does not fit is left to run out by itself.
const MAX_NOTICES: usize = 1 << 14;

/// A guest.
pub(crate) struct Session {
    rooms: Arc<Rooms>,
    nodes: Mutex<Nodes>,
    handles: Handles,
    notices: mpsc::Sender<Notice>,
    started: std::sync::atomic::AtomicBool,
    /// The kind of the first message that no kernel sends.
    nonsense: watch::Sender<Option<u32>>,
}

/// What the guest is told without having asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Notice {
    /// The attributes of a number may have changed.
    Attributes(u64),
    /// What stands at a name in a folder may have changed.
    Name(u64, String),
}

impl Session {
    /// A guest that knows nothing, and where to fetch what it is to be told.
    pub fn new(rooms: Arc<Rooms>) -> (Arc<Self>, mpsc::Receiver<Notice>) {
        let (notices, receiver) = mpsc::channel(MAX_NOTICES);
        let session = Arc::new(Self {
            rooms,
            nodes: Mutex::new(Nodes::new(MAX_NODES)),
            handles: Handles::default(),
            notices,
            started: false.into(),
            nonsense: watch::Sender::new(None),
        });
        session.rooms.attend(&session);
        (session, receiver)
    }

    /// Answers `message`, whole with its header, in `reply`. `false`: it has no answer.
    pub fn serve(&self, message: &[u8], reply: &mut Reply) -> bool {
        let Ok((header, body)) = fuse_in_header::read_from_prefix(message) else {
            return false;
        };
        reply.clear();
        match self.answer(&header, body, reply) {
            Some(result) => {
                if result == Err(Errno::BADMSG) {
                    self.note_nonsense(header.opcode);
                }
                reply.answer(header.unique, result);
                true
            }
            None => false,
        }
    }

    /// Whether a request is answered without looking at any folder.
    pub fn is_quick(message: &[u8]) -> bool {
        let Ok((header, _)) = fuse_in_header::ref_from_prefix(message) else {
            return true;
        };
        !matches!(
            header.opcode,
            opcode::LOOKUP
                | opcode::GETATTR
                | opcode::READLINK
                | opcode::OPEN
                | opcode::READ
                | opcode::RELEASE
                | opcode::OPENDIR
                | opcode::READDIR
                | opcode::READDIRPLUS
                | opcode::RELEASEDIR
        )
    }

    fn answer(&self, header: &fuse_in_header, body: &[u8], reply: &mut Reply) -> Option<Result<(), Errno>> {
        /// The opcodes as the numbers they are on the wire.
        macro_rules! is {
            ($($name:ident)|+) => { matches!(header.opcode, $(opcode::$name)|+) };
        }
        let at = header.nodeid;
        if is!(INIT) {
            return Some(self.init(body, reply));
        }
        if !self.started.load(std::sync::atomic::Ordering::Acquire) {
            return Some(Err(Errno::INVAL));
        }
        Some(match header.opcode {
            opcode::FORGET => {
                self.forget(at, body);
                return None;
            }
            opcode::BATCH_FORGET => {
                self.batch_forget(body);
                return None;
            }
            // The answer to a notification that is never made, and a wish that is never granted.
            opcode::NOTIFY_REPLY | opcode::INTERRUPT => return None,
            opcode::LOOKUP => self.lookup(at, body, reply),
            opcode::GETATTR => self.attributes(at, body, reply),
            opcode::READLINK => self.target(at, reply),
            opcode::OPEN => self.open(at, body, reply),
            opcode::READ => self.read(body, reply),
            opcode::RELEASE => self.release(body),
            opcode::OPENDIR => self.open_folder(at, body, reply),
            opcode::READDIR => self.read_folder(at, body, reply, folders::Wanted::Names),
            opcode::READDIRPLUS => self.read_folder(at, body, reply, folders::Wanted::Attributes),
            opcode::RELEASEDIR => self.release_folder(body),
            opcode::STATFS => {
                reply.push(&start::statistics());
                Ok(())
            }
            opcode::DESTROY => Ok(()),
            _ if is!(SETATTR | MKNOD | MKDIR | UNLINK | RMDIR | RENAME | RENAME2 | LINK | SYMLINK)
                || is!(WRITE | CREATE | FALLOCATE | SETXATTR | REMOVEXATTR | COPY_FILE_RANGE | TMPFILE) =>
            {
                Err(Errno::ROFS)
            }
            // The kernel does without, and does not ask again.
            _ => Err(Errno::NOSYS),
        })
    }

    /// Something changed at `path`. Only attributes are made void: for a name the kernel would have to lock its folder,
    /// and whoever holds that lock may wait for an answer that comes behind the notice. Absence is never kept, and a
    /// name that is kept runs out by itself.
    pub fn changed(&self, room: &Room, path: &GuestPath) {
        if let Some(number) = self.with_nodes(|nodes| nodes.number(room, path)) {
            self.notify(Notice::Attributes(number));
        }
    }

    /// Nothing of `path` is to be kept. Only while nothing runs in the room; see [`Self::changed`].
    pub fn drop_kept(&self, room: &Room, path: &GuestPath) {
        let Some((folder, name)) = path.as_str().rsplit_once('/') else {
            return;
        };
        let (number, parent) =
            self.with_nodes(|nodes| (nodes.number(room, path), nodes.number(room, &GuestPath::new(folder))));
        if let (Some(number), Some(parent)) = (number, parent) {
            self.notify(Notice::Attributes(number));
            self.notify(Notice::Attributes(parent));
            self.notify(Notice::Name(parent, name.to_owned()));
        }
    }

    /// A room was taken away: what is open in it is closed.
    pub fn close_room(&self, room: &Room) {
        self.handles.close_room(room.serial);
    }

    /// Waits for a message that no kernel sends; gives its kind.
    pub async fn nonsense(&self) -> u32 {
        let mut nonsense = self.nonsense.subscribe();
        match nonsense.wait_for(Option::is_some).await.map(|kind| *kind) {
            Ok(Some(kind)) => kind,
            _ => std::future::pending().await,
        }
    }

    fn note_nonsense(&self, kind: u32) {
        self.nonsense.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(kind);
            is_first
        });
    }

    fn notify(&self, notice: Notice) {
        // Full: the guest does not read. What it keeps runs out by itself.
        let _ = self.notices.try_send(notice);
    }

    fn with_nodes<T>(&self, what: impl FnOnce(&mut Nodes) -> T) -> T {
        what(&mut self.nodes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a number other than the root's stands for, in a room that is still there.
    fn place(&self, number: u64) -> Result<(Place, SharedKind), Errno> {
        let found = self.with_nodes(|nodes| nodes.get(number)).ok_or(Errno::STALE)?;
        if found.0.room.is_open() {
            Ok(found)
        } else {
            Err(Errno::NOENT)
        }
    }

    /// How many numbers are known, files and handles open, and bytes listed.
    #[cfg(test)]
    pub fn count(&self) -> (usize, (usize, usize, usize)) {
        (self.with_nodes(|nodes| nodes.count()), self.handles.count())
    }
}

impl Notice {
    /// As it goes down the stream.
    pub fn write(&self, reply: &mut Reply) {
        reply.clear();
        match self {
            Self::Attributes(number) => {
                reply.push(&abi::fuse_notify_inval_inode_out {
                    ino: *number,
                    // Attributes only. Pages are dropped by opening; dropping them here would wait for those being read.
                    off: -1,
                    len: 0,
                });
                reply.notify(abi::fuse_notify_code::FUSE_NOTIFY_INVAL_INODE as i32);
            }
            Self::Name(folder, name) => {
                reply.push(&abi::fuse_notify_inval_entry_out {
                    parent: *folder,
                    namelen: u32::try_from(name.len()).unwrap_or(u32::MAX),
                    ..Default::default()
                });
                reply.push_bytes(name.as_bytes());
                reply.push_bytes(&[0]);
                reply.notify(abi::fuse_notify_code::FUSE_NOTIFY_INVAL_ENTRY as i32);
            }
        }
    }
}

/// Takes the structure a body begins with; newer kernels may send more.
fn parsed<T: FromBytes>(body: &[u8]) -> Result<T, Errno> {
    T::read_from_prefix(body)
        .map(|(value, _)| value)
        .map_err(|_| Errno::BADMSG)
}

fn refused(error: ShareError) -> Errno {
    match error {
        ShareError::Absent => Errno::NOENT,
        ShareError::NotAFolder => Errno::NOTDIR,
        ShareError::NotAFile => Errno::INVAL,
        ShareError::Refused => Errno::ACCES,
        ShareError::Failed => Errno::IO,
    }
}

/// The opcodes, as numbers to match.
mod opcode {
    use fuse_abi::linux::fuse_opcode as code;

    macro_rules! numbers {
        ($($name:ident = $code:ident),+ $(,)?) => { $(pub const $name: u32 = code::$code as u32;)+ };
    }
    numbers! {
        LOOKUP = FUSE_LOOKUP, FORGET = FUSE_FORGET, GETATTR = FUSE_GETATTR, SETATTR = FUSE_SETATTR,
        READLINK = FUSE_READLINK, SYMLINK = FUSE_SYMLINK, MKNOD = FUSE_MKNOD, MKDIR = FUSE_MKDIR,
        UNLINK = FUSE_UNLINK, RMDIR = FUSE_RMDIR, RENAME = FUSE_RENAME, LINK = FUSE_LINK, OPEN = FUSE_OPEN,
        READ = FUSE_READ, WRITE = FUSE_WRITE, STATFS = FUSE_STATFS, RELEASE = FUSE_RELEASE,
        SETXATTR = FUSE_SETXATTR, REMOVEXATTR = FUSE_REMOVEXATTR, INIT = FUSE_INIT, OPENDIR = FUSE_OPENDIR,
        READDIR = FUSE_READDIR, RELEASEDIR = FUSE_RELEASEDIR, CREATE = FUSE_CREATE, INTERRUPT = FUSE_INTERRUPT,
        DESTROY = FUSE_DESTROY, NOTIFY_REPLY = FUSE_NOTIFY_REPLY, BATCH_FORGET = FUSE_BATCH_FORGET,
        FALLOCATE = FUSE_FALLOCATE, READDIRPLUS = FUSE_READDIRPLUS, RENAME2 = FUSE_RENAME2,
        COPY_FILE_RANGE = FUSE_COPY_FILE_RANGE, TMPFILE = FUSE_TMPFILE,
    }
}
