//! Servers that plugins bring, really started: with what they get, without secrets where people look, and gone with their
//! plugin.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::home::{Home, Ran, bodies, ran};

const CANARY: &str = "s3cret-CANARY-51d2";

fn put(file: &Path, text: &str) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

/// A marketplace `office` with plugins of these manifests and servers, added; nothing is installed.
fn market(home: &Home, plugins: &[(&str, Value, Value)]) {
    let market = home.path().join("market");
    let entries: Vec<Value> = plugins
        .iter()
        .map(|(name, ..)| json!({"name": name, "description": "d", "source": format!("./{name}")}))
        .collect();
    put(
        &market.join(".claude-plugin/marketplace.json"),
        &json!({"name": "office", "owner": {"name": "us"}, "plugins": entries}).to_string(),
    );
    for (name, manifest, servers) in plugins {
        let root = market.join(name);
        put(&root.join(".claude-plugin/plugin.json"), &manifest.to_string());
        put(&root.join(".mcp.json"), &json!({"mcpServers": servers}).to_string());
        put(&root.join("server.py"), include_str!("plugin.py"));
    }
    home.run(&["plugins", "marketplace", "add", market.to_str().unwrap()])
        .expect(0);
}

/// A plugin whose server gets a secret in its arguments, and one that has none.
fn clock(home: &Home) {
    let manifest = json!({"name": "clock", "userConfig": {
        "key": {"type": "string", "title": "Key", "description": "d", "sensitive": true, "required": true},
        "zone": {"type": "string", "title": "Zone", "description": "d", "default": "north"}}});
    let servers = json!({
        "time": {"command": "python3", "env": {"OWN": "${user_config.zone}"}, "args": [
            "${CLAUDE_PLUGIN_ROOT}/server.py", "${CLAUDE_PLUGIN_DATA}/begun", "--key", "${user_config.key}"]}});
    market(home, &[("clock", manifest, servers)]);
    home.run(&["plugins", "install", "clock", "--yes"]).expect(0);
}

fn set_secret(home: &Home, value: &str) -> Ran {
    let mut child = home
        .online()
        .args(["plugins", "options", "clock", "--secret", "key"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    ran(child.wait_with_output().unwrap())
}

/// The events of a task whose calls are asked about, since what a plugin's server says of its tools is not believed, and are
/// agreed to.
fn agreed_to(home: &Home, prompt: &str) -> Vec<Value> {
    home.task(&[prompt]).expect(3);
    let waiting = home.run(&["approvals", "--json"]).expect(0).json();
    for asked in waiting.as_array().unwrap() {
        home.run(&["approvals", "allow", asked["id"].as_str().unwrap()])
            .expect(0);
    }
    let task = home.newest();
    home.run(&["resume", &task]).expect(0);
    let all = home.run(&["export", &task, "--json"]).expect(0).json();
    all.as_array().unwrap().clone()
}

/// Every file below a folder but logs and locks of the whole program, with its content.
fn walk(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    found
}

/// What is left in the data folder that has to do with `word`, by name or, outside of the log of events, by content.
fn traces(home: &Home, word: &str) -> Vec<PathBuf> {
    let is_log = |path: &Path| path.to_string_lossy().contains(".db") || path.to_string_lossy().contains(".sqlite");
    let found = walk(&home.data())
        .into_iter()
        .filter(|(path, text)| path.to_string_lossy().contains(word) || (!is_log(path) && text.contains(word)));
    found.map(|(path, _)| path).collect()
}

#[test]
fn a_server_of_a_plugin_waits_for_its_values_starts_with_them_and_goes_with_its_plugin() {
    let home = Home::new([
        Turn::new()
            .tool("mcp__plugin_clock_time__started_with", json!({}))
            .into(),
        Turn::new().text("ok").into(),
    ]);
    clock(&home);
    let before = traces(&home, "connectors/");
    let name = "plugin:clock:time";
    // Without what it needs it is there, says so, and is not started.
    let line = home.run(&["connectors", "list", "--json"]).expect(0).json()[0].clone();
    assert_eq!(
        (&line["name"], &line["state"], &line["detail"]),
        (
            &json!(name),
            &json!("not-configured"),
            &json!("its plugin asks you for key, so it is not started: `deskhand plugins options clock@office`")
        )
    );
    let refused = home.run(&["connectors", "approve", name]).expect(1);
    assert!(refused.stderr.contains("asks you for key"), "{refused:#?}");
    assert_eq!(traces(&home, "connectors/"), before);

    set_secret(&home, CANARY).expect(0);
    home.run(&["connectors", "approve", name]).expect(0);
    // Its program has got it by now; in files and in the log it is not, before a program repeats it.
    assert!(walk(&home.data()).values().all(|text| !text.contains(CANARY)));
    home.run(&["connectors", "tools", name, "--tool", "started_with", "--rule", "allow"])
        .expect(0);
    let events = agreed_to(&home, "What time is it?");
    let text = &bodies(&events, "tool.finished")[0]["outcome"]["content"][0]["text"];
    let started: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let data = home.data().join("plugins/data/clock-office");
    let root = started["env"]["CLAUDE_PLUGIN_ROOT"].as_str().unwrap().to_owned();
    assert!(
        Path::new(&root).starts_with(home.data().join("plugins/cache/office/clock")),
        "{root}"
    );
    assert_eq!(
        started,
        json!({"args": [data.join("begun"), "--key", CANARY], "env": {
            "CLAUDE_PLUGIN_ROOT": root, "CLAUDE_PLUGIN_DATA": data, "CLAUDE_PLUGIN_OPTION_KEY": CANARY,
            "CLAUDE_PLUGIN_OPTION_ZONE": "north", "OWN": "north"}})
    );

    // Where people and programs look, the secret stands by its name.
    for args in [
        &["connectors", "list"][..],
        &["connectors", "list", "--json"],
        &["connectors", "tools", name],
        &["connectors", "tools", name, "--json"],
        &["plugins", "show", "clock", "--json"],
        &["plugins", "options", "clock", "--json"],
    ] {
        let told = home.run(args).expect(0);
        assert!(
            !told.stdout.contains(CANARY) && !told.stderr.contains(CANARY),
            "{args:?}: {told:#?}"
        );
    }
    let line = home.run(&["connectors", "list", "--json"]).json()[0].clone();
    let url = line["url"].as_str().unwrap();
    assert!(url.ends_with("--key '${user_config.clock_office.key}'"), "{url}");

    // With the plugin everything of the server goes, and one that comes by the same name is a stranger.
    home.run(&["plugins", "remove", "clock"]).expect(0);
    assert_eq!(home.run(&["connectors", "list", "--json"]).json(), json!([]));
    assert_eq!(traces(&home, "clock"), Vec::<PathBuf>::new());
    home.run(&["plugins", "install", "clock", "--yes"]).expect(0);
    let line = home.run(&["connectors", "list", "--json"]).json()[0].clone();
    assert_eq!((&line["state"], &line["tools"]), (&json!("not-configured"), &json!(0)));
    set_secret(&home, "other").expect(0);
    let line = home.run(&["connectors", "list", "--json"]).json()[0].clone();
    assert_eq!(line["state"], "pending");
    // Nobody has approved it: it is not started to be looked at, and what was decided before is gone.
    let tools = || home.run(&["connectors", "tools", name, "--json"]).expect(0).json();
    assert_eq!(tools(), json!([]));
    home.run(&["connectors", "approve", name]).expect(0);
    assert_eq!(tools()[0]["rule"], "policy", "{:#}", tools());
}

#[test]
fn what_was_decided_about_a_server_goes_also_when_its_plugin_was_off() {
    let home = Home::new([]);
    clock(&home);
    set_secret(&home, CANARY).expect(0);
    home.run(&["connectors", "approve", "plugin:clock:time"]).expect(0);
    home.run(&["plugins", "disable", "clock"]).expect(0);
    assert_eq!(home.run(&["connectors", "list", "--json"]).json(), json!([]));
    // Off is not gone.
    home.run(&["plugins", "enable", "clock"]).expect(0);
    assert_eq!(home.run(&["connectors", "list", "--json"]).json()[0]["state"], "idle");
    home.run(&["plugins", "disable", "clock"]).expect(0);
    home.run(&["plugins", "remove", "clock"]).expect(0);
    assert!(!home.data().join("connectors/plugin_clock_time").exists());
    home.run(&["plugins", "install", "clock", "--yes"]).expect(0);
    set_secret(&home, CANARY).expect(0);
    assert_eq!(
        home.run(&["connectors", "list", "--json"]).json()[0]["state"],
        "pending"
    );
}

#[test]
fn two_plugins_with_one_server_are_one_session_that_stays_with_the_last_of_them() {
    let both = Turn::new()
        .tool("mcp__plugin_first_time__started_with", json!({}))
        .tool("mcp__plugin_second_time__started_with", json!({}));
    let home = Home::new([both.into(), Turn::new().text("ok").into()]);
    let folder = home.path().join("programs");
    put(&folder.join("server.py"), include_str!("plugin.py"));
    let server = json!({"command": "python3", "args": [folder.join("server.py"), "begun"]});
    let of = |name: &str| json!({"name": name});
    market(
        &home,
        &[
            (
                "first",
                of("first"),
                json!({"time": server, "far": {"type": "http", "url": "https://time.example/mcp"}}),
            ),
            (
                "second",
                of("second"),
                json!({"time": server, "away": {"type": "http", "url": "https://TIME.example/mcp/"}}),
            ),
        ],
    );
    for name in ["first", "second"] {
        home.run(&["plugins", "install", name, "--yes"]).expect(0);
    }
    let names = || {
        let list = home.run(&["connectors", "list", "--json"]).expect(0).json();
        let names = list
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(), ["plugin:first:far", "plugin:first:time"]);
    home.run(&["connectors", "approve", "plugin:first:time"]).expect(0);
    let begun = home.data().join("connectors/plugin_first_time/begun");
    std::fs::remove_file(&begun).unwrap();
    let events = agreed_to(&home, "What time is it?");
    let called: Vec<&Value> = bodies(&events, "tool.started")
        .iter()
        .map(|body| &body["call"]["name"])
        .collect();
    assert_eq!(called, ["mcp__plugin_first_time__started_with"; 2]);
    assert_eq!(std::fs::read_to_string(&begun).unwrap(), "initialize\n");
    home.run(&["plugins", "remove", "first"]).expect(0);
    assert_eq!(names(), ["plugin:second:away", "plugin:second:time"]);
    assert!(!begun.exists());
}

#[test]
fn a_skill_is_told_what_serves_its_categories_also_where_its_plugin_lists_none() {
    let home = Home::new([
        Turn::new().tool("Skill", json!({"skill": "team:ask"})).into(),
        Turn::new().text("ok").into(),
    ]);
    let server = home.path().join("programs/server.py");
    put(&server, include_str!("server.py"));
    let server = server.to_str().unwrap();
    home.run(&["connectors", "add", "slack", "--yes", "--", "python3", server, "good"])
        .expect(0);
    put(
        &home.path().join("market/team/skills/ask/SKILL.md"),
        "---\nname: ask\ndescription: Asks.\n---\nAsk in ~~chat, then look into the ~~CRM.\n",
    );
    market(&home, &[("team", json!({"name": "team"}), json!({}))]);
    home.run(&["plugins", "install", "team", "--yes"]).expect(0);
    let ran = home.task(&["Ask the team."]).expect(0);
    let events = ran.events();
    let text = bodies(&events, "tool.finished")[0]["outcome"]["content"][0]["text"].clone();
    let table = text.as_str().unwrap().split_once("Connected tools").unwrap().1;
    assert_eq!(
        table,
        " for the categories in this skill:\n- ~~chat: slack\n- ~~CRM: nothing connected that is known for it\n"
    );
}

#[test]
fn the_prompt_and_the_tools_of_an_agent_are_shown_before_it_is_installed() {
    let home = Home::new([]);
    put(
        &home.path().join("market/team/agents/keeper.md"),
        "---\nname: keeper\ndescription: Keeps.\ntools: Read, Grep\ndisallowedTools: Bash\n---\nYou keep the books.\n\nNever tell.\n",
    );
    put(
        &home.path().join("market/team/agents/all.md"),
        "---\nname: all\ndescription: Does.\n---\nDo it all.\n",
    );
    market(&home, &[("team", json!({"name": "team"}), json!({}))]);
    let shown = home.run(&["plugins", "install", "team"]).expect(3).stdout;
    for words in [
        "  agent team:keeper, which may use Read, Grep, without Bash, is told:\n    You keep the books.\n    \n    Never tell.\n",
        "  agent team:all, which may use all tools of its task, is told:\n    Do it all.\n",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    let review = home.run(&["plugins", "install", "team", "--json"]).expect(3).json();
    assert_eq!(
        review["reviews"][0]["agents"],
        json!([
            {"name": "team:all", "tools": null, "disallowed_tools": [], "prompt": "Do it all."},
            {"name": "team:keeper", "tools": ["Read", "Grep"], "disallowed_tools": ["Bash"],
                "prompt": "You keep the books.\n\nNever tell."}
        ])
    );
}

/// Processes that run a server of this home's plugins.
#[cfg(target_os = "linux")]
fn running(home: &Home) -> usize {
    let mark = home.data().join("plugins").display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .filter(|line| line.contains(&mark) && line.contains("server.py") && !line.contains("bwrap"))
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_plugin_that_is_switched_off_or_updated_leaves_no_session_of_what_it_was() {
    let home = Home::new([]);
    let of = |version: &str| json!({"name": "first", "version": version});
    let server = |word: &str| {
        let args = json!(["${CLAUDE_PLUGIN_ROOT}/server.py", "${CLAUDE_PLUGIN_DATA}/begun", word]);
        json!({"time": {"command": "python3", "args": args}})
    };
    market(&home, &[("first", of("1.0.0"), server("old"))]);
    home.run(&["plugins", "install", "first", "--yes"]).expect(0);
    let served = crate::serve::Served::start(&home);
    let start = || {
        let (status, page) = served.ask("POST", "/connectors/plugin:first:time/start", &json!({}));
        assert_eq!((status, page["tools"].as_array().unwrap().len()), (200, 1), "{page:#}");
    };
    start();
    assert_eq!(running(&home), 1);
    let switch = |on: bool| {
        let (status, told) = served.ask("PATCH", "/plugins/first@office", &json!({"enabled": on}));
        assert_eq!(status, 200, "{told}");
    };
    switch(false);
    assert_eq!(running(&home), 0, "switched off, its server runs on");
    switch(true);
    start();

    let root = home.path().join("market/first");
    put(&root.join(".claude-plugin/plugin.json"), &of("2.0.0").to_string());
    put(
        &root.join(".mcp.json"),
        &json!({"mcpServers": server("new")}).to_string(),
    );
    let (status, review) = served.ask("POST", "/plugins/review", &json!({"id": "first@office"}));
    assert_eq!(status, 200, "{review}");
    let (status, told) = served.ask(
        "POST",
        "/plugins",
        &json!({"id": "first@office", "token": review["token"]}),
    );
    assert_eq!(status, 201, "{told}");
    assert_eq!(running(&home), 0, "updated, what it was runs on");
}

#[test]
fn what_is_installed_at_the_terminal_meanwhile_a_running_server_uses_for_its_next_task() {
    let home = Home::with(deskhand_testkit::ScriptedServer::responding(|_, _| {
        Turn::new().text("Done.").into()
    }));
    let of = |version: &str| json!({"name": "first", "version": version});
    let server = |key: &str| {
        let args = json!(["${CLAUDE_PLUGIN_ROOT}/server.py", "${CLAUDE_PLUGIN_DATA}/begun", "word"]);
        json!({(key): {"command": "python3", "args": args}})
    };
    market(&home, &[("first", of("1.0.0"), server("time"))]);
    let served = crate::serve::Served::start(&home);
    let listed = || -> Vec<String> {
        let (status, list) = served.ask("GET", "/connectors", &json!({}));
        assert_eq!(status, 200, "{list}");
        let lines = list.as_array().unwrap().iter();
        lines.map(|line| line["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(), [""; 0]);
    home.run(&["plugins", "install", "first", "--yes"]).expect(0);
    assert_eq!(listed(), ["plugin:first:time"]);
    let root = home.path().join("market/first");
    put(&root.join(".claude-plugin/plugin.json"), &of("2.0.0").to_string());
    put(
        &root.join(".mcp.json"),
        &json!({"mcpServers": server("hour")}).to_string(),
    );
    home.run(&["plugins", "update", "first", "--yes"]).expect(0);
    assert_eq!(listed(), ["plugin:first:hour"]);
    home.run(&["connectors", "approve", "plugin:first:hour"]).expect(0);
    // A task that begins now is offered the tools of what is installed now.
    let new = json!({"prompt": "go", "folders": [{"path": home.work(), "mode": "rw"}]});
    let (status, made) = served.ask("POST", "/tasks", &new);
    assert_eq!(status, 201, "{made}");
    let over = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while home.server.requests().is_empty() {
        assert!(std::time::Instant::now() < over, "no model was asked");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let asked = home.server.requests()[0].json().to_string();
    assert!(asked.contains("mcp__plugin_first_hour__"), "{asked}");
    home.run(&["plugins", "remove", "first"]).expect(0);
    assert_eq!(listed(), [""; 0]);
}
