//! What the scripted server answers, as data: built in tests, or read from a JSON file by `scripted-model`.
//!
//! # The JSON format
//!
//! ```json
//! {
//!   "replies": [
//!     {"turn": {"content": [
//!         {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
//!         {"type": "text", "text": "I'll look."},
//!         {"type": "tool_use", "name": "Read", "input": {"file_path": "/mnt/work/{{n}}.txt"}}],
//!       "usage": {"input_tokens": 100, "output_tokens": 20}},
//!      "times": 400},
//!     {"status": 429, "headers": {"retry-after": "1"}, "body": {"error": {"message": "slow down"}}},
//!     {"turn": {"content": [{"type": "text", "text": "Done."}]}, "faults": [{"cut_after_event": 3}]}
//!   ],
//!   "then": "repeat_last"
//! }
//! ```
//!
//! One reply answers one request; `times` (default 1) lets it answer several. `{{n}}` in a turn becomes the number of
//! the answer, from 0. `then` says what happens after the last reply: `fail` (status 400, the default) or
//! `repeat_last`. A `tool_use` whose `input` is a string sends that string as the raw arguments, valid JSON or not. A
//! reply without `turn` sends `status` (default 200), `headers` and `body` as they are (a string body is sent raw).
//! The same script serves all three protocols; the path of the request decides.

use std::collections::BTreeMap;
use std::time::Duration;

use deskhand_types::{StopReason, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A script.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The replies, in order.
    pub replies: Vec<Reply>,
    /// What happens after the last.
    #[serde(default)]
    pub then: Then,
}

/// What happens when the replies are used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Status 400, which no client retries.
    #[default]
    Fail,
    /// The last reply again and again.
    RepeatLast,
}

/// The answer to one request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reply {
    /// What the model says, streamed; `None` for a plain HTTP answer.
    pub turn: Option<Turn>,
    /// The HTTP status.
    pub status: u16,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// The body of a plain HTTP answer: text as it is, anything else as JSON.
    pub body: Value,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// How long the server thinks before it answers, in milliseconds.
    pub delay_ms: u64,
    /// How many requests this answers.
    pub times: usize,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            turn: None,
            status: 200,
            headers: BTreeMap::new(),
            body: Value::Null,
            faults: Vec::new(),
            delay_ms: 0,
            times: 1,
        }
    }
}

impl Reply {
    /// A plain HTTP answer with an empty body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = body.into();
        self
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With a fault.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// After a delay.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// For several requests.
    pub const fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }
}

impl From<Turn> for Reply {
    fn from(turn: Turn) -> Self {
        Self {
            turn: Some(turn),
            ..Self::default()
        }
    }
}

/// What goes wrong with a streamed turn. Events are counted from 1: `CutAfterEvent(0)` cuts after the headers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection is cut after that many events.
    CutAfterEvent(usize),
    /// The connection is cut after that many bytes of the body.
    CutAfterByte(usize),
    /// The body ends in good HTTP order after that many events.
    EndAfterEvent(usize),
    /// Bytes that are neither text nor JSON come after that many events.
    GarbageAfterEvent(usize),
    /// A line of `bytes` bytes without an end comes after `event` events.
    HugeLine {
        /// After how many events.
        event: usize,
        /// How long it is.
        bytes: usize,
    },
    /// Nothing comes for `ms` milliseconds after `event` events.
    Stall {
        /// After how many events.
        event: usize,
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Every event comes twice.
    DuplicateEvents,
    /// Events no client knows come in between.
    UnknownEvents,
    /// The body is written in pieces of that many bytes.
    SplitEvery(usize),
    /// A pause of that many milliseconds between events, as a real model makes.
    PauseBetweenEvents(u64),
}

/// What the model says in one answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Turn {
    /// The pieces, in order.
    pub content: Vec<Piece>,
    /// Tokens used.
    pub usage: Usage,
    /// Why it stopped; when unset: tool use if there are calls, else the end of the turn.
    pub stop: Option<StopReason>,
    /// The model it says it is; when unset: the one asked for.
    pub model: Option<String>,
}

impl Default for Turn {
    fn default() -> Self {
        let usage = Usage {
            input_tokens: 100,
            output_tokens: 20,
            ..Usage::default()
        };
        Self {
            content: Vec::new(),
            usage,
            stop: None,
            model: None,
        }
    }
}

/// A piece of an answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Piece {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// Thinking; its signature is the encrypted content in the Responses API, and left out in Chat Completions.
    Thinking {
        /// The text.
        thinking: String,
        /// The signature.
        #[serde(default)]
        signature: String,
    },
    /// Thinking that is withheld. Messages API only.
    RedactedThinking {
        /// Opaque data.
        data: String,
    },
    /// A tool call.
    ToolUse {
        /// Its id; when unset the server numbers calls: `toolu_0001` (Messages) or `call_0001`.
        #[serde(default)]
        id: Option<String>,
        /// The tool.
        name: String,
        /// The arguments; a string is sent as the raw arguments.
        input: Value,
    },
}

impl Turn {
    /// An empty turn with some usage.
    pub fn new() -> Self {
        Self::default()
    }

    /// With text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Piece::Text { text: text.into() });
        self
    }

    /// With signed thinking.
    pub fn thinking(mut self, thinking: impl Into<String>, signature: impl Into<String>) -> Self {
        self.content.push(Piece::Thinking {
            thinking: thinking.into(),
            signature: signature.into(),
        });
        self
    }

    /// With withheld thinking.
    pub fn redacted_thinking(mut self, data: impl Into<String>) -> Self {
        self.content.push(Piece::RedactedThinking { data: data.into() });
        self
    }

    /// With a tool call.
    pub fn tool(mut self, name: impl Into<String>, input: Value) -> Self {
        self.content.push(Piece::ToolUse {
            id: None,
            name: name.into(),
            input,
        });
        self
    }

    /// With a tool call of a given id.
    pub fn tool_with_id(mut self, id: impl Into<String>, name: impl Into<String>, input: Value) -> Self {
        self.content.push(Piece::ToolUse {
            id: Some(id.into()),
            name: name.into(),
            input,
        });
        self
    }

    /// With a tool call whose arguments are this text, valid JSON or not.
    pub fn raw_tool(self, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        self.tool(name, Value::String(arguments.into()))
    }

    /// With that usage.
    pub const fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// With that reason to stop.
    pub fn stop(mut self, stop: StopReason) -> Self {
        self.stop = Some(stop);
        self
    }

    /// From a model of that name.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// As a reply in which something goes wrong.
    pub fn fault(self, fault: Fault) -> Reply {
        Reply::from(self).fault(fault)
    }

    /// As a reply to several requests.
    pub fn times(self, times: usize) -> Reply {
        Reply::from(self).times(times)
    }

    pub(crate) fn calls_tools(&self) -> bool {
        self.content.iter().any(|piece| matches!(piece, Piece::ToolUse { .. }))
    }

    /// The turn with `{{n}}` replaced by `n`.
    pub(crate) fn numbered(&self, n: usize) -> Self {
        let number = |text: &str| text.replace("{{n}}", &n.to_string());
        let mut turn = self.clone();
        for piece in &mut turn.content {
            match piece {
                Piece::Text { text } => *text = number(text),
                Piece::Thinking { thinking, .. } => *thinking = number(thinking),
                Piece::RedactedThinking { .. } => {}
                Piece::ToolUse { id, input, .. } => {
                    *id = id.as_deref().map(number);
                    number_value(input, &number);
                }
            }
        }
        turn
    }
}

fn number_value(value: &mut Value, number: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = number(text),
        Value::Array(items) => items.iter_mut().for_each(|item| number_value(item, number)),
        Value::Object(map) => map.values_mut().for_each(|item| number_value(item, number)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_script_is_json() {
        let text = json!({
            "replies": [
                {"turn": {"content": [{"type": "tool_use", "name": "Read", "input": {"file_path": "{{n}}.txt"}}]}, "times": 3},
                {"status": 429, "headers": {"retry-after": "1"}},
                {"turn": {"content": [{"type": "text", "text": "Done."}]}, "faults": [{"cut_after_event": 3}, "duplicate_events"]}
            ],
            "then": "repeat_last"
        });
        let script: Script = serde_json::from_value(text).unwrap();
        let expected = Script {
            replies: vec![
                Turn::new().tool("Read", json!({"file_path": "{{n}}.txt"})).times(3),
                Reply::status(429).header("retry-after", "1"),
                Turn::new()
                    .text("Done.")
                    .fault(Fault::CutAfterEvent(3))
                    .fault(Fault::DuplicateEvents),
            ],
            then: Then::RepeatLast,
        };
        assert_eq!(script, expected);
    }

    #[test]
    fn answers_are_numbered() {
        let turn = Turn::new().text("{{n}}").tool("Read", json!({"a": ["{{n}}.txt"]}));
        assert_eq!(
            turn.numbered(7),
            Turn::new().text("7").tool("Read", json!({"a": ["7.txt"]}))
        );
    }
}
