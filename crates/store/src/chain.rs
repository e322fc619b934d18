//! The hash chain, and the text forms it is taken over (`docs/decisions/0002-event-hash.md`).

use deskhand_types::{Event, EventBody, EventDraft, Hash, Label, TaskId, Timestamp, canonical_json};
use serde::Deserialize as _;
use serde_json::Value;

/// Deepest JSON nesting of a stored body. JSON that came in from outside is at most 128 deep (serde_json's own limit).
const MAX_DEPTH: usize = 192;

/// A draft in stored form: canonical JSON.
pub(crate) struct Entry {
    pub kind: &'static str,
    pub body: String,
    pub label: Option<String>,
    /// What `body` decodes to, so that what `append` returns is what `read` will give.
    decoded: EventBody,
    decoded_label: Option<Label>,
}

impl Entry {
    /// The stored form of a draft, or why there is none. Only what can be read back is accepted.
    pub fn new(draft: &EventDraft) -> Result<Self, String> {
        let kind = draft.body.kind();
        let value = serde_json::to_value(&draft.body).map_err(|e| e.to_string())?;
        let body = value.get("body").unwrap_or(&Value::Null);
        if depth(body) > MAX_DEPTH {
            return Err(format!("it is nested deeper than {MAX_DEPTH} levels"));
        }
        let body = canonical_json(body).map_err(|e| e.to_string())?;
        let decoded = decode_body(kind, &body).map_err(|e| e.to_string())?;
        let label = draft
            .label
            .as_ref()
            .map(canonical_json)
            .transpose()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            kind,
            body,
            label,
            decoded,
            decoded_label: draft.label.clone(),
        })
    }

    /// The event this entry became.
    pub fn into_event(self, task: &TaskId, seq: u64, at: Timestamp, prev_hash: Hash, hash: Hash) -> Event {
        Event {
            task: task.clone(),
            seq,
            at,
            body: self.decoded,
            label: self.decoded_label,
            prev_hash,
            hash,
        }
    }
}

/// One event in stored form.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    pub task: &'a str,
    pub seq: u64,
    pub at: i64,
    pub kind: &'a str,
    pub body: &'a str,
    pub label: Option<&'a str>,
}

impl Record<'_> {
    /// `blake3(prev ‖ canonical JSON of {at, body, kind, label?, seq, task})`.
    pub fn hash(&self, prev: &Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(prev.as_bytes());
        hasher.update(self.json(None).as_bytes());
        Hash::from_bytes(*hasher.finalize().as_bytes())
    }

    /// The exported form: the same with `prev_hash` and `hash`, on one line.
    pub fn line(&self, prev: &Hash, hash: &Hash) -> String {
        self.json(Some((prev, hash)))
    }

    /// Keys in the order of `canonical_json`; body and label are canonical already.
    fn json(&self, hashes: Option<(&Hash, &Hash)>) -> String {
        let optional = |key: &str, value: Option<String>| value.map_or_else(String::new, |v| format!(",\"{key}\":{v}"));
        format!(
            "{{\"at\":{at},\"body\":{body}{hash},\"kind\":{kind}{label}{prev},\"seq\":{seq},\"task\":{task}}}",
            at = self.at,
            body = self.body,
            hash = optional("hash", hashes.map(|(_, hash)| format!("\"{hash}\""))),
            kind = Value::from(self.kind),
            label = optional("label", self.label.map(str::to_owned)),
            prev = optional("prev_hash", hashes.map(|(prev, _)| format!("\"{prev}\""))),
            seq = self.seq,
            task = Value::from(self.task),
        )
    }

    /// Whether body and label are JSON values by themselves. Without this, bytes could move between columns and leave
    /// the hashed text as it was.
    pub fn is_well_formed(&self) -> bool {
        let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        is_json(self.body) && self.label.is_none_or(is_json)
    }
}

/// Decodes a stored body.
pub(crate) fn decode_body(kind: &str, body: &str) -> Result<EventBody, serde_json::Error> {
    let text = format!("{{\"kind\":{},\"body\":{body}}}", Value::from(kind));
    let mut decoder = serde_json::Deserializer::from_str(&text);
    decoder.disable_recursion_limit();
    let decoded = EventBody::deserialize(&mut decoder)?;
    decoder.end()?;
    Ok(decoded)
}

fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, level)) = open.pop() {
        deepest = deepest.max(level);
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(map) => open.extend(map.values().map(|item| (item, level + 1))),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashed_text_is_the_canonical_json_of_the_exported_line() {
        let record = Record {
            task: "t\"1",
            seq: 7,
            at: -3,
            kind: "person.said",
            body: r#"{"text":"ä"}"#,
            label: Some(r#"{"x":1}"#),
        };
        let line: Value = serde_json::from_str(&record.line(&Hash::ZERO, &Hash::of(b"x"))).unwrap();
        assert_eq!(
            canonical_json(&line).unwrap(),
            record.line(&Hash::ZERO, &Hash::of(b"x"))
        );

        let mut covered = line;
        covered.as_object_mut().unwrap().remove("hash");
        covered.as_object_mut().unwrap().remove("prev_hash");
        let mut bytes = [0_u8; 32].to_vec();
        bytes.extend(canonical_json(&covered).unwrap().as_bytes());
        assert_eq!(record.hash(&Hash::ZERO), Hash::of(&bytes));
    }

    #[test]
    fn bytes_cannot_move_between_columns() {
        let honest = Record {
            task: "t",
            seq: 0,
            at: 0,
            kind: "k",
            body: r#"{"a":1,"kind":"x","label":{}}"#,
            label: None,
        };
        let moved = Record {
            kind: "x",
            body: r#"{"a":1"#,
            label: Some(r#"{}},"kind":"k""#),
            ..honest
        };
        assert_eq!(moved.hash(&Hash::ZERO), honest.hash(&Hash::ZERO));
        assert!(honest.is_well_formed() && !moved.is_well_formed());
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused_before_it_is_stored() {
        let nested = |levels: usize| {
            let mut input = Value::Null;
            for _ in 0..levels {
                input = Value::Array(vec![input]);
            }
            EventDraft::from(EventBody::ModelAnswered {
                turn: 1,
                content: vec![deskhand_types::Block::ToolUse {
                    id: "c".into(),
                    name: "Read".into(),
                    input,
                }],
                stop: deskhand_types::StopReason::ToolUse,
                usage: deskhand_types::Usage::default(),
                cost_usd: None,
                model: "m".into(),
            })
        };
        let deep = nested(128);
        assert_eq!(Entry::new(&deep).unwrap().decoded, deep.body);
        assert_eq!(
            Entry::new(&nested(300)).err().unwrap(),
            "it is nested deeper than 192 levels"
        );
    }
}
