//! Work spread over the machine's cores, without a dependency or a thread that outlives its call.

use std::{num::NonZero, panic::resume_unwind, thread};

/// Threads used at most: a task shares the machine with its person.
const MOST: usize = 8;

/// `work` over `items`, results in order. `size` is the amount of work in cells; little is done in place, since
/// starting threads costs more than it saves.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, size: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(MOST);
    let threads = if size < 50_000 { 1 } else { cores.min(items.len()) };
    if threads < 2 {
        return items.into_iter().map(work).collect();
    }
    // Dealt out like cards, so that neighbouring heavy items go to different threads.
    let mut hands: Vec<Vec<(usize, T)>> = (0..threads).map(|_| Vec::new()).collect();
    for (at, item) in items.into_iter().enumerate() {
        if let Some(hand) = hands.get_mut(at % threads) {
            hand.push((at, item));
        }
    }
    let work = &work;
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let running: Vec<_> = hands
            .into_iter()
            .map(|hand| scope.spawn(move || hand.into_iter().map(|(at, item)| (at, work(item))).collect::<Vec<_>>()))
            .collect();
        let finished = running.into_iter().map(|thread| match thread.join() {
            Ok(results) => results,
            // Passed on to the caller's net.
            Err(panic) => resume_unwind(panic),
        });
        finished.flatten().collect()
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs both at once; `beside` on a thread of its own.
pub(crate) fn both<A: Send, B>(beside: impl FnOnce() -> A + Send, here: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let running = scope.spawn(beside);
        let b = here();
        match running.join() {
            Ok(a) => (a, b),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for size in [0, 1_000_000] {
            let items: Vec<usize> = (0..37).collect();
            let want: Vec<usize> = items.iter().map(|n| n * 2).collect();
            assert_eq!(map(items, size, |n| n * 2), want);
        }
        assert_eq!(both(|| 1, || "x"), (1, "x"));
    }
}
