//! Tools are approved of a server: another one under the same name of a connector is not called.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{behave, calls, find, results, says, with_notes};
use crate::home::{Home, Ran, ran};

/// The standing and the changes of each tool, as `connectors tools --json` has them.
fn standings(home: &Home) -> Value {
    let tools = home.run(&["connectors", "tools", "notes", "--json"]).expect(0).json();
    let tools = tools.as_array().unwrap().iter();
    tools
        .map(|tool| json!([tool["name"], tool["standing"], tool["changes"]]))
        .collect()
}

#[test]
fn a_server_that_calls_itself_otherwise_is_not_called_until_it_was_approved() {
    let home = with_notes(
        "good",
        [find("lunch"), says("I could not."), find("lunch"), says("At noon.")],
    );
    behave(&home, "renamed");
    let ran = home.task(&["When is lunch?"]).expect(0);
    let told = &results(&ran)[0];
    assert!(
        told.contains("another server than the one whose tools were approved (/server/name)"),
        "{told}"
    );
    assert_eq!(calls(&home), Vec::<Value>::new(), "it was called");
    let renamed = json!([["/server/name", "notes", "n0tes"]]);
    assert_eq!(
        standings(&home),
        json!([["find_notes", "changed", renamed], ["send_message", "changed", renamed]])
    );
    let shown = home.run(&["connectors", "tools", "notes"]).expect(0).stdout;
    assert!(
        shown.contains("CHANGED, cannot be used") && shown.contains("/server/name"),
        "{shown}"
    );
    home.run(&["connectors", "approve", "notes"]).expect(0);
    home.task(&["When is lunch?"]).expect(0);
    assert_eq!(calls(&home).len(), 1);
}

#[test]
fn another_version_of_the_same_server_is_told_and_called() {
    let home = with_notes("good", [find("lunch"), says("At noon.")]);
    let news = "The server says it is version 2 now; it was 1 when its tools were approved.";
    assert!(!home.run(&["connectors", "tools", "notes"]).stdout.contains(news));
    behave(&home, "newer");
    home.task(&["When is lunch?"]).expect(0);
    assert_eq!(calls(&home).len(), 1);
    let shown = home.run(&["connectors", "tools", "notes"]).expect(0).stdout;
    assert!(shown.contains(news) && !shown.contains("CHANGED"), "{shown}");
    home.run(&["connectors", "approve", "notes"]).expect(0);
    assert!(!home.run(&["connectors", "tools", "notes"]).stdout.contains(news));
}

/// A server with an address, ended with the test.
struct Remote {
    child: Child,
    port: String,
}

impl Remote {
    fn start(home: &Home, heard: &Path) -> Self {
        let script = home.path().join("remote.py");
        std::fs::write(&script, include_str!("remote.py")).unwrap();
        let mut command = Command::new("python3");
        command.arg(&script).arg(heard).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        Self {
            child,
            port: port.trim().to_owned(),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_address_that_leads_elsewhere_is_another_server() {
    let home = Home::new([find("lunch"), says("At noon."), find("lunch"), says("I could not.")]);
    let heard = [home.path().join("heard"), home.path().join("elsewhere")];
    let (first, second) = (Remote::start(&home, &heard[0]), Remote::start(&home, &heard[1]));
    let run = |remote: &Remote, args: &[&str]| -> Ran {
        ran(home
            .online()
            .env("NOTES_PORT", &remote.port)
            .args(args)
            .output()
            .unwrap())
    };
    let task = ["run", "-C", "work", "--output-format", "stream-json", "When is lunch?"];
    run(
        &first,
        &[
            "connectors",
            "add",
            "notes",
            "http://127.0.0.1:${NOTES_PORT:-1}/mcp",
            "--yes",
        ],
    )
    .expect(0);
    run(&first, &task).expect(0);
    assert_eq!(std::fs::read_to_string(&heard[0]).unwrap().lines().count(), 1);
    // It says that it is the same, and offers the same.
    let told = results(&run(&second, &task).expect(0)).remove(0);
    assert!(told.contains("(/server/origin)"), "{told}");
    assert!(!heard[1].exists(), "it was called");
    let tools = run(&second, &["connectors", "tools", "notes", "--json"])
        .expect(0)
        .json();
    let at = |remote: &Remote| format!("http://127.0.0.1:{}", remote.port);
    assert_eq!(
        tools[0]["changes"],
        json!([["/server/origin", at(&first), at(&second)]])
    );
    assert_eq!(
        run(&first, &["connectors", "tools", "notes", "--json"]).json()[0]["standing"],
        "approved"
    );
}
