//! What a command changed lands, is asked for, is refused, or conflicts, like any other change.

use std::sync::atomic::Ordering;

use deskhand_engine::{RunEnd, UndoScope};
use deskhand_testkit::Turn;
use deskhand_types::{Answer, Ask, BlobStore as _, FinishStatus, GrantMode, Hash, Integrity, Mode, Tier};
use serde_json::json;

use crate::desk::{Desk, Ear, Yes, bash, done, text};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_changed_lands_and_can_be_undone() {
    let desk = Desk::new([
        bash(
            "say hello\nwrite /mnt/work/a.txt new\nrm /mnt/work/old.txt\npipe /mnt/work/p\nmkdir /mnt/work/empty\nmkdir /mnt/work/full\nwrite /mnt/work/full/b.txt b",
        ),
        done(),
    ]);
    desk.write("old.txt", "old");
    let task = desk.run().await;
    assert_eq!(
        (desk.read("a.txt").as_deref(), desk.read("old.txt")),
        (Some("new"), None)
    );
    assert_eq!(
        desk.kinds(&task),
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
    let outcome = desk.outcomes(&task).remove(0);
    assert_eq!(
        text(&outcome),
        "hello\n\nLeft out, so it does not land:\n- /mnt/work/p: a named pipe\n\nChanged files:\n- Created /mnt/work/empty\n- Created /mnt/work/a.txt (3 B)\n- Created /mnt/work/full/b.txt (1 B)\n- Deleted /mnt/work/old.txt"
    );
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.data["tier"], "vm");
    assert_eq!(outcome.data["landed"], true);
    assert_eq!(outcome.label.integrity, Integrity::GrantedFile);
    assert!(outcome.label.sources.iter().any(|source| source.detail == "/mnt/work"));
    assert_eq!(desk.stage.folders.lock().unwrap().as_slice(), ["/mnt/work"]);
    assert_eq!(
        desk.stage.closed.load(Ordering::SeqCst),
        1,
        "the room is closed with the run"
    );

    desk.engine.undo(&task, &UndoScope::default()).unwrap();
    assert_eq!(
        (desk.read("a.txt"), desk.read("old.txt").as_deref()),
        (None, Some("old"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_changed_nothing_is_over_at_once() {
    let desk = Desk::new([bash("say hello\nexit 3"), done()]);
    let task = desk.run().await;
    assert_eq!(
        desk.kinds(&task),
        ["policy.decided", "tool.started", "command.finished", "tool.finished"]
    );
    let outcome = desk.outcomes(&task).remove(0);
    assert_eq!(text(&outcome), "hello\n[exit code 3]");
    assert_eq!(outcome.error.unwrap().as_str(), "command.exit");
    assert_eq!(outcome.data["exit_code"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asked_change_waits_and_lands_without_running_the_command_again() {
    let mut desk = Desk::new([bash("say bye\nrm /mnt/work/old.txt"), done()]);
    desk.write("old.txt", "old");
    let task = desk.start(Mode::Auto, GrantMode::ReadWriteNoDelete);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    assert_eq!(
        desk.read("old.txt").as_deref(),
        Some("old"),
        "nothing lands before the yes"
    );
    desk.restart();
    let item = desk.answer(Answer::Allow);
    let Ask::Approve { action, preview, .. } = item.ask else {
        panic!("an approval")
    };
    assert_eq!(
        action.summary,
        "Take over what the command changed: Deleted /mnt/work/old.txt"
    );
    assert!(preview.unwrap().contains("-old"));
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(desk.read("old.txt"), None);
    assert_eq!(desk.stage.runs.load(Ordering::SeqCst), 1);
    assert!(text(&desk.outcomes(&task)[0]).starts_with("bye\n\nChanged files:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn declined_changes_do_not_land_and_the_output_is_told() {
    let desk = Desk::new([bash("say bye\nrm /mnt/work/old.txt"), done()]);
    desk.write("old.txt", "old");
    let task = desk.start(Mode::Auto, GrantMode::ReadWriteNoDelete);
    desk.work(&task).await;
    desk.answer(Answer::Deny {
        reason: Some("keep it".to_owned()),
    });
    desk.work(&task).await;
    assert_eq!(desk.read("old.txt").as_deref(), Some("old"));
    let outcome = desk.outcomes(&task).remove(0);
    assert_eq!(
        text(&outcome),
        "bye\n\nThe person declined its changes: keep it. Nothing of them landed."
    );
    assert_eq!(outcome.error.unwrap().as_str(), "tool.declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_manual_mode_the_command_and_its_changes_are_two_questions() {
    let desk = Desk::new([bash("write /mnt/work/a.txt new"), done()]);
    let task = desk.start(Mode::Manual, GrantMode::ReadWrite);
    desk.work(&task).await;
    assert_eq!(desk.stage.runs.load(Ordering::SeqCst), 0);
    let first = desk.answer(Answer::Allow);
    desk.work(&task).await;
    assert_eq!((desk.stage.runs.load(Ordering::SeqCst), desk.read("a.txt")), (1, None));
    let second = desk.answer(Answer::Allow);
    assert_ne!(first.id, second.id);
    desk.work(&task).await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_forbidden_path_bars_all_changes_of_a_command() {
    let mut desk = Desk::new([
        bash("write /mnt/work/a.txt new\nwrite /mnt/work/Contracts/x signed"),
        done(),
    ]);
    let rules = "[[rule]]\nname = \"no-contracts\"\nverdict = \"deny\"\nreason = \"contracts stay\"\n[rule.when]\n\
                 path = [\"/mnt/*/Contracts/**\"]\neffect = [\"create\", \"modify\"]\n";
    std::fs::create_dir_all(desk.dir.path().join("managed")).unwrap();
    std::fs::write(desk.dir.path().join("managed/policy.toml"), rules).unwrap();
    std::fs::create_dir(desk.file("Contracts")).unwrap();
    desk.restart();
    let task = desk.run().await;
    assert_eq!((desk.read("a.txt"), desk.read("Contracts/x")), (None, None));
    let outcome = desk.outcomes(&task).remove(0);
    assert!(
        text(&outcome).contains("Its changes were refused: ") && text(&outcome).contains("contracts stay"),
        "{}",
        text(&outcome)
    );
    assert!(matches!(
        desk.engine.show(&task).unwrap().status,
        deskhand_engine::views::TaskStatus::Refused
    ));
}

/// A place that is not there for any tool is not there for a command either: the rest lands, and it is told.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_puts_in_a_protected_place_is_left_out() {
    let desk = Desk::new([bash("write /mnt/work/a.txt new\nwrite /mnt/work/.env KEY=1"), done()]);
    let task = desk.run().await;
    assert_eq!((desk.read("a.txt").as_deref(), desk.read(".env")), (Some("new"), None));
    let outcome = desk.outcomes(&task).remove(0);
    assert!(
        text(&outcome).contains("Left out, so it does not land:\n- /mnt/work/.env: "),
        "{}",
        text(&outcome)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_meanwhile_is_not_overwritten_and_nothing_is_lost() {
    let desk = Desk::new([]);
    desk.write("a.txt", "old");
    let host = desk.file("a.txt");
    // The layer is left first, then somebody else writes.
    desk.server.push(bash(format!(
        "write /mnt/work/a.txt the command's\nhost {} theirs",
        host.display()
    )));
    desk.server.push(done());
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("theirs"));
    let outcome = desk.outcomes(&task).remove(0);
    assert!(
        text(&outcome).contains("was changed while the command ran"),
        "{}",
        text(&outcome)
    );
    assert_eq!(outcome.error.unwrap().as_str(), "command.not-landed");
    let kept: Hash = outcome.data["kept"][0]["hash"].as_str().unwrap().parse().unwrap();
    assert_eq!(desk.engine.store().get(&kept).unwrap(), b"the command's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_between_yes_and_landing_is_not_overwritten() {
    let desk = Desk::new([bash("write /mnt/work/a.txt the command's"), done()]);
    desk.write("a.txt", "old");
    let task = desk.start(Mode::Manual, GrantMode::ReadWrite);
    desk.work(&task).await;
    desk.answer(Answer::Allow);
    desk.work(&task).await;
    desk.answer(Answer::Allow);
    desk.write("a.txt", "theirs");
    desk.work(&task).await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("theirs"));
    let outcome = desk.outcomes(&task).remove(0);
    assert!(
        text(&outcome).contains("Nothing it changed has landed"),
        "{}",
        text(&outcome)
    );
    let kept: Hash = outcome.data["kept"][0]["hash"].as_str().unwrap().parse().unwrap();
    assert_eq!(desk.engine.store().get(&kept).unwrap(), b"the command's");
    assert!(desk.kinds(&task).contains(&"change.failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_streamed_whole_and_told_in_bounds() {
    let desk = Desk::new([
        bash("fill 300000"),
        bash("end memory"),
        bash("end time"),
        bash("lost"),
        done(),
    ]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let ear = Ear::default();
    desk.engine.work(&task, &deskhand_engine::Nobody, &ear).await.unwrap();
    assert_eq!(ear.0.lock().unwrap().len(), 300_000);
    let outcomes = desk.outcomes(&task);
    let full: Hash = outcomes[0].data["output"].as_str().unwrap().parse().unwrap();
    assert_eq!(desk.engine.store().get(&full).unwrap().len(), 300_000);
    let told = text(&outcomes[0]);
    assert!(
        told.contains(" left out here]") && told.contains(&full.to_string()),
        "{told}"
    );
    assert!(told.len() < 250_000, "{}", told.len());
    assert!(text(&outcomes[1]).contains("[ended: it ran out of memory]"));
    assert!(text(&outcomes[2]).contains("[ended after 120 s: its time was over]"));
    assert_eq!(outcomes[3].error.as_ref().unwrap().as_str(), "sandbox.lost");
    assert!(text(&outcomes[3]).contains("Run the command again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_misbehaved_or_did_not_end_a_command_is_told_and_nothing_lands() {
    let desk = Desk::new([
        bash("write /mnt/work/a.txt new\nmisbehaved"),
        bash("write /mnt/work/a.txt new\ninterrupted"),
        bash("say well"),
        done(),
    ]);
    let task = desk.run().await;
    let outcomes = desk.outcomes(&task);
    let code = |number: usize| outcomes[number].error.as_ref().unwrap().as_str();
    assert_eq!((code(0), code(1)), ("sandbox.misbehaved", "command.interrupted"));
    assert_eq!(
        text(&outcomes[0]),
        "the sandbox did not answer as it should (it lied) and was ended. Nothing has landed\nRun the command again: a new machine is started for it. \
         `deskhand doctor` shows what the lost one said last."
    );
    assert!(
        text(&outcomes[1]).contains("Nothing it changed has landed"),
        "{}",
        text(&outcomes[1])
    );
    assert_eq!(text(&outcomes[2]), "well");
    assert_eq!(desk.read("a.txt"), None);
}

/// I9: `/tmp` and the home folder stay until the task pauses; where they do not, that is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_was_made_anew_is_told_once() {
    let desk = Desk::new([
        bash("say one\nanew it broke"),
        bash("say two"),
        Turn::new()
            .tool("RequestFolder", json!({"path": "~/more", "mode": "ro", "reason": "r"}))
            .into(),
        bash("say three"),
        bash("say four"),
        done(),
    ]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    desk.engine
        .work(&task, &Yes, &deskhand_engine::Unwatched)
        .await
        .unwrap();
    let outcomes = desk.outcomes(&task);
    assert_eq!(
        text(&outcomes[0]),
        "one\n[The sandbox was made anew before this command: it broke. What commands before it left in /tmp and the home folder is gone; the granted folders are as they were.]"
    );
    assert_eq!(outcomes[0].data["anew"], "it broke");
    assert_eq!(text(&outcomes[1]), "two");
    assert!(
        text(&outcomes[3]).contains("made anew before this command: the granted folders are others now"),
        "{}",
        text(&outcomes[3])
    );
    assert_eq!(text(&outcomes[4]), "four");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_room_has_the_folders_as_they_are_granted() {
    let desk = Desk::new([
        bash("say one"),
        bash("say two"),
        Turn::new()
            .tool("RequestFolder", json!({"path": "~/more", "mode": "ro", "reason": "r"}))
            .into(),
        bash("say three"),
        done(),
    ]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWriteNoDelete);
    desk.engine
        .work(&task, &Yes, &deskhand_engine::Unwatched)
        .await
        .unwrap();
    let folder = |name: &str, writable| (name.to_owned(), writable);
    assert_eq!(
        desk.stage.rooms.lock().unwrap().as_slice(),
        [
            vec![folder("work", true), folder("outputs", true)],
            vec![folder("work", true), folder("outputs", true), folder("more", false)]
        ]
    );
    assert_eq!(desk.stage.closed.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_call_of_the_turn_sees_what_the_command_left() {
    let desk = Desk::new([
        Turn::new()
            .tool("Bash", json!({"command": "write /mnt/work/a.txt one"}))
            .tool(
                "Edit",
                json!({"file_path": "/mnt/work/a.txt", "old_string": "one", "new_string": "two"}),
            )
            .into(),
        done(),
    ]);
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("two"));
    // The numbers of change-sets go on.
    let steps = desk.engine.show(&task).unwrap().steps;
    let ids: Vec<String> = steps.iter().map(|step| step.id.to_string()).collect();
    assert_eq!(ids, [format!("{task}.1"), format!("{task}.2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_shows_what_would_change_and_lands_nothing() {
    let desk = Desk::new([]);
    desk.write("a.txt", "old\n");
    let options = deskhand_engine::TrialOptions {
        folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
        command: "say hello\nwrite /mnt/work/a.txt new\nget http://example.org/a?key=1".to_owned(),
        timeout: std::time::Duration::from_secs(1),
        sandbox: Tier::Vm,
        allow_outside_home: false,
    };
    let mut heard = Vec::new();
    let mut tell = |_, bytes: &[u8]| heard.extend_from_slice(bytes);
    let trial = desk
        .engine
        .try_command(options, &mut tell, tokio_util::sync::CancellationToken::new())
        .await
        .unwrap();
    assert!(heard.starts_with(b"hello") && String::from_utf8_lossy(&heard).contains("only a look"));
    assert_eq!(trial.asked, [("GET http://example.org/a".to_owned(), 1)].into());
    let unified: Vec<_> = trial
        .diffs
        .iter()
        .map(|file| file.unified.as_deref().unwrap())
        .collect();
    assert!(unified.len() == 1 && unified[0].contains("-old\n+new"), "{unified:?}");
    // Neither what stood there nor what it wrote is kept anywhere.
    assert_eq!(desk.engine.store().usage().unwrap().blobs, 0);
    assert_eq!(
        std::fs::read_dir(desk.dir.path().join(".cache/looks")).unwrap().count(),
        0
    );
    assert_eq!(desk.read("a.txt").as_deref(), Some("old\n"));
    assert_eq!(desk.engine.tasks().unwrap().len(), 0);
    assert_eq!(desk.stage.closed.load(Ordering::SeqCst), 1);
}

fn read(path: &str) -> deskhand_testkit::Reply {
    Turn::new().tool("Read", json!({"file_path": path})).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_left_in_the_scratch_can_be_read_and_is_no_change() {
    let long = "line of the scratch\n".repeat(8_000);
    let desk = Desk::new([
        read("/tmp/seen/a.txt"),
        bash("say made"),
        read("/tmp/seen/a.txt"),
        read("/tmp/seen/none.txt"),
        read("/etc/passwd"),
        done(),
    ]);
    desk.stage.answer("exec cat -- '/tmp/seen/a.txt'", 0, &long, "");
    desk.stage
        .answer("exec cat -- '/tmp/seen/none.txt'", 1, "there is no such file\n", "");
    let task = desk.run().await;
    let outcomes = desk.outcomes(&task);
    // Before any command there is no scratch, and no machine is started to look.
    assert_eq!(outcomes[0].error.as_ref().unwrap().as_str(), "scratch.missing");
    assert!(text(&outcomes[0]).contains("no command has run"), "{outcomes:?}");
    assert_eq!(outcomes[2].error, None, "{outcomes:?}");
    assert!(text(&outcomes[2]).contains("line of the scratch"), "{outcomes:?}");
    // What commands left may be made of all they saw.
    assert_eq!(outcomes[2].label.integrity, Integrity::GrantedFile);
    assert!(
        outcomes[2]
            .label
            .sources
            .iter()
            .any(|source| source.detail == "/mnt/work")
    );
    assert_eq!(outcomes[3].error.as_ref().unwrap().as_str(), "scratch.missing");
    assert!(text(&outcomes[3]).contains("there is no such file"), "{outcomes:?}");
    assert_eq!(outcomes[4].error.as_ref().unwrap().as_str(), "workspace.outside-grant");
    let kinds = desk.kinds(&task);
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "command.finished").count(),
        1,
        "{kinds:?}"
    );
    assert!(!kinds.contains(&"change.intended"), "{kinds:?}");
    assert_eq!(desk.stage.runs.load(Ordering::SeqCst), 3);
    assert!(!desk.file("seen").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scratch_is_gone_when_the_task_went_on_in_another_run() {
    let mut desk = Desk::new([
        bash("say made"),
        bash("rm /mnt/work/old.txt"),
        read("/tmp/seen/a.txt"),
        done(),
    ]);
    desk.write("old.txt", "old");
    let task = desk.start(Mode::Auto, GrantMode::ReadWriteNoDelete);
    desk.work(&task).await;
    desk.restart();
    desk.answer(Answer::Allow);
    desk.work(&task).await;
    let outcome = desk.outcomes(&task).remove(2);
    assert_eq!(outcome.error.as_ref().unwrap().as_str(), "scratch.missing");
    assert!(text(&outcome).contains("Make it again"), "{outcome:?}");
}
