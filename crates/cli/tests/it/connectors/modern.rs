//! A server of the newest revision, which tells of changes only to whom listens.

use serde_json::json;

use super::{find, own, says};
use crate::home::{Home, bodies};

#[test]
fn a_tool_that_changes_between_two_calls_of_a_task_is_not_called_again() {
    let home = Home::new([find("lunch"), find("lunch"), says("I could not look again.")]);
    let server = home.path().join("programs/modern.py");
    std::fs::create_dir_all(server.parent().unwrap()).unwrap();
    std::fs::write(&server, include_str!("modern.py")).unwrap();
    let server = server.to_str().unwrap();
    home.run(&["connectors", "add", "notes", "--yes", "--", "python3", server])
        .expect(0);
    std::fs::remove_file(own(&home).join("asked")).unwrap();
    let ran = home.task(&["When is lunch?"]).expect(0);
    let events = ran.events();
    let ends: Vec<_> = bodies(&events, "tool.finished")
        .iter()
        .map(|body| body["outcome"]["error"].clone())
        .collect();
    assert_eq!(ends, [json!(null), json!("connector.tool-changed")]);
    let asked = std::fs::read_to_string(own(&home).join("asked")).unwrap();
    // What says that it holds for an hour is not asked for at every call.
    let count = |method: &str| asked.lines().filter(|line| *line == method).count();
    assert_eq!(
        ["subscriptions/listen", "tools/list", "tools/call"].map(count),
        [1, 2, 1],
        "{asked}"
    );
}
