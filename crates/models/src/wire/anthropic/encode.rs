//! Requests of the Messages API.
//!
//! The order of the fields is part of the design: what never changes during a task comes first, messages come last, so
//! that the bytes of one request are a prefix of the next, apart from where the cache markers stand.

use std::borrow::Cow;

use deskhand_types::{Block, Decoding, Message, ModelRequest, Role, ToolDef};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::UNKNOWN_MODEL_THINKS;
use crate::arguments;
use crate::profile::ThinkingStyle;
use crate::wire::{effort, responses::OPENAI_REASONING, says_something, wire_id};

/// The API refuses smaller budgets.
const LEAST_BUDGET: u64 = 1024;
/// How many of the latest user messages end in a cache marker. Two, so that the one that the request before wrote is
/// read again. With one marker on the system prompt and one on the last tool this is the API's maximum of four.
const MARKED_TURNS: usize = 2;

/// The body of a request, without white space.
pub(super) fn encode(request: &ModelRequest, style: Option<ThinkingStyle>) -> serde_json::Result<Vec<u8>> {
    let mut messages: Vec<WireMessage<'_>> = request.messages.iter().filter_map(WireMessage::new).collect();
    let mut marked = 0;
    for message in messages.iter_mut().rev().filter(|message| message.role == "user") {
        if marked == MARKED_TURNS {
            break;
        }
        if let Some(last) = message.content.last_mut() {
            last.cache_control = Some(CacheControl::EPHEMERAL);
            marked += 1;
        }
    }
    let (thinking, effort) = thinking(request, style.unwrap_or(UNKNOWN_MODEL_THINKS));
    let format = match &request.decoding {
        Decoding::Free => None,
        Decoding::Schema(schema) => Some(Format {
            kind: "json_schema",
            schema,
        }),
    };
    let last_tool = request.tools.len().saturating_sub(1);
    let body = Body {
        model: &request.model,
        max_tokens: request.max_tokens,
        stream: true,
        thinking,
        output_config: (effort.is_some() || format.is_some()).then_some(OutputConfig { effort, format }),
        tools: request
            .tools
            .iter()
            .enumerate()
            .map(|(index, tool)| Tool::new(tool, index == last_tool))
            .collect(),
        system: says_something(&request.system).then(|| {
            [System {
                kind: "text",
                text: &request.system,
                cache_control: CacheControl::EPHEMERAL,
            }]
        }),
        messages,
    };
    // Room for the text as it is: growing the buffer step by step would copy a long conversation several times.
    let mut bytes = Vec::with_capacity(request.system.len() + 4096 + 1024 * request.messages.len());
    serde_json::to_writer(&mut bytes, &body)?;
    Ok(bytes)
}

fn thinking(request: &ModelRequest, style: ThinkingStyle) -> (Option<Thinking>, Option<&'static str>) {
    let budget = request.thinking_budget.min(request.max_tokens.saturating_sub(1));
    match style {
        _ if request.thinking_budget == 0 => (None, None),
        ThinkingStyle::Adaptive => (
            Some(Thinking::Adaptive { display: "summarized" }),
            effort(request.thinking_budget),
        ),
        ThinkingStyle::Budget if budget >= LEAST_BUDGET => (Some(Thinking::Enabled { budget_tokens: budget }), None),
        ThinkingStyle::Budget | ThinkingStyle::Effort | ThinkingStyle::None => (None, None),
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<[System<'a>; 1]>,
    messages: Vec<WireMessage<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Thinking {
    Enabled { budget_tokens: u64 },
    Adaptive { display: &'static str },
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a Value,
}

#[derive(Clone, Copy, Serialize)]
struct CacheControl {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl CacheControl {
    const EPHEMERAL: Self = Self { kind: "ephemeral" };
}

#[derive(Serialize)]
struct System<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    cache_control: CacheControl,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

impl<'a> Tool<'a> {
    fn new(tool: &'a ToolDef, marked: bool) -> Self {
        Self {
            name: &tool.name,
            description: &tool.description,
            input_schema: &tool.input_schema,
            cache_control: marked.then_some(CacheControl::EPHEMERAL),
        }
    }
}

#[derive(Serialize)]
struct WireMessage<'a> {
    role: &'static str,
    content: Vec<Marked<'a>>,
}

impl<'a> WireMessage<'a> {
    /// `None` when nothing of the message can be sent.
    fn new(message: &'a Message) -> Option<Self> {
        let content: Vec<_> = message
            .content
            .iter()
            .filter_map(Content::new)
            .map(Marked::plain)
            .collect();
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        (!content.is_empty()).then_some(Self { role, content })
    }
}

#[derive(Serialize)]
struct Marked<'a> {
    #[serde(flatten)]
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

impl<'a> Marked<'a> {
    const fn plain(content: Content<'a>) -> Self {
        Self {
            content,
            cache_control: None,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content<'a> {
    Text {
        text: &'a str,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    Image {
        source: ImageSource<'a>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Cow<'a, Value>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "ResultContent::is_empty")]
        content: ResultContent<'a>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
}

impl<'a> Content<'a> {
    fn new(block: &'a Block) -> Option<Self> {
        Some(match block {
            Block::Text { text } => {
                if !says_something(text) {
                    return None;
                }
                Self::Text { text }
            }
            // Only what Anthropic signed may go back to it: other providers' reasoning is refused.
            Block::Thinking {
                thinking,
                signature: Some(signature),
            } if !signature.starts_with(OPENAI_REASONING) => Self::Thinking { thinking, signature },
            Block::Thinking { .. } => return None,
            Block::RedactedThinking { data } => Self::RedactedThinking { data },
            Block::Image { media_type, data } => Self::Image {
                source: ImageSource {
                    kind: "base64",
                    media_type,
                    data,
                },
            },
            Block::ToolUse { id, name, input } => Self::ToolUse {
                id: wire_id(id.as_str()),
                name,
                input: arguments::as_object(input),
            },
            Block::ToolResult {
                tool_use_id,
                content,
                is_error,
                data: _,
            } => Self::ToolResult {
                tool_use_id: wire_id(tool_use_id.as_str()),
                content: ResultContent(content),
                is_error: *is_error,
            },
        })
    }
}

#[derive(Serialize)]
struct ImageSource<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    media_type: &'a str,
    data: &'a str,
}

/// What a tool result may hold: text and images.
struct ResultContent<'a>(&'a [Block]);

impl<'a> ResultContent<'a> {
    fn parts(&self) -> impl Iterator<Item = Content<'a>> + use<'a> {
        self.0
            .iter()
            .filter(|block| matches!(block, Block::Text { .. } | Block::Image { .. }))
            .filter_map(Content::new)
    }

    fn is_empty(&self) -> bool {
        self.parts().next().is_none()
    }
}

impl Serialize for ResultContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.parts())
    }
}
