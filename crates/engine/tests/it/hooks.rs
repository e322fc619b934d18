//! Hooks of installed plugins in the life of a task: what they can make stricter, and what they cannot do.

use deskhand_engine::RunEnd;
use deskhand_testkit::Turn;
use deskhand_types::{EventBody, FinishStatus, GrantMode, HookRun, Mode, TaskId};
use serde_json::json;

use crate::desk::{Desk, done, text};

/// A marketplace with one plugin that has these hooks, added and installed.
pub fn guarded(desk: &Desk, hooks: &serde_json::Value) -> String {
    let market = desk.dir.path().join("market");
    let plugin = market.join("guard");
    for folder in [
        market.join(".claude-plugin"),
        plugin.join("hooks"),
        plugin.join("scripts"),
    ] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let listed = json!({"name": "house", "owner": {"name": "us"}, "plugins": [
        {"name": "guard", "description": "Guards", "source": "./guard"}]});
    std::fs::write(market.join(".claude-plugin/marketplace.json"), listed.to_string()).unwrap();
    std::fs::write(plugin.join("hooks/hooks.json"), json!({"hooks": hooks}).to_string()).unwrap();
    std::fs::write(plugin.join("scripts/look.sh"), "exit 0\n").unwrap();
    desk.engine.add_marketplace(market.to_str().unwrap()).unwrap();
    let prepared = desk.engine.prepare_plugin("guard").unwrap();
    assert!(prepared.plugins[0].review.runs_something());
    desk.engine.accept_plugin(prepared).unwrap().remove(0)
}

fn command(line: &str) -> serde_json::Value {
    json!([{"hooks": [{"type": "command", "command": line}]}])
}

pub fn hooks_of(desk: &Desk, task: &TaskId) -> Vec<HookRun> {
    let run = |event: deskhand_types::Event| match event.body {
        EventBody::HookRan(run) => Some(*run),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(run).collect()
}

pub fn write(name: &str) -> deskhand_testkit::Reply {
    Turn::new()
        .tool(
            "Write",
            json!({"file_path": format!("/mnt/work/{name}"), "content": "x"}),
        )
        .into()
}

#[tokio::test]
async fn a_hook_refuses_one_call_and_the_others_go_on() {
    let desk = Desk::new([write("secret.txt"), write("open.txt"), done()]);
    guarded(
        &desk,
        &json!({"PreToolUse": [{"matcher": "Write", "hooks": [
        {"type": "command", "command": "bash ${CLAUDE_PLUGIN_ROOT}/scripts/look.sh"}]}]}),
    );
    desk.stage.answer("secret.txt", 2, "", "not this one");
    desk.stage.answer("open.txt", 0, "", "");
    let task = desk.run().await;
    assert_eq!(
        (desk.read("secret.txt"), desk.read("open.txt").as_deref()),
        (None, Some("x"))
    );
    let outcomes = desk.outcomes(&task);
    assert!(
        text(&outcomes[0]).contains("a hook of the plugin guard refuses: \"not this one\""),
        "{outcomes:?}"
    );
    let runs = hooks_of(&desk, &task);
    assert_eq!(
        runs.iter().map(|run| run.verdict.as_deref()).collect::<Vec<_>>(),
        [Some("deny"), None]
    );
    // The plugin's files are in the room, for reading only, where its variable points.
    let script = desk.stage.texts.lock().unwrap()[0].clone();
    assert!(script.contains("bash /mnt/.skills/guard/scripts/look.sh"), "{script}");
    assert!(script.contains("\"tool_name\":\"Write\""), "{script}");
    let rooms = desk.stage.rooms.lock().unwrap();
    assert!(rooms[0].contains(&(".skills".to_owned(), false)), "{rooms:?}");
}

#[tokio::test]
async fn what_a_hook_allows_the_policy_still_asks() {
    let desk = Desk::new([write("a.txt"), done()]);
    guarded(&desk, &json!({"PreToolUse": command("judge")}));
    let allow = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow"}});
    desk.stage.answer("judge", 0, &allow.to_string(), "");
    let task = desk.start(Mode::Manual, GrantMode::ReadWrite);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    assert_eq!(desk.read("a.txt"), None);
    assert!(
        hooks_of(&desk, &task)[0]
            .note
            .as_deref()
            .unwrap()
            .contains("decides nothing here")
    );
}

#[tokio::test]
async fn a_hook_wants_the_person_asked_where_the_policy_would_not() {
    let desk = Desk::new([write("a.txt"), done()]);
    guarded(&desk, &json!({"PreToolUse": command("judge")}));
    let ask = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "ask",
        "permissionDecisionReason": "look twice"}});
    desk.stage.answer("judge", 0, &ask.to_string(), "");
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    desk.answer(deskhand_types::Answer::Allow);
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(desk.read("a.txt").as_deref(), Some("x"));
}

#[tokio::test]
async fn a_hook_that_fails_or_is_changed_on_disk_decides_nothing() {
    let desk = Desk::new([write("a.txt"), done(), write("b.txt"), done()]);
    let id = guarded(&desk, &json!({"PreToolUse": command("judge")}));
    desk.stage.answer("judge", 1, "", "broken");
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("x"));
    assert!(hooks_of(&desk, &task)[0].note.as_deref().unwrap().contains("broken"));
    // Somebody edits the installed plugin: nothing of it runs until the person agrees anew.
    let installed = desk.dir.path().join(".deskhand/plugins/cache/house/guard");
    let version = std::fs::read_dir(&installed).unwrap().next().unwrap().unwrap().path();
    std::fs::write(version.join("scripts/look.sh"), "curl evil\n").unwrap();
    let task = desk.run().await;
    assert!(hooks_of(&desk, &task).is_empty());
    let view = desk.engine.plugin(&id).unwrap();
    assert_eq!(view.line.state, deskhand_engine::PluginState::Changed);
    let review = desk.engine.plugin_review(&id).unwrap();
    desk.engine.trust_plugin(&review).unwrap();
    assert_eq!(
        desk.engine.plugins().unwrap()[0].state,
        deskhand_engine::PluginState::InForce
    );
}

#[tokio::test]
async fn before_it_is_accepted_nothing_of_a_plugin_runs() {
    let desk = Desk::new([write("a.txt"), done()]);
    let market = desk.dir.path().join("market");
    std::fs::create_dir_all(market.join(".claude-plugin")).unwrap();
    std::fs::create_dir_all(market.join("guard/hooks")).unwrap();
    let listed = json!({"name": "house", "owner": {"name": "us"}, "plugins": [
        {"name": "guard", "description": "Guards", "source": "./guard"}]});
    std::fs::write(market.join(".claude-plugin/marketplace.json"), listed.to_string()).unwrap();
    std::fs::write(
        market.join("guard/hooks/hooks.json"),
        json!({"hooks": {"PreToolUse": command("judge")}}).to_string(),
    )
    .unwrap();
    desk.engine.add_marketplace(market.to_str().unwrap()).unwrap();
    drop(desk.engine.prepare_plugin("guard").unwrap());
    let task = desk.run().await;
    assert!(hooks_of(&desk, &task).is_empty());
    assert_eq!(desk.stage.runs.load(std::sync::atomic::Ordering::SeqCst), 0);
    assert!(desk.engine.plugins().unwrap().is_empty());
}

#[tokio::test]
async fn a_stop_hook_holds_the_task_eight_times_and_no_more() {
    let desk = Desk::new((0..20).map(|_| done()));
    guarded(&desk, &json!({"Stop": command("judge")}));
    desk.stage.answer("judge", 2, "", "you forgot the total");
    let task = desk.run().await;
    assert_eq!(hooks_of(&desk, &task).len(), 8);
    assert_eq!(desk.server.requests().len(), 9);
    let last = desk.server.requests()[1].json().to_string();
    assert!(
        last.contains("A hook of the plugin guard@house says at Stop") && last.contains("you forgot the total"),
        "{last}"
    );
}

#[tokio::test]
async fn a_prompt_hook_refuses_what_was_asked_and_no_model_hears_it() {
    let desk = Desk::new([done()]);
    guarded(&desk, &json!({"UserPromptSubmit": command("judge")}));
    desk.stage.answer("judge", 2, "", "not on Sundays");
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Refused));
    assert!(desk.server.requests().is_empty());
}

#[tokio::test]
async fn what_hooks_say_after_calls_and_at_the_start_is_a_plugins_text_and_taints() {
    let desk = Desk::new([write("a.txt"), done()]);
    guarded(
        &desk,
        &json!({"SessionStart": command("begin"), "PostToolUse": command("after"),
            "SessionEnd": command("over"), "Notification": [{"hooks": [{"type": "prompt", "prompt": "?"}]}]}),
    );
    desk.stage.answer("begin", 0, "House style: short.", "");
    desk.stage.answer("after", 2, "", "run the checks");
    desk.stage.answer("over", 0, "bye", "");
    let task = desk.run().await;
    let runs = hooks_of(&desk, &task);
    let events: Vec<&str> = runs.iter().map(|run| run.event.as_str()).collect();
    assert_eq!(events, ["SessionStart", "PostToolUse", "SessionEnd"]);
    let requests = desk.server.requests();
    assert!(requests[0].json().to_string().contains("House style: short."));
    assert!(requests[1].json().to_string().contains("run the checks"));
    let label = desk
        .events(&task)
        .into_iter()
        .find(|event| matches!(event.body, EventBody::HookRan(_)))
        .unwrap()
        .label
        .unwrap();
    assert!(label.is_tainted());
}

#[tokio::test]
async fn a_hook_that_would_not_be_waited_for_runs_and_decides_nothing() {
    let desk = Desk::new([write("a.txt"), done()]);
    let aside = |line: &str, key: &str| json!([{"hooks": [{"type": "command", "command": line, (key): true}]}]);
    guarded(
        &desk,
        &json!({"PreToolUse": aside("watch", "async"), "PostToolUse": aside("check", "asyncRewake")}),
    );
    let deny = json!({"continue": false, "stopReason": "enough", "hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no"}});
    desk.stage.answer("watch", 0, &deny.to_string(), "");
    desk.stage.answer("check", 2, "", "the check failed");
    let task = desk.run().await;
    assert_eq!(desk.read("a.txt").as_deref(), Some("x"));
    let runs = hooks_of(&desk, &task);
    let told: Vec<_> = runs
        .iter()
        .map(|run| (run.event.as_str(), run.exit, run.verdict.as_deref()))
        .collect();
    assert_eq!(told, [("PreToolUse", Some(0), None), ("PostToolUse", Some(2), None)]);
    // What it says is said all the same.
    assert!(
        desk.server.requests()[1]
            .json()
            .to_string()
            .contains("the check failed")
    );
}
