//! What the head of a skill's file may say, in the life of a task: another model in the middle of a turn, sub-agents that are
//! cut off, and hooks.

use std::path::Path;

use deskhand_engine::{BranchOptions, RunEnd, StartOptions};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{Answer, EventBody, FinishStatus, GrantMode, HookRun, Mode, SkillUse, TaskId};
use serde_json::{Value, json};

use crate::{
    desk::{Desk, call, done, text},
    skills::own,
};

fn says(words: &str) -> Reply {
    Turn::new().text(words).into()
}

fn use_of(skill: &str) -> Reply {
    call("Skill", json!({"skill": skill}))
}

fn write(name: &str) -> Reply {
    let path = format!("/mnt/work/{name}");
    call("Write", json!({"file_path": path, "content": "x"}))
}

fn start(desk: &Desk, prompt: &str, mode: Mode) -> TaskId {
    let options = StartOptions {
        prompt: prompt.to_owned(),
        folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
        mode,
        ..StartOptions::default()
    };
    desk.engine.start(options).unwrap()
}

fn requests(desk: &Desk) -> Vec<Value> {
    let requests = desk.server.requests();
    requests.iter().map(deskhand_testkit::Recorded::json).collect()
}

fn is_sub_agents(request: &Value) -> bool {
    request["system"].to_string().contains("You are a sub-agent")
}

fn hooks_of(desk: &Desk, task: &TaskId) -> Vec<HookRun> {
    let run = |event: deskhand_types::Event| match event.body {
        EventBody::HookRan(run) => Some(*run),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(run).collect()
}

fn uses(desk: &Desk, task: &TaskId) -> Vec<SkillUse> {
    let used = |event: deskhand_types::Event| match event.body {
        EventBody::SkillUsed(used) => Some(*used),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(used).collect()
}

const REFUSES_WRITES: &str = "hooks:\n  PreToolUse:\n    - matcher: Write\n      hooks:\n        - type: command\n          command: ${CLAUDE_SKILL_DIR}/judge.sh\n";

#[tokio::test]
async fn another_model_gets_no_thinking_but_its_own_and_does_not_think_in_a_turn_it_did_not_begin() {
    let thinking = |words: &str| Turn::new().thinking(words, "c2ln");
    let desk = Desk::new([
        thinking("FIRST-THOUGHT").tool("Skill", json!({"skill": "deep"})).into(),
        thinking("SECOND-THOUGHT").tool("Glob", json!({"pattern": "*"})).into(),
        says("ok"),
        says("later"),
    ]);
    own(&desk, "deep", "model: claude-opus-4-8\n", "Think.");
    let task = desk.run().await;
    desk.engine.say(&task, "and now?").unwrap();
    desk.work(&task).await;
    let requests = requests(&desk);
    let models: Vec<&str> = requests
        .iter()
        .map(|request| request["model"].as_str().unwrap())
        .collect();
    assert_eq!(
        models,
        [
            "claude-sonnet-5",
            "claude-opus-4-8",
            "claude-opus-4-8",
            "claude-sonnet-5"
        ]
    );
    let holds = |number: usize, words: &str| requests[number]["messages"].to_string().contains(words);
    assert!(!holds(1, "FIRST-THOUGHT") && !holds(2, "FIRST-THOUGHT") && holds(2, "SECOND-THOUGHT"));
    assert!(holds(3, "FIRST-THOUGHT") && !holds(3, "SECOND-THOUGHT"));
    let thinks = |number: usize| !requests[number]["thinking"].is_null();
    assert_eq!([0, 1, 2, 3].map(thinks), [true, false, false, true], "{requests:#?}");
    assert_eq!(requests[3]["system"], requests[0]["system"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_taken_up_again_goes_on_with_the_skills_model() {
    let mut desk = Desk::new([use_of("deep"), write("x.txt"), says("ok")]);
    own(&desk, "deep", "model: claude-opus-4-8\n", "Think.");
    let task = desk.start(Mode::Manual, GrantMode::ReadWrite);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    desk.restart();
    desk.answer(Answer::Allow);
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(requests(&desk)[2]["model"], "claude-opus-4-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_skill_in_a_sub_agent_waits_for_its_person_and_goes_on_in_another_process() {
    let mut desk = Desk::new([write("x.txt"), says("Written."), says("all done")]);
    own(&desk, "make", "context: fork\n", "MAKE-STEPS.");
    let task = start(&desk, "/make it", Mode::Manual);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    desk.restart();
    let item = desk.answer(Answer::Allow);
    assert_eq!(item.agent.as_deref(), Some("general-purpose"));
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(desk.read("x.txt").as_deref(), Some("x"));
    let requests = requests(&desk);
    assert_eq!(
        requests.iter().map(is_sub_agents).collect::<Vec<_>>(),
        [true, true, false]
    );
    assert!(requests[2]["messages"].to_string().contains("Written."));
    assert_eq!(uses(&desk, &task).len(), 1, "it is called once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_skill_in_a_sub_agent_can_be_stopped_and_branched_off_from() {
    let desk = Desk::new([write("x.txt"), says("instead"), says("another way")]);
    own(&desk, "make", "context: fork\n", "MAKE-STEPS.");
    let task = start(&desk, "/make it", Mode::Manual);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    let before = desk.events(&task).len() as u64;
    desk.engine.stop(&task).unwrap();
    // The call it waited with, and the sub-agent, which no call of a model stands for.
    let codes: Vec<_> = desk
        .outcomes(&task)
        .into_iter()
        .filter_map(|outcome| outcome.error)
        .collect();
    let codes: Vec<&str> = codes.iter().map(deskhand_types::Code::as_str).collect();
    assert_eq!(codes, ["engine.stopped"; 2]);
    desk.engine.say(&task, "leave it").unwrap();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    let options = BranchOptions {
        before: Some(before),
        text: Some("differently".to_owned()),
        ..BranchOptions::default()
    };
    let branch = desk.engine.branch(&task, &options).unwrap();
    assert_eq!(desk.work(&branch).await, RunEnd::Finished(FinishStatus::Done));
    let requests = requests(&desk);
    assert_eq!(
        requests.iter().map(is_sub_agents).collect::<Vec<_>>(),
        [true, false, false]
    );
    assert!(requests[1]["messages"].to_string().contains("leave it"));
    assert!(requests[2]["messages"].to_string().contains("differently"));
    assert_eq!(desk.read("x.txt"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_typed_skills_one_forks_and_a_sub_agent_starts_none() {
    let desk = Desk::new([use_of("second"), says("Both."), says("done")]);
    own(&desk, "plain", "", "PLAIN-STEPS.");
    own(&desk, "first", "context: fork\n", "FIRST-STEPS.");
    own(&desk, "second", "context: fork\n", "SECOND-STEPS.");
    let task = start(&desk, "/plain /first /second it", Mode::Auto);
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    let requests = requests(&desk);
    let holds = |number: usize, words: &str| requests[number]["messages"].to_string().contains(words);
    assert!(is_sub_agents(&requests[0]) && holds(0, "FIRST-STEPS") && !holds(0, "PLAIN-STEPS"));
    // The leading conversation has what is followed there, and the report.
    assert!(!is_sub_agents(&requests[2]) && holds(2, "PLAIN-STEPS") && holds(2, "SECOND-STEPS") && holds(2, "Both."));
    let notes: Vec<String> = uses(&desk, &task).into_iter().flat_map(|used| used.notes).collect();
    assert_eq!(
        notes,
        [
            "it is to be done in a sub-agent, and one works at a time, so it is followed here",
            "it is to be done in a sub-agent, and a sub-agent starts none, so it is followed here"
        ]
    );
    assert!(
        holds(1, "SECOND-STEPS"),
        "called in the sub-agent, it is followed there"
    );
}

#[tokio::test]
async fn hooks_of_a_skill_are_in_force_from_its_use_to_the_end_of_the_task_and_after_a_restart() {
    let mut desk = Desk::new([
        write("before.txt"),
        use_of("guarded"),
        write("after.txt"),
        done(),
        write("later.txt"),
        done(),
    ]);
    own(&desk, "guarded", REFUSES_WRITES, "Be careful.");
    desk.stage.answer("judge.sh", 2, "", "not now");
    let task = desk.run().await;
    let there = |desk: &Desk, name: &str| desk.read(name).is_some();
    assert!(there(&desk, "before.txt") && !there(&desk, "after.txt"));
    let refused = &desk.outcomes(&task)[2];
    assert!(
        text(refused).contains("a hook of the skill guarded refuses: \"not now\""),
        "{refused:?}"
    );
    // Its own folder stands for its folder, as the task sees it.
    let script = desk.stage.texts.lock().unwrap()[0].clone();
    assert!(script.contains("/mnt/.skills/own-guarded/judge.sh"), "{script}");
    desk.restart();
    desk.engine.say(&task, "once more").unwrap();
    desk.work(&task).await;
    assert!(!there(&desk, "later.txt"));
    // Another task never used it.
    let runs = hooks_of(&desk, &task);
    assert_eq!(
        runs.iter().map(|run| run.plugin.as_str()).collect::<Vec<_>>(),
        ["skill:guarded"; 2]
    );
}

#[tokio::test]
async fn hooks_that_were_changed_since_the_use_are_not_run_and_that_is_told() {
    let mut desk = Desk::new([use_of("guarded"), done(), write("later.txt"), done()]);
    own(&desk, "guarded", REFUSES_WRITES, "Be careful.");
    desk.stage.answer("judge.sh", 2, "", "not now");
    let task = desk.run().await;
    own(
        &desk,
        "guarded",
        &REFUSES_WRITES.replace("judge.sh", "other.sh"),
        "Be careful.",
    );
    desk.restart();
    desk.engine.say(&task, "once more").unwrap();
    desk.work(&task).await;
    assert!(desk.read("later.txt").is_some());
    let notes: Vec<String> = hooks_of(&desk, &task).into_iter().filter_map(|run| run.note).collect();
    assert_eq!(
        notes,
        ["the skill's hooks are other ones now, so none is run until it is used again"]
    );
}

#[tokio::test]
async fn a_hook_that_is_to_run_once_runs_once_also_after_a_restart() {
    let mut desk = Desk::new([
        use_of("guarded"),
        write("a.txt"),
        write("b.txt"),
        use_of("guarded"),
        write("c.txt"),
        done(),
        write("d.txt"),
        done(),
    ]);
    let once = REFUSES_WRITES.replace("command: $", "once: true\n          command: $");
    own(&desk, "guarded", &once, "Be careful.");
    desk.stage.answer("judge.sh", 2, "", "not now");
    let task = desk.run().await;
    desk.restart();
    desk.engine.say(&task, "once more").unwrap();
    desk.work(&task).await;
    let there = ["a.txt", "b.txt", "c.txt", "d.txt"].map(|name| desk.read(name).is_some());
    assert_eq!(there, [false, true, true, true]);
    assert_eq!(hooks_of(&desk, &task).len(), 1);
}

#[tokio::test]
async fn hooks_of_a_skill_whose_source_may_run_nothing_are_refused_and_that_is_told() {
    let desk = Desk::new([
        use_of("lying:guarded"),
        write("a.txt"),
        done(),
        use_of("guarded"),
        write("b.txt"),
        done(),
    ]);
    // A plugin that lies in a folder of skills: nobody has agreed to what it runs.
    let plugin = desk.dir.path().join(".deskhand/skills/lying");
    let put = |file: &Path, text: &str| {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    put(&plugin.join(".claude-plugin/plugin.json"), "{\"name\": \"lying\"}");
    let skill = format!("---\nname: guarded\ndescription: d\n{REFUSES_WRITES}---\nBe careful.\n");
    put(&plugin.join("skills/guarded/SKILL.md"), &skill);
    desk.stage.answer("judge.sh", 2, "", "not now");
    let task = desk.run().await;
    assert!(desk.read("a.txt").is_some() && hooks_of(&desk, &task).is_empty());
    let notes = uses(&desk, &task).remove(0).notes;
    assert!(notes[0].contains("nobody has agreed to what it runs"), "{notes:?}");
    // And where the person wants no commands of skills.
    own(&desk, "guarded", REFUSES_WRITES, "Be careful.");
    desk.engine.set(EventBody::SkillCommandsSet { allowed: false }).unwrap();
    let task = desk.run().await;
    assert!(desk.read("b.txt").is_some() && hooks_of(&desk, &task).is_empty());
    assert_eq!(
        uses(&desk, &task).remove(0).notes,
        ["its hooks are not run, since commands of skills are switched off"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_a_persons_agent_are_in_force_while_it_works() {
    let desk = Desk::new([
        call(
            "Task",
            json!({"description": "d", "prompt": "p", "subagent_type": "careful"}),
        ),
        write("inside.txt"),
        says("It was refused."),
        write("outside.txt"),
        done(),
    ]);
    let folder = desk.dir.path().join(".claude/agents");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!("---\nname: careful\ndescription: d\n{REFUSES_WRITES}---\nBe careful.\n");
    std::fs::write(folder.join("careful.md"), text).unwrap();
    desk.stage.answer("judge.sh", 2, "", "not now");
    let task = desk.run().await;
    assert_eq!(
        (desk.read("inside.txt"), desk.read("outside.txt").as_deref()),
        (None, Some("x"))
    );
    let plugins: Vec<String> = hooks_of(&desk, &task).into_iter().map(|run| run.plugin).collect();
    assert_eq!(plugins, ["agent:careful"]);
}

#[tokio::test]
async fn hooks_of_a_plugins_skill_are_read_before_they_are_agreed_to_and_run_as_the_plugins() {
    let desk = Desk::new([use_of("house:guarded"), write("a.txt"), done()]);
    let market = desk.dir.path().join("market");
    let put = |file: &Path, text: &str| {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let listed = json!({"name": "street", "owner": {"name": "us"}, "plugins": [
        {"name": "house", "description": "d", "source": "./house"}]});
    put(&market.join(".claude-plugin/marketplace.json"), &listed.to_string());
    let head = REFUSES_WRITES.replace("CLAUDE_SKILL_DIR", "CLAUDE_PLUGIN_ROOT");
    let skill = format!("---\nname: guarded\ndescription: d\n{head}---\nBe careful.\n");
    put(&market.join("house/skills/guarded/SKILL.md"), &skill);
    desk.engine.add_marketplace(market.to_str().unwrap()).unwrap();
    let prepared = desk.engine.prepare_plugin("house").unwrap();
    let review = &prepared.plugins[0].review;
    assert!(review.runs_something());
    assert_eq!(
        review.hooks,
        [(
            "PreToolUse (from the use of guarded on)".to_owned(),
            "${CLAUDE_PLUGIN_ROOT}/judge.sh".to_owned()
        )]
    );
    desk.engine.accept_plugin(prepared).unwrap();
    desk.stage.answer("judge.sh", 2, "", "not now");
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt"), None);
    assert_eq!(hooks_of(&desk, &task)[0].plugin, "house@street");
    let script = desk.stage.texts.lock().unwrap()[0].clone();
    assert!(script.contains("\n/mnt/.skills/house/judge.sh\n"), "{script}");
}
