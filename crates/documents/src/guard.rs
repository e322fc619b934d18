//! The last net around parsers of untrusted bytes: a thread of its own, a deadline, and panics contained.
//!
//! The parsers are chosen and limited so that this net should never be needed: sizes, depths, ratios and counts are
//! checked before, loops look at the [`Clock`]. But the formats are large, some of the parsers are other people's
//! (PDF, BIFF, image decoders), and none of them takes a deadline. So a reading runs on a worker thread with a stack
//! large enough for the nesting the limits allow; a panic becomes an error, and a reading that does not come back in
//! time is given up. A thread cannot be killed, so given-up readings are counted and, beyond a few, new ones are
//! refused until the old have ended: the process cannot be filled with runaway parsers.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use crate::{DocumentError, Kind};

/// Given-up readings that have not ended yet, in this process.
static RUNAWAYS: AtomicUsize = AtomicUsize::new(0);
const MAX_RUNAWAYS: usize = 4;
/// Virtual memory; only what is used becomes real.
const STACK_BYTES: usize = 64 << 20;
/// How much longer than the parsers' own clock the net waits, so that a clean timeout wins over giving up.
const GRACE: Duration = Duration::from_secs(2);

/// The deadline, looked at by every loop whose length the document decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    kind: Kind,
    limit: Duration,
    end: Option<Instant>,
}

impl Clock {
    pub(crate) fn start(kind: Kind, limit: Duration) -> Self {
        Self {
            kind,
            limit,
            end: Instant::now().checked_add(limit),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// An error once the time is over.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        if self.is_over() { Err(self.timeout()) } else { Ok(()) }
    }

    pub(crate) fn timeout(&self) -> DocumentError {
        DocumentError::Timeout {
            kind: self.kind,
            seconds: self.limit.as_secs(),
        }
    }
}

/// Runs `work` on a thread of its own within the clock's limit.
pub(crate) fn run<T, F>(kind: Kind, limit: Duration, work: F) -> Result<T, DocumentError>
where
    T: Send + 'static,
    F: FnOnce(Clock) -> Result<T, DocumentError> + Send + 'static,
{
    let clock = Clock::start(kind, limit);
    let runaways = RUNAWAYS.load(Ordering::Acquire);
    if runaways >= MAX_RUNAWAYS {
        return Err(DocumentError::Busy(runaways));
    }
    // 0 = running, 1 = ended, 2 = given up. Whoever moves it away from 0 second does the counting.
    let state = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = mpsc::channel();
    let worker_state = Arc::clone(&state);
    let spawned = std::thread::Builder::new()
        .name("deskhand-reading".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // `AssertUnwindSafe`: `work` owns everything it touches, nothing of it is seen after a panic.
            let result = catch_unwind(AssertUnwindSafe(|| work(clock)));
            let result = result.unwrap_or(Err(DocumentError::ParserFailed(kind)));
            // The receiver is gone only when the reading was given up.
            let _ = sender.send(result);
            if worker_state.swap(1, Ordering::AcqRel) == 2 {
                RUNAWAYS.fetch_sub(1, Ordering::AcqRel);
            }
        });
    if spawned.is_err() {
        return Err(DocumentError::Busy(runaways));
    }
    match receiver.recv_timeout(limit.saturating_add(GRACE)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(DocumentError::ParserFailed(kind)),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            RUNAWAYS.fetch_add(1, Ordering::AcqRel);
            if state.swap(2, Ordering::AcqRel) == 1 {
                RUNAWAYS.fetch_sub(1, Ordering::AcqRel);
            }
            Err(clock.timeout())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let result: Result<(), _> = run(Kind::Pdf, Duration::from_secs(5), |_| {
            std::panic::resume_unwind(Box::new(0))
        });
        assert_eq!(result, Err(DocumentError::ParserFailed(Kind::Pdf)));
    }

    #[test]
    fn a_loop_that_looks_at_the_clock_ends_in_time() {
        let result: Result<(), _> = run(Kind::Pdf, Duration::from_millis(20), |clock| {
            loop {
                clock.check()?;
            }
        });
        assert_eq!(
            result,
            Err(DocumentError::Timeout {
                kind: Kind::Pdf,
                seconds: 0
            })
        );
    }

    #[test]
    fn a_loop_that_does_not_is_given_up_and_counted_until_it_ends() {
        let (release, wait) = mpsc::channel::<()>();
        let result: Result<(), _> = run(Kind::Xls, Duration::ZERO, move |_| {
            let _ = wait.recv();
            Ok(())
        });
        assert_eq!(
            result,
            Err(DocumentError::Timeout {
                kind: Kind::Xls,
                seconds: 0
            })
        );
        assert_eq!(RUNAWAYS.load(Ordering::Acquire), 1);
        release.send(()).unwrap();
        let start = Instant::now();
        while RUNAWAYS.load(Ordering::Acquire) > 0 {
            assert!(start.elapsed() < Duration::from_secs(5));
            std::thread::yield_now();
        }
    }
}
