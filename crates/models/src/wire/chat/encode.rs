//! Requests of the Chat Completions API. Messages come last, so that requests share their prefix.

use std::borrow::Cow;

use deskhand_types::{Block, Decoding, Message, ModelRequest, Role, ToolDef};
use serde::Serialize;
use serde_json::Value;

use crate::arguments;
use crate::wire::{effort, is_strict, result_text, says_something, wire_id};

/// The body of a request, without white space.
pub(super) fn encode(request: &ModelRequest, official: bool) -> serde_json::Result<Vec<u8>> {
    let mut messages = Vec::with_capacity(request.messages.len() + 1);
    if says_something(&request.system) {
        messages.push(Outgoing::System {
            content: &request.system,
        });
    }
    for message in &request.messages {
        match message.role {
            Role::User => push_user(message, &mut messages),
            Role::Assistant => push_assistant(message, &mut messages)?,
        }
    }
    let body = Body {
        model: &request.model,
        max_tokens: (!official).then_some(request.max_tokens),
        max_completion_tokens: official.then_some(request.max_tokens),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        reasoning_effort: if official {
            effort(request.thinking_budget)
        } else {
            None
        },
        response_format: match &request.decoding {
            Decoding::Free => None,
            Decoding::Schema(schema) => Some(ResponseFormat {
                kind: "json_schema",
                json_schema: NamedSchema {
                    name: "answer",
                    strict: is_strict(schema),
                    schema,
                },
            }),
        },
        tools: request.tools.iter().map(Tool::new).collect(),
        messages,
    };
    let mut bytes = Vec::with_capacity(request.system.len() + 4096 + 1024 * request.messages.len());
    serde_json::to_writer(&mut bytes, &body)?;
    Ok(bytes)
}

/// Results come first, since they must follow their calls at once; then one message with what else the person said and
/// with the pictures of the results, which the results themselves cannot hold in this API.
fn push_user<'a>(message: &'a Message, out: &mut Vec<Outgoing<'a>>) {
    let mut parts = Vec::new();
    for block in &message.content {
        match block {
            Block::ToolResult {
                tool_use_id, content, ..
            } => {
                let tool_call_id = wire_id(tool_use_id.as_str());
                let before = parts.len();
                parts.extend(content.iter().filter_map(Part::image));
                if parts.len() > before {
                    let note = format!("Pictures of the result of {tool_call_id}:");
                    parts.insert(before, Part::Text { text: note.into() });
                }
                out.push(Outgoing::Tool {
                    tool_call_id,
                    content: result_text(content),
                });
            }
            Block::Text { text } if says_something(text) => parts.push(Part::Text { text: text.into() }),
            Block::Image { .. } => parts.extend(Part::image(block)),
            _ => {}
        }
    }
    match parts.as_slice() {
        [] => {}
        // Some servers accept only plain text.
        [Part::Text { text }] => out.push(Outgoing::User {
            content: UserContent::Text(text.clone()),
        }),
        _ => out.push(Outgoing::User {
            content: UserContent::Parts(parts),
        }),
    }
}

fn push_assistant<'a>(message: &'a Message, out: &mut Vec<Outgoing<'a>>) -> serde_json::Result<()> {
    let mut text: Option<Cow<'a, str>> = None;
    let mut tool_calls = Vec::new();
    for block in &message.content {
        match block {
            Block::Text { text: more } if says_something(more) => {
                text = Some(text.map_or(Cow::Borrowed(more.as_str()), |text| {
                    Cow::Owned(format!("{text}\n\n{more}"))
                }));
            }
            Block::ToolUse { id, name, input } => tool_calls.push(ToolCall {
                id: wire_id(id.as_str()),
                kind: "function",
                function: Function {
                    name,
                    arguments: serde_json::to_string(&arguments::as_object(input))?,
                },
            }),
            _ => {}
        }
    }
    if text.is_some() || !tool_calls.is_empty() {
        out.push(Outgoing::Assistant {
            content: text,
            tool_calls,
        });
    }
    Ok(())
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    messages: Vec<Outgoing<'a>>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    json_schema: NamedSchema<'a>,
}

#[derive(Serialize)]
struct NamedSchema<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a Value,
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: ToolFunction<'a>,
}

#[derive(Serialize)]
struct ToolFunction<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

impl<'a> Tool<'a> {
    fn new(tool: &'a ToolDef) -> Self {
        Self {
            kind: "function",
            function: ToolFunction {
                name: &tool.name,
                description: &tool.description,
                parameters: &tool.input_schema,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "snake_case")]
enum Outgoing<'a> {
    System {
        content: &'a str,
    },
    User {
        content: UserContent<'a>,
    },
    Assistant {
        // Null, not absent: some chat templates look at it.
        content: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall<'a>>,
    },
    Tool {
        tool_call_id: Cow<'a, str>,
        content: Cow<'a, str>,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum UserContent<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: Cow<'a, str> },
    ImageUrl { image_url: ImageUrl },
}

impl Part<'_> {
    fn image(block: &Block) -> Option<Self> {
        match block {
            Block::Image { media_type, data } => Some(Self::ImageUrl {
                image_url: ImageUrl {
                    url: format!("data:{media_type};base64,{data}"),
                },
            }),
            _ => None,
        }
    }
}

#[derive(Serialize)]
struct ImageUrl {
    url: String,
}

#[derive(Serialize)]
struct ToolCall<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: String,
}
