//! Bodies on their way through: counted, capped, never collected.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use crate::budget::Budget;
use crate::echo::Echo;
use crate::entry::{Entry, Progress};
use crate::refusal::Refusal;
use crate::rules::Rule;
use crate::watch::Watch;

/// What a program sends. Trailers end here: no rule judged them.
pub(crate) struct Upload {
    pub(crate) body: Incoming,
    pub(crate) progress: Arc<Progress>,
    pub(crate) rule: Arc<Rule>,
    pub(crate) host: String,
    /// What the task may still send that host, whatever connection it comes by.
    pub(crate) budget: Arc<Budget>,
    pub(crate) watch: Watch,
}

impl Upload {
    /// Why these bytes must not leave, if they must not.
    fn refusal(&mut self, data: &Bytes) -> Option<Refusal> {
        let (limit, most) = (self.rule.max_sent, self.rule.max_sent_in_all);
        if self.watch.finds(data) {
            return Some(Refusal::Watched);
        }
        if self.progress.sent().saturating_add(data.len() as u64) > limit {
            return Some(Refusal::TooMuch { limit });
        }
        if !self.budget.send(&self.host, data.len() as u64, most) {
            let host = self.host.clone();
            return Some(Refusal::SpentBytes { host, most });
        }
        self.progress.send(data.len());
        None
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
            None => Poll::Ready(None),
            Some(Err(error)) => {
                self.progress
                    .early(format!("the program's body broke off: {}", chain(&error)));
                Poll::Ready(Some(Err(io::Error::other("the program's body broke off"))))
            }
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    if let Some(refusal) = self.refusal(&data) {
                        self.progress.refuse(refusal);
                        return Poll::Ready(Some(Err(io::Error::other("refused"))));
                    }
                    Poll::Ready(Some(Ok(Frame::data(data))))
                }
                Err(_trailers) => Poll::Ready(None),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The connection to a server: driven by whoever reads its answer, so that it ends with it.
pub(crate) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a server answers. Owns everything of the exchange: dropping it ends the exchange and logs what came of it.
pub(crate) struct Download {
    /// Until it is at its end.
    pub(crate) driver: Option<Driver>,
    pub(crate) body: Incoming,
    pub(crate) limit: u64,
    /// Ends with the time for the whole exchange.
    pub(crate) deadline: Pin<Box<Sleep>>,
    /// Looks for the credential that was put in.
    pub(crate) echo: Option<Echo>,
    pub(crate) entry: Entry,
}

impl Download {
    fn cut(&self, why: String) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.entry.progress().early(why.clone());
        Poll::Ready(Some(Err(io::Error::other(why))))
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return self.cut("it took too long".into());
        }
        loop {
            if let Some(driver) = &mut self.driver
                && driver.as_mut().poll(context).is_ready()
            {
                self.driver = None;
            }
            let data = match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => {
                    self.entry.progress().whole();
                    let rest = self.echo.take().map(Echo::rest).unwrap_or_default();
                    return Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))));
                }
                Some(Err(error)) => return self.cut(format!("the answer broke off: {}", chain(&error))),
                // Trailers end here, as they do in the other direction.
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            if self.entry.progress().received(data.len()) > self.limit {
                let limit = self.limit;
                return self.cut(format!(
                    "the answer is longer than the {limit} bytes the rule allows, and was cut"
                ));
            }
            let data = match &mut self.echo {
                None => Some(data),
                Some(echo) => echo.pass(data),
            };
            if self.body.is_end_stream() && data.is_some() {
                // Where the length was announced, nobody may ask for more.
                self.entry.progress().whole();
            }
            match data {
                None => return self.cut(Echo::FOUND.into()),
                Some(data) if data.is_empty() && !self.body.is_end_stream() => {}
                Some(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.echo.as_ref().is_none_or(Echo::is_idle)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An error with its causes. Those of hyper hold no content.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text.chars().take(300).collect()
}
