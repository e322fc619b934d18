//! Answers of the Chat Completions API.

use deskhand_types::{Block, CallId, ModelTurn, StopReason, StreamDelta, Usage};
use serde::Deserialize;
use serde_json::Value;

use crate::arguments;
use crate::classify::Reported;
use crate::sse::Event;
use crate::wire::{Decoder, Fault, Progress, Sink, wire_id};

/// The state of one answer. Tolerant, since servers differ: ids and indexes of calls may be missing, arguments may come
/// as an object, the finish reason may be `stop` although tools are called, `[DONE]` may be missing. But an answer
/// without a finish reason and without `[DONE]` is not whole.
#[derive(Default)]
pub(super) struct Decode {
    id: Option<String>,
    model: String,
    text: String,
    reasoning: String,
    refusal: String,
    calls: Vec<Call>,
    finish: Option<String>,
    done: bool,
    usage: Usage,
}

#[derive(Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<WireUsage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u64,
    #[serde(default, alias = "message")]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    /// Text, or an array of parts (Mistral).
    #[serde(default)]
    content: Option<Value>,
    /// What vLLM, LM Studio, DeepSeek (`reasoning_content`), Ollama and OpenRouter (`reasoning`) call thinking.
    #[serde(default, alias = "reasoning")]
    reasoning_content: Option<Value>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Deserialize)]
struct CallDelta {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<FunctionDelta>,
}

#[derive(Deserialize)]
struct FunctionDelta {
    #[serde(default)]
    name: Option<String>,
    /// A piece of text, or (Ollama and others) the whole object.
    #[serde(default)]
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

impl Decode {
    fn choice(&mut self, choice: Choice, sink: Sink<'_>) {
        if choice.index != 0 {
            return;
        }
        if let Some(delta) = choice.delta {
            if let Some(piece) = delta
                .reasoning_content
                .as_ref()
                .map(plain_text)
                .filter(|piece| !piece.is_empty())
            {
                self.reasoning.push_str(&piece);
                sink(StreamDelta::Thinking { text: piece });
            }
            if let Some(piece) = delta.content.as_ref().map(plain_text).filter(|piece| !piece.is_empty()) {
                self.text.push_str(&piece);
                sink(StreamDelta::Text { text: piece });
            }
            if let Some(piece) = delta.refusal {
                self.refusal.push_str(&piece);
            }
            for call in delta.tool_calls.into_iter().flatten() {
                self.call(call, sink);
            }
        }
        if let Some(finish) = choice.finish_reason.filter(|finish| !finish.is_empty()) {
            self.finish = Some(finish);
        }
    }

    fn call(&mut self, delta: CallDelta, sink: Sink<'_>) {
        let id = delta.id.unwrap_or_default();
        let (name, arguments) = delta.function.map_or((String::new(), None), |function| {
            (function.name.unwrap_or_default(), function.arguments)
        });
        let place = self.place(delta.index, &id, !name.is_empty());
        let Some(call) = self.calls.get_mut(place) else { return };
        if call.id.is_empty() {
            call.id = id;
        }
        if call.name.is_empty() && !name.is_empty() {
            sink(StreamDelta::ToolUse { name: name.clone() });
            call.name = name;
        }
        match arguments {
            None | Some(Value::Null) => {}
            Some(Value::String(piece)) => call.arguments.push_str(&piece),
            Some(whole) => call.arguments = whole.to_string(),
        }
    }

    /// Which call a piece belongs to; a new one is added where it begins. A piece belongs to the latest call with its
    /// index (without an index: the latest call), unless it has another id than that call; a piece with a name but
    /// neither index nor id begins a call.
    fn place(&mut self, index: Option<u64>, id: &str, named: bool) -> usize {
        let same_index = self
            .calls
            .iter()
            .rposition(|call| index.is_none() || call.index == index);
        let fits = same_index.filter(|at| {
            self.calls.get(*at).is_some_and(|call| {
                let other_id = !id.is_empty() && !call.id.is_empty() && id != call.id;
                let begins_anew = index.is_none() && id.is_empty() && named;
                !other_id && !begins_anew
            })
        });
        fits.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                ..Call::default()
            });
            self.calls.len() - 1
        })
    }

    fn count(&mut self, usage: &WireUsage) {
        let cached = usage
            .prompt_tokens_details
            .as_ref()
            .and_then(|details| details.cached_tokens)
            .unwrap_or(0);
        if let Some(prompt) = usage.prompt_tokens {
            self.usage.input_tokens = prompt.saturating_sub(cached);
            self.usage.cache_read_tokens = cached;
        }
        if let Some(completion) = usage.completion_tokens {
            self.usage.output_tokens = completion;
        }
    }
}

/// A text that is a string, or an array of parts with texts.
fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .concat(),
        _ => String::new(),
    }
}

impl Decoder for Decode {
    fn event(&mut self, event: &Event<'_>, sink: Sink<'_>) -> Result<Progress, Fault> {
        if event.data.trim_ascii() == b"[DONE]" {
            if self.id.is_none() && self.finish.is_none() {
                return Err(Fault::malformed("it ended before it began"));
            }
            self.done = true;
            return Ok(Progress::Done);
        }
        let chunk: Chunk = serde_json::from_slice(event.data)?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(Fault::Reported(Reported::from_value(&error)));
        }
        if self.id.is_none() {
            self.id = chunk.id;
        }
        if let Some(model) = chunk.model {
            self.model = model;
        }
        for choice in chunk.choices.into_iter().flatten() {
            self.choice(choice, sink);
        }
        if let Some(usage) = chunk.usage {
            self.count(&usage);
        }
        Ok(Progress::More)
    }

    fn may_end(&self) -> bool {
        self.finish.is_some()
    }

    fn finish(self: Box<Self>) -> Result<ModelTurn, Fault> {
        if self.finish.is_none() && !self.done {
            return Err(Fault::malformed("it ended without a finish reason"));
        }
        if self.finish.as_deref() == Some("error") {
            return Err(Fault::malformed("the server gave up in the middle"));
        }
        let calls: Vec<Call> = self
            .calls
            .into_iter()
            .filter(|call| !(call.name.is_empty() && call.arguments.is_empty()))
            .collect();
        let stop = match self.finish.as_deref() {
            Some("length") => StopReason::MaxTokens,
            Some("content_filter") => StopReason::Refusal,
            _ if !self.refusal.is_empty() => StopReason::Refusal,
            _ if !calls.is_empty() => StopReason::ToolUse,
            // `tool_calls` without a call: nothing to do, so the model is done.
            None | Some("stop" | "eos" | "end_turn" | "tool_calls" | "function_call") => StopReason::EndTurn,
            Some(other) => StopReason::Other(other.to_owned()),
        };
        let mut content = Vec::new();
        if !self.reasoning.is_empty() {
            content.push(Block::Thinking {
                thinking: self.reasoning,
                signature: None,
            });
        }
        content.extend(
            [self.text, self.refusal]
                .into_iter()
                .filter(|text| !text.is_empty())
                .map(Block::text),
        );
        for (index, call) in calls.into_iter().enumerate() {
            let id = if call.id.is_empty() {
                // Unique as far as the answer's own id is; the agent renames clashes.
                format!("call_{}_{index}", self.id.as_deref().map_or("0".into(), wire_id))
            } else {
                call.id
            };
            content.push(Block::ToolUse {
                id: CallId::new(id),
                name: call.name,
                input: arguments::parse(&call.arguments),
            });
        }
        Ok(ModelTurn {
            content,
            stop,
            usage: self.usage,
            model: self.model,
            response_id: self.id,
        })
    }
}
