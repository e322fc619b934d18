//! Servers that come as a bundle: shown whole, set up, kept apart, and gone without a trace.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{find, results, says};
use crate::home::{Home, Ran};

const SECRET: &str = "canary-of-the-bundle";

fn manifest() -> Value {
    json!({"manifest_version": "0.3", "name": "My Notes", "display_name": "Notes", "version": "1.2.3",
        "description": "Finds notes.", "author": {"name": "Somebody"},
        "server": {"type": "python", "entry_point": "server.py", "mcp_config": {"command": "python3",
            "args": ["${__dirname}/server.py", "secret", "${user_config.count}"],
            "env": {"NOTES_KEY": "${user_config.key}", "OTHER": "${ANTHROPIC_API_KEY}"}}},
        "user_config": {
            "key": {"type": "string", "title": "Key", "required": true, "sensitive": true},
            "folder": {"type": "directory", "title": "Folder"},
            "count": {"type": "number", "title": "Count", "default": 3, "min": 1, "max": 9}}})
}

/// A bundle file; `more` is a file in it, by a path of any kind.
fn bundle(home: &Home, manifest: &Value, more: &str) -> PathBuf {
    let file = home.path().join("notes.mcpb");
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as out:\n \
                  out.writestr('manifest.json', sys.argv[2])\n out.writestr('server.py', sys.argv[3])\n \
                  out.writestr(sys.argv[4], b'0' * int(sys.argv[5]))";
    let size = if more == "bomb" { "100000000" } else { "3" };
    let server = include_str!("server.py");
    let made = std::process::Command::new("python3")
        .args([
            "-c",
            script,
            file.to_str().unwrap(),
            &manifest.to_string(),
            server,
            more,
            size,
        ])
        .status();
    assert!(made.unwrap().success());
    file
}

fn add(home: &Home, file: &Path, options: &[&str]) -> Ran {
    let mut args = vec!["connectors", "add", file.to_str().unwrap()];
    args.extend(options);
    home.run(&args)
}

/// What is in the folder of bundles, beside its lock.
fn unpacked(home: &Home) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(home.data().join("bundles")) else {
        return Vec::new();
    };
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != ".lock").collect()
}

#[test]
fn a_bundle_is_shown_set_up_used_and_removed_without_a_trace() {
    let home = Home::new([find("lunch"), says("At noon.")]);
    let file = bundle(&home, &manifest(), "data/x.txt");
    let work = home.work();
    let ran = add(
        &home,
        &file,
        &[
            "--yes",
            "--set",
            &format!("key={SECRET}"),
            "--name",
            "notes",
            "--set",
            &format!("folder={}", work.display()),
        ],
    )
    .expect(0);
    for words in [
        "Notes 1.2.3 by Somebody",
        "python3 ",
        "/server.py secret 3",
        "not signed",
        "no network",
        "kept as a secret",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(
        ran.stdout.contains(&format!("reads {}", work.display())),
        "{}",
        ran.stdout
    );
    let names = unpacked(&home);
    assert!(names.len() == 1 && names[0].starts_with("notes-"), "{names:?}");
    // Leftovers of a crash are removed by the next change.
    let left = home.data().join("bundles/.new-notes-x");
    std::fs::create_dir_all(left.join("deep")).unwrap();

    let ran_task = home.task(&["When is lunch?"]).expect(0);
    assert!(results(&ran_task)[0].contains("can…"), "{:#?}", results(&ran_task));
    let list = home.run(&["connectors", "list", "--json"]).expect(0).stdout;
    for seen in [&ran.stdout, &ran.stderr, &ran_task.stdout, &list] {
        assert!(!seen.contains(SECRET), "{seen}");
    }
    assert!(!holds(&home.data(), SECRET), "the secret is in no file");

    home.run(&["connectors", "remove", "notes"]).expect(0);
    assert_eq!(unpacked(&home), Vec::<String>::new());
    assert!(!home.data().join("connectors/notes").exists());
    add(&home, &file, &["--yes", "--set", "key=x"]).expect(0);
    assert!(home.run(&["connectors", "list"]).expect(0).stdout.contains("my-notes"));
}

/// Whether a text stands in a file of a folder.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[test]
fn what_a_bundle_writes_down_does_not_reach_variables_of_this_computer() {
    let home = Home::new([find("lunch"), says("At noon.")]);
    let mut manifest = manifest();
    manifest["server"]["mcp_config"]["env"]["NOTES_KEY"] = json!("${ANTHROPIC_API_KEY}");
    let file = bundle(&home, &manifest, "x");
    add(&home, &file, &["--yes", "--set", "key=x", "--name", "notes"]).expect(0);
    let ran = home.task(&["When is lunch?"]).expect(0);
    assert!(results(&ran)[0].contains("${A…"), "{:#?}", results(&ran));
}

#[test]
fn values_that_do_not_fit_install_nothing() {
    let home = Home::new([]);
    let file = bundle(&home, &manifest(), "x");
    for (options, words) in [
        (vec![], "it must be told first: key"),
        (vec!["--set", "key=x", "--set", "count=10"], "too small or too large"),
        (vec!["--set", "key=x", "--set", "count=many"], "not a number"),
        (
            vec!["--set", "key=x", "--set", "folder=/no/such/folder"],
            "no folder of this computer",
        ),
        (vec!["--set", "key=x", "--set", "colour=red"], "no such setting"),
        (vec!["--set", "key=x", "--set", "key=y"], "is a list"),
        (vec!["--set", "key"], "not KEY=VALUE"),
        (vec!["--set", "key=x", "--", "python3"], "brings its own command"),
    ] {
        let mut all = vec!["--yes"];
        all.extend(options);
        let ran = add(&home, &file, &all);
        assert_ne!(ran.code, 0, "{words}: {ran:#?}");
        assert!(ran.stderr.contains(words), "{words}: {ran:#?}");
    }
    // Nobody is there to agree.
    assert_eq!(add(&home, &file, &["--set", "key=x"]).code, 2);
    assert_eq!(unpacked(&home), Vec::<String>::new());
    assert_eq!(home.run(&["connectors", "list", "--json"]).json(), json!([]));
}

#[test]
fn bundles_that_could_do_harm_are_refused_whole() {
    let home = Home::new([]);
    for (more, words) in [
        ("../evil.txt", "leads out of the bundle"),
        ("/evil.txt", "leads out of the bundle"),
        ("SERVER.py", "twice"),
        ("bomb", "times its size"),
    ] {
        let file = bundle(&home, &manifest(), more);
        let ran = add(&home, &file, &["--yes", "--set", "key=x"]).expect(1);
        assert!(ran.stderr.contains(words), "{words}: {ran:#?}");
    }
    std::fs::write(home.path().join("broken.dxt"), b"PK\x03\x04 no archive").unwrap();
    add(&home, &home.path().join("broken.dxt"), &["--yes"]).expect(1);
    assert_eq!(unpacked(&home), Vec::<String>::new());
    assert!(!home.data().join("evil.txt").exists());
}
