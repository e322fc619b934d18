//! Numbers, dates and times of spreadsheets as text.

/// How a cell's number is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Format {
    /// A number.
    #[default]
    Number,
    /// A part of one.
    Percent,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// Both.
    DateTime,
    /// Hours, minutes and seconds that may go beyond a day.
    Duration,
}

/// The meaning of a built-in format id (ECMA-376 part 1, 18.8.30).
pub(crate) const fn builtin(id: u32) -> Format {
    match id {
        9 | 10 => Format::Percent,
        14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Format::Date,
        18..=21 | 32..=35 | 55 | 56 => Format::Time,
        22 => Format::DateTime,
        45..=47 => Format::Duration,
        _ => Format::Number,
    }
}

/// The meaning of a format code such as `dd.mm.yyyy hh:mm`.
pub(crate) fn of_code(code: &str) -> Format {
    let first = code.split(';').next().unwrap_or(code);
    let (mut day, mut month, mut clock, mut elapsed, mut percent) = (false, false, false, false, false);
    let mut chars = first.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                chars.by_ref().find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let inside = inside.to_ascii_lowercase();
                elapsed |= !inside.is_empty() && inside.chars().all(|c| matches!(c, 'h' | 'm' | 's'));
            }
            'y' | 'Y' | 'd' | 'D' | 'e' => day = true,
            'm' | 'M' => month = true,
            'h' | 'H' | 's' | 'S' => clock = true,
            '%' => percent = true,
            // `General` and scientific notation have letters of their own.
            'G' | 'g' if first.to_ascii_lowercase().contains("general") => return Format::Number,
            'E' => return Format::Number,
            _ => {}
        }
    }
    match (elapsed, day || (month && !clock), clock, percent) {
        (true, ..) => Format::Duration,
        (_, true, true, _) => Format::DateTime,
        (_, true, false, _) => Format::Date,
        (_, false, true, _) => Format::Time,
        (.., true) => Format::Percent,
        _ => Format::Number,
    }
}

/// Whether a format code shows nothing for any value: `;;;`.
pub(crate) fn shows_nothing(code: &str) -> bool {
    let sections: Vec<&str> = code.split(';').collect();
    sections.len() >= 3 && sections.iter().all(|section| section.trim().is_empty())
}

/// A number as a spreadsheet keeps it: 15 digits, no more.
pub(crate) fn plain(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    // Scientific notation carries exactly 15 significant digits; parsing it back drops the noise of the binary form.
    let rounded = format!("{value:.14e}").parse::<f64>().unwrap_or(value);
    if rounded.abs() >= 1e15 || rounded.abs() < 1e-6 {
        format!("{rounded:e}")
    } else {
        rounded.to_string()
    }
}

/// A number as its format means it.
pub(crate) fn formatted(value: f64, format: Format, epoch_1904: bool) -> String {
    match format {
        Format::Number => plain(value),
        Format::Percent => format!("{}%", plain(value * 100.0)),
        Format::Duration => duration(value).unwrap_or_else(|| plain(value)),
        Format::Date | Format::Time | Format::DateTime => {
            date(value, format, epoch_1904).unwrap_or_else(|| plain(value))
        }
    }
}

/// A serial number as ISO 8601: `2024-03-01`, `2024-03-01 13:45`, `13:45:00`. None outside the years 1900 to 9999.
pub(crate) fn date(serial: f64, format: Format, epoch_1904: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let mut days = serial.floor() as i64;
    let mut seconds = ((serial - serial.floor()) * 86_400.0).round() as i64;
    if seconds == 86_400 {
        days += 1;
        seconds = 0;
    }
    let time = if seconds % 60 == 0 && format == Format::DateTime {
        format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
    } else {
        format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    };
    // A time of day is a serial below 1; a whole date behind a time format is still only shown as a time.
    if format == Format::Time {
        return Some(time);
    }
    // Day 0 of the 1900 system is 1899-12-31; its day 60 is 29 February 1900, which never was.
    let from_unix = if epoch_1904 {
        days - 24_107
    } else if days < 60 {
        days - 25_568
    } else {
        days - 25_569
    };
    let (year, month, day) = civil(from_unix);
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(if format == Format::DateTime && seconds != 0 {
        format!("{date} {time}")
    } else if format == Format::Date && seconds != 0 {
        // Formatted as a day, but the value has a time in it: shown, since sums and comparisons use it.
        format!("{date} {time}")
    } else {
        date
    })
}

fn duration(value: f64) -> Option<String> {
    if !value.is_finite() || value.abs() > 1e7 {
        return None;
    }
    let seconds = (value.abs() * 86_400.0).round() as i64;
    let sign = if value < 0.0 { "-" } else { "" };
    Some(format!(
        "{sign}{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    ))
}

/// Year, month and day of a count of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 {
        month_shifted + 3
    } else {
        month_shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_codes() {
        for (code, format) in [
            ("General", Format::Number),
            ("#,##0.00 \"kr\"", Format::Number),
            ("0.00E+00", Format::Number),
            ("0.0%", Format::Percent),
            ("dd.mm.yyyy", Format::Date),
            ("[$-407]d. mmmm yyyy;@", Format::Date),
            ("mmm-yy", Format::Date),
            ("hh:mm", Format::Time),
            ("yyyy-mm-dd hh:mm:ss", Format::DateTime),
            ("[h]:mm:ss", Format::Duration),
            ("[Red]0.00", Format::Number),
            ("0\\d", Format::Number),
        ] {
            assert_eq!(of_code(code), format, "{code}");
        }
        assert!(shows_nothing(";;;"));
        assert!(!shows_nothing("0;;"));
        assert!(!shows_nothing("General"));
    }

    #[test]
    fn numbers_and_dates() {
        assert_eq!(plain(0.1 + 0.2), "0.3");
        assert_eq!(plain(-1234.5), "-1234.5");
        assert_eq!(plain(1e20), "1e20");
        assert_eq!(formatted(0.125, Format::Percent, false), "12.5%");
        assert_eq!(formatted(1.0, Format::Date, false), "1900-01-01");
        assert_eq!(formatted(59.0, Format::Date, false), "1900-02-28");
        assert_eq!(formatted(61.0, Format::Date, false), "1900-03-01");
        assert_eq!(formatted(45_352.0, Format::Date, false), "2024-03-01");
        assert_eq!(
            formatted(45_352.573_564_8, Format::DateTime, false),
            "2024-03-01 13:45:56"
        );
        assert_eq!(formatted(0.0, Format::Date, true), "1904-01-01");
        assert_eq!(formatted(0.75, Format::Time, false), "18:00:00");
        assert_eq!(formatted(1.25, Format::Duration, false), "30:00:00");
        assert_eq!(formatted(-5.0, Format::Date, false), "-5");
        assert_eq!(formatted(2_958_465.0, Format::Date, false), "9999-12-31");
    }
}
