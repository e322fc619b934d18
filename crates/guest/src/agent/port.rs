//! The streams to the host: ports of a virtual console, or sockets where there is no machine between.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::Sleep;

/// A port nobody is connected to says "end"; it is asked again after this time.
const UNCONNECTED: Duration = Duration::from_millis(20);

/// How long is waited for somebody to connect before anything is read, and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// A port. It outlives the conversations over it: a machine that was saved is woken in the middle of one.
pub(crate) struct Port {
    fd: AsyncFd<OwnedFd>,
    /// Whether "end" means that nobody is connected yet, not that the other side is gone.
    reopens: bool,
    /// Only the conversation of this number reads. Numbers grow.
    current: AtomicU64,
}

impl Port {
    /// The console port of that name. The device appears a moment after its driver is there.
    pub fn of_machine(name: &str) -> io::Result<Arc<Self>> {
        let device = find(name)?;
        let fd = rustix::fs::open(device, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
        connected(&fd, PATIENCE)?;
        Self::new(fd, true)
    }

    /// A connected socket.
    pub fn of_socket(fd: OwnedFd) -> io::Result<Arc<Self>> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
        Self::new(fd, false)
    }

    fn new(fd: OwnedFd, reopens: bool) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            fd: watched(fd)?,
            reopens,
            current: AtomicU64::new(0),
        }))
    }

    /// Begins a conversation; one before it reads no more. The receiver hears when the stream is dropped.
    pub fn converse(self: &Arc<Self>) -> (Conversation, oneshot::Receiver<()>) {
        let number = self.retire();
        let (ended, end) = oneshot::channel();
        let conversation = Conversation {
            port: self.clone(),
            number,
            pause: None,
            _ended: ended,
        };
        (conversation, end)
    }

    /// Nobody who reads now reads on: what comes belongs to the next conversation. Writing goes on.
    pub fn retire(&self) -> u64 {
        self.current.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Lets the runtime watch a descriptor.
pub(crate) fn watched(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor stays open, and its own, as long as what it is moved into exists.
    Ok(unsafe { AsyncFd::register(fd) }?)
}

/// Waits until somebody is connected, but no longer than `patience`.
///
/// To the runtime a descriptor that hung up once has hung up for good: from then on it makes nobody wait, and whoever reads
/// from it asks over and over, at half a processor's cost. A port hangs up as long as nobody is connected, and a machine's
/// first program is often faster than the host. Saved like that, every machine of a template would run at half its speed.
fn connected(fd: &OwnedFd, patience: Duration) -> io::Result<()> {
    for _ in 0..patience.as_millis() / PAUSE.as_millis() {
        let mut looked = [PollFd::new(fd, PollFlags::IN)];
        rustix::event::poll(&mut looked, Some(&Timespec::default()))?;
        if looked.iter().all(|port| !port.revents().contains(PollFlags::HUP)) {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    // Who comes later is heard all the same.
    Ok(())
}

/// Looks for `/dev/vportNpM` by the name the monitor gave it.
fn find(name: &str) -> io::Result<PathBuf> {
    for _ in 0..500 {
        for entry in std::fs::read_dir("/sys/class/virtio-ports")
            .into_iter()
            .flatten()
            .flatten()
        {
            if std::fs::read_to_string(entry.path().join("name")).is_ok_and(|found| found.trim() == name) {
                return Ok(PathBuf::from("/dev").join(entry.file_name()));
            }
        }
        std::thread::sleep(UNCONNECTED);
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        format!("there is no port {name}"),
    ))
}

/// One conversation over a port.
pub(crate) struct Conversation {
    port: Arc<Port>,
    number: u64,
    pause: Option<Pin<Box<Sleep>>>,
    /// Tells, by being dropped, that nobody uses the stream any more.
    _ended: oneshot::Sender<()>,
}

impl AsyncRead for Conversation {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            let port = self.port.clone();
            if port.current.load(Ordering::Relaxed) != self.number {
                return Poll::Pending;
            }
            let mut guard = ready!(port.fd.poll_read_ready(context))?;
            let read = guard.try_io(|fd| Ok(rustix::io::read(fd, buffer.initialize_unfilled())?));
            match read {
                Ok(Ok(0)) if port.reopens => self.pause = Some(Box::pin(tokio::time::sleep(UNCONNECTED))),
                Ok(Ok(length)) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_not_ready) => {}
            }
        }
    }
}

impl AsyncWrite for Conversation {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.port.fd.poll_write_ready(context))?;
            match guard.try_io(|fd| Ok(rustix::io::write(fd, bytes)?)) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(result) => return Poll::Ready(result),
                Err(_not_ready) => {}
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write as _;
    use std::os::unix::net::UnixStream;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_comes_after_a_conversation_was_retired_belongs_to_the_next() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut host = tokio::net::UnixStream::from_std(ours).unwrap();
        let port = Port::of_socket(theirs.into()).unwrap();
        let (mut first, ended) = port.converse();
        host.write_all(b"one").await.unwrap();
        let mut text = [0; 3];
        first.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"one");
        port.retire();
        host.write_all(b"two").await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_millis(50), first.read_u8()).await;
        assert!(waiting.is_err(), "a retired conversation read {waiting:?}");
        // It can still say its last words.
        first.write_all(b"bye").await.unwrap();
        host.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"bye");
        drop(first);
        assert!(ended.await.is_err(), "its end is told by dropping");
        let (mut second, _end) = port.converse();
        second.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"two");
    }

    /// A named pipe is as a port: without anybody at the other end it hangs up and says "end", and later it has somebody.
    #[tokio::test]
    async fn a_port_waits_for_its_host_and_then_makes_its_reader_wait() {
        let path = std::env::temp_dir().join(format!("port-{}", std::process::id()));
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        )
        .unwrap();
        let open = |flags| rustix::fs::open(&path, flags | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let fd = open(OFlags::RDONLY);
        drop(open(OFlags::WRONLY));
        let alone = std::time::Instant::now();
        connected(&fd, Duration::from_millis(100)).unwrap();
        assert!(alone.elapsed() >= Duration::from_millis(100), "{:?}", alone.elapsed());

        let late = std::thread::spawn({
            let path = path.clone();
            move || {
                std::thread::sleep(Duration::from_millis(100));
                std::fs::File::options().write(true).open(path).unwrap()
            }
        });
        connected(&fd, PATIENCE).unwrap();
        let mut host = late.join().unwrap();
        std::fs::remove_file(&path).unwrap();
        let port = Port::new(fd, true).unwrap();
        let (mut conversation, _end) = port.converse();

        let before = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let nothing = tokio::time::timeout(Duration::from_secs(1), conversation.read_u8()).await;
        let after = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        assert!(nothing.is_err(), "the host was silent, and said {nothing:?}");
        let busy = Duration::try_from(after - before).unwrap();
        assert!(
            busy < Duration::from_millis(200),
            "waiting a second took {busy:?} of work"
        );

        host.write_all(b"x").unwrap();
        assert_eq!(conversation.read_u8().await.unwrap(), b'x');
    }
}
