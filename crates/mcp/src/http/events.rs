//! Streams of server-sent events, whose events have a largest size.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use deskhand_types::Incoming;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use sse_stream::{Sse, SseStream};

use super::fault::HttpFault;

/// Events as they come.
pub(crate) type Events = BoxStream<'static, Result<Sse, sse_stream::Error>>;

/// The events of a body; one that is longer than `limit` bytes ends the stream with an error.
pub(crate) fn events(body: Incoming, limit: usize) -> Events {
    Box::pin(SseStream::from_bytes_stream(Bounded {
        body,
        limit,
        event: 0,
        line: 0,
        after_return: false,
        ended: false,
    }))
}

/// Counts bytes since the last empty line, before anything is kept of them.
struct Bounded {
    body: Incoming,
    limit: usize,
    event: usize,
    line: usize,
    after_return: bool,
    ended: bool,
}

impl Bounded {
    fn fits(&mut self, chunk: &[u8]) -> bool {
        for &byte in chunk {
            let is_second_half = self.after_return && byte == b'\n';
            self.after_return = byte == b'\r';
            if is_second_half {
                continue;
            }
            if matches!(byte, b'\r' | b'\n') {
                // An empty line ends an event.
                self.event = if self.line == 0 { 0 } else { self.event + 1 };
                self.line = 0;
            } else {
                self.line += 1;
                self.event += 1;
            }
            if self.event > self.limit {
                return false;
            }
        }
        true
    }
}

impl Stream for Bounded {
    type Item = Result<Bytes, HttpFault>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = match std::task::ready!(self.body.as_mut().poll_next(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => Err(HttpFault::Outbound(error)),
            Some(Ok(chunk)) if self.fits(&chunk) => Ok(chunk),
            Some(Ok(_)) => Err(HttpFault::TooLarge(self.limit)),
        };
        self.ended = item.is_err();
        Poll::Ready(Some(item))
    }
}
