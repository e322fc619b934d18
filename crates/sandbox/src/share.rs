//! The server of shared folders: read-only FUSE.
//!
//! The guest mounts one FUSE file system for all its rooms and relays its kernel's messages over the `fs` stream, as
//! they are. Served is
//!
//! | path | what | owner, mode |
//! | --- | --- | --- |
//! | `/` | one folder per room | root, 0755 |
//! | `/<slot>` | one folder per granted folder | the room's user, 0700 |
//! | `/<slot>/<name>/…` | the granted folder, as [`SharedFolders`] shows it | the room's user, its own mode |
//!
//! Protocol: FUSE 7.23 to 7.31, `include/uapi/linux/fuse.h` of Linux, with the structures of `fuse-abi`.
//!
//! Architecture invariants:
//! * Nothing here writes (I6): requests that would are answered with an error where they are taken apart, before
//!   anything is looked at, and the trait behind the server has no method that writes.
//! * Links are never followed here; the guest gets their targets as stored and resolves them inside the guest.
//! * A guest can lie and flood. Messages, numbers, handles, listings, notices and what is remembered of its
//!   questions are bounded; a message that no kernel sends (of impossible length, cut off, with a path for a name) ends
//!   the stream and is told, what only makes no sense here is answered with an error.
//! * What the guest may keep runs out after a second; watching and notices only make it sooner.
//!
//! What the guest's relay should know: writing an answer or a notice to `/dev/fuse` may fail with `ENOENT` (the request
//! was given up, the number is forgotten), which is to be ignored. Messages with `unique` 0 are notices. One kind (`FUSE_NOTIFY_INVAL_ENTRY`)
//! locks a folder in the kernel; it is sent only when nothing runs in the room, but a relay that writes notices to
//! `/dev/fuse` on a thread of its own cannot be held up whatever happens.

use std::sync::Arc;

use deskhand_types::{GuestPath, SharedFolders, Stamp};
use deskhand_wire::Slot;
use tokio::io::{AsyncRead, AsyncWrite};

mod attributes;
mod handles;
mod nodes;
mod number;
mod reply;
mod room;
mod session;
mod stream;
mod told;

use room::Rooms;
use session::Session;

/// Serves the folders of all rooms of a machine.
#[derive(Default)]
pub struct ShareServer {
    rooms: Arc<Rooms>,
}

impl ShareServer {
    /// A server without rooms, whose rooms will each belong to a user of their own ([`Slot::uid`]).
    pub fn new() -> Self {
        Self::default()
    }

    /// A server without rooms, whose rooms will all belong to this user: where there is no machine.
    pub fn of_one_user(uid: u32) -> Self {
        Self {
            rooms: Arc::new(Rooms::of_one_user(uid)),
        }
    }

    /// Adds a room: its folders appear at `/<slot>/<name>`. One that had the slot before is taken away.
    pub fn add(&self, slot: Slot, names: Vec<String>, shared: Arc<dyn SharedFolders>) {
        self.rooms.add(slot, names, shared);
    }

    /// Takes a room away. What the guest has open in it is closed.
    pub fn remove(&self, slot: Slot) {
        self.rooms.remove(slot);
    }

    /// A command begins in a room: what it is told from now on is what it saw.
    pub fn mark(&self, slot: Slot) {
        if let Some(room) = self.rooms.get(slot) {
            room.mark();
        }
    }

    /// What the command that began with the last mark saw at `path`, which it changed. `None`: it did not look.
    /// `Some(None)`: nothing stood there. See `told` for what counts as seen.
    ///
    /// To be asked when the command is over: the guest is also told to keep nothing of that path, since what the
    /// command changed is about to be changed here.
    #[allow(clippy::option_option, reason = "as `OverlayEntry::seen` has it")]
    pub fn seen(&self, slot: Slot, path: &GuestPath) -> Option<Option<Stamp>> {
        let room = self.rooms.get(slot)?;
        let seen = room.seen(path);
        for session in self.rooms.sessions() {
            session.drop_kept(&room, path);
        }
        seen
    }

    /// Serves one stream until it ends.
    ///
    /// # Errors
    /// When the stream failed, or its other side broke the rules.
    pub async fn serve<S: AsyncRead + AsyncWrite + Send + Unpin>(&self, stream: S) -> std::io::Result<()> {
        let (session, notices) = Session::new(self.rooms.clone());
        let _gone = Gone(&self.rooms);
        stream::serve(session, notices, stream).await
    }
}

/// When a guest is gone, so is what it kept.
struct Gone<'a>(&'a Rooms);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.void_all();
    }
}
