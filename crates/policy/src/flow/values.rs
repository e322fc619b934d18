//! Argument and output values of tools, walked with bounds.

use serde_json::Value;

/// How deep values of tools are looked into. What lies deeper is not seen, and so nothing is bound to it.
const DEEPEST: usize = 32;

/// A value as text: strings as they are, others as JSON.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// All objects in a value, itself among them.
pub(crate) fn objects<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v serde_json::Map<String, Value>)) {
    fn walk<'v>(value: &'v Value, depth: usize, visit: &mut dyn FnMut(&'v serde_json::Map<String, Value>)) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Object(object) => {
                visit(object);
                object.values().for_each(|value| walk(value, depth + 1, visit));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, depth + 1, visit)),
            _ => {}
        }
    }
    walk(value, 0, visit);
}

/// All strings in a value, and the keys of its objects. Tells whether all of it could be looked at.
pub(crate) fn strings<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v str)) -> bool {
    fn walk<'v>(value: &'v Value, depth: usize, visit: &mut dyn FnMut(&'v str)) -> bool {
        if depth > DEEPEST {
            return false;
        }
        match value {
            Value::String(text) => {
                visit(text);
                true
            }
            Value::Array(values) => values.iter().all(|value| walk(value, depth + 1, visit)),
            Value::Object(object) => object.iter().all(|(key, value)| {
                visit(key);
                walk(value, depth + 1, visit)
            }),
            _ => true,
        }
    }
    walk(value, 0, visit)
}

/// Whether nothing is said by a value: absent, null, an empty text or list.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// Whether two values say the same; numbers by value, so that `100` is `100.0`.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64().is_some() && a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
