//! No bytes and no text bring a reader down, and what a reader promises holds for all of them.

use deskhand_plugins::format::connectors::Connectors;
use deskhand_plugins::format::hooks::{Answer, Event, Exit, Matcher, interpret, read};
use deskhand_plugins::format::skill::{Scope, command, skill, slug};
use deskhand_plugins::format::substitute::{Call, Part, substitute, tokens};
use deskhand_plugins::format::variables::{Place, Variables};
use deskhand_plugins::format::{agent, companions, frontmatter, json, manifest, servers, tools};
use proptest::prelude::*;
use serde_json::Value;

/// Text made of what the formats mean something by.
fn spiky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9 ]{0,6}",
        prop::sample::select(vec![
            "---\n",
            "\n",
            "\r\n",
            ": ",
            "name: ",
            "description: ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "\"",
            "'",
            "&a ",
            "*a ",
            "|\n",
            ">\n",
            "!!",
            "# ",
            "$",
            "$0",
            "$1",
            "$ARGUMENTS",
            "$ARGUMENTS[0]",
            "\\",
            "\\\\",
            "${",
            "${CLAUDE_SKILL_DIR}",
            "${user_config.k}",
            "!`",
            "`",
            "```!\n",
            "```\n",
            "@",
            "@$1",
            " @a.md",
            "~~",
            "~~chat",
            "| ",
            "|---|\n",
            "(",
            ")",
            ",",
            "é",
            "\u{feff}",
            "\t",
            "<example>",
            "Bash(",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "*",
            "Bash",
            "command",
            "./x",
            "PreToolUse",
            "deny",
            "(",
            "[a-"
        ])
        .prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let keys = prop::sample::select(vec![
            "hooks",
            "PreToolUse",
            "Stop",
            "matcher",
            "type",
            "command",
            "if",
            "timeout",
            "name",
            "mcpServers",
            "userConfig",
            "skills",
            "author",
            "hookSpecificOutput",
            "permissionDecision",
            "decision",
            "continue",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn heads_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut found = Vec::new();
        prop_assert_eq!(frontmatter::parse(&bytes, "f".as_ref(), &mut found).is_none(), bytes.is_empty());
        manifest::parse(&bytes, "f".as_ref(), &mut found);
        let _ = json::parse(&bytes, "f".as_ref(), &mut found);
    }

    #[test]
    fn files_of_any_text(text in spiky(), fenced in any::<bool>()) {
        let text = if fenced { format!("---\nname: x\n{text}\n---\nbody") } else { text };
        let mut found = Vec::new();
        for scope in [Scope::Personal, Scope::Plugin("p".into())] {
            let folder = skill(text.as_bytes(), "a/SKILL.md".as_ref(), &scope, &mut found);
            for one in folder.into_iter().chain(command(text.as_bytes(), "c/x.md".as_ref(), &scope, &mut found)) {
                prop_assert!(!one.slug.is_empty() && !one.slug.contains(['/', ' ', ':']));
                prop_assert!(one.listing_text().chars().count() <= 1536);
            }
            if let Some(agent) = agent::read(text.as_bytes(), "a/b.md".as_ref(), &[], &scope, &mut found) {
                agent.shown();
            }
        }
        companions::output_style(text.as_bytes(), "s.md".as_ref(), &mut found);
        Connectors::parse(&text).context(&text, &["slack"], &|_| Vec::new());
        slug(&text);
    }

    #[test]
    fn skills_of_any_text_and_any_arguments(body in spiky(), arguments in spiky()) {
        prop_assume!(!body.is_empty());
        let text = format!("---\narguments: one two\n---\n{body}");
        let skill = skill(text.as_bytes(), "/p/a/SKILL.md".as_ref(), &Scope::Plugin("p".into()), &mut Vec::new()).unwrap();
        let variables = Variables::default();
        let call = Call { arguments: &arguments, variables: &variables, session_id: "s", effort: None, commands: true };
        let with = substitute(&skill, &call);
        // What is put in starts nothing: there are as many effects as the file's own text has, whatever the arguments say.
        let without = substitute(&skill, &Call { arguments: "w w w w w w w w w w w w", ..call });
        if let (Ok(with), Ok(without)) = (with, without) {
            let commands = |parts: &[Part]| parts.iter().filter(|part| matches!(part, Part::Shell(_))).count();
            prop_assert_eq!(commands(&with), commands(&without));
        }
        // Without commands nothing runs.
        if let Ok(parts) = substitute(&skill, &Call { commands: false, ..call }) {
            prop_assert!(!parts.iter().any(|part| matches!(part, Part::Shell(_))));
        }
        let _ = variables.expand(&body, Place::Shell);
        tokens(&body);
    }

    #[test]
    fn text_without_signs_stays_as_it_is(body in "[a-z \n.,\"'#*()é-]{1,200}") {
        let text = format!("---\ndescription: d\n---\n{body}");
        let skill = skill(text.as_bytes(), "/p/a/SKILL.md".as_ref(), &Scope::Personal, &mut Vec::new()).unwrap();
        let variables = Variables::default();
        let call = Call { arguments: "", variables: &variables, session_id: "s", effort: None, commands: true };
        prop_assert_eq!(substitute(&skill, &call).unwrap(), [Part::Text(body)]);
    }

    #[test]
    fn manifests_hooks_and_servers_of_any_json(value in value()) {
        let mut found = Vec::new();
        manifest::from_value(&value, "f".as_ref(), true, &mut found);
        let hooks = read(&value, "f".as_ref(), &mut found);
        serde_json::to_string(&hooks).unwrap();
        servers::read(&value, "f".as_ref(), &mut found);
        companions::lsp(&value, "f".as_ref(), &mut found);
        companions::monitors(&value, "f".as_ref(), &mut found);
        companions::settings(&value, "f".as_ref(), &mut found);
        tools::rules(&value);
    }

    #[test]
    fn answers_of_any_json(value in value(), code in -1..4, at in 0..31_usize) {
        let event = Event::ALL[at];
        let answer = Answer { exit: Exit::Code(code), stdout: value.to_string(), stderr: String::new() };
        let verdict = interpret(event, &answer);
        if code == 2 && event.blocks() {
            prop_assert!(verdict.blocks());
        }
    }

    #[test]
    fn matchers_of_any_text(text in "[a-zA-Z_|*.+?(){}\\[\\]^$\\\\dwDW&~!<=:,0-9 -]{0,30}", name in "[A-Za-z_]{0,20}") {
        if let Ok(matcher) = Matcher::parse(&text, Event::PreToolUse) {
            matcher.matches(std::iter::once(name.as_str()));
        }
        let rules = tools::tokens(&text);
        for rule in rules.iter().filter_map(|token| tools::ToolRule::parse(token)) {
            rule.concerns(&name, &text);
            rule.permits("Bash", &text);
        }
    }
}
