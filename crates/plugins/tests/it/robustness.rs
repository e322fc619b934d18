//! The robustness cases of issue 5 (A14), R11 to R32, each by its number, on fixtures of our own. R1 to R10: `robustness_heads.rs`.

use deskhand_plugins::format::substitute::{Call, Part, allowed_tools, substitute};
use deskhand_plugins::format::variables::Variables;
use deskhand_plugins::format::{Severity, hooks, json, servers};
use serde_json::json;

use crate::folder::{Folder, below, names, reasons};

#[test]
fn r11_an_empty_address_means_not_configured() {
    let folder = Folder::of(&[(
        ".mcp.json",
        r#"{"mcpServers": {"gmail": {"type": "http", "url": " "}, "box": {"type": "http", "url": "https://mcp.box.com"}}}"#,
    )]);
    let loaded = folder.load();
    assert_eq!(loaded.diagnostics, []);
    let servers = loaded.plugin.unwrap().servers;
    let told: Vec<_> = servers
        .iter()
        .map(|server| (server.key.as_str(), server.is_configured()))
        .collect();
    assert_eq!(told, [("box", true), ("gmail", false)]);
}

#[test]
fn r12_a_space_in_a_servers_key_shows_and_is_plain_in_tools_names() {
    let folder = Folder::of(&[(
        ".mcp.json",
        r#"{"mcpServers": {"google calendar": {"type": "http", "url": ""}}}"#,
    )]);
    let server = &folder.plugin().servers[0];
    assert_eq!(server.key, "google calendar");
    assert_eq!(server.id("acme"), "plugin:acme:google calendar");
    assert_eq!(server.tool_prefix("acme"), "mcp__plugin_acme_google_calendar__");
    assert!(
        servers::same_name("google calendar", "Google-Calendar")
            && servers::same_name("google_calendar", "google calendar")
    );
    assert!(!servers::same_name("google calendar", "google drive"));
}

#[test]
fn r13_addresses_are_kept_to_the_letter() {
    let text = r#"{"mcpServers": {"a": {"type": "http", "url": "https://mcp.box.com"}, "b": {"type": "http", "url": "https://api.x.com/mcp/"},
                  "c": {"type": "http", "url": "https://mcp.sq.com/sse"}, "d": {"type": "http", "url": "https://mcp.box.com/mcp"}}}"#;
    let servers = Folder::of(&[(".mcp.json", text)]).plugin().servers;
    let urls: Vec<_> = servers
        .iter()
        .map(|server| server.config["url"].as_str().unwrap())
        .collect();
    assert_eq!(
        urls,
        [
            "https://mcp.box.com",
            "https://api.x.com/mcp/",
            "https://mcp.sq.com/sse",
            "https://mcp.box.com/mcp"
        ]
    );
}

#[test]
fn r14_servers_without_a_wrapper() {
    let folder = Folder::of(&[(
        ".mcp.json",
        r#"{"$schema": "s", "linear": {"type": "http", "url": "https://l"}, "local": {"command": "x"}, "odd": {"a": 1}}"#,
    )]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["server-type"]);
    let servers = loaded.plugin.unwrap().servers;
    assert_eq!(
        servers.iter().map(|server| server.key.as_str()).collect::<Vec<_>>(),
        ["linear", "local"]
    );
}

#[test]
fn r15_an_entry_may_be_the_whole_plugin() {
    let folder = Folder::of(&[("README.md", "# Go"), ("LICENSE", "…")]);
    let entry = json!({"name": "gopls", "description": "Go", "source": "./plugins/gopls", "strict": false,
        "lspServers": {"gopls": {"command": "gopls", "extensionToLanguage": {".go": "go"}}}});
    let loaded = folder.load_entry(entry, false);
    assert_eq!(loaded.diagnostics, []);
    let plugin = loaded.plugin.unwrap();
    assert_eq!(plugin.id(), "gopls@market");
    assert_eq!(plugin.lsp[0].name, "gopls");
    assert_eq!(plugin.lsp[0].config.extension_to_language[".go"], "go");
}

#[test]
fn r16_without_a_manifest_the_entry_names_it() {
    let folder = Folder::of(&[("skills/receipts/SKILL.md", "---\ndescription: d\n---\nx")]);
    let loaded = folder.load_entry(json!({"name": "receipts", "source": "./receipts"}), false);
    assert_eq!(loaded.diagnostics, []);
    let plugin = loaded.plugin.unwrap();
    assert_eq!(
        (plugin.name.as_str(), plugin.skills[0].qualified().as_str()),
        ("receipts", "receipts:receipts")
    );
}

#[test]
fn r17_the_identity_is_the_entrys_name() {
    let folder = Folder::of(&[
        (
            ".claude-plugin/plugin.json",
            r#"{"name": "slack", "version": "1.0.0", "description": "own"}"#,
        ),
        ("commands/digest.md", "---\ndescription: d\n---\nx"),
    ]);
    let loaded = folder.load_entry(
        json!({"name": "slack-by-salesforce", "source": "./slack", "version": "9", "category": "chat"}),
        false,
    );
    let plugin = loaded.plugin.unwrap();
    assert_eq!(plugin.name, "slack-by-salesforce");
    assert_eq!(plugin.commands[0].qualified(), "slack-by-salesforce:digest");
    // The manifest stays the authority for the rest.
    assert_eq!(
        (
            plugin.manifest.version.as_deref(),
            plugin.manifest.description.as_deref()
        ),
        (Some("1.0.0"), Some("own"))
    );
}

#[test]
fn r18_a_marketplace_inside_a_plugin_is_of_no_matter() {
    let folder = Folder::of(&[
        (
            ".claude-plugin/plugin.json",
            r#"{"name": "brand-voice", "version": "1.1.0"}"#,
        ),
        (
            ".claude-plugin/marketplace.json",
            r#"{"name": "inner", "owner": {"name": "x"}, "plugins": [{"name": "brand-voice", "version": "1.0.0", "source": "."}]}"#,
        ),
        ("skills/a/SKILL.md", "---\ndescription: d\n---\nx"),
    ]);
    let loaded = folder.load();
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.plugin.unwrap().manifest.version.as_deref(), Some("1.1.0"));
}

#[test]
fn r19_what_an_entrys_source_says_is_not_the_formats_matter() {
    let folder = Folder::of(&[("skills/a/SKILL.md", "---\ndescription: d\n---\nx")]);
    for name in ["rc", "revenuecat"] {
        let entry = json!({"name": name, "source": {"source": "url", "url": "https://example.com/x.git", "path": "plugins/x", "sha": "0".repeat(40)}});
        let loaded = folder.load_entry(entry, false);
        assert_eq!(loaded.diagnostics, []);
        assert_eq!(loaded.plugin.unwrap().skills[0].qualified(), format!("{name}:a"));
    }
}

#[test]
fn r20_nested_skills_are_readable_and_not_skills() {
    let folder = Folder::of(&[
        (
            "skills/meeting/SKILL.md",
            "---\ndescription: d\n---\nSee [web](web/SKILL.md) and [rules](../../CONNECTORS.md)",
        ),
        ("skills/meeting/web/SKILL.md", "---\ndescription: d\n---\nx"),
        ("skills/meeting/web/deep/er/SKILL.md", "---\ndescription: d\n---\nx"),
        ("skills/meeting/references/0001.md", "x"),
        ("CONNECTORS.md", "prose"),
    ]);
    let outside = Folder::of(&[("secret.md", "no")]);
    let plugin = folder.plugin();
    assert_eq!(names(&plugin.skills), ["meeting"]);
    let read = |link: &str| {
        plugin
            .readable(&plugin.skills[0], link)
            .map(|path| below(&folder.path(), &path))
    };
    assert_eq!(read("web/SKILL.md").as_deref(), Some("skills/meeting/web/SKILL.md"));
    assert_eq!(
        read("web/deep/er/SKILL.md").as_deref(),
        Some("skills/meeting/web/deep/er/SKILL.md")
    );
    assert_eq!(
        read("references/0001.md").as_deref(),
        Some("skills/meeting/references/0001.md")
    );
    assert_eq!(read("../../CONNECTORS.md").as_deref(), Some("CONNECTORS.md"));
    assert_eq!(read("../../../secret.md"), None);
    assert_eq!(read(outside.path().join("secret.md").to_str().unwrap()), None);
    assert_eq!(read("missing.md"), None);
}

#[test]
fn r21_dollars_in_prose_stay_and_arguments_counted_from_one_are_found() {
    let parts = |body: &str, arguments: &str| {
        let folder = Folder::of(&[("skills/a/SKILL.md", &format!("---\ndescription: d\n---\n{body}"))]);
        let variables = Variables::default();
        let call = Call {
            arguments,
            variables: &variables,
            session_id: "s",
            effort: None,
            commands: true,
        };
        substitute(&folder.plugin().skills[0], &call).unwrap()
    };
    assert_eq!(
        parts("Review this: @$1\nbudget $1M of $1,200K, $0.50 each", "contract.docx"),
        [
            Part::Text("Review this: ".to_owned()),
            Part::Attach("contract.docx".to_owned()),
            Part::Text("\nbudget $1M of $1,200K, $0.50 each".to_owned())
        ]
    );
    assert_eq!(
        parts("costs $50", "x"),
        [Part::Text("costs $50\n\nARGUMENTS: x".to_owned())]
    );
}

#[test]
fn r22_hooks_without_a_wrapper_and_keys_nobody_documented() {
    let folder = Folder::of(&[(
        "hooks/hooks.json",
        r#"{"PostToolUse": [{"hooks": [{"type": "command", "command": "x", "asyncRewake": true, "rewakeMessage": "look"}], "matcher": "Edit|Write"}]}"#,
    )]);
    let loaded = folder.load();
    assert_eq!(loaded.diagnostics, []);
    let hooks = loaded.plugin.unwrap().hooks;
    assert_eq!(hooks.groups[0].matcher.source(), "Edit|Write");
    assert_eq!(hooks.groups[0].handlers[0].extra["rewakeMessage"], "look");
}

#[test]
fn r23_a_shells_line_takes_the_plugins_folder_as_text() {
    let folder = Folder::of(&[(
        "hooks/hooks.json",
        r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "python3 ${CLAUDE_PLUGIN_ROOT}/stop.py"}]}]}}"#,
    )]);
    let plugin = folder.plugin();
    let variables = Variables {
        plugin_root: Some("/cache/m/p/1".into()),
        ..Variables::default()
    };
    let prepared = plugin.hooks.groups[0].handlers[0].prepare(&variables).unwrap().unwrap();
    assert_eq!(
        prepared,
        hooks::Prepared::Shell {
            line: "python3 /cache/m/p/1/stop.py".to_owned(),
            shell: None
        }
    );
}

#[test]
fn r24_rules_about_tools_keep_parentheses_and_quotes_together() {
    let text = "---\ndescription: d\nallowed-tools: Bash(${CLAUDE_PLUGIN_ROOT}/x.sh:*), Agent(a:b, c:d) Bash(find . -name \"X)*\"), Read\n---\nx";
    let list = "---\ndescription: d\nallowed-tools:\n  - Bash(git add:*)\n  - Bash(git commit *)\n---\nx";
    let folder = Folder::of(&[("skills/a/SKILL.md", text), ("skills/b/SKILL.md", list)]);
    let plugin = folder.plugin();
    let told: Vec<_> = plugin.skills[0].allowed_tools.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "Bash(${CLAUDE_PLUGIN_ROOT}/x.sh:*)",
            "Agent(a:b, c:d)",
            "Bash(find . -name \"X)*\")",
            "Read"
        ]
    );
    let variables = Variables {
        plugin_root: Some("/p".into()),
        ..Variables::default()
    };
    let call = Call {
        arguments: "",
        variables: &variables,
        session_id: "s",
        effort: None,
        commands: true,
    };
    assert_eq!(allowed_tools(&plugin.skills[0], &call)[0].prefix(), Some("/p/x.sh"));
    // Both suffixes mean a prefix of whole words.
    for rule in &plugin.skills[1].allowed_tools {
        let verb = rule.prefix().unwrap();
        assert!(rule.permits("Bash", &format!("{verb} -m x")) && rule.permits("Bash", verb));
        assert!(!rule.permits("Bash", &format!("{verb}x")), "{rule}");
        assert!(!rule.permits("Bash", &format!("{verb} x && rm -rf /")), "{rule}");
        assert!(!rule.permits("Bash", &format!("{verb} $(rm x)")) && !rule.permits("Bash", &format!("{verb} x > y")));
        assert!(rule.permits("Bash", &format!("{verb} -m 'a && b; c'")));
    }
}

#[test]
fn r25_unknown_tools_are_no_error() {
    let folder = Folder::of(&[(
        "commands/a.md",
        "---\ndescription: d\nallowed-tools: KillShell, LS, NotebookRead, TodoWrite, Workflow, Frobnicate\n---\nx",
    )]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["unknown-tool"]);
    assert_eq!(loaded.diagnostics[0].severity, Severity::Note);
    assert_eq!(loaded.plugin.unwrap().commands[0].allowed_tools.len(), 6);
}

#[test]
fn r26_environment_variables_are_left_to_the_host_of_servers() {
    let folder = Folder::of(&[(
        ".mcp.json",
        r#"{"mcpServers": {"z": {"type": "http", "url": "https://z", "headers": {"Authorization": "Bearer ${TOKEN}", "X": "${CLAUDE_PLUGIN_ROOT}"}}}}"#,
    )]);
    let variables = Variables {
        plugin_root: Some("/p".into()),
        ..Variables::default()
    };
    let servers = servers::resolve(&folder.plugin(), &variables, &mut Vec::new());
    assert_eq!(
        servers[0].config["headers"],
        json!({"Authorization": "Bearer ${TOKEN}", "X": "/p"})
    );
}

#[test]
fn r27_odd_layout_is_json_and_comments_are_not() {
    let parse = |text: &str| json::parse(text.as_bytes(), "f".as_ref(), &mut Vec::new());
    assert_eq!(
        parse("{\n  \"a\": {\n}\n    ,\n    \"b\": [ ]}\n"),
        Ok(json!({"a": {}, "b": []}))
    );
    assert!(parse("{\"a\": 1,}").is_err());
    assert!(parse("{ // no\n\"a\": 1}").is_err());
}

#[test]
fn r29_texts_about_another_hosts_folders_stay_as_they_are() {
    let body = "Read `.claude/brand.local.md` and mnt/.plugins first.";
    let folder = Folder::of(&[("skills/a/SKILL.md", &format!("---\ndescription: d\n---\n{body}"))]);
    let variables = Variables::default();
    let call = Call {
        arguments: "",
        variables: &variables,
        session_id: "s",
        effort: None,
        commands: true,
    };
    assert_eq!(
        substitute(&folder.plugin().skills[0], &call).unwrap(),
        [Part::Text(body.to_owned())]
    );
}

#[test]
fn r30_a_bomb_of_braces_is_bounded() {
    let bomb = "{a,b}".repeat(40);
    let folder = Folder::of(&[
        (
            "skills/a/SKILL.md",
            &format!("---\ndescription: d\npaths: \"{bomb}\"\n---\nx"),
        ),
        (
            "skills/b/SKILL.md",
            "---\ndescription: d\npaths: \"src/{a,b}/*.{rs,toml}, docs/**\"\n---\nx",
        ),
    ]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["paths-too-many"]);
    let plugin = loaded.plugin.unwrap();
    assert!(plugin.skills[0].paths.len() <= 256);
    let mut paths = plugin.skills[1].paths.clone();
    paths.sort();
    assert_eq!(
        paths,
        ["docs/**", "src/a/*.rs", "src/a/*.toml", "src/b/*.rs", "src/b/*.toml"]
    );
}

#[cfg(unix)]
#[test]
fn r31_links_inside_are_followed_and_links_out_are_not() {
    let outside = Folder::of(&[
        ("skill/SKILL.md", "---\ndescription: stolen\n---\nx"),
        ("secret.md", "---\nname: s\n---\nsecret"),
    ]);
    let folder = Folder::of(&[
        ("real/SKILL.md", "---\ndescription: d\n---\nx"),
        ("skills/.keep", ""),
        ("agents/.keep", ""),
        ("commands/.keep", ""),
    ]);
    let link = |to: &std::path::Path, at: &str| std::os::unix::fs::symlink(to, folder.path().join(at)).unwrap();
    link(&folder.path().join("real"), "skills/inside");
    link(&outside.path().join("skill"), "skills/outside");
    link(&outside.path().join("secret.md"), "agents/secret.md");
    link(&folder.path().join("commands"), "commands/loop");
    let loaded = folder.load();
    assert_eq!(
        reasons(&loaded.diagnostics),
        ["link-outside", "link-folder", "link-outside"]
    );
    let plugin = loaded.plugin.unwrap();
    assert_eq!(names(&plugin.skills), ["inside"]);
    assert_eq!((plugin.agents.len(), plugin.commands.len()), (0, 0));
}

#[test]
fn r32_repeated_keys_bad_bytes_and_empty_files() {
    let folder = Folder::of(&[
        (
            "skills/twice/SKILL.md",
            "---\ndescription: first\ndescription: last\n---\nx",
        ),
        ("skills/zero/SKILL.md", ""),
        (
            ".claude-plugin/plugin.json",
            r#"{"name": "acme", "version": "1", "version": "2"}"#,
        ),
    ]);
    folder.put("skills/bytes/SKILL.md", b"---\ndescription: caf\xe9\n---\nx");
    let loaded = folder.load();
    assert_eq!(
        reasons(&loaded.diagnostics),
        ["duplicate-key", "invalid-utf8", "duplicate-key", "empty-file"]
    );
    assert_eq!(loaded.errors().count(), 1);
    let plugin = loaded.plugin.unwrap();
    assert_eq!(plugin.manifest.version.as_deref(), Some("2"));
    let told: Vec<_> = plugin
        .skills
        .iter()
        .map(|skill| (skill.slug.as_str(), skill.description.as_str()))
        .collect();
    assert_eq!(told, [("bytes", "caf\u{fffd}"), ("twice", "last")]);
}
