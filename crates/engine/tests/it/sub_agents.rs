//! Sub-agents through the real engine: their conversation, their tools, their questions, their changes, their end.

use std::time::Duration;

use deskhand_engine::{Nobody, RunEnd, StartOptions, UndoScope, Unwatched, mailbox, views::Entry};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{
    AgentStart, Answer, Budget, EventBody, FinishStatus, GrantMode, Integrity, Mode, TaskId, ToolOutcome,
};
use serde_json::{Value, json};

use crate::desk::{Desk, bash, call, done, text};

fn delegate(agent: &str) -> Reply {
    let input = json!({"description": "Read the notes", "prompt": "Read /mnt/work/notes.txt and count", "subagent_type": agent});
    Turn::new().tool("Task", input).into()
}

fn says(words: &str) -> Reply {
    Turn::new().text(words).into()
}

fn read() -> Reply {
    call("Read", json!({"file_path": "/mnt/work/notes.txt"}))
}

/// An agent of the person's own.
fn own(desk: &Desk, name: &str, head: &str, body: &str) {
    let folder = desk.dir.path().join(".claude/agents");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!("---\nname: {name}\ndescription: Use for {name}.\n{head}---\n{body}\n");
    std::fs::write(folder.join(format!("{name}.md")), text).unwrap();
}

fn begun(desk: &Desk, task: &TaskId) -> Vec<AgentStart> {
    let begun = |event: deskhand_types::Event| match event.body {
        EventBody::AgentStarted(start) => Some(*start),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(begun).collect()
}

fn requests(desk: &Desk) -> Vec<Value> {
    let requests = desk.server.requests();
    requests.iter().map(deskhand_testkit::Recorded::json).collect()
}

fn tools(request: &Value) -> Vec<String> {
    let tools = request["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

fn last(desk: &Desk, task: &TaskId) -> ToolOutcome {
    desk.outcomes(task).pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_in_a_conversation_of_its_own_and_only_its_report_goes_back() {
    let desk = Desk::new([
        delegate("general-purpose"),
        read(),
        call("Write", json!({"file_path": "/mnt/work/count.txt", "content": "2"})),
        says("Two apples; see /mnt/work/count.txt."),
        done(),
    ]);
    desk.write("notes.txt", "pear and apple and APPLE-MARK");
    let task = desk.run().await;
    let requests = requests(&desk);
    assert!(tools(&requests[0]).contains(&"Task".to_owned()));
    let definition = requests[0]["tools"].to_string();
    assert!(definition.contains("- general-purpose: "), "{definition}");
    // The sub-agent's.
    let system = requests[1]["system"].to_string();
    assert!(
        system.contains("You are a sub-agent") && system.contains("/mnt/work"),
        "{system}"
    );
    for withheld in ["Task", "TodoWrite", "AskUserQuestion"] {
        assert!(!tools(&requests[1]).contains(&withheld.to_owned()), "{withheld}");
    }
    let first = &requests[1]["messages"];
    assert_eq!(first.as_array().unwrap().len(), 1);
    assert!(first.to_string().contains("Read /mnt/work/notes.txt and count") && !first.to_string().contains("\"go\""));
    // The one that leads hears the report and nothing else.
    let told = requests[4]["messages"].to_string();
    assert!(told.contains("Two apples") && !told.contains("APPLE-MARK"), "{told}");
    assert_eq!(
        requests[4]["system"], requests[0]["system"],
        "and its prefix is as it was"
    );
    // What was read counts for the task.
    let outcome = last(&desk, &task);
    assert_eq!(outcome.data["agent"], "general-purpose");
    assert_eq!(outcome.label.integrity, Integrity::GrantedFile);
    assert!(
        outcome
            .label
            .sources
            .iter()
            .any(|source| source.detail == "/mnt/work/notes.txt")
    );
    // Its change is the task's, and can be undone with it.
    let view = desk.engine.show(&task).unwrap();
    assert_eq!((view.turns, view.steps.len()), (5, 1));
    let Some(Entry::Agent {
        agent,
        entries,
        failed: false,
        ..
    }) = view.entries.iter().find(|entry| matches!(entry, Entry::Agent { .. }))
    else {
        panic!("{:?}", view.entries)
    };
    assert_eq!((agent.as_str(), entries.len()), ("general-purpose", 3));
    desk.engine.undo(&task, &UndoScope::default()).unwrap();
    assert_eq!(desk.read("count.txt"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_type_lists_what_there_is_and_starts_nothing() {
    let desk = Desk::new([delegate("poet"), done()]);
    own(&desk, "counter", "", "Count.");
    let task = desk.run().await;
    let outcome = last(&desk, &task);
    assert_eq!(outcome.error.as_ref().unwrap().as_str(), "tool.no-agent");
    assert!(
        text(&outcome).contains("general-purpose, counter"),
        "{}",
        text(&outcome)
    );
    assert!(begun(&desk, &task).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_found_brings_its_prompt_its_tools_its_model_and_its_limit() {
    let desk = Desk::new([
        delegate("counter"),
        call("Write", json!({"file_path": "/mnt/work/x.txt", "content": "x"})),
        call(
            "Task",
            json!({"description": "d", "prompt": "p", "subagent_type": "general-purpose"}),
        ),
        read(),
        done(),
    ]);
    desk.write("notes.txt", "one");
    own(
        &desk,
        "counter",
        "tools: Read, Grep, Agent\nmodel: claude-haiku-4-5\nmaxTurns: 3\n",
        "You COUNT-ONLY.",
    );
    let task = desk.run().await;
    let requests = requests(&desk);
    assert!(requests[0]["tools"].to_string().contains("- counter: Use for counter."));
    assert_eq!(tools(&requests[1]), ["Read", "Grep"]);
    assert_eq!(requests[1]["model"], "claude-haiku-4-5");
    assert_ne!(requests[0]["model"], requests[1]["model"]);
    assert!(requests[1]["system"].to_string().contains("COUNT-ONLY"));
    let outcomes = desk.outcomes(&task);
    assert!(
        text(&outcomes[0]).contains("not given the tool `Write`"),
        "{}",
        text(&outcomes[0])
    );
    assert!(text(&outcomes[1]).contains("starts no further ones"));
    assert_eq!(desk.read("x.txt"), None);
    // Three turns, then it is over, and the task is not.
    assert!(
        text(&outcomes[3]).contains("limit of 3 turns"),
        "{}",
        text(&outcomes[3])
    );
    assert_eq!(desk.engine.show(&task).unwrap().summary.as_deref(), Some("done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_questions_wait_in_the_inbox_under_its_name() {
    let write = call("Write", json!({"file_path": "/mnt/work/x.txt", "content": "x"}));
    let mut desk = Desk::new([delegate("general-purpose"), write, says("Written."), done()]);
    let task = desk.start(Mode::Manual, GrantMode::ReadWrite);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    assert_eq!(desk.read("x.txt"), None);
    desk.restart();
    let item = desk.answer(Answer::Allow);
    assert_eq!(
        (item.task, item.agent.as_deref()),
        (task.clone(), Some("general-purpose"))
    );
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(desk.read("x.txt").as_deref(), Some("x"));
    assert_eq!(text(&last(&desk, &task)), "Written.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tasks_budget_ends_it_with_the_task_and_it_goes_on_when_taken_up() {
    let desk = Desk::new([delegate("general-purpose"), read(), says("One."), done()]);
    desk.write("notes.txt", "one");
    let task = desk
        .engine
        .start(StartOptions {
            prompt: "go".to_owned(),
            folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
            budget: Budget {
                max_turns: Some(2),
                ..Budget::default()
            },
            ..StartOptions::default()
        })
        .unwrap();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Budget));
    assert_eq!(desk.server.requests().len(), 2);
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(text(&last(&desk, &task)), "One.");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_the_task_stops_it_and_its_command() {
    let desk = Desk::new([delegate("general-purpose"), bash("sleep 600000"), done()]);
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let work = desk.engine.work(&task, &Nobody, &Unwatched);
    assert!(
        tokio::time::timeout(Duration::from_millis(800), work).await.is_err(),
        "it sleeps"
    );
    desk.engine.stop(&task).unwrap();
    let codes: Vec<_> = desk
        .outcomes(&task)
        .into_iter()
        .filter_map(|outcome| outcome.error)
        .collect();
    assert_eq!(
        codes.iter().map(deskhand_types::Code::as_str).collect::<Vec<_>>(),
        ["engine.stopped"; 2]
    );
    desk.engine.say(&task, "go on without").unwrap();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    let request = requests(&desk).pop().unwrap();
    assert!(!request["system"].to_string().contains("You are a sub-agent"));
    assert!(request["messages"].to_string().contains("go on without"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_says_meanwhile_stops_it_and_is_heard_by_the_one_that_leads() {
    let slow: Reply = read();
    let desk = Desk::new([
        delegate("general-purpose"),
        slow.delay(Duration::from_millis(800)),
        done(),
    ]);
    desk.write("notes.txt", "one");
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let (post, letters) = mailbox();
    let speak = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        post.say("only the title").await.unwrap();
    };
    let (end, ()) = tokio::join!(desk.engine.work_hearing(&task, &Nobody, &Unwatched, letters), speak);
    assert_eq!(end.unwrap(), RunEnd::Finished(FinishStatus::Done));
    assert_eq!(last(&desk, &task).error.unwrap().as_str(), "agent.stopped");
    let request = requests(&desk).pop().unwrap();
    let messages = request["messages"].as_array().unwrap().clone();
    assert_eq!(messages.len(), 3);
    assert!(messages[2].to_string().contains("only the title"));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_a_task_that_read_a_file_are_tainted_for_its_sub_agent() {
    let desk = Desk::new([read(), delegate("general-purpose"), says("nothing read"), done()]);
    desk.write("notes.txt", "one");
    let task = desk.run().await;
    let events = desk.events(&task);
    let label = events
        .iter()
        .find(|event| event.body.kind() == "agent.started")
        .and_then(|event| event.label.clone())
        .unwrap();
    assert!(label.is_tainted());
    assert!(last(&desk, &task).label.is_tainted(), "and so is what it says of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_from_the_middle_of_it_leaves_it_behind() {
    let desk = Desk::new([
        delegate("general-purpose"),
        read(),
        says("One."),
        done(),
        says("branched"),
    ]);
    desk.write("notes.txt", "one");
    let task = desk.run().await;
    let events = desk.events(&task);
    let inside = events
        .iter()
        .rposition(|event| event.body.kind() == "tool.started")
        .unwrap();
    let options = deskhand_engine::BranchOptions {
        before: Some(inside as u64),
        text: Some("another way".to_owned()),
        ..Default::default()
    };
    let branch = desk.engine.branch(&task, &options).unwrap();
    assert_eq!(desk.work(&branch).await, RunEnd::Finished(FinishStatus::Done));
    let request = requests(&desk).pop().unwrap();
    assert!(!request["system"].to_string().contains("You are a sub-agent"));
    assert!(request["messages"].to_string().contains("another way"));
}
