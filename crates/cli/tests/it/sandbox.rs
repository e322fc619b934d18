//! Commands where there is no sandbox, or one that cannot be used: refused clearly, and everything else goes on. With a
//! machine they are tested in `machine.rs`.

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

/// Runs the binary where the first QEMU on the path is of this version; the image may be there.
#[cfg(unix)]
fn with_qemu(home: &Home, version: &str, args: &[&str]) -> Ran {
    use std::os::unix::fs::PermissionsExt;
    let folder = home.path().join("other-qemu");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["qemu-system-x86_64", "qemu-system-aarch64"] {
        let program = folder.join(name);
        // Whatever else it is asked for, it leaves a trace.
        let script = format!(
            "#!/bin/sh\n[ \"$*\" = --version ] || echo \"$*\" >> '{}'\necho 'QEMU emulator version {version}'\n",
            home.path().join("started").display()
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let usual = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&usual))).unwrap();
    ran(home.online().env("PATH", path).args(args).output().unwrap())
}

#[cfg(unix)]
#[test]
fn a_qemu_that_is_too_old_is_refused_by_its_version_and_files_go_on() {
    const OLD: &str = "6.2.0 (Debian 1:6.2+dfsg-2ubuntu6)";
    const WHY: &str = "QEMU 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6) is too old, 7.0 or later is needed";
    let home = Home::with_machine(deskhand_testkit::ScriptedServer::start([
        Turn::new()
            .tool("Bash", json!({"command": "echo hello > a.txt"}))
            .into(),
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/b.txt", "content": "b"}))
            .into(),
        Turn::new().text("Written without a command.").into(),
    ]));
    let status = with_qemu(&home, OLD, &["sandbox", "status", "--json"]).expect(0).json();
    let part = |of: &Value| of["parts"].as_array().unwrap()[0].clone();
    assert_eq!(status["ready"], false);
    let hint = part(&status)["hint"].as_str().unwrap().to_owned();
    assert_eq!(
        part(&status),
        json!({"name": "QEMU", "ok": false, "detail": WHY, "hint": hint})
    );
    assert!(
        hint.contains("Debian 12, Ubuntu 24.04, Fedora 37 and later bring one"),
        "{hint}"
    );
    let shown = with_qemu(&home, OLD, &["sandbox", "status"]).expect(0).stdout;
    let checked = with_qemu(&home, OLD, &["doctor"]).expect(0).stdout;
    for text in [shown, checked] {
        assert!(text.contains(WHY) && text.contains("apt-get install"), "{text}");
    }
    let refused = with_qemu(&home, OLD, &["sandbox", "exec", "-C", "work", "ls"]).expect(1);
    assert!(refused.stderr.contains(WHY), "{refused:#?}");

    let args = ["run", "-C", "work", "--output-format", "stream-json", "go"];
    let events = with_qemu(&home, OLD, &args).expect(0).events();
    let outcome = &bodies(&events, "tool.finished")[0]["outcome"];
    assert_eq!(outcome["error"], "sandbox.unavailable");
    let text = outcome["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("workspace unavailable: {WHY}")), "{text}");
    assert!(
        text.contains("apt-get install") && text.contains("File tools work without it."),
        "{text}"
    );
    assert!(!home.exists("a.txt"));
    assert_eq!(home.read("b.txt"), "b");
    // It was asked for its version and never started.
    assert!(!home.path().join("started").exists());

    // The same program is taken when it says that it is new enough: it is the version that decides.
    let status = with_qemu(&home, "7.0.0", &["sandbox", "status", "--json"])
        .expect(0)
        .json();
    assert_eq!(part(&status), json!({"name": "QEMU", "ok": true, "detail": "7.0.0"}));
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

/// A home whose person allowed the weaker sandbox.
#[cfg(target_os = "linux")]
fn weaker(replies: impl IntoIterator<Item = deskhand_testkit::Reply>) -> Home {
    let home = Home::new(replies);
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), "[sandbox]\nallow_os = true\n").unwrap();
    home
}

#[cfg(target_os = "linux")]
const WEAKER: [&str; 9] = [
    "run",
    "-C",
    "work:rw",
    "--sandbox",
    "os",
    "--mode",
    "skip",
    "--output-format",
    "stream-json",
];

/// Everything the command can find of what this program knows: its environment, the processes it sees, files.
#[cfg(target_os = "linux")]
const SEARCH: &str = "env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; \
    grep -rs \"$(printf CAN)ARY-7f3a\" / --exclude-dir=proc --exclude-dir=usr --exclude-dir=sys 2>/dev/null; echo searched";

#[cfg(target_os = "linux")]
#[test]
fn every_result_of_the_weaker_sandbox_says_so_to_model_person_and_program() {
    let home = weaker([
        Turn::new()
            .tool(
                "Bash",
                json!({"command": "cat note.txt; echo made > a.txt; rm note.txt"}),
            )
            .into(),
        Turn::new().tool("Bash", json!({"command": SEARCH})).into(),
        Turn::new().tool("Bash", json!({"command": "exit 3"})).into(),
        Turn::new().text("done").into(),
    ]);
    home.write("note.txt", "a note\n");
    let events = home.run(&[&WEAKER[..], &["go"]].concat()).expect(0).events();
    for decided in bodies(&events, "policy.decided") {
        if decided["action"]["tier"] != json!(null) {
            assert_eq!(
                (&decided["action"]["tier"], &decided["rule"]),
                (&json!("os"), &json!("command-in-the-weaker-sandbox"))
            );
        }
    }
    let finished = bodies(&events, "tool.finished");
    assert_eq!(finished.len(), 3);
    for (finished, request) in finished.iter().zip(&home.server.requests()[1..]) {
        let outcome = &finished["outcome"];
        assert_eq!(outcome["data"]["tier"], "os", "{outcome:#}");
        let text = outcome["content"][0]["text"].as_str().unwrap();
        let said = "[It ran in the weaker sandbox `os`, not in the virtual machine.]";
        assert!(text.contains(said), "{text}");
        assert!(
            request.json()["messages"].to_string().contains(said),
            "the model is not told"
        );
    }
    let text = |number: usize| finished[number]["outcome"]["content"][0]["text"].as_str().unwrap();
    assert!(text(0).starts_with("a note\n"), "{}", text(0));
    let searched = text(1);
    assert!(
        searched.contains("searched") && searched.contains("HOME=/home/task"),
        "{searched}"
    );
    assert!(
        !searched.contains("CANARY") && !searched.contains("ANTHROPIC"),
        "{searched}"
    );
    assert_eq!(finished[2]["outcome"]["error"], "command.exit");
    assert_eq!(home.read("a.txt"), "made\n");
    assert!(!home.exists("note.txt"));
    home.run(&["undo", &home.newest()]).expect(0);
    assert_eq!(home.read("note.txt"), "a note\n");
    assert!(!home.exists("a.txt"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_person_hears_of_the_weaker_sandbox_and_its_network_is_in_the_ledger() {
    let ask = "exec 3<>/dev/tcp/127.0.0.1/3128; \
        printf 'GET http://files.example.com/a HTTP/1.1\\r\\nhost: files.example.com\\r\\nconnection: close\\r\\n\\r\\n' >&3; cat <&3";
    let home = weaker([
        Turn::new().tool("Bash", json!({"command": ask})).into(),
        Turn::new().text("done").into(),
    ]);
    let ran = home.run(&[&WEAKER[..7], &["go"]].concat()).expect(0);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        shown.contains("commands run in the weaker sandbox `os`, not in the virtual machine"),
        "{shown}"
    );
    let ledger = home.run(&["usage", "--network", "--json"]).expect(0).stdout;
    assert!(
        ledger.contains("files.example.com") && ledger.contains("no rule"),
        "{ledger}"
    );
    let looked = home
        .run(&["sandbox", "exec", "--sandbox", "os", "-C", "work", "echo seen"])
        .expect(0);
    assert_eq!(looked.stdout, "seen\n");
    assert!(
        looked.stderr.contains("[ran in the weaker sandbox `os`]"),
        "{looked:#?}"
    );
}

/// Where an administrator allows no user namespaces: refused with the reason, nothing runs anywhere, files go on.
#[cfg(target_os = "linux")]
#[test]
fn where_the_kernel_cannot_keep_commands_apart_the_weaker_sandbox_is_refused() {
    let home = weaker([
        Turn::new()
            .tool("Bash", json!({"command": "echo hello > a.txt"}))
            .into(),
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/b.txt", "content": "b"}))
            .into(),
        Turn::new().text("Written without a command.").into(),
    ]);
    let program = home.online();
    let mut apart = std::process::Command::new("unshare");
    apart
        .args(["--user", "--map-root-user", "sh", "-c"])
        .arg("echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"")
        .arg("sh")
        .arg(program.get_program())
        .args(WEAKER)
        .arg("go")
        .current_dir(home.path())
        .stdin(std::process::Stdio::null())
        .env_clear()
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let events = ran(apart.output().unwrap()).expect(0).events();
    let outcome = &bodies(&events, "tool.finished")[0]["outcome"];
    assert_eq!(outcome["error"], "sandbox.unavailable", "{outcome:#}");
    let text = outcome["content"][0]["text"].as_str().unwrap();
    for said in [
        "this computer cannot keep commands apart by its own means",
        "user namespaces cannot be made here",
        "Use the virtual machine",
        "File tools work without either",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(bodies(&events, "command.finished").is_empty());
    assert!(!home.exists("a.txt"));
    assert_eq!(home.read("b.txt"), "b");
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

/// I9: a setting that cannot be followed is not silently something else.
#[test]
fn a_limit_beyond_the_machine_is_said() {
    let home = Home::offline();
    let settings = "[sandbox]\nmemory_mib = 4096\ndisk_mib = 1\n";
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), settings).unwrap();
    let status = bare(&home, &["sandbox", "status", "--json"]).expect(0).json();
    let told = [
        "`memory_mib = 4096` in settings.toml is not possible: it is 64 to 2048, and 2048 is used",
        "`disk_mib = 1` in settings.toml is not possible: it is 64 to 8192, and 64 is used",
    ];
    assert_eq!(status["notes"], json!(told));
    for args in [&["sandbox", "status"][..], &["doctor"]] {
        let shown = bare(&home, args).expect(0).stdout;
        assert!(told.iter().all(|line| shown.contains(line)), "{shown}");
    }
}

#[test]
fn status_says_what_is_missing_and_how_to_get_it() {
    let home = Home::offline();
    let mut status = bare(&home, &["sandbox", "status", "--json"]).expect(0).json();
    // Of the computer the test runs on.
    status["slow_because"] = Value::Null;
    status["acceleration"] = json!("tcg");
    status["free"] = Value::Null;
    let parts = status["parts"].as_array_mut().unwrap();
    let names: Vec<Value> = parts.iter().map(|part| part["name"].clone()).collect();
    assert_eq!(names, ["QEMU", "image", "guest agent"]);
    parts.retain(|part| part["name"] == "image");
    // What a build would lack is of the computer as well; `image.rs` looks at it.
    let hint = parts[0]["hint"].as_str().unwrap().to_owned();
    parts[0]["hint"] = json!(hint.split(" To build it here").next());
    insta::assert_snapshot!(format!("{status:#}"), @r#"
    {
      "acceleration": "tcg",
      "allow_os": false,
      "bytes": 0,
      "free": null,
      "image": null,
      "machines": 0,
      "name": "sandbox",
      "parts": [
        {
          "detail": "the machine's image is not built yet",
          "hint": "Run `deskhand sandbox build` (about three minutes, 700 MB with its saved state). File tools work without it.",
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
