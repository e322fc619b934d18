//! Commands where there is no sandbox: refused clearly, and everything else goes on. With a machine they are tested in
//! `commands.rs` of this folder, once there is one.

use std::path::PathBuf;

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::home::{Home, Ran, bodies, ran};

/// Runs the binary on a computer with nothing installed.
fn bare(home: &Home, args: &[&str]) -> Ran {
    ran(home.online().env("PATH", nothing(home)).args(args).output().unwrap())
}

fn nothing(home: &Home) -> PathBuf {
    let folder = home.path().join("empty");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_command_without_a_sandbox_is_refused_with_what_to_do_and_the_task_goes_on() {
    let home = Home::new([
        Turn::new()
            .tool("Bash", json!({"command": "echo hello > a.txt"}))
            .into(),
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/b.txt", "content": "b"}))
            .into(),
        Turn::new().text("Written without a command.").into(),
    ]);
    let ran = bare(&home, &["run", "-C", "work", "--output-format", "stream-json", "go"]).expect(0);
    let events = ran.events();
    let decided = bodies(&events, "policy.decided")[0];
    assert_eq!(
        (&decided["verdict"], &decided["rule"], &decided["action"]["tier"]),
        (&json!("allow"), &json!("command-in-the-machine"), &json!("vm"))
    );
    let outcome = &bodies(&events, "tool.finished")[0]["outcome"];
    assert_eq!(outcome["error"], "sandbox.unavailable");
    let text = outcome["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("workspace unavailable: "), "{text}");
    assert!(text.contains("File tools work without it."), "{text}");
    assert!(bodies(&events, "command.finished").is_empty());
    // Never a silent fallback: nothing ran anywhere.
    assert!(!home.exists("a.txt"));
    assert_eq!(home.read("b.txt"), "b");
    let request = home.server.requests()[1].json();
    assert_eq!(request["messages"][2]["content"][0]["is_error"], true);
}

#[test]
fn a_plan_runs_no_command() {
    let home = Home::new([
        Turn::new().tool("Bash", json!({"command": "ls"})).into(),
        Turn::new().text("I would look.").into(),
    ]);
    let events = home.task(&["--mode", "plan", "go"]).expect(0).events();
    assert_eq!(bodies(&events, "policy.decided")[0]["rule"], "plan-only");
    assert!(bodies(&events, "tool.started").is_empty());
}

#[test]
fn a_command_in_manual_mode_is_asked_with_its_text() {
    let home = Home::new([
        Turn::new()
            .tool(
                "Bash",
                json!({"command": "rm -rf /mnt/work", "description": "List files"}),
            )
            .into(),
        Turn::new().text("ok").into(),
    ]);
    let events = home.task(&["--mode", "manual", "go"]).expect(3).events();
    let ask = &bodies(&events, "approval.requested")[0]["ask"];
    assert_eq!(ask["preview"], "rm -rf /mnt/work");
    assert_eq!(ask["action"]["summary"], "Run `rm -rf /mnt/work` (List files)");
    let id = bodies(&events, "approval.requested")[0]["id"].as_str().unwrap();
    home.run(&["approvals", "deny", id]).expect(0);
    home.run(&["resume", &home.newest()]).expect(0);
    assert!(home.work().exists());
}

#[test]
fn the_weaker_sandbox_takes_the_persons_leave() {
    let home = Home::new([Turn::new().text("ok").into()]);
    let refused = home.run(&["run", "-C", "work", "--sandbox", "os", "go"]).expect(2);
    assert!(refused.stderr.contains("allow_os = true"), "{refused:#?}");
    assert_eq!(home.run(&["tasks", "--json"]).json(), json!([]));
    home.run(&["sandbox", "exec", "--sandbox", "os", "ls"]).expect(2);

    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), "[sandbox]\nallow_os = true\n").unwrap();
    let events = home.task(&["--sandbox", "os", "go"]).expect(0).events();
    assert_eq!(bodies(&events, "task.started")[0]["sandbox"], "os");
}

#[test]
fn unknown_background_commands_are_told() {
    let home = Home::new([
        Turn::new()
            .tool("BashOutput", json!({"bash_id": "bash_7"}))
            .tool("KillShell", json!({"shell_id": "bash_7"}))
            .into(),
        Turn::new().text("ok").into(),
    ]);
    let events = home.task(&["go"]).expect(0).events();
    for finished in bodies(&events, "tool.finished") {
        assert_eq!(finished["outcome"]["error"], "command.unknown");
    }
}

#[test]
fn status_says_what_is_missing_and_how_to_get_it() {
    let home = Home::offline();
    let mut status = bare(&home, &["sandbox", "status", "--json"]).expect(0).json();
    // Of the computer the test runs on.
    status["slow_because"] = Value::Null;
    status["acceleration"] = json!("tcg");
    let parts = status["parts"].as_array_mut().unwrap();
    let names: Vec<Value> = parts.iter().map(|part| part["name"].clone()).collect();
    assert_eq!(names, ["QEMU", "image", "guest agent"]);
    parts.retain(|part| part["name"] == "image");
    insta::assert_snapshot!(format!("{status:#}"), @r#"
    {
      "acceleration": "tcg",
      "allow_os": false,
      "bytes": 0,
      "image": null,
      "machines": 0,
      "name": "sandbox",
      "parts": [
        {
          "detail": "the machine's image is not built yet",
          "hint": "Run `deskhand sandbox build` (about three minutes, 400 MB). File tools work without it.",
          "name": "image",
          "ok": false
        }
      ],
      "ready": false,
      "slow_because": null,
      "templates": 0,
      "tier": "vm"
    }
    "#);
}

#[test]
fn a_look_without_a_sandbox_is_an_error_with_what_to_do() {
    let home = Home::offline();
    let refused = bare(&home, &["sandbox", "exec", "-C", "work", "ls"]).expect(1);
    assert!(refused.stderr.contains("workspace unavailable"), "{refused:#?}");
    assert!(refused.stderr.contains("sandbox.unavailable"), "{refused:#?}");
    bare(&home, &["sandbox", "reset"]).expect(0);
    bare(&home, &["doctor"]).expect(0);
}

#[test]
fn the_ledger_of_the_network_is_empty_where_nothing_was_asked_for() {
    let home = Home::new([Turn::new().text("ok").into()]);
    home.task(&["go"]).expect(0);
    assert_eq!(home.run(&["usage", "--network", "--json"]).expect(0).json(), json!([]));
    let task = home.newest();
    assert!(
        home.run(&["usage", "--network", &task])
            .expect(0)
            .stdout
            .contains("0 requests")
    );
    home.run(&["usage", &task]).expect(2);
}
