//! JSON objects from files in the wild: with a byte-order mark, with broken text, with a key given twice.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::config::FILE_LIMIT;
use crate::diagnostic::{Diagnostic, Findings};

/// The object that is the whole file, or `None` with the reason among the findings.
pub(crate) fn parse_object(bytes: &[u8], what: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Map<String, Value>> {
    let mut findings = Findings::about(None, diagnostics);
    if bytes.len() > FILE_LIMIT {
        findings.error(
            "mcp.config.limit",
            format!(
                "It was not read: {what} is larger than {} MiB.",
                FILE_LIMIT / 1024 / 1024
            ),
        );
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        findings.warn(
            "mcp.config.text",
            "Some of it is not UTF-8; those characters were replaced.",
        );
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut twice = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Checked(&mut twice).deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    for key in twice {
        findings.warn(
            "mcp.config.twice",
            format!("`{key}` is given twice in the same object; the last one was used."),
        );
    }
    match value {
        Ok(Value::Object(root)) => Some(root),
        Ok(_) => {
            findings.error(
                "mcp.config.shape",
                format!("It was not used: {what} is not a JSON object."),
            );
            None
        }
        Err(error) => {
            findings.error(
                "mcp.config.json",
                format!("It was not used: {what} is not JSON ({error})."),
            );
            None
        }
    }
}

/// Most keys given twice that are told; more say nothing new.
const TOLD: usize = 20;

/// Decodes a value and notes keys that occur twice in an object.
struct Checked<'a>(&'a mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Checked(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(Checked(self.0))?;
            if map.insert(key.clone(), value).is_some() && self.0.len() < TOLD {
                self.0.push(key);
            }
        }
        Ok(Value::Object(map))
    }
}
