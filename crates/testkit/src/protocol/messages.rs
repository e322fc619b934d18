//! Turns on the wire of the Messages API.

use deskhand_types::StopReason;
use serde_json::{Value, json};

use super::{Context, event, pieces, raw_arguments, stop, with_ids};
use crate::script::{Piece, Turn};

fn stop_reason(turn: &Turn) -> String {
    match stop(turn) {
        StopReason::EndTurn => "end_turn".into(),
        StopReason::ToolUse => "tool_use".into(),
        StopReason::MaxTokens => "max_tokens".into(),
        StopReason::Refusal => "refusal".into(),
        StopReason::PauseTurn => "pause_turn".into(),
        StopReason::Other(other) => other,
    }
}

fn id(context: &Context) -> String {
    format!("msg_{:04}", context.number + 1)
}

fn usage(turn: &Turn, output_tokens: u64) -> Value {
    json!({
        "input_tokens": turn.usage.input_tokens,
        "cache_creation_input_tokens": turn.usage.cache_write_tokens,
        "cache_read_input_tokens": turn.usage.cache_read_tokens,
        "output_tokens": output_tokens,
    })
}

pub(super) fn events(turn: &Turn, context: &Context) -> Vec<String> {
    let model = turn.model.as_ref().unwrap_or(&context.model);
    let start = json!({"type": "message_start", "message": {
        "id": id(context), "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage(turn, 1),
    }});
    let mut events = vec![event("message_start", &start)];
    for (index, (piece, call)) in with_ids(turn, context, "toolu").enumerate() {
        let (block, deltas): (Value, Vec<Value>) = match piece {
            Piece::Text { text } => (
                json!({"type": "text", "text": ""}),
                pieces(text)
                    .into_iter()
                    .map(|text| json!({"type": "text_delta", "text": text}))
                    .collect(),
            ),
            Piece::Thinking { thinking, signature } => (
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                pieces(thinking)
                    .into_iter()
                    .map(|text| json!({"type": "thinking_delta", "thinking": text}))
                    .chain([json!({"type": "signature_delta", "signature": signature})])
                    .collect(),
            ),
            Piece::RedactedThinking { data } => (json!({"type": "redacted_thinking", "data": data}), Vec::new()),
            Piece::ToolUse { name, input, .. } => (
                json!({"type": "tool_use", "id": call, "name": name, "input": {}}),
                [""].into_iter()
                    .chain(pieces(&raw_arguments(input)))
                    .map(|text| json!({"type": "input_json_delta", "partial_json": text}))
                    .collect(),
            ),
        };
        events.push(event(
            "content_block_start",
            &json!({"type": "content_block_start", "index": index, "content_block": block}),
        ));
        if index == 0 {
            events.push(event("ping", &json!({"type": "ping"})));
        }
        for delta in deltas {
            events.push(event(
                "content_block_delta",
                &json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ));
        }
        events.push(event(
            "content_block_stop",
            &json!({"type": "content_block_stop", "index": index}),
        ));
    }
    events.push(event(
        "message_delta",
        &json!({
            "type": "message_delta",
            "delta": {"stop_reason": stop_reason(turn), "stop_sequence": null},
            "usage": {"output_tokens": turn.usage.output_tokens},
        }),
    ));
    events.push(event("message_stop", &json!({"type": "message_stop"})));
    events
}

pub(super) fn whole(turn: &Turn, context: &Context) -> Value {
    let content: Vec<Value> = with_ids(turn, context, "toolu")
        .map(|(piece, call)| match piece {
            Piece::Text { text } => json!({"type": "text", "text": text}),
            Piece::Thinking { thinking, signature } => {
                json!({"type": "thinking", "thinking": thinking, "signature": signature})
            }
            Piece::RedactedThinking { data } => json!({"type": "redacted_thinking", "data": data}),
            Piece::ToolUse { name, input, .. } => json!({"type": "tool_use", "id": call, "name": name, "input": input}),
        })
        .collect();
    json!({
        "id": id(context), "type": "message", "role": "assistant",
        "model": turn.model.as_ref().unwrap_or(&context.model), "content": content,
        "stop_reason": stop_reason(turn), "stop_sequence": null, "usage": usage(turn, turn.usage.output_tokens),
    })
}
