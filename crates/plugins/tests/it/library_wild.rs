//! What plugins in the wild do, and what they ask for. Source: issue 5, A14 (R17-R19, R23, R31) and A5.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use deskhand_plugins::library::{Library, LibraryError, Ports, Scope, Secrets};
use serde_json::json;

use crate::library::{Home, acme_market, git, id, market, ports};

#[test]
fn the_entrys_name_is_the_plugins_and_a_version_makes_no_odd_folder() {
    let folder = market(
        &json!([{"name": "slack", "source": "./folder-x", "version": "0.9"}]),
        &[
            (
                "folder-x/.claude-plugin/plugin.json",
                r#"{"name": "slack-by-them", "version": "1.0 beta/../../x"}"#,
            ),
            ("folder-x/commands/hi.md", "Hi.\n"),
            // A marketplace inside of a plugin is only content (R18).
            (
                "folder-x/.claude-plugin/marketplace.json",
                r#"{"name": "inner", "owner": {"name": "B"}, "plugins": [{"name": "inner", "source": "."}]}"#,
            ),
        ],
    );
    let home = Home::new();
    let library = home.open();
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    let prepared = library.install(&id("slack@market"), Scope::User).unwrap();
    assert_eq!(prepared.plugins[0].review.version, "1.0 beta/../../x");
    assert_eq!(library.accept(prepared).unwrap(), [id("slack@market")]);
    let installed = library.installed().unwrap().remove(0).1;
    let inside = installed.folder.strip_prefix("cache/market/slack").unwrap();
    assert_eq!(inside.components().count(), 1);
    assert!(!installed.folder.to_string_lossy().contains([' ', '\\']));
    assert_eq!(library.marketplaces().unwrap().len(), 1);
    let inner = folder.path().join("folder-x").display().to_string();
    library.add_marketplace(&inner).unwrap();
    let prepared = library.install(&id("inner@inner"), Scope::User).unwrap();
    assert_eq!(prepared.plugins[0].review.commands.len(), 1);
}

#[test]
fn two_entries_of_one_repository_are_two_plugins() {
    let source = acme_market("1.0.0");
    source.put("acme/SECOND.md", b"x");
    git(&source.path(), &["init", "-q"]);
    git(&source.path(), &["add", "-A"]);
    git(&source.path(), &["commit", "-q", "-m", "one"]);
    let url = format!("file://{}", source.path().display());
    let at = json!({"source": "url", "url": url, "path": "acme"});
    let folder = market(
        &json!([{"name": "one", "source": at}, {"name": "two", "source": at},
            {"name": "none", "source": {"source": "git-subdir", "url": url, "path": "nowhere"}},
            {"name": "wrong", "source": {"source": "url", "url": url, "sha": "0".repeat(40)}}]),
        &[],
    );
    let home = Home::new();
    let library = home.open();
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    for name in ["one@market", "two@market"] {
        library
            .accept(library.install(&id(name), Scope::User).unwrap())
            .unwrap();
    }
    let installed = library.installed().unwrap();
    assert_eq!(installed.len(), 2);
    assert_eq!(installed[0].1.content, installed[1].1.content);
    assert_ne!(installed[0].1.folder, installed[1].1.folder);
    assert_eq!(installed[0].1.commit.as_ref().unwrap().len(), 40);
    let before = home.walk();
    for name in ["none@market", "wrong@market"] {
        assert!(library.install(&id(name), Scope::User).is_err());
    }
    assert_eq!(home.walk(), before);
}

#[cfg(unix)]
#[test]
fn modes_and_links_inside_are_kept_and_exported() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = acme_market("1.0.0");
    let script = folder.put("acme/run.sh", b"#!/bin/sh\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o4777)).unwrap();
    symlink("run.sh", folder.path().join("acme/again.sh")).unwrap();
    folder.put("shared/text.md", b"shared\n");
    symlink("../shared", folder.path().join("acme/shared")).unwrap();
    symlink("..", folder.path().join("acme/loop")).unwrap();
    let home = Home::new();
    let library = home.open();
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    let one = id("acme@market");
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    let root = home.root().join(&library.installed().unwrap()[0].1.folder);
    let mode = |path: &str| root.join(path).metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("run.sh") & 0o7111, mode(".mcp.json") & 0o111), (0o111, 0));
    assert_eq!(
        std::fs::read_link(root.join("again.sh")).unwrap().to_str(),
        Some("run.sh")
    );
    assert!(!root.join("shared").is_symlink());
    assert_eq!(
        std::fs::read_to_string(root.join("shared/text.md")).unwrap(),
        "shared\n"
    );
    assert!(root.join("loop").symlink_metadata().is_err());

    let package = folder.put("acme.plugin", &library.export(&one).unwrap());
    library
        .accept(library.install_file(&package, Scope::User).unwrap())
        .unwrap();
    let again = home.root().join(&library.installed().unwrap()[0].1.folder);
    assert_ne!(again, root);
    let kind = again.join("again.sh").symlink_metadata().unwrap();
    assert!(kind.is_file() && kind.permissions().mode() & 0o111 == 0o111);
}

#[derive(Default)]
struct Memory(Mutex<BTreeMap<(String, String), String>>);

impl Secrets for Memory {
    fn set(&self, owner: &str, key: &str, value: &str) -> Result<(), String> {
        let at = (owner.to_owned(), key.to_owned());
        self.0.lock().unwrap().insert(at, value.to_owned());
        Ok(())
    }
    fn get(&self, owner: &str, key: &str) -> Result<Option<String>, String> {
        let at = (owner.to_owned(), key.to_owned());
        Ok(self.0.lock().unwrap().get(&at).cloned())
    }
    fn remove(&self, owner: &str, key: &str) -> Result<(), String> {
        self.0.lock().unwrap().remove(&(owner.to_owned(), key.to_owned()));
        Ok(())
    }
}

#[test]
fn secrets_are_only_in_their_store_and_go_with_the_plugin() {
    let folder = acme_market("1.0.0");
    let option = |sensitive: bool| json!({"type": "string", "title": "T", "description": "D", "sensitive": sensitive, "required": true});
    let manifest =
        json!({"name": "acme", "version": "1.0.0", "userConfig": {"token": option(true), "team": option(false)}});
    folder.put("acme/.claude-plugin/plugin.json", manifest.to_string().as_bytes());
    let (home, kept, one) = (Home::new(), Arc::new(Memory::default()), id("acme@market"));
    let library = home.open_with(Ports {
        secrets: Some(kept.clone()),
        ..ports()
    });
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    assert_eq!(library.options(&one).unwrap().1, ["team", "token"]);
    library.set_option(&one, "token", &json!("s3cret-value")).unwrap();
    library.set_option(&one, "team", &json!("north")).unwrap();
    let why = library.set_option(&one, "token", &json!(["other-s3cret"])).unwrap_err();
    assert!(!format!("{why} {why:?}").contains("s3cret"));
    assert!(library.set_option(&one, "unknown", &json!("x")).is_err());
    let (values, missing) = library.options(&one).unwrap();
    assert_eq!(
        (&values["token"], &values["team"]),
        (&json!("s3cret-value"), &json!("north"))
    );
    assert!(missing.is_empty());
    assert!(!home.walk().values().any(|text| text.contains("s3cret")));
    assert!(home.walk().values().any(|text| text.contains("north")));
    // A removal that is not done loses nothing.
    let faulty = Library::open_with(
        &home.root(),
        Ports {
            secrets: Some(kept.clone()),
            ..ports()
        },
        Some(Arc::new(|operation, _| match operation {
            "write" => Err(std::io::Error::other("the disk is full")),
            _ => Ok(()),
        })),
    );
    assert!(faulty.unwrap().remove(&one, &Scope::User).is_err());
    assert_eq!(library.options(&one).unwrap().0["token"], json!("s3cret-value"));
    let removed = library.remove(&one, &Scope::User).unwrap();
    assert_eq!(removed.warnings, Vec::<String>::new());
    assert!(kept.0.lock().unwrap().is_empty());
    assert!(!home.walk().values().any(|text| text.contains("north")));
}

#[test]
fn what_is_needed_comes_with_it_and_goes_with_it() {
    let folder = market(
        &json!([{"name": "top", "source": "./top"}, {"name": "base", "source": "./base"},
            {"name": "lost", "source": "./lost"}]),
        &[
            (
                "top/.claude-plugin/plugin.json",
                r#"{"name": "top", "version": "1.0.0", "dependencies": [{"name": "base", "version": "^2.0"}]}"#,
            ),
            (
                "base/.claude-plugin/plugin.json",
                r#"{"name": "base", "version": "2.1.0"}"#,
            ),
            (
                "lost/.claude-plugin/plugin.json",
                r#"{"name": "lost", "version": "1.0.0", "dependencies": [{"name": "base", "version": "^3"}]}"#,
            ),
        ],
    );
    let home = Home::new();
    let library = home.open();
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    let before = home.walk();
    let why = library.install(&id("lost@market"), Scope::User).unwrap_err();
    assert!(matches!(why, LibraryError::Dependency { .. }), "{why}");
    let prepared = library.install(&id("top@market"), Scope::User).unwrap();
    assert_eq!(prepared.plugins.len(), 2);
    library.accept(prepared).unwrap();
    let why = library.remove(&id("base@market"), &Scope::User).unwrap_err();
    assert!(matches!(why, LibraryError::Needed { .. }), "{why}");
    let removed = library.remove(&id("top@market"), &Scope::User).unwrap();
    assert_eq!(removed.plugins, [id("top@market"), id("base@market")]);
    assert_eq!(home.walk(), before);
}
