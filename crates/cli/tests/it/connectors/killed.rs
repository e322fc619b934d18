//! Killed while a server is at work: what it did is unknown, and it is not asked to do it again.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{behave, calls, find, says, send, with_notes};
use crate::home::{Home, bodies, kinds};

/// Starts the task and kills the process as soon as the server has the call.
fn killed_in_the_call(home: &Home, prompt: &str) -> String {
    let child = home
        .online()
        .args(["run", "-C", "work", "--output-format", "stream-json", prompt])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let begun = Instant::now();
    while calls(home).is_empty() {
        assert!(
            running.0.try_wait().unwrap().is_none(),
            "the task ended before the call"
        );
        assert!(begun.elapsed() < Duration::from_secs(60), "the server was never called");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(running);
    home.newest()
}

/// Killed at the latest with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn events(home: &Home, task: &str) -> Vec<Value> {
    let all = home.run(&["export", task, "--json"]).expect(0).json();
    all.as_array().unwrap().clone()
}

/// Resumes, and looks that the call was made once and is told as unknown.
fn resumed(home: &Home, task: &str) {
    let before = events(home, task);
    assert_eq!(bodies(&before, "tool.started").len(), 1, "the intent is logged before");
    assert_eq!(bodies(&before, "tool.finished").len(), 0, "{:#?}", kinds(&before));
    behave(home, "good");
    home.run(&["resume", task]).expect(0);
    assert_eq!(calls(home).len(), 1, "it was called again");
    let after = events(home, task);
    let finished = bodies(&after, "tool.finished");
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0]["outcome"]["error"], "connector.interrupted");
    assert_eq!(bodies(&after, "tool.started").len(), 1);
    assert_eq!(bodies(&after, "task.finished").len(), 1);
    // The model was told, not only the log.
    let last = home.server.requests().last().unwrap().json();
    let told = last["messages"].to_string();
    assert!(told.contains("unknown whether it happened"), "{last:#}");
    home.run(&["log", "verify", task]).expect(0);
}

#[test]
fn a_message_that_may_have_been_sent_is_not_sent_again() {
    let home = with_notes(
        "hang",
        [send("ann@office.example"), says("I do not know whether it was sent.")],
    );
    let task = killed_in_the_call(&home, "Send ann@office.example a message that lunch is at noon");
    assert_eq!(calls(&home)[0]["arguments"]["recipient"], json!("ann@office.example"));
    resumed(&home, &task);
}

#[test]
fn a_lookup_is_not_repeated_on_the_word_of_its_server() {
    let home = with_notes("hang", [find("lunch"), says("The notes did not answer.")]);
    let task = killed_in_the_call(&home, "When is lunch?");
    resumed(&home, &task);
}
