//! Opening and reading files.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use deskhand_types::{ShareError, SharedKind, Stamp};
use fuse_abi::linux::{FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE, fuse_open_in, fuse_open_out, fuse_read_in, fuse_release_in};

use super::start::MAX_READ;
use super::{Notice, ROOT, Session, parsed, refused};
use crate::share::handles::{Handle, OpenFile};
use crate::share::nodes::Caching;
use crate::share::number::{Errno, O_ACCMODE, O_WRITING};
use crate::share::reply::Reply;

/// The coarsest clock of a file system (FAT): two changes within this time may leave the same times.
const GRAIN: Duration = Duration::from_secs(2);

impl Session {
    /// OPEN.
    pub(super) fn open(&self, number: u64, body: &[u8], reply: &mut Reply) -> Result<(), Errno> {
        let asked: fuse_open_in = parsed(body)?;
        if number == ROOT {
            return Err(Errno::ISDIR);
        }
        let (place, kind) = self.place(number)?;
        if asked.flags & (O_ACCMODE | O_WRITING) != 0 {
            return Err(Errno::ROFS);
        }
        if kind != SharedKind::File {
            return Err(if kind == SharedKind::Folder {
                Errno::ISDIR
            } else {
                Errno::INVAL
            });
        }
        self.handles.check_files()?;
        let file = match place.room.folders().and_then(|folders| folders.open(&place.path)) {
            Ok(file) => file,
            Err(error) => {
                if error == ShareError::Absent {
                    place.room.tell(&place.path, None);
                }
                return Err(refused(error));
            }
        };
        let stamp = file.shared().map_err(refused)?.stamp;
        if place.room.tell(&place.path, Some(&stamp)) {
            // Goes before the answer: a length kept from before would cut what is read.
            self.notify(Notice::Attributes(number));
        }
        let caching = self.with_nodes(|nodes| nodes.open(number, &stamp, is_settled(&stamp)));
        let handle = self.handles.add(Handle::File(Arc::new(OpenFile {
            place,
            file,
            counted: (caching != Caching::Bypass).then_some(number),
        })));
        let fh = match handle {
            Ok(fh) => fh,
            Err(errno) => {
                if caching != Caching::Bypass {
                    self.with_nodes(|nodes| nodes.close(number));
                }
                return Err(errno);
            }
        };
        let open_flags = match caching {
            Caching::Keep => FOPEN_KEEP_CACHE,
            Caching::Drop => 0,
            Caching::Bypass => FOPEN_DIRECT_IO,
        };
        reply.push(&fuse_open_out {
            fh,
            open_flags,
            ..fuse_open_out::default()
        });
        Ok(())
    }

    /// READ, straight into the reply.
    pub(super) fn read(&self, body: &[u8], reply: &mut Reply) -> Result<(), Errno> {
        let asked: fuse_read_in = parsed(body)?;
        let open = self.handles.file(asked.fh)?;
        if !open.place.room.is_open() {
            return Err(Errno::NOENT);
        }
        if i64::try_from(asked.offset).is_err() {
            return Err(Errno::INVAL);
        }
        let size = usize::try_from(asked.size).unwrap_or(MAX_READ).min(MAX_READ);
        let read = open.file.read_at(asked.offset, reply.room(size)).map_err(refused)?;
        reply.cut(read.min(size));
        Ok(())
    }

    /// RELEASE.
    pub(super) fn release(&self, body: &[u8]) -> Result<(), Errno> {
        let asked: fuse_release_in = parsed(body)?;
        if let Handle::File(file) = self.handles.close(asked.fh, true)?
            && let Some(number) = file.counted
        {
            self.with_nodes(|nodes| nodes.close(number));
        }
        Ok(())
    }
}

/// Whether a later change would show in the stamp: its times are not of just now.
fn is_settled(stamp: &Stamp) -> bool {
    let Ok(now) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) else {
        return false;
    };
    let latest = (now.saturating_sub(GRAIN)).as_nanos() as i128;
    match (stamp.mtime_ns, stamp.ctime_ns) {
        (None, None) => false,
        (mtime, ctime) => mtime.into_iter().chain(ctime).all(|ns| ns < latest),
    }
}
