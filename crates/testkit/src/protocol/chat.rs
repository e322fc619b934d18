//! Turns on the wire of Chat Completions.

use deskhand_types::StopReason;
use serde_json::{Value, json};

use super::{Context, pieces, raw_arguments, stop, with_ids};
use crate::script::{Piece, Turn};

fn finish_reason(turn: &Turn) -> String {
    match stop(turn) {
        StopReason::EndTurn | StopReason::PauseTurn => "stop".into(),
        StopReason::ToolUse => "tool_calls".into(),
        StopReason::MaxTokens => "length".into(),
        StopReason::Refusal => "content_filter".into(),
        StopReason::Other(other) => other,
    }
}

fn usage(turn: &Turn) -> Value {
    let prompt = turn.usage.context_tokens();
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": turn.usage.output_tokens,
        "total_tokens": prompt + turn.usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": turn.usage.cache_read_tokens},
    })
}

pub(super) fn events(turn: &Turn, context: &Context) -> Vec<String> {
    let model = turn.model.as_ref().unwrap_or(&context.model);
    let chunk = |choices: &Value, usage: &Value| {
        let chunk = json!({
            "id": format!("chatcmpl-{:04}", context.number + 1), "object": "chat.completion.chunk", "created": 0,
            "model": model, "choices": choices, "usage": usage,
        });
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value| {
        chunk(
            &json!([{"index": 0, "delta": delta, "finish_reason": null}]),
            &Value::Null,
        )
    };
    let mut events = vec![delta(json!({"role": "assistant", "content": ""}))];
    let mut index = 0;
    for (piece, call) in with_ids(turn, context, "call") {
        match piece {
            Piece::Text { text } => {
                events.extend(pieces(text).into_iter().map(|text| delta(json!({"content": text}))));
            }
            Piece::Thinking { thinking, .. } => {
                events.extend(
                    pieces(thinking)
                        .into_iter()
                        .map(|text| delta(json!({"reasoning_content": text}))),
                );
            }
            Piece::RedactedThinking { .. } => {}
            Piece::ToolUse { name, input, .. } => {
                events.push(delta(json!({"tool_calls": [
                    {"index": index, "id": call, "type": "function", "function": {"name": name, "arguments": ""}}
                ]})));
                events.extend(
                    pieces(&raw_arguments(input))
                        .into_iter()
                        .map(|text| delta(json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]}))),
                );
                index += 1;
            }
        }
    }
    let finish = json!([{"index": 0, "delta": {}, "finish_reason": finish_reason(turn)}]);
    events.push(chunk(&finish, &Value::Null));
    events.push(chunk(&json!([]), &usage(turn)));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

pub(super) fn whole(turn: &Turn, context: &Context) -> Value {
    let mut text = String::new();
    let mut calls = Vec::new();
    for (piece, call) in with_ids(turn, context, "call") {
        match piece {
            Piece::Text { text: more } => text.push_str(more),
            Piece::ToolUse { name, input, .. } => calls.push(json!({
                "id": call, "type": "function", "function": {"name": name, "arguments": raw_arguments(input)},
            })),
            Piece::Thinking { .. } | Piece::RedactedThinking { .. } => {}
        }
    }
    let mut message = json!({"role": "assistant", "content": text});
    if let (false, Some(message)) = (calls.is_empty(), message.as_object_mut()) {
        message.insert("tool_calls".into(), Value::Array(calls));
    }
    json!({
        "id": format!("chatcmpl-{:04}", context.number + 1), "object": "chat.completion", "created": 0,
        "model": turn.model.as_ref().unwrap_or(&context.model),
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason(turn)}],
        "usage": usage(turn),
    })
}
