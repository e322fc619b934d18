//! What the guest is told of a thing.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use deskhand_types::{Shared, SharedKind};
use fuse_abi::linux::{fuse_attr, fuse_attr_out, fuse_entry_out};

use super::number::{S_IFDIR, S_IFLNK, S_IFREG};

/// How long the guest may use what it was told without asking again.
pub(crate) const VALID: Duration = Duration::from_secs(1);

/// The attributes of something in a room whose user has the id `uid`.
pub(crate) fn of(shared: &Shared, uid: u32) -> fuse_attr {
    let mode = match shared.kind {
        SharedKind::File => S_IFREG | shared.mode.unwrap_or(0o644),
        SharedKind::Folder => S_IFDIR | shared.mode.unwrap_or(0o755),
        SharedKind::Link => S_IFLNK | 0o777,
    };
    let (mtime, mtimensec) = seconds(shared.mtime_ns.unwrap_or(0));
    let (ctime, ctimensec) = shared.stamp.ctime_ns.map_or((mtime, mtimensec), seconds);
    fuse_attr {
        ino: number(shared),
        size: shared.size,
        blocks: shared.size.div_ceil(512),
        atime: mtime,
        mtime,
        ctime,
        atimensec: mtimensec,
        mtimensec,
        ctimensec,
        mode,
        // Of folders too: a count that says nothing about how many folders are in it.
        nlink: 1,
        uid,
        gid: uid,
        blksize: 4096,
        ..fuse_attr::default()
    }
}

/// The attributes of a folder that is not on the disk.
pub(crate) fn synthetic(ino: u64, mode: u32, uid: u32) -> fuse_attr {
    fuse_attr {
        ino,
        mode: S_IFDIR | mode,
        nlink: 1,
        uid,
        gid: uid,
        blksize: 4096,
        ..fuse_attr::default()
    }
}

/// The answer to a question for attributes.
pub(crate) fn answer(attr: fuse_attr) -> fuse_attr_out {
    fuse_attr_out {
        attr_valid: VALID.as_secs(),
        attr_valid_nsec: VALID.subsec_nanos(),
        attr,
        ..fuse_attr_out::default()
    }
}

/// The answer to a question for a name.
pub(crate) fn entry(nodeid: u64, attr: fuse_attr) -> fuse_entry_out {
    fuse_entry_out {
        nodeid,
        entry_valid: VALID.as_secs(),
        entry_valid_nsec: VALID.subsec_nanos(),
        attr_valid: VALID.as_secs(),
        attr_valid_nsec: VALID.subsec_nanos(),
        attr,
        ..fuse_entry_out::default()
    }
}

/// A file number: the same for the same file, whatever its path; not the host's own.
fn number(shared: &Shared) -> u64 {
    let mut hasher = DefaultHasher::new();
    shared.stamp.id.hash(&mut hasher);
    hasher.finish() | 2
}

/// Seconds and nanoseconds; before 1970 the seconds are negative, as the protocol has it.
fn seconds(ns: i128) -> (u64, u32) {
    let whole = i64::try_from(ns.div_euclid(1_000_000_000)).unwrap_or(0);
    (whole as u64, ns.rem_euclid(1_000_000_000) as u32)
}
