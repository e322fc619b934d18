//! One request in the ledger, from before it is made to what came of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use deskhand_types::{NetworkRequest, NetworkResult};

use crate::ledger::Ledger;
use crate::refusal::Refusal;

/// A request that was logged and may be made. When it is dropped, its result is logged: whatever happens, exactly once.
pub(crate) struct Entry {
    ledger: Arc<dyn Ledger>,
    id: u64,
    status: Option<u16>,
    progress: Arc<Progress>,
}

/// What both directions of a request know of each other.
#[derive(Default)]
pub(crate) struct Progress {
    sent: AtomicU64,
    received: AtomicU64,
    end: Mutex<End>,
}

#[derive(Default)]
enum End {
    /// Nothing was said yet: if it ends like this, the program went away.
    #[default]
    Open,
    Whole,
    /// We cut what the program sent.
    Refused(Refusal),
    Early(String),
}

impl Entry {
    /// Logs a request that is about to be made.
    pub(crate) async fn open(ledger: &Arc<dyn Ledger>, request: NetworkRequest) -> Result<Self, Refusal> {
        let id = ledger.requested(request).await.map_err(|_| Refusal::Ledger)?;
        Ok(Self {
            ledger: Arc::clone(ledger),
            id,
            status: None,
            progress: Arc::default(),
        })
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// An answer began.
    pub(crate) fn answered(&mut self, status: http::StatusCode) {
        self.status = Some(status.as_u16());
    }
}

impl Progress {
    /// Counts bytes that are about to go out.
    pub(crate) fn send(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that went out.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Counts bytes that came back; the sum.
    pub(crate) fn received(&self, bytes: usize) -> u64 {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64
    }

    /// It came to its end.
    pub(crate) fn whole(&self) {
        self.end(End::Whole);
    }

    /// It ends early. The first reason counts: what follows are its consequences.
    pub(crate) fn early(&self, why: impl Into<String>) {
        self.end(End::Early(why.into()));
    }

    /// The program sent what it may not.
    pub(crate) fn refuse(&self, why: Refusal) {
        self.end(End::Refused(why));
    }

    /// Why it was cut off, if it was for what the program sent.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match &*self.end.lock().unwrap_or_else(PoisonError::into_inner) {
            End::Refused(why) => Some(why.clone()),
            _ => None,
        }
    }

    /// Why it ended early, if it did.
    pub(crate) fn why(&self) -> Option<String> {
        match &*self.end.lock().unwrap_or_else(PoisonError::into_inner) {
            End::Open => Some("the program went away before the end".into()),
            End::Whole => None,
            End::Early(why) => Some(why.clone()),
            End::Refused(Refusal::Watched) => Some(crate::WATCHED.to_owned()),
            End::Refused(why) => Some(format!("{why}, so it was cut off")),
        }
    }

    fn end(&self, new: End) {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*end, End::Open) {
            *end = new;
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.ledger.finished(NetworkResult {
            id: self.id,
            status: self.status,
            sent: self.progress.sent(),
            received: self.progress.received.load(Ordering::Relaxed),
            error: self.progress.why(),
        });
    }
}
