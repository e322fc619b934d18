//! Undo and redo over random sequences of operations: trees come back byte for byte.

use std::collections::BTreeSet;
use std::path::Path;

use deskhand_types::{Change, ChangeSet, GuestPath};
use deskhand_workspace::{ApplyError, Edit, only_times};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::faults::FailAt;
use crate::support::{Desk, Item, Tree, at, delete, folder, rename, set_time, write};

/// Names that are easy to get wrong: a prefix of another, spaces, other scripts, decomposed accents.
const NAMES: [&str; 6] = ["a", "a b", "a-x", "é", "日本.txt", "e\u{301}t"];

#[derive(Clone, Debug)]
enum Op {
    Write(String, String),
    Delete(String),
    Move(String, String),
    Folder(String),
    Mode(String, u32),
    Link(String, String),
}

fn place() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&NAMES[..]), 1..=3).prop_map(|parts| parts.join("/"))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (place(), "[ab\n]{0,6}").prop_map(|(at, text)| Op::Write(at, text)),
        3 => place().prop_map(Op::Delete),
        4 => (place(), place()).prop_map(|(from, to)| Op::Move(from, to)),
        2 => place().prop_map(Op::Folder),
        2 => (place(), prop::sample::select(vec![0o600, 0o640, 0o755, 0o700])).prop_map(|(at, mode)| Op::Mode(at, mode)),
        1 => (place(), place()).prop_map(|(at, to)| Op::Link(at, to)),
    ]
}

fn edit(op: &Op) -> Edit {
    match op {
        Op::Write(name, text) => write(name, text),
        Op::Delete(name) => delete(name),
        Op::Move(from, to) => rename(from, to),
        Op::Folder(name) => folder(name),
        Op::Mode(name, mode) => Edit::SetMode {
            path: at(name),
            mode: *mode,
        },
        Op::Link(name, target) => Edit::Link {
            path: at(name),
            target: target.clone(),
        },
    }
}

/// A folder with something in it, each file and folder with a time of its own.
fn planted(items: &[(String, Option<String>)]) -> Desk {
    let desk = Desk::fast();
    for (name, text) in items {
        let path = desk.work().join(name);
        if path.symlink_metadata().is_ok() || std::fs::create_dir_all(path.parent().unwrap()).is_err() {
            continue;
        }
        let _ = match text {
            Some(text) => std::fs::write(&path, text),
            None => std::fs::create_dir(&path),
        };
    }
    for (n, path) in desk.tree().keys().enumerate() {
        set_time(
            &desk.work().join(path),
            1_400_000_000 + n as u64 * 5000,
            7 * n as u32 + 1,
        );
    }
    desk
}

/// Applies steps as far as they are possible; returns what was applied and the tree before each and at the end.
fn run(desk: &Desk, steps: &[Vec<Op>]) -> (Vec<ChangeSet>, Vec<Tree>) {
    let mut sets = Vec::new();
    let mut trees = vec![desk.tree()];
    for step in steps {
        // Edits that are impossible are left out one by one, so that something remains of most steps.
        let mut edits = Vec::new();
        for op in step {
            edits.push(edit(op));
            if desk.prepare(edits.clone()).is_err() {
                edits.pop();
            }
        }
        let set = desk.prepare(edits).unwrap();
        if set.changes.is_empty() {
            continue;
        }
        desk.workspace
            .apply(&set)
            .unwrap_or_else(|error| panic!("{error}\n{set:#?}"));
        sets.push(set);
        trees.push(desk.tree());
    }
    (sets, trees)
}

fn steps() -> impl Strategy<Value = Vec<Vec<Op>>> {
    prop::collection::vec(prop::collection::vec(op(), 1..5), 1..7)
}

fn start() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    prop::collection::vec((place(), prop::option::of("[xyz\n]{0,5}")), 0..12)
}

/// What is the same whatever time folders have.
fn without_folder_times(tree: &Tree) -> Tree {
    tree.iter()
        .map(|(path, item)| {
            let item = match item {
                Item::Folder { mode, .. } => Item::Folder {
                    mode: *mode,
                    mtime: (0, 0),
                },
                other => other.clone(),
            };
            (path.clone(), item)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), failure_persistence: None, rng_seed: seed(), ..ProptestConfig::default() })]

    /// Undo by step, then redo by step: each tree on the way is the one that was there.
    #[test]
    fn by_step(items in start(), steps in steps()) {
        let desk = planted(&items);
        let (sets, trees) = run(&desk, &steps);
        let mut undone = Vec::new();
        for (n, set) in sets.iter().enumerate().rev() {
            let (undo, result) = desk.undo(set);
            prop_assert!(result.is_ok(), "{:?}\n{undo:#?}", result);
            prop_assert_eq!(&desk.tree(), &trees[n]);
            undone.push(undo);
        }
        for (n, undo) in undone.iter().rev().enumerate() {
            desk.undo(undo).1.unwrap();
            prop_assert_eq!(&desk.tree(), &trees[n + 1]);
        }
    }

    /// Undo of the whole task in one change-set, and its redo.
    #[test]
    fn by_task(items in start(), steps in steps()) {
        let desk = planted(&items);
        let (sets, trees) = run(&desk, &steps);
        let undo = desk.undo_of(&sets, None);
        let result = desk.workspace.apply(&undo);
        prop_assert!(result.is_ok(), "{:?}\n{undo:#?}", result);
        prop_assert_eq!(&desk.tree(), &trees[0]);
        desk.undo(&undo).1.unwrap();
        prop_assert_eq!(&desk.tree(), trees.last().unwrap());
    }

    /// Undo path by path, for every path there is or was: in the end all is as it was.
    #[test]
    fn by_path(items in start(), steps in steps()) {
        let desk = planted(&items);
        let (mut sets, trees) = run(&desk, &steps);
        let top = |tree: &Tree| -> BTreeSet<String> {
            tree.keys().filter_map(|path| path.components().next()).map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect()
        };
        let names: BTreeSet<String> = trees.iter().flat_map(top).collect();
        // A name stands for what is there now. What was deleted there before something else got its name by a rename has
        // no name of its own left; undoing the task brings it back.
        let mut whole = !deleted_and_taken_over(&sets);
        for name in names {
            let undo = desk.undo_of(&sets, Some(&at(&name)));
            let before = desk.tree();
            match desk.workspace.apply(&undo) {
                Ok(_) => sets.push(undo),
                // Its old name is taken by something made later, which is undone under its own name.
                Err(ApplyError::Conflict { .. }) => {
                    prop_assert_eq!(desk.tree(), before);
                    whole = false;
                }
                Err(error) => prop_assert!(false, "{name}: {error}\n{undo:#?}"),
            }
        }
        if whole {
            prop_assert_eq!(without_folder_times(&desk.tree()), without_folder_times(&trees[0]));
        }
        // Whatever was undone by path: undoing the task undoes the rest.
        let rest = desk.undo_of(&sets, None);
        let result = desk.workspace.apply(&rest);
        prop_assert!(result.is_ok(), "{:?}\n{rest:#?}", result);
        prop_assert_eq!(&desk.tree(), &trees[0]);
    }

    /// The process dies anywhere in a random change-set; the next one finishes it or takes it back, twice.
    #[test]
    fn dying_in_random_sets(
        items in start(), ops in prop::collection::vec(op(), 1..10), at in 0..400_usize, complete in any::<bool>()
    ) {
        let desk = planted(&items);
        let before = desk.tree();
        let mut edits = Vec::new();
        for op in &ops {
            edits.push(edit(op));
            if desk.prepare(edits.clone()).is_err() {
                edits.pop();
            }
        }
        let set = desk.prepare(edits).unwrap();
        prop_assume!(!set.changes.is_empty());
        desk.workspace.apply(&set).unwrap();
        let after = desk.tree();
        desk.workspace.roll_back(&set).unwrap();
        prop_assert_eq!(&desk.tree(), &before);
        let faults = FailAt::new(at, true);
        let workspace = desk.reopened(Some(faults.clone()));
        faults.armed.store(true, std::sync::atomic::Ordering::Relaxed);
        let landed = workspace.apply(&set).is_ok();
        prop_assert!(!landed || desk.tree() == after);
        let workspace = desk.reopened(None);
        for _ in 0..2 {
            let (result, expected) = if complete {
                (workspace.complete(&set).map(drop), &after)
            } else {
                (workspace.roll_back(&set), &before)
            };
            prop_assert!(result.is_ok(), "{:?}\n{set:#?}", result);
            prop_assert_eq!(&desk.tree(), expected, "{:#?}", &set);
        }
    }

    /// Somebody edits a file in between: undo stops, says so, and leaves everything as it is.
    #[test]
    fn foreign_edits_are_never_overwritten(items in start(), steps in steps(), pick in any::<prop::sample::Index>()) {
        let desk = planted(&items);
        let (sets, _) = run(&desk, &steps);
        let undo = desk.undo_of(&sets, None);
        let touched: Vec<&GuestPath> = undo.changes.iter()
            .filter(|change| !only_times(change) && change.from.is_none() && matches!(change.before, deskhand_types::FileState::File { .. }))
            .map(|change| &change.path).collect();
        prop_assume!(!touched.is_empty());
        let victim = touched[pick.index(touched.len())];
        let file = desk.work().join(victim.as_str().strip_prefix("/mnt/work/").unwrap());
        prop_assume!(file.is_file());
        std::fs::write(&file, "somebody else was here").unwrap();
        let before = desk.tree();
        let error = desk.workspace.apply(&undo).unwrap_err();
        prop_assert!(matches!(error, ApplyError::Conflict { .. }), "{}", error);
        prop_assert_eq!(without_folder_times(&desk.tree()), without_folder_times(&before));
    }
}

/// The same cases in every test run, others with `make fuzz`. What those find still: after undoing by path, the times of a
/// folder inside a renamed one may not be what they were.
fn seed() -> RngSeed {
    if std::env::var_os("PROPTEST_CASES").is_some() {
        RngSeed::Random
    } else {
        RngSeed::Fixed(7)
    }
}

fn cases(default: u32) -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// The comparison the tests above rest on sees every kind of difference.
#[cfg(unix)]
#[test]
fn the_comparison_catches_planted_differences() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let plant = || {
        let desk = Desk::new();
        desk.put("dir/a.txt", "a");
        std::fs::create_dir(desk.work().join("empty")).unwrap();
        symlink("dir/a.txt", desk.work().join("link")).unwrap();
        for (n, name) in ["dir/a.txt", "dir", "empty", ""].iter().enumerate() {
            set_time(&desk.work().join(name), 1_400_000_000 + n as u64, 5);
        }
        desk
    };
    let reference = plant().tree();
    assert_eq!(plant().tree(), reference);
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 9] = [
        ("content", |root| {
            let file = root.join("dir/a.txt");
            let time = file.metadata().unwrap().modified().unwrap();
            std::fs::write(&file, "b").unwrap();
            std::fs::File::open(&file).unwrap().set_modified(time).unwrap();
        }),
        ("mode", |root| {
            std::fs::set_permissions(root.join("dir/a.txt"), PermissionsExt::from_mode(0o600)).unwrap();
        }),
        ("folder mode", |root| {
            std::fs::set_permissions(root.join("empty"), PermissionsExt::from_mode(0o700)).unwrap();
        }),
        ("time", |root| set_time(&root.join("dir/a.txt"), 1_400_000_000, 6)),
        ("folder time", |root| set_time(&root.join("dir"), 1_400_000_009, 5)),
        ("root time", |root| set_time(root, 1_400_000_009, 5)),
        ("link", |root| {
            std::fs::remove_file(root.join("link")).unwrap();
            symlink("dir/b.txt", root.join("link")).unwrap();
            set_time(root, 1_400_000_003, 5);
        }),
        ("missing empty folder", |root| {
            std::fs::remove_dir(root.join("empty")).unwrap();
            set_time(root, 1_400_000_003, 5);
        }),
        ("extra file", |root| {
            std::fs::write(root.join("dir/.deskhand-x.tmp"), "").unwrap();
            set_time(&root.join("dir"), 1_400_000_001, 5);
        }),
    ];
    for (what, harm) in harms {
        let desk = plant();
        harm(&desk.work());
        assert_ne!(desk.tree(), reference, "{what}");
    }
}

#[test]
fn a_path_is_followed_through_its_names() {
    let desk = Desk::new();
    desk.put("draft.txt", "one");
    desk.put("other.txt", "o1");
    let before = desk.tree();
    let sets = vec![
        desk.apply(vec![write("draft.txt", "two"), write("other.txt", "o2")]),
        desk.apply(vec![rename("draft.txt", "final/report.txt")]),
        desk.apply(vec![write("final/report.txt", "three")]),
        desk.apply(vec![rename("final", "done")]),
    ];
    let undo = desk.undo_of(&sets, Some(&at("done/report.txt")));
    desk.workspace.apply(&undo).unwrap();
    assert_eq!(desk.text("draft.txt"), "one");
    assert_eq!(desk.text("other.txt"), "o2", "others stay");
    assert!(desk.work().join("done").is_dir());
    let rest = desk.undo_of(&[sets, vec![undo]].concat(), None);
    desk.workspace.apply(&rest).unwrap();
    assert_eq!(desk.tree(), before);
}

#[test]
fn one_file_of_a_deleted_folder_comes_back() {
    let desk = Desk::new();
    desk.put("dir/a.txt", "a");
    desk.put("dir/b.txt", "b");
    let sets = vec![desk.apply(vec![delete("dir")])];
    let undo = desk.undo_of(&sets, Some(&at("dir/a.txt")));
    desk.workspace.apply(&undo).unwrap();
    assert_eq!(desk.text("dir/a.txt"), "a");
    assert!(!desk.work().join("dir/b.txt").exists());
    let undo = desk.undo_of(&sets, Some(&at("dir/b.txt")));
    desk.workspace.apply(&undo).unwrap();
    assert_eq!(desk.text("dir/b.txt"), "b");
}

#[test]
fn undo_of_many_steps_is_one_change_per_file() {
    let desk = Desk::new();
    desk.put("a.txt", "0\n");
    let sets: Vec<ChangeSet> = (1..=5)
        .map(|n| desk.apply(vec![write("a.txt", &format!("{n}\n")), write(&format!("n{n}"), "")]))
        .collect();
    let undo = desk.undo_of(&sets, None);
    let shown: Vec<_> = undo.changes.iter().filter(|c| !only_times(c)).collect();
    assert_eq!(shown.len(), 6);
    let modify = shown.iter().find(|c| c.path == at("a.txt")).unwrap();
    assert_eq!(modify.lines, Some(deskhand_types::LineCount { added: 1, removed: 1 }));
}

/// Whether something was renamed to where something else had been deleted.
fn deleted_and_taken_over(sets: &[ChangeSet]) -> bool {
    let mut gone = Vec::new();
    for change in sets.iter().flat_map(|set| &set.changes) {
        match change.change {
            Change::Delete => gone.push(change.path.as_str()),
            Change::Move => {
                let near = |old: &&str| {
                    let new = change.path.as_str();
                    new.starts_with(*old) || old.starts_with(new)
                };
                if gone.iter().any(near) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
