//! Signs of life of the requests of a session. A server that waits for the person is not hanging: while a question of its
//! is open, no time runs.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::model::ProgressToken;
use tokio::time::Instant;

use super::Limits;

/// Shared by the requests of a session and by what hears its server.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Questions to the person that are open, and since when the first of them is.
    open: usize,
    since: Option<Instant>,
    /// How long there was at least one open question, over all that have closed.
    waited: Duration,
    /// When the last of them was closed.
    closed: Option<Instant>,
    /// When each request in work gave its last sign of life.
    requests: HashMap<ProgressToken, Instant>,
}

/// As long as it lives, a question is open.
pub(crate) struct OpenQuestion<'p>(&'p Pulse);

impl Drop for OpenQuestion<'_> {
    fn drop(&mut self) {
        self.0.state().close(Instant::now());
    }
}

/// A request in work.
pub(crate) struct Beat<'p> {
    pulse: &'p Pulse,
    token: ProgressToken,
    began: Instant,
    waited: Duration,
}

impl Drop for Beat<'_> {
    fn drop(&mut self) {
        self.pulse.state().requests.remove(&self.token);
    }
}

impl Pulse {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A question is open.
    pub(crate) fn question(&self) -> OpenQuestion<'_> {
        self.state().open(Instant::now());
        OpenQuestion(self)
    }

    /// A request was sent.
    pub(crate) fn request(&self, token: ProgressToken) -> Beat<'_> {
        let began = Instant::now();
        let waited = self.state().begin(&token, began);
        Beat {
            pulse: self,
            token,
            began,
            waited,
        }
    }

    /// A request goes on. Nothing is kept of requests that are not known: a server makes up what it likes.
    pub(crate) fn sign(&self, token: &ProgressToken) {
        self.state().sign(token, Instant::now());
    }
}

impl State {
    fn open(&mut self, now: Instant) {
        self.open += 1;
        self.since.get_or_insert(now);
    }

    fn close(&mut self, now: Instant) {
        self.open = self.open.saturating_sub(1);
        if self.open == 0 {
            self.waited = self.waited_by(now);
            self.since = None;
            self.closed = Some(now);
        }
    }

    /// Tells how long was waited before.
    fn begin(&mut self, token: &ProgressToken, now: Instant) -> Duration {
        self.requests.insert(token.clone(), now);
        self.waited_by(now)
    }

    fn sign(&mut self, token: &ProgressToken, now: Instant) {
        if let Some(last) = self.requests.get_mut(token) {
            *last = now;
        }
    }

    /// How long there is nothing to look for, or the limit that is broken: of a request that began then, when so long had
    /// been waited.
    fn left(
        &self,
        token: &ProgressToken,
        (began, waited): (Instant, Duration),
        now: Instant,
        limits: &Limits,
    ) -> Result<Duration, Duration> {
        if self.open > 0 {
            // Nothing runs out while it is open; what is left then is left afterwards.
            return Ok(limits.idle.min(limits.total));
        }
        let last = self.requests.get(token).copied().unwrap_or(began);
        let last = self.closed.map_or(last, |closed| closed.max(last));
        let waited = self.waited_by(now).saturating_sub(waited);
        let worked = (now - began).saturating_sub(waited);
        let idle = limits.idle.checked_sub(now - last).filter(|left| !left.is_zero());
        let total = limits.total.checked_sub(worked).filter(|left| !left.is_zero());
        Ok(idle.ok_or(limits.idle)?.min(total.ok_or(limits.total)?))
    }

    fn waited_by(&self, now: Instant) -> Duration {
        self.waited + self.since.map(|since| now - since).unwrap_or_default()
    }
}

impl Beat<'_> {
    /// Comes back when the request took too long, with the limit it broke.
    pub(crate) async fn stops(&self, limits: &Limits) -> Duration {
        loop {
            let since = (self.began, self.waited);
            let left = self.pulse.state().left(&self.token, since, Instant::now(), limits);
            match left {
                Ok(left) => tokio::time::sleep(left).await,
                Err(limit) => return limit,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            idle: Duration::from_secs(10),
            total: Duration::from_secs(60),
            ..Limits::default()
        }
    }

    fn token(number: u32) -> ProgressToken {
        ProgressToken(rmcp::model::NumberOrString::Number(number.into()))
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_silent_request_stops_at_the_idle_limit_and_a_chatty_one_at_the_total() {
        let (began, mut state) = (Instant::now(), State::default());
        let (silent, chatty) = (token(1), token(2));
        let waited = state.begin(&silent, began);
        assert_eq!(state.begin(&chatty, began), waited);
        for n in 1..=6 {
            state.sign(&chatty, began + seconds(9 * n));
        }
        let left = |token, at| state.left(token, (began, waited), began + seconds(at), &limits());
        assert_eq!(left(&silent, 9), Ok(seconds(1)));
        assert_eq!(left(&silent, 10), Err(seconds(10)));
        assert_eq!(left(&chatty, 54), Ok(seconds(6)));
        assert_eq!(left(&chatty, 60), Err(seconds(60)));
    }

    #[test]
    fn no_time_runs_while_a_question_is_open_and_all_of_it_does_afterwards() {
        let (began, mut state) = (Instant::now(), State::default());
        let one = token(1);
        let waited = state.begin(&one, began);
        // Two questions, of which the second is open longer: from 5 to 8,000 seconds.
        state.open(began + seconds(5));
        state.open(began + seconds(5));
        state.close(began + seconds(4_000));
        assert!(
            state
                .left(&one, (began, waited), began + seconds(7_999), &limits())
                .is_ok()
        );
        state.close(began + seconds(8_000));
        let since = (began, waited);
        assert_eq!(
            state.left(&one, since, began + seconds(8_000), &limits()),
            Ok(seconds(10))
        );
        assert_eq!(
            state.left(&one, since, began + seconds(8_010), &limits()),
            Err(seconds(10))
        );
        // The five seconds before the question count for the whole.
        for n in 1..=6 {
            state.sign(&one, began + seconds(8_000 + 9 * n));
        }
        assert_eq!(
            state.left(&one, since, began + seconds(8_054), &limits()),
            Ok(seconds(1))
        );
        assert_eq!(
            state.left(&one, since, began + seconds(8_055), &limits()),
            Err(seconds(60))
        );
        // A request that begins later has all of its time.
        let two = token(2);
        let later = (began + seconds(8_055), state.begin(&two, began + seconds(8_055)));
        assert_eq!(
            state.left(&two, later, began + seconds(8_056), &limits()),
            Ok(seconds(9))
        );
    }

    #[test]
    fn what_is_over_leaves_nothing_behind_and_unknown_signs_are_not_kept() {
        let pulse = Pulse::default();
        drop(pulse.request(token(1)));
        pulse.sign(&token(1));
        pulse.sign(&token(7));
        assert!(pulse.state().requests.is_empty());
        drop(pulse.question());
        let state = pulse.state();
        assert_eq!((state.open, state.since), (0, None));
    }
}
