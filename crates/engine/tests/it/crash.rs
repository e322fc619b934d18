//! The process dies around a command: it is never run twice by itself, and what it left is judged from the log.

use std::sync::atomic::Ordering;
use std::time::Duration;

use deskhand_engine::{Observer, RunEnd};
use deskhand_types::{Event, FinishStatus, GrantMode, Mode};
use tokio::sync::Notify;

use crate::desk::{Desk, bash, done, text};

/// Tells when an event of a kind is there.
struct Until(&'static str, Notify);

impl Observer for Until {
    fn event(&self, event: &Event) {
        if event.body.kind() == self.0 {
            self.1.notify_one();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_cut_off_is_told_and_not_run_again() {
    let mut desk = Desk::new([bash("write /mnt/work/a.txt new\nsleep 600000"), done()]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let started = Until("tool.started", Notify::new());
    tokio::select! {
        _ = desk.engine.work(&task, &deskhand_engine::Nobody, &started) => panic!("it sleeps"),
        () = async { started.1.notified().await; tokio::time::sleep(Duration::from_millis(50)).await } => {}
    }
    desk.restart();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(desk.stage.runs.load(Ordering::SeqCst), 1);
    let outcome = desk.outcomes(&task).remove(0);
    assert_eq!(outcome.error.as_ref().unwrap().as_str(), "command.interrupted");
    assert!(text(&outcome).contains("Nothing it changed has landed"));
    assert_eq!(desk.read("a.txt"), None);
    assert!(!desk.kinds(&task).contains(&"command.finished"));
    // The room is closed behind the dropped run.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(desk.stage.closed.load(Ordering::SeqCst), 1);
}

/// Whatever event the log ends with, the task ends the same, and the command runs once if its end is logged.
#[tokio::test(flavor = "multi_thread")]
async fn cut_after_any_event_the_change_lands_once_or_the_command_is_told_interrupted() {
    let command = "say hello\nwrite /mnt/work/a.txt new";
    for kind in [
        "policy.decided",
        "tool.started",
        "command.finished",
        "change.intended",
        "change.applied",
        "tool.finished",
    ] {
        let mut desk = Desk::new([bash(command), done(), done()]);
        let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
        let until = Until(kind, Notify::new());
        // Dropped at the first moment it waits for something after that event, or run to its end.
        tokio::select! {
            biased;
            () = until.1.notified() => {}
            _ = desk.engine.work(&task, &deskhand_engine::Nobody, &until) => {}
        }
        // What was being written when the process died.
        tokio::time::sleep(Duration::from_millis(200)).await;
        desk.restart();
        desk.work(&task).await;
        let kinds = desk.kinds(&task);
        let count = |kind: &str| kinds.iter().filter(|known| **known == kind).count();
        assert_eq!(count("tool.finished"), 1, "{kind}: {kinds:?}");
        assert_eq!(desk.stage.runs.load(Ordering::SeqCst), 1, "{kind}");
        let outcome = desk.outcomes(&task).remove(0);
        if count("command.finished") == 1 {
            assert_eq!(
                text(&outcome),
                "hello\n\nChanged files:\n- Created /mnt/work/a.txt (3 B)",
                "{kind}"
            );
            assert_eq!(desk.read("a.txt").as_deref(), Some("new"));
            assert_eq!(count("change.applied"), 1, "{kind}");
        } else {
            assert_eq!(outcome.error.unwrap().as_str(), "command.interrupted", "{kind}");
            assert_eq!(desk.read("a.txt"), None);
        }
    }
}
