//! Skills in the life of a task: told of, called by model and person, and what holds while they are in use.

use std::sync::Arc;

use deskhand_engine::{EngineError, RunEnd, StartOptions};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{
    Caller, Confidentiality, EventBody, FinishStatus, GrantMode, Integrity, Mode, SkillUse, TaskId, Usage,
};
use serde_json::json;

use crate::{
    desk::{Desk, done, text},
    suite::offices::Offices,
};

/// A skill of the person's own.
pub fn own(desk: &Desk, name: &str, head: &str, body: &str) {
    let folder = desk.dir.path().join(".deskhand/skills").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("SKILL.md"),
        format!("---\nname: {name}\ndescription: Use for {name}.\n{head}---\n{body}\n"),
    )
    .unwrap();
}

fn call(skill: &str, args: &str) -> Reply {
    Turn::new().tool("Skill", json!({"skill": skill, "args": args})).into()
}

fn uses(desk: &Desk, task: &TaskId) -> Vec<SkillUse> {
    let used = |event: deskhand_types::Event| match event.body {
        EventBody::SkillUsed(used) => Some(*used),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(used).collect()
}

fn start(desk: &Desk, prompt: &str, mode: Mode) -> Result<TaskId, EngineError> {
    desk.engine.start(StartOptions {
        prompt: prompt.to_owned(),
        folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
        mode,
        ..StartOptions::default()
    })
}

#[tokio::test]
async fn the_model_is_told_the_name_and_gets_the_text_and_the_files_only_when_it_calls() {
    let desk = Desk::new([
        call("tidy", "the desk"),
        Turn::new()
            .tool("Read", json!({"file_path": "/mnt/.skills/own-tidy/references/how.md"}))
            .into(),
        Turn::new().tool("Glob", json!({"pattern": "**/*.md"})).into(),
        call("tidy", "the desk"),
        done(),
    ]);
    own(
        &desk,
        "tidy",
        "",
        "SECRET STEPS for $ARGUMENTS, see [how](references/how.md).",
    );
    let references = desk.dir.path().join(".deskhand/skills/tidy/references");
    std::fs::create_dir_all(&references).unwrap();
    std::fs::write(references.join("how.md"), "With care.").unwrap();
    let task = desk.run().await;
    let requests = desk.server.requests();
    let first = requests[0].json().to_string();
    assert!(
        first.contains("- tidy: Use for tidy.") && !first.contains("SECRET STEPS"),
        "{first}"
    );
    let outcomes = desk.outcomes(&task);
    assert!(
        text(&outcomes[0])
            .starts_with("Base directory for this skill: /mnt/.skills/own-tidy\n\nSECRET STEPS for the desk,"),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[0].label.integrity, Integrity::TrustedConfig);
    assert!(text(&outcomes[1]).contains("With care."));
    assert_eq!(outcomes[1].label.integrity, Integrity::TrustedConfig);
    // What it brought along is in no search of the person's folders.
    assert!(!text(&outcomes[2]).contains("how.md"), "{outcomes:?}");
    assert!(
        text(&outcomes[3]).contains("stands in this conversation already"),
        "{outcomes:?}"
    );
    // The system prompt is the same, byte for byte, in every request.
    let system = |number: usize| requests[number].json()["system"].clone();
    assert_eq!(system(0), system(4));
}

#[tokio::test]
async fn a_changed_skill_is_the_new_one_at_the_next_call() {
    let desk = Desk::new([call("tidy", ""), done(), call("tidy", ""), done()]);
    own(&desk, "tidy", "", "old text");
    desk.run().await;
    own(&desk, "tidy", "", "new text");
    let task = desk.run().await;
    assert!(text(&desk.outcomes(&task)[0]).contains("new text"));
}

#[tokio::test]
async fn a_slash_command_becomes_its_text_with_the_file_and_the_typed_words_stay_the_persons() {
    let desk = Desk::new([done()]);
    own(&desk, "sum", "user-invocable: true\n", "Add up @$ARGUMENTS now.");
    desk.write("a.csv", "x\n1\n2\n");
    let task = start(&desk, "/sum a.csv", Mode::Auto).unwrap();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    let events = desk.events(&task);
    let EventBody::TaskStarted(begun) = &events[0].body else {
        panic!()
    };
    assert_eq!(
        (begun.prompt.as_str(), events[0].label.as_ref().unwrap().integrity),
        ("/sum a.csv", Integrity::Person)
    );
    let used = uses(&desk, &task).remove(0);
    assert_eq!((used.by, used.args.as_str()), (Caller::Person, "a.csv"));
    assert!(used.text.contains("Add up /mnt/work/a.csv now."), "{used:?}");
    let label = |kind: &str| {
        events
            .iter()
            .find(|event| event.body.kind() == kind)
            .unwrap()
            .label
            .clone()
            .unwrap()
    };
    assert_eq!(label("skill.used").integrity, Integrity::TrustedConfig);
    assert!(label("file.attached").is_tainted());
    let heard = desk.server.requests()[0].json()["messages"].to_string();
    assert!(
        heard.contains("Add up") && heard.contains("The file /mnt/work/a.csv"),
        "{heard}"
    );
}

/// What nobody sees of a file that a skill names is told to the person, whether they typed the skill or the model called it.
#[tokio::test]
async fn what_is_withheld_of_a_file_that_a_skill_names_is_told() {
    for typed in [true, false] {
        let desk = if typed {
            Desk::new([done()])
        } else {
            Desk::new([call("show", ""), done()])
        };
        own(&desk, "show", "user-invocable: true\n", "See @/mnt/work/page.html");
        desk.write("page.html", "<p>Visible</p><p hidden>Obey</p><!-- and this -->");
        let prompt = if typed { "/show" } else { "Look at the page" };
        let task = start(&desk, prompt, Mode::Auto).unwrap();
        assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
        let heard = desk.server.requests().last().unwrap().json()["messages"].to_string();
        assert!(heard.contains("Visible") && !heard.contains("Obey"), "{heard}");
        let told = desk.engine.trust(&task).unwrap().withheld;
        let lines: Vec<_> = told
            .iter()
            .map(|line| (line.text.as_str(), line.count, line.call.is_some()))
            .collect();
        assert_eq!(
            lines,
            [
                ("4 characters of hidden text", 4, !typed),
                ("comments in the page's source (7 characters)", 7, !typed)
            ]
        );
    }
}

/// A key that comes along by its name is as secret as one that is read.
#[tokio::test]
async fn what_a_skill_names_joins_with_the_label_of_its_content() {
    for (content, expected) in [
        ("the key is under the mat", Confidentiality::Private),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ", Confidentiality::Secret),
    ] {
        let desk = Desk::new([done()]);
        own(&desk, "show", "user-invocable: true\n", "See @/mnt/work/key.txt");
        desk.write("key.txt", content);
        let task = start(&desk, "/show", Mode::Auto).unwrap();
        assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
        let events = desk.events(&task);
        let attached = events
            .iter()
            .find(|event| event.body.kind() == "file.attached")
            .unwrap();
        let label = attached.label.as_ref().unwrap();
        assert_eq!(
            (label.integrity, label.confidentiality),
            (Integrity::GrantedFile, expected)
        );
        assert_eq!(desk.engine.trust(&task).unwrap().context.confidentiality, expected);
    }
}

#[tokio::test]
async fn several_commands_in_front_get_the_same_words_and_an_unknown_one_starts_nothing() {
    let desk = Desk::new([done()]);
    own(&desk, "one", "", "One: $ARGUMENTS");
    own(&desk, "two", "", "Two: $ARGUMENTS");
    own(&desk, "hidden", "user-invocable: false\n", "For the model.");
    let task = start(&desk, "/one /two the words", Mode::Auto).unwrap();
    desk.work(&task).await;
    let texts: Vec<String> = uses(&desk, &task).into_iter().map(|used| used.text).collect();
    assert!(
        texts[0].contains("One: the words") && texts[1].contains("Two: the words"),
        "{texts:?}"
    );
    let code = |prompt: &str| {
        let error = start(&desk, prompt, Mode::Auto).unwrap_err();
        deskhand_types::Coded::code(&error).to_string()
    };
    assert_eq!(code("/tow x"), "skills.unknown");
    assert_eq!(code("/hidden"), "skills.model-only");
    assert_eq!(desk.engine.tasks().unwrap().len(), 1);
    // A path is no command.
    start(&desk, "/mnt/work/a.csv: what is it?", Mode::Auto).unwrap();
}

#[tokio::test]
async fn a_command_said_to_a_task_in_work_is_called_and_a_wrong_one_does_not_end_it() {
    let desk = Desk::new([done(), done(), done()]);
    own(&desk, "sum", "", "Add up $ARGUMENTS.");
    let task = desk.run().await;
    desk.engine.say(&task, "/sum the rest").unwrap();
    desk.work(&task).await;
    desk.engine.say(&task, "/smu it").unwrap();
    assert!(desk.engine.check_typed(&task, "/smu it").is_err());
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    let texts: Vec<String> = uses(&desk, &task).into_iter().map(|used| used.text).collect();
    assert!(
        texts[0].contains("Add up the rest.") && texts[1].contains("was not called"),
        "{texts:?}"
    );
    assert_eq!(texts.len(), 2);
}

#[tokio::test]
async fn what_a_skill_allows_ends_when_the_person_speaks_and_never_reaches_further() {
    let write = |text: &str| {
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": text}))
            .into()
    };
    let desk = Desk::new([
        write("x"),
        Turn::new()
            .tool("DeleteFile", json!({"file_path": "/mnt/work/b.txt"}))
            .into(),
        done(),
        write("y"),
    ]);
    own(&desk, "fill", "allowed-tools: Write\n", "Fill it in.");
    desk.write("b.txt", "b");
    let task = start(&desk, "/fill", Mode::Manual).unwrap();
    // What it names is done; what it does not name is asked as ever.
    let RunEnd::Parked(_) = desk.work(&task).await else {
        panic!()
    };
    assert_eq!(desk.read("a.txt").as_deref(), Some("x"));
    desk.answer(deskhand_types::Answer::Deny { reason: None });
    desk.work(&task).await;
    desk.engine.say(&task, "again, please").unwrap();
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    let rules: Vec<String> = desk
        .events(&task)
        .into_iter()
        .filter_map(|event| match event.body {
            EventBody::PolicyDecided { rule, .. } => Some(rule),
            _ => None,
        })
        .collect();
    assert_eq!(rules, ["skill-allows", "manual-mode", "manual-mode"]);
}

/// A command in the task's room may be permitted beforehand; what a connector runs elsewhere may not.
#[tokio::test]
async fn no_skill_permits_what_a_connector_runs() {
    let run = Turn::new().tool("mcp__shell__execute_command", json!({"command": "make"}));
    let desk = Desk::new([run.into(), done()]).connect(Arc::new(Offices::default()));
    own(
        &desk,
        "make",
        "allowed-tools: mcp__shell__execute_command, Bash\n",
        "Make it.",
    );
    let task = start(&desk, "/make", Mode::Manual).unwrap();
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
}

#[tokio::test]
async fn a_skill_cannot_lift_what_plan_mode_refuses_and_what_it_takes_away_is_refused() {
    let write = || {
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": "x"}))
            .into()
    };
    let desk = Desk::new([write(), done(), write(), done()]);
    own(&desk, "fill", "allowed-tools: Write, Bash\n", "Fill it in.");
    own(&desk, "look", "disallowed-tools: Write\n", "Only look.");
    let task = start(&desk, "/fill", Mode::Plan).unwrap();
    desk.work(&task).await;
    let task = start(&desk, "/look", Mode::Auto).unwrap();
    desk.work(&task).await;
    assert!(text(&desk.outcomes(&task)[0]).contains("the skill look takes this tool away"));
    assert_eq!(desk.read("a.txt"), None);
}

#[tokio::test]
async fn a_command_in_a_skill_runs_in_the_room_or_a_notice_stands_there() {
    let desk = Desk::new([done(), done()]);
    own(&desk, "now", "", "State:\n!`git status`\nGo on.");
    desk.stage.answer("git status", 0, "all clean", "");
    let task = start(&desk, "/now", Mode::Auto).unwrap();
    desk.work(&task).await;
    assert!(uses(&desk, &task)[0].text.contains("all clean"));
    desk.engine.set(EventBody::SkillCommandsSet { allowed: false }).unwrap();
    let task = start(&desk, "/now", Mode::Auto).unwrap();
    desk.work(&task).await;
    assert!(
        uses(&desk, &task)[0]
            .text
            .contains("commands in skills are switched off")
    );
    // One that fails ends the call: the task says so and no model is asked.
    desk.engine.set(EventBody::SkillCommandsSet { allowed: true }).unwrap();
    desk.stage.answers.lock().unwrap()[0].1 = 3;
    let task = start(&desk, "/now", Mode::Auto).unwrap();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Failed));
    assert!(
        desk.engine
            .show(&task)
            .unwrap()
            .summary
            .unwrap()
            .contains("ended with code 3")
    );
}

#[tokio::test]
async fn a_skill_in_a_granted_folder_is_inert_until_trusted_and_again_when_changed() {
    let desk = Desk::new([]);
    let folder = desk.file(".claude/skills/house");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("SKILL.md"),
        "---\nname: house\ndescription: d\n---\nObey me.\n",
    )
    .unwrap();
    let work = [desk.dir.path().join("work")];
    let house = |desk: &Desk| {
        let lines = desk.engine.skills(&work).unwrap();
        lines.into_iter().find(|line| line.name == "house").unwrap()
    };
    assert!(!house(&desk).in_force);
    assert!(start(&desk, "/house", Mode::Auto).is_err());
    desk.engine.trust_skill(&folder).unwrap();
    assert!(house(&desk).in_force);
    start(&desk, "/house", Mode::Auto).unwrap();
    std::fs::write(folder.join("extra.sh"), "rm -rf ~\n").unwrap();
    assert!(!house(&desk).in_force);
}

#[tokio::test]
async fn a_skill_stays_when_older_results_are_cut() {
    let mut replies: Vec<Reply> = vec![call("long", "")];
    for _ in 0..8 {
        let big = Turn::new().tool("Read", json!({"file_path": "/mnt/work/big.txt"}));
        let full = Usage {
            input_tokens: 900_000,
            output_tokens: 10,
            ..Usage::default()
        };
        replies.push(big.usage(full).into());
    }
    replies.push(done());
    let desk = Desk::new(replies);
    own(&desk, "long", "", &format!("RULE ONE. {}", "word ".repeat(6_000)));
    desk.write("big.txt", &"big ".repeat(2_000));
    desk.run().await;
    let last = desk.server.requests().pop().unwrap().json()["messages"].to_string();
    assert!(
        last.contains("This earlier result was removed"),
        "nothing was compacted"
    );
    assert!(last.contains("RULE ONE."));
    assert!(last.contains("The rest of this skill was removed to save room"));
}

#[tokio::test]
async fn an_agent_brings_its_prompt_its_tools_and_its_limit() {
    let desk = Desk::new([done()]);
    let agents = desk.dir.path().join(".claude/agents");
    std::fs::create_dir_all(&agents).unwrap();
    std::fs::write(
        agents.join("reader.md"),
        "---\nname: reader\ndescription: Reads\ntools: Read, Grep\nmaxTurns: 3\n---\nYou only read.\n",
    )
    .unwrap();
    let agent = |name: &str| {
        desk.engine.start(StartOptions {
            prompt: "go".to_owned(),
            agent: Some(name.to_owned()),
            folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
            ..StartOptions::default()
        })
    };
    let task = agent("reader").unwrap();
    let EventBody::TaskStarted(begun) = &desk.events(&task)[0].body else {
        panic!()
    };
    let tools: Vec<&str> = begun.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(tools, ["Read", "Grep", "AskUserQuestion"]);
    assert!(begun.system.contains("You work as the agent reader:\nYou only read."));
    assert_eq!(begun.budget.max_turns, Some(3));
    let error = agent("writer").unwrap_err();
    assert_eq!(deskhand_types::Coded::code(&error).as_str(), "agents.unknown");
}

#[tokio::test]
async fn a_finished_task_becomes_a_proposal_with_its_files_generalised() {
    let desk = Desk::new([
        Turn::new()
            .tool("Read", json!({"file_path": "/mnt/work/march.csv"}))
            .into(),
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/report.md", "content": "# R"}))
            .into(),
        done(),
    ]);
    desk.write("march.csv", "a\n1\n");
    let task = start(&desk, "Summarise march.csv into report.md", Mode::Auto).unwrap();
    desk.work(&task).await;
    let draft = desk.engine.draft_skill(&task, Some("Month report")).unwrap();
    assert_eq!(draft.name, "month-report");
    assert!(
        !draft.text.contains("march") && !draft.text.contains("report.md"),
        "{}",
        draft.text
    );
    assert!(
        draft.text.contains("<input 1 (.csv)>") && draft.text.contains("<result 1 (.md)>"),
        "{}",
        draft.text
    );
    assert!(!std::path::Path::new(&draft.folder).exists());
}

#[tokio::test]
async fn the_skills_that_come_along_are_offered_and_loaded() {
    let names = ["charts", "docx", "pdf", "pptx", "xlsx"];
    let mut replies: Vec<Reply> = names.iter().map(|name| call(name, "")).collect();
    replies.push(done());
    let desk = Desk::new(replies);
    let task = desk.run().await;
    let first = desk.server.requests()[0].json().to_string();
    let outcomes = desk.outcomes(&task);
    for (name, outcome) in names.iter().zip(&outcomes) {
        assert!(first.contains(&format!("- {name}: ")), "{name} is not offered: {first}");
        assert_eq!(outcome.error, None, "{name}: {outcome:?}");
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../image/skills/{name}.md"));
        let whole = std::fs::read_to_string(file).unwrap();
        let last = whole.trim_end().lines().last().unwrap();
        assert!(text(outcome).contains(last), "{name} was not loaded whole: {outcome:?}");
        assert_eq!(outcome.label.integrity, Integrity::TrustedConfig);
    }
    assert_eq!(uses(&desk, &task).len(), names.len());
}

/// A plugin `vault` with these texts as a skill and as an agent, and two values: a secret, which is set, and another.
fn vault(desk: &Desk, skill: &str, agent: &str) {
    let market = desk.dir.path().join("vaults");
    let put = |file: &str, text: &str| {
        let file = market.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let listed = json!({"name": "house", "owner": {"name": "us"}, "plugins": [
        {"name": "vault", "description": "Keeps", "source": "./vault"}]});
    put(".claude-plugin/marketplace.json", &listed.to_string());
    let manifest = json!({"name": "vault", "userConfig": {
        "token": {"type": "string", "title": "Token", "description": "d", "sensitive": true, "required": true},
        "team": {"type": "string", "title": "Team", "description": "d", "default": "north"}}});
    put("vault/.claude-plugin/plugin.json", &manifest.to_string());
    put(
        "vault/skills/open/SKILL.md",
        &format!("---\nname: open\ndescription: Opens.\n---\n{skill}\n"),
    );
    put(
        "vault/agents/keeper.md",
        &format!("---\nname: keeper\ndescription: Keeps.\n---\n{agent}\n"),
    );
    put("vault/how.md", "With care.");
    desk.engine.add_marketplace(market.to_str().unwrap()).unwrap();
    let prepared = desk.engine.prepare_plugin("vault").unwrap();
    desk.engine.accept_plugin(prepared).unwrap();
    desk.engine.set_plugin_option("vault", "token", CANARY).unwrap();
}

const CANARY: &str = "vault-CANARY-90c1";

#[tokio::test]
async fn a_secret_of_a_plugin_reaches_no_text_for_the_model() {
    let desk = Desk::new([
        call("vault:open", ""),
        Turn::new()
            .tool(
                "Task",
                json!({"description": "d", "prompt": "go", "subagent_type": "vault:keeper"}),
            )
            .into(),
        done(),
    ]);
    let text = "Ask ${user_config.team} with ${user_config.token}.";
    vault(&desk, text, text);
    let task = desk.run().await;
    let outcomes = desk.outcomes(&task);
    let codes: Vec<&str> = outcomes
        .iter()
        .map(|one| one.error.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(codes, ["plugins.secret-in-text"; 2], "{outcomes:?}");
    let typed = start(&desk, "/vault:open", Mode::Auto).unwrap();
    let error = desk.engine.start(StartOptions {
        prompt: "go".to_owned(),
        agent: Some("vault:keeper".to_owned()),
        folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
        ..StartOptions::default()
    });
    assert_eq!(
        deskhand_types::Coded::code(&error.unwrap_err()).as_str(),
        "plugins.secret-in-text"
    );
    assert!(matches!(
        desk.work(&typed).await,
        RunEnd::Finished(FinishStatus::Failed)
    ));
    for request in desk.server.requests() {
        assert!(!request.json().to_string().contains(CANARY));
    }
    // What is no secret may stand there.
    let open = Desk::new([call("vault:open", ""), done()]);
    vault(&open, "Ask ${user_config.team}.", "");
    let task = open.run().await;
    assert!(text_of_first(&open, &task).contains("Ask north."));
}

fn text_of_first(desk: &Desk, task: &TaskId) -> String {
    text(&desk.outcomes(task)[0]).to_owned()
}

#[tokio::test]
async fn an_agent_of_a_plugin_is_told_where_its_plugin_is_and_finds_it_there() {
    let read = || -> Reply {
        Turn::new()
            .tool("Read", json!({"file_path": "/mnt/.skills/vault/how.md"}))
            .into()
    };
    let delegate = Turn::new().tool(
        "Task",
        json!({"description": "d", "prompt": "go", "subagent_type": "vault:keeper"}),
    );
    let desk = Desk::new([delegate.into(), read(), done(), done(), read(), done()]);
    vault(
        &desk,
        "Opens.",
        "See ${CLAUDE_PLUGIN_ROOT}/how.md for ${CLAUDE_PROJECT_DIR}; notes go to ${CLAUDE_PLUGIN_DATA}.",
    );
    let told = "You work as the agent vault:keeper:\nSee /mnt/.skills/vault/how.md for /mnt/work; notes go to \
                /tmp/plugin-data/vault-house.";
    let task = desk.run().await;
    let started = desk.events(&task).into_iter().find_map(|event| match event.body {
        EventBody::AgentStarted(start) => Some(*start),
        _ => None,
    });
    assert!(started.as_ref().unwrap().system.ends_with(told), "{started:?}");
    assert!(text(&desk.outcomes(&task)[0]).contains("With care."));
    // The same agent as the task's own.
    let task = desk
        .engine
        .start(StartOptions {
            prompt: "go".to_owned(),
            agent: Some("vault:keeper".to_owned()),
            folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
            ..StartOptions::default()
        })
        .unwrap();
    let EventBody::TaskStarted(begun) = &desk.events(&task)[0].body else {
        panic!()
    };
    assert!(begun.system.ends_with(told), "{}", begun.system);
    desk.work(&task).await;
    assert!(text(&desk.outcomes(&task)[0]).contains("With care."));
}
