//! Install, update, remove: reviewed first, and nothing left after. Source: issue 5, A4, A14.

use deskhand_plugins::library::{Scope, Verdict};
use serde_json::json;

use crate::folder::Folder;
use crate::library::{Home, acme, acme_market, git, id, list, market};

fn add(home: &Home, folder: &Folder) -> deskhand_plugins::library::Library {
    let library = home.open();
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    library
}

#[test]
fn the_review_tells_everything_that_runs_and_nothing_is_on_before_it_is_accepted() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let library = add(&home, &folder);
    let before = home.walk();
    let prepared = library.install(&id("acme@market"), Scope::User).unwrap();
    let review = &prepared.plugins[0].review;
    assert_eq!(review.hooks, [("Stop".to_owned(), "rm -rf \"$HOME/x y\"".to_owned())]);
    assert_eq!(
        review.local_servers,
        [("files".to_owned(), "K=v node 'a b.js'".to_owned())]
    );
    assert_eq!(
        review.remote_servers,
        [(
            "far".to_owned(),
            "https://mcp.example.com/x, header Authorization: Bearer ${TOKEN}".to_owned()
        )]
    );
    assert_eq!(review.agents.len(), 1);
    assert_eq!(review.skills.len(), 1);
    assert!(review.runs_something());
    assert!(library.installed().unwrap().is_empty());
    assert!(library.active(None).unwrap().is_empty());
    drop(prepared);
    assert_eq!(home.walk(), before);
}

#[test]
fn the_review_tells_what_each_hook_asks_calls_and_sends() {
    let hooks = json!({"hooks": {
        "Stop": [{"hooks": [
            {"type": "prompt", "prompt": "Is it done?\n$ARGUMENTS"},
            {"type": "agent", "prompt": "By the rules?", "model": "claude-x"}]}],
        "PostToolUse": [{"hooks": [
            {"type": "mcp_tool", "server": "plugin:asks:notes", "tool": "keep", "input": {"text": "${tool_input.content}"}},
            {"type": "http", "url": "https://hooks.example/a", "headers": {"X-Key": "Bearer $TOKEN"},
                "allowedEnvVars": ["TOKEN"]}]}]}});
    let folder = market(
        &json!([{"name": "asks", "description": "d", "source": "./asks"}]),
        &[("asks/hooks/hooks.json", &hooks.to_string())],
    );
    let home = Home::new();
    let prepared = add(&home, &folder).install(&id("asks@market"), Scope::User).unwrap();
    let review = &prepared.plugins[0].review;
    let told = |list: &[(String, String)]| -> Vec<String> {
        list.iter().map(|(event, what)| format!("{event}: {what}")).collect()
    };
    assert!(review.runs_something());
    assert_eq!(told(&review.hooks), [""; 0]);
    assert_eq!(
        told(&review.model_hooks),
        [
            "Stop: asks the task's model: Is it done?\n$ARGUMENTS",
            "Stop: asks the model claude-x, which may read in the task's folders: By the rules?"
        ]
    );
    assert_eq!(
        told(&review.outward_hooks),
        [
            "PostToolUse: calls the tool keep of the server plugin:asks:notes with {\"text\":\"${tool_input.content}\"}",
            "PostToolUse: sends what it is told to https://hooks.example/a, header X-Key: Bearer $TOKEN, with the variables \
             TOKEN of this computer"
        ]
    );
}

fn goes_and_comes(home: &Home, folder: &Folder, given: &str, publish: &dyn Fn()) {
    let library = home.open();
    library.add_marketplace(given).unwrap();
    let one = id("acme@market");
    let before = home.walk();
    let prepared = library.install(&one, Scope::User).unwrap();
    assert_eq!(library.accept(prepared).unwrap(), std::slice::from_ref(&one));
    assert_eq!(library.active(None).unwrap().len(), 1);
    assert!(library.update(&one).unwrap().is_none(), "the same version is no update");
    let data = library.data_folder(&one).unwrap();
    std::fs::write(data.join("kept"), "mine").unwrap();

    acme(folder, "1.1.0");
    publish();
    library.update_marketplace("market").unwrap();
    let update = library.update(&one).unwrap().unwrap();
    assert_eq!(update.plugins[0].previous.as_deref(), Some("1.0.0"));
    assert_eq!(update.plugins[0].review.version, "1.1.0");
    library.accept(update).unwrap();
    assert_eq!(library.installed().unwrap()[0].1.version, "1.1.0");
    assert!(data.join("kept").is_file(), "an update keeps the data");
    assert!(library.update(&one).unwrap().is_none());

    let removed = library.remove(&one, &Scope::User).unwrap();
    assert_eq!((removed.plugins, removed.warnings), (vec![one], vec![]));
    assert!(!data.exists());
    let mut after = home.walk();
    let mut before = before;
    if given.starts_with("file:") {
        // The marketplace itself is at a new commit.
        for tree in [&mut before, &mut after] {
            tree.retain(|path, _| !path.starts_with("marketplaces") && !path.ends_with("state.json"));
        }
    }
    assert_eq!(after, before);
}

#[test]
fn a_folder_marketplace_installs_updates_removes_and_leaves_the_tree_as_before() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    goes_and_comes(&home, &folder, &folder.path().display().to_string(), &|| {});
}

#[test]
fn a_git_marketplace_installs_updates_removes_and_leaves_the_tree_as_before() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let publish = || {
        git(&folder.path(), &["add", "-A"]);
        git(&folder.path(), &["commit", "-q", "-m", "next"]);
    };
    git(&folder.path(), &["init", "-q"]);
    publish();
    goes_and_comes(&home, &folder, &format!("file://{}", folder.path().display()), &publish);
}

#[test]
fn data_stays_until_the_last_scope_is_removed() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let (library, one) = (add(&home, &folder), id("acme@market"));
    let project = Scope::Project("/srv/p".into());
    for scope in [&Scope::User, &project] {
        library.accept(library.install(&one, scope.clone()).unwrap()).unwrap();
    }
    let data = library.data_folder(&one).unwrap();
    assert!(library.remove(&one, &Scope::User).unwrap().plugins.is_empty());
    assert!(data.is_dir());
    assert!(library.active(None).unwrap().is_empty());
    assert_eq!(library.active(Some("/srv/p".as_ref())).unwrap().len(), 1);
    library.remove(&one, &project).unwrap();
    assert!(!data.exists());
}

#[test]
fn what_changed_after_it_was_accepted_is_told_and_disarmed_until_trusted() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let (library, one) = (add(&home, &folder), id("acme@market"));
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    assert_eq!(library.verify(&one).unwrap(), Verdict::Unchanged);
    let root = home.root().join(&library.installed().unwrap()[0].1.folder);
    let file = root.join("hooks/hooks.json");
    let text = std::fs::read_to_string(&file).unwrap().replace("rm -rf", "cat");
    std::fs::write(&file, text).unwrap();
    assert_eq!(library.verify(&one).unwrap(), Verdict::Changed);
    let active = library.active(None).unwrap().remove(0);
    let plugin = active.loaded.plugin.unwrap();
    assert!(plugin.hooks.groups.is_empty() && plugin.servers.is_empty());

    let review = library.review(&one).unwrap();
    std::fs::write(root.join("late"), "x").unwrap();
    assert!(library.trust(&review).is_err(), "only what was reviewed is trusted");
    library.trust(&library.review(&one).unwrap()).unwrap();
    assert_eq!(library.verify(&one).unwrap(), Verdict::Unchanged);
    std::fs::remove_dir_all(root).unwrap();
    assert_eq!(library.verify(&one).unwrap(), Verdict::Missing);
}

#[test]
fn an_entry_of_every_layout_installs_with_what_it_says() {
    let skill = |name: &str| format!("---\nname: {name}\ndescription: does {name}\n---\nText.\n");
    let entries = json!([
        {"name": "bare", "source": "./bare"},
        {"name": "loose", "source": "./loose", "strict": false, "version": "3.0.0", "commands": ["./orders/go.md"]},
        {"name": "single", "source": "./single"},
        {"name": "some", "source": "./", "strict": false, "skills": ["./skills/one"]},
        {"name": "dot", "source": ".", "strict": false, "skills": ["./skills/two"]},
        {"name": "odd", "source": {"source": "carrier-pigeon", "loft": "x"}},
    ]);
    let folder = market(
        &entries,
        &[
            ("bare/commands/hi.md", "Say hi.\n"),
            ("loose/orders/go.md", "Go.\n"),
            ("single/SKILL.md", &skill("single")),
            ("skills/one/SKILL.md", &skill("one")),
            ("skills/two/SKILL.md", &skill("two")),
        ],
    );
    let home = Home::new();
    let library = add(&home, &folder);
    let seen = |name: &str| {
        let prepared = library.install(&id(&format!("{name}@market")), Scope::User).unwrap();
        let review = prepared.plugins[0].review.clone();
        (review.skills, review.commands, review.version)
    };
    assert_eq!(seen("bare").1.len(), 1);
    assert_eq!((seen("loose").1.len(), seen("loose").2), (1, "3.0.0".to_owned()));
    assert_eq!(seen("single").0, ["single"]);
    assert_eq!(seen("some").0, ["one"]);
    assert_eq!(seen("dot").0, ["two"]);
    assert!(library.install(&id("odd@market"), Scope::User).is_err());
    let (_, found) = library.marketplace("market").unwrap();
    assert!(found.iter().any(|one| one.message.contains("carrier-pigeon")));
    assert_eq!(library.search("").unwrap().len(), 6);
}

#[test]
fn a_rename_follows_what_is_installed_and_keeps_its_data() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let (library, one, two) = (add(&home, &folder), id("acme@market"), id("apex@market"));
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    let data = library.data_folder(&one).unwrap();
    let renamed = json!({"name": "market", "owner": {"name": "Ann"}, "renames": {"acme": "apex", "a": "b", "b": "a"},
        "metadata": {"pluginRoot": "./"}, "plugins": [{"name": "apex", "source": "acme"}]});
    folder.put(".claude-plugin/marketplace.json", renamed.to_string().as_bytes());
    let update = library.update_marketplace("market").unwrap();
    assert_eq!(update.renamed, [(one.clone(), two.clone())]);
    assert_eq!(library.installed().unwrap()[0].0, two);
    assert_eq!(library.data_folder(&two).unwrap(), data);
    assert_eq!(library.install(&one, Scope::User).unwrap().plugins[0].review.id, two);
    list(&folder, &json!([]));
    assert_eq!(
        library.update_marketplace("market").unwrap().gone,
        std::slice::from_ref(&two)
    );
    assert_eq!(library.installed().unwrap().len(), 1);
    library.remove(&two, &Scope::User).unwrap();
    assert!(!data.exists());
}

#[test]
fn an_exported_plugin_installs_again_with_the_same_content() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let (library, one) = (add(&home, &folder), id("acme@market"));
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    let bytes = library.export(&one).unwrap();
    assert_eq!(bytes, library.export(&one).unwrap());
    let package = folder.put("out/acme.plugin", &bytes);
    let prepared = library.install_file(&package, Scope::User).unwrap();
    assert_eq!(prepared.plugins[0].review.id, id("acme@local"));
    assert_eq!(
        prepared.plugins[0].review.content,
        library.installed().unwrap()[0].1.content
    );
    library.accept(prepared).unwrap();
    assert_eq!(library.export(&id("acme@local")).unwrap(), bytes);
}

#[test]
fn a_held_version_stays_until_it_is_let_go() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let (library, one) = (add(&home, &folder), id("acme@market"));
    let before = home.walk();
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    let held = library.hold(&one).unwrap();
    library.remove(&one, &Scope::User).unwrap();
    home.open();
    assert!(held.root.join("hooks/hooks.json").is_file());
    drop(held);
    library.sweep().unwrap();
    assert_eq!(home.walk(), before);
}

#[test]
fn several_prepare_at_once_and_leave_nothing() {
    let (home, folder) = (Home::new(), acme_market("1.0.0"));
    let library = add(&home, &folder);
    let before = home.walk();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    drop(library.install(&id("acme@market"), Scope::User).unwrap());
                }
            });
        }
    });
    assert_eq!(home.walk(), before);
}
