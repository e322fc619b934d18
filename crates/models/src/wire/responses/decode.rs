//! Answers of the Responses API.

use std::collections::BTreeMap;

use deskhand_types::{Block, CallId, ModelTurn, StopReason, StreamDelta, Usage};
use serde::Deserialize;
use serde_json::Value;

use super::OPENAI_REASONING;
use crate::arguments;
use crate::classify::Reported;
use crate::sse::Event;
use crate::wire::{Decoder, Fault, Progress, Sink};

/// The state of one answer. The turn is made of whole items only; pieces are for views.
#[derive(Default)]
pub(super) struct Decode {
    items: BTreeMap<u64, Item>,
    last: Option<Response>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Incoming {
    #[serde(rename = "response.output_item.added")]
    ItemAdded { item: Item },
    #[serde(rename = "response.output_item.done")]
    ItemDone { output_index: u64, item: Item },
    #[serde(rename = "response.output_text.delta")]
    Text { delta: String },
    #[serde(
        rename = "response.reasoning_summary_text.delta",
        alias = "response.reasoning_text.delta"
    )]
    Thinking { delta: String },
    #[serde(rename = "response.completed", alias = "response.incomplete")]
    End { response: Response },
    #[serde(rename = "response.failed")]
    Failed { response: Response },
    #[serde(rename = "error")]
    Error {
        #[serde(flatten)]
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    output: Option<Vec<Item>>,
    #[serde(default)]
    usage: Option<WireUsage>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    incomplete_details: Option<Incomplete>,
}

#[derive(Deserialize)]
struct Incomplete {
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item {
    Message {
        #[serde(default)]
        content: Vec<Part>,
    },
    FunctionCall {
        call_id: String,
        name: String,
        #[serde(default)]
        arguments: String,
    },
    Reasoning {
        #[serde(default)]
        summary: Vec<Part>,
        #[serde(default)]
        content: Option<Vec<Part>>,
        #[serde(default)]
        encrypted_content: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    #[serde(alias = "summary_text", alias = "reasoning_text")]
    OutputText {
        #[serde(default)]
        text: String,
    },
    Refusal {
        #[serde(default)]
        refusal: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct WireUsage {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    #[serde(default)]
    input_tokens_details: Option<InputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    #[serde(default)]
    cached_tokens: u64,
}

impl Decoder for Decode {
    fn event(&mut self, event: &Event<'_>, sink: Sink<'_>) -> Result<Progress, Fault> {
        if event.data.trim_ascii() == b"[DONE]" {
            return Err(Fault::malformed("it ended before it was complete"));
        }
        match serde_json::from_slice(event.data)? {
            Incoming::ItemAdded {
                item: Item::FunctionCall { name, .. },
            } => sink(StreamDelta::ToolUse { name }),
            Incoming::Text { delta } => sink(StreamDelta::Text { text: delta }),
            Incoming::Thinking { delta } => sink(StreamDelta::Thinking { text: delta }),
            Incoming::ItemDone { output_index, item } => {
                if self.items.insert(output_index, item).is_some() {
                    return Err(Fault::malformed(format!("item {output_index} ended twice")));
                }
            }
            Incoming::End { response } => {
                self.last = Some(response);
                return Ok(Progress::Done);
            }
            Incoming::Failed { response } => {
                let reported = response
                    .error
                    .as_ref()
                    .map_or_else(Reported::default, Reported::from_value);
                return Err(Fault::Reported(reported));
            }
            Incoming::Error { error } => return Err(Fault::Reported(Reported::from_value(&error))),
            Incoming::ItemAdded { .. } | Incoming::Other => {}
        }
        Ok(Progress::More)
    }

    fn finish(self: Box<Self>) -> Result<ModelTurn, Fault> {
        let response = self
            .last
            .ok_or_else(|| Fault::malformed("it ended before it was complete"))?;
        // Some gateways leave the final list empty; the items themselves came before.
        let items = match response.output {
            Some(items) if !items.is_empty() => items,
            _ => self.items.into_values().collect(),
        };
        let mut content = Vec::new();
        let (mut calls, mut refused) = (false, false);
        for item in items {
            match item {
                Item::Message { content: parts } => {
                    for part in parts {
                        match part {
                            Part::OutputText { text } if !text.is_empty() => content.push(Block::Text { text }),
                            Part::Refusal { refusal } => {
                                refused = true;
                                content.push(Block::text(refusal));
                            }
                            _ => {}
                        }
                    }
                }
                Item::FunctionCall {
                    call_id,
                    name,
                    arguments,
                } => {
                    calls = true;
                    content.push(Block::ToolUse {
                        id: CallId::new(call_id),
                        name,
                        input: arguments::parse(&arguments),
                    });
                }
                Item::Reasoning {
                    summary,
                    content: parts,
                    encrypted_content,
                } => {
                    let signature = encrypted_content.map(|text| format!("{OPENAI_REASONING}{text}"));
                    let thinking = joined(summary.into_iter().chain(parts.into_iter().flatten()));
                    if signature.is_some() || !thinking.is_empty() {
                        content.push(Block::Thinking { thinking, signature });
                    }
                }
                Item::Other => {}
            }
        }
        let reason = response.incomplete_details.and_then(|details| details.reason);
        let stop = match (response.status.as_deref(), reason.as_deref()) {
            (Some("incomplete"), Some("max_output_tokens")) => StopReason::MaxTokens,
            (Some("incomplete"), Some("content_filter")) => StopReason::Refusal,
            (Some("incomplete"), other) => StopReason::Other(other.unwrap_or("incomplete").to_owned()),
            _ if refused => StopReason::Refusal,
            _ if calls => StopReason::ToolUse,
            _ => StopReason::EndTurn,
        };
        let usage = response.usage.map_or_else(Usage::default, |usage| {
            let cached = usage.input_tokens_details.map_or(0, |details| details.cached_tokens);
            Usage {
                input_tokens: usage.input_tokens.saturating_sub(cached),
                output_tokens: usage.output_tokens,
                cache_read_tokens: cached,
                cache_write_tokens: 0,
            }
        });
        Ok(ModelTurn {
            content,
            stop,
            usage,
            model: response.model.unwrap_or_default(),
            response_id: response.id,
        })
    }
}

fn joined(parts: impl Iterator<Item = Part>) -> String {
    let texts: Vec<String> = parts
        .filter_map(|part| match part {
            Part::OutputText { text } => Some(text),
            _ => None,
        })
        .collect();
    texts.join("\n\n")
}
