//! The host's folders: a FUSE file system whose server is at the other end of a stream.
//!
//! The kernel's messages are passed on as they are. Both ways their length is in the first four bytes; the kernel takes
//! and gives whole messages only.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio_util::task::AbortOnDropHandle;

use crate::agent::boot::doing;
use crate::agent::confine::c_string;
use crate::agent::port::{Conversation, watched};

/// The largest message: a megabyte of data with its headers. The kernel insists on as much room.
const MAX: usize = (1 << 20) + (4 << 10);

/// How long the kernel may take to act on what the host said by itself.
const NOTICED: Duration = Duration::from_secs(2);

/// A mounted file system. Dropping it takes it away.
pub(crate) struct Share {
    at: String,
    /// What the host said by itself and the kernel has not acted on yet.
    unnoticed: Arc<AtomicUsize>,
    _relay: [AbortOnDropHandle<()>; 2],
}

impl Share {
    /// Mounts what is served at the other end of `stream`, at `at`. `owner` is the user this process is.
    pub fn mount(stream: Conversation, at: &str, owner: u32) -> io::Result<Self> {
        let device = rustix::fs::open(
            "/dev/fuse",
            OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(doing("opening /dev/fuse"))?;
        let options = format!(
            "fd={},rootmode=40000,user_id={owner},group_id={owner},default_permissions,allow_other,max_read={}",
            device.as_raw_fd(),
            1 << 20
        );
        let options = c_string(&options)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::RDONLY;
        mount("deskhand", at, "fuse.deskhand", flags, options.as_c_str()).map_err(doing("mounting the folders"))?;
        let device = Arc::new(watched(device)?);
        let (from_host, to_host) = tokio::io::split(stream);
        let unnoticed = Arc::new(AtomicUsize::new(0));
        let relay = [
            tokio::spawn(ask(device.clone(), to_host)),
            tokio::spawn(answer(device, from_host, unnoticed.clone())),
        ];
        Ok(Self {
            at: at.to_owned(),
            unnoticed,
            _relay: relay.map(AbortOnDropHandle::new),
        })
    }

    /// Returns once the host has answered everything it was asked or said before this call. Its word that something
    /// changed is then known to the kernel.
    pub async fn settle(&self) -> io::Result<()> {
        let at = self.at.clone();
        tokio::task::spawn_blocking(move || rustix::fs::statfs(at))
            .await
            .map_err(io::Error::other)?
            .map_err(doing("asking the host about its folders"))?;
        // The answer came after all the host had said; now the kernel has to have acted on it.
        let acted = async {
            while self.unnoticed.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let _ = tokio::time::timeout(NOTICED, acted).await;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = unmount(&self.at, UnmountFlags::DETACH);
    }
}

/// The kernel's questions to the host.
async fn ask(device: Arc<AsyncFd<OwnedFd>>, mut host: WriteHalf<Conversation>) {
    let mut message = vec![0; MAX];
    loop {
        let Ok(mut guard) = device.readable().await else { return };
        let read = guard.try_io(|fd| Ok(rustix::io::read(fd, &mut message)?));
        match read {
            Ok(Ok(length)) => {
                if host.write_all(message.get(..length).unwrap_or_default()).await.is_err() {
                    return;
                }
            }
            // A question was taken back before it was read.
            Ok(Err(error)) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => {}
            // Unmounted.
            Ok(Err(_)) => return,
            Err(_not_ready) => {}
        }
    }
}

/// The host's answers to the kernel, and what it says by itself.
async fn answer(device: Arc<AsyncFd<OwnedFd>>, mut host: ReadHalf<Conversation>, unnoticed: Arc<AtomicUsize>) {
    let mut message = vec![0; MAX];
    // Their thread is made when it is needed: most machines end before.
    let mut notices: Option<mpsc::Sender<Vec<u8>>> = None;
    loop {
        let Ok(length) = host.read_u32_le().await else { return };
        let Some(rest) = message.get_mut(4..length as usize) else {
            return;
        };
        if host.read_exact(rest).await.is_err() {
            return;
        }
        if let Some(head) = message.first_chunk_mut::<4>() {
            *head = length.to_le_bytes();
        }
        let whole = message.get(..length as usize).unwrap_or_default();
        if whole.get(8..16) == Some(&[0; 8]) {
            let sender = match notices.take() {
                Some(sender) => Ok(sender),
                None => device
                    .get_ref()
                    .try_clone()
                    .and_then(|device| self::notices(device, unnoticed.clone())),
            };
            unnoticed.fetch_add(1, Ordering::Release);
            match sender {
                Ok(sender) if sender.send(whole.to_vec()).is_ok() => notices = Some(sender),
                // A kernel that hears nothing any more would go on with what it knows: no answers then, either.
                _ => return,
            }
        } else {
            // The kernel refuses an answer nobody waits for, or one that makes no sense; the next may be right.
            let _ = rustix::io::write(&*device, whole);
        }
    }
}

/// Writes what the host says by itself (number 0), on a thread of its own: the kernel may make it wait for a folder
/// that is locked by somebody who waits for an answer.
fn notices(device: OwnedFd, unnoticed: Arc<AtomicUsize>) -> io::Result<mpsc::Sender<Vec<u8>>> {
    let (sender, messages) = mpsc::channel::<Vec<u8>>();
    std::thread::Builder::new().name("notices".to_owned()).spawn(move || {
        for message in messages {
            // What the kernel does not know it need not forget.
            let _ = rustix::io::write(&device, &message);
            unnoticed.fetch_sub(1, Ordering::Release);
        }
    })?;
    Ok(sender)
}
