//! Points in time, for people.

use deskhand_types::Timestamp;

/// `2026-11-22 14:05`, in the local time zone.
pub(crate) fn local(at: Timestamp) -> String {
    written(at, "%Y-%m-%d %H:%M")
}

/// `2026-11-22`, in the local time zone.
pub(crate) fn day(at: Timestamp) -> String {
    written(at, "%Y-%m-%d")
}

fn written(at: Timestamp, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|time| time.to_zoned(jiff::tz::TimeZone::system()).strftime(form).to_string())
        .unwrap_or_default()
}
