//! What the source must not contain.

use std::path::Path;

use super::{assert_none, root};

/// A file of source: path from the root with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The directory under `crates/`.
    fn crate_name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    fn is_library_code(&self) -> bool {
        self.path.split('/').nth(2) == Some("src")
    }
}

/// What is wrong with a file.
type Guard = fn(&Source) -> Vec<String>;

/// Every Rust file of the crates and the fuzz targets.
fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(root()).unwrap();
                found.push(Source {
                    path: inside
                        .components()
                        .map(|part| part.as_os_str().to_str().unwrap())
                        .collect::<Vec<_>>()
                        .join("/"),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("crates"), &mut found);
    assert!(found.len() > 50, "the walk found {} files", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Lines of code (comments left out) with one of `patterns`.
fn lines_with(source: &Source, patterns: &[&str]) -> Vec<String> {
    source
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(|(number, line)| {
            let pattern = patterns.iter().find(|pattern| line.contains(**pattern))?;
            Some(format!("{}:{}: {pattern}", source.path, number + 1))
        })
        .collect()
}

/// Modules that are too long to be one concept.
fn too_long(source: &Source) -> Vec<String> {
    const STOP: usize = 600;
    let lines = source.text.lines().count();
    (lines > STOP)
        .then(|| format!("{}: {lines} lines, stop at {STOP}", source.path))
        .into_iter()
        .collect()
}

/// Names that say nothing about what is inside.
fn empty_names(source: &Source) -> Vec<String> {
    const EMPTY: [&str; 8] = ["common", "helpers", "manager", "misc", "mod", "shared", "util", "utils"];
    let inline = source.text.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line
            .strip_prefix("pub ")
            .or_else(|| line.strip_prefix("pub(crate) "))
            .unwrap_or(line);
        line.strip_prefix("mod ")?.split([' ', ';', '{']).next()
    });
    // Every part of the path below the crate's own folder.
    source
        .path
        .split('/')
        .skip(2)
        .map(|part| part.trim_end_matches(".rs"))
        .chain(inline)
        .filter(|name| EMPTY.contains(name))
        .map(|name| format!("{}: a module named `{name}`", source.path))
        .collect()
}

/// Work that was put off, and tests that do not run.
fn unfinished(source: &Source) -> Vec<String> {
    // Put together here, so that this file does not find itself.
    let patterns =
        ["to_do!(", "unimple_mented!(", "#[ig_nore", "FIX_ME", "X_XX", "dbg_!("].map(|p| p.replacen('_', "", 1));
    let mut faults = lines_with(source, &patterns.each_ref().map(String::as_str));
    faults.extend(source.text.lines().enumerate().filter_map(|(number, line)| {
        let comment = line.split("//").nth(1)?;
        let words = ["TO_DO", "FIX_ME", "X_XX"].map(|p| p.replacen('_', "", 1));
        let word = words.iter().find(|word| {
            comment
                .split(|c: char| !c.is_alphanumeric())
                .any(|w| w == word.as_str())
        })?;
        Some(format!("{}:{}: {word}", source.path, number + 1))
    }));
    faults
}

/// IO, clocks, randomness and waiting in pure crates.
fn impure(source: &Source) -> Vec<String> {
    const PURE: [&str; 4] = ["types", "agent", "policy", "recipes"];
    const IMPURE: [&str; 12] = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::now",
        "std::io::stdin",
        "rand::",
        "async fn",
        "println!",
        "eprintln!",
    ];
    if PURE.contains(&source.crate_name()) && source.is_library_code() {
        lines_with(source, &IMPURE)
    } else {
        Vec::new()
    }
}

/// Exemptions from the bans of clippy.toml where nothing should open files or connections.
fn doors_left_open(source: &Source) -> Vec<String> {
    // As a whole: the doors to files and to the network; the sandbox keeps its own machines and the guest its own
    // system; `testkit` and `local-model` serve no task.
    const DOORS: [&str; 8] = [
        "workspace",
        "store",
        "egress",
        "plugins",
        "sandbox",
        "guest",
        "testkit",
        "local-model",
    ];
    // Single places, each with its reason: the program's own settings, the cache of weights.
    // The folders of connectors' own programs in the data folder. The window's entry at login.
    const SINGLE_PLACES: [&str; 4] = ["cli", "models", "engine", "desktop"];
    let name = source.crate_name();
    let is_root = source.path.ends_with("/src/lib.rs") || source.path.ends_with("/src/main.rs");
    let may = DOORS.contains(&name) || (SINGLE_PLACES.contains(&name) && !is_root);
    if source.is_library_code() && !may {
        lines_with(source, &["clippy::disallowed_methods"])
    } else {
        Vec::new()
    }
}

/// Prints in libraries.
fn printing(source: &Source) -> Vec<String> {
    if source.is_library_code()
        && source.crate_name() != "cli"
        && !source.path.ends_with("/main.rs")
        && !source.path.contains("/bin/")
    {
        lines_with(source, &["println!", "eprintln!", "print!("])
    } else {
        Vec::new()
    }
}

fn check(guard: Guard) {
    let faults: Vec<String> = sources().iter().flat_map(guard).collect();
    assert_none(&faults);
}

#[test]
fn no_module_is_too_long() {
    check(too_long);
}

#[test]
fn every_module_is_named_after_what_it_holds() {
    check(empty_names);
}

#[test]
fn nothing_is_left_unfinished() {
    check(unfinished);
}

#[test]
fn pure_crates_do_no_io() {
    check(impure);
}

#[test]
fn only_doors_open_files_and_connections() {
    check(doors_left_open);
}

#[test]
fn libraries_do_not_print() {
    check(printing);
}

#[test]
fn planted_faults_are_found() {
    let source = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let in_agent = |text: &str| source("crates/agent/src/next.rs", text);
    // Spelled so that this file is not found itself.
    let spelled = |text: &str| text.replace('_', "");
    let at_start = |pattern: &str| format!("crates/agent/src/next.rs:1: {}", spelled(pattern));
    let faulty: [(Guard, Source, &str); 10] = [
        (
            too_long,
            in_agent(&"\n".repeat(601)),
            "crates/agent/src/next.rs: 601 lines, stop at 600",
        ),
        (
            empty_names,
            source("crates/agent/src/utils.rs", ""),
            "crates/agent/src/utils.rs: a module named `utils`",
        ),
        (
            empty_names,
            source("crates/a/src/x/mod.rs", ""),
            "crates/a/src/x/mod.rs: a module named `mod`",
        ),
        (
            empty_names,
            source("crates/a/tests/it/common/x.rs", ""),
            "crates/a/tests/it/common/x.rs: a module named `common`",
        ),
        (
            empty_names,
            in_agent("pub mod helpers {"),
            "crates/agent/src/next.rs: a module named `helpers`",
        ),
        (
            impure,
            in_agent("\nlet now = Instant::now();"),
            "crates/agent/src/next.rs:2: Instant::now",
        ),
        (
            impure,
            in_agent("use std::fs::File;"),
            "crates/agent/src/next.rs:1: std::fs",
        ),
        (
            doors_left_open,
            source("crates/policy/src/x.rs", "#[allow(clippy::disallowed_methods)]"),
            "crates/policy/src/x.rs:1: clippy::disallowed_methods",
        ),
        (
            doors_left_open,
            source("crates/models/src/lib.rs", "#![allow(clippy::disallowed_methods)]"),
            "crates/models/src/lib.rs:1: clippy::disallowed_methods",
        ),
        (printing, in_agent("println!()"), "crates/agent/src/next.rs:1: println!"),
    ];
    for (guard, planted, fault) in faulty {
        assert_eq!(guard(&planted), [fault]);
    }
    for (line, pattern) in [
        ("to_do!()", "to_do!("),
        ("    unimple_mented!(\"x\")", "unimple_mented!("),
        ("#[ig_nore = \"slow\"]", "#[ig_nore"),
        ("let x = 1; // TO_DO: later", "TO_DO"),
        ("/// FIX_ME", "FIX_ME"),
    ] {
        assert_eq!(unfinished(&in_agent(&spelled(line))), [at_start(pattern)]);
    }

    let sound: [(Guard, Source); 7] = [
        (too_long, in_agent(&"\n".repeat(600))),
        (
            empty_names,
            source("crates/models/src/model.rs", "mod stream;\nmod utility_costs;"),
        ),
        (unfinished, in_agent("let todos = plan.todos; // see TodoWrite")),
        (impure, in_agent("// no std::fs here")),
        (impure, source("crates/store/src/x.rs", "use std::fs::File;")),
        (
            doors_left_open,
            source("crates/models/src/x.rs", "#[expect(clippy::disallowed_methods)]"),
        ),
        (
            doors_left_open,
            source(
                "crates/engine/tests/it/main.rs",
                "#![allow(clippy::disallowed_methods)]",
            ),
        ),
    ];
    for (guard, source) in sound {
        assert_eq!(guard(&source), Vec::<String>::new());
    }
}
