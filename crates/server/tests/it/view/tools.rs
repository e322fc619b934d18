//! Every tool is told in words a person knows.

use deskhand_server::{
    api::Verb,
    view::{ToolUse, tool_use},
};
use serde_json::{Value, json};

#[test]
fn every_tool_that_is_offered_has_a_verb() {
    let names = deskhand_engine::tool_names();
    assert!(names.len() > 20, "{names:?}");
    let without: Vec<&String> = names
        .iter()
        .filter(|name| tool_use(name, &Value::Null).verb == Verb::Other)
        .collect();
    assert_eq!(without, Vec::<&String>::new());
}

#[test]
fn a_tool_of_a_connector_is_told_in_words() {
    let told = |name| tool_use(name, &json!({"title": "Lunch"}));
    for (name, object) in [
        ("mcp__calendar__create_event", "create event"),
        ("mcp__calendar__createEvent", "create event"),
        ("mcp__plugin_sales_slack__post-Message", "post Message"),
        ("mcp__wiki__getURL", "get URL"),
    ] {
        let used = told(name);
        assert_eq!((used.verb, used.object.as_str()), (Verb::Connector, object), "{name}");
    }
    for odd in ["mcp__calendar", "mcp____x", "mcp__x__", "mcpx__a__b"] {
        assert_eq!(told(odd).verb, Verb::Other, "{odd}");
    }
}

#[test]
fn a_tool_nobody_knows_is_other() {
    let other = ToolUse {
        verb: Verb::Other,
        object: String::new(),
        count: 1,
    };
    assert_eq!(tool_use("Telepathy", &json!({"file_path": "x"})), other);
}

#[test]
fn the_object_is_what_a_person_would_name() {
    let long = "word ".repeat(60);
    let cases = [
        ("Read", json!({"file_path": "/mnt/work/a/sales.xlsx"}), "sales.xlsx", 1),
        ("Edit", json!({"file_path": 3}), "", 1),
        ("Grep", json!({"pattern": "total\n of"}), "total of", 1),
        (
            "Query",
            json!({"sql": "SELECT 1", "tables": ["/mnt/w/a.csv", "/mnt/w/b.csv"]}),
            "a.csv",
            2,
        ),
        ("Query", json!({"sql": "SELECT 1"}), "", 1),
        (
            "MoveFile",
            json!({"from": "/mnt/w/a.md", "to": "/mnt/w/b.md"}),
            "a.md → b.md",
            1,
        ),
        (
            "MoveFile",
            json!({"from": "/mnt/w/a.md", "to": "/mnt/w/old/a.md"}),
            "a.md → old",
            1,
        ),
        (
            "Convert",
            json!({"file_path": "/mnt/w/a.csv", "to": "xlsx"}),
            "a.csv → xlsx",
            1,
        ),
        (
            "Bash",
            json!({"command": "ls -l", "description": "List files"}),
            "List files",
            1,
        ),
        ("Bash", json!({"command": "ls -l", "description": " "}), "ls -l", 1),
        (
            "TodoWrite",
            json!({"todos": [{"content": "a", "status": "completed"}, {"content": "b", "status": "in_progress"}]}),
            "b",
            2,
        ),
        (
            "AskUserQuestion",
            json!({"questions": [{"question": "Which year?"}, {"question": "Why?"}]}),
            "Which year?",
            2,
        ),
        ("PresentFiles", json!({"paths": ["/mnt/outputs/a.docx"]}), "a.docx", 1),
        (
            "Remember",
            json!({"text": long}),
            "word word word word word word word word word word word word word word word word…",
            1,
        ),
    ];
    for (tool, input, object, count) in cases {
        let used = tool_use(tool, &input);
        assert_eq!((used.object.as_str(), used.count), (object, count), "{tool} {input}");
    }
}
