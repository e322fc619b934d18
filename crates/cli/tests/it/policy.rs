//! `policy check`, `explain`, `trust`, `try`, `eval`.

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::home::{Home, ran};

#[test]
fn every_decision_of_a_task_is_explained() {
    let home = Home::new([
        Turn::new().tool("Read", json!({"file_path": "/mnt/work/a.txt"})).into(),
        Turn::new()
            .tool("DeleteFile", json!({"file_path": "/mnt/work/a.txt"}))
            .into(),
        Turn::new().text("kept").into(),
    ]);
    home.write("a.txt", "a");
    home.task(&["tidy"]).expect(3);
    let id = home.run(&["approvals", "--json"]).json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    home.run(&["approvals", "deny", &id]).expect(0);

    let task = home.newest();
    let explained = home.run(&["policy", "explain", &task, "--json"]).expect(0).json();
    let of = |decision: &Value| {
        let fields = ["tool", "effect", "verdict", "rule"];
        fields.map(|field| decision[field].as_str().unwrap().to_owned())
    };
    let decisions = explained.as_array().unwrap();
    assert_eq!(decisions.len(), 2, "{explained:#}");
    assert_eq!(of(&decisions[0]), ["Read", "read", "allow", "reading"]);
    assert_eq!(
        of(&decisions[1]),
        ["DeleteFile", "delete", "ask", "delete-in-no-delete-folder"]
    );
    // The prompt alone taints nothing; the file that was read does.
    assert_eq!(decisions[0]["context"]["integrity"], "person");
    assert_eq!(decisions[1]["context"]["integrity"], "granted_file");
    assert!(
        decisions[1]["context"]["sources"]
            .to_string()
            .contains("/mnt/work/a.txt")
    );
    assert_eq!(decisions[0]["answer"], Value::Null);
    assert_eq!(decisions[1]["answer"]["type"], "deny");

    let call = decisions[1]["call"].as_str().unwrap();
    let text = home.run(&["policy", "explain", &task, call]).expect(0).stdout;
    assert!(text.starts_with("ask "), "{text}");
    assert!(
        text.contains("read by then: you, /mnt/work/a.txt; others could have written some of it"),
        "{text}"
    );
    assert!(text.contains("you said no"), "{text}");
    home.run(&["policy", "explain", &task, "no-such-call"]).expect(2);
}

/// What the trust panel of the web interface shows stands in the terminal, too.
#[test]
fn how_far_a_task_can_be_trusted_is_told() {
    let home = Home::new([
        Turn::new()
            .tool("Read", json!({"file_path": "/mnt/work/minutes.txt"}))
            .into(),
        Turn::new()
            .tool("DeleteFile", json!({"file_path": "/mnt/work/minutes.txt"}))
            .into(),
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/sum.txt", "content": "noon"}))
            .into(),
        Turn::new().tool("Remember", json!({"text": "We meet at noon."})).into(),
        Turn::new().text("kept").into(),
    ]);
    home.write("minutes.txt", "We meet at noon.\u{200b}\u{200b}\n");
    home.task(&["tidy"]).expect(3);
    let task = home.newest();
    let told = || home.run(&["policy", "trust", &task]).expect(0).stdout;
    let open = told();
    assert!(open.contains("it waits for you"), "{open}");
    let id = home.run(&["approvals", "--json"]).json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    home.run(&["approvals", "deny", &id]).expect(0);
    home.run(&["resume", &task]);
    let text = told().replace(&task, "TASK");
    insta::assert_snapshot!(text, @r#"
    Others could have written some of what this task read.
      least trusted: files anybody may have written; data: private

    What was asked or refused
      asked   Delete /mnt/work/minutes.txt  toolu_0002
              this folder is granted without deleting, so taking something away is asked first; it can be undone (delete-in-no-delete-folder)
              by then it had read: file /mnt/work/minutes.txt
              you asked: “tidy”
              “/mnt/work/minutes.txt” (path) is not in your request, and stands nowhere in what was read
              you did not allow it
      3 actions allowed without asking: `deskhand policy explain TASK` lists all

    Hidden content, withheld from the model
      2 invisible characters  in file /mnt/work/minutes.txt

    What was read, and from whom
      file /mnt/work/minutes.txt
        files anybody may have written, private
        less trusted, or more secret, from here on

    What counts as your words
      “tidy”
        yours

    Notes proposed for memory, not in force
      “We meet at noon.”
        from you, file /mnt/work/minutes.txt
    "#);

    let view = home.run(&["policy", "trust", &task, "--json"]).expect(0).json();
    assert_eq!(
        view["context"],
        json!({"integrity": "granted_file", "confidentiality": "private", "tainted": true})
    );
    assert_eq!(view["withheld"][0]["text"], "2 invisible characters");
    assert_eq!(view["decisions"][1]["asked"]["answer"]["type"], "deny");
    home.run(&["policy", "trust", "no-such-task"]).expect(1);
}

#[test]
fn rules_are_tried_on_past_tasks_and_change_nothing() {
    let write = |name: &str| {
        Turn::new()
            .tool(
                "Write",
                json!({"file_path": format!("/mnt/work/{name}"), "content": "x"}),
            )
            .into()
    };
    let says = |text: &str| Turn::new().text(text).into();
    let home = Home::new([write("a.txt"), says("done"), write("b.txt"), says("done")]);
    home.task(&["write a"]).expect(0);
    let first = home.newest();
    home.task(&["write b"]).expect(0);
    home.write(
        "try.toml",
        r#"
        [[rule]]
        name = "look-first"
        verdict = "ask"
        reason = "you want to see new files first"
        when = { effect = ["create"] }
    "#,
    );
    let both = home.run(&["policy", "try", "work/try.toml", "--json"]).expect(0).json();
    assert_eq!(
        (&both["tasks"], &both["judged"], &both["left_out"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!(both["different"].as_array().unwrap().len(), 2, "{both:#}");
    let one = home
        .run(&["policy", "try", "work/try.toml", "--task", &first, "--json"])
        .expect(0)
        .json();
    assert_eq!(
        (&one["tasks"], &one["different"][0]),
        (&json!(1), &both["different"][1])
    );
    let fields = ["task", "tool", "before", "before_rule", "after", "rule", "reason"];
    let expected = [
        &first,
        "Write",
        "allow",
        "reversible-change",
        "ask",
        "look-first",
        "you want to see new files first",
    ];
    assert_eq!(
        fields.map(|field| one["different"][0][field].as_str().unwrap()),
        expected
    );
    let shown = home
        .run(&["policy", "try", "work/try.toml", "--task", &first])
        .expect(0)
        .stdout
        .replace(&first, "TASK")
        .replace(one["different"][0]["call"].as_str().unwrap(), "CALL");
    insta::assert_snapshot!(shown, @r"
    task TASK
      allow → ask  Write /mnt/work/a.txt (1 B)  CALL
          you want to see new files first (look-first)
    ✓ 1 decision in 1 task judged by these rules, 1 would come out differently; nothing was changed
    ");

    // With the rules as they stood there is none, and the tasks and the rules in force are what they were.
    home.write("none.toml", "");
    let none = home.run(&["policy", "try", "work/none.toml"]).expect(0).stdout;
    insta::assert_snapshot!(none, @"✓ 2 decisions in 2 tasks judged by these rules, 0 would come out differently; nothing was changed");
    let explained = home.run(&["policy", "explain", &first, "--json"]).expect(0).json();
    assert_eq!(explained.as_array().unwrap().len(), 1);
    assert!(!home.data().join("policy.toml").exists());

    // Wrong rules are said as `policy check` says them, and a task must be there.
    home.write("wrong.toml", "[[rule]]\nnonsense = 1\n");
    let error = |arguments: &[&str], exit| home.run(arguments).expect(exit).json()["error"]["code"].clone();
    let checked = error(&["policy", "check", "work/wrong.toml", "--json"], 1);
    assert_eq!(checked, "policy.rules-unreadable");
    assert_eq!(error(&["policy", "try", "work/wrong.toml", "--json"], 1), checked);
    home.run(&["policy", "try", "work/missing.toml"]).expect(1);
    home.run(&["policy", "try", "work/try.toml", "--task", "no-such-task"])
        .expect(1);
}

#[test]
fn a_rules_file_is_checked_with_its_examples() {
    let home = Home::offline();
    let right = r#"
        [[rule]]
        name = "never-in-taxes"
        verdict = "deny"
        reason = "you said so"
        when = { path = ["/mnt/*/Taxes/**"] }
        example = [{ effect = "create", path = "/mnt/work/Taxes/2026.xlsx" }]
    "#;
    home.write("right.toml", right);
    let checked = home
        .run(&["policy", "check", "work/right.toml", "--json"])
        .expect(0)
        .json();
    assert_eq!(
        checked,
        json!({"ok": true, "file": "work/right.toml", "rules": ["never-in-taxes"]})
    );
    home.write("wrong.toml", right.replace("work/Taxes", "work/Other"));
    let error = home
        .run(&["policy", "check", "work/wrong.toml", "--json"])
        .expect(1)
        .json();
    assert_eq!(error["error"]["code"], "policy.example-fails");
    home.run(&["policy", "check", "work/none.toml"]).expect(1);
}

/// Also where the person's own rules are broken: that is when one needs it.
#[test]
fn recorded_attacks_are_replayed() {
    let home = Home::offline();
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("policy.toml"), "[[rule]]\nnonsense = 1\n").unwrap();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../policy/tests/data/agentdojo-dev.json");
    let summary = home.run(&["policy", "eval", data, "--json"]).expect(0).json();
    let keys: Vec<&String> = summary.as_object().unwrap().keys().collect();
    let mut expected = [
        "pairs",
        "leaks",
        "leaks_high",
        "asks_per_task",
        "cards_per_task",
        "zero_ask_tasks",
        "tasks",
        "adaptive_off_task",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!((&summary["pairs"], &summary["leaks"]), (&json!(704), &json!(0)));

    let text = home.run(&["policy", "eval", data, "--policy", "P11"]).expect(0).stdout;
    assert!(text.contains("all decisions are those recorded in the file"), "{text}");
    home.run(&["policy", "eval", data, "--policy", "P7"]).expect(2);
    home.write("other.json", "{\"suites\": 1}");
    let error = home
        .run(&["policy", "eval", "work/other.json", "--json"])
        .expect(1)
        .json();
    assert_eq!(error["error"]["code"], "policy.eval-form");
}

/// The file the environment names stands for the platform's own place, which a test cannot write.
#[test]
fn the_organisations_file_is_named_and_holds() {
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/b.txt", "content": "b"}))
            .into(),
        Turn::new().text("not done").into(),
    ]);
    let file = home.path().join("company.toml");
    let rule = r#"
        [[rule]]
        name = "company-read-only"
        verdict = "deny"
        reason = "the company's computers only read"
        when = { effect = ["create", "modify", "delete"] }
        example = [{ effect = "create" }]
    "#;
    std::fs::write(&file, rule).unwrap();
    std::fs::create_dir_all(home.data()).unwrap();
    let own = "[[rule]]\nname = \"mine\"\nverdict = \"allow\"\nreason = \"mine\"\n";
    std::fs::write(home.data().join("policy.toml"), own).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = home.online();
        ran(command
            .env("DESKHAND_MANAGED_POLICY", &file)
            .args(arguments)
            .output()
            .unwrap())
    };
    run(&["run", "-C", "work", "write b"]);
    assert!(!home.exists("b.txt"));
    let explained = run(&["policy", "explain", &home.newest(), "--json"]).expect(0).json();
    assert_eq!(explained[0]["rule"], "company-read-only");
    assert_eq!(explained[0]["file"], file.display().to_string());
    let text = run(&["policy", "explain", &home.newest()]).expect(0).stdout;
    assert!(
        text.contains(&format!("(company-read-only in {})", file.display())),
        "{text}"
    );
    let checked = run(&["policy", "check", "--json"]).expect(0).json();
    assert_eq!(checked["files"][0]["managed"], true);
    assert_eq!(checked["files"][0]["rules"], json!(["company-read-only"]));
    assert_eq!(checked["files"][1]["rules"], json!(["mine"]));

    std::fs::write(&file, rule.replace("effect = \"create\"", "effect = \"read\"")).unwrap();
    let error = run(&["run", "-C", "work", "write b", "--json"]).expect(1);
    assert!(error.stdout.contains("policy.managed-unusable"), "{error:#?}");
    let checked = run(&["policy", "check", "--json"]).expect(1).json();
    assert!(
        checked["files"][0]["error"]
            .as_str()
            .unwrap()
            .contains("example number 1"),
        "{checked:#}"
    );
    // What is no work still works.
    run(&["tasks", "--json"]).expect(0);
}

/// Rules that are wrong are never left out silently: nothing runs, and that is what is said.
#[test]
fn with_wrong_rules_of_ones_own_nothing_runs_and_that_is_said() {
    let home = Home::new([
        Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/b.txt", "content": "b"}))
            .into(),
        Turn::new().text("done").into(),
    ]);
    std::fs::create_dir_all(home.data()).unwrap();
    let file = home.data().join("policy.toml");
    std::fs::write(&file, "[[rule]]\nnonsense = 1\n").unwrap();
    let error = home.run(&["run", "-C", "work", "write b", "--json"]).expect(1).json();
    assert_eq!(error["error"]["code"], "policy.rules-unreadable");
    let hint = error["error"]["hint"].as_str().unwrap();
    assert!(
        hint.contains("Deskhand does not start with a wrong policy.toml"),
        "{hint}"
    );
    assert!(!home.exists("b.txt"));
    std::fs::write(&file, "").unwrap();
    home.run(&["run", "-C", "work", "write b"]).expect(0);
    assert!(home.exists("b.txt"));
}
