//! Protocols as pure codecs: a request to bytes, events to a turn. No IO, no clock.

pub(crate) mod anthropic;
pub(crate) mod chat;
pub(crate) mod responses;

use deskhand_types::{Block, ModelRequest, ModelTurn, StreamDelta};
use serde_json::Value;

use crate::ModelListing;
use crate::classify::Reported;
use crate::sse::Event;

/// Where streamed pieces go.
pub(crate) type Sink<'a> = &'a mut (dyn FnMut(StreamDelta) + Send);

/// A protocol.
pub(crate) trait Wire: Send + Sync {
    /// The path of a turn, below the base URL.
    fn path(&self) -> &'static str;
    /// The path of the list of models, below the base URL, with its query.
    fn list_path(&self) -> &'static str;
    /// The body of a request.
    fn encode(&self, request: &ModelRequest) -> serde_json::Result<Vec<u8>>;
    /// A decoder for one answer.
    fn decoder(&self) -> Box<dyn Decoder>;
    /// The models in a list.
    fn listing(&self, body: &Value) -> Vec<ModelListing> {
        listing(body)
    }
}

/// Whether a turn is complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// Events are missing.
    More,
    /// That was the last event.
    Done,
}

/// Why an answer gives no turn.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is not what the protocol says. The text may quote the answer: whoever shows it scrubs and cuts it first.
    Malformed(String),
    /// The provider reports an error inside the stream.
    Reported(Reported),
}

impl Fault {
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(format!("an event is not what the protocol says: {error}"))
    }
}

/// The state of one answer.
pub(crate) trait Decoder: Send {
    /// Takes an event.
    fn event(&mut self, event: &Event<'_>, sink: Sink<'_>) -> Result<Progress, Fault>;
    /// Says whether the answer may end here, after the server closed it in good order.
    fn may_end(&self) -> bool {
        false
    }
    /// The turn. Called once, after [`Progress::Done`] or an end that [`Decoder::may_end`] allows.
    fn finish(self: Box<Self>) -> Result<ModelTurn, Fault>;
}

/// The `data` array of a list of models; both families use the same shape.
fn listing(body: &Value) -> Vec<ModelListing> {
    let entries = body
        .get("data")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    entries
        .iter()
        .filter_map(|entry| {
            Some(ModelListing {
                name: text(entry, "id")?,
                display_name: text(entry, "display_name"),
            })
        })
        .collect()
}

/// Whether a text block says something. Providers refuse blank ones.
fn says_something(text: &str) -> bool {
    !text.trim().is_empty()
}

/// A call id as every provider accepts it: `[A-Za-z0-9_-]`. Other servers' ids may hold anything.
fn wire_id(id: &str) -> std::borrow::Cow<'_, str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.chars().all(allowed) {
        std::borrow::Cow::Borrowed(id)
    } else {
        let safe: String = id.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
        std::borrow::Cow::Owned(format!("call_{safe}"))
    }
}

/// The text of a tool result, blocks joined by blank lines, for providers whose results are plain text.
fn result_text(content: &[Block]) -> std::borrow::Cow<'_, str> {
    let mut texts = content
        .iter()
        .filter_map(Block::as_text)
        .filter(|text| says_something(text));
    match (texts.next(), texts.next()) {
        (None, _) => std::borrow::Cow::Borrowed("(no output)"),
        (Some(only), None) => std::borrow::Cow::Borrowed(only),
        (Some(first), Some(second)) => {
            let mut joined = format!("{first}\n\n{second}");
            for text in texts {
                joined.push_str("\n\n");
                joined.push_str(text);
            }
            std::borrow::Cow::Owned(joined)
        }
    }
}

/// How hard a model is asked to think, for providers that take a word instead of a number.
const fn effort(thinking_budget: u64) -> Option<&'static str> {
    match thinking_budget {
        0 => None,
        1..=4_095 => Some("low"),
        4_096..=15_999 => Some("medium"),
        _ => Some("high"),
    }
}

/// Whether a schema keeps to what OpenAI's strict mode demands: every object closed, every property required.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let closed = match map.get("properties").and_then(Value::as_object) {
                None => map.get("type").and_then(Value::as_str) != Some("object"),
                Some(properties) => {
                    let required = map.get("required").and_then(Value::as_array);
                    map.get("additionalProperties") == Some(&Value::Bool(false))
                        && properties
                            .keys()
                            .all(|key| required.is_some_and(|all| all.iter().any(|name| name.as_str() == Some(key))))
                }
            };
            closed
                && map
                    .iter()
                    .all(|(key, value)| matches!(key.as_str(), "enum" | "const") || is_strict(value))
        }
        Value::Array(items) => items.iter().all(is_strict),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strictness_of_schemas() {
        assert!(is_strict(
            &json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false})
        ));
        assert!(!is_strict(
            &json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false})
        ));
        assert!(!is_strict(&json!({"type": "array", "items": {"type": "object"}})));
        assert!(is_strict(&json!({"type": "string", "enum": ["object"]})));
    }

    #[test]
    fn ids_of_other_servers_are_made_acceptable() {
        assert_eq!(wire_id("toolu_01"), "toolu_01");
        assert_eq!(wire_id("a:b/é"), "call_a_b__");
        assert_eq!(wire_id(""), "call_");
    }
}
