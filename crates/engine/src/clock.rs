//! Time and fresh ids: the two things a task takes from the world besides its effects.

use deskhand_types::{TaskId, Timestamp};

/// The clock, so that tests can own time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Today's date in the person's time zone, `YYYY-MM-DD`.
    fn today(&self) -> String;
    /// A fresh task id: a lower-case ULID.
    fn fresh_task(&self) -> TaskId;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
    fn today(&self) -> String {
        jiff::Zoned::now().date().to_string()
    }
    fn fresh_task(&self) -> TaskId {
        TaskId::new(ulid::Ulid::generate().to_string().to_lowercase())
    }
}
