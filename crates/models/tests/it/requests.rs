//! The exact bytes that are sent.

use deskhand_models::ModelProvider;
use deskhand_testkit::{FakeClock, Reply, ScriptedServer, Turn};
use deskhand_types::{Block, CallId, Decoding, Message, ModelRequest};
use serde_json::{Value, json};

use crate::setup::{KINDS, Kind, assistant, complete, config, provider, request, user};

fn call(id: &str, input: Value) -> Block {
    Block::ToolUse {
        id: CallId::new(id),
        name: "Read".into(),
        input,
    }
}

fn result(id: &str, content: Vec<Block>, is_error: bool) -> Block {
    Block::ToolResult {
        tool_use_id: CallId::new(id),
        content,
        is_error,
        data: json!({"never": "sent"}),
    }
}

fn image() -> Block {
    Block::Image {
        media_type: "image/png".into(),
        data: "aW1n".into(),
    }
}

/// A conversation with everything in it that can be sent, and with what must not be.
fn rich() -> Vec<Message> {
    vec![
        user(vec![Block::text("Look at this."), image(), Block::text("  \n")]),
        assistant(vec![
            Block::Thinking {
                thinking: "Hm.".into(),
                signature: Some("c2ln".into()),
            },
            Block::Thinking {
                thinking: "Ha.".into(),
                signature: Some("openai-reasoning:ZW5j".into()),
            },
            Block::Thinking {
                thinking: "Unsigned.".into(),
                signature: None,
            },
            Block::RedactedThinking {
                data: "b3BhcXVl".into(),
            },
            Block::text("I'll read."),
            call("call_1", json!({"file_path": "a.png"})),
            call("odd:id", json!("{\"file_path\": ")),
            call("call_3", json!({"a": [true, null, 1.5], "z": 1})),
        ]),
        user(vec![
            result("call_1", vec![Block::text("A picture:"), image()], false),
            result("odd:id", vec![Block::text("The arguments are not JSON.")], true),
            result("call_3", vec![], false),
            Block::text("And hurry."),
        ]),
        assistant(vec![Block::text("")]),
        user(vec![Block::text("Well?")]),
    ]
}

async fn body(kind: Kind, request: &ModelRequest) -> String {
    let server = ScriptedServer::start([Turn::new().text("ok").into()]);
    complete(&*provider(&config(kind, &server), &FakeClock::default()), request)
        .await
        .0
        .unwrap();
    server.requests()[0].text()
}

fn pretty(body: &str) -> String {
    // Through `Value` the fields would be sorted; the order on the wire is what matters.
    body.replace("},{", "},\n  {")
        .replace(",\"messages\":[", ",\n\"messages\":[\n  ")
        .replace(",\"input\":[", ",\n\"input\":[\n  ")
}

#[tokio::test]
async fn a_rich_conversation_for_the_messages_api() {
    let mut request = request(rich());
    request.thinking_budget = 16_000;
    insta::assert_snapshot!("messages", pretty(&body(Kind::Anthropic, &request).await));
}

#[tokio::test]
async fn a_rich_conversation_for_chat_completions() {
    insta::assert_snapshot!("chat", pretty(&body(Kind::Chat, &request(rich())).await));
}

#[tokio::test]
async fn a_rich_conversation_for_responses() {
    let mut request = request(rich());
    request.thinking_budget = 4_096;
    insta::assert_snapshot!("responses", pretty(&body(Kind::Responses, &request).await));
}

#[tokio::test]
async fn foundry_gets_what_anthropic_gets() {
    let request = request(rich());
    assert_eq!(
        body(Kind::Foundry, &request).await,
        body(Kind::Anthropic, &request).await
    );
}

#[tokio::test]
async fn thinking_is_asked_for_as_the_model_knows_it() {
    let ask = async |model: &str, budget: u64, max: u64| {
        let mut request = request(vec![user(vec![Block::text("Hi.")])]);
        (request.model, request.thinking_budget, request.max_tokens) = (model.into(), budget, max);
        let body: Value = serde_json::from_str(&body(Kind::Anthropic, &request).await).unwrap();
        (body["thinking"].clone(), body["output_config"].clone())
    };
    let adaptive = json!({"type": "adaptive", "display": "summarized"});
    assert_eq!(
        ask("claude-opus-5", 16_000, 32_000).await,
        (adaptive.clone(), json!({"effort": "high"}))
    );
    assert_eq!(
        ask("claude-sonnet-4-6", 2_000, 32_000).await,
        (adaptive.clone(), json!({"effort": "low"}))
    );
    assert_eq!(
        ask("my-deployment", 5_000, 32_000).await,
        (adaptive, json!({"effort": "medium"}))
    );
    let budget = |tokens: u64| json!({"type": "enabled", "budget_tokens": tokens});
    assert_eq!(
        ask("claude-haiku-4-5", 16_000, 32_000).await,
        (budget(16_000), Value::Null)
    );
    assert_eq!(
        ask("claude-haiku-4-5", 16_000, 8_000).await,
        (budget(7_999), Value::Null)
    );
    assert_eq!(ask("claude-haiku-4-5", 16_000, 1_000).await, (Value::Null, Value::Null));
    assert_eq!(ask("claude-opus-5", 0, 32_000).await, (Value::Null, Value::Null));
}

#[tokio::test]
async fn answers_bound_to_a_schema() {
    let schema = json!({
        "type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"], "additionalProperties": false
    });
    let mut request = request(vec![user(vec![Block::text("Which?")])]);
    request.decoding = Decoding::Schema(schema.clone());
    for kind in KINDS {
        let body: Value = serde_json::from_str(&body(kind, &request).await).unwrap();
        let format = match kind {
            Kind::Anthropic | Kind::Foundry => body["output_config"]["format"].clone(),
            Kind::Chat => body["response_format"]["json_schema"].clone(),
            Kind::Responses => body["text"]["format"].clone(),
        };
        assert_eq!(format["schema"], schema, "{kind:?}");
        if matches!(kind, Kind::Chat | Kind::Responses) {
            assert_eq!(format["strict"], json!(true));
        }
    }
}

/// A growing conversation: after each turn a result.
async fn grown(kind: Kind, turns: usize) -> Vec<String> {
    let server = ScriptedServer::responding(|_, number| -> Reply {
        Turn::new()
            .thinking("Hm.", "c2ln")
            .text("Next.")
            .tool("Read", json!({"file_path": format!("{number}.txt")}))
            .into()
    });
    let provider = provider(&config(kind, &server), &FakeClock::default());
    let mut request = request(vec![user(vec![Block::text("Begin.")])]);
    for _ in 0..turns {
        step(&*provider, &mut request).await;
    }
    server.requests().iter().map(deskhand_testkit::Recorded::text).collect()
}

async fn step(provider: &dyn ModelProvider, request: &mut ModelRequest) {
    let turn = complete(provider, request).await.0.unwrap();
    let results = turn
        .content
        .iter()
        .filter_map(|block| match block {
            Block::ToolUse { id, .. } => Some(result(id.as_str(), vec![Block::text("Read.")], false)),
            _ => None,
        })
        .collect();
    request.messages.extend([assistant(turn.content), user(results)]);
}

const MARK: &str = ",\"cache_control\":{\"type\":\"ephemeral\"}";

#[tokio::test]
async fn each_request_is_a_prefix_of_the_next() {
    for kind in KINDS {
        let bodies: Vec<String> = grown(kind, 12)
            .await
            .iter()
            .map(|body| body.replace(MARK, ""))
            .collect();
        for pair in bodies.windows(2) {
            let without_end = pair[0].strip_suffix("]}").unwrap();
            assert!(pair[1].starts_with(without_end), "{kind:?}:\n{}\n{}", pair[0], pair[1]);
        }
    }
}

#[tokio::test]
async fn cache_markers_stand_where_the_next_request_reads_them() {
    let bodies = grown(Kind::Anthropic, 6).await;
    for (index, body) in bodies.iter().enumerate() {
        let body: Value = serde_json::from_str(body).unwrap();
        let marked = |value: &Value| value.get("cache_control").is_some();
        assert!(marked(&body["system"][0]));
        assert_eq!(
            body["tools"].as_array().unwrap().iter().map(marked).collect::<Vec<_>>(),
            [false, true]
        );
        let messages: Vec<bool> = body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_array().unwrap().iter().any(marked))
            .collect();
        let expected: Vec<bool> = (0..=2 * index).map(|at| at % 2 == 0 && at + 2 >= 2 * index).collect();
        assert_eq!(messages, expected, "request {index}");
    }
}
