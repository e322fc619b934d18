//! A key is never in a prompt, an event, a log, an error or a file of Deskhand's.

use deskhand_testkit::{Reply, Turn};
use serde_json::json;

use crate::home::{Home, KEY};

pub(crate) fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|part| part == needle.as_bytes())
}

#[test]
fn the_key_is_nowhere_but_in_the_header() {
    // A server that echoes the key in its errors, the worst a gateway does.
    let echo = json!({"type": "error", "error": {"type": "invalid_request_error", "message": format!("bad header x-api-key: {KEY}")}});
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": "x"}))
            .into(),
        Reply::status(400).body(echo),
    ]);
    let ran = home.task(&["go"]).expect(1);
    let text = home.run(&["show", &home.newest()]);
    let doctor = home.run(&["doctor"]);
    let test = home.run(&["models", "test"]);
    for (what, output) in [
        ("run", &ran),
        ("show", &text),
        ("doctor", &doctor),
        ("models test", &test),
    ] {
        assert!(
            !output.stdout.contains(KEY) && !output.stderr.contains(KEY),
            "{what}: {output:#?}"
        );
    }
    for request in home.server.all_requests() {
        assert!(!holds(&request.body, KEY), "the key is in a prompt");
    }
    let files = files_below(&home.data());
    assert!(files.iter().any(|file| file.ends_with("deskhand.db")), "{files:?}");
    for file in files {
        assert!(
            !holds(&std::fs::read(&file).unwrap(), KEY),
            "{} holds the key",
            file.display()
        );
    }
    // The check itself sees a key where there is one.
    assert!(
        home.server.requests()[0]
            .headers
            .iter()
            .any(|(_, value)| value.contains(KEY))
    );
}
