//! Days in texts and time stamps.

use serde_json::Value;

const MONTHS: [(&str, &str); 12] = [
    ("jan", "January"),
    ("feb", "February"),
    ("mar", "March"),
    ("apr", "April"),
    ("may", "May"),
    ("jun", "June"),
    ("jul", "July"),
    ("aug", "August"),
    ("sep", "September"),
    ("oct", "October"),
    ("nov", "November"),
    ("dec", "December"),
];

/// Other languages' months that differ in their first three letters.
const ALSO: [(&str, u32); 14] = [
    ("mär", 3),
    ("mai", 5),
    ("okt", 10),
    ("dez", 12),
    ("janv", 1),
    ("fév", 2),
    ("avr", 4),
    ("juin", 6),
    ("juil", 7),
    ("août", 8),
    ("déc", 12),
    ("ene", 1),
    ("ago", 8),
    ("dic", 12),
];

/// The English name of a month, from 1.
pub fn month_name(month: u32) -> &'static str {
    MONTHS
        .get((month as usize).wrapping_sub(1))
        .map_or("", |(_, name)| name)
}

/// `2026-03` as `March 2026`; anything else as it is.
pub fn month_label(text: &str) -> String {
    match (
        text.get(..4).and_then(|y| y.parse::<u32>().ok()),
        text.get(5..7).and_then(|m| m.parse::<u32>().ok()),
    ) {
        (Some(year), Some(month @ 1..=12)) if text.len() == 7 && text.get(4..5) == Some("-") => {
            format!("{} {year}", month_name(month))
        }
        _ => text.to_owned(),
    }
}

/// A day written out, when it exists in the calendar.
fn day(year: u32, month: u32, day: u32) -> Option<String> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    ((1900..=2200).contains(&year) && (1..=last).contains(&day)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The day of a time stamp: milliseconds or seconds since 1970, or text that begins with a day.
pub fn day_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let found = find(text.get(..10).unwrap_or(text));
            found.into_iter().next()
        }
        Value::Number(number) => {
            let stamp = number.as_f64()?;
            let seconds = if stamp.abs() > 2e10 { stamp / 1000.0 } else { stamp };
            civil((seconds / 86_400.0).floor() as i64)
        }
        _ => None,
    }
}

/// Days since 1970 to a calendar day (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> Option<String> {
    if days.abs() > 200_000 {
        return None;
    }
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    day(u32::try_from(y).ok()?, u32::try_from(m).ok()?, u32::try_from(d).ok()?)
}

/// The days in a text, in order, as `YYYY-MM-DD`. `3/4/2026` is read with the day first unless it cannot be.
pub fn find(text: &str) -> Vec<String> {
    let tokens: Vec<&str> = super::bounded(text)
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '|' | '"' | '_' | ':' | '*')
        })
        .filter(|token| !token.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |n: usize| tokens.get(at + n).copied().unwrap_or_default();
        if let Some(day) = numeric(token) {
            found.push(day);
        } else if let Some((day, used)) = written(token, next(1), next(2)) {
            found.push(day);
            at += used;
        }
        at += 1;
    }
    found
}

/// `2026-03-31`, `31.03.2026`, `31/3/26`, `20260331`.
fn numeric(token: &str) -> Option<String> {
    let token = token.trim_end_matches(['.', '!', '?']);
    let token = token.split('T').next().unwrap_or(token);
    if token.len() == 8 && token.bytes().all(|b| b.is_ascii_digit()) {
        return day(
            token.get(..4)?.parse().ok()?,
            token.get(4..6)?.parse().ok()?,
            token.get(6..)?.parse().ok()?,
        );
    }
    let separator = token.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = token.split(separator).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    if ![a, b, c]
        .iter()
        .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|d| d.is_ascii_digit()))
    {
        return None;
    }
    let (first, second, third): (u32, u32, u32) = (a.parse().ok()?, b.parse().ok()?, c.parse().ok()?);
    if a.len() == 4 {
        return day(first, second, third);
    }
    let year = match c.len() {
        4 => third,
        2 => 2000 + third,
        _ => return None,
    };
    day(year, second, first).or_else(|| day(year, first, second))
}

/// `31 March 2026`, `March 31, 2026`, `31. März 2026`, and what was used of the tokens after the first.
fn written(first: &str, second: &str, third: &str) -> Option<(String, usize)> {
    if let (Some(d), Some(m), Some(y)) = (day_number(first), month(second), year(third)) {
        return Some((day(y, m, d)?, 2));
    }
    if let (Some(m), Some(d), Some(y)) = (month(first), day_number(second), year(third)) {
        return Some((day(y, m, d)?, 2));
    }
    None
}

fn day_number(token: &str) -> Option<u32> {
    let digits = token.trim_end_matches(['.', ',']);
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|end| digits.strip_suffix(end))
        .unwrap_or(digits);
    digits.parse().ok().filter(|d| (1..=31).contains(d))
}

fn year(token: &str) -> Option<u32> {
    token
        .trim_end_matches(['.', ',', '!', '?'])
        .parse()
        .ok()
        .filter(|y| (1900..=2200).contains(y))
}

fn month(token: &str) -> Option<u32> {
    let lower = token.trim_end_matches('.').to_lowercase();
    if lower.chars().count() < 3 || !lower.chars().all(char::is_alphabetic) {
        return None;
    }
    let english = MONTHS.iter().position(|(short, long)| {
        lower.starts_with(short) && (long.to_lowercase().starts_with(&lower) || lower == "sept")
    });
    english.map(|index| index as u32 + 1).or_else(|| {
        let close = |(start, number): &(&str, u32)| lower.starts_with(start).then_some(*number);
        ALSO.iter().find_map(close).filter(|_| lower.chars().count() <= 9)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_found_however_written() {
        let text = "Due 2026-03-31, paid 31.03.2026 or 3/4/26; 12/31/2025. On March 5, 2026 and 1st April 2026, 7. März 2026! \
            Not 2026-13-01, 1.2.3 or 99/99/9999. File IMG_20240229_x";
        let expected = [
            "2026-03-31",
            "2026-03-31",
            "2026-04-03",
            "2025-12-31",
            "2026-03-05",
            "2026-04-01",
            "2026-03-07",
            "2024-02-29",
        ];
        assert_eq!(find(text), expected);
    }

    #[test]
    fn stamps_become_days() {
        let day = |value: Value| day_of(&value);
        assert_eq!(day(Value::from(1_709_164_800_000_i64)), Some("2024-02-29".to_owned()));
        assert_eq!(day(Value::from(0)), Some("1970-01-01".to_owned()));
        assert_eq!(day(Value::from("2024-02-29T10:00:00Z")), Some("2024-02-29".to_owned()));
        assert_eq!(day(Value::from(1e300)), None);
        assert_eq!(month_label("2026-03"), "March 2026");
        assert_eq!(month_label("2026-3x"), "2026-3x");
    }
}
