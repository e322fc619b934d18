//! Killed at any event around a command in the real machine: what it changed lands once, and it runs again only when the
//! model, told that it was interrupted, says so.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use deskhand_testkit::{Reply, ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies};

/// Runs a command, and again when it was interrupted; by what the conversation shows, since a dead process may have asked
/// already.
fn model() -> ScriptedServer {
    ScriptedServer::responding(|request, _| {
        let body = request.json();
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let last = messages.last().map(ToString::to_string).unwrap_or_default();
        let reply: Reply = if messages.len() == 1 || last.contains("Interrupted") {
            Turn::new()
                .tool(
                    "Bash",
                    json!({"command": "echo line >> log.txt; rm old.txt; echo done"}),
                )
                .into()
        } else {
            Turn::new().text("All done.").into()
        };
        reply
    })
}

fn killed_after(number: usize) -> Home {
    let home = Home::with_machine(model());
    home.write("log.txt", "first\n");
    home.write("old.txt", "old\n");
    let mut child = home
        .online()
        .args(["run", "-C", "work:rw", "--output-format", "stream-json", "go"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..number {
        if lines.next().is_none() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    home.run(&["resume", &home.newest()]).expect(0);
    home
}

/// As if nothing had happened.
fn check(home: &Home, what: &str) {
    assert_eq!(home.read("log.txt"), "first\nline\n", "{what}");
    assert!(!home.exists("old.txt"), "{what}");
    let task = home.newest();
    home.run(&["log", "verify", &task]).expect(0);
    let events: Vec<Value> = home
        .run(&["export", &task, "--json"])
        .json()
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(bodies(&events, "command.finished").len(), 1, "{what}");
    assert_eq!(bodies(&events, "change.applied").len(), 1, "{what}");
    let outcomes = bodies(&events, "tool.finished");
    let interrupted = outcomes
        .iter()
        .filter(|body| body["outcome"]["error"] == "command.interrupted")
        .count();
    assert_eq!(outcomes.len(), 1 + interrupted, "{what}");
    // Each run was begun by a call of its own.
    assert_eq!(bodies(&events, "tool.started").len(), outcomes.len(), "{what}");
    home.run(&["undo", &task]).expect(0);
    assert_eq!(
        (home.read("log.txt").as_str(), home.read("old.txt").as_str()),
        ("first\n", "old\n"),
        "{what}"
    );
}

/// More than the task has events.
const EVENTS: usize = 14;
/// The set is split, so that the test runner can spread it over the cores.
const SHARDS: usize = 4;

fn after_every_event(shard: usize) {
    // Before the first event there is no task to resume.
    for number in (1 + shard..=EVENTS).step_by(SHARDS) {
        check(&killed_after(number), &format!("killed after event {number}"));
    }
}

#[test]
fn killed_after_every_event_1() {
    after_every_event(0);
}

#[test]
fn killed_after_every_event_2() {
    after_every_event(1);
}

#[test]
fn killed_after_every_event_3() {
    after_every_event(2);
}

#[test]
fn killed_after_every_event_4() {
    after_every_event(3);
}
