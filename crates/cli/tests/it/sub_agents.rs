//! Sub-agents through the program: what a person sees of them, and that a dead process loses nothing of them.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use deskhand_testkit::{Reply, ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies};

/// A task that writes, has a sub-agent read, write and move, and edits what it wrote. Each conversation goes on by what it
/// shows was done, so that a turn may be asked for twice.
fn model() -> ScriptedServer {
    ScriptedServer::responding(|request, _| {
        let body = request.json();
        let turns = body["messages"].as_array().map_or(0, |messages| {
            messages.iter().filter(|message| message["role"] == "assistant").count()
        });
        if body["system"].to_string().contains("You are a sub-agent") {
            inner(turns)
        } else {
            outer(turns)
        }
    })
}

fn outer(turn: usize) -> Reply {
    match turn {
        0 => Turn::new().tool(
            "Write",
            json!({"file_path": "/mnt/work/notes.txt", "content": "two apples\n"}),
        ),
        1 => Turn::new().text("Somebody shall count.").tool(
            "Task",
            json!({"description": "Count the apples", "prompt": "Count in /mnt/work/notes.txt", "subagent_type": "general-purpose"}),
        ),
        2 => Turn::new().tool(
            "Edit",
            json!({"file_path": "/mnt/work/counted.txt", "old_string": "2", "new_string": "two"}),
        ),
        _ => Turn::new().text("All done."),
    }
    .into()
}

fn inner(turn: usize) -> Reply {
    match turn {
        0 => Turn::new().tool("Read", json!({"file_path": "/mnt/work/notes.txt"})),
        1 => Turn::new().tool("Write", json!({"file_path": "/mnt/work/count.txt", "content": "2\n"})),
        2 => Turn::new().tool(
            "MoveFile",
            json!({"from": "/mnt/work/count.txt", "to": "/mnt/work/counted.txt"}),
        ),
        _ => Turn::new().text("There are two; see counted.txt."),
    }
    .into()
}

fn check(home: &Home, what: &str) {
    assert_eq!(home.read("counted.txt"), "two\n", "{what}");
    assert!(!home.exists("count.txt"), "{what}");
    let task = home.newest();
    home.run(&["log", "verify", &task]).expect(0);
    let events: Vec<Value> = home
        .run(&["export", &task, "--json"])
        .json()
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(bodies(&events, "change.applied").len(), 4, "{what}: each change once");
    assert_eq!(bodies(&events, "agent.started").len(), 1, "{what}");
    let finished = bodies(&events, "tool.finished");
    assert_eq!(finished.len(), 6, "{what}");
    assert!(finished.iter().all(|body| body["outcome"]["error"].is_null()), "{what}");
    let report = finished
        .iter()
        .find(|body| body["outcome"]["data"]["agent"] == "general-purpose")
        .unwrap();
    assert_eq!(
        report["outcome"]["content"][0]["text"], "There are two; see counted.txt.",
        "{what}"
    );
}

/// Runs the task, kills the process after so many events, and resumes.
fn killed(after: usize) -> Home {
    let home = Home::with(model());
    let mut child = home
        .online()
        .args(["run", "-C", "work", "--output-format", "stream-json", "go"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..after {
        if lines.next().is_none() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    if home
        .run(&["tasks", "--json"])
        .expect(0)
        .json()
        .as_array()
        .unwrap()
        .is_empty()
    {
        home.task(&["go"]).expect(0);
    } else {
        home.run(&["resume", &home.newest()]).expect(0);
    }
    home
}

/// The sets are split, so that the test runner can spread them over the cores.
const SHARDS: usize = 2;

#[test]
fn killed_after_any_event_a_task_with_a_sub_agent_ends_the_same_1() {
    after_every_event(0);
}

#[test]
fn killed_after_any_event_a_task_with_a_sub_agent_ends_the_same_2() {
    after_every_event(1);
}

fn after_every_event(shard: usize) {
    let whole = killed(usize::MAX);
    check(&whole, "not killed");
    let count = whole
        .run(&["export", &whole.newest(), "--json"])
        .json()
        .as_array()
        .unwrap()
        .len();
    assert!(count > 40, "{count}");
    for number in (shard..=count).step_by(SHARDS) {
        check(&killed(number), &format!("killed after event {number} of {count}"));
    }
}

#[test]
fn a_person_sees_its_name_its_steps_and_its_report_and_can_undo_what_it_did() {
    let home = Home::with(model());
    let ran = home.run(&["run", "-C", "work", "go"]).expect(0);
    assert!(
        ran.stdout.contains("sub-agent general-purpose: Count the apples"),
        "{ran:#?}"
    );
    let task = home.newest();
    let shown = home.run(&["show", &task]).expect(0).stdout;
    assert!(
        shown.contains("• Sub-agent general-purpose: Count the apples\n"),
        "{shown}"
    );
    assert!(shown.contains("\n    There are two; see counted.txt.\n"), "{shown}");
    let entries = home.run(&["show", &task, "--json"]).json()["entries"].clone();
    let agent = entries
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["type"] == "agent")
        .unwrap();
    assert_eq!(agent["entries"].as_array().unwrap().len(), 4, "{agent}");
    let usage = home.run(&["show", &task, "--json"]).json()["turns"].clone();
    assert_eq!(usage, 8, "its turns are the task's");
    home.run(&["undo", &task]).expect(0);
    assert!(!home.exists("counted.txt") && !home.exists("notes.txt"));
}

#[test]
fn its_question_names_it() {
    let home = Home::with(model());
    home.task(&["--mode", "manual", "go"]).expect(3);
    let asked = home.run(&["approvals", "--json"]).json();
    assert_eq!(asked[0]["agent"], Value::Null, "{asked}");
    home.run(&["approvals", "allow", asked[0]["id"].as_str().unwrap()]);
    home.run(&["resume", &home.newest()]).expect(3);
    let asked = home.run(&["approvals", "--json"]).json();
    assert_eq!(asked[0]["agent"], "general-purpose", "{asked}");
    let listed = home.run(&["approvals"]).expect(0);
    let told = format!("{}{}", listed.stdout, listed.stderr);
    assert!(told.contains("The sub-agent general-purpose asks:"), "{told}");
}

/// A program that follows the lines tells apart who did what.
#[test]
fn every_line_of_a_sub_agent_names_the_call_it_works_for() {
    let home = Home::with(model());
    let lines = home.task(&["go"]).expect(0).events();
    let call = bodies(&lines, "agent.started")[0]["call"].clone();
    let of_agent: Vec<&str> = lines
        .iter()
        .filter(|line| line["agent"] == call)
        .map(|line| line["kind"].as_str().unwrap())
        .filter(|kind| kind.starts_with("tool.") || kind.starts_with("agent."))
        .collect();
    let one = ["tool.started", "tool.finished"];
    assert_eq!(of_agent, [&["agent.started"][..], &one, &one, &one].concat());
    let others = lines.iter().filter(|line| line["agent"].is_null());
    let finished = others.filter(|line| line["kind"] == "tool.finished").count();
    assert_eq!(finished, 3, "what the task did itself, the sub-agent's report among it");
}
