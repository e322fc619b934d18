//! I10: deleting what can be made anew loses nothing.

use deskhand_testkit::Turn;
use serde_json::json;

use crate::home::Home;

#[test]
fn without_the_cache_a_waiting_task_goes_on_and_can_be_undone() {
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": "after"}))
            .into(),
        Turn::new()
            .tool("DeleteFile", json!({"file_path": "/mnt/work/b.txt"}))
            .into(),
        Turn::new().text("ok").into(),
    ]);
    home.write("a.txt", "before");
    home.write("b.txt", "b");
    home.task(&["go"]).expect(3);
    let cache = home.path().join(".cache/deskhand");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::remove_dir_all(&cache).unwrap();
    let id = home.run(&["approvals", "--json"]).json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    home.run(&["approvals", "allow", &id]).expect(0);
    home.run(&["resume", &home.newest()]).expect(0);
    home.run(&["undo", &home.newest()]).expect(0);
    assert_eq!(
        (home.read("a.txt").as_str(), home.read("b.txt").as_str()),
        ("before", "b")
    );
}

#[test]
fn contents_are_released_by_the_rule_in_the_settings_and_undo_says_so() {
    let write = |content: &str| Turn::new().tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": content}));
    let home = Home::new([write("after").into(), Turn::new().text("ok").into()]);
    home.write("a.txt", "before");
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), "[retention]\nmax_gib = 0\n").unwrap();
    home.task(&["go"]).expect(0);
    let ran = home.run(&["undo", &home.newest(), "--json"]).expect(1);
    let code = ran.json()["error"]["code"].as_str().unwrap().to_owned();
    assert!(ran.stdout.contains("missing"), "{code}: {ran:#?}");
    assert_eq!(home.read("a.txt"), "after", "nothing was changed");
    home.run(&["log", "verify", &home.newest()]).expect(0);
}
