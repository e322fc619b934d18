//! The robustness cases of issue 5 (A14) about the heads of files, R1 to R10, each by its number, on fixtures of our own.

use deskhand_plugins::format::skill::Scope;
use deskhand_plugins::format::tools::ToolRule;
use deskhand_plugins::format::{Severity, agent, frontmatter, skill};

use crate::folder::{Folder, below, names, reasons};

fn rule(text: &str) -> ToolRule {
    ToolRule::parse(text).unwrap()
}

#[test]
fn r01_an_unquoted_colon_in_a_description_keeps_the_other_fields() {
    let folder = Folder::of(&[(
        "agents/reviewer.md",
        "---\nname: reviewer\ndescription: Use when the contract is done. Examples: (1) an NDA: review it. (2) a lease\n\
         model: sonnet\ncolor: green\ntools: Read, Grep, Bash(git log:*)\n---\nYou review.\n",
    )]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["frontmatter-yaml"]);
    let plugin = loaded.plugin.unwrap();
    let agent = &plugin.agents[0];
    assert_eq!(agent.qualified, "acme:reviewer");
    assert_eq!(
        agent.description,
        "Use when the contract is done. Examples: (1) an NDA: review it. (2) a lease"
    );
    assert_eq!(agent.model, agent::AgentModel::Medium);
    assert_eq!(agent.color.as_deref(), Some("green"));
    assert_eq!(
        agent.tools,
        Some(vec![rule("Read"), rule("Grep"), rule("Bash(git log:*)")])
    );
    assert_eq!(agent.body, "You review.\n");
}

#[test]
fn r02_lines_of_an_example_are_never_keys() {
    let text = "---\nname: tidy\ndescription: Tidies up.\n\n<example>\nContext: after a long session\nuser: \"clean: this\"\n\
                assistant: \"I will\"\n</example>\nmodel: opus\n---\nBody\n";
    let folder = Folder::of(&[("agents/tidy.md", text)]);
    let agent = folder.plugin().agents.remove(0);
    assert_eq!(agent.name, "tidy");
    assert_eq!(agent.model, agent::AgentModel::Large);
    assert_eq!(
        agent.description,
        "Tidies up.\n\n<example>\nContext: after a long session\nuser: \"clean: this\"\nassistant: \"I will\"\n</example>"
    );
    assert_eq!(agent.shown(), "Tidies up.");
}

#[test]
fn r03_hints_in_brackets_are_shown_as_they_were_meant() {
    let hint = |text: &str| {
        let folder = Folder::of(&[(
            "commands/new.md",
            &format!("---\nargument-hint: {text}\ndescription: d\n---\nx"),
        )]);
        let command = folder.plugin().commands.remove(0);
        assert_eq!(command.description, "d");
        command.argument_hint.unwrap()
    };
    assert_eq!(hint("[path]"), "[path]");
    assert_eq!(hint("[path] [--force]"), "[path] [--force]");
    assert_eq!(hint("<file> [page]"), "<file> [page]");
    assert_eq!(hint("\"[quoted]\""), "[quoted]");
}

#[test]
fn r04_numbers_booleans_and_lists_become_text() {
    let folder = Folder::of(&[
        (
            "skills/one/SKILL.md",
            "---\nname: 2024\ndescription: [first, second]\n---\nx",
        ),
        ("skills/two/SKILL.md", "---\nname: true\ndescription: 3.5\n---\nx"),
    ]);
    let plugin = folder.plugin();
    let told: Vec<_> = plugin
        .skills
        .iter()
        .map(|skill| (skill.name.as_str(), skill.description.as_str()))
        .collect();
    assert_eq!(told, [("2024", "first, second"), ("true", "3.5")]);
}

#[test]
fn r05_a_byte_order_mark_is_skipped() {
    let folder = Folder::of(&[
        ("skills/a/SKILL.md", "\u{feff}---\ndescription: d\n---\nbody"),
        (
            ".claude-plugin/plugin.json",
            "\u{feff}{\"name\": \"acme\", \"version\": \"1\"}",
        ),
    ]);
    let plugin = folder.plugin();
    assert_eq!(
        (plugin.skills[0].description.as_str(), plugin.skills[0].body.as_str()),
        ("d", "body")
    );
    assert_eq!(plugin.manifest.version.as_deref(), Some("1"));
}

#[test]
fn r06_windows_line_ends_are_accepted_everywhere() {
    let folder = Folder::of(&[
        (
            "skills/a/SKILL.md",
            "---\r\nname: a\r\ndescription: >\r\n  two\r\n  lines\r\n---\r\nfirst\r\nsecond\r\n",
        ),
        (
            "CONNECTORS.md",
            "| Category | Placeholder | Included servers | Other options |\r\n|---|---|---|---|\r\n| Chat | `~~chat` | Slack | Teams |\r\n",
        ),
    ]);
    let plugin = folder.plugin();
    assert_eq!(
        (plugin.skills[0].description.as_str(), plugin.skills[0].body.as_str()),
        ("two lines", "first\nsecond\n")
    );
    assert_eq!(plugin.connectors.rows[0].placeholder, "chat");
    let by_lines = frontmatter::parse(
        b"---\r\ndescription: a: b\r\nmodel: opus\r\n---\r\nx",
        "f".as_ref(),
        &mut Vec::new(),
    )
    .unwrap();
    assert_eq!(by_lines.fields.text("description").as_deref(), Some("a: b"));
    assert_eq!(by_lines.fields.text("model").as_deref(), Some("opus"));
}

#[test]
fn r07_json_without_a_last_line_end() {
    let folder = Folder::of(&[(".claude-plugin/plugin.json", "{\"name\":\"acme\"}")]);
    assert_eq!(folder.load().diagnostics, []);
}

#[test]
fn r08_without_a_head_it_is_no_agent_and_a_command_of_text_alone() {
    let folder = Folder::of(&[
        ("agents/notes.md", "# Notes\n\nJust notes.\n"),
        ("skills/maker/SKILL.md", "---\ndescription: d\n---\nx"),
        ("skills/maker/agents/grader.md", "---\nname: grader\n---\nGrade."),
        ("commands/hello.md", "# Title\n\nSay hello\nto everybody.\n\nMore."),
    ]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["agent-no-head"]);
    let plugin = loaded.plugin.unwrap();
    assert_eq!(plugin.agents, []);
    assert_eq!(plugin.commands[0].description, "Say hello to everybody.");
    assert_eq!(plugin.commands[0].body, "# Title\n\nSay hello\nto everybody.\n\nMore.");
}

#[test]
fn r09_a_name_that_is_not_the_folders_loads_with_a_slug() {
    let folder = Folder::of(&[
        (
            "skills/hooks/SKILL.md",
            "---\nname: Hook Development\ndescription: d\n---\nx",
        ),
        (
            "skills/web/SKILL.md",
            "---\nname: video-sdk/web\ndescription: d\n---\nx",
        ),
    ]);
    let loaded = folder.load();
    assert_eq!(
        reasons(&loaded.diagnostics),
        ["skill-name", "skill-name-form", "skill-name", "skill-name-form"]
    );
    assert!(loaded.diagnostics.iter().all(|found| found.severity == Severity::Note));
    let plugin = loaded.plugin.unwrap();
    assert_eq!(names(&plugin.skills), ["hook-development", "video-sdk-web"]);
    assert_eq!(plugin.skills[1].name, "video-sdk/web");
    assert_eq!(plugin.skills[1].qualified(), "acme:video-sdk-web");
    // The name is never a path: the folder is where the file is.
    assert_eq!(below(&folder.path(), &plugin.skills[1].folder), "skills/web");
}

#[test]
fn r10_a_long_description_loads() {
    let text = "x".repeat(1068);
    let folder = Folder::of(&[("skills/a/SKILL.md", &format!("---\ndescription: {text}\n---\nx"))]);
    let loaded = folder.load();
    assert_eq!(reasons(&loaded.diagnostics), ["description-long"]);
    assert_eq!(loaded.plugin.unwrap().skills[0].description, text);
}

#[test]
fn a_bomb_of_aliases_falls_back_to_lines() {
    let bomb = "---\nname: a\nmetadata:\n  a: &a [x,x,x,x,x,x,x,x,x,x]\n  b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  \
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n  e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\ndescription: still here\n---\nx";
    let mut found = Vec::new();
    let skill = skill::skill(bomb.as_bytes(), "a/SKILL.md".as_ref(), &Scope::Personal, &mut found).unwrap();
    assert_eq!(skill.description, "still here");
    assert_eq!(reasons(&found), ["frontmatter-yaml"]);
    let deep = format!(
        "---\nname: b\nmetadata: {}{}\n---\nx",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert_eq!(
        skill::skill(deep.as_bytes(), "b/SKILL.md".as_ref(), &Scope::Personal, &mut found)
            .unwrap()
            .name,
        "b"
    );
}
