//! Killed at any instant, a task resumes to the same end, each effect once.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

use deskhand_testkit::{Reply, ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies};

const STEPS: usize = 20;

/// A model that goes through its 20 steps by what the conversation shows was done: it may be asked again for a turn
/// whose answer the dead process did not log.
fn model() -> ScriptedServer {
    ScriptedServer::responding(|request, _| {
        let body = request.json();
        let turns = body["messages"].as_array().map_or(0, |messages| {
            messages.iter().filter(|message| message["role"] == "assistant").count()
        });
        reply(turns)
    })
}

fn reply(step: usize) -> Reply {
    let file = |n: usize| format!("/mnt/work/file-{n}.txt");
    match step {
        n if n >= STEPS => Turn::new().text("All done."),
        n if n % 4 == 0 => Turn::new().tool(
            "Write",
            json!({"file_path": file(n), "content": format!("content {n}\n")}),
        ),
        n if n % 4 == 1 => Turn::new().tool(
            "Edit",
            json!({"file_path": file(n - 1), "old_string": "content", "new_string": "edited"}),
        ),
        n if n % 4 == 2 => Turn::new().tool("Read", json!({"file_path": file(n - 2)})),
        n => Turn::new().tool(
            "MoveFile",
            json!({"from": file(n - 3), "to": format!("/mnt/work/moved/{n}.txt")}),
        ),
    }
    .into()
}

fn tree(home: &Home) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut folders = vec![home.work()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(home.work()).unwrap().display().to_string();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// When the process is killed.
enum Kill {
    AfterEvent(usize),
    After(Duration),
}

/// Runs the task, kills the process, and resumes until it is done.
fn killed(kill: &Kill) -> Home {
    let home = Home::with(model());
    let mut child = home
        .online()
        .args(["run", "-C", "work", "--output-format", "stream-json", "go"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    match kill {
        Kill::AfterEvent(number) => {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            for _ in 0..*number {
                if lines.next().is_none() {
                    break;
                }
            }
        }
        Kill::After(time) => std::thread::sleep(*time),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let tasks = home.run(&["tasks", "--json"]).expect(0).json();
    if tasks.as_array().unwrap().is_empty() {
        // Killed before the task was begun: nothing happened, it is begun again.
        home.task(&["go"]).expect(0);
    } else {
        home.run(&["resume", tasks[0]["id"].as_str().unwrap()]).expect(0);
    }
    home
}

/// The task ended as if nothing had happened.
fn check(home: &Home, what: &str) {
    let expected: Vec<(String, String)> = {
        let mut files: Vec<_> = (0..STEPS)
            .filter(|n| n % 4 == 3)
            .map(|n| (format!("moved/{n}.txt"), format!("edited {}\n", n - 3)))
            .collect();
        files.sort();
        files
    };
    assert_eq!(tree(home), expected, "{what}");
    let task = home.newest();
    home.run(&["log", "verify", &task]).expect(0);
    let events: Vec<Value> = home
        .run(&["export", &task, "--json"])
        .json()
        .as_array()
        .unwrap()
        .clone();
    // Each change once: 5 writes, 5 edits, 5 moves.
    assert_eq!(bodies(&events, "change.applied").len(), STEPS / 4 * 3, "{what}");
    assert_eq!(bodies(&events, "change.failed").len(), 0, "{what}");
    let finished = bodies(&events, "tool.finished");
    let mut calls: Vec<&str> = finished.iter().map(|body| body["call"].as_str().unwrap()).collect();
    assert_eq!(calls.len(), STEPS, "{what}");
    calls.sort_unstable();
    calls.dedup();
    assert_eq!(calls.len(), STEPS, "{what}: an outcome twice");
    assert!(finished.iter().all(|body| body["outcome"]["error"].is_null()), "{what}");
}

/// The sets are split, so that the test runner can spread them over the cores.
const SHARDS: usize = 4;

fn after_every_event(shard: usize) {
    let whole = killed(&Kill::AfterEvent(usize::MAX));
    check(&whole, "not killed");
    let task = whole.newest();
    let count = whole.run(&["export", &task, "--json"]).json().as_array().unwrap().len();
    assert!(count > 100, "{count}");
    for number in (shard..=count).step_by(SHARDS) {
        check(
            &killed(&Kill::AfterEvent(number)),
            &format!("killed after event {number} of {count}"),
        );
    }
}

fn at_random_instants(shard: usize) {
    let begun = Instant::now();
    check(&killed(&Kill::AfterEvent(usize::MAX)), "not killed");
    let whole = begun.elapsed();
    // A low-discrepancy sequence covers the run evenly and is the same every time.
    for number in (shard..200).step_by(SHARDS) {
        let share = (number as f64 * 0.618_033_988_75).fract();
        check(
            &killed(&Kill::After(whole.mul_f64(share))),
            &format!("killed at {share:.3} of the run"),
        );
    }
}

macro_rules! shards {
    ($($name:ident: $check:ident($shard:literal),)*) => {
        $(#[test]
        fn $name() {
            $check($shard);
        })*
    };
}

shards! {
    killed_after_every_event_1: after_every_event(0),
    killed_after_every_event_2: after_every_event(1),
    killed_after_every_event_3: after_every_event(2),
    killed_after_every_event_4: after_every_event(3),
    killed_at_random_instants_1: at_random_instants(0),
    killed_at_random_instants_2: at_random_instants(1),
    killed_at_random_instants_3: at_random_instants(2),
    killed_at_random_instants_4: at_random_instants(3),
}
