//! Values as people write them, as the type that was meant.

use serde_json::Value;

/// As text: numbers and booleans as written, lists joined by `, `. `None` for null and for what holds nothing.
pub fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().filter_map(text_of_item).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

fn text_of_item(value: &Value) -> Option<String> {
    text(value)
}

/// true/false, yes/no, on/off, 1/0 in any case, quoted or not.
pub fn flag(value: &Value) -> Option<bool> {
    let word = match value {
        Value::Bool(flag) => return Some(*flag),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_ascii_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// A list of words: a YAML list, or a string split at commas (where it has any) or spaces.
pub fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        other => {
            let Some(text) = text(other) else { return Vec::new() };
            let parts: Vec<&str> = if text.contains(',') {
                text.split(',').collect()
            } else {
                text.split_whitespace().collect()
            };
            parts
                .into_iter()
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        }
    }
}

/// An argument hint as it was meant to be shown: `[file]` unquoted is a YAML list, and is shown as `[file]` again.
pub fn hint(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) => Some(format!("[{}]", text(value)?)),
        other => text(other),
    }
}
