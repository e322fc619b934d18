//! One task in work: from being taken up to its end, whatever way it ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use deskhand_engine::{EngineError, RunEnd, mailbox};
use deskhand_store::StoreError;
use deskhand_types::{Coded as _, TaskId};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Desk, Running};
use crate::{Failure, live::LiveTask};

/// How work on a task ended.
enum End {
    /// The person stopped it.
    Stopped,
    /// By itself.
    Over(Result<RunEnd, EngineError>),
    /// A part of Deskhand panicked. The task must not stay taken by nobody.
    Broken,
}

/// The last line of a task whose work broke.
const BROKEN: &str = "Something went wrong inside Deskhand, so this task ended. What it had done stays, and can be undone. \
     Say more to go on; if it happens again, please report it.";

impl Desk {
    /// Works on a task until it is over or nobody answers; nothing when that is done already. Must be called within the
    /// runtime.
    ///
    /// # Errors
    /// When there is no such task.
    pub fn work(self: &Arc<Self>, task: &TaskId) -> Result<(), Failure> {
        let live = self.lives.get(task)?;
        let (post, letters) = mailbox();
        let (over, is_over) = watch::channel(false);
        let running = Running {
            post,
            answers: Arc::default(),
            stop: CancellationToken::new(),
            over: is_over,
        };
        {
            let mut all = self.lock();
            if all.contains_key(task) {
                return Ok(());
            }
            all.insert(task.clone(), running.clone());
        }
        live.set_working(true);
        self.tell();
        let (desk, task) = (self.clone(), task.clone());
        tokio::spawn(async move {
            let end = {
                let work = desk.engine.work_hearing(&task, &*running.answers, &*live, letters);
                // What a panic leaves half done is in memory only, and dropped here; the next run reads the log.
                let work = AssertUnwindSafe(work).catch_unwind();
                tokio::select! {
                    biased;
                    () = running.stop.cancelled() => End::Stopped,
                    end = work => end.map_or(End::Broken, End::Over),
                }
            };
            desk.ended(&task, &live, end).await;
            // Whoever waits for the end is woken when this is dropped, too.
            let _ = over.send(true);
        });
        Ok(())
    }

    async fn ended(self: &Arc<Self>, task: &TaskId, live: &LiveTask, end: End) {
        let (engine, id) = (self.engine.clone(), task.clone());
        // What a task made is safe already: that its end cannot be written or old contents not be released is no reason
        // to fail, and shows as a task that is not finished.
        let _ = tokio::task::spawn_blocking(move || {
            match end {
                End::Stopped => engine.stop(&id),
                // Another process works on it: it is theirs.
                End::Over(Err(EngineError::Store(StoreError::Claimed { .. } | StoreError::Conflict { .. }))) => Ok(()),
                End::Over(Err(error)) => engine.give_up(&id, &in_words(&error)),
                End::Over(Ok(_)) => engine.tidy().map(|_| ()),
                End::Broken => engine.give_up(&id, BROKEN),
            }
        })
        .await;
        self.lock().remove(task);
        live.set_working(false);
        self.tell();
    }
}

/// An error in the words of a task's last line.
fn in_words(error: &EngineError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}. {hint}"),
        None => error.to_string(),
    }
}
