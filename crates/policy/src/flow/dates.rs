//! Days and times in the person's words ("month names parsed", `injection.md` 2.2).

use super::{lexicon::Lexicon, literal::is_word};

/// A day somebody named; without a year, any year is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Day {
    month: u32,
    /// In the month, from 1.
    number: u32,
    year: Option<u32>,
}

/// How far after a day its year may stand, in characters.
const YEAR_WITHIN: usize = 40;

/// A run of word characters, with where it begins and ends in characters.
struct Token<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let ends = text.char_indices().map(|(byte, c)| (byte, is_word(c)));
    for (index, (byte, word)) in ends.chain([(text.len(), false)]).enumerate() {
        if word {
            open = open.or(Some((byte, index)));
        } else if let Some((from, start)) = open.take() {
            out.push(Token {
                text: text.get(from..byte).unwrap_or_default(),
                start,
                end: index,
            });
        }
    }
    out
}

/// All days that `text` names in one of `languages`.
pub(crate) fn days(text: &str, languages: &[&Lexicon]) -> Vec<Day> {
    let lower = text.to_lowercase();
    let chars: Vec<char> = lower.chars().collect();
    let tokens = tokens(&lower);
    let between = |from: usize, to: usize| -> String { chars.get(from..to).unwrap_or_default().iter().collect() };
    let years: Vec<(usize, u32)> = tokens
        .iter()
        .filter(|token| token.text.len() == 4 && token.text.starts_with("20"))
        .filter_map(|token| Some((token.start, token.text.parse().ok()?)))
        .collect();
    let year_after = |end: usize| {
        years
            .iter()
            .find(|(at, _)| (end..=end + YEAR_WITHIN).contains(at))
            .map(|(_, year)| *year)
    };
    let mut found = iso(&tokens, &between);
    for language in languages {
        let dates = &language.dates;
        for pair in tokens.windows(2) {
            let [first, second] = pair else { continue };
            let gap = between(first.end, second.start);
            // "May 24", "May 24th"
            if let Some(month) = language.month(first.text)
                && is_blank(&gap)
                && let Some((number, _)) = day_number(second.text, &dates.ordinals)
            {
                let year = year_after(second.end);
                found.push(Day { month, number, year });
            }
            // "24th May", "24. Mai"
            if let Some(month) = language.month(second.text)
                && let Some((number, ordinal)) = day_number(first.text, &dates.ordinals)
                && (ordinal || dates.plain_day_first)
                && (is_blank(&gap) || dates.dot_after_day && is_blank(gap.strip_prefix('.').unwrap_or("?")))
            {
                let year = year_after(second.end);
                found.push(Day { month, number, year });
            }
        }
        for triple in tokens.windows(3) {
            let [first, second, third] = triple else { continue };
            let blanks = is_blank(&between(first.end, second.start)) && is_blank(&between(second.end, third.start));
            // "24th of May", "24 de mayo"
            if blanks
                && dates.between.iter().any(|word| word == second.text)
                && let Some(month) = language.month(third.text)
                && let Some((number, ordinal)) = day_number(first.text, &dates.ordinals)
                && (ordinal || dates.plain_day_first)
            {
                let year = year_after(third.end);
                found.push(Day { month, number, year });
            }
            // "24.05.2026", where the day comes first by custom
            let dots = [
                between(first.end, second.start).as_str() == dates.numeric.as_str(),
                between(second.end, third.start).as_str() == dates.numeric.as_str(),
            ];
            if !dates.numeric.is_empty()
                && dots == [true, true]
                && let (Ok(number), Ok(month), Ok(year)) = (first.text.parse(), second.text.parse(), third.text.parse())
                && third.text.len() == 4
            {
                found.push(Day {
                    month,
                    number,
                    year: Some(year),
                });
            }
        }
        if dates.marks {
            found.extend(marked(&chars));
        }
    }
    found.retain(|day| (1..=12).contains(&day.month) && (1..=31).contains(&day.number));
    found
}

fn is_blank(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().all(char::is_whitespace)
}

/// "2026-05-24"
fn iso(tokens: &[Token<'_>], between: &dyn Fn(usize, usize) -> String) -> Vec<Day> {
    tokens
        .windows(3)
        .filter_map(|triple| {
            let [year, month, day] = triple else { return None };
            let lengths = [year.text.len(), month.text.len(), day.text.len()];
            let dashed = between(year.end, month.start) == "-" && between(month.end, day.start) == "-";
            if !dashed || lengths != [4, 2, 2] {
                return None;
            }
            Some(Day {
                month: month.text.parse().ok()?,
                number: day.text.parse().ok()?,
                year: Some(year.text.parse().ok()?),
            })
        })
        .collect()
}

/// "2026年5月24日", "5月24日"
fn marked(chars: &[char]) -> Vec<Day> {
    let number_before = |end: usize| -> Option<(u32, usize)> {
        let start = (0..end)
            .rev()
            .take_while(|index| chars.get(*index).is_some_and(char::is_ascii_digit))
            .last()?;
        let digits: String = chars.get(start..end)?.iter().collect();
        Some((digits.parse().ok()?, start))
    };
    let marks = chars.iter().enumerate().filter(|(_, c)| matches!(c, '日' | '号'));
    marks
        .filter_map(|(end, _)| {
            let (number, start) = number_before(end)?;
            let month_end = start.checked_sub(1).filter(|index| chars.get(*index) == Some(&'月'))?;
            let (month, start) = number_before(month_end)?;
            let year_end = start.checked_sub(1).filter(|index| chars.get(*index) == Some(&'年'));
            let year = year_end.and_then(|end| Some(number_before(end)?.0));
            Some(Day { month, number, year })
        })
        .collect()
}

/// A day of a month as written, and whether it was written as an ordinal.
fn day_number(token: &str, ordinals: &[String]) -> Option<(u32, bool)> {
    let digits = token.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = token.strip_suffix(digits)?;
    if number.is_empty() || number.len() > 2 {
        return None;
    }
    let ordinal = ordinals.iter().any(|ending| ending == digits);
    (digits.is_empty() || ordinal).then(|| Some((number.parse().ok()?, ordinal)))?
}

/// Whether the day a value begins with (`2026-05-24…`) is among `days`.
pub(crate) fn names_day(value: &str, days: &[Day]) -> bool {
    let part = |range: std::ops::Range<usize>| -> Option<u32> {
        let text = value.get(range)?;
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(5..7), part(8..10)) else {
        return false;
    };
    let dashes = value.get(4..5) == Some("-") && value.get(7..8) == Some("-");
    dashes
        && days.iter().any(|named| {
            named.month == month && named.number == day && named.year.is_none_or(|named_year| named_year == year)
        })
}

/// The time in a value (`… 10:00`), if there is one.
pub(crate) fn time_of(value: &str) -> Option<&str> {
    let digit = |at: usize| value.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let word = |at: usize| {
        value
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(is_word)
    };
    value.match_indices(':').map(|(at, _)| at).find_map(|at| {
        let start = at.checked_sub(2)?;
        // `2026-05-24T10:00:00` has its time after a letter; what counts is that no digit comes before.
        let free = start == 0 || !digit(start - 1) && value.get(start - 1..start) != Some(":");
        (digit(start) && digit(start + 1) && digit(at + 1) && digit(at + 2) && free && !word(at + 3))
            .then(|| value.get(start..at + 3))?
    })
}

/// Whether a time stands in a text, with or without the zero in front.
pub(crate) fn names_time(time: &str, text: &str) -> bool {
    let short = time.strip_prefix('0').unwrap_or(time);
    [time, short].into_iter().any(|time| {
        text.match_indices(time).any(|(at, found)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(|c| c.is_ascii_digit()) && !after.is_some_and(|c| c.is_ascii_digit())
        })
    })
}
