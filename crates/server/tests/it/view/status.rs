//! Where a task stands, and what a call goes through.

use deskhand_server::{
    api::{ItemBody, Status, ToolState},
    view::{Outside, Thread},
};
use deskhand_types::{
    Answer, Ask, Block, Cause, EffectClass, EventBody, FileState, FinishStatus, Label, Todo, TodoStatus, ToolOutcome,
};
use serde_json::json;

use super::log::{Log, action, by, failed, file, set, uses};

fn outside(working: bool) -> Outside {
    Outside {
        working,
        ..Outside::default()
    }
}

fn stands(log: &Log, working: bool) -> (Status, Option<String>) {
    let head = log.thread().head(&outside(working));
    (head.status, head.doing)
}

fn state(log: &Log, key: &str) -> ToolState {
    let page = log.thread().page(&outside(true));
    let item = page.items.iter().find(|item| item.key == key).unwrap();
    let ItemBody::Tool { state, .. } = item.body else {
        panic!("{item:?} is no tool")
    };
    state
}

fn approve(call: &str) -> Ask {
    Ask::Approve {
        action: action(call, "Write", EffectClass::Modify, "Overwrite x"),
        reasons: Vec::new(),
        preview: None,
        grounds: Box::default(),
    }
}

#[test]
fn a_task_works_waits_pauses_and_ends() {
    let mut log = Log::begin("Do it");
    assert_eq!(stands(&log, true), (Status::Working, None));
    assert_eq!(stands(&log, false), (Status::Paused, None));
    log.turn(1, vec![uses("a", "Write", json!({"file_path": "/mnt/work/x"}))]);
    assert_eq!(stands(&log, true), (Status::Working, Some("x".to_owned())));
    let write = action("a", "Write", EffectClass::Modify, "Overwrite x");
    log.decide(&write, "ask", "it overwrites");
    log.ask("q", "a", approve("a"));
    // Also while the process still works on it: nothing happens before the answer.
    assert_eq!(stands(&log, true), (Status::Waiting, None));
    assert_eq!(log.thread().head(&outside(false)).waiting, 1);
    log.reply("q", Answer::Allow);
    log.begin_call(&write, json!({}));
    assert_eq!(stands(&log, true), (Status::Working, Some("Overwrite x".to_owned())));
    log.say(EventBody::PlanUpdated {
        todos: vec![Todo {
            content: "Write".to_owned(),
            status: TodoStatus::InProgress,
            active_form: Some("Writing".to_owned()),
        }],
    });
    assert_eq!(stands(&log, true), (Status::Working, Some("Writing".to_owned())));
    log.finish("a", ToolOutcome::text("ok", Label::harness(), "Wrote x"));
    let queued = log.say(EventBody::FollowUpQueued {
        text: "and then".to_owned(),
        voice: Vec::new(),
    });
    log.say(EventBody::TaskFinished {
        status: FinishStatus::Done,
        summary: String::new(),
    });
    // The follow-up is about to be said.
    assert_eq!(stands(&log, true).0, Status::Working);
    assert_eq!(stands(&log, false).0, Status::Done);
    log.say(EventBody::FollowUpWithdrawn { queued });
    assert_eq!(stands(&log, true).0, Status::Done);
}

#[test]
fn a_call_goes_from_running_through_waiting_to_its_end() {
    let mut log = Log::begin("Do it");
    log.turn(1, ["a", "b", "c", "d"].map(|id| uses(id, "Write", json!({}))).to_vec());
    let write = |call: &str| action(call, "Write", EffectClass::Modify, "Overwrite x");
    assert_eq!(state(&log, "a"), ToolState::Running);
    log.decide(&write("a"), "ask", "it overwrites");
    log.ask("qa", "a", approve("a"));
    assert_eq!(state(&log, "a"), ToolState::Waiting);
    log.reply("qa", Answer::Deny { reason: None });
    assert_eq!(state(&log, "a"), ToolState::Refused);
    log.finish("a", failed("tool.declined", "The person said no."));
    assert_eq!(state(&log, "a"), ToolState::Refused);
    log.finish("b", failed("workspace.gone", "It is gone."));
    assert_eq!(state(&log, "b"), ToolState::Failed);
    log.begin_call(&write("c"), json!({}));
    assert_eq!(state(&log, "c"), ToolState::Running);
    log.finish("c", ToolOutcome::text("ok", Label::harness(), "Wrote x"));
    // What is over stays as it is.
    log.decide(&write("c"), "deny", "too late");
    assert_eq!(state(&log, "c"), ToolState::Done);
    log.decide(&write("d"), "deny", "not here");
    assert_eq!(state(&log, "d"), ToolState::Refused);
}

#[test]
fn what_a_background_command_lands_is_told_as_that_command() {
    let mut log = Log::begin("Do it");
    log.turn(
        1,
        vec![uses("a", "Bash", json!({"command": "make", "description": "Build it"}))],
    );
    let begun = ToolOutcome::text("Runs", Label::harness(), "Started").with_data(json!({"bash_id": "bash_1"}));
    log.finish("a", begun);
    log.turn(2, vec![uses("b", "BashOutput", json!({"bash_id": "bash_1"}))]);
    log.begin_call(
        &action("b", "BashOutput", EffectClass::None, "Look at bash_1"),
        json!({}),
    );
    log.land(set("s", by("b"), &[("/mnt/work/out", FileState::Absent, file("x"))]));
    let page = log.thread().page(&outside(true));
    assert_eq!(page.rail.changes[0].title, "Build it");
    assert!(page.items.iter().any(|item| matches!(
        &item.body,
        ItemBody::Tool { call, object, .. } if call == "b" && object == "Build it"
    )));
}

#[test]
fn an_undo_of_one_file_takes_only_that_from_what_stands() {
    let mut log = Log::begin("Do it");
    log.turn(1, vec![uses("a", "Write", json!({}))]);
    let files = [
        ("/mnt/work/a", FileState::Absent, file("a")),
        ("/mnt/work/b", FileState::Absent, file("b")),
    ];
    log.land(set("s1", by("a"), &files));
    let counted = |log: &Log| {
        let page = log.thread().page(&outside(false));
        let stands: Vec<Vec<bool>> = page
            .rail
            .changes
            .iter()
            .map(|step| step.files.iter().map(|file| file.stands).collect())
            .collect();
        (page.head.changed, page.rail.can_redo, stands)
    };
    assert_eq!(counted(&log), (2, false, vec![vec![true, true]]));
    let undo = Cause::Undo { of: vec!["s1".into()] };
    log.land(set("s2", undo, &[("/mnt/work/a", file("a"), FileState::Absent)]));
    assert_eq!(counted(&log), (1, true, vec![vec![false, true], vec![true]]));
    let redo = Cause::Redo { of: "s2".into() };
    log.land(set("s3", redo, &[("/mnt/work/a", FileState::Absent, file("a"))]));
    assert_eq!(
        counted(&log),
        (2, false, vec![vec![true, true], vec![false], vec![true]])
    );
}

#[test]
fn a_question_asked_anew_is_the_same_item_until_it_was_answered() {
    let mut log = Log::begin("Do it");
    log.turn(1, vec![Block::text("x"), uses("a", "Write", json!({}))]);
    let asked = |log: &Log| {
        let page = log.thread().page(&outside(false));
        let answers: Vec<bool> = page
            .items
            .iter()
            .filter_map(|item| match &item.body {
                ItemBody::Question { asked } => Some(asked.answer.is_some()),
                _ => None,
            })
            .collect();
        (answers, page.rail.waiting.len())
    };
    log.ask("q", "a", approve("a"));
    log.ask("q", "a", approve("a"));
    assert_eq!(asked(&log), (vec![false], 1));
    log.reply("q", Answer::Allow);
    log.decide(
        &action("a", "Write", EffectClass::Modify, "Overwrite x"),
        "ask",
        "it changed",
    );
    log.ask("q", "a", approve("a"));
    assert_eq!(asked(&log), (vec![true, false], 1));
}

#[test]
fn what_is_no_task_is_not_shown() {
    let mut log = Log::default();
    log.say(super::log::said("hello"));
    assert!(Thread::replay(&log.events).is_none());
    assert!(Thread::replay(&[]).is_none());
}
