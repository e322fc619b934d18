//! What a plugin needs, a second scope, packages, and `git` that does not end. Source: issue 5, A4.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deskhand_plugins::library::source::git::{Checkout, GitProgram};
use deskhand_plugins::library::{Git, LibraryError, Packages, Ports, Scope, Verdict};
use serde_json::json;

use crate::folder::Folder;
use crate::library::{Home, acme_market, id, ports};

/// A folder of a plugin that needs others.
fn needy(needs: &serde_json::Value) -> Folder {
    let manifest = json!({"name": "needy", "version": "2.0.0", "dependencies": needs});
    Folder::of(&[
        (".claude-plugin/plugin.json", manifest.to_string().as_str()),
        ("commands/hi.md", "Hi.\n"),
    ])
}

#[test]
fn a_plugin_from_a_file_is_refused_until_what_it_needs_is_there_in_the_right_version() {
    let (home, market) = (Home::new(), acme_market("1.2.0"));
    let library = home.open();
    library.add_marketplace(&market.path().display().to_string()).unwrap();
    let before = home.walk();
    for needs in [json!(["acme"]), json!([{"name": "acme", "marketplace": "market"}])] {
        let why = library.install_file(&needy(&needs).path(), Scope::User).unwrap_err();
        assert!(matches!(why, LibraryError::Dependency { .. }), "{why}");
        assert!(why.to_string().contains("install that first"), "{why}");
        assert_eq!(home.walk(), before, "nothing is left of it");
    }
    library
        .accept(library.install(&id("acme@market"), Scope::User).unwrap())
        .unwrap();
    let other = needy(&json!([{"name": "acme", "version": "^2"}]));
    let why = library.install_file(&other.path(), Scope::User).unwrap_err();
    assert!(why.to_string().contains("1.2.0"), "{why}");
    let elsewhere = needy(&json!([{"name": "acme", "marketplace": "other"}]));
    library.install_file(&elsewhere.path(), Scope::User).unwrap_err();

    let fits = needy(&json!([{"name": "acme", "version": "^1.1"}]));
    library
        .accept(library.install_file(&fits.path(), Scope::User).unwrap())
        .unwrap();
    let why = library.remove(&id("acme@market"), &Scope::User).unwrap_err();
    assert!(matches!(why, LibraryError::Needed { .. }), "{why}");
    library.remove(&id("needy@local"), &Scope::User).unwrap();
    library.remove(&id("acme@market"), &Scope::User).unwrap();
    assert_eq!(home.walk(), before);
}

#[test]
fn a_second_scope_of_the_same_version_makes_no_second_copy() {
    let (home, market) = (Home::new(), acme_market("1.0.0"));
    let library = home.open();
    library.add_marketplace(&market.path().display().to_string()).unwrap();
    let one = id("acme@market");
    library.accept(library.install(&one, Scope::User).unwrap()).unwrap();
    let files = |home: &Home| {
        home.walk()
            .into_keys()
            .filter(|path| path.starts_with("cache"))
            .collect::<Vec<_>>()
    };
    let before = files(&home);
    let project = Scope::Project("/srv/p".into());
    library.accept(library.install(&one, project.clone()).unwrap()).unwrap();
    assert_eq!(files(&home), before);
    let installed = library.installed().unwrap().remove(0).1;
    assert_eq!(installed.placements.len(), 2);
    assert_eq!(library.active(Some("/srv/p".as_ref())).unwrap().len(), 1);

    // One that was changed on disk is not taken for the one that was looked at.
    let file = home.root().join(&installed.folder).join("hooks/hooks.json");
    std::fs::write(&file, "{}").unwrap();
    library
        .accept(library.install(&one, Scope::Local("/srv/q".into())).unwrap())
        .unwrap();
    assert_eq!(library.verify(&one).unwrap(), Verdict::Unchanged);
    assert_ne!(library.installed().unwrap()[0].1.folder, installed.folder);
}

/// Installs one package, and says when it did.
#[derive(Default)]
struct Adds(Mutex<Vec<String>>);

impl Packages for Adds {
    fn install(&self, root: &Path, lockfile: &str, _: Duration) -> Result<(), String> {
        self.0.lock().unwrap().push(lockfile.to_owned());
        std::fs::create_dir_all(root.join("node_modules/a")).unwrap();
        std::fs::write(root.join("node_modules/a/index.js"), "1").map_err(|why| why.to_string())
    }
}

#[test]
fn packages_are_installed_only_after_the_person_accepted() {
    let (home, folder) = (Home::new(), needy(&json!([])));
    folder.put("package.json", b"{}");
    folder.put("package-lock.json", b"{}");
    let adds = Arc::new(Adds::default());
    let library = home.open_with(Ports {
        packages: Some(adds.clone()),
        ..ports()
    });
    let before = home.walk();
    let prepared = library.install_file(&folder.path(), Scope::User).unwrap();
    let told = &prepared.plugins[0].review.findings;
    assert!(
        told.iter().any(|one| one.message.contains("package-lock.json")),
        "{told:?}"
    );
    assert_eq!(adds.0.lock().unwrap().len(), 0, "looking at it runs nothing");
    library.accept(prepared).unwrap();
    assert_eq!(*adds.0.lock().unwrap(), ["package-lock.json"]);
    let one = id("needy@local");
    assert_eq!(library.verify(&one).unwrap(), Verdict::Unchanged);
    let root = home.root().join(&library.installed().unwrap()[0].1.folder);
    assert!(root.join("node_modules/a/index.js").is_file());
    std::fs::write(root.join("node_modules/a/index.js"), "2").unwrap();
    assert_eq!(
        library.verify(&one).unwrap(),
        Verdict::Changed,
        "packages are watched, too"
    );
    library.remove(&one, &Scope::User).unwrap();
    let mut after = home.walk();
    after.retain(|path, _| !path.ends_with("state.json"));
    assert_eq!(after, before);
}

#[cfg(unix)]
#[test]
fn git_that_does_not_end_is_ended_with_all_it_started() {
    use std::os::unix::fs::PermissionsExt;
    let bin = tempfile::tempdir().unwrap();
    let script = bin.path().join("git");
    // The child outlives its parent unless the whole group is ended.
    std::fs::write(
        &script,
        format!(
            "#!/bin/sh\n/bin/sleep 60 &\necho $! > {}/child\nwait\n",
            bin.path().display()
        ),
    )
    .unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let git = GitProgram {
        timeout: Duration::from_millis(1_500),
        environment: vec![("PATH".to_owned(), bin.path().display().to_string())],
        program: script,
    };
    let request = Checkout {
        url: "https://example.com/a.git".to_owned(),
        reference: None,
        sha: None,
        folder: None,
    };
    let began = Instant::now();
    let why = git.checkout(&request, &bin.path().join("into")).unwrap_err();
    assert!(why.to_string().contains("did not finish"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(20));
    let child = std::fs::read_to_string(bin.path().join("child")).unwrap();
    // Whoever adopted it has to notice that it ended.
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    let is_over = || stat().map_or(true, |stat| stat.contains(") Z "));
    let end = Instant::now() + Duration::from_secs(5);
    while !is_over() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(is_over(), "{}", stat().unwrap_or_default());
}
