//! Requests off the stream, answers onto it.
//!
//! A request is read whole, then answered on a thread that may block; at most [`AT_ONCE`] at a time, and while so many are
//! being answered nothing more is read. One slow file does not hold up the others. Answers are written by one writer, in
//! the order in which they are ready; notices go before answers that are ready later.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use fuse_abi::linux::fuse_in_header;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::{Semaphore, mpsc};

use super::reply::Reply;
use super::session::{MAX_READ, Notice, Session};

/// Requests answered at a time.
const AT_ONCE: usize = 8;
/// Answers that wait for the writer.
const WAITING: usize = 8;
/// Longest message of a guest: what it may write at once, which it never does, and what comes before that.
const MAX_MESSAGE: usize = MAX_READ + 4096;
/// Bytes read at once, and room for a message that is kept for the next one.
const USUAL: usize = 64 << 10;

/// Buffers that are used again.
#[derive(Default)]
struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default()
    }

    fn give(&self, buffer: Vec<u8>) {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffers.len() < AT_ONCE {
            buffers.push(buffer);
        }
    }
}

/// Serves a session until its stream ends.
///
/// # Errors
/// The stream failed, or a message is one that no kernel sends (`InvalidData`).
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Send + Unpin>(
    session: Arc<Session>,
    notices: mpsc::Receiver<Notice>,
    stream: S,
) -> io::Result<()> {
    let (reader, writer) = tokio::io::split(stream);
    let (answers, ready) = mpsc::channel(WAITING);
    let buffers = Arc::new(Buffers::default());
    let nonsense = session.clone();
    tokio::select! {
        read = read(session, BufReader::with_capacity(USUAL, reader), answers, &buffers) => read,
        written = write(writer, ready, notices, &buffers) => written,
        kind = nonsense.nonsense() => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of kind {kind} that no kernel sends"),
        )),
    }
}

async fn read(
    session: Arc<Session>,
    mut reader: impl AsyncRead + Unpin,
    answers: mpsc::Sender<Reply>,
    buffers: &Arc<Buffers>,
) -> io::Result<()> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let messages = Arc::new(Buffers::default());
    loop {
        let mut message = messages.take();
        if !next(&mut reader, &mut message).await? {
            return Ok(());
        }
        if Session::is_quick(&message) {
            let mut reply = Reply::new(buffers.take());
            if session.serve(&message, &mut reply) {
                let _ = answers.send(reply).await;
            } else {
                buffers.give(reply.into_buffer());
            }
            messages.give(message);
            continue;
        }
        let Ok(permit) = permits.clone().acquire_owned().await else {
            return Ok(());
        };
        let (session, answers, buffers, messages) =
            (session.clone(), answers.clone(), buffers.clone(), messages.clone());
        tokio::task::spawn_blocking(move || {
            let mut reply = Reply::new(buffers.take());
            if session.serve(&message, &mut reply) {
                // Fails where the stream has ended meanwhile.
                let _ = answers.blocking_send(reply);
            } else {
                buffers.give(reply.into_buffer());
            }
            message.truncate(USUAL);
            message.shrink_to(USUAL);
            messages.give(message);
            drop(permit);
        });
    }
}

/// Reads the next message, whole. `false`: the stream ended before one.
async fn next(reader: &mut (impl AsyncRead + Unpin), message: &mut Vec<u8>) -> io::Result<bool> {
    let mut length = [0; 4];
    if reader.read(length.get_mut(..1).unwrap_or_default()).await? == 0 {
        return Ok(false);
    }
    reader.read_exact(length.get_mut(1..).unwrap_or_default()).await?;
    let claimed = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if !(size_of::<fuse_in_header>()..=MAX_MESSAGE).contains(&claimed) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {claimed} bytes"),
        ));
    }
    message.clear();
    message.extend_from_slice(&length);
    // Grows with what comes, not with what is claimed.
    let rest = reader
        .take((claimed - length.len()) as u64)
        .read_to_end(message)
        .await?;
    if rest < claimed - length.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(true)
}

async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut ready: mpsc::Receiver<Reply>,
    mut notices: mpsc::Receiver<Notice>,
    buffers: &Buffers,
) -> io::Result<()> {
    let mut notice = Reply::new(Vec::new());
    loop {
        tokio::select! {
            biased;
            Some(told) = notices.recv() => {
                told.write(&mut notice);
                writer.write_all(notice.as_bytes()).await?;
            }
            Some(reply) = ready.recv() => {
                writer.write_all(reply.as_bytes()).await?;
                buffers.give(reply.into_buffer());
            }
            else => return Ok(()),
        }
        if ready.is_empty() && notices.is_empty() {
            writer.flush().await?;
        }
    }
}
