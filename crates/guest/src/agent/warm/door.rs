//! A room's door to the server.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};
use tokio::io::unix::AsyncFd;
use tokio_util::task::AbortOnDropHandle;

use super::{MAX_REQUEST, Told, Warm, Wish};
use crate::agent::confine::Limits;
use crate::agent::port::watched;

/// Standard input, output and error.
const STREAMS: usize = 3;

/// The door of one command's room. Dropping it closes it.
pub(crate) struct Door {
    path: PathBuf,
    warm: Arc<Warm>,
    uid: u32,
    limits: Limits,
    listener: Arc<AsyncFd<OwnedFd>>,
    open: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Warm {
    /// Makes a door for a command of the user, closed still; its socket is in `folder`.
    pub fn door(self: &Arc<Self>, folder: &Path, uid: u32, limits: Limits) -> io::Result<Door> {
        let number = self.doors.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("python-{number}"));
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path)?)?;
        std::os::unix::fs::chown(&path, Some(uid), Some(uid))?;
        rustix::net::listen(&socket, 16)?;
        Ok(Door {
            path,
            warm: self.clone(),
            uid,
            limits,
            listener: Arc::new(watched(socket)?),
            open: Mutex::default(),
        })
    }
}

impl Door {
    /// Where the socket is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the room of this process 1 and control group in.
    pub fn open(&self, init: OwnedFd, group: Option<String>) {
        let room = Arc::new(Room {
            warm: self.warm.clone(),
            uid: self.uid,
            limits: self.limits,
            init,
            group,
        });
        let listener = self.listener.clone();
        let serving = tokio::spawn(async move {
            loop {
                let Ok(mut guard) = listener.readable().await else {
                    return;
                };
                let accepted = guard.try_io(|fd| Ok(rustix::net::accept_with(fd, SocketFlags::CLOEXEC)?));
                if let Ok(Ok(connection)) = accepted {
                    let room = room.clone();
                    // The room's own program at the other end may be slow, or lie.
                    tokio::task::spawn_blocking(move || room.pass_on(&connection));
                }
            }
        });
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(AbortOnDropHandle::new(serving));
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

struct Room {
    warm: Arc<Warm>,
    uid: u32,
    limits: Limits,
    init: OwnedFd,
    group: Option<String>,
}

impl Room {
    /// Passes a wish on to the server, with whose room it is. The connection goes along; closing ours is all that is
    /// left to do.
    fn pass_on(&self, connection: &OwnedFd) -> io::Result<()> {
        let patience = std::time::Duration::from_secs(10);
        rustix::net::sockopt::set_socket_timeout(connection, rustix::net::sockopt::Timeout::Recv, Some(patience))?;
        let (wish, streams) = receive(connection)?;
        let told = Told {
            wish: &wish,
            uid: self.uid,
            group: self.group.as_deref(),
            limits: self.limits,
        };
        let bytes = serde_json::to_vec(&told)?;
        let [input, output, errors] = streams;
        let descriptors = [
            self.init.as_fd(),
            input.as_fd(),
            output.as_fd(),
            errors.as_fd(),
            connection.as_fd(),
        ];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(5))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        rustix::net::sendmsg(
            &self.warm.server,
            &[IoSlice::new(&bytes)],
            &mut ancillary,
            SendFlags::NOSIGNAL,
        )?;
        Ok(())
    }
}

/// One wish with its three streams; anything else is an error.
fn receive(connection: &OwnedFd) -> io::Result<(Wish, [OwnedFd; STREAMS])> {
    let mut bytes = vec![0; MAX_REQUEST];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(STREAMS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::net::recvmsg(
        connection,
        &mut [IoSliceMut::new(&mut bytes)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    let streams: Vec<OwnedFd> = ancillary
        .drain()
        .flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => fds.collect::<Vec<_>>(),
            _ => Vec::new(),
        })
        .collect();
    let streams = streams
        .try_into()
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "three streams are wanted"))?;
    let wish = serde_json::from_slice(bytes.get(..received.bytes).unwrap_or_default())?;
    Ok((wish, streams))
}
