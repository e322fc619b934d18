//! When a failed request is made again, and after how long.

use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Time and chance, so that tests wait for nothing and always see the same.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Waits.
    async fn sleep(&self, time: Duration);
    /// The wall clock.
    fn now(&self) -> SystemTime;
    /// A number from 0 to 1, different each time.
    fn chance(&self) -> f64;
}

/// The real clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn chance(&self) -> f64 {
        // The standard library seeds each hasher from the system's randomness: enough to spread retries.
        let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
        bits as f64 / u64::MAX as f64
    }
}

/// How often and how patiently transient failures are retried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPolicy {
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// The wait before the second attempt, in milliseconds; doubled for each further one.
    pub first_wait_ms: u64,
    /// The longest wait Deskhand chooses by itself, in milliseconds.
    pub longest_wait_ms: u64,
    /// The longest wait a provider may ask for, in milliseconds. If it asks for more, the error says so at once.
    pub longest_asked_wait_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 7,
            first_wait_ms: 500,
            longest_wait_ms: 30_000,
            longest_asked_wait_ms: 120_000,
        }
    }
}

impl RetryPolicy {
    /// The wait after `attempts` attempts failed, or `None` to give up. `asked` is what the provider asks for, and the
    /// least that is waited; `chance` (0 to 1) spreads the rest over a quarter, so that many clients do not come back
    /// in step.
    pub(crate) fn wait_after(&self, attempts: u32, asked: Option<Duration>, chance: f64) -> Option<Duration> {
        if attempts >= self.attempts
            || asked.is_some_and(|asked| asked > Duration::from_millis(self.longest_asked_wait_ms))
        {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(32);
        let step = self
            .first_wait_ms
            .saturating_mul(1 << doublings)
            .min(self.longest_wait_ms);
        let spread = Duration::from_millis(step).mul_f64(0.25 * chance.clamp(0.0, 1.0));
        Some(asked.map_or_else(
            || Duration::from_millis(step).saturating_sub(spread),
            |asked| asked.saturating_add(spread),
        ))
    }
}

/// What the headers of a failed response ask the client to wait: `retry-after-ms` (OpenAI, Azure), or `retry-after` as
/// seconds or as an HTTP date (RFC 9110 section 10.2.3). A date is compared with the response's own `date`, where there
/// is one, so that a wrong local clock does not matter.
pub(crate) fn asked_wait<'a>(header: impl Fn(&str) -> Option<&'a str>, now: SystemTime) -> Option<Duration> {
    if let Some(ms) = header("retry-after-ms").and_then(|text| text.trim().parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(ms / 1000.0).ok();
    }
    let text = header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = header("date")
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_end() {
        let policy = RetryPolicy {
            attempts: 5,
            first_wait_ms: 500,
            longest_wait_ms: 1500,
            longest_asked_wait_ms: 60_000,
        };
        let waits: Vec<_> = (1..=5)
            .map(|n| policy.wait_after(n, None, 0.0).map(|wait| wait.as_millis()))
            .collect();
        assert_eq!(waits, [Some(500), Some(1000), Some(1500), Some(1500), None]);
        assert_eq!(policy.wait_after(1, None, 1.0), Some(Duration::from_millis(375)));
    }

    #[test]
    fn what_is_asked_is_the_least_and_has_its_own_cap() {
        let policy = RetryPolicy::default();
        assert_eq!(
            policy.wait_after(1, Some(Duration::from_secs(40)), 0.0),
            Some(Duration::from_secs(40))
        );
        assert_eq!(policy.wait_after(1, Some(Duration::from_secs(121)), 0.0), None);
    }

    #[test]
    fn both_forms_of_retry_after() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let asked = |headers: &[(&str, &'static str)]| {
            asked_wait(
                |name| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value),
                now,
            )
        };
        assert_eq!(asked(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(
            asked(&[("retry-after-ms", "250"), ("retry-after", "7")]),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            asked(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            asked(&[
                ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
                ("date", "Sun, 06 Nov 1994 08:49:45 GMT")
            ]),
            Some(Duration::from_secs(2))
        );
        assert_eq!(
            asked(&[("retry-after", "Sat, 06 Nov 1993 08:49:47 GMT")]),
            Some(Duration::ZERO)
        );
        assert_eq!(asked(&[("retry-after", "-1")]), None);
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn chance_is_within_its_bounds() {
        for _ in 0..100 {
            let chance = SystemClock.chance();
            assert!((0.0..=1.0).contains(&chance), "{chance}");
        }
    }
}
