//! What the head of a skill's file may say, with the real binary: who answers, where it runs, which files it is for; and the
//! agents of a folder.

use deskhand_testkit::{Reply, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies};

/// A skill of the person's own.
fn own(home: &Home, name: &str, head: &str, body: &str) {
    let folder = home.data().join("skills").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!("---\nname: {name}\ndescription: Use for {name}.\n{head}---\n{body}\n");
    std::fs::write(folder.join("SKILL.md"), text).unwrap();
}

fn says(words: &str) -> Reply {
    Turn::new().text(words).into()
}

fn calls(tool: &str, input: Value) -> Reply {
    Turn::new().tool(tool, input).into()
}

fn models(home: &Home) -> Vec<String> {
    let requests = home.server.requests();
    let model = |request: &deskhand_testkit::Recorded| request.json()["model"].as_str().unwrap().to_owned();
    requests.iter().map(model).collect()
}

fn messages(home: &Home, number: usize) -> String {
    home.server.requests()[number].json()["messages"].to_string()
}

fn system(home: &Home, number: usize) -> String {
    home.server.requests()[number].json()["system"].to_string()
}

fn is_sub_agents(home: &Home, number: usize) -> bool {
    system(home, number).contains("You are a sub-agent")
}

/// All events of the newest task.
fn log(home: &Home) -> Vec<Value> {
    let task = home.newest();
    home.run(&["log", "verify", &task]).expect(0);
    home.run(&["export", &task, "--json"])
        .expect(0)
        .json()
        .as_array()
        .unwrap()
        .clone()
}

fn notes(events: &[Value]) -> Vec<String> {
    let used = bodies(events, "skill.used");
    let notes = used
        .iter()
        .flat_map(|used| used["notes"].as_array().cloned().unwrap_or_default());
    notes.map(|note| note.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_skills_model_answers_until_the_person_speaks_again_and_what_it_costs_is_said_and_counted() {
    let home = Home::new([
        calls("Read", json!({"file_path": "/mnt/work/a.txt"})),
        says("ok"),
        says("again"),
    ]);
    home.write("a.txt", "one");
    own(&home, "deep", "model: claude-opus-4-8\n", "Think it through.");
    let ran = home.run(&["run", "-C", "work", "/deep a.txt"]).expect(0);
    let told = "anthropic/claude-opus-4-8 answers in place of anthropic/claude-sonnet-5, as the skill asks; it costs more: $5 \
                and $25 per million tokens read and written, anthropic/claude-sonnet-5 $2 and $10";
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains(told), "{ran:#?}");
    home.run(&["resume", &home.newest(), "and now?"]).expect(0);
    assert_eq!(models(&home), ["claude-opus-4-8", "claude-opus-4-8", "claude-sonnet-5"]);
    let events = log(&home);
    assert_eq!(notes(&events), [told]);
    let asked: Vec<&Value> = bodies(&events, "model.requested")
        .iter()
        .map(|body| &body["model"]["name"])
        .collect();
    assert_eq!(asked, ["claude-opus-4-8", "claude-opus-4-8", "claude-sonnet-5"]);
    // 100 tokens read and 20 written each.
    let cost: Vec<f64> = bodies(&events, "model.answered")
        .iter()
        .map(|body| body["cost_usd"].as_f64().unwrap())
        .collect();
    let near = |cost: f64, expected: f64| (cost - expected).abs() < 1e-9;
    assert!(
        near(cost[0], 0.001) && near(cost[1], 0.001) && near(cost[2], 0.0004),
        "{cost:?}"
    );
}

#[test]
fn a_model_that_is_not_there_is_told_and_the_tasks_own_goes_on() {
    let gone = json!({"type": "error", "error": {"type": "not_found_error", "message": "model: claude-gone"}});
    let home = Home::new([Reply::status(404).body(gone), says("ok"), says("sized"), says("plain")]);
    own(&home, "gone", "model: claude-gone\n", "Do it.");
    own(&home, "sized", "model: opus\n", "Do it.");
    own(&home, "plain", "model: inherit\n", "Do it.");
    let ran = home.task(&["/gone now"]).expect(0);
    let events = ran.events();
    let failed = bodies(&events, "model.failed")[0];
    assert_eq!(failed["code"], "models.unknown-model");
    assert_eq!(
        failed["hint"],
        "A skill asked for this model; the conversation goes on with its own."
    );
    assert!(
        notes(&events)[0].ends_with("what it costs is not known here"),
        "{events:#?}"
    );
    let events = home.task(&["/sized now"]).expect(0).events();
    assert_eq!(
        notes(&events),
        ["it asks for a size of model, not for a model by its id, so anthropic/claude-sonnet-5 goes on"]
    );
    assert!(notes(&home.task(&["/plain now"]).expect(0).events()).is_empty());
    let sonnet = "claude-sonnet-5";
    assert_eq!(models(&home), ["claude-gone", sonnet, sonnet, sonnet]);
}

#[test]
fn the_effort_of_a_skill_is_the_effort_of_its_turn() {
    let home = Home::new([says("ok"), says("more"), says("max"), says("odd")]);
    own(&home, "quick", "effort: low\n", "Be quick.");
    own(&home, "most", "effort: max\n", "Be slow.");
    own(&home, "odd", "effort: heroic\n", "Be odd.");
    home.task(&["/quick now"]).expect(0);
    home.run(&["resume", &home.newest(), "and now?"]).expect(0);
    let budget = |events: &[Value]| bodies(events, "skill.used")[0]["model"]["profile"]["thinking_budget"].clone();
    assert_eq!(budget(&log(&home)), 2_000);
    let events = home.task(&["/most now"]).expect(0).events();
    assert_eq!(
        (notes(&events), budget(&events)),
        (
            vec!["its effort `max` was taken as high, the most there is".to_owned()],
            json!(32_000)
        )
    );
    let events = home.task(&["/odd now"]).expect(0).events();
    assert_eq!(
        notes(&events),
        ["its effort `heroic` is not known and was not followed"]
    );
    let requests = home.server.requests();
    let effort: Vec<Value> = requests
        .iter()
        .map(|request| request.json()["output_config"]["effort"].clone())
        .collect();
    assert_eq!(effort, ["low", "high", "high", "high"]);
    assert_eq!(budget(&events), Value::Null);
}

#[test]
fn a_typed_skill_that_forks_is_done_in_a_sub_agent_whose_last_words_the_task_goes_on_with() {
    let home = Home::new([
        calls("Read", json!({"file_path": "/mnt/work/notes.txt"})),
        says("Seven apples."),
        says("There are seven."),
    ]);
    home.write("notes.txt", "APPLE-MARK apples: 7");
    own(
        &home,
        "count",
        "context: fork\nbackground: true\nagent: Explore\n",
        "COUNT-STEPS for $ARGUMENTS.",
    );
    let events = home.task(&["/count notes.txt"]).expect(0).events();
    assert!(is_sub_agents(&home, 0) && is_sub_agents(&home, 1) && !is_sub_agents(&home, 2));
    let first = messages(&home, 0);
    assert!(
        first.contains("COUNT-STEPS for notes.txt.") && !first.contains("/count"),
        "{first}"
    );
    let told = messages(&home, 2);
    assert!(
        told.contains("/count notes.txt") && told.contains("Its report:]") && told.contains("Seven apples."),
        "{told}"
    );
    assert!(!told.contains("COUNT-STEPS") && !told.contains("APPLE-MARK"), "{told}");
    assert_eq!(bodies(&events, "task.finished")[0]["summary"], "There are seven.");
    assert_eq!(
        notes(&events),
        [
            "it asks not to be waited for; it is waited for here",
            "the agent Explore it names is another program's; general-purpose does it, with all tools of this task"
        ]
    );
    // What the person typed is in the log once, and the skill once.
    assert_eq!(
        (
            bodies(&events, "agent.started").len(),
            bodies(&events, "skill.used").len()
        ),
        (1, 1)
    );
    assert_eq!(bodies(&events, "skill.used")[0]["by"], "person");
}

#[test]
fn a_model_calls_a_skill_that_forks_with_an_agent_and_gets_its_report() {
    let home = Home::new([
        calls("Skill", json!({"skill": "count", "args": "notes.txt"})),
        calls("Write", json!({"file_path": "/mnt/work/x.txt", "content": "x"})),
        says("Seven apples."),
        says("There are seven."),
        calls("Skill", json!({"skill": "lost"})),
        says("It could not."),
    ]);
    own(&home, "count", "context: fork\nagent: counter\n", "COUNT-STEPS.");
    own(&home, "lost", "context: fork\nagent: nobody\n", "LOST-STEPS.");
    let agents = home.path().join(".claude/agents");
    std::fs::create_dir_all(&agents).unwrap();
    let text = "---\nname: counter\ndescription: Counts.\ntools: Read\nmodel: claude-haiku-4-5\n---\nYou COUNT-ONLY.\n";
    std::fs::write(agents.join("counter.md"), text).unwrap();
    let events = home.task(&["count them"]).expect(0).events();
    assert_eq!(bodies(&events, "agent.started")[0]["agent"], "counter");
    assert!(system(&home, 1).contains("COUNT-ONLY") && messages(&home, 1).contains("COUNT-STEPS"));
    assert_eq!(models(&home)[1], "claude-haiku-4-5");
    assert!(!home.exists("x.txt"), "it was not given this tool");
    let report = &bodies(&events, "tool.finished")[1]["outcome"];
    assert_eq!(report["content"][0]["text"], "Seven apples.");
    let told = messages(&home, 3);
    assert!(
        told.contains("Seven apples.") && !told.contains("COUNT-STEPS"),
        "{told}"
    );
    // An agent that is not there: nothing was started, and it says what there is.
    let events = home.task(&["find it"]).expect(0).events();
    let outcome = &bodies(&events, "tool.finished")[0]["outcome"];
    assert_eq!(outcome["error"], "agents.unknown");
    assert!(
        outcome["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("general-purpose, counter")
    );
    assert!(bodies(&events, "agent.started").is_empty());
}

#[test]
fn a_skill_for_some_files_is_told_of_when_the_task_has_to_do_with_one_and_always_answers_to_its_person() {
    let home = Home::new([
        calls("Skill", json!({"search": "invoices"})),
        calls("Read", json!({"file_path": "/mnt/work/in/march.csv"})),
        calls("Read", json!({"file_path": "/mnt/work/in/march.csv"})),
        says("ok"),
        says("named"),
        says("typed"),
    ]);
    home.write("in/march.csv", "item,price\nlamp,30\n");
    own(
        &home,
        "invoices",
        "paths: \"in/**/*.{csv,xlsx}, *.pdf\"\n",
        "INVOICE-STEPS.",
    );
    let events = home.task(&["look at them"]).expect(0).events();
    let line = "- invoices: Use for invoices.";
    for number in 0..4 {
        assert!(!system(&home, number).contains(line), "{number}");
    }
    assert!(!messages(&home, 1).contains(line), "a search does not find it either");
    assert!(messages(&home, 2).contains(line), "{}", messages(&home, 2));
    assert_eq!(messages(&home, 3).matches(line).count(), 1, "told once");
    assert_eq!(bodies(&events, "skills.offered").len(), 1);
    assert_eq!(bodies(&events, "skills.offered")[0]["skills"], json!(["invoices"]));
    // Named by the person, before anything was read.
    home.task(&["what is in /mnt/work/in/March.CSV?"]).expect(0);
    assert!(messages(&home, 4).contains(line));
    home.task(&["/invoices now"]).expect(0);
    let typed = messages(&home, 5);
    assert!(typed.contains("INVOICE-STEPS") && !typed.contains(line), "{typed}");
}

#[test]
fn an_agent_of_a_folder_works_once_it_is_trusted_as_it_is_and_never_in_a_wider_mode() {
    let delegate = || {
        calls(
            "Task",
            json!({"description": "d", "prompt": "Look", "subagent_type": "reader"}),
        )
    };
    let write = || calls("Write", json!({"file_path": "/mnt/work/x.txt", "content": "x"}));
    let home = Home::new([
        delegate(),
        says("none"),
        delegate(),
        write(),
        says("Read only."),
        says("done"),
        delegate(),
        says("none"),
    ]);
    let agent =
        |mode: &str| format!("---\nname: reader\ndescription: Reads.\npermissionMode: {mode}\n---\nREAD-ONLY.\n");
    home.write(".claude/agents/reader.md", agent("plan"));
    home.write(".claude/agents/broken.md", "---\ndescription: No name.\n---\nx\n");
    let file = home.work().join(".claude/agents/reader.md");
    // Nobody has trusted it: it is listed, and there is no such agent.
    let listed = home
        .run(&["skills", "list", "--all", "-C", "work", "--json"])
        .expect(0)
        .json();
    let find = |listed: &Value, name: &str| {
        let mut lines = listed.as_array().unwrap().iter();
        lines
            .find(|line| line["name"].as_str().unwrap().ends_with(name))
            .cloned()
            .unwrap()
    };
    let line = find(&listed, "reader");
    assert_eq!(
        (&line["kind"], &line["in_force"], &line["place"]),
        (&json!("agent"), &json!(false), &json!(file.to_str().unwrap()))
    );
    assert!(
        find(&listed, "broken.md")["notes"]
            .to_string()
            .contains("the agent has not a name")
    );
    let events = home.task(&["go"]).expect(0).events();
    assert_eq!(bodies(&events, "tool.finished")[0]["outcome"]["error"], "tool.no-agent");
    home.run(&["skills", "trust", file.to_str().unwrap()]).expect(0);
    let listed = home
        .run(&["skills", "list", "--all", "-C", "work", "--json"])
        .expect(0)
        .json();
    assert_eq!(find(&listed, "reader")["in_force"], true);
    // It asks for less than the task may.
    let events = home
        .run(&["run", "-C", "work:rw", "--output-format", "stream-json", "go"])
        .expect(0)
        .events();
    assert!(system(&home, 3).contains("READ-ONLY"));
    assert_eq!(bodies(&events, "agent.started")[0]["mode"], "plan");
    assert!(!home.exists("x.txt"), "{events:#?}");
    // Changed on disk, it is out of force again.
    home.write(".claude/agents/reader.md", agent("bypassPermissions"));
    let events = home.task(&["go"]).expect(0).events();
    assert_eq!(bodies(&events, "tool.finished")[0]["outcome"]["error"], "tool.no-agent");
    home.run(&["skills", "trust", file.to_str().unwrap()]).expect(0);
    let listed = home
        .run(&["skills", "list", "--all", "-C", "work", "--json"])
        .expect(0)
        .json();
    assert!(
        listed
            .to_string()
            .contains("`permissionMode: bypassPermissions` is not followed: the mode of the task holds"),
        "{listed:#}"
    );
}
