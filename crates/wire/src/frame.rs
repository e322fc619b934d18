//! Frames: a length of four bytes, little-endian, then a [postcard](https://postcard.jamesmunns.com) value.

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Largest frame in bytes, without its length.
pub const MAX: usize = 1 << 20;
/// Largest piece of output or of a file in one frame.
pub const CHUNK: usize = 256 << 10;

/// A frame could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The stream ended, between frames or within one.
    #[error("the other side closed the stream")]
    Closed,
    /// The frame is larger than [`MAX`].
    #[error("a frame of {0} bytes is larger than {MAX}")]
    TooLarge(usize),
    /// The bytes are no such value.
    #[error("a frame could not be understood: {0}")]
    Malformed(#[from] postcard::Error),
    /// The stream failed.
    #[error("the stream failed: {0}")]
    Io(std::io::Error),
}

impl From<std::io::Error> for FrameError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof
            | std::io::ErrorKind::BrokenPipe
            | std::io::ErrorKind::ConnectionReset => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

/// Writes one frame and flushes.
///
/// # Errors
/// When the value is too large or the stream fails.
pub async fn write<W: AsyncWrite + Unpin, T: Serialize>(stream: &mut W, value: &T) -> Result<(), FrameError> {
    let mut bytes = postcard::to_extend(value, vec![0; 4])?;
    let length = bytes.len() - 4;
    if length > MAX {
        return Err(FrameError::TooLarge(length));
    }
    if let Some(head) = bytes.first_chunk_mut::<4>() {
        *head = (length as u32).to_le_bytes();
    }
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    Ok(())
}

/// Reads one frame.
///
/// # Errors
/// When the stream ends or fails, or the frame is too large or malformed. After an error the stream is of no use.
pub async fn read<R: AsyncRead + Unpin, T: DeserializeOwned>(stream: &mut R) -> Result<T, FrameError> {
    let length = stream.read_u32_le().await? as usize;
    if length > MAX {
        return Err(FrameError::TooLarge(length));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Ok(postcard::from_bytes(&bytes)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::{Entry, EntryKind, ExecEvent};

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn frames_come_back_whole_and_in_order() {
        let events = vec![
            ExecEvent::Data(vec![7; CHUNK]),
            ExecEvent::Entry(Entry {
                folder: 3,
                path: b"a/\xff".to_vec(),
                kind: EntryKind::Removed,
            }),
        ];
        let mut bytes = Vec::new();
        let read: Vec<ExecEvent> = block_on(async {
            for event in &events {
                write(&mut bytes, event).await.unwrap();
            }
            let mut rest = bytes.as_slice();
            vec![read(&mut rest).await.unwrap(), read(&mut rest).await.unwrap()]
        });
        assert_eq!(read, events);
    }

    #[test]
    fn a_claimed_length_is_refused_before_anything_is_allocated() {
        let mut bytes: &[u8] = &[0xff, 0xff, 0xff, 0xff, 1, 2, 3];
        let result = block_on(read::<_, ExecEvent>(&mut bytes));
        assert!(matches!(result, Err(FrameError::TooLarge(0xffff_ffff))), "{result:?}");
    }

    #[test]
    fn a_stream_cut_off_is_closed() {
        let mut bytes: &[u8] = &[9, 0, 0, 0, 1];
        let result = block_on(read::<_, ExecEvent>(&mut bytes));
        assert!(matches!(result, Err(FrameError::Closed)), "{result:?}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut framed = (bytes.len() as u32).to_le_bytes().to_vec();
            framed.extend(&bytes);
            let _ = block_on(read::<_, ExecEvent>(&mut framed.as_slice()));
            let _ = block_on(read::<_, crate::Request>(&mut framed.as_slice()));
        }
    }
}
