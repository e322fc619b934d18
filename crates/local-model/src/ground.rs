//! Whether an extracted value stands in the item.
//!
//! A small model asked for what is not there makes something up (measured: nearly always). So an extraction counts only
//! if the item holds it; otherwise the answer is "not there", which makes the host ask instead of believing.

use deskhand_types::AnswerType;
use serde_json::Value;

/// Whether `item` holds `value`, read as a value of type `asked`.
pub(crate) fn stands_in(item: &str, asked: &AnswerType, value: &Value) -> bool {
    match (asked, value) {
        (AnswerType::Text { .. }, Value::String(text)) => {
            let wanted = letters(text);
            !wanted.is_empty() && letters(item).contains(&wanted)
        }
        (AnswerType::Number, Value::Number(number)) => number
            .as_f64()
            .is_some_and(|wanted| numbers(item).any(|found| (found - wanted.abs()).abs() < 0.005)),
        (AnswerType::Date, Value::String(date)) => date_stands_in(item, date),
        // The host's own list: the values need not occur.
        _ => true,
    }
}

/// Letters and digits alone, lower case: line breaks, hyphens and quotation marks do not matter.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Runs of digits.
fn digit_runs(item: &str) -> impl Iterator<Item = &str> {
    item.split(|char: char| !char.is_ascii_digit())
        .filter(|run| !run.is_empty() && run.len() <= 15)
}

/// Every reading of every number: `1.234,50` is 1234.5 with a decimal comma; `1,234` is 1234 or 1.234.
fn numbers(item: &str) -> impl Iterator<Item = f64> {
    item.split(|char: char| !(char.is_ascii_digit() || matches!(char, '.' | ',' | '\'' | '\u{a0}' | '\u{202f}')))
        .map(|token| token.trim_matches(|char: char| !char.is_ascii_digit()))
        .filter(|token| !token.is_empty() && token.len() <= 30)
        .flat_map(|token| ['.', ','].map(|decimal| read(token, decimal)))
        .flatten()
}

/// A number with this decimal sign; any other sign groups thousands.
fn read(token: &str, decimal: char) -> Option<f64> {
    let plain: String = token
        .chars()
        .filter_map(|char| match char {
            _ if char == decimal => Some('.'),
            '0'..='9' => Some(char),
            _ => None,
        })
        .collect();
    plain.parse().ok()
}

/// Whether year and day of an ISO date occur as numbers, and the month as a number or as a word. Which word means which
/// month is not checked: documents come in any language.
fn date_stands_in(item: &str, date: &str) -> bool {
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let same = |run: &str, part: &str| run.trim_start_matches('0') == part.trim_start_matches('0');
    let short_year = year.get(2..).unwrap_or(year);
    let runs: Vec<&str> = digit_runs(item).collect();
    // Written without separators: 20260314.
    if runs.iter().any(|run| run.contains(&[year, month, day].concat())) {
        return true;
    }
    let has = |part: &str| runs.iter().any(|run| same(run, part));
    let month_word = item
        .split(|char: char| !char.is_alphabetic())
        .any(|word| word.chars().count() >= 3);
    (has(year) || runs.contains(&short_year)) && has(day) && (has(month) || month_word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_stand_there_whatever_their_layout() {
        let text = AnswerType::Text { max_chars: 80 };
        assert!(stands_in("* * * GREEN-\nGROCER * * *", &text, &json!("GreenGrocer")));
        assert!(!stands_in("Dear neighbours", &text, &json!("INV-1")));
        assert!(!stands_in("null", &text, &json!("---")));
    }

    #[test]
    fn numbers_stand_there_in_any_notation() {
        let found = |item, number: Value| stands_in(item, &AnswerType::Number, &number);
        assert!(found("Gesamtbetrag 1.234,50 EUR", json!(1234.5)));
        assert!(found("Total: $1,234.50.", json!(1234.5)));
        assert!(found("CHF 12'000.-", json!(12000)));
        assert!(found("adjustment -25.50", json!(-25.5)));
        assert!(found("12,00 €", json!(12)));
        assert!(!found("between nine and eleven", json!(10)));
        assert!(!found("Total 737,80", json!(737.9)));
    }

    #[test]
    fn dates_stand_there_when_year_and_day_do() {
        let found = |item, date: &str| stands_in(item, &AnswerType::Date, &json!(date));
        assert!(found("14/03/2026 17:42", "2026-03-14"));
        assert!(found("am 9.6.26", "2026-06-09"));
        assert!(found("Le 21 mai 2026", "2026-05-21"));
        assert!(found("scan-20260314.pdf", "2026-03-14"));
        assert!(!found("tomorrow morning between nine and eleven", "2023-04-15"));
        assert!(!found("on 14 March", "2026-03-14"), "a year nobody wrote is a guess");
        assert!(!found("1 2026", "2026-03-14"));
    }

    proptest::proptest! {
        #[test]
        fn any_number_stands_in_its_own_text(cents in 0i64..10_000_000_000, comma: bool) {
            let text = format!("{}{}{:02}", cents / 100, if comma { ',' } else { '.' }, cents % 100);
            let value = json!(cents as f64 / 100.0);
            let item = format!("Total {text} EUR");
            proptest::prop_assert!(stands_in(&item, &AnswerType::Number, &value));
        }

        #[test]
        fn no_item_makes_it_panic(item in "\\PC{0,80}", date in "\\PC{0,12}") {
            stands_in(&item, &AnswerType::Date, &json!(date));
            stands_in(&item, &AnswerType::Number, &json!(1));
            stands_in(&item, &AnswerType::Text { max_chars: 9 }, &json!(date));
        }
    }
}
