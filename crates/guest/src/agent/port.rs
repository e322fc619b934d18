//! The streams to the host: ports of a virtual console, or sockets where there is no machine between.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::Sleep;

/// A port nobody is connected to says "end"; it is asked again after this time.
const UNCONNECTED: Duration = Duration::from_millis(20);

/// A port. It outlives the conversations over it: a machine that was saved is woken in the middle of one.
pub(crate) struct Port {
    reading: Way,
    writing: Way,
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
            writing: Way::new(fd.try_clone()?)?,
            reading: Way::new(fd)?,
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
            write_pause: None,
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

/// One way of a port.
///
/// To the runtime a descriptor that hung up once has hung up for good, and from then on it never makes anybody wait. A port
/// hangs up whenever nobody is connected, as before the host is there; whoever read from it later would ask it over and
/// over, at a processor's full cost. So the runtime is then given another descriptor of the same port, which it knows
/// nothing of.
struct Way(Mutex<Arc<AsyncFd<OwnedFd>>>);

/// What came of looking whether something can be done.
enum Tried {
    Done(io::Result<usize>),
    /// It would have had to wait, though the runtime takes the port for closed.
    Reopened,
}

impl Way {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self(Mutex::new(Arc::new(watched(fd)?))))
    }

    fn fd(&self) -> Arc<AsyncFd<OwnedFd>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has the runtime watch the port anew.
    fn renew(&self) -> io::Result<()> {
        let anew = Arc::new(watched(self.fd().get_ref().try_clone()?)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = anew;
        Ok(())
    }

    /// Waits until `ready` says so, and then does it.
    fn poll(
        &self,
        context: &mut Context<'_>,
        ready: impl for<'a> Fn(&'a AsyncFd<OwnedFd>, &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'a, OwnedFd>>>,
        mut act: impl FnMut(&OwnedFd) -> io::Result<usize>,
    ) -> Poll<Tried> {
        let fd = self.fd();
        loop {
            let mut guard = match ready!(ready(&fd, context)) {
                Ok(guard) => guard,
                Err(error) => return Poll::Ready(Tried::Done(Err(error))),
            };
            let closed = guard.ready().is_read_closed() || guard.ready().is_write_closed();
            match guard.try_io(|fd| act(fd.get_ref())) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(done) => return Poll::Ready(Tried::Done(done)),
                Err(_not_ready) if closed => return Poll::Ready(Tried::Reopened),
                Err(_not_ready) => {}
            }
        }
    }
}

/// One conversation over a port.
pub(crate) struct Conversation {
    port: Arc<Port>,
    number: u64,
    /// Until when nothing is read, and nothing written, since nobody is connected.
    pause: Option<Pin<Box<Sleep>>>,
    write_pause: Option<Pin<Box<Sleep>>>,
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
            let unfilled = buffer.initialize_unfilled();
            let read = |fd: &OwnedFd| Ok(rustix::io::read(fd, &mut *unfilled)?);
            match ready!(port.reading.poll(context, AsyncFd::poll_read_ready, read)) {
                Tried::Done(Ok(0)) if port.reopens => self.pause = Some(Box::pin(tokio::time::sleep(UNCONNECTED))),
                Tried::Done(Ok(length)) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                Tried::Done(Err(error)) => return Poll::Ready(Err(error)),
                // Nothing to read, and not the end: somebody is connected.
                Tried::Reopened => port.reading.renew()?,
            }
        }
    }
}

impl AsyncWrite for Conversation {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            if let Some(pause) = &mut self.write_pause {
                ready!(pause.as_mut().poll(context));
                self.write_pause = None;
                self.port.writing.renew()?;
            }
            let write = |fd: &OwnedFd| Ok(rustix::io::write(fd, bytes)?);
            match ready!(self.port.writing.poll(context, AsyncFd::poll_write_ready, write)) {
                Tried::Done(result) => return Poll::Ready(result),
                // Full, or still nobody there: only time tells.
                Tried::Reopened => self.write_pause = Some(Box::pin(tokio::time::sleep(UNCONNECTED))),
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
    async fn a_port_that_hung_up_before_somebody_came_makes_its_reader_wait() {
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
        let port = Port::new(fd, true).unwrap();
        let (mut conversation, _end) = port.converse();
        let nothing = tokio::time::timeout(Duration::from_millis(100), conversation.read_u8()).await;
        assert!(nothing.is_err(), "nobody was there, and said {nothing:?}");
        let mut host = std::fs::File::from(open(OFlags::WRONLY));
        std::fs::remove_file(&path).unwrap();

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
