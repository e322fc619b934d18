//! `plugin.json`, the entry beside it, and what the paths in them may be (A4, A5).

use deskhand_plugins::format::manifest::{Component, parse};
use deskhand_plugins::format::{Diagnostic, Manifest, Severity};
use serde_json::json;

use crate::folder::{Folder, names, reasons};

fn read(text: &str) -> (Option<Manifest>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    (parse(text.as_bytes(), "plugin.json".as_ref(), &mut found), found)
}

#[test]
fn every_key_is_read() {
    let text = json!({
        "$schema": "s", "name": "acme", "displayName": "Acme", "version": "1.0", "description": "d", "homepage": "h",
        "repository": "r", "license": "MIT", "author": {"name": "A", "email": "e", "url": "u", "more": 1}, "keywords": ["k"],
        "metadata": {"x": 1}, "defaultEnabled": false, "skills": "./more", "commands": ["./a.md", "./b"], "agents": "./g",
        "workflows": "./w", "outputStyles": "./o", "hooks": ["./h.json", {"Stop": []}], "mcpServers": {"s": {"command": "x"}},
        "lspServers": "./l.json", "experimental": {"themes": "./t", "monitors": "./m.json"},
        "userConfig": {"key": {"type": "string", "title": "t", "description": "d", "sensitive": true, "multiple": true}},
        "channels": [{"server": "s", "userConfig": {"pin": {"type": "number", "title": "t", "description": "d", "sensitive": true, "min": 1}}}],
        "dependencies": ["one", {"name": "two", "version": "^1", "marketplace": "m"}],
    });
    let (manifest, found) = read(&text.to_string());
    let manifest = manifest.unwrap();
    assert_eq!(found, []);
    assert_eq!(manifest.author.as_ref().unwrap().email.as_deref(), Some("e"));
    assert_eq!(
        (manifest.skills.as_deref(), manifest.commands.as_deref()),
        (
            Some(&["./more".to_owned()][..]),
            Some(&["./a.md".to_owned(), "./b".to_owned()][..])
        )
    );
    assert_eq!(
        manifest.hooks,
        [
            Component::Path("./h.json".into()),
            Component::Inline(json!({"Stop": []}))
        ]
    );
    assert_eq!(
        (manifest.themes, manifest.monitors.map(|list| list.len())),
        (Some(vec!["./t".to_owned()]), Some(1))
    );
    assert_eq!(manifest.dependencies[1].version.as_deref(), Some("^1"));
    assert_eq!((manifest.default_enabled, manifest.channels.len()), (Some(false), 1));
}

#[test]
fn a_wrong_type_on_a_known_key_costs_the_plugin() {
    let wrong = [
        ("name", json!(1)),
        ("name", json!(" ")),
        ("displayName", json!(1)),
        ("version", json!(1.0)),
        ("description", json!([])),
        ("author", json!("A")),
        ("author", json!({"email": "e"})),
        ("homepage", json!({})),
        ("repository", json!({})),
        ("license", json!(0)),
        ("keywords", json!("k")),
        ("keywords", json!([1])),
        ("defaultEnabled", json!("yes")),
        ("skills", json!(1)),
        ("commands", json!({})),
        ("agents", json!([1])),
        ("hooks", json!(1)),
        ("mcpServers", json!([1])),
        ("lspServers", json!(true)),
        ("userConfig", json!([])),
        (
            "userConfig",
            json!({"1x": {"type": "string", "title": "t", "description": "d"}}),
        ),
        ("userConfig", json!({"x": {"type": "string", "title": "t"}})),
        (
            "userConfig",
            json!({"x": {"type": "string", "title": "t", "description": "d", "secret": true}}),
        ),
        (
            "userConfig",
            json!({"x": {"type": "number", "title": "t", "description": "d", "multiple": true}}),
        ),
        (
            "userConfig",
            json!({"x": {"type": "date", "title": "t", "description": "d"}}),
        ),
        ("channels", json!({})),
        ("channels", json!([{"server": "s", "extra": 1}])),
        ("dependencies", json!("one")),
        ("dependencies", json!([{}])),
    ];
    for (key, value) in wrong {
        let mut text = json!({"name": "acme"});
        text[key] = value.clone();
        let (manifest, found) = read(&text.to_string());
        assert_eq!(manifest, None, "{key}: {value}");
        let last = found.last().unwrap();
        assert_eq!(
            (last.severity, last.reason()),
            (Severity::Plugin, "manifest-type"),
            "{key}: {value}"
        );
        assert!(last.message.contains(key), "{}", last.message);
    }
    for (key, value) in [
        ("metadata", json!(3)),
        ("experimental", json!("x")),
        ("experimental", json!({"themes": 1, "monitors": true})),
    ] {
        let mut text = json!({"name": "acme"});
        text[key] = value;
        assert_eq!(
            read(&text.to_string()),
            (
                Some(Manifest {
                    name: "acme".into(),
                    ..Manifest::default()
                }),
                vec![]
            )
        );
    }
    for text in ["", "[]", "{}", "null", "{\"name\": \"a\""] {
        assert_eq!(read(text).0, None, "{text}");
    }
}

#[test]
fn an_unknown_key_is_told_with_what_was_probably_meant() {
    let (manifest, found) = read(r#"{"name": "acme", "mcp_servers": {}, "comands": "./x", "zzz": 1}"#);
    assert!(manifest.is_some());
    let told: Vec<_> = found.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "the key `comands` is not known and was ignored; did you mean `commands`?",
            "the key `mcp_servers` is not known and was ignored; did you mean `mcpServers`?",
            "the key `zzz` is not known and was ignored",
        ]
    );
}

const SKILL: &str = "---\ndescription: d\n---\nx";

#[test]
fn custom_paths_add_or_replace_as_the_table_says() {
    let folder = Folder::of(&[
        (
            ".claude-plugin/plugin.json",
            r#"{"name": "acme", "skills": ["./more", "./single", "./"], "commands": ["./other/x.md", "./cmds"],
            "agents": "./people", "hooks": ["./extra.json", "./hooks/hooks.json", {"Stop": [{"hooks": [{"type": "command", "command": "inline"}]}]}],
            "mcpServers": ["./more.json", "./bundle.mcpb"], "outputStyles": "./styles", "monitors": "./mon.json"}"#,
        ),
        ("SKILL.md", SKILL),
        ("skills/a/SKILL.md", SKILL),
        ("more/b/SKILL.md", SKILL),
        ("single/SKILL.md", SKILL),
        ("single/c/SKILL.md", SKILL),
        ("commands/gone.md", SKILL),
        ("other/x.md", SKILL),
        ("cmds/deep/y.md", SKILL),
        ("agents/gone.md", "---\nname: gone\n---\n"),
        ("people/sub/dir/p.md", "---\nname: p\ndescription: d\n---\nx"),
        (
            "hooks/hooks.json",
            r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "default"}]}]}}"#,
        ),
        (
            "extra.json",
            r#"{"Stop": [{"hooks": [{"type": "command", "command": "extra"}]}]}"#,
        ),
        (".mcp.json", r#"{"mcpServers": {"one": {"command": "x"}}}"#),
        ("more.json", r#"{"two": {"command": "y"}}"#),
        ("bundle.mcpb", ""),
        ("output-styles/gone.md", SKILL),
        (
            "styles/s.md",
            "---\nname: Terse\nkeep-coding-instructions: yes\n---\nBe short.",
        ),
        (
            "monitors/monitors.json",
            r#"[{"name": "gone", "command": "x", "description": "d"}]"#,
        ),
        (
            "mon.json",
            r#"[{"name": "m", "command": "${CLAUDE_PLUGIN_ROOT}/w", "description": "d", "when": "on-skill-invoke:a"}]"#,
        ),
        ("settings.json", r#"{"agent": "p", "model": "x"}"#),
        ("bin/tool", ""),
        ("CLAUDE.md", "never"),
    ]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["settings-key"]);
    let plugin = loaded.plugin.unwrap();
    assert_eq!(names(&plugin.skills), ["a", "b", "single", "acme"]);
    assert_eq!(names(&plugin.commands), ["x", "y"]);
    assert_eq!(
        plugin
            .agents
            .iter()
            .map(|agent| agent.qualified.as_str())
            .collect::<Vec<_>>(),
        ["acme:sub:dir:p"]
    );
    assert_eq!(plugin.hooks.groups.len(), 3);
    assert_eq!(
        plugin
            .servers
            .iter()
            .map(|server| server.key.as_str())
            .collect::<Vec<_>>(),
        ["one", "two"]
    );
    assert_eq!(
        (
            plugin.bundles.len(),
            plugin.output_styles[0].name.as_str(),
            plugin.output_styles[0].keep_instructions
        ),
        (1, "Terse", true)
    );
    assert_eq!((plugin.monitors.len(), plugin.monitors[0].skill()), (1, Some("a")));
    assert_eq!(
        (plugin.settings.agent.as_deref(), plugin.bin.is_some()),
        (Some("p"), true)
    );
}

#[test]
fn paths_stay_below_the_plugin() {
    let outside = Folder::of(&[("x/SKILL.md", SKILL)]);
    let folder = Folder::of(&[("skills/a/SKILL.md", SKILL)]);
    let absolute = outside.path().to_string_lossy().into_owned();
    for path in [
        "../x",
        "./../x",
        "skills",
        "./skills/../../x",
        absolute.as_str(),
        "./missing",
        ".\\skills",
        "./a\\b",
    ] {
        folder.put(
            ".claude-plugin/plugin.json",
            json!({"name": "acme", "skills": path, "commands": path})
                .to_string()
                .as_bytes(),
        );
        let loaded = folder.load();
        assert_eq!(reasons(&loaded.diagnostics), ["path", "path"], "{path}");
        assert_eq!(names(&loaded.plugin.unwrap().skills), ["a"], "{path}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        folder.put(".claude-plugin/plugin.json", br#"{"name": "acme", "skills": "./link"}"#);
        let loaded = folder.load();
        assert_eq!(reasons(&loaded.diagnostics), ["path"]);
        assert!(loaded.diagnostics[0].message.contains("outside"));
    }
}

#[test]
fn a_skill_at_the_root_makes_a_plugin_of_one() {
    let alone = Folder::of(&[("SKILL.md", SKILL)]);
    assert_eq!(names(&alone.plugin().skills), ["acme"]);
    let beside = Folder::of(&[("SKILL.md", SKILL), ("skills/a/SKILL.md", SKILL)]);
    assert_eq!(names(&beside.plugin().skills), ["a"]);
    let keyed = Folder::of(&[
        ("SKILL.md", SKILL),
        (".claude-plugin/plugin.json", r#"{"name": "acme", "skills": []}"#),
    ]);
    assert_eq!(names(&keyed.plugin().skills), Vec::<&str>::new());
}

#[test]
fn at_a_marketplaces_root_a_list_of_skills_replaces_the_scan() {
    let folder = Folder::of(&[
        ("skills/xlsx/SKILL.md", SKILL),
        ("skills/docx/SKILL.md", SKILL),
        ("skills/art/SKILL.md", SKILL),
    ]);
    let entry = |skills: &[&str]| json!({"name": "office", "source": "./", "strict": false, "skills": skills});
    let office = folder
        .load_entry(entry(&["./skills/xlsx", "./skills/docx"]), true)
        .plugin
        .unwrap();
    assert_eq!(names(&office.skills), ["xlsx", "docx"]);
    // None of them is there: scanned as usual.
    assert_eq!(
        folder
            .load_entry(entry(&["./skills/none"]), true)
            .plugin
            .unwrap()
            .skills
            .len(),
        3
    );
    // Elsewhere the list adds.
    assert_eq!(
        folder
            .load_entry(entry(&["./skills/xlsx"]), false)
            .plugin
            .unwrap()
            .skills
            .len(),
        3
    );
}

#[test]
fn strict_decides_who_defines_the_plugin() {
    let folder = Folder::of(&[
        (
            ".claude-plugin/plugin.json",
            r#"{"name": "acme", "commands": "./own.md"}"#,
        ),
        ("own.md", SKILL),
        ("added.md", SKILL),
    ]);
    let entry = |strict: bool| json!({"name": "acme", "source": "./acme", "strict": strict, "commands": "./added.md"});
    assert_eq!(
        names(&folder.load_entry(entry(true), false).plugin.unwrap().commands),
        ["own", "added"]
    );
    let conflict = folder.load_entry(entry(false), false);
    assert_eq!(
        (conflict.plugin.is_none(), reasons(&conflict.diagnostics)),
        (true, vec!["strict-conflict"])
    );
    folder.put(".claude-plugin/plugin.json", br#"{"name": "acme", "version": "2"}"#);
    let whole = folder.load_entry(entry(false), false).plugin.unwrap();
    assert_eq!(
        (names(&whole.commands), whole.manifest.version.as_deref()),
        (vec!["added"], Some("2"))
    );
}

#[test]
fn one_bad_file_never_costs_the_others() {
    let folder = Folder::of(&[
        ("skills/good/SKILL.md", SKILL),
        ("skills/empty/SKILL.md", ""),
        ("skills/case/skill.md", SKILL),
        ("skills/folder/SKILL.md/x", ""),
        ("hooks/hooks.json", "{"),
        (".mcp.json", "[]"),
        (
            ".lsp.json",
            r#"{"a": {"command": "x", "extensionToLanguage": {}, "typo": 1}, "b": {"command": "y", "extensionToLanguage": {".b": "b"}}}"#,
        ),
        (
            "monitors/monitors.json",
            r#"[{"name": "bad", "command": "x ${user_config.k}", "description": "d"}, {"name": "odd", "command": "x", "description": "d", "extra": 1}, {"name": "good", "command": "x", "description": "d"}]"#,
        ),
    ]);
    let loaded = folder.load();
    let plugin = loaded.plugin.as_ref().unwrap();
    assert_eq!(
        (names(&plugin.skills), plugin.lsp.len(), plugin.monitors.len()),
        (vec!["good"], 1, 1)
    );
    assert_eq!(
        reasons(&loaded.diagnostics),
        [
            "skill-case",
            "empty-file",
            "json",
            "servers-type",
            "lsp",
            "monitor",
            "monitor"
        ]
    );
}

#[test]
fn a_channel_names_a_server_that_is_there() {
    let folder = Folder::of(&[(
        ".claude-plugin/plugin.json",
        r#"{"name": "acme", "mcpServers": {"s": {"command": "x"}}, "channels": [{"server": "s"}, {"server": "t"}]}"#,
    )]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["channel-server"]);
    assert_eq!(loaded.plugin.unwrap().manifest.channels.len(), 1);
}
