//! A stand-in for the process of the local model, for tests of its client. What it does is told by the last part of
//! its `--cache` argument; crashes are counted in that folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

use std::io::{BufRead, Write};

use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let cache = std::path::PathBuf::from(&arguments[3]);
    let behaviour = cache.file_name().unwrap().to_str().unwrap().to_owned();
    let starts = std::fs::read(cache.join("starts")).map_or(0, |bytes| bytes.len()) + 1;
    std::fs::write(cache.join("starts"), "x".repeat(starts)).unwrap();
    let say = |value: Value| {
        let mut output = std::io::stdout().lock();
        writeln!(output, "{value}").unwrap();
        output.flush().unwrap();
    };
    match behaviour.as_str() {
        "no-weights" => {
            return say(json!({"event": "error", "code": "local-model.not-installed", "message": "no weights"}));
        }
        "other-program" => return say(json!("hello")),
        "old-protocol" => {
            return say(
                json!({"ready": {"protocol": "deskhand-local-model/0", "model": "m", "threads": 1, "load_ms": 0}}),
            );
        }
        "never-ready" => std::thread::sleep(std::time::Duration::from_secs(60)),
        _ => {}
    }
    say(json!({"ready": {"protocol": "deskhand-local-model/1", "model": "fake", "threads": 1, "load_ms": 0}}));
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let answer = |answer: Value| {
            json!({"id": request["id"], "answer": answer, "confidence": 0.75,
                "tokens": {"prompt": 10, "reused": 4, "answer": 3}, "ms": 1, "cut": {"kept": 5, "total": 9}})
        };
        match behaviour.as_str() {
            "crash-once" if starts == 1 => std::process::exit(101),
            "crash-always" => std::process::exit(101),
            "hang" => std::thread::sleep(std::time::Duration::from_secs(60)),
            "stray" => say(answer(json!({"tool": "Bash", "command": "rm -rf /"}))),
            "garbage" => say(json!("garbage")),
            "wrong-id" => say(
                json!({"id": 999, "answer": "a", "confidence": 1.0, "tokens": {"prompt": 0, "reused": 0, "answer": 0}, "ms": 0}),
            ),
            "refuse" => {
                say(json!({"id": request["id"], "error": {"code": "local-model.bad-request", "message": "no"}}))
            }
            "environment" => say(answer(json!(
                std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "clean".into())
            ))),
            "one-then-end" => {
                say(answer(request["input"].clone()));
                return;
            }
            "absent" => say(answer(Value::Null)),
            _ => say(answer(request["input"].clone())),
        }
    }
}
