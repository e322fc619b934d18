//! Background commands: looked at while they run, judged when their end is fetched.

use std::sync::atomic::Ordering;

use deskhand_testkit::{Reply, Turn};
use deskhand_types::{GrantMode, Mode};
use serde_json::json;

use crate::desk::{Desk, done, text};

fn begin(command: &str) -> Reply {
    Turn::new()
        .tool("Bash", json!({"command": command, "run_in_background": true}))
        .into()
}

fn output(id: &str) -> Reply {
    Turn::new().tool("BashOutput", json!({"bash_id": id})).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_changes_land_when_its_end_is_fetched() {
    let desk = Desk::new([
        begin("say a\nsleep 50\nwrite /mnt/work/a.txt new\nsay b"),
        output("bash_1"),
        output("bash_1"),
        done(),
    ]);
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("new"));
    let outcomes = desk.outcomes(&task);
    assert!(text(&outcomes[0]).starts_with("Runs in the background as bash_1."));
    assert_eq!(
        text(&outcomes[1]),
        "ab\n\nChanged files:\n- Created /mnt/work/a.txt (3 B)"
    );
    assert_eq!(outcomes[2].error.as_ref().unwrap().as_str(), "command.unknown");
    assert_eq!(
        desk.kinds(&task)[3..10],
        [
            "policy.decided",
            "tool.started",
            "command.finished",
            "policy.decided",
            "change.intended",
            "change.applied",
            "tool.finished"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_ended_and_what_it_changed_until_then_is_judged() {
    let desk = Desk::new([
        begin("write /mnt/work/a.txt new\nsay begun\nsleep 600000\nsay never"),
        Turn::new().tool("KillShell", json!({"shell_id": "bash_1"})).into(),
        done(),
    ]);
    let task = desk.run().await;
    let outcome = &desk.outcomes(&task)[1];
    assert_eq!(
        text(outcome),
        "begun\n[cancelled]\n\nChanged files:\n- Created /mnt/work/a.txt (3 B)"
    );
    assert_eq!(desk.read("a.txt").as_deref(), Some("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_began_is_not_overwritten_whatever_the_sandbox_saw() {
    // Other commands ran in the room meanwhile, so what is said to have been seen is not what this one saw.
    let desk = Desk::new([]);
    desk.write("a.txt", "old");
    let host = desk.file("a.txt");
    desk.server.push(begin(&format!(
        "sleep 50\nhost {} theirs\nblind /mnt/work/a.txt the command's",
        host.display()
    )));
    desk.server.push(output("bash_1"));
    desk.server.push(done());
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("theirs"));
    let outcome = &desk.outcomes(&task)[1];
    assert!(
        text(outcome).contains("was changed while the command ran"),
        "{}",
        text(outcome)
    );
    assert_eq!(outcome.data["kept"][0]["path"], "/mnt/work/a.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_fetched_does_not_land() {
    let desk = Desk::new([begin("write /mnt/work/a.txt new"), done()]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    desk.work(&task).await;
    assert_eq!(desk.read("a.txt"), None);
}

/// A command whose machine does not even end it when the task's run ends holds nothing behind it.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_cannot_be_ended_does_not_outlive_the_run() {
    let desk = Desk::new([begin("deaf"), begin("deaf"), done()]);
    let begun = std::time::Instant::now();
    desk.run().await;
    let stage = &desk.stage;
    assert_eq!(
        (
            stage.running.load(Ordering::SeqCst),
            stage.closed.load(Ordering::SeqCst)
        ),
        (0, 1)
    );
    assert!(begun.elapsed().as_secs() < 18, "one patience for all of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_refused() {
    let mut replies: Vec<Reply> = (0..9).map(|_| begin("sleep 600000")).collect();
    replies.push(done());
    let desk = Desk::new(replies);
    let task = desk.run().await;
    let outcomes = desk.outcomes(&task);
    assert!(outcomes[..8].iter().all(|outcome| outcome.error.is_none()));
    assert_eq!(outcomes[8].error.as_ref().unwrap().as_str(), "command.too-many");
}
