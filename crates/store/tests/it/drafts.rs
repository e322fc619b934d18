//! Events to append.

use deskhand_types::{Block, EventBody, EventDraft, Label, StopReason, ToolOutcome, Usage};
use proptest::prelude::*;
use serde_json::Value;

pub fn said(text: &str) -> EventDraft {
    EventBody::PersonSaid {
        text: text.to_owned(),
        queued: None,
        voice: Vec::new(),
    }
    .into()
}

pub fn answered(content: Vec<Block>) -> EventDraft {
    EventBody::ModelAnswered {
        turn: 1,
        content,
        stop: StopReason::EndTurn,
        usage: Usage::default(),
        cost_usd: Some(0.1 + 0.2),
        model: "m".to_owned(),
    }
    .into()
}

pub fn result(path: &str, text: &str) -> EventDraft {
    let label = Label::file(path);
    EventDraft {
        body: EventBody::ToolFinished {
            call: "call-1".into(),
            outcome: ToolOutcome::text(text, label.clone(), "Read one file"),
        },
        label: Some(label),
    }
}

/// As many cases as fit a few seconds, or as many as `PROPTEST_CASES` says.
pub fn cases(few: u32) -> ProptestConfig {
    if std::env::var_os("PROPTEST_CASES").is_some() {
        ProptestConfig::default()
    } else {
        ProptestConfig::with_cases(few)
    }
}

/// Text that neither repeats nor compresses much.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut out = vec![0; bytes];
    blake3::Hasher::new().finalize_xof().fill(&mut out);
    out
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("JSON has no such number", |f| f.is_finite().then(|| Value::from(f))),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Any draft: small and large, with and without a label, with every kind of JSON in it.
pub fn any_draft() -> impl Strategy<Value = EventDraft> {
    let text = prop_oneof![
        8 => any::<String>(),
        1 => (any::<char>(), 4_000..6_000_usize).prop_map(|(c, times)| std::iter::repeat_n(c, times * 4).collect()),
        1 => (300_000..400_000_usize).prop_map(|bytes| noise(bytes).iter().map(|b| char::from(b & 0x7f)).collect()),
    ];
    prop_oneof![
        text.clone().prop_map(|text| said(&text)),
        (any::<String>(), text).prop_map(|(path, text)| result(&path, &text)),
        json().prop_map(|input| {
            answered(vec![Block::ToolUse {
                id: "c".into(),
                name: "Read".to_owned(),
                input,
            }])
        }),
        Just(EventBody::GrantsRevoked {}.into()),
    ]
}
