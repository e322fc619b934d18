//! All of one call.

use deskhand_server::{
    api::{CallDetail, Decision},
    view::call,
};
use deskhand_types::{EffectClass, Label, ToolOutcome};
use serde_json::json;

use super::log::{Log, action, failed, uses};

#[test]
fn a_call_is_found_by_the_id_the_task_gave_it() {
    let mut log = Log::begin("Do it");
    for (turn, id, file) in [(1, "a", "first"), (2, "a-2", "second")] {
        log.turn(turn, vec![uses("a", "Read", json!({"file_path": file}))]);
        log.begin_call(&action(id, "Read", EffectClass::Read, "Read"), json!({}));
        log.finish(
            id,
            ToolOutcome::text(format!("text of {file}"), Label::harness(), "Read"),
        );
    }
    let detail = |id: &str, file: &str| CallDetail {
        call: id.to_owned(),
        tool: "Read".to_owned(),
        input: json!({"file_path": file}),
        result: format!("text of {file}"),
        cut: false,
        decisions: vec![Decision {
            verdict: "allow".to_owned(),
            rule: "rule-allow".to_owned(),
            file: String::new(),
            reason: "within the grants".to_owned(),
        }],
    };
    assert_eq!(call(&log.events, "a"), Some(detail("a", "first")));
    assert_eq!(call(&log.events, "a-2"), Some(detail("a-2", "second")));
    assert_eq!(call(&log.events, "a-3"), None);
}

#[test]
fn a_refused_call_tells_its_arguments_and_why() {
    let mut log = Log::begin("Do it");
    log.turn(1, vec![uses("a", "Write", json!({"file_path": "/mnt/work/x"}))]);
    log.decide(
        &action("a", "Write", EffectClass::Modify, "Write x"),
        "deny",
        "not here",
    );
    log.finish("a", failed("tool.refused", "Refused by the policy: not here."));
    let detail = call(&log.events, "a").unwrap();
    assert_eq!(detail.input, json!({"file_path": "/mnt/work/x"}));
    assert_eq!(detail.result, "Refused by the policy: not here.");
    assert_eq!(detail.decisions[0].reason, "not here");
}

#[test]
fn a_long_result_is_cut_between_characters() {
    let mut log = Log::begin("Do it");
    log.turn(1, vec![uses("a", "Read", json!({}))]);
    // One byte before, so that the limit falls into a character.
    let text = format!("x{}", "é".repeat(40_000));
    log.finish("a", ToolOutcome::text(text.clone(), Label::harness(), "Read"));
    let detail = call(&log.events, "a").unwrap();
    assert!(detail.cut);
    assert_eq!(detail.result.len(), 64 * 1024 - 1);
    assert!(text.starts_with(&detail.result));
}
