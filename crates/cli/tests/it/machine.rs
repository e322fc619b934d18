//! Commands in the real machine. They need the image (`make image`) and the guest agent (`make guest`).
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use deskhand_testkit::{Reply, ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies, kinds};

fn home(replies: impl IntoIterator<Item = Reply>) -> Home {
    Home::with_machine(ScriptedServer::start(replies))
}

pub(crate) fn bash(command: &str) -> Reply {
    Turn::new().tool("Bash", json!({"command": command})).into()
}

pub(crate) fn text(finished: &Value) -> &str {
    finished["outcome"]["content"][0]["text"].as_str().unwrap()
}

#[test]
fn a_script_works_on_the_folder_and_what_it_changed_can_be_undone() {
    let script = r#"python3 - <<'END'
import pandas as pd
frame = pd.read_csv("sales.csv")
frame.groupby("region").sum().to_csv("totals.csv")
END
rm sales.csv; mkdir -p deep; mv notes.txt deep/; echo "exit $?""#;
    let home = home([
        bash(script),
        bash("cat totals.csv; ls; ls deep"),
        Turn::new().text("done").into(),
    ]);
    home.write("sales.csv", "region,amount\nNorth,10\nSouth,4\nNorth,2\n");
    home.write("notes.txt", "keep\n");
    let events = home
        .run(&["run", "-C", "work:rw", "--output-format", "stream-json", "go"])
        .expect(0)
        .events();
    assert_eq!(home.read("totals.csv"), "region,amount\nNorth,12\nSouth,4\n");
    assert_eq!(home.read("deep/notes.txt"), "keep\n");
    assert!(!home.exists("sales.csv") && !home.exists("notes.txt"));
    let finished = bodies(&events, "tool.finished");
    let told = text(finished[0]);
    assert!(told.starts_with("exit 0\n\nChanged files:\n"), "{told}");
    for line in [
        "- Created /mnt/work/totals.csv (31 B)",
        "- Deleted /mnt/work/sales.csv",
        "- Moved /mnt/work/notes.txt to /mnt/work/deep/notes.txt",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert_eq!(finished[0]["outcome"]["data"]["tier"], "vm");
    // The next command sees what landed.
    assert_eq!(
        text(finished[1]),
        "region,amount\nNorth,12\nSouth,4\ndeep\ntotals.csv\nnotes.txt"
    );
    home.run(&["undo", &home.newest()]).expect(0);
    assert_eq!(home.read("sales.csv").lines().count(), 4);
    assert_eq!(home.read("notes.txt"), "keep\n");
    assert!(!home.exists("totals.csv"));
}

#[test]
fn a_deletion_is_asked_and_the_command_is_not_run_again_for_the_yes() {
    let home = home([
        bash("date +%s%N > /mnt/outputs/when; rm a.txt; date +%s%N"),
        Turn::new().text("done").into(),
    ]);
    home.write("a.txt", "a");
    let events = home.task(&["go"]).expect(3).events();
    assert!(home.exists("a.txt"));
    let asked = bodies(&events, "approval.requested")[0];
    home.run(&["approvals", "allow", asked["id"].as_str().unwrap()])
        .expect(0);
    home.run(&["resume", &home.newest()]).expect(0);
    assert!(!home.exists("a.txt"));
    let events = home.run(&["export", &home.newest(), "--json"]).json();
    let events = events.as_array().unwrap();
    assert_eq!(bodies(events, "command.finished").len(), 1);
    assert_eq!(bodies(events, "tool.started").len(), 1);
}

#[test]
fn a_background_server_is_asked_from_the_foreground_and_ended() {
    let home = home([
        Turn::new()
            .tool(
                "Bash",
                json!({"command": "echo up; python3 -m http.server 8000 --bind 127.0.0.1", "run_in_background": true}),
            )
            .into(),
        bash("for i in $(seq 100); do curl -sf --noproxy '*' http://127.0.0.1:8000/a.txt && break; sleep 0.3; done"),
        Turn::new().tool("KillShell", json!({"shell_id": "bash_1"})).into(),
        Turn::new().text("done").into(),
    ]);
    home.write("a.txt", "from the server");
    let events = home.task(&["go"]).expect(0).events();
    let finished = bodies(&events, "tool.finished");
    assert_eq!(text(finished[1]), "from the server", "{finished:#?}");
    assert!(
        text(finished[2]).starts_with("up\n") && text(finished[2]).contains("[cancelled]"),
        "{finished:#?}"
    );
}

#[test]
fn what_a_command_asks_of_the_network_is_on_record() {
    let home = home([
        bash("curl -s -o /dev/null -w '%{http_code}' http://example.org/page?q=1"),
        Turn::new().text("done").into(),
    ]);
    let events = home.task(&["go"]).expect(0).events();
    assert_eq!(text(bodies(&events, "tool.finished")[0]), "403");
    let at = |kind| kinds(&events).iter().position(|known| *known == kind).unwrap();
    assert!(at("network.requested") < at("command.finished"));
    let lines = home.run(&["usage", "--network", "--json"]).expect(0).json();
    assert_eq!(
        (
            &lines[0]["id"],
            &lines[0]["host"],
            &lines[0]["path"],
            &lines[0]["allowed"]
        ),
        (&json!(1), &json!("example.org"), &json!("/page"), &json!(false))
    );
}

#[test]
fn a_look_gives_the_commands_exit_code_and_changes_nothing() {
    let home = home([]);
    home.write("a.txt", "old\n");
    let ran = home
        .run(&["sandbox", "exec", "-C", "work", "cat a.txt; echo new > a.txt; exit 7"])
        .expect(7);
    assert_eq!(ran.stdout, "old\n");
    assert!(ran.stderr.contains("modify /mnt/work/a.txt"), "{ran:#?}");
    assert_eq!(home.read("a.txt"), "old\n");
}

#[test]
fn a_look_reaches_nothing_on_the_network_and_says_what_was_asked_for() {
    let home = home([]);
    let command = "curl -s -o /dev/null -w '%{http_code} ' http://example.org/page?key=private; \
        curl -s http://example.org/page >/dev/null; curl -s https://example.net/; echo $?";
    let ran = home.run(&["sandbox", "exec", "-C", "work", command]).expect(0);
    // 56: a tunnel was refused.
    assert_eq!(ran.stdout, "403 56\n");
    let refused: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("[refused: "))
        .collect();
    assert_eq!(
        refused,
        [
            "[refused: CONNECT example.net:443; `sandbox exec` reaches nothing on the network]",
            "[refused: GET http://example.org/page (2 times); `sandbox exec` reaches nothing on the network]"
        ]
    );
    let told = home
        .run(&["sandbox", "exec", "--json", "-C", "work", command])
        .expect(0)
        .json();
    assert_eq!(
        told["network"],
        json!([
            {"request": "CONNECT example.net:443", "times": 1, "allowed": false},
            {"request": "GET http://example.org/page", "times": 2, "allowed": false}
        ])
    );
}

/// Starts a task whose command sleeps, and waits until that runs.
fn asleep(home: &Home) -> Child {
    let mut child = home
        .online()
        .args(["run", "-C", "work", "--output-format", "stream-json", "go"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("tool.started") {}
    let begun = Instant::now();
    while machines_of(child.id()).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no machine was started");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

/// The machines that are children of a process.
pub(crate) fn machines_of(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let Some((head, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        let parent = rest.split_whitespace().nth(1).and_then(|parent| parent.parse().ok());
        if parent == Some(process) && head.contains("qemu") {
            found.extend(head.split(' ').next().and_then(|pid| pid.parse::<u32>().ok()));
        }
    }
    found
}

fn wait_gone(machines: &[u32]) {
    let begun = Instant::now();
    for machine in machines {
        while Path::new(&format!("/proc/{machine}")).exists() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "machine {machine} is still there"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn interrupted(home: &Home) {
    home.run(&["resume", &home.newest()]).expect(0);
    let events = home.run(&["export", &home.newest(), "--json"]).json();
    let events = events.as_array().unwrap();
    assert_eq!(bodies(events, "tool.started").len(), 1, "it is not run again by itself");
    let finished = bodies(events, "tool.finished")[0];
    assert_eq!(finished["outcome"]["error"], "command.interrupted");
    assert!(!home.exists("a.txt"));
}

#[test]
fn killed_in_a_command_the_machine_is_gone_and_the_task_goes_on() {
    let home = home([bash("echo a > a.txt; sleep 600"), Turn::new().text("done").into()]);
    let mut child = asleep(&home);
    let machines = machines_of(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_gone(&machines);
    interrupted(&home);
}

#[test]
fn interrupted_in_a_command_its_whole_tree_is_gone() {
    let home = home([
        bash("echo a > a.txt; sleep 600 & sleep 600"),
        Turn::new().text("done").into(),
    ]);
    let mut child = asleep(&home);
    let machines = machines_of(child.id());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    wait_gone(&machines);
    interrupted(&home);
}

#[test]
fn pictures_of_pages_are_looked_at_as_the_skills_say_and_are_no_output() {
    let make = r#"python3 - <<'END'
import random
from reportlab.pdfgen.canvas import Canvas
page = Canvas("report.pdf")
page.setTitle("Report"), page.drawString(72, 700, "Sales grew by 12 %"), page.save()
# More than the sandbox keeps of a command's output in memory.
open("/tmp/long.txt", "w").write("".join(f"line {n}\n" for n in range(30_000)))
END
deskhand-check --render /tmp/seen report.pdf"#;
    let read = |path: &str| Turn::new().tool("Read", json!({"file_path": path})).into();
    let home = home([
        bash(make),
        read("/tmp/seen/report.pdf-1.png"),
        Turn::new()
            .tool(
                "Read",
                json!({"file_path": "/tmp/long.txt", "offset": 29_999, "limit": 2}),
            )
            .into(),
        Turn::new()
            .tool("PresentFiles", json!({"paths": ["/mnt/work/report.pdf"]}))
            .into(),
        read("/tmp/handed-over/report.pdf-1.png"),
        Turn::new().text("done").into(),
    ]);
    let events = home.task(&["go"]).expect(0).events();
    let finished = bodies(&events, "tool.finished");
    assert!(
        text(finished[0]).contains("rendered: /tmp/seen/report.pdf-1.png"),
        "{finished:#?}"
    );
    let seen = &finished[1]["outcome"];
    assert_eq!(seen["error"], Value::Null, "{seen:#}");
    let blocks = seen["content"].as_array().unwrap();
    let picture = blocks.iter().find(|block| block["type"] == "image").expect("a picture");
    assert_eq!(picture["media_type"], "image/png", "{blocks:#?}");
    assert!(text(finished[2]).contains("line 29999"), "{finished:#?}");
    // What is handed over is looked at once more, without the model's asking for it.
    assert!(
        text(finished[3]).ends_with("- /mnt/work/report.pdf: pictures of its pages: /tmp/handed-over/report.pdf-1.png"),
        "{finished:#?}"
    );
    let blocks = finished[4]["outcome"]["content"].as_array().unwrap();
    assert!(blocks.iter().any(|block| block["type"] == "image"), "{blocks:#?}");
    // It reached the model, and is neither a change nor an output.
    let request = home.server.requests()[2].json().to_string();
    assert!(request.contains("image/png"));
    assert_eq!(finished[0]["outcome"]["data"]["paths"], json!(["/mnt/work/report.pdf"]));
    assert_eq!(bodies(&events, "change.applied").len(), 1);
    assert!(!home.exists("seen") && !home.exists("long.txt"));
}
