//! Many streams over one: [yamux](https://github.com/hashicorp/yamux/blob/master/spec.md), with flow control per
//! stream, so that one that nobody reads never holds up the others.

use std::io;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use futures_util::future::poll_fn;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt, TokioAsyncReadCompatExt};

/// Streams that are open at once, at most. A peer that opens more is cut off.
pub const MAX_STREAMS: usize = 256;

/// One multiplexed stream.
pub type Stream = Compat<yamux::Stream>;

/// Which side of the connection this is. The two sides must differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The host's.
    Host,
    /// The guest's.
    Guest,
}

/// A multiplexed connection. It ends when this is dropped.
#[derive(Debug)]
pub struct Mux {
    open: mpsc::Sender<oneshot::Sender<io::Result<Stream>>>,
    incoming: mpsc::Receiver<Stream>,
    lie: Arc<OnceLock<String>>,
}

/// Opens streams on a [`Mux`] from elsewhere.
#[derive(Clone, Debug)]
pub struct Opener(mpsc::Sender<oneshot::Sender<io::Result<Stream>>>);

impl Mux {
    /// Multiplexes a connection. Must be called in a tokio runtime, which drives it.
    pub fn new<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: S, side: Side) -> Self {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(MAX_STREAMS);
        let mode = match side {
            Side::Host => yamux::Mode::Client,
            Side::Guest => yamux::Mode::Server,
        };
        let connection = yamux::Connection::new(stream.compat(), config, mode);
        let (open, wanted) = mpsc::channel(16);
        let (arrived, incoming) = mpsc::channel(MAX_STREAMS);
        let lie = Arc::new(OnceLock::new());
        tokio::spawn(drive(connection, wanted, arrived, lie.clone()));
        Self { open, incoming, lie }
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn open(&self) -> io::Result<Stream> {
        self.opener().open().await
    }

    /// The next stream the other side opened; `None` when the connection has ended.
    pub async fn accept(&mut self) -> Option<Stream> {
        self.incoming.recv().await
    }

    /// What the other side sent that is against the protocol, where the connection ended by that.
    pub fn lie(&self) -> Option<&str> {
        self.lie.get().map(String::as_str)
    }

    /// A handle that opens streams; the connection lives as long as one of them or the [`Mux`].
    pub fn opener(&self) -> Opener {
        Opener(self.open.clone())
    }
}

impl Opener {
    /// Opens a stream.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn open(&self) -> io::Result<Stream> {
        let ended = || io::Error::new(io::ErrorKind::ConnectionReset, "the connection has ended");
        let (give, get) = oneshot::channel();
        self.0.send(give).await.map_err(|_| ended())?;
        get.await.map_err(|_| ended())?
    }
}

/// Moves everything of a connection until it ends or nobody holds its [`Mux`] or an [`Opener`].
async fn drive<S>(
    mut connection: yamux::Connection<S>,
    mut wanted: mpsc::Receiver<oneshot::Sender<io::Result<Stream>>>,
    arrived: mpsc::Sender<Stream>,
    lie: Arc<OnceLock<String>>,
) where
    S: futures_util::AsyncRead + futures_util::AsyncWrite + Unpin,
{
    let mut waiting: Option<oneshot::Sender<io::Result<Stream>>> = None;
    loop {
        let go_on = poll_fn(|context| {
            loop {
                if waiting.is_none() {
                    match wanted.poll_recv(context) {
                        Poll::Ready(Some(give)) => waiting = Some(give),
                        Poll::Ready(None) => return Poll::Ready(false),
                        Poll::Pending => break,
                    }
                }
                match connection.poll_new_outbound(context) {
                    Poll::Ready(result) => {
                        if let Some(give) = waiting.take() {
                            let _ = give.send(result.map(FuturesAsyncReadCompatExt::compat).map_err(io::Error::other));
                        }
                    }
                    Poll::Pending => break,
                }
            }
            match connection.poll_next_inbound(context) {
                Poll::Ready(Some(Ok(stream))) => {
                    // Nobody listens, or far too slowly: the stream is dropped, which resets it.
                    let _ = arrived.try_send(stream.compat());
                    Poll::Ready(true)
                }
                Poll::Ready(Some(Err(error))) => {
                    if is_lie(&error) {
                        let _ = lie.set(error.to_string());
                    }
                    Poll::Ready(false)
                }
                Poll::Ready(None) => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        if !go_on {
            break;
        }
    }
    let _ = poll_fn(|context| connection.poll_close(context)).await;
}

/// Whether the other side broke the rules, rather than the stream below.
const fn is_lie(error: &yamux::ConnectionError) -> bool {
    use yamux::{ConnectionError, FrameDecodeError};
    !matches!(
        error,
        ConnectionError::Decode(FrameDecodeError::Io(_))
            | ConnectionError::Io(_)
            | ConnectionError::Closed
            | ConnectionError::NoMoreStreamIds
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_stream_nobody_reads_does_not_hold_up_another() {
        let (a, b) = tokio::io::duplex(4 << 10);
        let (host, mut guest) = (Mux::new(a, Side::Host), Mux::new(b, Side::Guest));
        let mut stuck = host.open().await.unwrap();
        let flood = tokio::spawn(async move { stuck.write_all(&vec![1; 16 << 20]).await });
        let _unread = guest.accept().await.unwrap();
        let mut brisk = host.open().await.unwrap();
        brisk.write_all(b"ping").await.unwrap();
        let mut other = guest.accept().await.unwrap();
        let mut text = [0; 4];
        other.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"ping");
        assert!(!flood.is_finished());
        flood.abort();
    }

    #[tokio::test]
    async fn what_is_no_frame_is_a_lie_and_an_end_is_none() {
        for (sent, is_lie) in [(&[0xff; 12][..], true), (&[], false), (&[0, 0, 0], false)] {
            let (a, mut b) = tokio::io::duplex(4 << 10);
            let mut host = Mux::new(a, Side::Host);
            b.write_all(sent).await.unwrap();
            // Who lies goes on; an end is that nothing comes any more.
            let _goes_on = is_lie.then_some(b);
            assert!(host.accept().await.is_none());
            assert_eq!(host.lie().is_some(), is_lie, "{sent:?}: {:?}", host.lie());
        }
    }

    #[tokio::test]
    async fn the_other_side_hears_of_the_end() {
        let (a, b) = tokio::io::duplex(4 << 10);
        let (host, mut guest) = (Mux::new(a, Side::Host), Mux::new(b, Side::Guest));
        let opener = guest.opener();
        drop(host);
        assert!(guest.accept().await.is_none());
        assert!(opener.open().await.is_err());
    }
}
