//! Every exit code.

use deskhand_testkit::{Reply, Turn};
use serde_json::json;

use crate::home::Home;

#[test]
fn done_is_0() {
    Home::new([Turn::new().text("ok").into()]).task(&["go"]).expect(0);
}

#[test]
fn failed_is_1() {
    let home =
        Home::new([Reply::status(401)
            .body(json!({"type": "error", "error": {"type": "authentication_error", "message": "no"}}))]);
    let ran = home.run(&["run", "-C", "work", "go"]).expect(1);
    assert!(ran.stdout.contains("refused the credential"), "{ran:#?}");
    assert_eq!(home.run(&["show", "01", "--json"]).expect(0).json()["status"], "failed");
}

#[test]
fn wrong_use_is_2() {
    let home = Home::offline();
    home.run(&["run", "--mode", "reckless", "go"]).expect(2);
    home.run(&["frobnicate"]).expect(2);
    home.run(&["run", "-C", "work"]).expect(2);
    home.run(&["run", "-C", "work", "--model", "nobody/x", "go"]).expect(2);
    let missing = home.run(&["run", "-C", "no such folder", "go"]).expect(2);
    insta::assert_snapshot!(missing.stderr, @r"
    error: the folder no such folder cannot be opened: No such file or directory (os error 2)
      next: Check the spelling, or whether the drive is connected.
      code: workspace.folder-unreachable
    ");
}

#[test]
fn waiting_is_3() {
    let question = json!({"questions": [{"question": "Which?", "options": [{"label": "a"}, {"label": "b"}]}]});
    Home::new([Turn::new().tool("AskUserQuestion", question).into()])
        .task(&["go"])
        .expect(3);
}

#[test]
fn the_settings_limits_count_for_a_run_that_names_none() {
    let look = || Turn::new().tool("Glob", json!({"pattern": "*"}));
    let turns = |home: &Home| home.run(&["show", &home.newest(), "--json"]).json()["turns"].clone();
    let home = Home::new((0..9).map(|_| look().into()));
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), "[budget]\nmax_turns = 2\n").unwrap();
    home.task(&["go"]).expect(4);
    assert_eq!(turns(&home), json!(2));
    // What a run names counts instead; with `--no-budget` nothing else does.
    home.task(&["--max-turns", "1", "go"]).expect(4);
    assert_eq!(turns(&home), json!(1));
    home.task(&["--no-budget", "--max-turns", "3", "go"]).expect(4);
    assert_eq!(turns(&home), json!(3));
    std::fs::write(home.data().join("settings.toml"), "[budget]\nmax_usd = -1.0\n").unwrap();
    let refused = home.task(&["go"]).expect(2);
    assert!(
        format!("{refused:?}").contains("not an amount of money"),
        "{refused:#?}"
    );
}

#[test]
fn budget_is_4_with_at_most_one_call_beyond() {
    let endless = || Turn::new().tool("Glob", json!({"pattern": "*"}));
    let home = Home::new((0..10).map(|_| endless().into()));
    home.task(&["--max-turns", "3", "go"]).expect(4);
    assert_eq!(home.server.requests().len(), 3);

    let home = Home::new((0..10).map(|_| endless().into()));
    home.task(&["--max-tokens", "1", "go"]).expect(4);
    assert_eq!(home.server.requests().len(), 1);

    let home = Home::new((0..10).map(|_| endless().into()));
    home.task(&[
        "--budget-usd",
        "0.0000001",
        "--model",
        "anthropic/claude-sonnet-4-5",
        "go",
    ])
    .expect(4);
    assert_eq!(home.server.requests().len(), 1);
    // Taking it up again is leave for as much again, and no more.
    home.run(&["resume", &home.newest()]).expect(4);
    assert_eq!(home.server.requests().len(), 2);
}

#[test]
fn refused_by_policy_is_5() {
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a", "content": "x"}))
            .into(),
        Turn::new().text("I could not.").into(),
    ]);
    home.run(&["run", "-C", "work:ro", "--json", "go"]).expect(5);
    assert!(!home.exists("a"));

    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let ran = home.run(&["run", "-C", ".ssh", "--json", "go"]).expect(5);
    assert_eq!(ran.json()["error"]["code"], "workspace.folder-protected");
}

#[test]
fn a_plan_changes_nothing_and_is_done() {
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a", "content": "x"}))
            .into(),
        Turn::new().text("I would write a.").into(),
    ]);
    home.task(&["--mode", "plan", "go"]).expect(0);
    assert!(!home.exists("a"));
}

#[cfg(unix)]
#[test]
fn interrupted_is_130_and_the_task_goes_on_later() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
        time::Duration,
    };
    let slow: Reply = Turn::new().text("late").into();
    let home = Home::new([slow.delay(Duration::from_secs(20)), Turn::new().text("ok").into()]);
    let mut child = home
        .online()
        .args(["run", "-C", "work", "--output-format", "stream-json", "go"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("model.requested") {}
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    home.run(&["resume", &home.newest()]).expect(0);
}
