//! The conversation so far as command hooks read it: one JSON object a line, in the shape that Claude Code writes
//! (`transcript_path`; issue 5, A10).
//!
//! Architecture invariants: it is a fold over the log, made only where a command hook is due, and in no file of this
//! computer ([`Beside`](super::beside)). What is secret is left out (`docs/decisions/0024-no-secret-for-hooks.md`): content
//! whose label says so, text that looks so, and whatever a model wrote once it had met some. It is bounded: the oldest
//! messages are left out first, and that is told in the first line.

use std::collections::VecDeque;

use deskhand_policy::secret_content;
use deskhand_types::{Block, CallId, Caller, Confidentiality, Event, EventBody, Hash, Timestamp};
use serde_json::{Map, Value, json};

use super::moment::cut;

/// Bytes of all lines.
const MAX_BYTES: usize = 4 << 20;
/// Bytes of one line; the content of a longer one is left out.
const MAX_LINE: usize = 256 << 10;
/// Stands for what is secret.
const SECRET: &str = "[left out: it is secret]";

/// The lines, taken in event by event.
#[derive(Default)]
pub(crate) struct Transcript {
    next: u64,
    lines: VecDeque<String>,
    bytes: usize,
    left_out: u64,
    /// The line before, which the next one follows.
    last: Option<String>,
    /// Whether what a model writes from here on may repeat something secret.
    met_secret: bool,
    /// The call that a sub-agent works for.
    inside: Option<CallId>,
}

impl Transcript {
    /// The number of the first event that is not in it.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Takes in the next event.
    pub fn take(&mut self, event: &Event) {
        self.next = event.seq + 1;
        let label = event.label.as_ref();
        let is_secret = label.is_some_and(|label| label.confidentiality == Confidentiality::Secret);
        match &event.body {
            EventBody::TaskStarted(start) => self.said(event, is_secret, &start.prompt, false),
            EventBody::PersonSaid { text, .. } => self.said(event, is_secret, text, false),
            EventBody::ModelAnswered { content, model, .. } => {
                let content = blocks(content, self.met_secret);
                if content.as_array().is_some_and(|blocks| !blocks.is_empty()) {
                    self.add(
                        event,
                        "assistant",
                        json!({"role": "assistant", "model": model, "content": content}),
                        false,
                    );
                }
            }
            EventBody::AgentStarted(start) => {
                self.inside = Some(start.call.clone());
                self.said(event, is_secret || self.met_secret, &start.prompt, false);
            }
            EventBody::ToolFinished { call, outcome } => {
                self.inside.take_if(|inside| inside == call);
                let result = json!({
                    "type": "tool_result",
                    "tool_use_id": call,
                    "content": blocks(&outcome.content, is_secret),
                    "is_error": outcome.error.is_some(),
                });
                self.add(event, "user", json!({"role": "user", "content": [result]}), false);
            }
            EventBody::FileAttached { content, .. } => self.attached(event, is_secret, content),
            EventBody::ConnectorAttached(attached) => self.attached(event, is_secret, &attached.content),
            EventBody::SkillUsed(used) if used.by == Caller::Person && !used.text.is_empty() => {
                self.said(event, is_secret, &used.text, true);
            }
            EventBody::HookRan(run) => {
                if let Some(context) = &run.context {
                    let text = format!("[A hook of {} says at {}:]\n{context}", run.whose(), run.event);
                    self.said(event, is_secret, &text, true);
                }
            }
            EventBody::MemoryRecalled(notes) => {
                let notes: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
                self.said(event, is_secret, &notes.join("\n"), true);
            }
            _ => return,
        }
        self.met_secret |= is_secret;
    }

    /// All of it, ready to be read.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = String::with_capacity(self.bytes + 200);
        if self.left_out > 0 {
            let summary = format!(
                "{} earlier messages are left out, since all would be too long",
                self.left_out
            );
            text.push_str(&json!({"type": "summary", "summary": summary}).to_string());
            text.push('\n');
        }
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text.into_bytes()
    }

    fn said(&mut self, event: &Event, is_secret: bool, text: &str, is_meta: bool) {
        let content = if is_secret { SECRET.to_owned() } else { shown(text) };
        self.add(event, "user", json!({"role": "user", "content": content}), is_meta);
    }

    fn attached(&mut self, event: &Event, is_secret: bool, content: &[Block]) {
        let content = blocks(content, is_secret);
        self.add(event, "user", json!({"role": "user", "content": content}), true);
    }

    fn add(&mut self, event: &Event, kind: &str, message: Value, is_meta: bool) {
        let uuid = uuid(&event.hash);
        let mut line = Map::new();
        let mut put = |key: &str, value: Value| line.insert(key.to_owned(), value);
        put("type", json!(kind));
        put("uuid", json!(uuid));
        put("parentUuid", json!(self.last));
        put("sessionId", json!(event.task));
        put("timestamp", json!(written(event.at)));
        put("isSidechain", json!(self.inside.is_some()));
        if is_meta {
            put("isMeta", json!(true));
        }
        let role = message.get("role").cloned();
        put("message", message);
        let mut text = Value::Object(line.clone()).to_string();
        if text.len() > MAX_LINE {
            line.insert(
                "message".to_owned(),
                json!({"role": role, "content": "[left out: it is too long]"}),
            );
            text = Value::Object(line).to_string();
        }
        self.last = Some(uuid);
        self.bytes += text.len() + 1;
        self.lines.push_back(text);
        while self.bytes > MAX_BYTES
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.len() + 1);
            self.left_out += 1;
        }
    }
}

/// What of blocks is told: text and calls, and that there is a picture.
fn blocks(content: &[Block], is_secret: bool) -> Value {
    let told = content.iter().filter_map(|block| match block {
        Block::Text { .. } | Block::ToolResult { .. } if is_secret => Some(json!({"type": "text", "text": SECRET})),
        Block::Text { text } => Some(json!({"type": "text", "text": shown(text)})),
        Block::Image { .. } => Some(json!({"type": "text", "text": "[a picture]"})),
        Block::ToolUse { id, name, input } => {
            let input = if is_secret || secret_content(&input.to_string()).is_some() {
                json!({"left_out": SECRET})
            } else {
                cleaned(cut(input.clone()))
            };
            Some(json!({"type": "tool_use", "id": id, "name": name, "input": input}))
        }
        Block::ToolResult { content, .. } => Some(json!({"type": "text", "text": blocks(content, false)})),
        Block::Thinking { .. } | Block::RedactedThinking { .. } => None,
    });
    Value::Array(told.collect())
}

/// A text, cut, or what stands for it where it holds a secret.
fn shown(text: &str) -> String {
    if secret_content(text).is_some() {
        return SECRET.to_owned();
    }
    match cut(json!(text)) {
        Value::String(text) => text,
        _ => String::new(),
    }
}

/// Without the texts that hold a secret, wherever they stand.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) if secret_content(&text).is_some() => json!(SECRET),
        Value::Array(items) => Value::Array(items.into_iter().map(cleaned).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, cleaned(value))).collect()),
        other => other,
    }
}

/// A UUID (version 8: made as its maker likes) of an event: the same at every reading.
fn uuid(hash: &Hash) -> String {
    let hex = hash.to_string();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// As ISO 8601 has it, with milliseconds, in UTC.
fn written(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

#[cfg(test)]
mod tests {
    use deskhand_types::{Label, StopReason, TaskId, ToolOutcome, Usage};
    use proptest::prelude::*;

    use super::*;
    use crate::hooks::moment::MAX_TEXT;

    fn event(seq: u64, body: EventBody, label: Option<Label>) -> Event {
        Event {
            task: TaskId::new("t1"),
            seq,
            at: Timestamp(1_700_000_000_123),
            body,
            label,
            prev_hash: Hash::ZERO,
            hash: Hash::of(&seq.to_le_bytes()),
        }
    }

    fn said(seq: u64, text: &str) -> Event {
        let body = EventBody::PersonSaid {
            text: text.to_owned(),
            queued: None,
            voice: Vec::new(),
        };
        event(seq, body, Some(Label::person()))
    }

    fn answered(seq: u64, content: Vec<Block>) -> Event {
        let body = EventBody::ModelAnswered {
            turn: seq,
            content,
            stop: StopReason::EndTurn,
            usage: Usage::default(),
            cost_usd: None,
            model: "m".to_owned(),
        };
        event(seq, body, None)
    }

    fn finished(seq: u64, text: &str, label: Label) -> Event {
        let outcome = ToolOutcome::text(text, label.clone(), "read");
        let call = CallId::new("c1");
        event(seq, EventBody::ToolFinished { call, outcome }, Some(label))
    }

    fn lines(transcript: &Transcript) -> Vec<Value> {
        let text = String::from_utf8(transcript.bytes()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn it_has_the_shape_that_hooks_know() {
        let mut transcript = Transcript::default();
        transcript.take(&said(1, "Read it"));
        let call = Block::ToolUse {
            id: CallId::new("c1"),
            name: "Read".to_owned(),
            input: json!({"file_path": "/mnt/work/a.txt"}),
        };
        transcript.take(&answered(2, vec![Block::text("I read it."), call]));
        transcript.take(&finished(3, "milk", Label::file("/mnt/work/a.txt")));
        let lines = lines(&transcript);
        assert_eq!(transcript.next(), 4);
        assert_eq!(
            lines.iter().map(|line| line["message"].clone()).collect::<Vec<_>>(),
            [
                json!({"role": "user", "content": "Read it"}),
                json!({"role": "assistant", "model": "m", "content": [
                    {"type": "text", "text": "I read it."},
                    {"type": "tool_use", "id": "c1", "name": "Read", "input": {"file_path": "/mnt/work/a.txt"}}]}),
                json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "is_error": false,
                    "content": [{"type": "text", "text": "milk"}]}]}),
            ]
        );
        assert_eq!(lines[0]["type"], "user");
        assert_eq!(lines[0]["sessionId"], "t1");
        assert_eq!(lines[0]["timestamp"], "2023-11-14T22:13:20.123Z");
        assert_eq!(lines[0]["parentUuid"], Value::Null);
        assert_eq!(lines[1]["parentUuid"], lines[0]["uuid"]);
        assert_eq!(lines[1]["uuid"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn what_is_secret_is_left_out_and_what_a_model_writes_after_it() {
        let mut transcript = Transcript::default();
        transcript.take(&said(1, "Go on"));
        transcript.take(&finished(2, "harmless", Label::file("/mnt/work/a.txt")));
        let secret = Label {
            confidentiality: Confidentiality::Secret,
            ..Label::file("/mnt/work/wallet.txt")
        };
        transcript.take(&finished(3, "CANARY one", secret));
        let call = Block::ToolUse {
            id: CallId::new("c2"),
            name: "Write".to_owned(),
            input: json!({"content": "CANARY two"}),
        };
        transcript.take(&answered(4, vec![Block::text("CANARY three"), call]));
        transcript.take(&said(
            5,
            "-----BEGIN RSA PRIVATE KEY-----\nCANARY four\n-----END RSA PRIVATE KEY-----",
        ));
        let text = String::from_utf8(transcript.bytes()).unwrap();
        assert!(!text.contains("CANARY"), "{text}");
        assert!(
            text.contains("Go on") && text.contains("harmless") && text.contains("\"Write\""),
            "{text}"
        );
        assert_eq!(lines(&transcript).len(), 5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn it_stays_bounded_and_every_line_is_json(sizes in proptest::collection::vec(0_usize..60_000, 1..60)) {
            let mut transcript = Transcript::default();
            for (seq, size) in sizes.iter().enumerate() {
                let many = (0..12).map(|_| Block::text("x".repeat(*size))).collect();
                transcript.take(&answered(seq as u64, many));
            }
            let bytes = transcript.bytes();
            prop_assert!(bytes.len() <= MAX_BYTES + 200, "{}", bytes.len());
            let lines = lines(&transcript);
            let told = lines.iter().filter(|line| line["type"] == "assistant").count();
            prop_assert_eq!(told as u64 + transcript.left_out, sizes.len() as u64);
            prop_assert_eq!(lines[0]["type"] == "summary", transcript.left_out > 0);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let mut transcript = Transcript::default();
        transcript.take(&said(1, &"x".repeat(MAX_TEXT * 2)));
        assert!(transcript.bytes().len() < MAX_TEXT + 1_000);
    }
}
