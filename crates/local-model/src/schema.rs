//! From an answer type to a JSON Schema, and from the model's text back to a value of that type.

use deskhand_types::{AnswerType, JudgeKind};
use serde_json::{Value, json};

use crate::{Error, Result};

/// The most values of an enum.
pub const MAX_OPTIONS: usize = 64;
/// The longest value of an enum, in characters.
pub const MAX_OPTION_CHARS: usize = 120;
/// The longest text answer, in characters.
pub const MAX_TEXT_CHARS: u32 = 600;
/// The longest number, in characters: what a 64-bit float holds exactly, with sign, point and a little room.
const MAX_NUMBER_CHARS: usize = 20;

/// The schema an answer must satisfy, as an object with the one property `answer`: models write objects better than
/// bare values. Only an extraction may answer `null`.
pub fn of(kind: JudgeKind, answer: &AnswerType) -> Result<Value> {
    let mut value = match answer {
        AnswerType::Enum(options) => {
            check_options(options)?;
            json!({ "enum": options })
        }
        AnswerType::Text { max_chars } => {
            if !(1..=MAX_TEXT_CHARS).contains(max_chars) {
                return Err(Error::BadRequest(format!(
                    "a text has 1 to {MAX_TEXT_CHARS} characters"
                )));
            }
            json!({ "type": "string", "minLength": 1, "maxLength": max_chars })
        }
        AnswerType::Date => json!({ "type": "string", "format": "date" }),
        // As a string, so that the grammar can bound its length and a long number cannot be rounded unseen.
        AnswerType::Number => json!({ "type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$" }),
    };
    if kind == JudgeKind::Extract && !matches!(answer, AnswerType::Enum(_)) {
        value = json!({ "anyOf": [value, { "type": "null" }] });
    }
    Ok(json!({
        "type": "object",
        "properties": { "answer": value },
        "required": ["answer"],
        "additionalProperties": false,
        // No free white space, no escapes of printable characters: fewer ways to say the same.
        "x-guidance": { "whitespace_flexible": false, "key_separator": ": ", "item_separator": ", ",
                        "json_allowed_escapes": "\"\\" },
    }))
}

fn check_options(options: &[String]) -> Result<()> {
    let distinct: std::collections::HashSet<&String> = options.iter().collect();
    if options.is_empty() || options.len() > MAX_OPTIONS || distinct.len() != options.len() {
        return Err(Error::BadRequest(format!(
            "an enum has 1 to {MAX_OPTIONS} distinct values"
        )));
    }
    if options
        .iter()
        .any(|option| option.is_empty() || option.chars().count() > MAX_OPTION_CHARS)
    {
        return Err(Error::BadRequest(format!(
            "a value of an enum has 1 to {MAX_OPTION_CHARS} characters"
        )));
    }
    Ok(())
}

/// Reads the model's text. Checks the type once more: the grammar binds the text, this binds the value.
pub fn read(kind: JudgeKind, asked: &AnswerType, text: &str) -> Result<Option<Value>> {
    let mut object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| Error::Compute(format!("the answer is not JSON: {error}")))?;
    let refuse = || Error::Compute("the answer is not of the asked type".into());
    let value = object.remove("answer").ok_or_else(refuse)?;
    if value.is_null() && kind == JudgeKind::Extract {
        return Ok(None);
    }
    let text = value.as_str().ok_or_else(refuse)?.trim();
    match asked {
        AnswerType::Enum(options) if options.iter().any(|option| option == text) => Ok(Some(json!(text))),
        AnswerType::Text { max_chars } if text.chars().count() <= *max_chars as usize => {
            Ok((!text.is_empty()).then(|| json!(text)))
        }
        AnswerType::Date if is_date(text) => Ok(Some(json!(text))),
        // A day that does not exist (30 February) is no date, and an extraction may say so.
        AnswerType::Date if kind == JudgeKind::Extract => Ok(None),
        AnswerType::Number if text.len() <= MAX_NUMBER_CHARS => {
            let number: serde_json::Number = text.parse().map_err(|_| refuse())?;
            Ok(Some(Value::Number(number)))
        }
        _ => Err(refuse()),
    }
}

/// Whether a text is a day of the calendar, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts[..] else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_type() {
        use JudgeKind::{Describe, Extract, Route};
        let options = AnswerType::Enum(vec!["a".into(), "none".into()]);
        let value = |kind, asked: &AnswerType, text: &str| read(kind, asked, text).ok();
        assert_eq!(
            value(Route, &options, r#"{"answer": "none"}"#),
            Some(Some(json!("none")))
        );
        assert_eq!(value(Route, &options, r#"{"answer": "b"}"#), None);
        assert_eq!(value(Route, &options, r#"{"answer": null}"#), None);
        assert_eq!(value(Extract, &AnswerType::Number, r#"{"answer": null}"#), Some(None));
        assert_eq!(
            value(Extract, &AnswerType::Number, r#"{"answer": "-12.50"}"#),
            Some(Some(json!(-12.5)))
        );
        assert_eq!(
            value(Extract, &AnswerType::Date, r#"{"answer": "2024-02-29"}"#),
            Some(Some(json!("2024-02-29")))
        );
        assert_eq!(
            value(Extract, &AnswerType::Date, r#"{"answer": "2026-02-29"}"#),
            Some(None)
        );
        assert_eq!(value(Describe, &AnswerType::Date, r#"{"answer": "2026-02-29"}"#), None);
        assert_eq!(
            value(Describe, &AnswerType::Text { max_chars: 3 }, r#"{"answer": " ab "}"#),
            Some(Some(json!("ab")))
        );
        assert_eq!(
            value(Describe, &AnswerType::Text { max_chars: 1 }, r#"{"answer": "ab"}"#),
            None
        );
    }

    #[test]
    fn unreasonable_types_are_refused() {
        let refused = |answer: AnswerType| of(JudgeKind::Classify, &answer).is_err();
        assert!(refused(AnswerType::Enum(vec![])));
        assert!(refused(AnswerType::Enum(vec!["a".into(), "a".into()])));
        assert!(refused(AnswerType::Enum(
            (0..=MAX_OPTIONS).map(|i| i.to_string()).collect()
        )));
        assert!(refused(AnswerType::Enum(vec!["x".repeat(MAX_OPTION_CHARS + 1)])));
        assert!(refused(AnswerType::Text { max_chars: 0 }));
        assert!(refused(AnswerType::Text {
            max_chars: MAX_TEXT_CHARS + 1
        }));
    }
}
