//! Undo and redo from the command line; conflicts overwrite nothing.

use deskhand_testkit::Turn;
use serde_json::json;

use crate::home::Home;

fn three_steps() -> Home {
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": "one"}))
            .into(),
        Turn::new()
            .tool(
                "Edit",
                json!({"file_path": "/mnt/work/a.txt", "old_string": "one", "new_string": "two"}),
            )
            .into(),
        Turn::new()
            .tool(
                "MoveFile",
                json!({"from": "/mnt/work/b.txt", "to": "/mnt/work/sub/deep/c.txt"}),
            )
            .into(),
        Turn::new().text("ok").into(),
    ]);
    home.write("a.txt", "zero");
    home.write("b.txt", "b");
    home.task(&["go"]).expect(0);
    home
}

fn tree(home: &Home) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![home.work()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(home.work()).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.push(format!("{name}/"));
                folders.push(path);
            } else {
                found.push(format!("{name}={}", std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_task_is_undone_and_redone_as_a_whole() {
    let home = three_steps();
    let task = home.newest();
    let done = ["a.txt=two", "sub/", "sub/deep/", "sub/deep/c.txt=b"];
    assert_eq!(tree(&home), done);
    home.run(&["undo", &task]).expect(0);
    assert_eq!(tree(&home), ["a.txt=zero", "b.txt=b"]);
    home.run(&["undo", &task]).expect(1);
    home.run(&["redo", &task]).expect(0);
    assert_eq!(tree(&home), done);
    home.run(&["undo", &task]).expect(0);
    assert_eq!(tree(&home), ["a.txt=zero", "b.txt=b"]);
    home.run(&["log", "verify", &task]).expect(0);
}

#[test]
fn a_path_and_a_step_are_undone_alone() {
    let home = three_steps();
    let task = home.newest();
    home.run(&["undo", &task, "--path", "/mnt/work/a.txt"]).expect(0);
    assert_eq!(tree(&home), ["a.txt=zero", "sub/", "sub/deep/", "sub/deep/c.txt=b"]);
    home.run(&["undo", &task, "--step", "3"]).expect(0);
    assert_eq!(tree(&home), ["a.txt=zero", "b.txt=b"]);
    let steps = home.run(&["changes", &task, "--json"]).json();
    let state: Vec<_> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["kind"].as_str().unwrap(), step["stands"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        state,
        [
            ("change", false),
            ("change", false),
            ("change", false),
            ("undo", true),
            ("undo", true)
        ]
    );
    // Each redo brings back the latest undo that stands.
    home.run(&["redo", &task]).expect(0);
    assert_eq!(tree(&home), ["a.txt=zero", "sub/", "sub/deep/", "sub/deep/c.txt=b"]);
    home.run(&["redo", &task]).expect(0);
    assert_eq!(tree(&home)[0], "a.txt=two");
    home.run(&["redo", &task]).expect(1);
}

#[test]
fn what_the_person_changed_since_is_never_overwritten() {
    let home = three_steps();
    let task = home.newest();
    home.write("a.txt", "mine now");
    let ran = home.run(&["undo", &task, "--json"]).expect(1);
    assert_eq!(ran.json()["error"]["code"], "workspace.conflict");
    assert_eq!(
        tree(&home),
        ["a.txt=mine now", "sub/", "sub/deep/", "sub/deep/c.txt=b"],
        "nothing of the undo stands"
    );
    home.run(&["undo", &task, "--step", "9"]).expect(1);
}
