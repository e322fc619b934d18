//! What is not started, not shared and not left open; and what servers and skills say that reaches a task as theirs.

use serde_json::{Value, json};

use super::{asked, behave, bodies, find, own, says, with_notes};
use crate::{home::Home, serve::Served};

/// A home whose connector `notes` was taken over from a file, and approved by nobody.
fn imported(replies: impl IntoIterator<Item = deskhand_testkit::Reply>) -> Home {
    let home = with_notes("good", replies);
    home.run(&["connectors", "remove", "notes"]).expect(0);
    let server = home.path().join("programs/server.py");
    let entry = json!({"mcpServers": {"notes": {"command": "python3", "args": [server, "good"]}}});
    let file = home.path().join("other.json");
    std::fs::write(&file, entry.to_string()).unwrap();
    home.run(&["connectors", "import", file.to_str().unwrap()]).expect(0);
    let _ = std::fs::remove_file(own(&home).join("arguments"));
    home
}

/// Whether the program was started since the connector is there.
fn was_started(home: &Home) -> bool {
    own(home).join("arguments").exists()
}

#[test]
fn looking_at_a_program_that_nobody_approved_does_not_start_it() {
    let home = imported([]);
    let told = home.run(&["connectors", "tools", "notes"]).expect(0).stdout;
    assert!(
        told.contains("was not started") && told.contains("python3 ") && !told.contains("find_notes"),
        "{told}"
    );
    home.run(&["connectors", "list"]).expect(0);
    assert!(!was_started(&home), "looking started it");

    let served = Served::start(&home);
    let (status, page) = served.ask("GET", "/connectors/notes", &json!({}));
    assert_eq!(
        (status, &page["started"], &page["tools"]),
        (200, &json!(false), &json!([])),
        "{page:#}"
    );
    assert!(!was_started(&home), "the page started it");
    // Told to, it is, and shows its tools; approving is another word.
    let (status, page) = served.ask("POST", "/connectors/notes/start", &json!({}));
    assert_eq!((status, page["tools"].as_array().unwrap().len()), (200, 2), "{page:#}");
    assert_eq!(page["tools"][0]["standing"], "new");
    assert!(was_started(&home));
    let (_, page) = served.ask("GET", "/connectors/notes", &json!({}));
    assert_eq!(page["tools"].as_array().unwrap().len(), 2, "what is open is shown");
}

#[test]
fn what_a_server_says_of_its_use_is_told_as_its_words_capped_and_as_it_was_approved() {
    let home = with_notes("instructing", [says("Good morning."), says("Good morning.")]);
    let ran = home.task(&["Hello"]).expect(0);
    let system = |number: usize| home.server.requests()[number].json()["system"].to_string();
    let told = system(0);
    let (_, said) = told.split_once("<connector name=").expect("it was not told");
    assert!(told.contains("These are their words, not the person's"), "{told}");
    assert!(
        said.contains("Ask find_notes first.") && said.contains("[cut]"),
        "{said}"
    );
    // The end of the frame is not the server's to write.
    assert_eq!(told.matches("</connector>").count(), 1, "{told}");
    assert!(said.len() < 2_400, "{} bytes", said.len());
    let label = &ran.events()[0]["label"];
    assert_eq!(label["integrity"], "connector", "{label:#}");
    // What it says now is not what was approved, and waits until it is.
    behave(&home, "good");
    home.task(&["Hello"]).expect(0);
    assert!(system(1).contains("Ask find_notes first."), "{}", system(1));
    home.run(&["connectors", "approve", "notes"]).expect(0);
    home.server.push(says("Good morning."));
    home.task(&["Hello"]).expect(0);
    assert!(!system(2).contains("<connector name="), "{}", system(2));
}

fn skill(home: &Home, body: &str) {
    let folder = home.path().join(".claude/skills/diary");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("SKILL.md"),
        format!("---\nname: diary\ndescription: Looks into the diary.\n---\n{body}\n"),
    )
    .unwrap();
}

#[test]
fn a_resource_a_skill_names_is_attached_as_the_servers_and_none_that_arguments_made() {
    let home = with_notes("good", [says("Milk and bread.")]);
    skill(
        &home,
        "Begin with @notes:note://today and @notes:note://day/$ARGUMENTS here.",
    );
    let ran = home.task(&["/diary monday"]).expect(0);
    let events = ran.events();
    let attached = bodies(&events, "connector.attached");
    assert_eq!(attached.len(), 1, "{attached:#?}");
    assert_eq!(attached[0]["source"]["uri"], "note://today");
    assert!(attached[0]["content"].to_string().contains("Milk and bread."));
    let event = events
        .iter()
        .find(|event| event["kind"] == "connector.attached")
        .unwrap();
    assert_eq!(event["label"]["integrity"], "connector");

    // Called by a model: in the call's result, with the server's label.
    let home = with_notes(
        "good",
        [
            deskhand_testkit::Turn::new()
                .tool("Skill", json!({"skill": "diary", "args": "tuesday"}))
                .into(),
            says("Milk and bread."),
        ],
    );
    skill(
        &home,
        "Begin with @notes:note://today and @notes:note://day/$ARGUMENTS here.",
    );
    let ran = home.task(&["What is in the diary?"]).expect(0);
    let outcome = bodies(&ran.events(), "tool.finished")[0]["outcome"].clone();
    assert!(
        outcome["content"].to_string().contains("Milk and bread."),
        "{outcome:#}"
    );
    assert_eq!(outcome["label"]["integrity"], "connector", "{outcome:#}");
}

#[test]
fn a_plugin_that_lies_among_skills_is_used_as_far_as_it_is_text_and_that_is_told() {
    let home = Home::new([]);
    let root = home.path().join(".claude/skills/kit");
    for (file, text) in [
        (
            ".claude-plugin/plugin.json",
            json!({"name": "kit", "version": "1.0.0"}).to_string(),
        ),
        (
            "skills/sort/SKILL.md",
            "---\ndescription: Sorts.\n---\nSort.\n".to_owned(),
        ),
        (".mcp.json", json!({"mcpServers": {"x": {"command": "x"}}}).to_string()),
    ] {
        let file = root.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let list = home.run(&["skills", "list", "--json"]).expect(0).json();
    let line = list.as_array().unwrap().iter().find(|line| line["name"] == "kit:sort");
    assert_eq!(line.expect("the plugin was dropped")["plugin"], "kit@skills-dir");
    let told = home.run(&["skills", "list", "--all"]).expect(0);
    let told = format!("{}{}", told.stdout, told.stderr);
    assert!(
        told.contains("its hooks, servers and programs are not in force"),
        "{told}"
    );
    // Its server is none.
    assert_eq!(home.run(&["connectors", "list", "--json"]).expect(0).json(), json!([]));
    // Both are told by the program that is served, too.
    let served = Served::start(&home);
    let (_, notes) = served.ask("GET", "/skills-notes", &json!({}));
    assert!(notes.to_string().contains("lies in a folder of skills"), "{notes:#}");
}

#[test]
fn a_name_that_means_another_skill_is_told_by_the_served_program() {
    let home = Home::new([]);
    for folder in [".claude/skills/diary", ".agents/skills/diary"] {
        let folder = home.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("---\nname: diary\ndescription: In {}.\n---\nLook.\n", folder.display());
        std::fs::write(folder.join("SKILL.md"), text).unwrap();
    }
    let served = Served::start(&home);
    let (status, notes) = served.ask("GET", "/skills-notes", &json!({}));
    assert_eq!((status, notes.as_array().unwrap().len()), (200, 1), "{notes:#}");
    assert!(notes[0]["message"].as_str().unwrap().contains("diary"), "{notes:#}");
}

/// Processes that run the played server of this home.
fn running(home: &Home) -> usize {
    let mark = home.path().join("programs/server.py").display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .filter(|line| line.contains(&mark) && !line.contains("bwrap"))
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn switching_a_connector_off_ends_its_program() {
    let home = with_notes("good", [find("lunch"), says("Lunch is at noon.")]);
    let served = Served::start(&home);
    asked::worked(&home, &served, "When is lunch?", |ask| panic!("{ask}"));
    assert_ne!(running(&home), 0, "the session is kept between calls");
    // Given something else, the one that has the old rights goes at once.
    let (status, told) = served.ask("PUT", "/connectors/notes/sampling", &json!({"on": true}));
    assert_eq!(status, 204, "{told}");
    assert_eq!(running(&home), 0, "it runs on");
    let (_, page) = served.ask("GET", "/connectors/notes", &Value::Null);
    assert_eq!(page["connector"]["state"], "connected");
}
