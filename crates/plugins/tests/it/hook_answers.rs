//! What the answers of hooks mean (A10): every event × exit code × JSON × timeout.

use deskhand_plugins::format::hooks::output::{LONGEST, interpret_http, interpret_model};
use deskhand_plugins::format::hooks::{Answer, Decision, Event, Exit, Verdict, interpret, merge};
use serde_json::{Value, json};

fn answer(exit: Exit, stdout: &str) -> Answer {
    Answer {
        exit,
        stdout: stdout.to_owned(),
        stderr: "on stderr".to_owned(),
    }
}

/// Whether exit code 2 blocks: the table of the specification, written out again so that a slip in the code shows.
const BLOCKING: [&str; 14] = [
    "UserPromptSubmit",
    "UserPromptExpansion",
    "PreToolUse",
    "PostToolBatch",
    "SubagentStop",
    "Stop",
    "PreCompact",
    "Elicitation",
    "ElicitationResult",
    "ConfigChange",
    "WorktreeCreate",
    "TaskCreated",
    "TaskCompleted",
    "TeammateIdle",
];

#[test]
fn the_matrix_of_events_exit_codes_json_and_timeouts() {
    assert_eq!(Event::ALL.len(), 31);
    let note = r#"  {"systemMessage": "note"}"#;
    let broken = "{ not json";
    for &event in Event::ALL {
        let blocks = BLOCKING.contains(&event.name());
        let say = |exit: Exit, stdout: &str| interpret(event, &answer(exit, stdout));
        // Not in time: nothing is decided, whatever was printed.
        for stdout in ["", note, "plain", broken] {
            let verdict = say(Exit::TimedOut, stdout);
            assert_eq!(
                (verdict.decision, verdict.errors.len(), verdict.stop),
                (None, 1, None),
                "{event:?}"
            );
        }
        // 0: JSON is read; text is context on four events; what is not JSON is the hook's failure.
        assert_eq!(
            say(Exit::Code(0), note),
            Verdict {
                messages: vec!["note".into()],
                ..Verdict::default()
            },
            "{event:?}"
        );
        let takes_text = matches!(
            event,
            Event::SessionStart | Event::Setup | Event::UserPromptSubmit | Event::UserPromptExpansion
        );
        let context = if takes_text {
            vec!["plain".to_owned()]
        } else {
            Vec::new()
        };
        assert_eq!(
            say(Exit::Code(0), " plain\n"),
            Verdict {
                context,
                ..Verdict::default()
            },
            "{event:?}"
        );
        assert_eq!(say(Exit::Code(0), ""), Verdict::default(), "{event:?}");
        let verdict = say(Exit::Code(0), broken);
        assert_eq!((verdict.decision, verdict.errors.len()), (None, 1), "{event:?}");
        // 2: blocks where it can, whatever the JSON says, broken or not.
        for stdout in ["", "plain", note, broken, r#"{"decision": "approve"}"#] {
            let verdict = say(Exit::Code(2), stdout);
            assert_eq!(verdict.blocks(), blocks, "{event:?} {stdout}");
            if blocks {
                assert_eq!(
                    (verdict.reason.as_deref(), verdict.messages.len()),
                    (Some("on stderr"), 0),
                    "{event:?}"
                );
            } else if event == Event::PostToolUse {
                assert_eq!(verdict.context, ["on stderr"]);
            }
        }
        // 1: JSON that can be read decides; else the hook failed, and that stops nothing but the making of a working copy.
        let verdict = say(Exit::Code(1), note);
        if event == Event::WorktreeCreate {
            assert!(verdict.blocks());
        } else {
            assert_eq!(
                verdict,
                Verdict {
                    messages: vec!["note".into()],
                    ..Verdict::default()
                },
                "{event:?}"
            );
        }
        for stdout in ["", "plain", broken] {
            let verdict = say(Exit::Code(1), stdout);
            assert_eq!(verdict.blocks(), event == Event::WorktreeCreate, "{event:?}");
            assert_eq!(
                verdict.errors.len(),
                usize::from(event != Event::WorktreeCreate),
                "{event:?}"
            );
        }
        assert_eq!(
            say(Exit::Failed("gone".into()), "").blocks(),
            event == Event::WorktreeCreate,
            "{event:?}"
        );
    }
}

fn json_of(event: Event, value: Value) -> Verdict {
    interpret(
        event,
        &Answer {
            exit: Exit::Code(0),
            stdout: value.to_string(),
            stderr: String::new(),
        },
    )
}

#[test]
fn before_a_tool() {
    for (word, decision) in [
        ("allow", Decision::Allow),
        ("ask", Decision::Ask),
        ("defer", Decision::Defer),
        ("deny", Decision::Deny),
    ] {
        let own = json!({"hookEventName": "PreToolUse", "permissionDecision": word, "permissionDecisionReason": "r",
            "updatedInput": {"command": "ls"}, "additionalContext": "c"});
        let verdict = json_of(Event::PreToolUse, json!({"hookSpecificOutput": own}));
        let expected = Verdict {
            decision: Some(decision),
            reason: Some("r".into()),
            updated_input: Some(json!({"command": "ls"})),
            context: vec!["c".into()],
            ..Verdict::default()
        };
        assert_eq!(verdict, expected);
    }
    for (word, decision) in [
        ("approve", Decision::Allow),
        ("block", Decision::Deny),
        ("ask_user", Decision::Ask),
    ] {
        let verdict = json_of(Event::PreToolUse, json!({"decision": word, "reason": "old"}));
        assert_eq!(
            (verdict.decision, verdict.reason.as_deref()),
            (Some(decision), Some("old"))
        );
    }
}

#[test]
fn what_the_other_events_may_answer() {
    let own = |event: Event, value: Value| json_of(event, json!({"hookSpecificOutput": value}));
    let permission = own(
        Event::PermissionRequest,
        json!({"decision": {"behavior": "deny", "message": "m", "interrupt": true}}),
    );
    assert_eq!(
        (permission.decision, permission.reason.as_deref(), permission.interrupt),
        (Some(Decision::Deny), Some("m"), true)
    );
    let permission = own(
        Event::PermissionRequest,
        json!({"decision": {"behavior": "allow", "updatedInput": {"a": 1}, "updatedPermissions": []}}),
    );
    assert_eq!(
        (
            permission.decision,
            permission.updated_input,
            permission.updated_permissions
        ),
        (Some(Decision::Allow), Some(json!({"a": 1})), Some(json!([])))
    );
    assert!(own(Event::PermissionDenied, json!({"retry": true})).retry);
    assert_eq!(
        own(Event::PostToolUse, json!({"updatedToolOutput": "new"})).updated_output,
        Some(json!("new"))
    );
    assert_eq!(
        own(Event::PostToolUse, json!({"updatedMCPToolOutput": "old"})).updated_output,
        Some(json!("old"))
    );
    let start = own(
        Event::SessionStart,
        json!({"additionalContext": "c", "watchPaths": ["/a"], "sessionTitle": "t", "initialUserMessage": "m"}),
    );
    assert_eq!(
        (
            start.context,
            start.watch_paths,
            start.session_title,
            start.initial_user_message
        ),
        (
            vec!["c".to_owned()],
            vec!["/a".to_owned()],
            Some("t".into()),
            Some("m".into())
        )
    );
    let elicited = own(Event::Elicitation, json!({"action": "accept", "content": {"x": 1}}));
    assert_eq!(
        (elicited.action.as_deref(), elicited.content),
        (Some("accept"), Some(json!({"x": 1})))
    );
    for event in [
        Event::UserPromptSubmit,
        Event::UserPromptExpansion,
        Event::PostToolUse,
        Event::Stop,
        Event::SubagentStop,
    ] {
        let verdict = json_of(event, json!({"decision": "block", "reason": "r"}));
        assert_eq!(
            (verdict.decision, verdict.reason.as_deref()),
            (Some(Decision::Deny), Some("r")),
            "{event:?}"
        );
    }
    assert_eq!(json_of(Event::SessionEnd, json!({"decision": "block"})).decision, None);
    let ended = json_of(
        Event::PostToolUse,
        json!({"continue": false, "stopReason": "enough", "suppressOutput": true}),
    );
    assert_eq!(ended.stop.as_deref(), Some("enough"));
}

#[test]
fn answers_of_the_wrong_shape_are_void() {
    let wrong = [
        json!({"continue": "no"}),
        json!({"systemMessage": 1}),
        json!({"decision": "perhaps"}),
        json!({"hookSpecificOutput": []}),
        json!({"hookSpecificOutput": {"hookEventName": "Stop", "permissionDecision": "allow"}}),
        json!({"hookSpecificOutput": {"permissionDecision": "maybe"}}),
        json!({"hookSpecificOutput": {"permissionDecision": "allow", "updatedInput": "x"}}),
    ];
    for value in wrong {
        let verdict = json_of(Event::PreToolUse, value.clone());
        assert_eq!(
            (verdict.decision, verdict.errors.len(), verdict.updated_input),
            (None, 1, None),
            "{value}"
        );
    }
}

#[test]
fn servers_and_models_as_hooks() {
    let deny = r#"{"hookSpecificOutput": {"permissionDecision": "deny"}}"#;
    assert!(interpret_http(Event::PreToolUse, 200, deny).blocks());
    let failed = interpret_http(Event::PreToolUse, 500, deny);
    assert_eq!((failed.decision, failed.errors.len()), (None, 1));
    assert_eq!(
        interpret_model(Event::Stop, r#"{"ok": true}"#, false),
        Verdict::default()
    );
    let no = r#"Here: {"ok": false, "reason": "tests fail"}"#;
    let stop = interpret_model(Event::Stop, no, false);
    assert_eq!(
        (stop.blocks(), stop.reason.as_deref(), stop.stop),
        (true, Some("tests fail"), None)
    );
    assert_eq!(
        interpret_model(Event::PostToolUse, no, false).stop.as_deref(),
        Some("tests fail")
    );
    assert_eq!(interpret_model(Event::PostToolUse, no, true).stop, None);
    assert!(
        !interpret_model(
            Event::Stop,
            r#"{"ok": false, "reason": "r", "impossible": true}"#,
            false
        )
        .blocks()
    );
    assert_eq!(interpret_model(Event::Stop, "no idea", false).errors.len(), 1);
}

#[test]
fn several_hooks_make_one_verdict() {
    let decided = |decision, reason: &str| Verdict {
        decision,
        reason: Some(reason.to_owned()),
        updated_input: Some(json!({"from": reason})),
        context: vec![reason.to_owned()],
        ..Verdict::default()
    };
    let all = [Decision::Allow, Decision::Ask, Decision::Defer, Decision::Deny];
    for (at, stronger) in all.iter().enumerate() {
        for weaker in &all[..at] {
            for pair in [[stronger, weaker], [weaker, stronger]] {
                let merged = merge(pair.map(|decision| decided(Some(*decision), &format!("{decision:?}"))));
                assert_eq!(merged.decision, Some(*stronger));
                assert_eq!(merged.reason, Some(format!("{stronger:?}")));
                assert_eq!(merged.updated_input.is_none(), *stronger == Decision::Deny);
                assert_eq!(merged.context.len(), 2);
            }
        }
    }
    let merged = merge([
        decided(Some(Decision::Deny), "a"),
        decided(None, "n"),
        decided(Some(Decision::Deny), "b"),
    ]);
    assert_eq!(merged.reason.as_deref(), Some("a\nb"));
    assert_eq!(merge([]), Verdict::default());
}

#[test]
fn long_texts_are_cut_and_kept() {
    let long = "ä".repeat(LONGEST + 5);
    let verdict = interpret(
        Event::UserPromptSubmit,
        &Answer {
            exit: Exit::Code(0),
            stdout: long.clone(),
            stderr: String::new(),
        },
    );
    assert_eq!(verdict.context[0].chars().count(), LONGEST);
    assert_eq!(verdict.overflow, [long]);
}
