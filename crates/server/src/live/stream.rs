//! The stream of one task for one listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use futures_util::Stream;
use tokio::sync::{broadcast, watch};

use super::LiveTask;
use crate::api::{Live, TaskHead};

/// How often the log is looked at when nothing here says that something is new: another process may work on the task.
const LOOK: Duration = Duration::from_secs(1);

struct Listener {
    live: Arc<LiveTask>,
    pieces: broadcast::Receiver<Live>,
    woken: watch::Receiver<u64>,
    /// The last event it was told of; none = nothing.
    seq: Option<u64>,
    head: Option<TaskHead>,
    /// Whether the log may hold something new. Pieces of an answer come by the hundred and say nothing of that.
    look: bool,
    /// What goes out next, before anything else is waited for.
    next: Vec<Live>,
}

/// What a look at the log gave.
enum Look {
    News(Event),
    Nothing,
    /// The stream ends, and the listener comes back.
    Broken,
}

/// What changed since event `after` (without it: everything), and then what changes, for as long as somebody listens.
pub fn stream(live: Arc<LiveTask>, after: Option<u64>) -> impl Stream<Item = Result<Event, Infallible>> {
    let listener = Listener {
        pieces: live.pieces.subscribe(),
        woken: live.woken.subscribe(),
        seq: after,
        head: None,
        look: true,
        next: Vec::new(),
        live,
    };
    futures_util::stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })
}

impl Listener {
    /// The next message; `None` ends the stream, and the listener comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(piece) = self.next.pop() {
                return Event::default().event("live").json_data(piece).ok();
            }
            if std::mem::take(&mut self.look) {
                match self.update().await {
                    Look::News(event) => return Some(event),
                    Look::Nothing => {}
                    Look::Broken => return None,
                }
            }
            tokio::select! {
                changed = self.woken.changed() => {
                    changed.ok()?;
                    self.look = true;
                }
                piece = self.pieces.recv() => match piece {
                    Ok(piece) => self.next.push(piece),
                    Err(broadcast::error::RecvError::Lagged(_)) => self.tell_the_whole(),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = tokio::time::sleep(LOOK) => self.look = true,
            }
        }
    }

    /// What is new in the log, or in what is not in the log.
    async fn update(&mut self) -> Look {
        let (live, seq) = (self.live.clone(), self.seq);
        // It reads the log and waits for whoever folds it: not on a thread that answers.
        let Ok(Ok(update)) = tokio::task::spawn_blocking(move || live.since(seq)).await else {
            return Look::Broken;
        };
        let first = self.head.is_none();
        if !first && Some(update.seq) == self.seq && self.head.as_ref() == Some(&update.head) {
            return Look::Nothing;
        }
        if first {
            self.tell_the_whole();
        }
        self.seq = Some(update.seq);
        self.head = Some(update.head.clone());
        let event = Event::default().event("update").id(update.seq.to_string());
        event.json_data(&update).map_or(Look::Broken, Look::News)
    }

    /// The answer in work from its beginning. What was streamed before that is void.
    fn tell_the_whole(&mut self) {
        let (text, pieces) = self.live.whole();
        self.pieces = pieces;
        // Taken from the end.
        self.next.clear();
        if !text.is_empty() {
            self.next.push(Live::Text { text });
        }
        self.next.push(Live::Clear);
    }
}
