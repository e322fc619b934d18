//! The organisation's rules: they hold whatever the person's own say, and a file that cannot be used stops all work.

use deskhand_engine::{EngineError, Nobody, Past, StartOptions, Unwatched};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{Code, Coded as _, EventBody, GrantMode, Mode};
use serde_json::json;

use crate::desk::{Desk, call, done};

const REFUSING: &str = r#"
    [[rule]]
    name = "no-deletions"
    verdict = "deny"
    reason = "the company keeps its files"
    when = { tool = ["DeleteFile"] }
    example = [{ tool = "DeleteFile", effect = "delete" }]
"#;
const ALLOWING: &str = r#"
    [[rule]]
    name = "mine"
    verdict = "allow"
    reason = "I said so"
    when = { tool = ["DeleteFile"] }
"#;

fn delete() -> Reply {
    Turn::new()
        .tool("DeleteFile", json!({"file_path": "/mnt/work/a.txt"}))
        .into()
}

fn manage(desk: &Desk, text: &str) -> String {
    let file = desk.dir.path().join("managed/policy.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// The file is put there while the program runs; the next task heeds it, and the decision names file and rule.
#[tokio::test(flavor = "multi_thread")]
async fn the_persons_own_rules_do_not_lift_it() {
    let desk = Desk::new([delete(), done(), delete(), done()]);
    desk.engine.reconfigure(desk.engine.models(), ALLOWING).unwrap();
    let decided = |task| {
        let decided = desk.events(&task).into_iter().find_map(|event| match event.body {
            EventBody::PolicyDecided {
                verdict, rule, file, ..
            } => Some((verdict, rule, file)),
            _ => None,
        });
        decided.unwrap()
    };
    let own = desk.dir.path().join(".deskhand/policy.toml").display().to_string();
    desk.write("a.txt", "a");
    assert_eq!(decided(desk.run().await), ("allow".into(), "mine".into(), own));
    assert_eq!(desk.read("a.txt"), None);

    let file = manage(&desk, REFUSING);
    desk.write("a.txt", "a");
    assert_eq!(
        decided(desk.run().await),
        ("deny".into(), "no-deletions".into(), file.clone())
    );
    assert_eq!(desk.read("a.txt").as_deref(), Some("a"));
    // And what is shown tells whose rule it is.
    let first = desk.engine.rules().remove(0);
    assert_eq!((first.origin.as_str(), first.file), ("managed", file));
    // A trial of other rules is a trial below the organisation's.
    let rehearsal = desk.engine.rehearse(ALLOWING, Past::All).unwrap();
    let changed: Vec<&str> = rehearsal.different.iter().map(|one| one.after).collect();
    assert_eq!(
        changed,
        ["deny"],
        "what was allowed before the file came would be refused now"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_stops_all_work() {
    let desk = Desk::new([delete(), done()]);
    desk.write("a.txt", "a");
    let task = desk.start(Mode::Auto, GrantMode::ReadWrite);
    let refused = |error: EngineError, why: &str| {
        assert_eq!(error.code().to_string(), "policy.managed-unusable");
        let text = error.to_string();
        assert!(text.contains("managed/policy.toml") && text.contains(why), "{text}");
    };
    let cases = [
        ("[[rule]]\nnonsense = 1".to_owned(), "nonsense"),
        (
            REFUSING.replace("[{ tool = \"DeleteFile\"", "[{ tool = \"Write\""),
            "example number 1",
        ),
        ("\u{0}".to_owned(), "cannot be read"),
        ("#".repeat((1 << 20) + 1), "longer"),
    ];
    for (text, why) in &cases {
        manage(&desk, text);
        refused(
            desk.engine
                .start(StartOptions {
                    prompt: "go".into(),
                    ..StartOptions::default()
                })
                .unwrap_err(),
            why,
        );
        // Also one that was started before.
        refused(desk.engine.work(&task, &Nobody, &Unwatched).await.unwrap_err(), why);
    }
    // A folder in its place, and a link that leads nowhere, are no rules either.
    let place = desk.dir.path().join("managed/policy.toml");
    std::fs::remove_file(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    refused(desk.engine.work(&task, &Nobody, &Unwatched).await.unwrap_err(), "");
    std::fs::remove_dir(&place).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", &place).unwrap();
        refused(desk.engine.work(&task, &Nobody, &Unwatched).await.unwrap_err(), "");
        std::fs::remove_file(&place).unwrap();
    }
    // Nor is one that everybody can write.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |bits| std::fs::set_permissions(&place, std::fs::Permissions::from_mode(bits)).unwrap();
        manage(&desk, "");
        mode(0o666);
        refused(
            desk.engine.work(&task, &Nobody, &Unwatched).await.unwrap_err(),
            "can be written by others",
        );
        assert!(
            desk.engine.rehearse("", Past::All).is_err(),
            "no trial of rules that are not in force"
        );
        mode(0o644);
    }
    assert_eq!(desk.read("a.txt").as_deref(), Some("a"), "nothing was done");
    // Put right, the task goes on.
    desk.work(&task).await;
    assert_eq!(desk.read("a.txt"), None);
}

/// What may not be read is not met by searches, lists or questions about tables either; named, it is refused.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_keeps_from_reading_no_search_comes_to() {
    let desk = Desk::new([
        call("Grep", json!({"pattern": "salary", "output_mode": "content"})),
        call("Glob", json!({"pattern": "**/*.csv"})),
        call("Query", json!({"sql": "DESCRIBE"})),
        call(
            "Query",
            json!({"sql": "select * from pay", "tables": ["/mnt/work/pay.csv"]}),
        ),
        call("Read", json!({"file_path": "/mnt/work/pay.csv"})),
        done(),
    ]);
    desk.write("pay.csv", "name,salary\nAna,1000\n");
    desk.write("list.csv", "name,salary\nBen,2000\n");
    manage(
        &desk,
        "[[rule]]\nname = \"pay\"\nverdict = \"deny\"\nreason = \"pay is not for agents\"\nwhen = { path = [\"/mnt/*/pay*\"] }\n",
    );
    let task = desk.run().await;
    let outcomes = desk.outcomes(&task);
    for outcome in &outcomes {
        assert!(!format!("{outcome:?}").contains("Ana"), "{outcome:#?}");
    }
    let texts: Vec<&str> = outcomes.iter().map(crate::desk::text).collect();
    let kept = "[1 file or folder is kept from searches by a rule; name it to ask for it]";
    assert_eq!(texts[0], format!("/mnt/work/list.csv:1:name,salary\n{kept}"));
    assert_eq!(texts[1], format!("/mnt/work/list.csv\n{kept}"));
    assert!(
        texts[2].contains("### list") && !texts[2].contains("### pay"),
        "{}",
        texts[2]
    );
    let refused: Vec<Option<&str>> = outcomes[3..]
        .iter()
        .map(|outcome| outcome.error.as_ref().map(Code::as_str))
        .collect();
    assert_eq!(refused, [Some("tool.refused"); 2]);
    assert_eq!(desk.engine.rules().remove(0).name, "pay");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_keeps_from_one_search_alone_only_that_search_does_not_come_to() {
    for (tool, found) in [("Grep", [false, true]), ("Glob", [true, false])] {
        let desk = Desk::new([
            call("Grep", json!({"pattern": "salary", "output_mode": "content"})),
            call("Glob", json!({"pattern": "**/*.csv"})),
            call("Read", json!({"file_path": "/mnt/work/pay.csv"})),
            done(),
        ]);
        desk.write("pay.csv", "name,salary\nAna,1000\n");
        let rule = format!(
            "[[rule]]\nname = \"pay\"\nverdict = \"deny\"\nreason = \"not searched\"\n\
             when = {{ tool = [\"{tool}\"], path = [\"/mnt/*/pay*\"] }}\n"
        );
        manage(&desk, &rule);
        let task = desk.run().await;
        let outcomes = desk.outcomes(&task);
        let came_to: Vec<bool> = outcomes
            .iter()
            .map(|outcome| crate::desk::text(outcome).contains("pay.csv"))
            .collect();
        assert_eq!(came_to[..2], found, "{tool}: {outcomes:#?}");
        assert!(
            crate::desk::text(&outcomes[2]).contains("Ana"),
            "{tool}: reading is another tool"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_on_a_tool_without_paths_bars_the_tool() {
    let desk = Desk::new([call("Grep", json!({"pattern": "salary"})), done()]);
    desk.write("pay.csv", "name,salary\nAna,1000\n");
    manage(
        &desk,
        "[[rule]]\nname = \"no-search\"\nverdict = \"deny\"\nreason = \"nothing is searched\"\nwhen = { tool = [\"Grep\"] }\n",
    );
    let task = desk.run().await;
    let outcome = desk.outcomes(&task).remove(0);
    assert_eq!(outcome.error.as_ref().map(Code::as_str), Some("tool.refused"));
    assert!(
        crate::desk::text(&outcome).contains("nothing is searched"),
        "{outcome:?}"
    );
}
