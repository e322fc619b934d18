//! Standing folders, and folders that are refused.

use deskhand_testkit::Turn;
use serde_json::json;

use crate::home::Home;

#[test]
fn standing_folders_serve_tasks_that_name_none() {
    let home = Home::new([
        Turn::new().tool("Read", json!({"file_path": "/mnt/work/a.txt"})).into(),
        Turn::new().text("ok").into(),
    ]);
    home.write("a.txt", "hello standing folder");
    home.run(&["folders", "add", "work:ro"]).expect(0);
    let listed = home.run(&["folders", "list", "--json"]).expect(0).json();
    assert_eq!((&listed[0]["name"], &listed[0]["mode"]), (&json!("work"), &json!("ro")));
    home.run(&["run", "go"]).expect(0);
    assert!(
        home.server.requests()[1]
            .json()
            .to_string()
            .contains("hello standing folder")
    );
    home.run(&["folders", "revoke-all"]).expect(0);
    assert_eq!(home.run(&["folders", "list", "--json"]).json(), json!([]));
}

#[test]
fn a_folder_outside_the_personal_one_is_allowed_once_and_recorded() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().to_str().unwrap();
    let home = Home::new([Turn::new().text("ok").into(), Turn::new().text("ok").into()]);
    let ran = home.run(&["run", "-C", folder, "--json", "go"]).expect(5);
    assert_eq!(ran.json()["error"]["code"], "workspace.folder-outside-home");
    assert_eq!(home.server.requests().len(), 0);
    home.run(&["run", "-C", folder, "--allow-outside-home", "go"]).expect(0);
    // Recorded: the second time needs no flag. It is no standing folder for it.
    home.run(&["run", "-C", folder, "go"]).expect(0);
    assert_eq!(home.run(&["folders", "list", "--json"]).json(), json!([]));
}

#[test]
fn system_folders_are_refused_even_with_the_flag() {
    let home = Home::offline();
    for folder in ["/", "/etc", "/usr"] {
        home.run(&["run", "-C", folder, "--allow-outside-home", "go"]).expect(5);
    }
    // Deskhand's own data is no folder for tasks.
    home.run(&["tasks"]).expect(0);
    home.run(&["run", "-C", ".deskhand", "go"]).expect(5);
}

#[cfg(unix)]
#[test]
fn links_and_dots_do_not_leave_the_folder() {
    let secret = "the secret outside";
    let paths = [
        "/mnt/work/../outside.txt",
        "/mnt/work/link.txt",
        "/mnt/work/dir/outside.txt",
        "../outside.txt",
        "/etc/hostname",
    ];
    let mut turn = Turn::new();
    for path in paths {
        turn = turn
            .tool("Read", json!({"file_path": path}))
            .tool("Write", json!({"file_path": path, "content": "overwritten"}));
    }
    let home = Home::new([turn.into(), Turn::new().text("ok").into()]);
    std::fs::write(home.path().join("outside.txt"), secret).unwrap();
    std::os::unix::fs::symlink(home.path().join("outside.txt"), home.work().join("link.txt")).unwrap();
    std::os::unix::fs::symlink(home.path(), home.work().join("dir")).unwrap();
    home.task(&["--mode", "skip", "go"]);
    assert_eq!(
        std::fs::read_to_string(home.path().join("outside.txt")).unwrap(),
        secret
    );
    assert!(!home.server.requests()[1].json().to_string().contains(secret));
}
