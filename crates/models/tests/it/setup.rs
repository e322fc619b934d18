//! What the tests share: providers that talk to a scripted server on a clock that waits for nothing.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use deskhand_models::{
    Clock, KeySource, ModelProvider, OpenAiApi, ProviderConfig, ProviderKind, RetryPolicy, Tuning, build_with_clock,
};
use deskhand_testkit::{FakeClock, ScriptedServer};
use deskhand_types::{Block, Decoding, Message, ModelRequest, ModelTurn, Role, StreamDelta, ToolDef};
use serde_json::json;

/// The key of every test. It must turn up in requests, and nowhere else.
pub const CANARY: &str = "sk-canary-5f0c1d2e3b4a";

pub struct TestClock(pub FakeClock);

#[async_trait]
impl Clock for TestClock {
    async fn sleep(&self, time: Duration) {
        self.0.sleep(time);
    }
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.0.since_epoch()
    }
    fn chance(&self) -> f64 {
        0.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Anthropic,
    Foundry,
    Chat,
    Responses,
}

pub const KINDS: [Kind; 4] = [Kind::Anthropic, Kind::Foundry, Kind::Chat, Kind::Responses];

pub fn config(kind: Kind, server: &ScriptedServer) -> ProviderConfig {
    let (provider, url, api) = match kind {
        Kind::Anthropic => (ProviderKind::Anthropic, server.base_url(), None),
        Kind::Foundry => (ProviderKind::Foundry, format!("{}/anthropic", server.base_url()), None),
        Kind::Chat => (ProviderKind::Openai, server.openai_base_url(), Some(OpenAiApi::Chat)),
        Kind::Responses => (
            ProviderKind::Openai,
            server.openai_base_url(),
            Some(OpenAiApi::Responses),
        ),
    };
    ProviderConfig {
        base_url: Some(url),
        api,
        key: KeySource::Env {
            name: "TEST_KEY".into(),
        },
        model: Some("claude-sonnet-5".into()),
        tuning: Tuning {
            retry: RetryPolicy {
                attempts: 3,
                ..RetryPolicy::default()
            },
            idle_timeout_ms: 2_000,
            ..Tuning::default()
        },
        ..ProviderConfig::new(provider)
    }
}

pub fn env(name: &str) -> Option<String> {
    (name == "TEST_KEY").then(|| CANARY.to_owned())
}

pub fn provider(config: &ProviderConfig, clock: &FakeClock) -> Arc<dyn ModelProvider> {
    build_with_clock(config, &env, Arc::new(TestClock(clock.clone()))).unwrap()
}

pub fn tool(name: &str) -> ToolDef {
    ToolDef {
        name: name.into(),
        description: format!("{name}s a file."),
        // Keys in alphabetical order, so that the snapshots do not depend on serde_json's `preserve_order`.
        input_schema: json!({"properties": {"file_path": {"type": "string"}}, "required": ["file_path"], "type": "object"}),
    }
}

pub fn user(content: Vec<Block>) -> Message {
    Message {
        role: Role::User,
        content,
    }
}

pub fn assistant(content: Vec<Block>) -> Message {
    Message {
        role: Role::Assistant,
        content,
    }
}

pub fn request(messages: Vec<Message>) -> ModelRequest {
    ModelRequest {
        model: "claude-sonnet-5".into(),
        system: "You are Deskhand.".into(),
        tools: vec![tool("Read"), tool("Write")],
        messages,
        max_tokens: 8_000,
        thinking_budget: 0,
        decoding: Decoding::Free,
    }
}

pub fn hello() -> ModelRequest {
    request(vec![user(vec![Block::text("Hello.")])])
}

/// Runs a request; gives the outcome, and what was streamed.
pub async fn complete(
    provider: &dyn ModelProvider,
    request: &ModelRequest,
) -> (Result<ModelTurn, deskhand_models::ModelError>, Vec<StreamDelta>) {
    let deltas = Mutex::new(Vec::new());
    let outcome = provider
        .complete(request, &mut |delta| deltas.lock().unwrap().push(delta))
        .await;
    (outcome, deltas.into_inner().unwrap())
}

/// The text a view would show: what came since the last retry.
pub fn shown(deltas: &[StreamDelta]) -> String {
    let mut text = String::new();
    for delta in deltas {
        match delta {
            StreamDelta::Text { text: piece } => text.push_str(piece),
            StreamDelta::Retry { .. } => text.clear(),
            _ => {}
        }
    }
    text
}

pub fn retries(deltas: &[StreamDelta]) -> usize {
    deltas
        .iter()
        .filter(|delta| matches!(delta, StreamDelta::Retry { .. }))
        .count()
}
