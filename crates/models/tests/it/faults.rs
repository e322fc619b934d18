//! Everything that can go wrong with an answer ends in the right retry or in a clear error, and no part of a broken
//! answer is ever used.

use std::time::{Duration, Instant};

use deskhand_models::ProviderConfig;
use deskhand_testkit::{FakeClock, Fault, Protocol, Reply, ScriptedServer, Turn};
use deskhand_types::{Block, Coded, ModelTurn, StopReason, StreamDelta, Timestamp};
use serde_json::json;

use crate::setup::{CANARY, KINDS, Kind, complete, config, hello, provider, retries, shown};

fn broken() -> Turn {
    Turn::new()
        .thinking("Hm.", "c2ln")
        .text("This half must never be used.")
        .tool("Write", json!({"file_path": "x"}))
}

fn good() -> Turn {
    Turn::new().text("Whole.")
}

/// How many events the broken turn has.
fn event_count(kind: Kind) -> usize {
    match kind {
        Kind::Anthropic | Kind::Foundry => 17,
        Kind::Chat => 10,
        Kind::Responses => 14,
    }
}

async fn run(config: &ProviderConfig) -> (Result<ModelTurn, deskhand_models::ModelError>, Vec<StreamDelta>) {
    complete(&*provider(config, &FakeClock::default()), &hello()).await
}

fn assert_whole(outcome: Result<ModelTurn, deskhand_models::ModelError>, what: &str) {
    let turn = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(
        (turn.content, turn.stop),
        (vec![Block::text("Whole.")], StopReason::EndTurn),
        "{what}"
    );
}

#[tokio::test]
async fn a_connection_cut_after_any_event_is_retried() {
    for kind in KINDS {
        let last = event_count(kind);
        for event in 0..last {
            let server = ScriptedServer::start([broken().fault(Fault::CutAfterEvent(event)), good().into()]);
            let (outcome, deltas) = run(&config(kind, &server)).await;
            let what = format!("{kind:?} cut after event {event}");
            assert_whole(outcome, &what);
            assert_eq!((retries(&deltas), shown(&deltas).as_str()), (1, "Whole."), "{what}");
        }
        // The count above is right: after the last event the turn is whole, cut or not.
        let server = ScriptedServer::start([broken().fault(Fault::CutAfterEvent(last)), good().into()]);
        let (outcome, deltas) = run(&config(kind, &server)).await;
        assert_eq!(
            (outcome.unwrap().stop, retries(&deltas)),
            (StopReason::ToolUse, 0),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_ends_early_in_good_order_is_retried() {
    for kind in KINDS {
        // Chat Completions may end after the finish reason: some servers send neither usage nor `[DONE]`.
        let whole_from = if kind == Kind::Chat {
            event_count(kind) - 2
        } else {
            event_count(kind)
        };
        for event in 0..whole_from {
            let server = ScriptedServer::start([broken().fault(Fault::EndAfterEvent(event)), good().into()]);
            assert_whole(
                run(&config(kind, &server)).await.0,
                &format!("{kind:?} ended after event {event}"),
            );
        }
        let server = ScriptedServer::start([broken().fault(Fault::EndAfterEvent(whole_from)), good().into()]);
        assert_eq!(
            run(&config(kind, &server)).await.0.unwrap().stop,
            StopReason::ToolUse,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_cut_after_any_byte_is_retried() {
    // Every byte of the smallest protocol; the others differ only in their codecs, which see whole events.
    let server = ScriptedServer::responding(|_, number| {
        if number % 2 == 0 {
            Turn::new().text("Hi.").fault(Fault::CutAfterByte(number / 2))
        } else {
            good().into()
        }
    });
    let provider = provider(&config(Kind::Anthropic, &server), &FakeClock::default());
    for _ in 0..700 {
        assert_whole(complete(&*provider, &hello()).await.0, "cut after a byte");
    }
}

#[tokio::test]
async fn garbage_after_any_event_is_retried() {
    for kind in KINDS {
        for event in 0..event_count(kind) {
            let server = ScriptedServer::start([broken().fault(Fault::GarbageAfterEvent(event)), good().into()]);
            assert_whole(
                run(&config(kind, &server)).await.0,
                &format!("{kind:?} garbage after event {event}"),
            );
        }
    }
}

#[tokio::test]
async fn an_answer_of_garbage_is_retried_and_then_reported() {
    for kind in KINDS {
        let garbage = Reply::status(200)
            .header("content-type", "text/event-stream")
            .body("\u{0}\u{1}garbage\n\n".repeat(999));
        let server = ScriptedServer::start([garbage.times(3)]);
        let (outcome, deltas) = run(&config(kind, &server)).await;
        let error = outcome.unwrap_err();
        assert_eq!(
            (error.code().as_str(), retries(&deltas), server.remaining()),
            ("models.stream", 2, 0),
            "{error}"
        );
        assert!(error.to_string().ends_with("(gave up after 3 attempts)"), "{error}");
    }
}

#[tokio::test]
async fn doubled_events_never_double_a_call() {
    for kind in KINDS {
        let turn = Turn::new().tool("Write", json!({"file_path": "x"}));
        let server = ScriptedServer::start([turn.fault(Fault::DuplicateEvents), good().into()]);
        let (outcome, _) = run(&config(kind, &server)).await;
        let turn = outcome.unwrap();
        let calls = turn
            .content
            .iter()
            .filter(|block| matches!(block, Block::ToolUse { .. }))
            .count();
        assert!(calls <= 1, "{kind:?}: {turn:?}");
    }
}

#[tokio::test]
async fn a_line_of_100_mb_is_an_error_within_bounded_memory() {
    for kind in KINDS {
        for event in [0, 3] {
            let huge = Fault::HugeLine {
                event,
                bytes: 100 << 20,
            };
            let server = ScriptedServer::start([broken().fault(huge), good().into()]);
            let before = peak_memory();
            let error = run(&config(kind, &server)).await.0.unwrap_err();
            assert_eq!(error.code().as_str(), "models.answer-too-large");
            assert!(error.to_string().contains("8388608 bytes"), "{error}");
            let grown = peak_memory().saturating_sub(before);
            assert!(grown < 40 << 20, "{kind:?}: memory grew by {grown} bytes");
        }
    }
}

/// The process's peak resident memory in bytes; 0 where it cannot be known.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap_or(0) * 1024
}

#[tokio::test]
async fn an_endless_answer_is_an_error() {
    let server = ScriptedServer::start([Turn::new().text("Long. ".repeat(100_000)).into()]);
    let mut config = config(Kind::Anthropic, &server);
    config.tuning.max_answer_bytes = 100_000;
    assert_eq!(
        run(&config).await.0.unwrap_err().code().as_str(),
        "models.answer-too-large"
    );
}

#[tokio::test]
async fn silence_is_retried() {
    for kind in KINDS {
        for event in [0, 4] {
            let stall = broken().fault(Fault::Stall { event, ms: 10_000 });
            let server = ScriptedServer::start([stall, good().into()]);
            let mut config = config(kind, &server);
            config.tuning.idle_timeout_ms = 100;
            let begun = Instant::now();
            assert_whole(run(&config).await.0, &format!("{kind:?} silent after {event}"));
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}

#[tokio::test]
async fn slow_is_not_silent() {
    let server = ScriptedServer::start([good().fault(Fault::PauseBetweenEvents(60))]);
    let mut config = config(Kind::Anthropic, &server);
    config.tuning.idle_timeout_ms = 200;
    let (outcome, deltas) = run(&config).await;
    assert_whole(outcome, "slow");
    assert_eq!(retries(&deltas), 0);
}

#[tokio::test]
async fn passing_troubles_are_retried_with_growing_waits() {
    for kind in KINDS {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            let server = ScriptedServer::start([Reply::status(status).times(2), good().into()]);
            let clock = FakeClock::default();
            let (outcome, deltas) = complete(&*provider(&config(kind, &server), &clock), &hello()).await;
            assert_whole(outcome, &format!("{kind:?} {status}"));
            assert_eq!(clock.sleeps(), [Duration::from_millis(500), Duration::from_secs(1)]);
            let told: Vec<_> = deltas
                .iter()
                .filter_map(|delta| match delta {
                    StreamDelta::Retry { attempt, wait_ms, .. } => Some((*attempt, *wait_ms)),
                    _ => None,
                })
                .collect();
            assert_eq!(told, [(1, 500), (2, 1000)]);
        }
    }
}

#[tokio::test]
async fn patience_ends_with_the_last_error() {
    let server = ScriptedServer::start([Reply::status(529).times(9)]);
    let error = run(&config(Kind::Anthropic, &server)).await.0.unwrap_err();
    assert_eq!(error.code().as_str(), "models.overloaded");
    assert_eq!(
        error.to_string(),
        "`anthropic` is overloaded: status 529 without an explanation (gave up after 3 attempts)"
    );
    assert_eq!(server.remaining(), 6);
}

#[tokio::test]
async fn what_the_server_asks_to_wait_is_waited() {
    let clock = FakeClock::at(Timestamp(784_111_777_000)); // Sun, 06 Nov 1994 08:49:37 GMT
    let server = ScriptedServer::start([
        Reply::status(429).header("retry-after", "7"),
        Reply::status(429).header("retry-after", "Sun, 06 Nov 1994 08:50:14 GMT"),
        good().into(),
    ]);
    let (outcome, _) = complete(&*provider(&config(Kind::Anthropic, &server), &clock), &hello()).await;
    assert_whole(outcome, "retry-after");
    // The second counts from when the first wait was over.
    assert_eq!(clock.sleeps(), [Duration::from_secs(7), Duration::from_secs(30)]);
}

#[tokio::test]
async fn a_wait_too_long_is_told_at_once() {
    let server = ScriptedServer::start([Reply::status(429).header("retry-after", "3600"), good().into()]);
    let error = run(&config(Kind::Anthropic, &server)).await.0.unwrap_err();
    assert_eq!(error.code().as_str(), "models.rate-limited");
    assert_eq!(
        error.hint().unwrap(),
        "Try again in 3600 seconds with `deskhand resume`."
    );
    assert_eq!(server.remaining(), 1);
}

#[tokio::test]
async fn the_server_can_forbid_and_demand_a_retry() {
    let server = ScriptedServer::start([Reply::status(503).header("x-should-retry", "false"), good().into()]);
    assert_eq!(
        run(&config(Kind::Anthropic, &server))
            .await
            .0
            .unwrap_err()
            .code()
            .as_str(),
        "models.overloaded"
    );
    let server = ScriptedServer::start([Reply::status(400).header("x-should-retry", "true"), good().into()]);
    assert_whole(run(&config(Kind::Anthropic, &server)).await.0, "x-should-retry");
}

#[tokio::test]
async fn lasting_troubles_are_not_retried() {
    let cases = [
        (
            400,
            json!({"error": {"type": "invalid_request_error", "message": "max_tokens: too large"}}),
            "models.invalid-request",
        ),
        (
            400,
            json!({"error": {"type": "invalid_request_error", "message": "prompt is too long: 1 > 0"}}),
            "models.context-overflow",
        ),
        (
            401,
            json!({"error": {"type": "authentication_error", "message": "invalid x-api-key"}}),
            "models.authentication",
        ),
        (
            403,
            json!({"error": {"type": "permission_error", "message": "no"}}),
            "models.authentication",
        ),
        (
            404,
            json!({"error": {"type": "not_found_error", "message": "model: nope"}}),
            "models.unknown-model",
        ),
        (
            413,
            json!({"error": {"type": "request_too_large", "message": "too large"}}),
            "models.context-overflow",
        ),
        (
            429,
            json!({"error": {"code": "insufficient_quota", "message": "quota"}}),
            "models.quota",
        ),
        (302, json!(null), "models.not-a-model-server"),
    ];
    for kind in KINDS {
        for (status, body, code) in &cases {
            let server = ScriptedServer::start([Reply::status(*status).body(body.clone()), good().into()]);
            let error = run(&config(kind, &server)).await.0.unwrap_err();
            assert_eq!(
                (error.code().as_str(), server.remaining()),
                (*code, 1),
                "{kind:?} {status}"
            );
            assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
        }
    }
}

#[tokio::test]
async fn errors_inside_a_stream_have_their_class() {
    let stream = |events: &str| {
        Reply::status(200)
            .header("content-type", "text/event-stream")
            .body(events)
    };
    let cases = [
        (
            Kind::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            "models.overloaded",
            3,
        ),
        (
            Kind::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}\n\n",
            "models.invalid-request",
            1,
        ),
        (
            Kind::Chat,
            "data: {\"error\":{\"message\":\"the request exceeds the available context size\",\"code\":500}}\n\n",
            "models.context-overflow",
            1,
        ),
        (
            Kind::Chat,
            "data: {\"error\":{\"message\":\"crashed\",\"code\":500}}\n\n",
            "models.server",
            3,
        ),
        (
            Kind::Chat,
            "data: {\"error\":{\"message\":\"no\",\"code\":401},\"choices\":[{\"finish_reason\":\"error\"}]}\n\n",
            "models.authentication",
            1,
        ),
        (
            Kind::Chat,
            "data: {\"id\":\"c\",\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n",
            "models.stream",
            3,
        ),
        (
            Kind::Responses,
            "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\"}}}\n\n",
            "models.rate-limited",
            3,
        ),
        (
            Kind::Responses,
            "event: error\ndata: {\"type\":\"error\",\"code\":\"context_length_exceeded\",\"message\":\"too long\"}\n\n",
            "models.context-overflow",
            1,
        ),
    ];
    for (kind, events, code, attempts) in cases {
        let server = ScriptedServer::start([stream(events).times(3)]);
        let error = run(&config(kind, &server)).await.0.unwrap_err();
        assert_eq!(
            (error.code().as_str(), 3 - server.remaining()),
            (code, attempts),
            "{kind:?} {events}"
        );
    }
}

#[tokio::test]
async fn a_web_page_is_not_a_model() {
    let page = Reply::status(200)
        .header("content-type", "text/html")
        .body("<html>Sign in</html>");
    let server = ScriptedServer::start([page, good().into()]);
    let error = run(&config(Kind::Anthropic, &server)).await.0.unwrap_err();
    assert_eq!(
        (error.code().as_str(), server.remaining()),
        ("models.not-a-model-server", 1)
    );
}

#[tokio::test]
async fn no_server_is_a_network_error() {
    for kind in KINDS {
        let server = ScriptedServer::start([]);
        let config = config(kind, &server);
        drop(server);
        let (outcome, deltas) = run(&config).await;
        assert_eq!(
            (outcome.unwrap_err().code().as_str(), retries(&deltas)),
            ("models.network", 2)
        );
    }
}

#[tokio::test]
async fn errors_never_hold_the_key() {
    let echo = |status: u16| {
        Reply::status(status).body(json!({"error": {"message": format!("bad header authorization: Bearer {CANARY}!")}}))
    };
    let stream = Reply::status(200)
        .header("content-type", "text/event-stream")
        .body(format!(
            "data: {{\"type\":\"error\",\"error\":{{\"type\":\"{CANARY}\",\"message\":\"key {CANARY}\"}}}}\n\n"
        ));
    let page = Reply::status(500).body(format!("<pre>x-api-key: {CANARY}</pre>"));
    let odd = Reply::status(200)
        .header("content-type", "text/event-stream")
        .body(format!(
            "data: {{\"type\":\"content_block_start\",\"index\":\"{CANARY}\"}}\n\n"
        ));
    // The key stands where a long message is cut.
    let cut = Reply::status(400).body(json!({"error": {"message": format!("{}{CANARY}", "x".repeat(490))}}));
    for kind in KINDS {
        for reply in [
            echo(400),
            echo(401),
            echo(500),
            page.clone(),
            stream.clone(),
            odd.clone(),
            cut.clone(),
        ] {
            let server = ScriptedServer::start([reply.clone().times(3)]);
            let (outcome, deltas) = run(&config(kind, &server)).await;
            let error = outcome.unwrap_err();
            let all = format!("{error} {error:?} {:?} {deltas:?}", error.hint());
            assert!(!all.contains("canary"), "{kind:?} {reply:?}: {all}");
            let sent = &server.requests()[0];
            assert!(
                sent.headers.iter().any(|(_, value)| value.contains(CANARY)),
                "the key was sent"
            );
            assert!(!sent.text().contains("canary"), "the key is in the body");
            assert!(Protocol::of_path(&sent.path).is_some());
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_at_an_https_address_is_a_network_error() {
    let server = ScriptedServer::start([good().into()]);
    let mut config = config(Kind::Anthropic, &server);
    config.base_url = Some(server.base_url().replace("http:", "https:"));
    config.tuning.retry.attempts = 1;
    let error = run(&config).await.0.unwrap_err();
    assert_eq!(error.code().as_str(), "models.network", "{error}");
    assert!(!error.to_string().contains(CANARY));
    assert_eq!(server.all_requests(), []);
}
