//! How many threads the local model may have.

/// Cores that are free right now, at least one. Its threads spin while they wait for one another: with more threads
/// than free cores it gets slower, and so does everything else.
pub(super) fn free() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    from(cores, busy())
}

fn from(cores: usize, busy: Option<f64>) -> usize {
    // Without a figure, half: a desktop's other half is somebody's work.
    let free = busy.map_or(cores / 2, |busy| cores.saturating_sub(busy.round() as usize));
    free.clamp(1, cores.max(1))
}

/// Cores in use, as an average over the last minute.
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "a figure of the system, not a file of the user"
)]
fn busy() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

#[cfg(not(target_os = "linux"))]
fn busy() -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_cores_but_never_none_and_never_too_many() {
        assert_eq!(
            [
                from(8, Some(0.2)),
                from(8, Some(5.6)),
                from(2, Some(9.0)),
                from(8, None),
                from(1, None)
            ],
            [8, 2, 1, 4, 1]
        );
        assert!(free() >= 1);
    }
}
