//! Answers of the Messages API.

use deskhand_types::{Block, CallId, ModelTurn, StopReason, StreamDelta, Usage};
use serde::Deserialize;
use serde_json::Value;

use crate::arguments;
use crate::classify::Reported;
use crate::sse::Event;
use crate::wire::{Decoder, Fault, Progress, Sink};

/// The state of one answer. Strict about the order of events: an answer that breaks the protocol is not trusted to be
/// whole. Lenient about what is unknown: new events, blocks and deltas are skipped, as the API's versioning rules ask.
#[derive(Default)]
pub(super) struct Decode {
    message: Option<Head>,
    blocks: Vec<Slot>,
    stop: Option<String>,
    usage: Usage,
}

struct Head {
    id: Option<String>,
    model: String,
}

struct Slot {
    open: bool,
    part: Part,
}

enum Part {
    Text(String),
    Thinking {
        text: String,
        signature: String,
    },
    Redacted(String),
    ToolUse {
        id: String,
        name: String,
        start: Value,
        json: String,
    },
    Unknown,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Incoming {
    MessageStart {
        message: MessageStart,
    },
    ContentBlockStart {
        index: usize,
        content_block: StartBlock,
    },
    ContentBlockDelta {
        index: usize,
        delta: Delta,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        delta: MessageDelta,
        #[serde(default)]
        usage: Option<WireUsage>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessageStart {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum StartBlock {
    Text {
        #[serde(default)]
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
        #[serde(default)]
        signature: Option<String>,
    },
    RedactedThinking {
        data: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: String },
    #[serde(rename = "signature_delta")]
    Signature { signature: String },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessageDelta {
    #[serde(default)]
    stop_reason: Option<String>,
}

/// Cumulative: a later event replaces an earlier one, field by field.
#[derive(Deserialize)]
struct WireUsage {
    #[serde(default, rename = "input_tokens")]
    input: Option<u64>,
    #[serde(default, rename = "output_tokens")]
    output: Option<u64>,
    #[serde(default, rename = "cache_read_input_tokens")]
    cache_read: Option<u64>,
    #[serde(default, rename = "cache_creation_input_tokens")]
    cache_write: Option<u64>,
}

impl Decode {
    fn count(&mut self, usage: Option<WireUsage>) {
        let Some(usage) = usage else { return };
        let replace = |field: &mut u64, value: Option<u64>| *field = value.unwrap_or(*field);
        replace(&mut self.usage.input_tokens, usage.input);
        replace(&mut self.usage.output_tokens, usage.output);
        replace(&mut self.usage.cache_read_tokens, usage.cache_read);
        replace(&mut self.usage.cache_write_tokens, usage.cache_write);
    }

    fn open_block(&mut self, index: usize) -> Result<&mut Slot, Fault> {
        self.blocks
            .get_mut(index)
            .filter(|slot| slot.open)
            .ok_or_else(|| Fault::malformed(format!("block {index} is not open")))
    }

    fn start(&mut self, index: usize, block: StartBlock, sink: Sink<'_>) -> Result<(), Fault> {
        if self.message.is_none() {
            return Err(Fault::malformed("a block began before the message"));
        }
        if index != self.blocks.len() {
            return Err(Fault::malformed(format!(
                "block {index} began when {} was expected",
                self.blocks.len()
            )));
        }
        let part = match block {
            StartBlock::Text { text } => {
                show_text(&text, sink);
                Part::Text(text)
            }
            StartBlock::Thinking { thinking, signature } => {
                show_thinking(&thinking, sink);
                Part::Thinking {
                    text: thinking,
                    signature: signature.unwrap_or_default(),
                }
            }
            StartBlock::RedactedThinking { data } => Part::Redacted(data),
            StartBlock::ToolUse { id, name, input } => {
                sink(StreamDelta::ToolUse { name: name.clone() });
                Part::ToolUse {
                    id,
                    name,
                    start: input,
                    json: String::new(),
                }
            }
            StartBlock::Other => Part::Unknown,
        };
        self.blocks.push(Slot { open: true, part });
        Ok(())
    }

    fn extend(&mut self, index: usize, delta: Delta, sink: Sink<'_>) -> Result<(), Fault> {
        match (&mut self.open_block(index)?.part, delta) {
            (_, Delta::Other) | (Part::Unknown, _) => {}
            (Part::Text(text), Delta::Text { text: more }) => {
                text.push_str(&more);
                show_text(&more, sink);
            }
            (Part::Thinking { text, .. }, Delta::Thinking { thinking }) => {
                text.push_str(&thinking);
                show_thinking(&thinking, sink);
            }
            (Part::Thinking { signature, .. }, Delta::Signature { signature: more }) => signature.push_str(&more),
            (Part::ToolUse { json, .. }, Delta::InputJson { partial_json }) => json.push_str(&partial_json),
            _ => return Err(Fault::malformed(format!("block {index} got a piece of another kind"))),
        }
        Ok(())
    }
}

fn show_text(text: &str, sink: Sink<'_>) {
    if !text.is_empty() {
        sink(StreamDelta::Text { text: text.to_owned() });
    }
}

fn show_thinking(text: &str, sink: Sink<'_>) {
    if !text.is_empty() {
        sink(StreamDelta::Thinking { text: text.to_owned() });
    }
}

impl Decoder for Decode {
    fn event(&mut self, event: &Event<'_>, sink: Sink<'_>) -> Result<Progress, Fault> {
        match serde_json::from_slice(event.data)? {
            Incoming::MessageStart { message } => {
                if self.message.is_some() {
                    return Err(Fault::malformed("the message began twice"));
                }
                self.message = Some(Head {
                    id: message.id,
                    model: message.model.unwrap_or_default(),
                });
                self.count(message.usage);
            }
            Incoming::ContentBlockStart { index, content_block } => self.start(index, content_block, sink)?,
            Incoming::ContentBlockDelta { index, delta } => self.extend(index, delta, sink)?,
            Incoming::ContentBlockStop { index } => self.open_block(index)?.open = false,
            Incoming::MessageDelta { delta, usage } => {
                self.count(usage);
                self.stop = delta.stop_reason.or(self.stop.take());
            }
            Incoming::MessageStop => {
                if self.message.is_none() || self.blocks.iter().any(|slot| slot.open) {
                    return Err(Fault::malformed("the message ended in the middle"));
                }
                return Ok(Progress::Done);
            }
            Incoming::Error { error } => return Err(Fault::Reported(Reported::from_value(&error))),
            Incoming::Other => {}
        }
        Ok(Progress::More)
    }

    fn finish(self: Box<Self>) -> Result<ModelTurn, Fault> {
        let head = self
            .message
            .ok_or_else(|| Fault::malformed("the message never began"))?;
        let stop = match self.stop.as_deref() {
            None => return Err(Fault::malformed("the message ended without a reason")),
            Some("end_turn" | "stop_sequence") => StopReason::EndTurn,
            Some("tool_use") => StopReason::ToolUse,
            // The window is full: for the agent the same as a full answer; the next request reports the overflow.
            Some("max_tokens" | "model_context_window_exceeded") => StopReason::MaxTokens,
            Some("refusal") => StopReason::Refusal,
            Some("pause_turn") => StopReason::PauseTurn,
            Some(other) => StopReason::Other(other.to_owned()),
        };
        Ok(ModelTurn {
            content: self
                .blocks
                .into_iter()
                .filter_map(|slot| slot.part.into_block())
                .collect(),
            stop,
            usage: self.usage,
            model: head.model,
            response_id: head.id,
        })
    }
}

impl Part {
    fn into_block(self) -> Option<Block> {
        Some(match self {
            Self::Text(text) => {
                if text.is_empty() {
                    return None;
                }
                Block::Text { text }
            }
            Self::Thinking { text, signature } => Block::Thinking {
                thinking: text,
                signature: (!signature.is_empty()).then_some(signature),
            },
            Self::Redacted(data) => Block::RedactedThinking { data },
            Self::ToolUse { id, name, start, json } => {
                // Some gateways send the arguments whole at the start, and no pieces.
                let whole = json.is_empty() && start.as_object().is_some_and(|object| !object.is_empty());
                let input = if whole { start } else { arguments::parse(&json) };
                Block::ToolUse {
                    id: CallId::new(id),
                    name,
                    input,
                }
            }
            Self::Unknown => return None,
        })
    }
}
