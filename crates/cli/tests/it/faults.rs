//! Faults of the model's stream, seen from outside: retried or told clearly, nothing executed twice.

use deskhand_testkit::{Fault, Reply, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies};

/// A turn that would do harm if half of it were executed, or all of it twice.
fn append_turn() -> Turn {
    Turn::new()
        .text("I write.")
        .tool("Write", json!({"file_path": "/mnt/work/once.txt", "content": "once"}))
}

/// Fast retries, so that a test does not wait as a person would.
fn quick(home: &Home) {
    let settings = "[[models.providers]]\nkind = \"anthropic\"\n[models.providers.tuning.retry]\nfirst_wait_ms = 1\nlongest_wait_ms = 5\n";
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), settings).unwrap();
}

fn changes(home: &Home) -> Vec<Value> {
    home.run(&["changes", &home.newest(), "--json"])
        .expect(0)
        .json()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_stream_cut_at_every_event_is_retried_and_executed_once() {
    for event in 0..8 {
        let home = Home::new([
            append_turn().fault(Fault::CutAfterEvent(event)),
            append_turn().into(),
            Turn::new().text("ok").into(),
        ]);
        quick(&home);
        let events = home.task(&["go"]).expect(0).events();
        assert_eq!(bodies(&events, "change.applied").len(), 1, "cut after event {event}");
        assert_eq!(home.read("once.txt"), "once");
        assert_eq!(changes(&home).len(), 1);
    }
}

#[test]
fn overload_and_server_errors_are_retried() {
    let home = Home::new([
        Reply::status(529),
        Reply::status(500),
        Reply::status(429).header("retry-after", "0"),
        append_turn().into(),
        Turn::new().text("ok").into(),
    ]);
    quick(&home);
    let events = home.task(&["go"]).expect(0).events();
    assert_eq!(bodies(&events, "model.retried").len(), 3);
    assert_eq!(bodies(&events, "change.applied").len(), 1);
}

#[test]
fn a_server_that_stays_broken_ends_the_task_with_a_clear_error_and_it_can_be_resumed() {
    let mut replies: Vec<Reply> = vec![Reply::status(500).times(50)];
    replies.truncate(1);
    let home = Home::new(replies);
    quick(&home);
    let ran = home.task(&["go"]).expect(1);
    let failed = bodies(&ran.events(), "model.failed")[0].clone();
    assert!(failed["hint"].is_string(), "{failed:#}");
    let asked = home.server.requests().len();
    assert!(asked < 20, "it gives up after {asked} attempts");
}

#[test]
fn arguments_that_are_not_json_are_told_to_the_model() {
    let home = Home::new([
        Turn::new().raw_tool("Write", "{\"file_path\": \"/mnt/work/a").into(),
        Turn::new().text("ok").into(),
    ]);
    home.task(&["go"]).expect(0);
    let result = home.server.requests()[1].json()["messages"][2].to_string();
    assert!(result.contains("not valid JSON"), "{result}");
    assert!(!home.exists("a"));
}
