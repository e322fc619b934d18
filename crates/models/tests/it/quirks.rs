//! What servers do that is in no specification.

use deskhand_testkit::{FakeClock, Reply, ScriptedServer};
use deskhand_types::{Block, CallId, ModelTurn, StopReason, Usage};
use serde_json::{Value, json};

use crate::setup::{Kind, complete, config, hello, provider};

async fn turn(kind: Kind, events: &[Value], done: bool) -> ModelTurn {
    let mut body = String::new();
    for event in events {
        body.push_str("data: ");
        body.push_str(&event.to_string());
        body.push_str("\n\n");
    }
    if done {
        body.push_str("data: [DONE]\n\n");
    }
    let server = ScriptedServer::start([Reply::status(200)
        .header("content-type", "text/event-stream")
        .body(body)]);
    complete(&*provider(&config(kind, &server), &FakeClock::default()), &hello())
        .await
        .0
        .unwrap()
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn call(id: &str, name: &str, input: Value) -> Block {
    Block::ToolUse {
        id: CallId::new(id),
        name: name.into(),
        input,
    }
}

#[tokio::test]
async fn ollama_sends_whole_calls_with_the_same_index_and_stops_with_stop() {
    let events = [
        chunk(
            &json!({"role": "assistant", "content": "", "tool_calls": [
            {"index": 0, "id": "a", "function": {"name": "Read", "arguments": "{\"file_path\":\"1\"}"}}]}),
            None,
        ),
        chunk(
            &json!({"role": "assistant", "content": "", "tool_calls": [
            {"index": 0, "id": "b", "function": {"name": "Read", "arguments": "{\"file_path\":\"2\"}"}}]}),
            None,
        ),
        chunk(&json!({"content": ""}), Some("stop")),
    ];
    let turn = turn(Kind::Chat, &events, true).await;
    assert_eq!(
        turn.content,
        [
            call("a", "Read", json!({"file_path": "1"})),
            call("b", "Read", json!({"file_path": "2"}))
        ]
    );
    assert_eq!(turn.stop, StopReason::ToolUse);
}

#[tokio::test]
async fn calls_without_ids_and_indexes_with_arguments_as_objects() {
    let events = [chunk(
        &json!({"tool_calls": [
            {"function": {"name": "Read", "arguments": {"file_path": "1"}}},
            {"function": {"name": "Read", "arguments": {"file_path": "2"}}},
        ]}),
        Some("tool_calls"),
    )];
    let turn = turn(Kind::Chat, &events, false).await;
    assert_eq!(
        turn.content,
        [
            call("call_c1_0", "Read", json!({"file_path": "1"})),
            call("call_c1_1", "Read", json!({"file_path": "2"}))
        ]
    );
}

#[tokio::test]
async fn interleaved_pieces_of_two_calls() {
    let piece = |index: u64, text: &str| {
        chunk(
            &json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]}),
            None,
        )
    };
    let events = [
        chunk(
            &json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "Read"}}]}),
            None,
        ),
        chunk(
            &json!({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "Glob"}}]}),
            None,
        ),
        piece(0, "{\"x\""),
        piece(1, "{\"y\""),
        piece(0, ":1}"),
        piece(1, ":2}"),
        chunk(&json!({}), Some("tool_calls")),
    ];
    let turn = turn(Kind::Chat, &events, true).await;
    assert_eq!(
        turn.content,
        [call("a", "Read", json!({"x": 1})), call("b", "Glob", json!({"y": 2}))]
    );
}

#[tokio::test]
async fn reasoning_has_two_names_and_is_never_an_answer() {
    for key in ["reasoning", "reasoning_content"] {
        let events = [
            chunk(&json!({ key: "Hm." }), None),
            chunk(&json!({"content": "Yes."}), Some("stop")),
        ];
        let turn = turn(Kind::Chat, &events, true).await;
        assert_eq!(
            turn.content,
            [
                Block::Thinking {
                    thinking: "Hm.".into(),
                    signature: None
                },
                Block::text("Yes.")
            ]
        );
    }
}

#[tokio::test]
async fn content_in_parts_nulls_everywhere_and_no_usage() {
    let events = [
        json!({"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": null, "tool_calls": null}, "finish_reason": null}], "usage": null}),
        chunk(
            &json!({"content": [{"type": "text", "text": "Yes"}, {"type": "text", "text": "."}]}),
            None,
        ),
        json!({"id": "c1", "choices": null}),
        chunk(&json!(null), Some("")),
        chunk(&json!({}), Some("eos")),
    ];
    let turn = turn(Kind::Chat, &events, true).await;
    let expected = ModelTurn {
        content: vec![Block::text("Yes.")],
        stop: StopReason::EndTurn,
        usage: Usage::default(),
        model: "m".into(),
        response_id: Some("c1".into()),
    };
    assert_eq!(turn, expected);
}

#[tokio::test]
async fn a_refusal_in_chat() {
    let events = [chunk(&json!({"refusal": "I won't."}), Some("stop"))];
    let turn = turn(Kind::Chat, &events, true).await;
    assert_eq!(
        (turn.content, turn.stop),
        (vec![Block::text("I won't.")], StopReason::Refusal)
    );
}

#[tokio::test]
async fn a_gateway_that_sends_arguments_at_the_start_of_a_call() {
    let events = [
        json!({"type": "message_start", "message": {"id": "m1", "model": "m"}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use", "id": "s", "name": "web", "input": {}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "Read", "input": {"file_path": "x"}}}),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"input_tokens": 7, "output_tokens": 3, "cache_read_input_tokens": null}}),
        json!({"type": "message_stop"}),
    ];
    let turn = turn(Kind::Anthropic, &events, false).await;
    assert_eq!(turn.content, [call("t", "Read", json!({"file_path": "x"}))]);
    assert_eq!(
        turn.usage,
        Usage {
            input_tokens: 7,
            output_tokens: 3,
            ..Usage::default()
        }
    );
}

#[tokio::test]
async fn a_responses_gateway_with_an_empty_final_list() {
    let events = [
        json!({"type": "response.output_item.done", "output_index": 1, "item": {"type": "function_call", "call_id": "c", "name": "Read", "arguments": "{}"}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "reasoning", "summary": [], "encrypted_content": "ZW5j"}}),
        json!({"type": "response.completed", "response": {"id": "r", "model": "m", "status": "completed", "output": []}}),
    ];
    let turn = turn(Kind::Responses, &events, false).await;
    assert_eq!(
        turn.content,
        [
            Block::Thinking {
                thinking: String::new(),
                signature: Some("openai-reasoning:ZW5j".into())
            },
            call("c", "Read", json!({})),
        ]
    );
}
