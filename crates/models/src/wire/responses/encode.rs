//! Requests of the Responses API. The conversation comes last, so that requests share their prefix.

use std::borrow::Cow;

use deskhand_types::{Block, Decoding, Message, ModelRequest, Role, ToolDef};
use serde::Serialize;
use serde_json::Value;

use super::OPENAI_REASONING;
use crate::arguments;
use crate::wire::{effort, is_strict, result_text, says_something, wire_id};

/// The API refuses less.
const LEAST_OUTPUT: u64 = 16;

/// The body of a request, without white space.
pub(super) fn encode(request: &ModelRequest) -> serde_json::Result<Vec<u8>> {
    let mut input = Vec::with_capacity(request.messages.len());
    for message in &request.messages {
        push(message, &mut input)?;
    }
    let effort = effort(request.thinking_budget);
    let body = Body {
        model: &request.model,
        store: false,
        stream: true,
        max_output_tokens: request.max_tokens.max(LEAST_OUTPUT),
        // Models that do not reason refuse to be asked for it.
        include: effort.map(|_| ["reasoning.encrypted_content"]),
        reasoning: effort.map(|effort| Reasoning { effort }),
        text: match &request.decoding {
            Decoding::Free => None,
            Decoding::Schema(schema) => Some(Text {
                format: Format {
                    kind: "json_schema",
                    name: "answer",
                    strict: is_strict(schema),
                    schema,
                },
            }),
        },
        tools: request.tools.iter().map(Tool::new).collect(),
        instructions: says_something(&request.system).then_some(&request.system),
        input,
    };
    let mut bytes = Vec::with_capacity(request.system.len() + 4096 + 1024 * request.messages.len());
    serde_json::to_writer(&mut bytes, &body)?;
    Ok(bytes)
}

fn push<'a>(message: &'a Message, out: &mut Vec<Item<'a>>) -> serde_json::Result<()> {
    let (role, mut parts) = match message.role {
        Role::User => ("user", Vec::new()),
        Role::Assistant => ("assistant", Vec::new()),
    };
    for block in &message.content {
        let item = match block {
            Block::Text { text } => {
                if says_something(text) {
                    parts.push(if role == "user" {
                        Part::InputText { text }
                    } else {
                        Part::OutputText { text }
                    });
                }
                continue;
            }
            Block::Image { .. } => {
                parts.extend(Part::image(block));
                continue;
            }
            Block::Thinking { thinking, signature } => {
                match signature
                    .as_deref()
                    .and_then(|text| text.strip_prefix(OPENAI_REASONING))
                {
                    Some(encrypted_content) => Item::Reasoning {
                        summary: (!thinking.is_empty())
                            .then_some(Summary {
                                kind: "summary_text",
                                text: thinking,
                            })
                            .into_iter()
                            .collect(),
                        encrypted_content,
                    },
                    None => continue,
                }
            }
            Block::RedactedThinking { .. } => continue,
            Block::ToolUse { id, name, input } => Item::FunctionCall {
                call_id: wire_id(id.as_str()),
                name,
                arguments: serde_json::to_string(&arguments::as_object(input))?,
            },
            Block::ToolResult {
                tool_use_id, content, ..
            } => Item::FunctionCallOutput {
                call_id: wire_id(tool_use_id.as_str()),
                output: Output::new(content),
            },
        };
        // The order of items is the order of blocks: reasoning must come right before what it led to.
        if !parts.is_empty() {
            out.push(Item::Message {
                role,
                content: std::mem::take(&mut parts),
            });
        }
        out.push(item);
    }
    if !parts.is_empty() {
        out.push(Item::Message { role, content: parts });
    }
    Ok(())
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    store: bool,
    stream: bool,
    max_output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    include: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a String>,
    input: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Reasoning {
    effort: &'static str,
}

#[derive(Serialize)]
struct Text<'a> {
    format: Format<'a>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    strict: bool,
    schema: &'a Value,
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
    // Strict is the API's default and refuses optional arguments.
    strict: bool,
}

impl<'a> Tool<'a> {
    fn new(tool: &'a ToolDef) -> Self {
        Self {
            kind: "function",
            name: &tool.name,
            description: &tool.description,
            parameters: &tool.input_schema,
            strict: false,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item<'a> {
    Message {
        role: &'static str,
        content: Vec<Part<'a>>,
    },
    Reasoning {
        summary: Vec<Summary<'a>>,
        encrypted_content: &'a str,
    },
    FunctionCall {
        call_id: Cow<'a, str>,
        name: &'a str,
        arguments: String,
    },
    FunctionCallOutput {
        call_id: Cow<'a, str>,
        output: Output<'a>,
    },
}

#[derive(Serialize)]
struct Summary<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    InputText { text: &'a str },
    OutputText { text: &'a str },
    InputImage { image_url: String },
}

impl Part<'_> {
    fn image(block: &Block) -> Option<Self> {
        match block {
            Block::Image { media_type, data } => Some(Self::InputImage {
                image_url: format!("data:{media_type};base64,{data}"),
            }),
            _ => None,
        }
    }
}

/// A result: plain text, or parts where there are pictures.
#[derive(Serialize)]
#[serde(untagged)]
enum Output<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

impl<'a> Output<'a> {
    fn new(content: &'a [Block]) -> Self {
        if !content.iter().any(|block| matches!(block, Block::Image { .. })) {
            return Self::Text(result_text(content));
        }
        let part = |block: &'a Block| match block {
            Block::Text { text } if says_something(text) => Some(Part::InputText { text }),
            image => Part::image(image),
        };
        Self::Parts(content.iter().filter_map(part).collect())
    }
}
