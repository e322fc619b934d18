//! Tasks end to end.

use deskhand_testkit::Turn;
use serde_json::json;

use crate::home::{Home, bodies, kinds};

#[test]
fn a_task_of_several_tools_reads_writes_and_hands_over() {
    let home = Home::new([
        Turn::new()
            .text("I will look first.")
            .tool("TodoWrite", json!({"todos": [{"content": "Read", "status": "in_progress"}, {"content": "Write", "status": "pending"}]}))
            .tool("Glob", json!({"pattern": "**/*.md"}))
            .into(),
        Turn::new().tool("Read", json!({"file_path": "/mnt/work/notes.md"})).into(),
        Turn::new().tool("Write", json!({"file_path": "/mnt/work/sub/summary.md", "content": "# Summary\n\nTwo apples.\n"})).into(),
        Turn::new().tool("Edit", json!({"file_path": "/mnt/work/sub/summary.md", "old_string": "Two", "new_string": "Three"})).into(),
        Turn::new().tool("PresentFiles", json!({"paths": ["/mnt/work/sub/summary.md"]})).into(),
        Turn::new().text("Done: summary.md.").into(),
    ]);
    home.write("notes.md", "three apples\n");
    let ran = home.task(&["Summarise"]).expect(0);
    assert_eq!(home.read("sub/summary.md"), "# Summary\n\nThree apples.\n");
    let events = ran.events();
    assert_eq!(
        kinds(&events),
        [
            "task.started",
            // plan and glob
            "model.requested",
            "model.answered",
            "policy.decided",
            "policy.decided",
            "tool.started",
            "plan.updated",
            "tool.finished",
            "tool.started",
            "tool.finished",
            // read
            "model.requested",
            "model.answered",
            "policy.decided",
            "tool.started",
            "tool.finished",
            // write
            "model.requested",
            "model.answered",
            "policy.decided",
            "tool.started",
            "change.intended",
            "change.applied",
            "tool.finished",
            // edit
            "model.requested",
            "model.answered",
            "policy.decided",
            "tool.started",
            "change.intended",
            "change.applied",
            "tool.finished",
            // hand over
            "model.requested",
            "model.answered",
            "policy.decided",
            "tool.started",
            "output.presented",
            "tool.finished",
            "model.requested",
            "model.answered",
            "task.finished",
        ]
    );
    let read = bodies(&events, "tool.finished")[2];
    assert_eq!(read["outcome"]["label"]["integrity"], "granted_file");
    assert_eq!(read["outcome"]["label"]["sources"][0]["detail"], "/mnt/work/notes.md");

    let shown = home.run(&["show", &home.newest(), "--json"]).expect(0).json();
    assert_eq!(shown["status"], "done");
    assert_eq!(shown["outputs"], json!(["/mnt/work/sub/summary.md"]));
    assert_eq!(shown["plan"][0]["content"], "Read");
}

#[test]
fn parallel_calls_of_one_turn_all_get_their_results_in_order() {
    let home = Home::new([
        Turn::new()
            .tool_with_id("a", "Read", json!({"file_path": "one.txt"}))
            .tool_with_id(
                "b",
                "Write",
                json!({"file_path": "/mnt/work/two.txt", "content": "two"}),
            )
            .tool_with_id("c", "Read", json!({"file_path": "/mnt/work/two.txt"}))
            .tool_with_id(
                "d",
                "Edit",
                json!({"file_path": "/mnt/work/two.txt", "old_string": "two", "new_string": "2"}),
            )
            .tool_with_id("e", "Nonsense", json!({}))
            .tool_with_id("f", "Read", json!({"wrong": true}))
            .into(),
        Turn::new().text("ok").into(),
    ]);
    home.write("one.txt", "one");
    home.task(&["go"]).expect(0);
    assert_eq!(home.read("two.txt"), "2");
    let request = home.server.requests()[1].json();
    let results = request["messages"][2]["content"].as_array().unwrap().clone();
    let ids: Vec<_> = results
        .iter()
        .map(|result| result["tool_use_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e", "f"]);
    let errors: Vec<bool> = results
        .iter()
        .map(|result| result["is_error"].as_bool().unwrap_or(false))
        .collect();
    assert_eq!(errors, [false, false, false, false, true, true]);
    let text = results[2].to_string();
    assert!(text.contains("two"), "the read after the write sees it: {text}");
    assert!(
        results[4].to_string().contains("The tools are: Read, Write"),
        "an unknown tool teaches the known ones"
    );
    assert!(
        results[5].to_string().contains("missing field `file_path`"),
        "wrong arguments say what is wrong"
    );
}

#[test]
fn the_prompt_prefix_is_byte_stable_and_small() {
    let mut replies: Vec<_> = (0..6)
        .map(|n| Turn::new().tool("Glob", json!({"pattern": format!("*.{n}")})).into())
        .collect();
    replies.push(Turn::new().text("done").into());
    let home = Home::new(replies);
    home.task(&["go"]).expect(0);
    let requests: Vec<_> = home
        .server
        .requests()
        .iter()
        .map(deskhand_testkit::Recorded::json)
        .collect();
    let first = &requests[0];
    let size =
        serde_json::to_string(&first["system"]).unwrap().len() + serde_json::to_string(&first["tools"]).unwrap().len();
    assert!(size <= 16 * 1024, "system prompt and tools are {size} bytes");
    let strip = |value: &serde_json::Value| {
        value
            .to_string()
            .replace(",\"cache_control\":{\"type\":\"ephemeral\"}", "")
            .replace("\"cache_control\":{\"type\":\"ephemeral\"},", "")
    };
    for pair in requests.windows(2) {
        assert_eq!(pair[0]["system"], pair[1]["system"]);
        assert_eq!(pair[0]["tools"], pair[1]["tools"]);
        let (earlier, later) = (
            pair[0]["messages"].as_array().unwrap(),
            pair[1]["messages"].as_array().unwrap(),
        );
        for (a, b) in earlier.iter().zip(later) {
            assert_eq!(strip(a), strip(b));
        }
    }
}

#[test]
fn query_gives_numbers_with_their_cells() {
    let home = Home::new([
        Turn::new().tool("Query", json!({"sql": "DESCRIBE"})).into(),
        Turn::new()
            .tool(
                "Query",
                json!({"sql": "SELECT region, sum(amount) AS total FROM sales GROUP BY region ORDER BY region"}),
            )
            .into(),
        Turn::new().text("done").into(),
    ]);
    home.write("sales.csv", "region,amount\nNorth,10.5\nSouth,4\nNorth,2\n");
    let events = home.task(&["totals"]).expect(0).events();
    let result = bodies(&events, "tool.finished")[1];
    assert_eq!(
        result["outcome"]["data"]["rows"],
        json!([["North", 12.5], ["South", 4]])
    );
    assert_eq!(result["outcome"]["data"]["sources"][0]["path"], "/mnt/work/sales.csv");
}

#[test]
fn a_word_document_with_a_chart_is_written_from_markdown() {
    let chart = "# Sales\n\n```chart\n{\"type\":\"bar\",\"title\":\"By region\",\"sql\":\"select region, sum(amount) as total from sales group by region\"}\n```\n";
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/report.docx", "content": chart}))
            .into(),
        Turn::new()
            .tool("Read", json!({"file_path": "/mnt/work/report.docx"}))
            .into(),
        Turn::new().text("done").into(),
    ]);
    home.write("sales.csv", "region,amount\nNorth,10.5\nSouth,4\nNorth,2\n");
    let events = home.task(&["report"]).expect(0).events();
    let read = bodies(&events, "tool.finished")[1];
    assert!(
        read["outcome"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("Sales"),
        "{read:#}"
    );
    let bytes = std::fs::read(home.work().join("report.docx")).unwrap();
    assert!(
        bytes
            .windows(9)
            .any(|part| part == b"media/ima" || part == b"word/medi"),
        "the document holds a picture"
    );
}

#[test]
fn json_output_is_one_object() {
    let home = Home::new([Turn::new().text("Hello.").into()]);
    let ran = home.run(&["run", "-C", "work", "--json", "say hello"]).expect(0).json();
    assert_eq!(ran["status"], "done");
    assert_eq!(ran["summary"], "Hello.");
    assert_eq!(ran["exit"], 0);
    let tasks = home.run(&["tasks", "--json"]).json();
    assert_eq!(tasks[0]["id"], ran["id"]);
    let first_keys: Vec<_> = tasks[0].as_object().unwrap().keys().take(0).collect();
    assert!(first_keys.is_empty());
    assert!(
        home.run(&["tasks", "--json"])
            .stdout
            .trim_start()
            .starts_with("[\n  {\n    \"id\""),
        "`id` comes first"
    );
}

#[test]
fn more_can_be_said_to_a_finished_task() {
    let home = Home::new([Turn::new().text("First.").into(), Turn::new().text("Second.").into()]);
    home.task(&["one"]).expect(0);
    let task = home.newest();
    home.run(&["resume", &task, "and", "two"]).expect(0);
    let request = home.server.requests()[1].json();
    let said: Vec<_> = request["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["user", "assistant", "user"]);
    assert!(request["messages"][2].to_string().contains("and two"));
}

#[test]
fn search_finds_what_tools_gave_and_export_tells_the_story() {
    let home = Home::new([
        Turn::new().tool("Read", json!({"file_path": "a.txt"})).into(),
        Turn::new().text("It is about zebras.").into(),
    ]);
    home.write("a.txt", "the quick okapi\n");
    home.task(&["what is it about"]).expect(0);
    let task = home.newest();
    let hits = home.run(&["search", "okapi", "--json"]).expect(0).json();
    assert_eq!(hits[0]["id"], task.as_str());
    assert_eq!(hits[0]["kind"], "tool.finished");
    let exported = home.run(&["export", &task]).expect(0).stdout;
    assert!(
        exported.contains("## You\n\nwhat is it about") && exported.contains("It is about zebras."),
        "{exported}"
    );
    let events = home.run(&["export", &task, "--json"]).expect(0).json();
    assert_eq!(events[0]["kind"], "task.started");
    let verified = home.run(&["log", "verify", &task, "--json"]).expect(0).json();
    assert_eq!(verified["events"], events.as_array().unwrap().len());
}
