//! Who answers to which name (A6).

use std::collections::BTreeSet;

use deskhand_plugins::format::catalog::{Resolution, calls};
use deskhand_plugins::format::scopes::{agents_in, places, skills_in};
use deskhand_plugins::format::skill::Scope;
use deskhand_plugins::format::{Catalog, Layout, Origin, Skill, load, skill};

use crate::folder::{Folder, below, names, reasons};

const SKILL: &str = "---\ndescription: d\n---\nx";

fn plugin(catalog: &mut Catalog, name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::of(files);
    let loaded = load(
        &folder.path(),
        &Origin {
            name: Some(name.to_owned()),
            ..Origin::default()
        },
    );
    catalog.add_plugin(&loaded.plugin.unwrap());
    folder
}

fn own(name: &str, scope: Scope) -> Skill {
    skill::skill(
        SKILL.as_bytes(),
        format!("/{scope:?}/{name}/SKILL.md").as_ref(),
        &scope,
        &mut Vec::new(),
    )
    .unwrap()
}

fn found<'a>(catalog: &'a Catalog, name: &str) -> &'a Skill {
    match catalog.resolve(name) {
        Resolution::Skill(skill) => skill,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_bare_name_of_several_plugins_is_refused_and_the_qualified_one_works() {
    let mut catalog = Catalog::default();
    let _sales = plugin(
        &mut catalog,
        "sales",
        &[
            ("skills/call-prep/SKILL.md", SKILL),
            ("skills/outreach/SKILL.md", SKILL),
        ],
    );
    let _room = plugin(&mut catalog, "common-room", &[("skills/call-prep/SKILL.md", SKILL)]);
    let names = || vec!["common-room:call-prep".to_owned(), "sales:call-prep".to_owned()];
    assert_eq!(catalog.resolve("/call-prep"), Resolution::Ambiguous(names()));
    assert_eq!(found(&catalog, "/sales:call-prep").scope, Scope::Plugin("sales".into()));
    assert_eq!(
        found(&catalog, "common-room:call-prep").scope,
        Scope::Plugin("common-room".into())
    );
    assert_eq!(found(&catalog, "outreach").qualified(), "sales:outreach");
    assert_eq!(
        catalog.resolve("outreech"),
        Resolution::Unknown(vec!["sales:outreach".into()])
    );
    assert_eq!(catalog.resolve("sales:nothing"), Resolution::Unknown(vec![]));
    let menu: Vec<_> = catalog.menu().into_iter().map(|(name, _)| name).collect();
    assert_eq!(menu, ["common-room:call-prep", "outreach", "sales:call-prep"]);
    assert_eq!(reasons(&catalog.shadowed()), ["shadowed", "shadowed"]);
    // The person's own takes the bare name.
    catalog.add_skills([own("call-prep", Scope::Personal)]);
    assert_eq!(found(&catalog, "call-prep").scope, Scope::Personal);
    assert_eq!(found(&catalog, "sales:call-prep").scope, Scope::Plugin("sales".into()));
}

#[test]
fn a_skill_a_command_and_an_agent_of_one_name() {
    let mut catalog = Catalog::default();
    let _folder = plugin(
        &mut catalog,
        "brand-voice",
        &[
            ("skills/discover-brand/SKILL.md", SKILL),
            ("commands/discover-brand.md", SKILL),
            (
                "agents/discover-brand.md",
                "---\nname: discover-brand\ndescription: d\n---\nx",
            ),
        ],
    );
    for name in ["discover-brand", "/brand-voice:discover-brand"] {
        assert_eq!(found(&catalog, name).layout, Layout::Folder);
    }
    assert_eq!(
        catalog.agent("brand-voice:discover-brand").unwrap().name,
        "discover-brand"
    );
    assert_eq!(
        catalog.agent("discover-brand").unwrap().qualified,
        "brand-voice:discover-brand"
    );
    assert_eq!(catalog.menu().len(), 1);
    assert_eq!(reasons(&catalog.shadowed()), ["shadowed"]);
    assert_eq!(catalog.for_model().count(), 1);
}

#[test]
fn managed_personal_project_bundled_in_this_order() {
    let order = [Scope::Managed, Scope::Personal, Scope::Project, Scope::Bundled];
    for from in 0..order.len() {
        let mut catalog = Catalog::default();
        catalog.add_skills(order[from..].iter().rev().map(|scope| own("standup", scope.clone())));
        assert_eq!(found(&catalog, "standup").scope, order[from]);
        assert_eq!(catalog.shadowed().len(), order.len() - from - 1);
    }
    let mut catalog = Catalog::default();
    catalog.add_skills([
        own("deploy", Scope::Project),
        own("deploy", Scope::Nested("api".into())),
    ]);
    assert_eq!(found(&catalog, "deploy").scope, Scope::Project);
    assert_eq!(found(&catalog, "api:deploy").scope, Scope::Nested("api".into()));
}

#[test]
fn hidden_skills() {
    let mut catalog = Catalog::default();
    let _folder = plugin(
        &mut catalog,
        "p",
        &[
            (
                "skills/model/SKILL.md",
                "---\ndescription: d\nuser-invocable: \"No\"\n---\nx",
            ),
            (
                "skills/user/SKILL.md",
                "---\ndescription: d\ndisable-model-invocation: on\n---\nx",
            ),
            (
                "commands/old.md",
                "---\ndescription: d\nhide-from-slash-command-tool: \"true\"\n---\nx",
            ),
            (
                "skills/odd/SKILL.md",
                "---\ndescription: d\nuser-invocable: perhaps\n---\nx",
            ),
        ],
    );
    let menu: Vec<_> = catalog.menu().into_iter().map(|(name, _)| name).collect();
    assert_eq!(menu, ["odd", "old", "user"]);
    let listed: Vec<_> = catalog.for_model().map(|skill| skill.slug.as_str()).collect();
    assert_eq!(listed, ["model", "odd"]);
}

#[test]
fn skills_beside_plugins_are_found_up_to_the_top() {
    let home = Folder::of(&[
        (".claude/skills/mine/SKILL.md", SKILL),
        (".agents/skills/shared/SKILL.md", SKILL),
    ]);
    let project = Folder::of(&[
        (".claude/skills/top/SKILL.md", SKILL),
        ("a/b/.agents/skills/deep/SKILL.md", SKILL),
        (
            "a/.claude/skills/packed/.claude-plugin/plugin.json",
            r#"{"name": "packed"}"#,
        ),
        ("a/.claude/skills/packed/skills/inner/SKILL.md", SKILL),
        (
            ".claude/agents/sub/helper.md",
            "---\nname: helper\ndescription: d\nhooks: {Stop: []}\npermissionMode: plan\n---\nx",
        ),
        (".claude/agents/nameless.md", "---\ndescription: d\n---\nx"),
        (
            ".claude/agents/broken.md",
            "---\nname: broken\ndescription: a: b\n---\nx",
        ),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        home.path().join(".claude/skills/mine"),
        project.path().join(".claude/skills/link"),
    )
    .unwrap();
    let (mut seen, mut diagnostics) = (BTreeSet::new(), Vec::new());
    let (mut skills, mut plugins) = (Vec::new(), Vec::new());
    for (scope, folder) in places(Some(&home.path()), &project.path().join("a/b"), &project.path()) {
        let (mut some, mut packed) = skills_in(&folder, &scope, &mut seen, &mut diagnostics);
        skills.append(&mut some);
        plugins.append(&mut packed);
    }
    // The link to the person's own skill is the same skill, and counts once.
    assert_eq!(names(&skills), ["mine", "shared", "deep", "top"]);
    assert_eq!(skills[0].scope, Scope::Personal);
    assert_eq!(
        plugins
            .iter()
            .map(|path| below(&project.path(), path))
            .collect::<Vec<_>>(),
        ["a/.claude/skills/packed"]
    );
    assert_eq!(diagnostics, []);
    let agents = agents_in(
        &project.path().join(".claude/agents"),
        &Scope::Project,
        &mut diagnostics,
    );
    assert_eq!(
        agents.iter().map(|agent| agent.qualified.as_str()).collect::<Vec<_>>(),
        ["sub:helper"]
    );
    assert!(agents[0].own_settings.is_some());
    assert_eq!(
        reasons(&diagnostics),
        ["frontmatter-yaml", "agent-incomplete", "agent-incomplete"]
    );
}

#[test]
fn a_plugins_agent_decides_nothing_about_safety() {
    let text = "---\nname: a:b\ndescription: d\nhooks: {}\nmcpServers: {x: {command: y}}\npermissionMode: bypassPermissions\n\
                tools: Read, mcp__srv, Bash(git:*), Agent(a,b)\ndisallowedTools: Write, Bash(rm:*)\nmaxTurns: 9\ncolor: mauve\nmodel: claude-x\n---\nx";
    let folder = Folder::of(&[("agents/safe.md", text)]);
    let loaded = folder.load();
    assert_eq!(
        reasons(&loaded.diagnostics),
        [
            "agent-name",
            "agent-color",
            "agent-guarded",
            "agent-guarded",
            "agent-guarded"
        ]
    );
    let agent = loaded.plugin.unwrap().agents.remove(0);
    assert_eq!(
        (agent.name.as_str(), agent.own_settings.as_ref(), agent.max_turns),
        ("safe", None, Some(9))
    );
    let tools = [
        "Read",
        "Write",
        "Bash",
        "Task",
        "mcp__srv__x",
        "mcp__other__x",
        "AskUserQuestion",
    ];
    assert_eq!(agent.given(tools), ["Read", "Bash", "Task", "mcp__srv__x"]);
}

#[test]
fn several_skills_at_the_beginning_of_a_message() {
    assert_eq!(calls("/a /p:b do it"), (vec!["a", "p:b"], "do it"));
    assert_eq!(calls("hello /a"), (vec![], "hello /a"));
    assert_eq!(calls("/home/me/x is full"), (vec![], "/home/me/x is full"));
    assert_eq!(calls("/a"), (vec!["a"], ""));
    assert_eq!(calls("/1 /2 /3 /4 /5 /6 /7").0.len(), 6);
}
