//! Releasing contents kept for undo, by age and by size; never of an open task.

use std::collections::BTreeSet;

use deskhand_agent::Task;
use deskhand_store::EventLog;
use deskhand_types::{ChangeSet, EventBody, Timestamp};
use deskhand_workspace::retention::{self, Kept};

use crate::{Engine, EngineError};

/// How long after the last time storage is looked at again.
const EVERY_MS: i64 = 24 * 60 * 60 * 1000;

impl Engine {
    /// Releases contents that are kept no longer, at most once a day; what was released is logged. Tells whether
    /// storage was looked at.
    ///
    /// # Errors
    /// When the store fails. What was released stays released, and nothing else is harmed.
    pub fn tidy(&self) -> Result<bool, EngineError> {
        let now = self.config().clock.now();
        if self.settings()?.tidied_at.is_some_and(|at| now.0 - at.0 < EVERY_MS) {
            return Ok(false);
        }
        self.tidy_now(now)?;
        Ok(true)
    }

    /// As [`Engine::tidy`], however short a time ago that was.
    ///
    /// # Errors
    /// As [`Engine::tidy`].
    pub fn tidy_at_once(&self) -> Result<(), EngineError> {
        self.tidy_now(self.config().clock.now())
    }

    fn tidy_now(&self, now: Timestamp) -> Result<(), EngineError> {
        let mut sets: Vec<(ChangeSet, Timestamp, bool)> = Vec::new();
        for head in self.store().tasks()? {
            let events = self.store().read(&head.task, 0)?;
            let open = Task::replay(&events).is_none_or(|task| task.finished().is_none());
            // What commands wrote and did not land is kept as long, and released by the same rules.
            let mut named = BTreeSet::new();
            for event in events.into_iter().rev() {
                if let EventBody::ChangeIntended { set } | EventBody::CommandFinished { set, .. } = event.body
                    && named.insert(set.id.clone())
                {
                    sets.push((set, head.last_at, open));
                }
            }
        }
        let kept: Vec<Kept<'_>> = sets
            .iter()
            .map(|(set, at, open)| Kept {
                set,
                finished_at: *at,
                open: *open,
            })
            .collect();
        let release = retention::plan(&kept, self.config().retention, now);
        let released = release
            .sets
            .iter()
            .filter_map(|index| sets.get(*index))
            .map(|(set, ..)| set.id.clone())
            .collect();
        // A content that was put since this look began may be about to be referred to: the store keeps it.
        let dropped = self.store().release(&release.blobs, now)?;
        self.store().sweep()?;
        self.set(EventBody::StorageTidied {
            sets: released,
            blobs: dropped.blobs,
            bytes: dropped.stored_bytes,
        })
    }
}
