//! Releasing contents kept for undo, by age and by size, and contents that no event names, by age; never of an open task.

use std::collections::BTreeSet;

use deskhand_agent::Task;
use deskhand_store::EventLog;
use deskhand_types::{ChangeSet, EventBody, Timestamp};
use deskhand_workspace::retention::{self, Kept};

use crate::{Engine, EngineError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long after the last time storage is looked at again.
const EVERY_MS: i64 = DAY_MS;

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
        let mut oldest_open = now;
        for head in self.store().tasks()? {
            let events = self.store().read(&head.task, 0)?;
            let open = Task::replay(&events).is_none_or(|task| task.finished().is_none());
            if open {
                oldest_open = oldest_open.min(head.first_at);
            }
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
        let before = unnamed_before(now, oldest_open, self.config().retention);
        let unnamed = self.store().release_unnamed(before)?;
        self.store().sweep()?;
        self.set(EventBody::StorageTidied {
            sets: released,
            blobs: dropped.blobs + unnamed.blobs,
            bytes: dropped.stored_bytes + unnamed.stored_bytes,
        })
    }
}

/// What no event names and was not put since this time may go.
///
/// A content is put before the event that names it is written, and a task may wait for days in between, for the person's
/// yes. So nothing goes that was put since the oldest task began that is not over, and a day is left for whatever is done
/// outside of tasks and for the hour within which the store does not mark a content as put again.
fn unnamed_before(now: Timestamp, oldest_open: Timestamp, policy: retention::Policy) -> Timestamp {
    let keep_ms = i64::from(policy.keep_days.max(1)).saturating_mul(DAY_MS);
    let by_age = now.0.saturating_sub(keep_ms);
    let by_tasks = oldest_open.0.saturating_sub(DAY_MS);
    Timestamp(by_age.min(by_tasks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_event_names_goes_by_its_age_and_never_of_a_task_that_is_not_over() {
        let policy = |keep_days| retention::Policy {
            keep_days,
            ..retention::Policy::default()
        };
        let days = |days: i64| Timestamp(days * DAY_MS);
        let before = |open, keep_days| unnamed_before(days(100), days(open), policy(keep_days));
        // No task is open.
        assert_eq!(before(100, 30), days(70));
        assert_eq!(
            before(100, 0),
            days(99),
            "what is being done now stays, whatever the setting"
        );
        // One began before or after that.
        assert_eq!(before(20, 30), days(19));
        assert_eq!(before(90, 30), days(70));
    }
}
