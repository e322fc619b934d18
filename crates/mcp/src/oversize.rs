//! Lines of a server that are too long: the transport drops them and says nothing, so that whoever asked would wait until
//! their time is up. Here the answer is followed by an error for the same request, as far as it can be told which that was.
//!
//! A line is JSON-RPC 2.0; the id stands first or last in what servers write (`{"jsonrpc":"2.0","id":3,"result":…}`,
//! `{"result":…,"jsonrpc":"2.0","id":3}`). Only there it is taken: an `id` further inside belongs to something else, and a
//! wrong one would end another request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::http::TOO_LARGE;

/// Bytes of both ends of a line in which its id is looked for.
const END: usize = 256;

/// What a server prints, with an error behind every line that is too long.
#[derive(Debug)]
pub(crate) struct Oversize<R> {
    read: R,
    limit: usize,
    /// The length of the line so far, its beginning, and its end.
    length: usize,
    head: Vec<u8>,
    tail: Vec<u8>,
    /// What is to be told before anything more is read.
    pending: Vec<u8>,
}

impl<R> Oversize<R> {
    /// What `read` gives, with lines of at most `limit` bytes.
    pub(crate) const fn new(read: R, limit: usize) -> Self {
        Self {
            read,
            limit,
            length: 0,
            head: Vec::new(),
            tail: Vec::new(),
            pending: Vec::new(),
        }
    }

    fn take(&mut self, part: &[u8]) {
        self.length = self.length.saturating_add(part.len());
        let room = END.saturating_sub(self.head.len()).min(part.len());
        self.head.extend_from_slice(part.get(..room).unwrap_or_default());
        let last = part.get(part.len().saturating_sub(END)..).unwrap_or_default();
        self.tail.extend_from_slice(last);
        let over = self.tail.len().saturating_sub(END);
        self.tail.drain(..over);
    }

    /// The line is over: the error that follows it, if it was too long and asked for by a request one can name.
    fn end(&mut self) -> Option<Vec<u8>> {
        let was_long = self.length > self.limit;
        let id = was_long.then(|| id_of(&self.head, &self.tail)).flatten();
        self.length = 0;
        self.head.clear();
        self.tail.clear();
        let message = format!("it is longer than {} bytes, and was cut off", self.limit);
        let error =
            serde_json::json!({"jsonrpc": "2.0", "id": id?, "error": {"code": TOO_LARGE.0, "message": message}});
        let mut line = error.to_string().into_bytes();
        line.push(b'\n');
        Some(line)
    }

    /// Goes through what was just read; what comes behind a line that is too long waits until the error was told.
    fn look(&mut self, read: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = read.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(newline) = rest.iter().position(|byte| *byte == b'\n') else {
                self.take(rest);
                return read.len();
            };
            self.take(rest.get(..newline).unwrap_or_default());
            at += newline + 1;
            if let Some(mut error) = self.end() {
                // Looked at anew when it is read from here.
                error.extend_from_slice(read.get(at..).unwrap_or_default());
                self.pending = error;
                return at;
            }
        }
        read.len()
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Oversize<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if this.pending.is_empty() {
            ready!(Pin::new(&mut this.read).poll_read(context, buffer))?;
        } else {
            let count = buffer.remaining().min(this.pending.len());
            let rest = this.pending.split_off(count);
            buffer.put_slice(&std::mem::replace(&mut this.pending, rest));
        }
        let rest = std::mem::take(&mut this.pending);
        let read = buffer.filled().get(before..).unwrap_or_default().to_vec();
        let told = this.look(&read);
        buffer.set_filled(before + told);
        // What stood behind comes after what was found now.
        this.pending.extend(rest);
        Poll::Ready(Ok(()))
    }
}

/// The id of an answer, from the ends of its line.
fn id_of(head: &[u8], tail: &[u8]) -> Option<serde_json::Value> {
    let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
    first(&head).or_else(|| last(&tail))
}

/// `{"jsonrpc":"2.0","id":3,` or `{"id":3,`
fn first(head: &str) -> Option<serde_json::Value> {
    let rest = head.trim_start().strip_prefix('{')?.trim_start();
    let rest = match rest.strip_prefix("\"jsonrpc\"") {
        Some(rest) => {
            let rest = rest.trim_start().strip_prefix(':')?.trim_start();
            rest.strip_prefix("\"2.0\"")?
                .trim_start()
                .strip_prefix(',')?
                .trim_start()
        }
        None => rest,
    };
    let value = rest.strip_prefix("\"id\"")?.trim_start().strip_prefix(':')?;
    let (value, _) = value.split_once(',')?;
    id(value)
}

/// `,"jsonrpc":"2.0","id":3}` or `,"id":3,"jsonrpc":"2.0"}`
fn last(tail: &str) -> Option<serde_json::Value> {
    let rest = tail.trim_end().strip_suffix('}')?.trim_end();
    let rest = match rest.strip_suffix("\"2.0\"") {
        Some(rest) => {
            let rest = rest.trim_end().strip_suffix(':')?.trim_end();
            rest.strip_suffix("\"jsonrpc\"")?.trim_end().strip_suffix(',')?
        }
        None => rest,
    };
    let (before, value) = rest.rsplit_once(':')?;
    before.trim_end().strip_suffix("\"id\"")?;
    id(value)
}

fn id(text: &str) -> Option<serde_json::Value> {
    let value: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    (value.is_string() || value.is_i64() || value.is_u64()).then_some(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// All that comes through, written in pieces of `piece` bytes.
    async fn through(text: &str, limit: usize, piece: usize) -> String {
        let (mut write, read) = tokio::io::duplex(piece.max(1));
        let bytes = text.as_bytes().to_vec();
        let writer = tokio::spawn(async move {
            for part in bytes.chunks(piece) {
                write.write_all(part).await.unwrap();
            }
        });
        let mut told = String::new();
        Oversize::new(read, limit).read_to_string(&mut told).await.unwrap();
        writer.await.unwrap();
        told
    }

    fn long(id_first: bool, id: &str) -> String {
        let fill = "x".repeat(600);
        if id_first {
            format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":\"{fill}\"}}")
        } else {
            format!("{{\"result\":\"{fill}\",\"jsonrpc\": \"2.0\", \"id\": {id} }}")
        }
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_followed_by_an_error_for_its_request() {
        for (one, id) in [
            (long(true, "3"), "3"),
            (long(false, "3"), "3"),
            (long(true, "\"a\""), "\"a\""),
            (
                format!("{{\"result\":\"{}\",\"id\":9,\"jsonrpc\":\"2.0\"}}", "y".repeat(600)),
                "9",
            ),
        ] {
            let short = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n";
            let text = format!("{short}{one}\n{short}{one}\n{short}");
            for piece in [1, 7, 64, 5_000] {
                let told = through(&text, 500, piece).await;
                let lines: Vec<&str> = told.lines().collect();
                let errors: Vec<serde_json::Value> = lines
                    .iter()
                    .filter(|line| line.contains("\"error\""))
                    .map(|line| serde_json::from_str(line).unwrap())
                    .collect();
                assert_eq!(errors.len(), 2, "{piece}: {lines:?}");
                assert_eq!(errors[0]["id"].to_string(), id);
                let kept: String = lines
                    .iter()
                    .filter(|line| !line.contains("\"error\""))
                    .map(|line| format!("{line}\n"))
                    .collect();
                assert_eq!(kept, text, "all else comes through as it is");
            }
        }
    }

    #[tokio::test]
    async fn nothing_is_said_where_no_request_can_be_named() {
        let fill = "x".repeat(600);
        for text in [
            format!("{{\"jsonrpc\":\"2.0\",\"method\":\"note\",\"params\":{{\"fill\":\"{fill}\",\"id\":5}}}}\n"),
            format!("{{\"jsonrpc\":\"2.0\",\"result\":{{\"id\":5,\"fill\":\"{fill}\"}}}}\n"),
            format!("{fill}\n"),
            "\n\n".to_owned(),
            long(true, "3").replace("xxx", "y"),
        ] {
            assert_eq!(through(&text, 500, 64).await, text);
        }
    }
}
