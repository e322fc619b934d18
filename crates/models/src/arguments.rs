//! The arguments of tool calls, as models write them.

use serde_json::{Map, Value};

/// The arguments in `raw`: an object; nothing at all is an empty object; an object wrapped in a JSON string, as some
/// models write it, is unwrapped; anything else is kept as text, so that the tool's error can teach the model.
pub(crate) fn parse(raw: &str) -> Value {
    if raw.trim().is_empty() {
        return Value::Object(Map::new());
    }
    match serde_json::from_str::<Value>(raw) {
        Ok(object @ Value::Object(_)) => object,
        Ok(Value::Null) => Value::Object(Map::new()),
        Ok(Value::String(inner)) => match serde_json::from_str::<Value>(&inner) {
            Ok(object @ Value::Object(_)) => object,
            _ => Value::String(raw.to_owned()),
        },
        _ => Value::String(raw.to_owned()),
    }
}

/// The object sent back for a call: providers (and the chat templates of local servers) accept only objects, so text
/// that was no JSON travels in one.
pub(crate) fn as_object(input: &Value) -> std::borrow::Cow<'_, Value> {
    match input {
        Value::Object(_) => std::borrow::Cow::Borrowed(input),
        Value::String(raw) => std::borrow::Cow::Owned(serde_json::json!({ "invalid_json": raw })),
        other => std::borrow::Cow::Owned(serde_json::json!({ "invalid_json": other.to_string() })),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_models_write() {
        assert_eq!(parse(""), json!({}));
        assert_eq!(parse("null"), json!({}));
        assert_eq!(parse(r#"{"a":1}"#), json!({"a": 1}));
        assert_eq!(parse(r#""{\"a\":1}""#), json!({"a": 1}));
        assert_eq!(parse(r#"{"a":"#), json!(r#"{"a":"#));
        assert_eq!(parse("[1]"), json!("[1]"));
        let deep = "[".repeat(100_000);
        assert_eq!(parse(&deep), json!(deep));
    }
}
