//! How a conversation begins.

use std::sync::atomic::Ordering;

use fuse_abi::linux::{self as abi, fuse_init_in, fuse_init_out, fuse_kstatfs, fuse_statfs_out};

use super::{Session, parsed};
use crate::share::number::Errno;
use crate::share::reply::Reply;

/// The version of the protocol that is spoken.
const MAJOR: u32 = 7;
const MINOR: u32 = 31;
/// The oldest minor version whose answers look like ours.
const OLDEST: u32 = 23;
/// Longest read, and longest message, in bytes.
pub(crate) const MAX_READ: usize = 1 << 20;
/// Pages of a message, of 4 KiB each.
const MAX_PAGES: u16 = 256;
/// What is wanted of the kernel, as far as it can.
const WANTED: u32 = abi::FUSE_ASYNC_READ
    | abi::FUSE_BIG_WRITES
    | abi::FUSE_AUTO_INVAL_DATA
    | abi::FUSE_DO_READDIRPLUS
    | abi::FUSE_READDIRPLUS_AUTO
    | abi::FUSE_PARALLEL_DIROPS
    | abi::FUSE_MAX_PAGES
    | abi::FUSE_CACHE_SYMLINKS;

impl Session {
    /// Agrees on version and features.
    pub(super) fn init(&self, body: &[u8], reply: &mut Reply) -> Result<(), Errno> {
        // Older kernels end after `flags`.
        let asked: fuse_init_in = {
            let mut whole = [0; size_of::<fuse_init_in>()];
            if body.len() < 16 {
                return Err(Errno::BADMSG);
            }
            for (to, from) in whole.iter_mut().zip(body) {
                *to = *from;
            }
            parsed(&whole)?
        };
        let mut answer = fuse_init_out {
            major: MAJOR,
            minor: MINOR,
            ..fuse_init_out::default()
        };
        if asked.major > MAJOR {
            // It asks again with the version it is told.
            reply.push(&answer);
            return Ok(());
        }
        if asked.major < MAJOR || asked.minor < OLDEST {
            return Err(Errno::PROTO);
        }
        answer.minor = MINOR.min(asked.minor);
        answer.max_readahead = asked.max_readahead.min(MAX_READ as u32);
        answer.flags = asked.flags & WANTED;
        answer.max_background = 32;
        answer.congestion_threshold = 24;
        answer.max_write = MAX_READ as u32;
        answer.time_gran = 1;
        answer.max_pages = MAX_PAGES;
        reply.push(&answer);
        // Mounted anew over the same stream: what an earlier mount knew is nobody's.
        if self.started.load(Ordering::Acquire) {
            self.with_nodes(super::Nodes::clear);
            self.handles.clear();
            self.rooms.void_all();
        }
        self.started.store(true, Ordering::Release);
        Ok(())
    }
}

/// About the file system as a whole: there is no room in it.
pub(super) fn statistics() -> fuse_statfs_out {
    fuse_statfs_out {
        st: fuse_kstatfs {
            bsize: 4096,
            frsize: 4096,
            namelen: 255,
            ..fuse_kstatfs::default()
        },
    }
}
