//! What the person does with a task from outside: steering it in work, follow-ups, stopping, branching, marks.

use std::time::Duration;

use deskhand_engine::{BranchOptions, EngineError, MarksPatch, Nobody, RunEnd, StartOptions, Unwatched, mailbox};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{EventBody, FinishStatus, GrantMode, Marks, Mode, TaskId};
use serde_json::json;

use crate::desk::{Desk, bash, done};

/// What the person said, with the number of the event that queued it.
fn said(desk: &Desk, task: &TaskId) -> Vec<(String, Option<u64>)> {
    let said = |event: deskhand_types::Event| match event.body {
        EventBody::PersonSaid { text, queued, .. } => Some((text, queued)),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(said).collect()
}

/// The texts of the last message a model was sent.
fn last_heard(desk: &Desk) -> Vec<String> {
    let request = desk.server.requests().pop().unwrap().json();
    let last = request["messages"].as_array().unwrap().last().unwrap().clone();
    let texts = last["content"].as_array().unwrap().iter();
    texts
        .filter_map(|block| block["text"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_during_an_answer_is_in_the_log_at_once_and_heard_next() {
    let slow: Reply = done();
    let desk = Desk::new([slow.delay(Duration::from_millis(600)), done(), done()]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let (post, letters) = mailbox();
    let speak = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let seq = post.say("rather in French").await.unwrap();
        let event = desk.events(&task).pop().unwrap();
        assert_eq!((event.seq, event.body.kind()), (seq, "person.said"));
        let queued = post.follow_up("then in Greek").await.unwrap();
        let taken = post.follow_up("never").await.unwrap();
        post.withdraw(taken).await.unwrap();
        queued
    };
    let work = desk.engine.work_hearing(&task, &Nobody, &Unwatched, letters);
    let (end, queued) = tokio::join!(work, speak);
    assert_eq!(end.unwrap(), RunEnd::Finished(FinishStatus::Done));
    assert_eq!(
        said(&desk, &task),
        [
            ("rather in French".to_owned(), None),
            ("then in Greek".to_owned(), Some(queued))
        ]
    );
    assert_eq!(desk.server.requests().len(), 3, "one turn for each");
    assert_eq!(last_heard(&desk), ["then in Greek"]);
    assert!(post.say("too late").await.is_err(), "nobody works any more");
    assert_eq!(said(&desk, &task).len(), 2, "and what was not heard is not in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_task_ends_its_calls_and_goes_on_when_more_is_said() {
    let desk = Desk::new([bash("sleep 600000"), done()]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let stopped = tokio::time::timeout(Duration::from_millis(400), desk.engine.work(&task, &Nobody, &Unwatched));
    assert!(stopped.await.is_err(), "it sleeps");
    desk.engine.stop(&task).unwrap();
    desk.engine.stop(&task).unwrap();
    let view = desk.engine.show(&task).unwrap();
    assert_eq!(view.status, deskhand_engine::views::TaskStatus::Stopped);
    let codes: Vec<_> = desk
        .outcomes(&task)
        .into_iter()
        .filter_map(|outcome| outcome.error)
        .collect();
    assert_eq!(
        codes.iter().map(deskhand_types::Code::as_str).collect::<Vec<_>>(),
        ["engine.stopped"]
    );

    desk.engine.say(&task, "go on without it").unwrap();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(last_heard(&desk).last().unwrap(), "go on without it");
    let finished = desk
        .kinds(&task)
        .iter()
        .filter(|kind| **kind == "tool.finished")
        .count();
    assert_eq!(finished, 1, "the stopped call is not performed later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_in_work_is_not_stopped_from_elsewhere() {
    let desk = Desk::new([bash("sleep 600000")]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let look = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        desk.engine.stop(&task)
    };
    tokio::select! {
        _ = desk.engine.work(&task, &Nobody, &Unwatched) => panic!("it sleeps"),
        stopped = look => assert!(matches!(stopped, Err(EngineError::Store(_))), "{stopped:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_takes_the_conversation_over_but_not_the_changes() {
    let write = Turn::new().tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": "one"}));
    let desk = Desk::new([write.into(), done(), done(), done(), done()]);
    let task = desk.run().await;
    let end = desk.events(&task).len() as u64;
    desk.engine.say(&task, "and now?").unwrap();
    desk.work(&task).await;

    let branch = desk
        .engine
        .branch(
            &task,
            &BranchOptions {
                before: Some(end),
                text: Some("rather this".to_owned()),
                ..BranchOptions::default()
            },
        )
        .unwrap();
    assert_eq!(desk.work(&branch).await, RunEnd::Finished(FinishStatus::Done));
    let events = desk.events(&branch);
    let EventBody::TaskStarted(start) = &events[0].body else {
        panic!("no start")
    };
    let from = start.branched_from.as_ref().unwrap();
    assert_eq!((&from.task, from.before), (&task, end));
    assert_eq!(said(&desk, &branch), [("rather this".to_owned(), None)]);
    assert_eq!(last_heard(&desk), ["rather this"]);
    // The file is the first task's to take back.
    assert!(
        desk.engine
            .undo(&branch, &deskhand_engine::UndoScope::default())
            .is_err()
    );
    assert_eq!(desk.read("a.txt").as_deref(), Some("one"));
    desk.engine.undo(&task, &deskhand_engine::UndoScope::default()).unwrap();
    assert_eq!(desk.read("a.txt"), None);
    let outputs = |task: &TaskId| desk.engine.show(task).unwrap().grants.last().unwrap().folder.clone();
    assert_ne!(outputs(&task), outputs(&branch), "each has its own outputs");
    assert!(desk.engine.verify(&branch).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_at_any_event_ends_well_and_asks_in_order() {
    let write = |n: u32| -> Reply {
        Turn::new()
            .thinking("hm", "signed")
            .tool(
                "Write",
                json!({"file_path": format!("/mnt/work/{n}.txt"), "content": "x"}),
            )
            .tool("Read", json!({"file_path": format!("/mnt/work/{n}.txt")}))
            .into()
    };
    let desk = Desk::with(deskhand_testkit::ScriptedServer::responding(move |_, number| {
        if number < 2 { write(number as u32) } else { done() }
    }));
    let task = desk.run().await;
    let all = desk.events(&task).len() as u64;
    for before in 1..=all {
        let options = BranchOptions {
            before: Some(before),
            text: Some(format!("from {before}")),
            model: Some("anthropic/another".to_owned()),
        };
        let branch = desk.engine.branch(&task, &options).unwrap();
        assert_eq!(
            desk.work(&branch).await,
            RunEnd::Finished(FinishStatus::Done),
            "before {before}"
        );
        let request = desk.server.requests().pop().unwrap().json();
        assert_eq!(request["model"], "another");
        assert_eq!(last_heard(&desk).last().unwrap(), &format!("from {before}"));
        assert!(
            !request["messages"].to_string().contains("signed"),
            "thinking is signed for the model that thought it"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_with_nothing_to_say_is_not_made() {
    let desk = Desk::new([done(), done()]);
    let task = desk.run().await;
    let refused = desk.engine.branch(&task, &BranchOptions::default());
    assert!(matches!(refused, Err(EngineError::EmptyPrompt)));
    assert_eq!(desk.engine.tasks().unwrap().len(), 1);
    // Before its beginning: the same task once more.
    let again = BranchOptions {
        before: Some(0),
        ..BranchOptions::default()
    };
    let branch = desk.engine.branch(&task, &again).unwrap();
    assert_eq!(desk.engine.show(&branch).unwrap().prompt, "go");
}

#[tokio::test]
async fn marks_are_kept_and_changed_one_by_one() {
    let mut desk = Desk::new([]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let patch = |title: Option<&str>, pinned, archived| MarksPatch {
        title: title.map(str::to_owned),
        pinned,
        archived,
    };
    desk.engine
        .mark(&task, &patch(Some("  Taxes 2026 "), None, None))
        .unwrap();
    desk.engine.mark(&task, &patch(None, Some(true), None)).unwrap();
    let all = desk.engine.mark(&task, &patch(None, None, Some(true))).unwrap();
    let wanted = Marks {
        title: Some("Taxes 2026".to_owned()),
        pinned: true,
        archived: true,
    };
    assert_eq!(all, wanted);
    desk.restart();
    assert_eq!(desk.engine.settings().unwrap().marks[&task], wanted);
    let bare = desk
        .engine
        .mark(&task, &patch(Some(""), Some(false), Some(false)))
        .unwrap();
    assert_eq!(bare, Marks::default());
    assert!(
        desk.engine
            .mark(&TaskId::new("nobody"), &patch(None, Some(true), None))
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_inputs_that_can_only_be_read() {
    let read = Turn::new().tool("Read", json!({"file_path": "/mnt/inputs/notes.txt"}));
    let write = Turn::new().tool("Write", json!({"file_path": "/mnt/inputs/notes.txt", "content": "x"}));
    let desk = Desk::new([read.into(), write.into(), done()]);
    let upload = desk.engine.store().add_upload("notes.txt", b"from afar").unwrap();
    let options = |folder: &str| StartOptions {
        prompt: "go".to_owned(),
        folders: vec![(desk.dir.path().join(folder), GrantMode::ReadWrite)],
        mode: Mode::Auto,
        uploads: vec![upload.id.clone()],
        ..StartOptions::default()
    };
    // A folder that is refused: the upload still waits.
    assert!(desk.engine.start(options(".deskhand")).is_err());
    let task = desk.engine.start(options("work")).unwrap();
    desk.work(&task).await;
    let outcomes = desk.outcomes(&task);
    assert!(crate::desk::text(&outcomes[0]).contains("from afar"));
    assert!(outcomes[1].error.is_some(), "inputs are read only");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_can_be_handed_to_another_thread() {
    let Desk {
        dir, engine, server, ..
    } = Desk::new([done()]);
    let engine = std::sync::Arc::new(engine);
    let task = engine
        .start(StartOptions {
            prompt: "go".to_owned(),
            folders: vec![(dir.path().join("work"), GrantMode::ReadOnly)],
            ..StartOptions::default()
        })
        .unwrap();
    let work = tokio::spawn(async move { engine.work_hearing(&task, &Nobody, &Unwatched, mailbox().1).await });
    assert_eq!(work.await.unwrap().unwrap(), RunEnd::Finished(FinishStatus::Done));
    assert_eq!(server.requests().len(), 1);
}
