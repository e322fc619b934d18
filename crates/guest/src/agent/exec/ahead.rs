//! A command's first process, started before anybody asks for a command.
//!
//! Starting a program and building most of its root takes a third of what an empty command takes, and nothing of it
//! depends on the command. So one process always waits, as far on its way as every command goes, and then hears what it is
//! to be.

use std::io::{self, IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use tokio::process::{Child, Command};

use crate::agent::boot::doing;
use crate::agent::confine::{Base, SPEC_FOLLOWS, Spec};
use crate::agent::system::System;

/// A process that waits to hear what it is to be. Dropping it ends it.
pub(crate) struct Ahead {
    pub child: Child,
    pub ear: Ear,
    /// How far it came.
    pub status: tokio::net::UnixStream,
}

/// Where it hears what it is to be.
pub(crate) struct Ear(UnixStream);

impl Ahead {
    /// Starts one. It ends with the thread that calls this.
    fn start(system: &System) -> io::Result<Self> {
        let (mut ear, ear_end) = UnixStream::pair()?;
        let (status, status_end) = UnixStream::pair()?;
        let mut command = Command::new("/proc/self/exe");
        command
            .arg("confine")
            .args([&ear_end, &status_end].map(|end| end.as_raw_fd().to_string()))
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let inherited = [ear_end.as_raw_fd(), status_end.as_raw_fd()];
        let keep = move || {
            for fd in inherited {
                // SAFETY: the descriptors are open: their owners live until after the process was started.
                let fd = unsafe { BorrowedFd::borrow_raw(fd) };
                rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::empty())?;
            }
            Ok(())
        };
        // SAFETY: between fork and exec only `fcntl` is called, which is safe there.
        let child = unsafe { command.pre_exec(keep) }
            .spawn()
            .map_err(doing("starting a command"))?;
        let base = Base {
            at: system.room.clone(),
            system: system.visible.clone(),
            follows: system.is_machine.then(|| system.shared.clone()),
            unprivileged: !system.is_machine,
        };
        let bytes = postcard::to_stdvec(&base).map_err(io::Error::other)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        ear.write_all(&length.to_le_bytes())
            .and_then(|()| ear.write_all(&bytes))
            .map_err(doing("telling a command where it is"))?;
        status.set_nonblocking(true)?;
        Ok(Self {
            child,
            ear: Ear(ear),
            status: tokio::net::UnixStream::from_std(status)?,
        })
    }

    fn waits(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Ear {
    /// Tells it what it is to be, and the network it joins. Fails where it is not there any more.
    pub fn tell(mut self, spec: &Spec, network: BorrowedFd<'_>) -> io::Result<()> {
        let bytes = postcard::to_stdvec(spec).map_err(io::Error::other)?;
        let descriptors = [network];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        let first = [SPEC_FOLLOWS];
        let first = [IoSlice::new(&first)];
        rustix::net::sendmsg(self.0.as_fd(), &first, &mut ancillary, SendFlags::NOSIGNAL)?;
        self.0.write_all(&bytes)
    }
}

/// The one that waits.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Option<Ahead>>);

impl Waiting {
    /// Has one wait, unless one does already. To be called on the thread that lives as long as the agent.
    pub fn prepare(&self, system: &System) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.as_mut().is_some_and(Ahead::waits) {
            // Where it cannot be started now, the command that needs it says why.
            *waiting = Ahead::start(system).ok();
        }
    }

    /// The one that waits, or a new one. To be called on the thread that lives as long as the agent.
    pub fn take(&self, system: &System) -> io::Result<Ahead> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match waiting.take_if(Ahead::waits) {
            Some(ahead) => Ok(ahead),
            None => Ahead::start(system),
        }
    }
}
