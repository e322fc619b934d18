//! Hooks (A10): which run, and what they are told. What they answer: `hook_answers.rs`.

use deskhand_plugins::format::diagnostic::Diagnostic;
use deskhand_plugins::format::hooks::select::{fill, header};
use deskhand_plugins::format::hooks::{Action, Event, Hooks, Input, Matcher, Prepared, Source, read, select};
use deskhand_plugins::format::variables::Variables;
use serde_json::{Value, json};

fn hooks(value: Value) -> (Hooks, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let hooks = read(&value, "hooks.json".as_ref(), &mut found);
    (hooks, found)
}

fn input(event: Event) -> Input {
    Input::new(event, "s-1", "/t.jsonl".into(), "/work".into())
}

fn tool(event: Event, name: &str, tool_input: Value) -> Input {
    input(event).with("tool_name", name).with("tool_input", tool_input)
}

fn one(event: &str, group: Value) -> Hooks {
    let (hooks, found) = hooks(json!({ event: [group] }));
    assert_eq!(found, []);
    hooks
}

fn fires(matcher: &str, name: &str) -> bool {
    let hooks = one(
        "PreToolUse",
        json!({"matcher": matcher, "hooks": [{"type": "command", "command": "x"}]}),
    );
    hooks.matching(&tool(Event::PreToolUse, name, json!({}))).count() == 1
}

#[test]
fn matchers_are_names_or_expressions() {
    for everything in ["", "*"] {
        assert!(fires(everything, "Bash"));
    }
    assert!(fires("Edit|Write", "Write") && fires("Edit, Write", "Edit") && !fires("Edit|Write", "MultiEdit"));
    assert!(!fires("edit", "Edit"));
    // A server's bare name is a name that no tool has.
    assert!(!fires("mcp__memory", "mcp__memory__read") && fires("mcp__memory__.*", "mcp__memory__read"));
    // Expressions match anywhere, as JavaScript's do.
    assert!(fires("Edit.?", "MultiEdit") && fires("^(Edit|Write)$", "Edit") && !fires("^(Edit|Write)$", "MultiEdit"));
    assert!(fires(r"^(?!Read).*$", "Bash") && !fires(r"^(?!Read).*$", "Read"));
    assert!(
        fires(r"[[&&\d~~]x", "&x")
            && fires("a{", "a{")
            && fires("[^]", "x")
            && !fires("[]", "x")
            && fires("o{2}", "Boo")
    );
    assert!(!fires(r"^\d$", "٣"), "digits are ASCII");
    // Old names of a tool fire too.
    assert!(fires("Task", "Agent") && fires("Agent", "Task"));
}

#[test]
fn two_events_have_a_narrower_notion_of_names() {
    assert!(matches!(
        Matcher::parse("a-b", Event::PreToolUse),
        Ok(Matcher::Names(_))
    ));
    assert!(matches!(
        Matcher::parse("a-b", Event::FileChanged),
        Ok(Matcher::Expression(..))
    ));
    assert!(matches!(
        Matcher::parse("rate limit", Event::StopFailure),
        Ok(Matcher::Expression(..))
    ));
    let hooks = one(
        "FileChanged",
        json!({"matcher": ".env", "hooks": [{"type": "command", "command": "x"}]}),
    );
    assert_eq!(
        hooks
            .matching(&input(Event::FileChanged).with("file_path", "/srv/.env"))
            .count(),
        1
    );
    assert_eq!(
        hooks
            .matching(&input(Event::FileChanged).with("file_path", "/env/other"))
            .count(),
        0
    );
}

#[test]
fn an_evil_expression_ends_and_a_broken_one_costs_its_group() {
    let begun = std::time::Instant::now();
    assert!(!fires(r"^(?=(a+)+$)b", &"a".repeat(2000)));
    assert!(begun.elapsed().as_secs() < 5);
    let (hooks, found) = hooks(json!({"Stop": [{"hooks": [{"type": "command", "command": "ok"}]}],
        "PreToolUse": [{"matcher": "(", "hooks": []}, {"matcher": 1, "hooks": []}, {"matcher": "x"}, "y",
                       {"hooks": [{"type": "what"}, {"command": "x"}, {"type": "command"}, {"type": "http", "url": "https://h"}]}],
        "Never": []}));
    assert_eq!(hooks.groups.len(), 2);
    assert_eq!(hooks.groups.iter().map(|group| group.handlers.len()).sum::<usize>(), 2);
    let reasons: Vec<_> = found.iter().map(Diagnostic::reason).collect();
    assert_eq!(reasons.iter().filter(|one| **one == "hook-group").count(), 4);
    assert_eq!(reasons.iter().filter(|one| **one == "hook-handler").count(), 3);
    assert_eq!(reasons.iter().filter(|one| **one == "hook-event").count(), 1);
}

#[test]
fn every_event_is_matched_by_its_own_field() {
    let rows = [
        (Event::SessionStart, "source", "resume"),
        (Event::Setup, "trigger", "init"),
        (Event::UserPromptExpansion, "command_name", "acme:x"),
        (Event::PermissionRequest, "tool_name", "Bash"),
        (Event::PostToolUseFailure, "tool_name", "Bash"),
        (Event::Notification, "notification_type", "idle"),
        (Event::SubagentStop, "agent_type", "acme:reviewer"),
        (Event::StopFailure, "error", "rate_limit"),
        (Event::PreCompact, "trigger", "auto"),
        (Event::SessionEnd, "reason", "clear"),
        (Event::Elicitation, "mcp_server_name", "plugin:acme:x"),
    ];
    for (event, field, value) in rows {
        let matcher = format!("^{value}$");
        let hooks = one(
            event.name(),
            json!({"matcher": matcher, "hooks": [{"type": "command", "command": "x"}]}),
        );
        assert_eq!(hooks.matching(&input(event).with(field, value)).count(), 1, "{event:?}");
        assert_eq!(
            hooks.matching(&input(event).with(field, "other")).count(),
            0,
            "{event:?}"
        );
    }
    // Events with nothing to match run whatever the matcher says.
    for event in [Event::UserPromptSubmit, Event::Stop, Event::PostToolBatch] {
        let hooks = one(
            event.name(),
            json!({"matcher": "nothing", "hooks": [{"type": "command", "command": "x"}]}),
        );
        assert_eq!(hooks.matching(&input(event)).count(), 1, "{event:?}");
    }
}

#[test]
fn a_condition_holds_for_tools_alone() {
    let group = |rule: &str| json!({"hooks": [{"type": "command", "command": "x", "if": rule}]});
    let runs = |rule: &str, name: &str, tool_input: Value| {
        one("PreToolUse", group(rule))
            .matching(&tool(Event::PreToolUse, name, tool_input))
            .count()
            == 1
    };
    assert!(runs("Bash(git push:*)", "Bash", json!({"command": "git push origin"})));
    assert!(runs("Bash(git push:*)", "Bash", json!({"command": "cd x && git push"})));
    assert!(!runs("Bash(git push:*)", "Bash", json!({"command": "git pull"})));
    assert!(
        runs("Edit(*.rs)", "Edit", json!({"file_path": "main.rs"}))
            && !runs("Edit(*.rs)", "Write", json!({"file_path": "main.rs"}))
    );
    assert!(runs(
        "WebFetch(domain:example.com)",
        "WebFetch",
        json!({"url": "https://example.com/x"})
    ));
    assert!(!runs(
        "WebFetch(domain:example.com)",
        "WebFetch",
        json!({"url": "https://example.com.evil.org/"})
    ));
    let (never, found) = hooks(json!({"Stop": [group("Bash")]}));
    assert_eq!(never.matching(&input(Event::Stop)).count(), 0);
    assert_eq!(found[0].reason(), "hook-if");
}

#[test]
fn all_five_kinds_and_their_times() {
    let (hooks, found) = hooks(json!({"description": "d", "hooks": {"PreToolUse": [{"hooks": [
        {"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/run", "args": ["${user_config.k}"], "async": true, "statusMessage": "m", "once": true},
        {"type": "http", "url": "https://h", "headers": {"A": "Bearer $T ${U}"}, "allowedEnvVars": ["T"], "timeout": 5},
        {"type": "mcp_tool", "server": "plugin:acme:x", "tool": "t", "input": {"path": "${tool_input.file_path}"}},
        {"type": "prompt", "prompt": "ok? $ARGUMENTS", "model": "haiku"},
        {"type": "agent", "prompt": "check", "continueOnBlock": true}]}]}}));
    assert_eq!(found, []);
    let handlers = &hooks.groups[0].handlers;
    let seconds: Vec<_> = handlers
        .iter()
        .map(|handler| handler.seconds(Event::PreToolUse))
        .collect();
    assert_eq!(seconds, [600.0, 5.0, 600.0, 30.0, 60.0]);
    assert_eq!(
        (
            handlers[0].seconds(Event::UserPromptSubmit),
            handlers[0].seconds(Event::SessionEnd)
        ),
        (30.0, 1.5)
    );
    assert!(handlers[0].once && handlers[0].status_message.as_deref() == Some("m"));
    let variables = Variables {
        plugin_root: Some("/p q".into()),
        user_config: [("k".to_owned(), json!("v w"))].into(),
        ..Variables::default()
    };
    let exec = Prepared::Exec {
        program: "/p q/run".to_owned(),
        args: vec!["v w".to_owned()],
    };
    assert_eq!(handlers[0].prepare(&variables), Ok(Some(exec)));
    assert_eq!(handlers[1].prepare(&variables), Ok(None));
    let shell = one(
        "Stop",
        json!({"hooks": [{"type": "command", "command": "x ${user_config.k}"}]}),
    );
    assert!(shell.groups[0].handlers[0].prepare(&variables).is_err());
    let Action::Http {
        headers, allowed_env, ..
    } = &handlers[1].action
    else {
        panic!()
    };
    assert_eq!(
        header(&headers[0].1, allowed_env, |name| Some(format!("<{name}>\r\nX: y"))),
        "Bearer <T>X: y "
    );
    let Action::McpTool { input: arguments, .. } = &handlers[2].action else {
        panic!()
    };
    let told = json!({"tool_input": {"file_path": "/a", "n": 3}});
    assert_eq!(fill(arguments, &told), json!({"path": "/a"}));
    assert_eq!(
        fill(&json!(["n=${tool_input.n} ${no.where}", "${tool_input}"]), &told),
        json!(["n=3 ", {"file_path": "/a", "n": 3}])
    );
}

#[test]
fn what_a_hook_is_told() {
    let mut told = tool(Event::PreToolUse, "Bash", json!({"command": "ls"})).with("session_id", "forged");
    told.permission_mode = Some("default".to_owned());
    assert_eq!(
        told.to_json(),
        json!({"session_id": "s-1", "transcript_path": "/t.jsonl", "cwd": "/work", "hook_event_name": "PreToolUse",
            "permission_mode": "default", "tool_name": "Bash", "tool_input": {"command": "ls"}})
    );
}

#[test]
fn identical_hooks_of_settings_run_once_and_a_plugins_runs_too() {
    let same = one(
        "Stop",
        json!({"hooks": [{"type": "command", "command": "x"}, {"type": "command", "command": "y"}]}),
    );
    let sources = [
        (Source::Settings("user".into()), same.clone()),
        (Source::Settings("project".into()), same.clone()),
        (Source::Plugin("acme".into()), same),
    ];
    let told = input(Event::Stop);
    let chosen = select(&sources, &told);
    let sources: Vec<_> = chosen.iter().map(|(source, _)| (*source).clone()).collect();
    let user = || Source::Settings("user".into());
    assert_eq!(
        sources,
        [
            user(),
            user(),
            Source::Plugin("acme".into()),
            Source::Plugin("acme".into())
        ]
    );
}
