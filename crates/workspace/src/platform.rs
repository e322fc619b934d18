//! What differs between systems, each function with the same meaning everywhere.
//!
//! Everything here takes an open directory and ONE name in it; [`one_name`] guards that, since some of these calls do
//! not go through `cap-std`'s own resolution.

use std::io;

use cap_std::fs::Dir;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

/// How a rename onto a free name, or a swap, was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Strength {
    /// The system guarantees that nothing is overwritten.
    Atomic,
    /// The name was looked at, then renamed: another program could come between in some microseconds.
    Checked,
}

/// Refuses anything but one plain name.
pub(crate) fn one_name(name: &str) -> io::Result<&str> {
    crate::path::check_component(name).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
    Ok(name)
}

/// Replaces `target` by `fresh` where the system cannot swap: what stands at `target` gets a second name first, so that
/// it is not lost whatever happens, and ends up at `fresh`. Without hard links (FAT) it is moved aside, so that for
/// some microseconds nothing stands at `target`; recovery knows that state. `ask` is the test seam, asked before each
/// of the three steps.
pub(crate) fn exchange_by_aside(
    dir: &Dir,
    fresh: &str,
    target: &str,
    ask: &dyn Fn() -> io::Result<()>,
) -> io::Result<()> {
    let aside = aside_name(fresh);
    ask()?;
    match dir.hard_link(target, dir, &aside) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
            return Err(error);
        }
        Err(_) => dir.rename(target, dir, &aside)?,
    }
    ask()?;
    dir.rename(fresh, dir, target)?;
    ask()?;
    dir.rename(&aside, dir, fresh)
}

/// The second name used by [`exchange_by_aside`].
pub(crate) fn aside_name(fresh: &str) -> String {
    format!("{}.old.tmp", fresh.strip_suffix(".tmp").unwrap_or(fresh))
}

/// Nanoseconds since 1970 as a system time, where it can be expressed.
#[cfg(any(windows, test))]
pub(crate) fn system_time(ns: i128) -> Option<std::time::SystemTime> {
    let whole = u64::try_from(ns.unsigned_abs() / 1_000_000_000).ok()?;
    let part = u32::try_from(ns.unsigned_abs() % 1_000_000_000).ok()?;
    let span = std::time::Duration::new(whole, part);
    if ns >= 0 {
        std::time::UNIX_EPOCH.checked_add(span)
    } else {
        std::time::UNIX_EPOCH.checked_sub(span)
    }
}

/// A system time as nanoseconds since 1970.
pub(crate) fn nanoseconds(time: std::time::SystemTime) -> i128 {
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |ns| -ns),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_and_after_1970_round_trip() {
        for ns in [0, 1, -1, 1_700_000_000_123_456_700, -86_400_000_000_100] {
            assert_eq!(system_time(ns).map(nanoseconds), Some(ns));
        }
        assert_eq!(system_time(i128::MAX), None);
    }
}
