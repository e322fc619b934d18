//! Answers that were damaged at random: nothing panics, and no call appears that was not made.

use deskhand_models::{OpenAiApi, recorded};
use deskhand_testkit::{Protocol, Turn};
use deskhand_types::{Block, ModelTurn};
use proptest::prelude::*;
use serde_json::json;

const PROTOCOLS: [(Protocol, Option<OpenAiApi>); 3] = [
    (Protocol::Messages, None),
    (Protocol::Chat, Some(OpenAiApi::Chat)),
    (Protocol::Responses, Some(OpenAiApi::Responses)),
];

fn events(protocol: Protocol) -> Vec<String> {
    let turn = Turn::new()
        .thinking("I had better read both of them before I say anything.", "c2lnbmF0dXJl")
        .text("I'll read two files, one after the other.")
        .tool("Read", json!({"file_path": "/mnt/work/first.csv"}))
        .tool("Read", json!({"file_path": "/mnt/work/second.csv"}));
    protocol.stream(&turn, "m")
}

fn decode(api: Option<OpenAiApi>, body: &[u8]) -> Result<ModelTurn, String> {
    recorded::decode(api, body, &mut |_| {})
}

fn calls(turn: &ModelTurn) -> Vec<(&str, &serde_json::Value)> {
    turn.content
        .iter()
        .filter_map(|block| match block {
            Block::ToolUse { id, input, .. } => Some((id.as_str(), input)),
            _ => None,
        })
        .collect()
}

#[derive(Clone, Debug)]
enum Damage {
    Drop(usize),
    Double(usize),
    Swap(usize, usize),
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        any::<usize>().prop_map(Damage::Drop),
        any::<usize>().prop_map(Damage::Double),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Damage::Swap(a, b)),
    ];
    proptest::collection::vec(one, 1..4)
}

/// A modest number of cases, unless the environment asks for another.
fn cases() -> ProptestConfig {
    if std::env::var_os("PROPTEST_CASES").is_some() {
        ProptestConfig::default()
    } else {
        ProptestConfig::with_cases(64)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn damaged_order_never_makes_a_call_with_a_new_id(damages in damages()) {
        for (protocol, api) in PROTOCOLS {
            let whole = decode(api, events(protocol).concat().as_bytes()).unwrap();
            let mut events = events(protocol);
            for damage in &damages {
                let count = events.len();
                match *damage {
                    Damage::Drop(at) if count > 1 => drop(events.remove(at % count)),
                    Damage::Drop(_) => {}
                    Damage::Double(at) => events.insert(at % count, events[at % count].clone()),
                    Damage::Swap(a, b) => events.swap(a % count, b % count),
                }
            }
            if let Ok(turn) = decode(api, events.concat().as_bytes()) {
                let known: Vec<&str> = calls(&whole).into_iter().map(|(id, _)| id).collect();
                let mut seen = Vec::new();
                for (id, _) in calls(&turn) {
                    // Chat Completions numbers a call whose id was lost.
                    prop_assert!(known.contains(&id) || (protocol == Protocol::Chat && id.starts_with("call_chatcmpl")));
                    prop_assert!(!seen.contains(&id), "{protocol:?}: {id} twice");
                    seen.push(id);
                }
            }
        }
    }

    #[test]
    fn damaged_bytes_never_panic(at in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6), cut in any::<usize>()) {
        for (protocol, api) in PROTOCOLS {
            let mut body = events(protocol).concat().into_bytes();
            let length = body.len();
            for (place, byte) in &at {
                body[place % length] = *byte;
            }
            let _ = decode(api, &body);
            let _ = decode(api, &body[..cut % length]);
        }
    }

    #[test]
    fn noise_is_never_a_turn(noise in "(data: |event: |[a-z\\[\\]{}\":,0-9]|\n){0,200}") {
        for (_, api) in PROTOCOLS {
            prop_assert!(decode(api, noise.as_bytes()).is_err());
        }
    }
}
