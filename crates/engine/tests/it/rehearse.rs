//! Rules tried on what tasks did: with the rules as they stood nothing comes out differently, whatever took part in the
//! decision; with others what they change does.

use std::sync::Arc;

use deskhand_engine::{Past, Rehearsal, RunEnd, StartOptions};
use deskhand_testkit::Reply;
use deskhand_types::{Answer, EventBody, FinishStatus, GrantMode, Mode, Reading, TaskId};
use serde_json::json;

use crate::{
    desk::{Desk, bash, call, done},
    hooks::guarded,
    post::{Post, send},
    skills::own,
};

const DENYING: &str = r#"
    [[rule]]
    name = "no-mail"
    verdict = "deny"
    reason = "nothing is sent"
    when = { tool = ["mcp__post__send_email"] }
"#;

fn write(name: &str, content: &str) -> Reply {
    call(
        "Write",
        json!({"file_path": format!("/mnt/work/{name}"), "content": content}),
    )
}

fn start(desk: &Desk, prompt: &str, mode: Mode, reading: Reading) -> TaskId {
    desk.engine
        .start(StartOptions {
            prompt: prompt.to_owned(),
            folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWriteNoDelete)],
            mode,
            reading,
            ..StartOptions::default()
        })
        .unwrap()
}

/// Verdict and rule of each decision.
fn decided(desk: &Desk, task: &TaskId) -> Vec<(String, String)> {
    let decision = |event: deskhand_types::Event| match event.body {
        EventBody::PolicyDecided { verdict, rule, .. } => Some((verdict, rule)),
        _ => None,
    };
    desk.events(task).into_iter().filter_map(decision).collect()
}

fn rules(decided: &[(String, String)]) -> Vec<&str> {
    decided.iter().map(|(_, rule)| rule.as_str()).collect()
}

/// Every decision of the task is judged anew, and comes out as it did.
fn same(desk: &Desk, task: &TaskId) {
    let judged = decided(desk, task).len() as u64;
    let expected = Rehearsal {
        tasks: 1,
        judged,
        ..Rehearsal::default()
    };
    assert!(judged > 0);
    assert_eq!(desk.engine.rehearse("", Past::One(task)).unwrap(), expected);
}

/// Content of a variable goes unasked to whom the person named; an address of a variable is asked about, though the
/// conversation is clean; and what a command changed is judged by what it could read.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_reads_apart() {
    let post = Arc::new(Post::default());
    let desk = Desk::new([
        call("Read", json!({"file_path": "/mnt/work/letter.txt"})),
        send("ana@firm.example", "{$v1}"),
        call("Read", json!({"file_path": "/mnt/work/address.txt"})),
        send("$v3", "hello"),
        bash("write /mnt/work/out.txt x"),
        done(),
    ])
    .connect(post.clone());
    desk.write("letter.txt", "The bill is due.");
    desk.write("address.txt", "eve@evil.example");
    let task = start(
        &desk,
        "Read the letter and mail it to ana@firm.example",
        Mode::Auto,
        Reading::Apart,
    );
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    desk.answer(Answer::Allow);
    let mut end = desk.work(&task).await;
    while matches!(end, RunEnd::Parked(_)) {
        desk.answer(Answer::Allow);
        end = desk.work(&task).await;
    }
    assert_eq!(end, RunEnd::Finished(FinishStatus::Done));
    let verdicts: Vec<String> = decided(&desk, &task).into_iter().map(|(verdict, _)| verdict).collect();
    assert_eq!(&verdicts[..4], ["allow", "allow", "allow", "ask"], "{verdicts:?}");
    same(&desk, &task);
    let rehearsal = desk.engine.rehearse(DENYING, Past::One(&task)).unwrap();
    let after: Vec<_> = rehearsal
        .different
        .iter()
        .map(|one| (one.before.as_str(), one.after))
        .collect();
    assert_eq!(after, [("allow", "deny"), ("ask", "deny")]);
    // Without the connector it cannot be told what its calls would carry where: they are left out, and that is said.
    let judged = verdicts.len() as u64;
    let desk = desk.disconnect();
    let rehearsal = desk.engine.rehearse("", Past::One(&task)).unwrap();
    assert_eq!((rehearsal.judged, rehearsal.left_out), (judged - 2, 2));
    assert_eq!(rehearsal.different, []);
}

/// The question of a mode that a skill takes out of the way, the tool it takes away, and the command that stands in its text.
#[tokio::test]
async fn a_task_that_uses_skills() {
    let desk = Desk::new([
        write("a.txt", "x"),
        bash("say hello"),
        done(),
        write("c.txt", "x"),
        done(),
        done(),
    ]);
    own(&desk, "fill", "allowed-tools: Write, Bash(say:*)\n", "Fill it in.");
    own(&desk, "look", "disallowed-tools: Write\n", "Only look.");
    own(&desk, "now", "", "!`git status`\nGo on.");
    desk.stage.answer("git status", 0, "all clean", "");
    let mut ran = Vec::new();
    for (prompt, mode, expected) in [
        ("/fill", Mode::Manual, &["skill-allows", "skill-allows"][..]),
        ("/look", Mode::Auto, &["skill-disallows"]),
        ("/now", Mode::Auto, &["command-in-the-machine"]),
    ] {
        let task = start(&desk, prompt, mode, Reading::Direct);
        desk.work(&task).await;
        assert_eq!(rules(&decided(&desk, &task)), expected);
        same(&desk, &task);
        ran.push(task);
    }
    let all = desk.engine.rehearse("", Past::All).unwrap();
    assert_eq!((all.tasks, all.judged, all.different), (3, 4, Vec::new()));
    assert_eq!(desk.engine.rehearse("", Past::Latest(1)).unwrap().judged, 1);
    // What a skill allows it allows because nobody's rule asks; a rule of one's own is not lifted.
    let asking = r#"
        [[rule]]
        name = "mine"
        verdict = "ask"
        reason = "I want to see it"
        when = { effect = ["create", "exec"] }
    "#;
    let asked = desk.engine.rehearse(asking, Past::All).unwrap().different;
    let asked: Vec<_> = asked
        .iter()
        .map(|one| (&one.task, one.tool.as_str(), one.after))
        .collect();
    let expected = [
        (&ran[2], "Bash", "ask"),
        (&ran[0], "Write", "ask"),
        (&ran[0], "Bash", "ask"),
    ];
    assert_eq!(asked, expected);
}

/// A hook wants the person asked of one call and refuses another. The rehearsal runs none.
#[tokio::test]
async fn a_task_whose_hooks_made_decisions_stricter() {
    let mut desk = Desk::new([write("never.txt", "x"), write("asked.txt", "x"), done()]);
    guarded(
        &desk,
        &json!({"PreToolUse": [{"hooks": [{"type": "command", "command": "judge"}]}]}),
    );
    let ask = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "ask",
        "permissionDecisionReason": "look twice"}});
    desk.stage.answer("asked.txt", 0, &ask.to_string(), "");
    desk.stage.answer("never.txt", 2, "", "not this one");
    let task = start(&desk, "go", Mode::Auto, Reading::Direct);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    desk.answer(Answer::Allow);
    // What a hook said holds in another process as well: the yes is for what was asked, and nothing is decided anew.
    desk.restart();
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    let decided = decided(&desk, &task);
    let decided: Vec<_> = decided
        .iter()
        .map(|(verdict, rule)| (verdict.as_str(), rule.as_str()))
        .collect();
    assert_eq!(decided, [("deny", "hook"), ("ask", "hook")]);
    assert_eq!(
        (desk.read("asked.txt").as_deref(), desk.read("never.txt")),
        (Some("x"), None)
    );
    let runs = desk.stage.runs.load(std::sync::atomic::Ordering::SeqCst);
    same(&desk, &task);
    assert_eq!(desk.stage.runs.load(std::sync::atomic::Ordering::SeqCst), runs);
}

/// Hidden content that nobody asked for is a question in every mode, and none where the person's words speak of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_unveils_hidden_content() {
    let hidden = || call("Read", json!({"file_path": "/mnt/work/page.html", "with_hidden": true}));
    let desk = Desk::new([hidden(), done(), hidden(), done()]);
    desk.write("page.html", "<p>Visible</p><!-- for eve -->");
    let task = start(&desk, "What does the page say?", Mode::Auto, Reading::Direct);
    assert!(matches!(desk.work(&task).await, RunEnd::Parked(_)));
    desk.answer(Answer::Allow);
    assert_eq!(desk.work(&task).await, RunEnd::Finished(FinishStatus::Done));
    assert_eq!(rules(&decided(&desk, &task)), ["hidden-content"]);
    same(&desk, &task);
    let asked = start(&desk, "Is there hidden text in the page?", Mode::Auto, Reading::Direct);
    desk.work(&asked).await;
    assert_eq!(rules(&decided(&desk, &asked)), ["reading"]);
    same(&desk, &asked);
}

/// Changed rules change what they speak of and nothing else, in the task that was named and in no other; and whoever
/// took part in a decision besides the rules still does.
#[tokio::test]
async fn changed_rules_give_the_difference_they_make() {
    const ASKING: &str = r#"
        [[rule]]
        name = "ask-taxes"
        verdict = "ask"
        reason = "taxes are looked at first"
        when = { path = ["/mnt/*/taxes*"], effect = ["create"] }
    "#;
    let desk = Desk::new([
        write("taxes.txt", "x"),
        write("notes.txt", "x"),
        done(),
        write("taxes-2.txt", "x"),
        done(),
    ]);
    let task = start(&desk, "go", Mode::Auto, Reading::Direct);
    desk.work(&task).await;
    let other = start(&desk, "go", Mode::Auto, Reading::Direct);
    desk.work(&other).await;
    let before = desk.events(&task).len();
    same(&desk, &task);
    let rehearsal = desk.engine.rehearse(ASKING, Past::One(&task)).unwrap();
    assert_eq!((rehearsal.tasks, rehearsal.judged, rehearsal.left_out), (1, 2, 0));
    let [one] = &rehearsal.different[..] else {
        panic!("{rehearsal:#?}")
    };
    assert_eq!(one.task, task);
    assert_eq!((one.before.as_str(), one.after), ("allow", "ask"));
    assert_eq!(
        (one.rule.as_str(), one.reason.as_str()),
        ("ask-taxes", "taxes are looked at first")
    );
    assert!(one.summary.contains("taxes.txt"), "{one:#?}");
    assert_eq!(desk.engine.rehearse(ASKING, Past::All).unwrap().different.len(), 2);
    assert_eq!(desk.events(&task).len(), before, "nothing was changed");
}
