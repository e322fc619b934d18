//! A clock that moves only when told to, or when somebody sleeps on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskhand_types::Timestamp;

/// A clock for tests. Clones share the time. The traits of other crates are implemented on top of it where they are
/// needed: `sleep` is instant, moves the time on, and is remembered.
#[derive(Clone, Debug, Default)]
pub struct FakeClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    sleeps: Vec<Duration>,
}

impl FakeClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        let clock = Self::default();
        clock.lock().now = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        clock
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.lock().now.as_millis()).unwrap_or(i64::MAX))
    }

    /// The time since 1970.
    pub fn since_epoch(&self) -> Duration {
        self.lock().now
    }

    /// Moves the time on.
    pub fn advance(&self, time: Duration) {
        self.lock().now += time;
    }

    /// Moves the time on and remembers that somebody waited; returns at once.
    pub fn sleep(&self, time: Duration) {
        let mut state = self.lock();
        state.now += time;
        state.sleeps.push(time);
    }

    /// All waits so far, in order.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.lock().sleeps.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_only_when_told() {
        let clock = FakeClock::at(Timestamp(5_000));
        let other = clock.clone();
        clock.advance(Duration::from_millis(500));
        clock.sleep(Duration::from_secs(2));
        assert_eq!(other.now(), Timestamp(7_500));
        assert_eq!(other.sleeps(), [Duration::from_secs(2)]);
    }
}
