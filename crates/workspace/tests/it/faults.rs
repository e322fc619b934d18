//! Every file-system operation failed at every step: nothing is left behind, and what is repeated stays done.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use deskhand_types::{ChangeSet, ReconcileOutcome, Timestamp};
use deskhand_workspace::{ApplyError, Edit, Faults, FsOp, Progress, Workspace, invert};

use crate::support::{Desk, Tree, at, call, delete, folder, leftovers, rename, set_time, write};

/// Fails the `at`th operation; with `dead`, every one after it too, as if the process had died there.
pub struct FailAt {
    at: usize,
    dead: bool,
    /// Whether the file system can swap two names.
    swaps: bool,
    pub armed: AtomicBool,
    count: AtomicUsize,
    hit: Mutex<Option<FsOp>>,
}

impl FailAt {
    pub fn new(at: usize, dead: bool) -> Arc<Self> {
        Self::on(at, dead, true)
    }

    fn on(at: usize, dead: bool, swaps: bool) -> Arc<Self> {
        Arc::new(Self {
            at,
            dead,
            swaps,
            armed: AtomicBool::new(false),
            count: AtomicUsize::new(0),
            hit: Mutex::new(None),
        })
    }
}

impl Faults for FailAt {
    fn before(&self, op: FsOp, _path: &str) -> std::io::Result<()> {
        if !self.armed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        if n == self.at || (self.dead && n > self.at) {
            self.hit.lock().unwrap().get_or_insert(op);
            return Err(std::io::Error::other("planted"));
        }
        if op == FsOp::Exchange && !self.swaps {
            return Err(std::io::ErrorKind::Unsupported.into());
        }
        Ok(())
    }
}

/// A folder with a bit of everything, and edits that use every kind of change.
fn scene() -> (Desk, Vec<Edit>) {
    let desk = Desk::fast();
    desk.put("modified.txt", "before");
    desk.put("deleted.txt", "gone");
    desk.put("tree/a.txt", "a");
    desk.put("tree/sub/b.txt", "b");
    std::fs::create_dir(desk.work().join("tree/empty")).unwrap();
    desk.put("moved/x.txt", "x");
    desk.put("moved/y.txt", "y");
    desk.put("script.sh", "#!");
    #[cfg(unix)]
    std::os::unix::fs::symlink("modified.txt", desk.work().join("link")).unwrap();
    for (n, name) in [
        "modified.txt",
        "deleted.txt",
        "tree/a.txt",
        "tree/sub/b.txt",
        "moved/x.txt",
        "moved/y.txt",
        "script.sh",
        "tree/empty",
        "tree/sub",
        "tree",
        "moved",
        "",
    ]
    .iter()
    .enumerate()
    {
        set_time(&desk.work().join(name), 1_500_000_000 + n as u64 * 1000, 123_456_789);
    }
    let mut edits = vec![
        write("modified.txt", "after, and longer"),
        delete("deleted.txt"),
        delete("tree"),
        rename("moved", "renamed/inner"),
        write("renamed/inner/x.txt", "x2"),
        write("new/deep/file.txt", "new"),
        folder("new/empty"),
        write("modified.txt", "after, again"),
    ];
    if cfg!(unix) {
        edits.push(Edit::SetMode {
            path: at("script.sh"),
            mode: 0o700,
        });
        edits.push(Edit::SetMode {
            path: at("renamed/inner"),
            mode: 0o700,
        });
        edits.push(delete("link"));
        edits.push(Edit::Link {
            path: at("new/link"),
            target: "deep/file.txt".into(),
        });
    }
    (desk, edits)
}

fn prepared() -> (Desk, ChangeSet, Tree) {
    let (desk, edits) = scene();
    let set = desk.prepare(edits).unwrap();
    let before = desk.tree();
    (desk, set, before)
}

/// The tree the set leads to, and how many operations it takes.
fn reference() -> (Tree, usize) {
    let (desk, set, _) = prepared();
    let faults = FailAt::new(usize::MAX, false);
    let workspace = desk.reopened(Some(faults.clone()));
    faults.armed.store(true, Ordering::Relaxed);
    workspace.apply(&set).unwrap();
    (desk.tree(), faults.count.load(Ordering::Relaxed))
}

fn assert_clean(tree: &Tree, expected: &Tree, what: &str) {
    assert_eq!(leftovers(tree), Vec::<std::path::PathBuf>::new(), "{what}");
    assert_eq!(tree, expected, "{what}");
}

#[test]
fn one_operation_fails_anywhere_and_nothing_stands() {
    let (after, operations) = reference();
    assert!(operations > 150, "{operations}");
    let mut seen = std::collections::HashSet::new();
    for n in 0..operations {
        let (desk, set, before) = prepared();
        let faults = FailAt::new(n, false);
        let workspace = desk.reopened(Some(faults.clone()));
        faults.armed.store(true, Ordering::Relaxed);
        let result = workspace.apply(&set);
        faults.armed.store(false, Ordering::Relaxed);
        let op = faults.hit.lock().unwrap().unwrap();
        seen.insert(op);
        let Err(error) = result else {
            // Opening something that is not there may fail in any way.
            assert_eq!(op, FsOp::OpenFolder, "{n}");
            assert_clean(&desk.tree(), &after, &format!("{n} {op:?}, landed"));
            continue;
        };
        assert!(!matches!(error, ApplyError::Standing { .. }), "{n} {op:?}: {error}");
        assert_clean(&desk.tree(), &before, &format!("{n} {op:?}"));
        // Taking back what was taken back changes nothing.
        workspace.roll_back(&set).unwrap();
        assert_clean(&desk.tree(), &before, &format!("{n} {op:?}, repeated"));
        // And it can still be applied.
        workspace.apply(&set).unwrap();
        assert_clean(&desk.tree(), &after, &format!("{n} {op:?}, applied after"));
    }
    for op in [
        FsOp::Write,
        FsOp::WriteRest,
        FsOp::Exchange,
        FsOp::Rename,
        FsOp::RemoveFile,
        FsOp::MakeFolder,
        FsOp::ReadBack,
        FsOp::SyncFolder,
        FsOp::SetTime,
    ] {
        assert!(seen.contains(&op), "{op:?} was never failed");
    }
}

#[test]
fn dying_anywhere_is_finished_as_often_as_one_likes() {
    dying_anywhere(true);
}

#[test]
fn dying_anywhere_is_taken_back_as_often_as_one_likes() {
    dying_anywhere(false);
}

fn dying_anywhere(complete: bool) {
    let (after, operations) = reference();
    for n in 0..operations {
        let (desk, set, before) = prepared();
        let faults = FailAt::new(n, true);
        let workspace = desk.reopened(Some(faults.clone()));
        faults.armed.store(true, Ordering::Relaxed);
        workspace.apply(&set).unwrap_err();
        let op = faults.hit.lock().unwrap().unwrap();
        // The next process.
        let workspace = desk.reopened(None);
        let what = format!("{n} {op:?} complete={complete}");
        let progress = workspace.reconcile(&set).unwrap().progress;
        assert!(!matches!(progress, Progress::Conflict(_)), "{what}: {progress:?}");
        for round in 0..2 {
            if complete {
                workspace
                    .complete(&set)
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
            } else {
                workspace
                    .roll_back(&set)
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            assert_clean(
                &desk.tree(),
                if complete { &after } else { &before },
                &format!("{what} round {round}"),
            );
        }
        let expected = if complete {
            Progress::Landed
        } else {
            Progress::Untouched
        };
        assert_eq!(workspace.reconcile(&set).unwrap().progress, expected, "{what}");
    }
}

/// The same on a file system that cannot swap names, where replacing a file takes three steps: die in each of them.
#[test]
fn dying_where_names_cannot_be_swapped() {
    for existing in ["before", "same length as what is written"] {
        let edits = || vec![write("a.txt", "what is written"), write("b.txt", "b")];
        let plant = || {
            let desk = Desk::fast();
            desk.put("a.txt", existing);
            set_time(&desk.work().join("a.txt"), 1_500_000_000, 5);
            set_time(&desk.work(), 1_500_000_000, 5);
            let set = desk.prepare(edits()).unwrap();
            (desk, set)
        };
        let (desk, set) = plant();
        let before = desk.tree();
        let faults = FailAt::on(usize::MAX, true, false);
        faults.armed.store(true, Ordering::Relaxed);
        assert_eq!(desk.reopened(Some(faults.clone())).apply(&set).unwrap().unguarded, 1);
        let (after, operations) = (desk.tree(), faults.count.load(Ordering::Relaxed));
        for n in 0..operations {
            for complete in [true, false] {
                for dead in [true, false] {
                    let (desk, set) = plant();
                    let faults = FailAt::on(n, dead, false);
                    faults.armed.store(true, Ordering::Relaxed);
                    let result = desk.reopened(Some(faults)).apply(&set);
                    let what = format!("{n} complete={complete} dead={dead}");
                    if !dead && result.is_err() {
                        assert_clean(&desk.tree(), &before, &what);
                    }
                    let workspace = desk.reopened(None);
                    if complete {
                        workspace
                            .complete(&set)
                            .unwrap_or_else(|error| panic!("{what}: {error}"));
                    } else {
                        workspace
                            .roll_back(&set)
                            .unwrap_or_else(|error| panic!("{what}: {error}"));
                    }
                    assert_clean(&desk.tree(), if complete { &after } else { &before }, &what);
                }
            }
        }
    }
}

/// Dies while applying, then dies again while taking back, at a step that moves along; the third process cleans up.
#[test]
fn dying_while_taking_back() {
    let (_, operations) = reference();
    for n in (5..operations).step_by(7) {
        for m in (0..60).step_by(9) {
            let (desk, set, before) = prepared();
            for (at, back) in [(n, false), (m, true)] {
                let faults = FailAt::new(at, true);
                let workspace = desk.reopened(Some(faults.clone()));
                faults.armed.store(true, Ordering::Relaxed);
                let _ = if back {
                    workspace.roll_back(&set)
                } else {
                    workspace.apply(&set).map(drop)
                };
            }
            let workspace = desk.reopened(None);
            workspace
                .roll_back(&set)
                .unwrap_or_else(|error| panic!("{n} {m}: {error}"));
            assert_clean(&desk.tree(), &before, &format!("{n} {m}"));
        }
    }
}

/// The omicron pattern for undo: fail it at every step, then repeat it; it must end where undo ends.
#[test]
fn undo_fails_anywhere_and_can_be_repeated() {
    let operations = {
        let (desk, set, _) = prepared();
        desk.workspace.apply(&set).unwrap();
        let faults = FailAt::new(usize::MAX, false);
        let workspace = desk.reopened(Some(faults.clone()));
        faults.armed.store(true, Ordering::Relaxed);
        workspace.apply(&inverse(&set)).unwrap();
        faults.count.load(Ordering::Relaxed)
    };
    for n in 0..operations {
        let (desk, set, before) = prepared();
        desk.workspace.apply(&set).unwrap();
        let after = desk.tree();
        let undo = inverse(&set);
        let faults = FailAt::new(n, false);
        let workspace = desk.reopened(Some(faults.clone()));
        faults.armed.store(true, Ordering::Relaxed);
        let result = workspace.apply(&undo);
        faults.armed.store(false, Ordering::Relaxed);
        if result.is_ok() {
            // Opening something that is not there may fail in any way.
            assert_eq!(*faults.hit.lock().unwrap(), Some(FsOp::OpenFolder), "{n}");
            assert_clean(&desk.tree(), &before, &format!("undo landed at {n}"));
            continue;
        }
        assert_clean(&desk.tree(), &after, &format!("undo failed at {n}"));
        workspace.apply(&undo).unwrap();
        assert_clean(&desk.tree(), &before, &format!("undo repeated after {n}"));
        workspace.complete(&undo).unwrap();
        assert_clean(&desk.tree(), &before, &format!("undo done twice after {n}"));
    }
}

fn inverse(set: &ChangeSet) -> ChangeSet {
    invert(
        set,
        "01task.undo".into(),
        deskhand_types::Cause::Undo {
            of: vec![set.id.clone()],
        },
        Timestamp(0),
    )
}

/// Does something to the folder when an operation on a path comes along: somebody else at the worst moment.
struct Meddle {
    when: (FsOp, String),
    act: Box<dyn Fn() + Send + Sync>,
    done: AtomicBool,
}

impl Faults for Meddle {
    fn before(&self, op: FsOp, path: &str) -> std::io::Result<()> {
        if op == self.when.0 && path == self.when.1 && !self.done.swap(true, Ordering::Relaxed) {
            (self.act)();
        }
        Ok(())
    }
}

pub fn meddled(desk: &Desk, op: FsOp, name: &str, act: impl Fn() + Send + Sync + 'static) -> Workspace {
    let faults = Meddle {
        when: (op, at(name).to_string()),
        act: Box::new(act),
        done: AtomicBool::new(false),
    };
    desk.reopened(Some(Arc::new(faults)))
}

#[test]
fn an_edit_in_the_last_microsecond_is_kept() {
    for (op, edits, name) in [
        (FsOp::Exchange, vec![write("a.txt", "mine")], "a.txt"),
        (FsOp::Rename, vec![delete("a.txt")], "a.txt"),
        (FsOp::Rename, vec![rename("a.txt", "b.txt")], "a.txt"),
    ] {
        let desk = Desk::new();
        desk.put("a.txt", "before");
        let set = desk.prepare(edits).unwrap();
        let file = desk.work().join("a.txt");
        let workspace = meddled(&desk, op, name, move || std::fs::write(&file, "theirs").unwrap());
        let error = workspace.apply(&set).unwrap_err();
        assert!(matches!(error, ApplyError::Conflict { .. }), "{error}");
        assert_eq!(desk.text("a.txt"), "theirs");
        assert_eq!(desk.tree().len(), 2, "{op:?}");
    }
}

#[test]
fn a_file_made_in_the_last_microsecond_is_kept() {
    let desk = Desk::new();
    let set = desk.prepare(vec![write("a.txt", "mine")]).unwrap();
    let file = desk.work().join("a.txt");
    let temp = ".deskhand-01task.0-0.tmp";
    let workspace = meddled(&desk, FsOp::Rename, temp, move || {
        std::fs::write(&file, "theirs").unwrap();
    });
    let error = workspace.apply(&set).unwrap_err();
    assert!(matches!(error, ApplyError::Conflict { .. }), "{error}");
    assert_eq!(desk.text("a.txt"), "theirs");
    assert_eq!(desk.tree().len(), 2);
}

/// A disk that does not keep what is written: found out, taken back, told (I7).
#[test]
fn what_reads_back_differently_is_taken_back() {
    for existing in [false, true] {
        let desk = Desk::new();
        if existing {
            desk.put("a.txt", "before");
        }
        let before = desk.tree();
        let set = desk.prepare(vec![write("a.txt", "mine")]).unwrap();
        let file = desk.work().join("a.txt");
        let workspace = meddled(&desk, FsOp::ReadBack, "a.txt", move || {
            // The same size and time: only the content shows it.
            let time = std::fs::metadata(&file).unwrap().modified().unwrap();
            std::fs::write(&file, "mIne").unwrap();
            std::fs::File::open(&file).unwrap().set_modified(time).unwrap();
        });
        let error = workspace.apply(&set).unwrap_err();
        let ApplyError::Failed { source, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(
            source.to_string(),
            "/mnt/work/a.txt was written but reads back differently; it was taken back"
        );
        assert_eq!(desk.tree(), before);
    }
}

#[test]
fn recovery_never_overwrites_what_others_did_meanwhile() {
    let (desk, set, _) = prepared();
    let faults = FailAt::new(100, true);
    let workspace = desk.reopened(Some(faults.clone()));
    faults.armed.store(true, Ordering::Relaxed);
    workspace.apply(&set).unwrap_err();
    desk.put("modified.txt", "theirs");
    let workspace = desk.reopened(None);
    assert_eq!(workspace.recover(&set).unwrap(), ReconcileOutcome::Conflict);
    assert_eq!(desk.text("modified.txt"), "theirs");
    // All else is as before.
    assert_eq!(desk.text("deleted.txt"), "gone");
    assert_eq!(desk.text("tree/sub/b.txt"), "b");
    assert_eq!(desk.text("moved/x.txt"), "x");
    assert!(leftovers(&desk.tree()).is_empty());
    assert_eq!(workspace.recover(&set).unwrap(), ReconcileOutcome::Conflict, "repeated");
}

#[test]
fn recovery_says_what_it_did() {
    let (desk, set, before) = prepared();
    assert_eq!(desk.workspace.reconcile(&set).unwrap().progress, Progress::Untouched);
    assert_eq!(desk.workspace.recover(&set).unwrap(), ReconcileOutcome::Completed);
    assert_eq!(desk.workspace.recover(&set).unwrap(), ReconcileOutcome::Applied);
    desk.workspace.roll_back(&set).unwrap();
    assert_eq!(desk.tree(), before);
}

/// The seam is asked while preparing too, and a failure there leaves nothing.
#[test]
fn preparing_fails_anywhere_without_a_trace() {
    let (desk, edits) = scene();
    let before = desk.tree();
    let mut n = 0;
    loop {
        let faults = FailAt::new(n, false);
        let workspace = desk.reopened(Some(faults.clone()));
        faults.armed.store(true, Ordering::Relaxed);
        let result = workspace.prepare("01task.p".into(), call(), edits.clone());
        assert_eq!(desk.tree(), before);
        if faults.hit.lock().unwrap().is_none() {
            result.unwrap();
            break;
        }
        // A failure must not be taken for "nothing there": the set would say less than it does.
        assert!(result.is_err(), "{n} {:?}", faults.hit.lock().unwrap());
        n += 1;
    }
    assert!(n > 50, "{n}");
}
