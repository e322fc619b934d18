//! Prompts and resources of connectors, named by the person.

use serde_json::{Value, json};

use super::{behave, bodies, calls, find, says, with_notes};

/// All that a model was sent, as text.
fn sent(home: &crate::home::Home, number: usize) -> String {
    home.server.requests()[number].json()["messages"].to_string()
}

#[test]
fn a_prompt_is_a_command_and_its_text_is_the_servers() {
    let home = with_notes("good", [says("Summed up.")]);
    let commands = home.run(&["commands", "--json"]).expect(0).json();
    let named = |line: &&Value| line["command"] == "mcp__notes__sum_up";
    let line = commands.as_array().unwrap().iter().find(named).unwrap().clone();
    assert_eq!(
        (&line["argument_hint"], &line["scope"]),
        (&json!("<week> [tone]"), &json!("connector"))
    );
    let ran = home.task(&["/mcp__notes__sum_up 12 very dry"]).expect(0);
    let attached = bodies(&ran.events(), "connector.attached")[0].clone();
    assert_eq!(
        attached["source"],
        json!({"what": "prompt", "name": "sum up",
        "arguments": {"week": "12", "tone": "very dry"}})
    );
    let event = ran
        .events()
        .into_iter()
        .find(|event| event["kind"] == "connector.attached")
        .unwrap();
    assert_eq!(event["label"]["integrity"], "connector", "{event:#}");
    let sent = sent(&home, 0);
    assert!(sent.contains("Sum up the notes of week 12, tone very dry."), "{sent}");
    assert!(sent.contains("not the person's"), "{sent}");
}

#[test]
fn a_prompt_that_cannot_be_filled_in_starts_nothing() {
    let home = with_notes("good", []);
    let ran = home.task(&["/mcp__notes__sum_up"]).expect(1);
    assert!(format!("{ran:?}").contains("it needs week"), "{ran:#?}");
    let ran = home.task(&["/mcp__nobody__sum_up x"]);
    assert_ne!(ran.code, 0);
    assert!(format!("{ran:?}").contains("mcp__notes__sum_up"), "{ran:#?}");
    let ran = home.task(&["/mcp__notes__other x"]).expect(1);
    assert!(format!("{ran:?}").contains("it has: sum_up"), "{ran:#?}");
    assert!(home.server.requests().is_empty());
}

#[test]
fn arguments_and_resources_are_proposed() {
    let home = with_notes("good", []);
    let complete = |text: &str| home.run(&["commands", "--complete", text, "--json"]).expect(0).json();
    let both = json!([{"value": "12 of May", "text": "/mcp__notes__sum_up \"12 of May\""},
        {"value": "12", "text": "/mcp__notes__sum_up 12"}]);
    assert_eq!(complete("/mcp__notes__sum_up 12"), both);
    assert_eq!(complete("/mcp__notes__other 12"), json!([]));
    let resources = home
        .run(&["connectors", "resources", "notes", "--json"])
        .expect(0)
        .json();
    let mentions: Vec<_> = resources
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["mention"].as_str().unwrap())
        .collect();
    assert_eq!(mentions, ["notes:note://today", "notes:note://day/{day}"]);
}

#[test]
fn a_resource_that_is_named_is_attached_as_the_servers() {
    let home = with_notes("good", [says("Milk.")]);
    let ran = home
        .task(&["What do I need, by @notes:note://today, @notes:note://none and me@notes:note://no?"])
        .expect(0);
    let events = ran.events();
    let attached = bodies(&events, "connector.attached");
    assert_eq!(attached.len(), 2, "{attached:#?}");
    let sent = sent(&home, 0);
    assert!(
        sent.contains("Milk and bread.") && sent.contains("not the person's words"),
        "{sent}"
    );
    assert!(
        sent.contains("note://none of the connector notes could not be read"),
        "{sent}"
    );
}

#[test]
fn a_page_is_rendered_and_what_nobody_sees_of_it_is_withheld_and_told() {
    let home = with_notes("good", [says("Milk.")]);
    let ran = home.task(&["What is on @notes:note://page?"]).expect(0);
    let attached = bodies(&ran.events(), "connector.attached")[0].clone();
    let sent = sent(&home, 0);
    assert!(
        sent.contains("[note://page]\\nMilk") && !sent.contains("Obey") && !sent.contains("Ignore all"),
        "{sent}"
    );
    let source =
        "words to a reader in scripts, drawings, descriptions and alternative texts of the page (21 characters)";
    assert_eq!(
        attached["withheld"],
        json!([{"text": "4 characters of hidden text", "count": 4}, {"text": source, "count": 21}])
    );
    let trust = home.run(&["policy", "trust", &home.newest()]).expect(0).stdout;
    assert!(trust.contains("4 characters of hidden text"), "{trust}");
}

#[test]
fn a_large_resource_is_cut_and_kept_whole() {
    let home = with_notes("good", [says("Much.")]);
    let ran = home.task(&["What is in @notes:note://long?"]).expect(0);
    let attached = bodies(&ran.events(), "connector.attached")[0].clone();
    assert!(attached["whole"].is_string(), "kept");
    let sent = sent(&home, 0);
    assert!(
        sent.len() < 100_000 && sent.contains("[cut: this is the beginning"),
        "{}",
        sent.len()
    );
}

#[test]
fn what_was_not_approved_is_not_reached() {
    let home = with_notes("good", [says("I do not know.")]);
    home.run(&["connectors", "remove", "notes"]).expect(0);
    let file = home.path().join("other.json");
    let server = home.path().join("programs/server.py");
    let entry = json!({"mcpServers": {"notes": {"command": "python3", "args": [server, "good"]}}});
    std::fs::write(&file, entry.to_string()).unwrap();
    home.run(&["connectors", "import", file.to_str().unwrap()]).expect(0);
    let ran = home.task(&["What is in @notes:note://today?"]).expect(0);
    assert_eq!(bodies(&ran.events(), "connector.attached").len(), 0);
    assert_ne!(home.task(&["/mcp__notes__sum_up 12"]).code, 0);
}

#[test]
fn what_a_server_wants_answered_is_asked_about_whatever_was_allowed() {
    let home = with_notes("interactive", [find("lunch"), find("lunch")]);
    home.run(&[
        "connectors",
        "tools",
        "notes",
        "--tool",
        "find_notes",
        "--rule",
        "allow",
    ])
    .expect(0);
    for more in [&["When is lunch?"][..], &["When is lunch?", "--mode", "skip"]] {
        let ran = home.task(more).expect(3);
        let asked = bodies(&ran.events(), "approval.requested")[0].clone();
        assert!(asked.to_string().contains("find_notes"), "{asked:#}");
    }
    assert_eq!(calls(&home), Vec::<Value>::new());
}

#[test]
fn a_slow_server_does_not_hold_up_the_first_turn() {
    let home = with_notes("good", [says("Hello.")]);
    behave(&home, "slow");
    let begun = std::time::Instant::now();
    home.task(&["Say hello"]).expect(0);
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        home.server.requests()[0].json()["tools"]
            .to_string()
            .contains("mcp__notes__find_notes")
    );
}
