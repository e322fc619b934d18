//! Whole turns, as every protocol gives them.

use deskhand_testkit::{FakeClock, Fault, Reply, ScriptedServer, Turn};
use deskhand_types::{Block, CallId, ModelTurn, StopReason, StreamDelta, Usage};
use serde_json::json;

use crate::setup::{KINDS, Kind, complete, config, hello, provider, shown};

const USAGE: Usage = Usage {
    input_tokens: 120,
    output_tokens: 45,
    cache_read_tokens: 900,
    cache_write_tokens: 30,
};

fn rich() -> Turn {
    Turn::new()
        .thinking(
            "The person greets; I should look at the files first, then answer.",
            "c2lnbmF0dXJl",
        )
        .text("Grüß Gott! I'll read both files at once. 🙂")
        .tool("Read", json!({"file_path": "/mnt/work/a.csv"}))
        .tool("Read", json!({"file_path": "/mnt/work/ü — b.csv", "offset": 3}))
        .usage(USAGE)
}

/// What the rich turn is on this side of each protocol.
fn expected(kind: Kind) -> ModelTurn {
    let (prefix, response_id) = match kind {
        Kind::Anthropic | Kind::Foundry => ("toolu", "msg_0001"),
        Kind::Chat => ("call", "chatcmpl-0001"),
        Kind::Responses => ("call", "resp_0001"),
    };
    let signature = match kind {
        Kind::Anthropic | Kind::Foundry => Some("c2lnbmF0dXJl".to_owned()),
        Kind::Responses => Some("openai-reasoning:c2lnbmF0dXJl".to_owned()),
        Kind::Chat => None,
    };
    let usage = match kind {
        Kind::Anthropic | Kind::Foundry => USAGE,
        // OpenAI does not tell writes from plain input.
        Kind::Chat | Kind::Responses => Usage {
            input_tokens: 150,
            cache_write_tokens: 0,
            ..USAGE
        },
    };
    ModelTurn {
        content: vec![
            Block::Thinking {
                thinking: "The person greets; I should look at the files first, then answer.".into(),
                signature,
            },
            Block::text("Grüß Gott! I'll read both files at once. 🙂"),
            Block::ToolUse {
                id: CallId::new(format!("{prefix}_0001")),
                name: "Read".into(),
                input: json!({"file_path": "/mnt/work/a.csv"}),
            },
            Block::ToolUse {
                id: CallId::new(format!("{prefix}_0002")),
                name: "Read".into(),
                input: json!({"file_path": "/mnt/work/ü — b.csv", "offset": 3}),
            },
        ],
        stop: StopReason::ToolUse,
        usage,
        model: "claude-sonnet-5".into(),
        response_id: Some(response_id.into()),
    }
}

#[tokio::test]
async fn a_rich_turn_is_the_same_in_every_protocol() {
    for kind in KINDS {
        let server = ScriptedServer::start([rich().into()]);
        let (outcome, deltas) = complete(&*provider(&config(kind, &server), &FakeClock::default()), &hello()).await;
        assert_eq!(outcome.unwrap(), expected(kind), "{kind:?}");
        assert_eq!(
            shown(&deltas),
            "Grüß Gott! I'll read both files at once. 🙂",
            "{kind:?}"
        );
        let calls: Vec<_> = deltas
            .iter()
            .filter(|delta| matches!(delta, StreamDelta::ToolUse { .. }))
            .collect();
        assert_eq!(
            calls,
            vec![&StreamDelta::ToolUse { name: "Read".into() }; 2],
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn pieces_of_any_size_make_the_same_turn() {
    for kind in KINDS {
        for size in [1, 2, 3, 7, 64] {
            let server = ScriptedServer::start([rich().fault(Fault::SplitEvery(size))]);
            let provider = provider(&config(kind, &server), &FakeClock::default());
            assert_eq!(
                complete(&*provider, &hello()).await.0.unwrap(),
                expected(kind),
                "{kind:?} {size}"
            );
        }
    }
}

#[tokio::test]
async fn unknown_events_are_skipped() {
    for kind in KINDS {
        let server = ScriptedServer::start([rich().fault(Fault::UnknownEvents)]);
        let provider = provider(&config(kind, &server), &FakeClock::default());
        assert_eq!(
            complete(&*provider, &hello()).await.0.unwrap(),
            expected(kind),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn reasons_to_stop() {
    let cases = [
        (Kind::Anthropic, StopReason::Refusal, StopReason::Refusal),
        (Kind::Anthropic, StopReason::PauseTurn, StopReason::PauseTurn),
        (Kind::Anthropic, StopReason::MaxTokens, StopReason::MaxTokens),
        (
            Kind::Anthropic,
            StopReason::Other("stop_sequence".into()),
            StopReason::EndTurn,
        ),
        (
            Kind::Anthropic,
            StopReason::Other("model_context_window_exceeded".into()),
            StopReason::MaxTokens,
        ),
        (
            Kind::Anthropic,
            StopReason::Other("brand_new".into()),
            StopReason::Other("brand_new".into()),
        ),
        (Kind::Chat, StopReason::Refusal, StopReason::Refusal),
        (Kind::Chat, StopReason::MaxTokens, StopReason::MaxTokens),
        (Kind::Chat, StopReason::EndTurn, StopReason::EndTurn),
        (Kind::Responses, StopReason::Refusal, StopReason::Refusal),
        (Kind::Responses, StopReason::MaxTokens, StopReason::MaxTokens),
        (Kind::Responses, StopReason::EndTurn, StopReason::EndTurn),
    ];
    for (kind, sent, understood) in cases {
        let server = ScriptedServer::start([Turn::new().text("Well.").stop(sent.clone()).into()]);
        let turn = complete(&*provider(&config(kind, &server), &FakeClock::default()), &hello())
            .await
            .0
            .unwrap();
        assert_eq!(
            (turn.content, turn.stop),
            (vec![Block::text("Well.")], understood),
            "{kind:?} {sent:?}"
        );
    }
}

#[tokio::test]
async fn wrong_arguments_are_kept_as_text() {
    for kind in KINDS {
        for raw in [
            r#"{"file_path": "/mnt/wo"#,
            "not json at all",
            "[1, 2]",
            "{'file_path': 'x'}",
        ] {
            let server = ScriptedServer::start([Turn::new().raw_tool("Read", raw).into()]);
            let turn = complete(&*provider(&config(kind, &server), &FakeClock::default()), &hello())
                .await
                .0
                .unwrap();
            let [Block::ToolUse { input, .. }] = turn.content.as_slice() else {
                panic!("{kind:?}: {turn:?}")
            };
            assert_eq!(input, &json!(raw), "{kind:?}");
            assert_eq!(turn.stop, StopReason::ToolUse);
        }
    }
}

#[tokio::test]
async fn no_arguments_are_an_empty_object() {
    for kind in KINDS {
        let server = ScriptedServer::start([Turn::new().raw_tool("List", "").into()]);
        let turn = complete(&*provider(&config(kind, &server), &FakeClock::default()), &hello())
            .await
            .0
            .unwrap();
        assert!(
            matches!(&turn.content[..], [Block::ToolUse { input, .. }] if *input == json!({})),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn withheld_thinking_is_kept() {
    let server = ScriptedServer::start([Turn::new().redacted_thinking("b3BhcXVl").text("Done.").into()]);
    let turn = complete(
        &*provider(&config(Kind::Anthropic, &server), &FakeClock::default()),
        &hello(),
    )
    .await
    .0
    .unwrap();
    assert_eq!(
        turn.content,
        [
            Block::RedactedThinking {
                data: "b3BhcXVl".into()
            },
            Block::text("Done.")
        ]
    );
}

#[tokio::test]
async fn one_connection_serves_many_turns() {
    for kind in KINDS {
        let server = ScriptedServer::start([Turn::new().text("Hello.").times(20)]);
        let provider = provider(&config(kind, &server), &FakeClock::default());
        for _ in 0..20 {
            complete(&*provider, &hello()).await.0.unwrap();
        }
        assert_eq!(server.connections(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn models_are_listed_and_tested() {
    for kind in KINDS {
        let server = ScriptedServer::start([Turn::new().text("ok").model("claude-sonnet-5-20260101").into()]);
        let provider = provider(&config(kind, &server), &FakeClock::default());
        let names: Vec<String> = provider
            .list()
            .await
            .unwrap()
            .into_iter()
            .map(|listing| listing.name)
            .collect();
        // Foundry has no list; the settings are one.
        assert_eq!(
            names,
            [if kind == Kind::Foundry {
                "claude-sonnet-5"
            } else {
                "scripted-model"
            }]
        );
        if kind == Kind::Anthropic {
            assert_eq!(server.all_requests()[0].path, "/v1/models?limit=1000");
        }
        let report = provider.test().await.unwrap();
        assert_eq!(report.answered_by, "claude-sonnet-5-20260101");
        assert!(report.endpoint.starts_with(&server.base_url()));
        let body = server.requests()[0].json();
        let tokens = ["max_tokens", "max_output_tokens"]
            .iter()
            .find_map(|key| body.get(key))
            .unwrap();
        assert_eq!(tokens, 16);
    }
}

#[tokio::test]
async fn a_test_is_not_retried() {
    let server = ScriptedServer::start([Reply::status(529), Turn::new().text("ok").into()]);
    let provider = provider(&config(Kind::Anthropic, &server), &FakeClock::default());
    assert!(provider.test().await.is_err());
    assert_eq!(server.remaining(), 1);
}
