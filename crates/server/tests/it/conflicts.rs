//! What keeps an undo from being done is told file by file, and the rest can be undone.

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::desk::Desk;

fn write(name: &str) -> (&'static str, Value) {
    let path = format!("/mnt/work/{name}");
    (
        "Write",
        json!({"file_path": path, "content": format!("{name} of the task\n")}),
    )
}

#[test]
fn every_file_in_the_way_is_named_with_what_differs_and_the_rest_is_undone() {
    let names = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"];
    let mut turn = Turn::new();
    for name in names {
        let (tool, input) = write(name);
        turn = turn.tool(tool, input);
    }
    turn = turn.tool("DeleteFile", json!({"file_path": "/mnt/work/old.txt"}));
    let desk = Desk::new([turn.into(), Turn::new().text("done").into()]);
    desk.write("old.txt", "old\n");
    let task = desk.start(&json!({"prompt": "Write the files"}));
    let page = desk.until_status(&task, "done");
    assert_eq!(page["rail"]["changes"][0]["of"], Value::Null);

    for name in &names[..4] {
        desk.write(name, "mine\n");
    }
    std::fs::remove_file(desk.work().join("e.txt")).unwrap();
    desk.write("old.txt", "mine, too\n");
    let undo = |body: &Value| desk.send("POST", &format!("/tasks/{task}/undo"), body);
    let refused = undo(&json!({})).expect(409).json();
    assert_eq!(refused["code"], "workspace.conflict");
    let mut told: Vec<(String, String)> = refused["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let word = |field: &str| one[field].as_str().unwrap().to_owned();
            assert_eq!(format!("/mnt/work/{}", word("name")), word("path"));
            let is_new = word("what") == "new";
            assert_eq!(one.get("written").is_none(), is_new, "{one}");
            if !is_new {
                let hash = word("written");
                let file = format!("/tasks/{task}/file?path={}&hash={hash}", word("path"));
                let text = desk.get(&file).expect(200).json()["body"]["text"].clone();
                assert_eq!(text, json!(format!("{} of the task\n", word("name"))));
            }
            (word("name"), word("what"))
        })
        .collect();
    told.sort();
    let expected = [
        ("a.txt", "changed"),
        ("b.txt", "changed"),
        ("c.txt", "changed"),
        ("d.txt", "changed"),
        ("e.txt", "gone"),
        ("old.txt", "new"),
    ];
    assert_eq!(told, expected.map(|(name, what)| (name.to_owned(), what.to_owned())));

    let except: Vec<&Value> = refused["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["path"])
        .collect();
    let done = undo(&json!({"except": except})).expect(200).json();
    assert_eq!(done["files"].as_array().unwrap().len(), 1);
    assert_eq!(desk.read("f.txt"), None);
    assert_eq!(desk.read("a.txt").as_deref(), Some("mine\n"));
    assert_eq!(desk.read("old.txt").as_deref(), Some("mine, too\n"));
    let steps = desk.get(&format!("/tasks/{task}")).json()["rail"]["changes"].clone();
    let last = steps.as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["of"]), (&json!("undo"), &json!([6])));
    assert_eq!(last["title"], "Undo of step 6");
}
