use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::tiny;

const PROGRAM: &str = env!("CARGO_BIN_EXE_deskhand-local-model");

#[test]
fn the_process_answers_and_ends_with_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let weights = dir.path().join("tiny.gguf");
    std::fs::write(&weights, tiny::gguf(5)).unwrap();
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--weights"])
        .arg(&weights)
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let ready = line();
    assert_eq!(ready["ready"]["protocol"], "deskhand-local-model/1");
    assert_eq!(
        (&ready["ready"]["model"], &ready["ready"]["threads"]),
        (&json!("tiny"), &json!(1))
    );
    let request = json!({"id": 4, "kind": "route", "question": "Which?", "input": "tidy",
        "answer": {"enum": ["rename", "none"]}});
    writeln!(input, "{request}").unwrap();
    let reply = line();
    assert_eq!(reply["id"], 4);
    assert!(reply["answer"] == "rename" || reply["answer"] == "none", "{reply}");
    writeln!(input, "{{\"id\": 5, \"tool\": \"Bash\"}}").unwrap();
    assert_eq!(line()["error"]["code"], "local-model.bad-request");
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_weights_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .args(["serve", "--cache"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["code"], "local-model.not-installed");
    assert_eq!(line["hint"], "Run `deskhand models pull`. Recipes work without it.");
    assert_eq!(
        Command::new(PROGRAM).arg("dance").output().unwrap().status.code(),
        Some(2)
    );
}
