//! What a program gets of this computer, and whether it is on, decided after it was added: also for one that was imported.

use serde_json::json;

use super::{find, results, says, with_notes};
use crate::home::{Home, bodies};

#[test]
fn an_imported_program_sees_nothing_until_it_is_given_something_and_then_exactly_that() {
    let home = Home::new([]);
    home.write("salaries.csv", "x");
    let server = home.path().join("programs/server.py");
    std::fs::create_dir_all(server.parent().unwrap()).unwrap();
    std::fs::write(&server, include_str!("server.py")).unwrap();
    let file = home.path().join("claude_desktop_config.json");
    let entry = json!({"mcpServers": {"notes": {"command": "python3", "args": [server, "look"]}}});
    std::fs::write(&file, entry.to_string()).unwrap();
    home.run(&["connectors", "import", file.to_str().unwrap()]).expect(0);
    home.run(&["connectors", "approve", "notes"]).expect(0);
    let looked = || {
        let arguments = json!({"query": home.work().join("salaries.csv")}).to_string();
        let told = home
            .run(&["connectors", "call", "notes", "find_notes", &arguments])
            .expect(0);
        told.stdout.contains(r#""work": true"#)
    };
    let access = |args: &[&str]| home.run(&[&["connectors", "access", "notes"], args].concat());
    let has = |args: &[&str], words: &[&str]| {
        let told = access(args).expect(0).stdout;
        assert!(words.iter().all(|word| told.contains(word)), "{words:?} in {told}");
    };
    has(&[], &["confined", "(part of the program)", "no network"]);
    assert!(!looked());

    let work = home.work();
    let work = work.to_str().unwrap();
    has(
        &["--folder", work, "--network"],
        &["reads", work, "may use the network"],
    );
    assert!(looked());
    // What is given takes the place of what was given before, and asking changes nothing.
    has(
        &["--folder", &format!("{work}:rw")],
        &["may change", work, "no network"],
    );
    has(&[], &["may change", work]);
    has(&["--nothing"], &["confined", "no network"]);
    assert!(!looked());

    access(&["--folder", "no-such-folder"]).expect(2);
    let there = home.run(&["connectors", "access", "nobody"]).expect(1);
    assert!(there.stderr.contains("there is no connector `nobody`"), "{there:#?}");
}

#[test]
fn one_that_is_off_is_neither_offered_nor_started_and_keeps_what_was_decided() {
    let home = with_notes(
        "good",
        [find("lunch"), says("No such tool."), find("lunch"), says("At noon.")],
    );
    home.run(&[
        "connectors",
        "tools",
        "notes",
        "--tool",
        "find_notes",
        "--rule",
        "allow",
    ])
    .expect(0);
    home.run(&["connectors", "disable", "notes"]).expect(0);
    assert_eq!(
        home.run(&["connectors", "list", "--json"]).json()[0]["state"],
        "disabled"
    );
    let ran = home.task(&["When is lunch?"]).expect(0);
    assert!(
        !home.server.requests()[0].json()["tools"]
            .to_string()
            .contains("find_notes")
    );
    let events = ran.events();
    let ends = bodies(&events, "tool.finished");
    assert!(!ends[0]["outcome"]["error"].is_null(), "{:#}", ends[0]);

    home.run(&["connectors", "enable", "notes"]).expect(0);
    let ran = home.task(&["When is lunch?"]).expect(0);
    assert!(results(&ran)[0].contains("note: lunch"), "{:#?}", results(&ran));
    let tools = home.run(&["connectors", "tools", "notes", "--json"]).expect(0).json();
    let rule = tools
        .as_array()
        .unwrap()
        .iter()
        .find(|tool| tool["name"] == "find_notes");
    assert_eq!(rule.unwrap()["rule"], "allow", "{tools:#}");
}
