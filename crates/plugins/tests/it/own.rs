//! Our own marketplace, read as any other: nothing to find fault with.

use std::path::{Path, PathBuf};

use deskhand_plugins::format::substitute::{Call, Part, allowed_tools, substitute};
use deskhand_plugins::format::variables::Variables;
use deskhand_plugins::format::{Catalog, Loaded, Origin, Plugin, Skill, load};
use serde_json::Value;

use crate::folder::{Folder, names};

/// What the listing may add to a prompt.
const BUDGET: usize = 6 * 1024;
const LONGEST_DESCRIPTION: usize = 300;

fn repository() -> PathBuf {
    std::fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

fn marketplace() -> Value {
    let text = std::fs::read_to_string(repository().join("plugins/.claude-plugin/marketplace.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn all() -> Vec<Loaded> {
    let market = marketplace();
    let entries = market["plugins"].as_array().unwrap();
    let load_entry = |entry: &Value| {
        let root = repository().join("plugins").join(entry["source"].as_str().unwrap());
        let origin = Origin {
            name: entry["name"].as_str().map(str::to_owned),
            marketplace: market["name"].as_str().map(str::to_owned),
            entry: Some(entry.clone()),
            marketplace_root: false,
        };
        load(&root, &origin)
    };
    entries.iter().map(load_entry).collect()
}

fn plugins() -> Vec<Plugin> {
    all().into_iter().map(|loaded| loaded.plugin.unwrap()).collect()
}

/// Links of a Markdown text that lead to files, and the files it names by `${CLAUDE_SKILL_DIR}`.
fn links(text: &str) -> Vec<String> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let named = text.split("${CLAUDE_SKILL_DIR}/").skip(1);
    links
        .map(|(link, _)| link.to_owned())
        .filter(|link| !link.contains("://") && !link.starts_with('#'))
        .chain(named.map(|rest| {
            let end = rest.find([' ', '\n', '`', ')']).unwrap_or(rest.len());
            rest[..end].to_owned()
        }))
        .collect()
}

fn dead_links(plugin: &Plugin, skill: &Skill) -> Vec<String> {
    let is_file = |link: &String| plugin.readable(skill, link).is_some_and(|path| path.is_file());
    links(&skill.body).into_iter().filter(|link| !is_file(link)).collect()
}

/// The names of the tools as the engine defines them.
fn built_in() -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(repository().join("crates/engine/src/tools")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let after = text.split(" def(").skip(1).map(str::trim_start);
        found.extend(after.filter_map(|rest| {
            let name = rest.strip_prefix('"')?.split_once('"')?.0;
            Some(name.to_owned())
        }));
    }
    found
}

#[test]
fn every_plugin_loads_without_a_finding() {
    let loaded = all();
    for one in &loaded {
        assert_eq!(one.diagnostics, []);
    }
    let ids: Vec<String> = plugins().iter().map(Plugin::id).collect();
    assert_eq!(
        ids,
        [
            "data-analysis@deskhand",
            "finance@deskhand",
            "legal@deskhand",
            "sales@deskhand"
        ]
    );
}

#[test]
fn every_skill_is_there_under_the_name_of_its_folder() {
    let skills: Vec<(String, Vec<String>)> = plugins()
        .iter()
        .map(|plugin| {
            (
                plugin.name.clone(),
                names(&plugin.skills).into_iter().map(str::to_owned).collect(),
            )
        })
        .collect();
    let expected: [(&str, &[&str]); 4] = [
        (
            "data-analysis",
            &["build-dashboard", "clean-data", "explore-data", "write-report"],
        ),
        (
            "finance",
            &[
                "cash-forecast",
                "invoice-audit",
                "month-end-close",
                "reconciliation",
                "variance-analysis",
            ],
        ),
        (
            "legal",
            &[
                "compare-versions",
                "nda-triage",
                "obligations-register",
                "review-contract",
            ],
        ),
        (
            "sales",
            &["account-brief", "call-prep", "pipeline-review", "quote-check"],
        ),
    ];
    let expected: Vec<(String, Vec<String>)> = expected
        .iter()
        .map(|(plugin, skills)| {
            (
                (*plugin).to_owned(),
                skills.iter().map(|&name| name.to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(skills, expected);
    for plugin in plugins() {
        assert_eq!(plugin.manifest.version.as_deref(), Some("1.0.0"));
        assert!(!plugin.connectors.rows.is_empty(), "{}", plugin.name);
        for skill in &plugin.skills {
            assert_eq!(
                Some(skill.name.as_str()),
                skill.folder.file_name().and_then(|name| name.to_str())
            );
            assert!(
                skill.description.chars().count() <= LONGEST_DESCRIPTION,
                "{}",
                skill.qualified()
            );
            assert!(skill.argument_hint.is_some(), "{}", skill.qualified());
            let lines = skill.body.lines().count();
            assert!((60..=150).contains(&lines), "{}: {lines} lines", skill.qualified());
        }
    }
}

#[test]
fn every_link_leads_to_a_file_of_the_plugin() {
    let mut checked = 0;
    for plugin in plugins() {
        for skill in &plugin.skills {
            assert_eq!(
                dead_links(&plugin, skill),
                Vec::<String>::new(),
                "{}",
                skill.qualified()
            );
            checked += links(&skill.body).len();
        }
    }
    assert!(checked >= 30, "{checked}");
}

#[test]
fn a_dead_link_is_seen() {
    let text = "---\nname: s\ndescription: d\n---\n[a](references/a.md) [b](references/b.md) [out](../../../out.md)\n`python3 ${CLAUDE_SKILL_DIR}/scripts/x.py a`\n";
    let folder = Folder::of(&[("skills/s/SKILL.md", text), ("skills/s/references/a.md", "a")]);
    let plugin = folder.plugin();
    let dead = dead_links(&plugin, &plugin.skills[0]);
    assert_eq!(dead, ["references/b.md", "../../../out.md", "scripts/x.py"]);
}

#[test]
fn tools_that_are_allowed_beforehand_exist_and_change_nothing() {
    let known = built_in();
    assert!(
        known.len() > 10 && known.iter().any(|name| name == "Query"),
        "{known:?}"
    );
    for plugin in plugins() {
        for skill in &plugin.skills {
            assert!(!skill.allowed_tools.is_empty());
            for rule in &skill.allowed_tools {
                assert!(known.contains(&rule.tool), "{}: {}", skill.qualified(), rule.tool);
                // Changes to files are judged as always; of commands, its own scripts alone go without asking.
                assert!(!["Write", "Edit", "Convert", "DeleteFile", "MoveFile"].contains(&rule.tool.as_str()));
                if rule.tool == "Bash" {
                    let command = rule.prefix().unwrap_or_default();
                    assert!(command.starts_with("python3 ${CLAUDE_SKILL_DIR}/scripts/"), "{command}");
                }
            }
        }
    }
}

#[test]
fn a_called_skill_is_text_alone_and_may_run_the_commands_it_shows() {
    let mut commands = 0;
    for plugin in plugins() {
        let variables = Variables {
            plugin_root: Some(plugin.root.clone()),
            ..Variables::default()
        };
        let call = Call {
            arguments: "a.csv b.csv",
            variables: &variables,
            session_id: "s-1",
            effort: None,
            commands: true,
        };
        for skill in &plugin.skills {
            let parts = substitute(skill, &call).unwrap();
            let [Part::Text(text)] = parts.as_slice() else {
                panic!("{}: {parts:?}", skill.qualified());
            };
            assert!(!text.contains("${"), "{}", skill.qualified());
            let rules = allowed_tools(skill, &call);
            for block in text.split("```bash\n").skip(1) {
                let command = block.split_once("```").unwrap().0.trim();
                let permitted = |command: &str| rules.iter().any(|rule| rule.permits("Bash", command));
                assert!(permitted(command), "{}: {command}", skill.qualified());
                assert!(!permitted(&format!("{command}; rm -r .")), "{}", skill.qualified());
                commands += 1;
            }
        }
    }
    assert_eq!(commands, 14);
}

#[test]
fn the_listing_says_every_skill_in_full() {
    let mut catalog = Catalog::default();
    for plugin in plugins() {
        catalog.add_plugin(&plugin);
    }
    let listing = catalog.listing(BUDGET);
    assert!(listing.len() <= BUDGET, "{}", listing.len());
    for skill in catalog.skills() {
        assert!(
            listing.contains(&format!("- {}: {}", skill.qualified(), skill.description)),
            "{}",
            skill.qualified()
        );
    }
}

#[test]
fn a_request_finds_its_skill() {
    let mut catalog = Catalog::default();
    for plugin in plugins() {
        catalog.add_plugin(&plugin);
    }
    for (request, wanted) in [
        (
            "why does the bank statement differ from the ledger",
            "finance:reconciliation",
        ),
        ("explain actual versus budget", "finance:variance-analysis"),
        ("are the books ready to close the month", "finance:month-end-close"),
        ("13-week liquidity plan", "finance:cash-forecast"),
        ("did we pay this supplier invoice twice", "finance:invoice-audit"),
        ("what is in this csv file", "data-analysis:explore-data"),
        (
            "this list is a mess, clean the dates and doubles",
            "data-analysis:clean-data",
        ),
        ("dashboard of our KPIs", "data-analysis:build-dashboard"),
        ("management summary report for the board", "data-analysis:write-report"),
        ("review the supplier agreement before signing", "legal:review-contract"),
        ("can we sign this non-disclosure agreement", "legal:nda-triage"),
        ("the redline came back, what changed", "legal:compare-versions"),
        (
            "notice periods and renewals of our contracts",
            "legal:obligations-register",
        ),
        ("brief on this customer for the hand-over", "sales:account-brief"),
        ("pipeline forecast and stale deals", "sales:pipeline-review"),
        (
            "check the offer and its discount before it goes out",
            "sales:quote-check",
        ),
        ("prepare the discovery call", "sales:call-prep"),
    ] {
        let found: Vec<String> = catalog
            .search(request, 3)
            .iter()
            .map(|hit| hit.skill.qualified())
            .collect();
        assert!(found.iter().any(|name| name == wanted), "{request}: {found:?}");
    }
}
