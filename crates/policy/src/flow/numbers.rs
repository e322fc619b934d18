//! Numbers in the person's words.

use super::literal::is_word;

/// The numbers a text holds. Parts of words, dates, times, versions and percentages are none. `decimal` is the mark
/// before fractions, `.` or `,`; the other one groups thousands.
pub(crate) fn numbers(text: &str, decimal: char) -> Vec<f64> {
    let group = if decimal == ',' { '.' } else { ',' };
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied();
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(c) = at(start) {
        let bound = start == 0 || !at(start - 1).is_some_and(|c| is_word(c) || matches!(c, '.' | '-' | '/' | ':'));
        let end = (c.is_ascii_digit() && bound).then(|| number_end(&chars, start, decimal, group));
        if let Some(end) = end.flatten() {
            let digits: String = chars
                .get(start..end)
                .unwrap_or_default()
                .iter()
                .filter(|c| **c != group)
                .map(|c| if *c == decimal { '.' } else { *c })
                .collect();
            found.extend(digits.parse::<f64>().ok());
            start = end;
        } else {
            start += 1;
        }
    }
    found
}

/// The longest number that is read, in characters: a bound on the work, not on money.
const LONGEST: usize = 40;

/// Where the number that begins at `start` ends: the longest reading after which no part of a word, date or share
/// follows.
fn number_end(chars: &[char], start: usize, decimal: char, group: char) -> Option<usize> {
    let digit = |index: usize| chars.get(index).is_some_and(char::is_ascii_digit);
    let ends = |end: usize| match chars.get(end) {
        None => true,
        Some('.') => !digit(end + 1),
        Some(c) => !is_word(*c) && !matches!(c, '-' | '/' | ':' | '%'),
    };
    let mut whole = start + 1;
    while whole < start + LONGEST && (digit(whole) || chars.get(whole) == Some(&group)) {
        whole += 1;
    }
    (start + 1..=whole).rev().find_map(|whole| {
        let mut fraction = whole + 1;
        while fraction < start + LONGEST && digit(fraction) {
            fraction += 1;
        }
        let fractions = if chars.get(whole) == Some(&decimal) {
            whole + 2..fraction + 1
        } else {
            0..0
        };
        fractions.rev().chain([whole]).find(|end| ends(*end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_number_and_what_is_not() {
        assert_eq!(numbers("pay 1,200.50 and 12.00. Then 5", '.'), [1200.5, 12.0, 5.0]);
        assert_eq!(
            numbers("10% on 2024-05-15 at 10:00, v1.2.3, a4, 3rd", '.'),
            Vec::<f64>::new()
        );
        assert_eq!(numbers("zahle 1.200,50 Euro und 3.", ','), [1200.5, 3.0]);
    }
}
