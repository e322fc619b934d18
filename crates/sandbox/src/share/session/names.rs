//! From names to numbers, and what is known of them.

use std::sync::Arc;

use deskhand_types::{GuestPath, Shared, SharedKind};
use deskhand_wire::Slot;
use fuse_abi::linux::{
    FUSE_GETATTR_FH, fuse_attr, fuse_batch_forget_in, fuse_forget_in, fuse_forget_one, fuse_getattr_in,
};
use zerocopy::FromBytes;

use super::{Place, ROOT, Session, opcode, parsed, refused};
use crate::share::attributes;
use crate::share::number::Errno;
use crate::share::reply::Reply;
use crate::share::room::{MNT, Room};

/// Longest name, in bytes.
const MAX_NAME: usize = 255;
/// Longest path, in bytes.
const MAX_PATH: usize = 4096;

impl Session {
    /// LOOKUP: what stands at a name in a folder.
    pub(super) fn lookup(&self, folder: u64, body: &[u8], reply: &mut Reply) -> Result<(), Errno> {
        let (name, _) = body.split_at(body.iter().position(|byte| *byte == 0).ok_or(Errno::BADMSG)?);
        if name.len() > MAX_NAME {
            return Err(Errno::NAMETOOLONG);
        }
        // A name that is not Unicode stands for nothing.
        let name = std::str::from_utf8(name).map_err(|_| Errno::NOENT)?;
        if matches!(name, "" | "." | "..") || name.contains('/') {
            return Err(Errno::BADMSG);
        }
        let above = if folder == ROOT {
            None
        } else {
            match self.place(folder)? {
                (place, SharedKind::Folder) => Some(place),
                _ => return Err(Errno::NOTDIR),
            }
        };
        let (place, kind, attr) = self.stands(above.as_ref(), name)?;
        let number = self.with_nodes(|nodes| nodes.give(place, kind))?;
        reply.push(&attributes::entry(number, attr));
        Ok(())
    }

    /// What stands at `name` in `above`, or in the root.
    pub(super) fn stands(&self, above: Option<&Place>, name: &str) -> Result<(Place, SharedKind, fuse_attr), Errno> {
        let Some(above) = above else {
            let room = self.room(name)?;
            let attr = of_room(&room);
            return Ok((top(room), SharedKind::Folder, attr));
        };
        let room = &above.room;
        if above.path.as_str() == MNT && !room.has(name) {
            return Err(Errno::NOENT);
        }
        let path = format!("{}/{name}", above.path);
        if path.len() > MAX_PATH {
            return Err(Errno::NAMETOOLONG);
        }
        let path = Arc::new(GuestPath::new(path));
        let shared = room.look(&path).map_err(refused)?;
        let place = Place {
            room: room.clone(),
            path,
        };
        Ok((place, shared.kind, attributes::of(&shared, room.owner)))
    }

    /// GETATTR: what is known of a number.
    pub(super) fn attributes(&self, number: u64, body: &[u8], reply: &mut Reply) -> Result<(), Errno> {
        let asked: fuse_getattr_in = parsed(body)?;
        let attr = if number == ROOT {
            attributes::synthetic(ROOT, 0o755, 0)
        } else {
            let (place, kind) = self.place(number)?;
            if place.path.as_str() == MNT {
                of_room(&place.room)
            } else {
                let shared = self.now(&place, &asked)?;
                if shared.kind != kind {
                    return Err(Errno::STALE);
                }
                attributes::of(&shared, place.room.owner)
            }
        };
        reply.push(&attributes::answer(attr));
        Ok(())
    }

    /// What stands at a place, or of the file that is open there: that may have another name by now, or none.
    fn now(&self, place: &Place, asked: &fuse_getattr_in) -> Result<Shared, Errno> {
        if asked.getattr_flags & FUSE_GETATTR_FH != 0
            && let Ok(open) = self.handles.file(asked.fh)
            && open.place.path == place.path
            && open.place.room.serial == place.room.serial
        {
            let shared = open.file.shared().map_err(refused)?;
            place.room.tell(&place.path, Some(&shared.stamp));
            return Ok(shared);
        }
        place.room.look(&place.path).map_err(refused)
    }

    /// READLINK: the target of a link, as stored.
    pub(super) fn target(&self, number: u64, reply: &mut Reply) -> Result<(), Errno> {
        let (place, kind) = self.place(number)?;
        if kind != SharedKind::Link {
            return Err(Errno::INVAL);
        }
        let target = place.room.folders().and_then(|folders| folders.target(&place.path));
        let target = target.map_err(refused)?;
        // The kernel takes at most a page.
        if target.len() >= MAX_PATH {
            return Err(Errno::NAMETOOLONG);
        }
        reply.push_bytes(target.as_bytes());
        Ok(())
    }

    /// FORGET: a number is known less often.
    pub(super) fn forget(&self, number: u64, body: &[u8]) {
        match parsed::<fuse_forget_in>(body) {
            Ok(forget) => self.forget_one(number, forget.nlookup),
            Err(_) => self.note_nonsense(opcode::FORGET),
        }
    }

    /// BATCH_FORGET: several are.
    pub(super) fn batch_forget(&self, body: &[u8]) {
        let Ok((batch, mut rest)) = fuse_batch_forget_in::read_from_prefix(body) else {
            return self.note_nonsense(opcode::BATCH_FORGET);
        };
        // As many as were sent, not as many as were announced.
        for _ in 0..batch.count {
            let Ok((one, after)) = fuse_forget_one::read_from_prefix(rest) else {
                return self.note_nonsense(opcode::BATCH_FORGET);
            };
            self.forget_one(one.nodeid, one.nlookup);
            rest = after;
        }
    }

    fn forget_one(&self, number: u64, times: u64) {
        if let Some(place) = self.with_nodes(|nodes| nodes.forget(number, times)) {
            place.room.with_told(|told| told.void(&place.path));
        }
    }

    /// The room whose folder in the root has this name.
    fn room(&self, name: &str) -> Result<Arc<Room>, Errno> {
        let slot: u16 = name.parse().map_err(|_| Errno::NOENT)?;
        // "+1" and "01" are no names of it.
        let room = self.rooms.get(Slot(slot)).filter(|_| slot.to_string() == name);
        room.ok_or(Errno::NOENT)
    }
}

/// The folder of a room: only its own user may look into it.
fn of_room(room: &Room) -> fuse_attr {
    attributes::synthetic(u64::from(room.slot.0) << 32 | 4, 0o700, room.owner)
}

/// The place of a room's folder.
fn top(room: Arc<Room>) -> Place {
    Place {
        room,
        path: Arc::new(GuestPath::new(MNT)),
    }
}
