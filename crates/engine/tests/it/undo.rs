//! Undo and redo by file: only that file, and in the end the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_engine::{EngineError, UndoScope, views::StepView};
use deskhand_types::TaskId;
use proptest::prelude::*;

use crate::desk::{Desk, bash, done};
use crate::labels::cases;

const NAMES: [&str; 5] = ["a.txt", "b.txt", "c.txt", "dir/d.txt", "dir/e.txt"];

impl Desk {
    /// What is in the files of [`NAMES`].
    fn contents(&self) -> BTreeMap<&'static str, Option<String>> {
        NAMES.iter().map(|name| (*name, self.read(name))).collect()
    }

    fn undo_part(&self, task: &TaskId, step: u64, path: Option<&str>) -> Result<(), EngineError> {
        let scope = UndoScope {
            step: Some(step),
            path: path.map(str::to_owned),
            ..UndoScope::default()
        };
        self.engine.undo(task, &scope).map(drop)
    }

    fn steps(&self, task: &TaskId) -> Vec<StepView> {
        self.engine.show(task).unwrap().steps
    }

    /// The files of a step that stand: where each is now, and where it came from.
    fn moved(&self, task: &TaskId, step: u64) -> Vec<(String, Option<String>)> {
        let steps = self.steps(task);
        let files = steps[usize::try_from(step).unwrap() - 1].files.iter();
        let places = files
            .filter(|file| file.stands)
            .map(|file| (file.path.to_string(), file.from.as_ref().map(ToString::to_string)));
        let mut places: Vec<_> = places.collect();
        places.sort();
        places
    }

    /// The paths of a step that stand.
    fn standing(&self, task: &TaskId, step: u64) -> Vec<String> {
        self.moved(task, step).into_iter().map(|(path, _)| path).collect()
    }
}

/// A task of one step that changes `a.txt`, makes `b.txt`, and deletes `c.txt`, taken back as a whole: step 2.
async fn taken_back() -> (Desk, TaskId) {
    let desk = Desk::new([
        bash("write /mnt/work/a.txt new\nwrite /mnt/work/b.txt b\nrm /mnt/work/c.txt"),
        done(),
    ]);
    desk.write("a.txt", "old");
    desk.write("c.txt", "c");
    let task = desk.run().await;
    desk.undo_part(&task, 1, None).unwrap();
    (desk, task)
}

fn three(desk: &Desk) -> [Option<String>; 3] {
    ["a.txt", "b.txt", "c.txt"].map(|name| desk.read(name))
}

#[allow(clippy::unnecessary_wraps, reason = "a file is there or not")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_of_an_undo_is_brought_back_alone_and_the_rest_after_it() {
    let (desk, task) = taken_back().await;
    assert_eq!(three(&desk), [some("old"), None, some("c")]);
    desk.undo_part(&task, 2, Some("/mnt/work/a.txt")).unwrap();
    assert_eq!(three(&desk), [some("new"), None, some("c")], "only that file");
    assert_eq!(desk.standing(&task, 2), ["/mnt/work/b.txt", "/mnt/work/c.txt"]);
    assert_eq!(desk.standing(&task, 1), ["/mnt/work/a.txt"]);
    assert!(
        matches!(
            desk.undo_part(&task, 2, Some("/mnt/work/a.txt")),
            Err(EngineError::NothingTo { what: "redo", .. })
        ),
        "it is brought back already"
    );
    // Redo takes what is left of the undo.
    desk.engine.redo(&task).unwrap();
    assert_eq!(three(&desk), [some("new"), some("b"), None]);
    assert_eq!(desk.standing(&task, 2), [""; 0]);
    assert!(matches!(
        desk.engine.redo(&task),
        Err(EngineError::NothingTo { what: "redo", .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_of_a_redo_is_taken_back_alone() {
    let (desk, task) = taken_back().await;
    desk.undo_part(&task, 2, None).unwrap();
    assert_eq!(three(&desk), [some("new"), some("b"), None]);
    desk.undo_part(&task, 3, Some("/mnt/work/b.txt")).unwrap();
    assert_eq!(three(&desk), [some("new"), None, None]);
    assert_eq!(desk.standing(&task, 3), ["/mnt/work/a.txt", "/mnt/work/c.txt"]);
    assert_eq!(desk.standing(&task, 2), [""; 0], "the first undo stays taken back");
    assert_eq!(desk.standing(&task, 4), ["/mnt/work/b.txt"]);
    // The rest of the redo, then all of it again.
    desk.undo_part(&task, 3, None).unwrap();
    assert_eq!(three(&desk), [some("old"), None, some("c")]);
    desk.engine.redo(&task).unwrap();
    desk.engine.redo(&task).unwrap();
    assert_eq!(three(&desk), [some("new"), some("b"), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redo_that_was_undone_with_everything_else_stands_no_more() {
    let (desk, task) = taken_back().await;
    desk.engine.redo(&task).unwrap();
    desk.engine.undo(&task, &UndoScope::default()).unwrap();
    assert_eq!(three(&desk), [some("old"), None, some("c")]);
    assert_eq!(desk.standing(&task, 3), [""; 0]);
    assert!(matches!(
        desk.undo_part(&task, 3, None),
        Err(EngineError::NothingTo { what: "undo", .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_is_left_out_and_the_rest_is_undone() {
    let desk = Desk::new([
        bash(
            "mkdir /mnt/work/new\nwrite /mnt/work/new/x.txt x\nwrite /mnt/work/new/y.txt y\nwrite /mnt/work/a.txt new",
        ),
        done(),
    ]);
    desk.write("a.txt", "old");
    let task = desk.run().await;
    desk.write("new/x.txt", "mine");
    let all = UndoScope::default();
    assert!(matches!(desk.engine.undo(&task, &all), Err(EngineError::Apply(_))));
    let rest = UndoScope {
        except: vec!["/mnt/work/new/x.txt".to_owned()],
        ..all
    };
    desk.engine.undo(&task, &rest).unwrap();
    assert_eq!(desk.read("new/x.txt"), some("mine"), "and its folder stays with it");
    assert_eq!((desk.read("new/y.txt"), desk.read("a.txt")), (None, some("old")));
    assert_eq!(desk.standing(&task, 1), ["/mnt/work/new", "/mnt/work/new/x.txt"]);
    // As for the redo of that undo.
    desk.write("a.txt", "mine");
    let undo = UndoScope {
        step: Some(2),
        except: vec!["/mnt/work/a.txt".to_owned()],
        path: None,
    };
    desk.engine.undo(&task, &undo).unwrap();
    assert_eq!((desk.read("new/y.txt"), desk.read("a.txt")), (some("y"), some("mine")));
}

/// What a step does to a file: leaves it, writes it, or removes it.
type Op = Option<Option<&'static str>>;

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => Just(None),
        3 => prop::sample::select(vec!["one", "two", ""]).prop_map(|text| Some(Some(text))),
        2 => Just(Some(None)),
    ]
}

/// The command of a step, given what is there; and what is there afterwards.
fn command(now: &mut BTreeMap<&'static str, Option<String>>, ops: &[Op]) -> String {
    let mut lines = Vec::new();
    for (name, op) in NAMES.iter().zip(ops) {
        let file = now.get_mut(name).unwrap();
        match op {
            Some(Some(text)) if file.as_deref() != Some(*text) => {
                lines.push(format!("write /mnt/work/{name} {text}"));
                *file = Some((*text).to_owned());
            }
            Some(None) if file.is_some() => {
                lines.push(format!("rm /mnt/work/{name}"));
                *file = None;
            }
            _ => {}
        }
    }
    lines.join("\n")
}

/// The names that are one file with `path` for a step: those it was moved to and from, and on from there.
fn joined(places: &[(String, Option<String>)], path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::from([path.to_owned()]);
    loop {
        let before = names.len();
        for (place, from) in places {
            let both: Vec<&String> = std::iter::once(place).chain(from).collect();
            if both.iter().any(|name| names.contains(*name)) {
                names.extend(both.into_iter().cloned());
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

/// Takes back the step of number `step` file by file, in the order `order` says; each changes its own file only.
fn by_file(desk: &Desk, task: &TaskId, step: u64, order: &[usize]) -> Result<(), TestCaseError> {
    let mut places = desk.moved(task, step);
    while !places.is_empty() {
        let turn = order[places.len() % order.len()] % places.len();
        let path = places[turn].0.clone();
        let one = joined(&places, &path);
        let before = desk.contents();
        let done = desk.undo_part(task, step, Some(&path));
        prop_assert!(done.is_ok(), "{path}: {done:?}");
        for (name, text) in desk.contents() {
            let own = one.iter().any(|one| one.ends_with(&format!("/{name}")));
            prop_assert!(own || text == before[name], "{} after {}", name, path);
        }
        // What is one file with it may have gone with it; everything else is still to be done.
        let left = desk.moved(task, step);
        prop_assert!(left.len() < places.len() && left.iter().all(|place| places.contains(place)));
        let others = |places: &[(String, Option<String>)]| -> Vec<(String, Option<String>)> {
            places
                .iter()
                .filter(|(place, _)| !one.contains(place))
                .cloned()
                .collect()
        };
        prop_assert_eq!(others(&left), others(&places));
        places = left;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// Undo by file, then redo by file, in any order: the same bytes, and on the way no file but the one that was named.
    #[test]
    fn undo_and_redo_by_file_give_the_same_bytes(
        start in prop::array::uniform5(prop::option::of(prop::sample::select(vec!["one", "zero"]))),
        steps in prop::collection::vec(prop::array::uniform5(op()), 1..3),
        order in prop::array::uniform5(0..5_usize),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut now: BTreeMap<_, _> = NAMES.iter().zip(start).map(|(name, text)| (*name, text.map(str::to_owned))).collect();
        let first = now.clone();
        let commands: Vec<String> = steps.iter().map(|ops| command(&mut now, ops)).filter(|text| !text.is_empty()).collect();
        prop_assume!(!commands.is_empty());
        let desk = Desk::new(commands.iter().map(bash).chain([done()]));
        std::fs::create_dir(desk.file("dir")).unwrap();
        for (name, text) in &first {
            if let Some(text) = text {
                desk.write(name, text);
            }
        }
        let task = runtime.block_on(desk.run());
        let last = now;
        prop_assert_eq!(desk.contents(), last.clone());
        let made = desk.steps(&task).len() as u64;

        // Every file of every step by itself, each an undo of its own, and those taken back by file.
        for step in (1..=made).rev() {
            by_file(&desk, &task, step, &order)?;
        }
        prop_assert_eq!(desk.contents(), first.clone());
        let undone = desk.steps(&task).len() as u64;
        for step in (made + 1..=undone).rev() {
            by_file(&desk, &task, step, &order)?;
        }
        prop_assert_eq!(desk.contents(), last.clone());

        // The whole in one undo, that one by file, and each of those redos again.
        if first != last {
            desk.engine.undo(&task, &UndoScope::default()).unwrap();
            prop_assert_eq!(desk.contents(), first.clone());
            let whole = desk.steps(&task).len() as u64;
            by_file(&desk, &task, whole, &order)?;
            prop_assert_eq!(desk.contents(), last.clone());
            let redone = desk.steps(&task).len() as u64;
            for step in (whole + 1..=redone).rev() {
                by_file(&desk, &task, step, &order)?;
            }
            prop_assert_eq!(desk.contents(), first);
            while desk.engine.redo(&task).is_ok() {}
            prop_assert_eq!(desk.contents(), last);
        }
    }
}
