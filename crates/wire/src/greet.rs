//! The greeting that begins a stream: the host sends a mark and a nonce, the guest answers with both.
//!
//! A port of a virtual machine outlives the process at either end, and a snapshot may hold bytes of an earlier
//! conversation. The guest skips everything up to the mark; the host skips everything up to mark and its own nonce.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::frame::FrameError;

/// What a greeting begins with.
pub const MARK: [u8; 16] = *b"\0DESKHAND-HELLO\n";
/// Bytes that are skipped at most while a greeting is looked for.
pub const MAX_SKIPPED: usize = 8 << 20;

/// Greets as the host. `nonce` must not have been used before on this machine.
///
/// # Errors
/// When the stream fails, or too much else comes instead of the answer.
pub async fn host<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, nonce: [u8; 16]) -> Result<(), FrameError> {
    let greeting = [MARK, nonce].concat();
    stream.write_all(&greeting).await?;
    stream.flush().await?;
    skip_to(stream, &greeting).await
}

/// Waits for a greeting and answers it, as the guest.
///
/// # Errors
/// When the stream ends or fails, or too much else comes.
pub async fn guest<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), FrameError> {
    skip_to(stream, &MARK).await?;
    let mut nonce = [0; 16];
    stream.read_exact(&mut nonce).await?;
    stream.write_all(&[MARK, nonce].concat()).await?;
    stream.flush().await?;
    Ok(())
}

/// Reads up to and including `wanted`.
async fn skip_to<R: AsyncRead + Unpin>(stream: &mut R, wanted: &[u8]) -> Result<(), FrameError> {
    let mut window = vec![0; wanted.len()];
    stream.read_exact(&mut window).await?;
    let mut skipped = 0;
    while window != wanted {
        if skipped == MAX_SKIPPED {
            return Err(FrameError::TooLarge(skipped));
        }
        window.remove(0);
        window.push(stream.read_u8().await?);
        skipped += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn both_sides_skip_what_an_earlier_conversation_left() {
        let (mut host_end, mut guest_end) = tokio::io::duplex(1 << 10);
        host_end.write_all(b"left over \0DESKHAND").await.unwrap();
        guest_end
            .write_all(&[&MARK[..], b"an older nonce..", b"rest"].concat())
            .await
            .unwrap();
        let guest = tokio::spawn(async move {
            guest(&mut guest_end).await.unwrap();
            guest_end.write_all(b"after").await.unwrap();
        });
        host(&mut host_end, [7; 16]).await.unwrap();
        let mut after = [0; 5];
        host_end.read_exact(&mut after).await.unwrap();
        guest.await.unwrap();
        assert_eq!(&after, b"after");
    }

    #[tokio::test]
    async fn a_flood_instead_of_an_answer_ends() {
        let mut flood = tokio::io::join(tokio::io::repeat(1), tokio::io::sink());
        let result = host(&mut flood, [0; 16]).await;
        assert!(matches!(result, Err(FrameError::TooLarge(MAX_SKIPPED))), "{result:?}");
    }
}
