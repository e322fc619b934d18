//! A task's network: a namespace with nothing but a loopback, on which the way out listens.
//!
//! A program connects to `127.0.0.1:3128`; the agent hands the connection, with the number of the task, to the host,
//! where it is judged. Tasks cannot reach one another: each has a loopback of its own.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;

use deskhand_wire::mux::Opener;
use deskhand_wire::{PROXY_PORT, Slot};
use rustix::thread::UnshareFlags;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use crate::agent::boot::doing;

/// Connections of a task that are open at once.
const MAX_CONNECTIONS: usize = 32;

/// A task's network. Dropping it ends its connections.
pub(crate) struct Network {
    /// The namespace.
    pub namespace: OwnedFd,
    listener: TcpListener,
}

impl Network {
    /// Makes the namespace. What is opened in it stays in it, wherever it is used from.
    pub fn new() -> io::Result<Self> {
        std::thread::Builder::new()
            .spawn(|| {
                // SAFETY: only this thread changes its namespace, and it ends with this closure.
                unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNET) }.map_err(doing("making a network"))?;
                raise_loopback().map_err(doing("raising the loopback"))?;
                let namespace = std::fs::File::open("/proc/thread-self/ns/net")?.into();
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, PROXY_PORT)).map_err(doing("listening"))?;
                listener.set_nonblocking(true)?;
                Ok(Self { namespace, listener })
            })?
            .join()
            .map_err(|_| io::Error::other("the thread that makes a network was lost"))?
    }

    /// Serves the way out through `out`, until the handle is dropped.
    pub fn serve(&self, slot: Slot, out: Opener) -> io::Result<AbortOnDropHandle<()>> {
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        Ok(AbortOnDropHandle::new(tokio::spawn(accept(listener, slot, out))))
    }
}

async fn accept(listener: tokio::net::TcpListener, slot: Slot, out: Opener) {
    let room = std::sync::Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let Ok((mut program, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let out = out.clone();
        connections.spawn(async move {
            let _permit = permit;
            if let Ok(mut host) = out.open().await
                && host.write_u16_le(slot.0).await.is_ok()
            {
                let _ = tokio::io::copy_bidirectional(&mut program, &mut host).await;
            }
        });
    }
}

/// Sets `lo` up in this thread's namespace.
fn raise_loopback() -> io::Result<()> {
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::DGRAM, None)?;
    // SAFETY: all fields are numbers or arrays of them, for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(b"lo") {
        *place = byte.cast_signed() as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the descriptor is a socket, the structure the one this request reads.
    let result = unsafe {
        libc::ioctl(
            std::os::fd::AsRawFd::as_raw_fd(&socket),
            libc::SIOCSIFFLAGS as _,
            &raw const request,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
