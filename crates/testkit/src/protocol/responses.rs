//! Turns on the wire of the Responses API.

use deskhand_types::StopReason;
use serde_json::{Value, json};

use super::{Context, event, pieces, raw_arguments, stop, with_ids};
use crate::script::{Piece, Turn};

/// The finished items of a turn.
fn items(turn: &Turn, context: &Context) -> Vec<Value> {
    with_ids(turn, context, "call")
        .enumerate()
        .filter_map(|(index, (piece, call))| {
            let id = |kind: &str| format!("{kind}_{:04}_{index}", context.number + 1);
            Some(match piece {
                Piece::Text { text } => json!({
                    "id": id("msg"), "type": "message", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": text, "annotations": []}],
                }),
                Piece::Thinking { thinking, signature } => {
                    let summary: Vec<Value> = (!thinking.is_empty())
                        .then(|| json!({"type": "summary_text", "text": thinking}))
                        .into_iter()
                        .collect();
                    json!({"id": id("rs"), "type": "reasoning", "summary": summary, "encrypted_content": signature})
                }
                Piece::RedactedThinking { .. } => return None,
                Piece::ToolUse { name, input, .. } => json!({
                    "id": id("fc"), "type": "function_call", "status": "completed", "call_id": call, "name": name,
                    "arguments": raw_arguments(input),
                }),
            })
        })
        .collect()
}

fn response(turn: &Turn, context: &Context, status: &str, output: &[Value], usage: &Value) -> Value {
    let incomplete = match stop(turn) {
        StopReason::MaxTokens if status == "incomplete" => json!({"reason": "max_output_tokens"}),
        StopReason::Refusal if status == "incomplete" => json!({"reason": "content_filter"}),
        _ => Value::Null,
    };
    json!({
        "id": format!("resp_{:04}", context.number + 1), "object": "response", "created_at": 0, "status": status,
        "model": turn.model.as_ref().unwrap_or(&context.model), "output": output, "error": null,
        "incomplete_details": incomplete, "usage": usage,
    })
}

fn finished(turn: &Turn, context: &Context, output: &[Value]) -> Value {
    let status = match stop(turn) {
        StopReason::MaxTokens | StopReason::Refusal => "incomplete",
        _ => "completed",
    };
    let input = turn.usage.context_tokens();
    let usage = json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": turn.usage.cache_read_tokens},
        "output_tokens": turn.usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": input + turn.usage.output_tokens,
    });
    response(turn, context, status, output, &usage)
}

pub(super) fn events(turn: &Turn, context: &Context) -> Vec<String> {
    let mut events = Vec::new();
    let mut push = |kind: &str, mut data: Value| {
        if let Some(map) = data.as_object_mut() {
            map.insert("type".into(), kind.into());
            map.insert("sequence_number".into(), events.len().into());
        }
        events.push(event(kind, &data));
    };
    let begun = response(turn, context, "in_progress", &[], &Value::Null);
    push("response.created", json!({"response": begun}));
    push("response.in_progress", json!({"response": begun}));
    let items = items(turn, context);
    for (index, item) in items.iter().enumerate() {
        let id = item.get("id").cloned().unwrap_or_default();
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut added = item.clone();
        if let Some(map) = added.as_object_mut() {
            map.insert("status".into(), "in_progress".into());
            for (key, empty) in [("content", json!([])), ("summary", json!([])), ("arguments", json!(""))] {
                if map.contains_key(key) {
                    map.insert(key.into(), empty);
                }
            }
        }
        push(
            "response.output_item.added",
            json!({"output_index": index, "item": added}),
        );
        let place = |delta: &str| json!({"item_id": id, "output_index": index, "content_index": 0, "delta": delta});
        let inner = |list: &str| {
            item.pointer(&format!("/{list}/0/text"))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        match item.get("type").and_then(Value::as_str) {
            Some("message") => {
                for piece in pieces(&inner("content")) {
                    push("response.output_text.delta", place(piece));
                }
            }
            Some("reasoning") => {
                for piece in pieces(&inner("summary")) {
                    push("response.reasoning_summary_text.delta", place(piece));
                }
            }
            _ => {
                for piece in pieces(&text("arguments")) {
                    push("response.function_call_arguments.delta", place(piece));
                }
            }
        }
        push(
            "response.output_item.done",
            json!({"output_index": index, "item": item}),
        );
    }
    let last = finished(turn, context, &items);
    let kind = match last.get("status").and_then(Value::as_str) {
        Some("incomplete") => "response.incomplete",
        _ => "response.completed",
    };
    push(kind, json!({"response": last}));
    events
}

pub(super) fn whole(turn: &Turn, context: &Context) -> Value {
    finished(turn, context, &items(turn, context))
}
