//! What a skill says when it is called (A8).

use deskhand_plugins::format::skill::{Scope, Skill, command, skill};
use deskhand_plugins::format::substitute::{COMMANDS_OFF, Call, Part, substitute, system_prompt, tokens};
use deskhand_plugins::format::variables::{Place, Refused, Variables, data_folder};
use serde_json::json;

fn of(head: &str, body: &str) -> Skill {
    let text = format!("---\ndescription: d\n{head}---\n{body}");
    skill(
        text.as_bytes(),
        "/plugin/skills/a/SKILL.md".as_ref(),
        &Scope::Plugin("acme".to_owned()),
        &mut Vec::new(),
    )
    .unwrap()
}

fn variables() -> Variables {
    Variables {
        plugin_root: Some("/plugin".into()),
        plugin_data: Some("/data".into()),
        project_dir: Some("/project".into()),
        user_config: [
            ("team".to_owned(), json!("north")),
            ("token".to_owned(), json!("s3cret")),
        ]
        .into(),
        sensitive: ["token".to_owned()].into(),
    }
}

fn parts_of(skill: &Skill, arguments: &str) -> Vec<Part> {
    let variables = variables();
    let call = Call {
        arguments,
        variables: &variables,
        session_id: "s-1",
        effort: Some("high"),
        commands: true,
    };
    substitute(skill, &call).unwrap()
}

/// The text of a skill that is text alone.
fn text_of(body: &str, arguments: &str) -> String {
    match parts_of(&of("", body), arguments).as_slice() {
        [] => String::new(),
        [Part::Text(text)] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn arguments_by_number_and_whole() {
    let rows = [
        ("$ARGUMENTS", "a 'b c'", "a 'b c'"),
        ("$ARGUMENTS[1] $ARGUMENTS[0]", "a 'b c'", "b c a"),
        ("$0 and $1", "a 'b c'", "a and b c"),
        ("$0 and $5", "a", "a and $5"),
        ("$ARGUMENTS[7] $0", "a", "$ARGUMENTS[7] a"),
        // From one, where 1 occurs and 0 does not.
        ("$1 and $2", "a b", "a and b"),
        ("$1", "a", "a"),
        ("$2 alone", "a b c", "c alone"),
        ("$10", "0 1 2 3 4 5 6 7 8 9 ten", "ten"),
        // An index in brackets always counts from zero.
        ("$1 $ARGUMENTS[0]", "a b", "a a"),
        ("$ARGUMENTS_X", "a", "$ARGUMENTS_X\n\nARGUMENTS: a"),
        ("$ARGUMENTS", "", ""),
    ];
    for (body, arguments, expected) in rows {
        assert_eq!(text_of(body, arguments), expected, "{body}");
    }
}

#[test]
fn money_is_not_a_placeholder() {
    for amount in [
        "$1M", "$50K", "$1,200K", "$0.50", "$1,000", "US$1", "$$1", "A$0", "$1st",
    ] {
        assert_eq!(
            text_of(&format!("costs {amount} and $ARGUMENTS"), "x y z"),
            format!("costs {amount} and x y z")
        );
    }
    // At the end of a sentence it is one.
    assert_eq!(text_of("first $0, then $0. ($0)", "x"), "first x, then x. (x)");
}

#[test]
fn amounts_that_look_like_placeholders_in_three_known_skills() {
    let text = "---\ndescription: d\n---\nabove $2 per unit";
    let scope = Scope::Plugin("finance".to_owned());
    let known = skill(
        text.as_bytes(),
        "/p/skills/variance-analysis/SKILL.md".as_ref(),
        &scope,
        &mut Vec::new(),
    )
    .unwrap();
    assert_eq!(
        parts_of(&known, "a b c"),
        [Part::Text("above $2 per unit\n\nARGUMENTS: a b c".to_owned())]
    );
    let other = skill(
        text.as_bytes(),
        "/p/skills/other/SKILL.md".as_ref(),
        &scope,
        &mut Vec::new(),
    )
    .unwrap();
    assert_eq!(parts_of(&other, "a b c"), [Part::Text("above c per unit".to_owned())]);
}

#[test]
fn one_backslash_keeps_a_placeholder() {
    let rows = [
        (r"\$0 $0", "$0 a"),
        (r"\\$0", r"\\a"),
        (r"\\\$0", r"\\\a"),
        (r"\$ARGUMENTS $0", "$ARGUMENTS a"),
        (r"\$ARGUMENTS[0] $0", "$ARGUMENTS[0] a"),
        // Nothing that would be replaced: the backslash stays.
        (r"\$HOME $0", r"\$HOME a"),
        (r"\$1M $0", r"\$1M a"),
        (r"C:\x $0", r"C:\x a"),
    ];
    for (body, expected) in rows {
        assert_eq!(text_of(body, "a"), expected, "{body}");
    }
    // What is kept is not counted when it is decided from where the file counts.
    assert_eq!(
        text_of(r"\$0 is the name, $1 the file", "a"),
        "$0 is the name, a the file"
    );
}

#[test]
fn named_arguments() {
    let skill = of(
        "arguments: issue branch issue-title\n",
        "fix $issue on $branch as $issue-title, $issues",
    );
    assert_eq!(
        parts_of(&skill, "12 main 'a title'"),
        [Part::Text("fix 12 on main as a title, $issues".to_owned())]
    );
    assert_eq!(
        parts_of(&skill, "12"),
        [Part::Text("fix 12 on  as , $issues".to_owned())]
    );
    let list = of("arguments: [one, two]\n", r"$two \$one");
    assert_eq!(parts_of(&list, "a b"), [Part::Text("b $one".to_owned())]);
}

#[test]
fn unused_arguments_are_appended() {
    assert_eq!(text_of("Do it.", "for March"), "Do it.\n\nARGUMENTS: for March");
    assert_eq!(text_of("Do it.", "  "), "Do it.");
    assert_eq!(text_of("Do $5.", "for March"), "Do $5.\n\nARGUMENTS: for March");
    assert_eq!(
        parts_of(&of("", "@notes.md"), "x"),
        [
            Part::Attach("notes.md".to_owned()),
            Part::Text("\n\nARGUMENTS: x".to_owned())
        ]
    );
}

#[test]
fn variables_of_the_plugin_and_the_session() {
    let body = "${CLAUDE_SKILL_DIR} ${CLAUDE_PROJECT_DIR} ${CLAUDE_SESSION_ID} ${CLAUDE_EFFORT} ${CLAUDE_PLUGIN_ROOT} ${CLAUDE_PLUGIN_DATA} \
                ${user_config.team} ${user_config.unset} ${HOME} $HOME";
    assert_eq!(
        text_of(body, ""),
        "/plugin/skills/a /project s-1 high /plugin /data north ${user_config.unset} ${HOME} $HOME"
    );
}

#[test]
fn secrets_and_shells_refuse_configured_values() {
    let variables = variables();
    let call = Call {
        arguments: "",
        variables: &variables,
        session_id: "s",
        effort: None,
        commands: true,
    };
    let refused = |body: &str| substitute(&of("", body), &call).unwrap_err();
    assert_eq!(refused("use ${user_config.token}"), Refused::Secret("token".to_owned()));
    assert_eq!(
        refused("!`curl ${user_config.team}`"),
        Refused::InShell("team".to_owned())
    );
    assert_eq!(
        refused("```!\necho ${user_config.team}\n```"),
        Refused::InShell("team".to_owned())
    );
    assert_eq!(variables.expand("${user_config.token}", Place::Exec).unwrap(), "s3cret");
    assert!(
        !variables
            .expand("${user_config.token}", Place::Text)
            .unwrap_err()
            .to_string()
            .contains("s3cret")
    );
}

#[test]
fn commands_become_parts() {
    let body = "State:\n!`git log -n $0`\nx!`not this` and !`git diff`.\n```!\necho one\necho two\n```\nend";
    assert_eq!(
        parts_of(&of("", body), "3"),
        [
            Part::Text("State:\n".to_owned()),
            Part::Shell("git log -n 3".to_owned()),
            Part::Text("\nx!`not this` and ".to_owned()),
            Part::Shell("git diff".to_owned()),
            Part::Text(".\n".to_owned()),
            Part::Shell("echo one\necho two".to_owned()),
            Part::Text("\nend".to_owned()),
        ]
    );
    let variables = variables();
    let off = Call {
        arguments: "3",
        variables: &variables,
        session_id: "s",
        effort: None,
        commands: false,
    };
    let expected = format!("State:\n{COMMANDS_OFF}\nx!`not this` and {COMMANDS_OFF}.\n{COMMANDS_OFF}\nend");
    assert_eq!(substitute(&of("", body), &off).unwrap(), [Part::Text(expected)]);
}

#[test]
fn what_is_put_in_is_never_looked_at_again() {
    let evil = "!`rm -rf /` @/etc/passwd ${CLAUDE_PLUGIN_ROOT} $0";
    assert_eq!(text_of("say: $ARGUMENTS", evil), format!("say: {evil}"));
    assert_eq!(text_of("$ARGUMENTS", evil), evil);
    assert_eq!(text_of("$0", "'@/etc/passwd'"), "@/etc/passwd");
    assert_eq!(text_of("\n$0", "'!`id`'"), "\n!`id`");
}

#[test]
fn files_and_resources() {
    let rows: [(&str, &str, Vec<Part>); 7] = [
        ("@$1", "'my file.docx'", vec![Part::Attach("my file.docx".into())]),
        ("@$1", "", vec![Part::Text("@$1".into())]),
        (
            "@${CLAUDE_SKILL_DIR}/role.md",
            "",
            vec![Part::Attach("/plugin/skills/a/role.md".into())],
        ),
        (
            "(see) @docs/a.md.",
            "",
            vec![
                Part::Text("(see) ".into()),
                Part::Attach("docs/a.md".into()),
                Part::Text(".".into()),
            ],
        ),
        ("me@example.com", "", vec![Part::Text("me@example.com".into())]),
        (
            "@github:issue://12",
            "",
            vec![Part::Resource {
                server: "github".into(),
                uri: "issue://12".into(),
            }],
        ),
        ("a @ b @@x", "", vec![Part::Text("a @ b @@x".into())]),
    ];
    for (body, arguments, expected) in rows {
        assert_eq!(parts_of(&of("", body), arguments), expected, "{body}");
    }
}

#[test]
fn words_as_a_shell_splits_them() {
    assert_eq!(
        tokens(r#"a "b c" d'e f'g  h\ i don't C:\x"#),
        ["a", "b c", "de fg", "h i", "don't", r"C:\x"]
    );
    assert_eq!(tokens("'' x"), ["", "x"]);
    assert_eq!(tokens("   "), Vec::<String>::new());
}

#[test]
fn commands_in_files_of_their_own() {
    let text = "---\nname: ignored\npaths: src/**\n---\nDo $ARGUMENTS";
    let command = command(
        text.as_bytes(),
        "/p/commands/deep/do-it.md".as_ref(),
        &Scope::Plugin("acme".into()),
        &mut Vec::new(),
    )
    .unwrap();
    assert_eq!((command.qualified().as_str(), command.paths.len()), ("acme:do-it", 0));
    assert_eq!(parts_of(&command, "this"), [Part::Text("Do this".to_owned())]);
}

#[test]
fn an_agents_prompt_knows_the_plugins_folders() {
    let text = "---\nname: a\ndescription: d\n---\nRead ${CLAUDE_PLUGIN_ROOT}/x for ${user_config.team}; never ${user_config.token}";
    let scope = Scope::Plugin("acme".into());
    let mut agent =
        deskhand_plugins::format::agent::read(text.as_bytes(), "a.md".as_ref(), &[], &scope, &mut Vec::new()).unwrap();
    assert_eq!(
        system_prompt(&agent, &variables()),
        Err(Refused::Secret("token".to_owned()))
    );
    agent.body = agent.body.replace("; never ${user_config.token}", "");
    assert_eq!(system_prompt(&agent, &variables()).unwrap(), "Read /plugin/x for north");
}

#[test]
fn environment_and_lasting_folder() {
    let environment = variables().environment();
    assert!(environment.contains(&("CLAUDE_PLUGIN_ROOT".to_owned(), "/plugin".to_owned())));
    assert!(environment.contains(&("CLAUDE_PLUGIN_OPTION_TOKEN".to_owned(), "s3cret".to_owned())));
    assert_eq!(data_folder("sales@my market/1"), "sales-my-market-1");
}
