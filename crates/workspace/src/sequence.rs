//! How far a change-set came: the states its changes lead through, compared with what is on disk. Pure but for the
//! look at the disk, which comes in as a function.
//!
//! A set of `n` changes leads through `n + 1` states of the paths it concerns. Changes land one after the other and
//! each lands whole, so after a crash the disk is in exactly one of these states (with modes and times of folders
//! perhaps not yet set). If it is in none, somebody else changed something.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{Change, FileState, GuestPath, PathChange};

use crate::path;
use crate::prepare::only_times;
use crate::state::same_mode;

/// What is known to stand where. A path without an entry is unknown, unless something that is no folder stands above,
/// or a folder whose entries are all known: one that the set itself made, or deletes (which only empty ones can be).
#[derive(Default)]
struct Known {
    states: BTreeMap<GuestPath, FileState>,
    /// Folders whose entries are all known.
    whole: BTreeSet<GuestPath>,
}

/// How far a change-set came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reached {
    /// The fewest changes after which the disk is as it is.
    pub(crate) least: usize,
    /// The most changes after which the disk is as it is.
    pub(crate) most: usize,
    /// Paths that are not as they are after that many changes, with what was expected. Empty: the disk is exactly so.
    pub(crate) others: Vec<(GuestPath, FileState)>,
    /// Whether modes of folders are as they should be, too.
    pub(crate) strict: bool,
}

/// Compares the states `changes` lead through with what `disk` holds (`None`: could not be read, fits nothing).
pub(crate) fn reached(changes: &[PathChange], disk: &BTreeMap<GuestPath, Option<FileState>>) -> Reached {
    let strict = compare(changes, disk, true);
    if strict.others.is_empty() {
        return strict;
    }
    compare(changes, disk, false)
}

/// Every path the changes concern, under every name it has on the way.
pub(crate) fn concerned(changes: &[PathChange]) -> BTreeSet<GuestPath> {
    let mut known = start(changes);
    let mut paths: BTreeSet<GuestPath> = known.states.keys().cloned().collect();
    for change in changes {
        forward(&mut known, change);
        paths.extend(known.states.keys().filter(|path| concerns(change, path)).cloned());
    }
    paths
}

fn concerns(change: &PathChange, path: &GuestPath) -> bool {
    path::within(path, &change.path) || change.from.as_ref().is_some_and(|from| path::within(path, from))
}

fn compare(changes: &[PathChange], disk: &BTreeMap<GuestPath, Option<FileState>>, strict: bool) -> Reached {
    let mut known = start(changes);
    let mut wrong: BTreeSet<&GuestPath> = disk.keys().filter(|path| !fits(&known, disk, path, strict)).collect();
    let mut best = (wrong.len(), wrong_states(&wrong, &known));
    let (mut least, mut most) = (0, 0);
    for (n, change) in changes.iter().enumerate() {
        forward(&mut known, change);
        for root in std::iter::once(&change.path).chain(&change.from) {
            for path in below(disk, root) {
                if fits(&known, disk, path, strict) {
                    wrong.remove(path);
                } else {
                    wrong.insert(path);
                }
            }
        }
        if wrong.len() < best.0 {
            best = (wrong.len(), wrong_states(&wrong, &known));
            least = n + 1;
            most = n + 1;
        } else if wrong.len() == best.0 {
            most = n + 1;
        }
    }
    Reached {
        least,
        most,
        others: best.1,
        strict,
    }
}

fn wrong_states(wrong: &BTreeSet<&GuestPath>, known: &Known) -> Vec<(GuestPath, FileState)> {
    wrong
        .iter()
        .map(|path| ((*path).clone(), value(known, path).unwrap_or(FileState::Absent)))
        .collect()
}

/// `root` and every path below it.
fn below<'a, T>(map: &'a BTreeMap<GuestPath, T>, root: &'a GuestPath) -> impl Iterator<Item = &'a GuestPath> {
    // Paths below sort after `root/`, but names such as `root-x` come between `root` and `root/`.
    let first = GuestPath::new(format!("{root}/"));
    let exact = map.get_key_value(root).map(|(path, _)| path);
    exact.into_iter().chain(
        map.range(first..)
            .map(|(path, _)| path)
            .take_while(move |path| path::within(path, root)),
    )
}

fn fits(known: &Known, disk: &BTreeMap<GuestPath, Option<FileState>>, path: &GuestPath, strict: bool) -> bool {
    let Some(expected) = value(known, path) else {
        return true;
    };
    match disk.get(path) {
        Some(Some(found)) => same(found, &expected, strict),
        Some(None) => false,
        None => true,
    }
}

fn same(found: &FileState, expected: &FileState, strict: bool) -> bool {
    match (found, expected) {
        (FileState::Folder { mode: a, .. }, FileState::Folder { mode: b, .. }) => !strict || same_mode(*a, *b),
        _ => found.same_content(expected),
    }
}

/// What stands at `path`, as far as it is known.
fn value(known: &Known, path: &GuestPath) -> Option<FileState> {
    if let Some(state) = known.states.get(path) {
        return Some(state.clone());
    }
    let mut above = path::parent(path);
    while let Some(folder) = above {
        match known.states.get(&folder) {
            Some(FileState::Folder { .. }) if known.whole.contains(&folder) => return Some(FileState::Absent),
            Some(FileState::Folder { .. }) | None => {}
            Some(_) => return Some(FileState::Absent),
        }
        above = path::parent(&folder);
    }
    None
}

/// What must stand before the first change.
fn start(changes: &[PathChange]) -> Known {
    let mut known = Known::default();
    for change in changes.iter().rev().filter(|change| !only_times(change)) {
        if let Some(from) = &change.from {
            rekey(&mut known, &change.path, from);
            known.states.insert(from.clone(), change.before.clone());
            known.states.insert(change.path.clone(), FileState::Absent);
            continue;
        }
        if change.change == Change::Create {
            remove_below(&mut known, &change.path);
            known.whole.remove(&change.path);
        }
        if change.change == Change::Delete {
            known.whole.insert(change.path.clone());
        }
        known.states.insert(change.path.clone(), change.before.clone());
    }
    known
}

fn forward(known: &mut Known, change: &PathChange) {
    if only_times(change) {
        return;
    }
    if let Some(from) = &change.from {
        rekey(known, from, &change.path);
        known.states.insert(from.clone(), FileState::Absent);
        known.states.insert(change.path.clone(), change.after.clone());
        return;
    }
    if change.change == Change::Delete {
        remove_below(known, &change.path);
        known.whole.remove(&change.path);
    }
    if change.change == Change::Create {
        known.whole.insert(change.path.clone());
    }
    known.states.insert(change.path.clone(), change.after.clone());
}

fn rekey(known: &mut Known, from: &GuestPath, to: &GuestPath) {
    remove_below(known, to);
    let moved: Vec<GuestPath> = below(&known.states, from).cloned().collect();
    for path in moved {
        let renamed = path::rebase(&path, from, to);
        if known.whole.remove(&path) {
            known.whole.insert(renamed.clone());
        }
        if let Some(state) = known.states.remove(&path) {
            known.states.insert(renamed, state);
        }
    }
}

fn remove_below(known: &mut Known, root: &GuestPath) {
    let gone: Vec<GuestPath> = below(&known.states, root)
        .filter(|path| *path != root)
        .cloned()
        .collect();
    for path in gone {
        known.states.remove(&path);
        known.whole.remove(&path);
    }
}

#[cfg(test)]
mod tests {
    use deskhand_types::Hash;

    use super::*;

    fn path(name: &str) -> GuestPath {
        GuestPath::new(format!("/mnt/w/{name}"))
    }

    fn file(text: &str) -> FileState {
        FileState::File {
            hash: Hash::of(text.as_bytes()),
            size: text.len() as u64,
            mode: None,
            mtime_ns: None,
        }
    }

    const FOLDER: FileState = FileState::Folder {
        mode: None,
        mtime_ns: None,
    };

    fn change(change: Change, at: &str, before: FileState, after: FileState) -> PathChange {
        PathChange {
            change,
            path: path(at),
            from: None,
            before,
            after,
            lines: None,
        }
    }

    fn moved(from: &str, to: &str, state: FileState) -> PathChange {
        PathChange {
            change: Change::Move,
            path: path(to),
            from: Some(path(from)),
            before: state.clone(),
            after: state,
            lines: None,
        }
    }

    fn disk(changes: &[PathChange], stands: &[(&str, FileState)]) -> BTreeMap<GuestPath, Option<FileState>> {
        let stands: BTreeMap<GuestPath, FileState> =
            stands.iter().map(|(name, state)| (path(name), state.clone())).collect();
        concerned(changes)
            .into_iter()
            .map(|path| {
                let state = stands.get(&path).cloned().unwrap_or(FileState::Absent);
                (path, Some(state))
            })
            .collect()
    }

    fn exactly(n: usize) -> Reached {
        Reached {
            least: n,
            most: n,
            others: vec![],
            strict: true,
        }
    }

    #[test]
    fn finds_every_state_of_a_chain_with_moves() {
        let changes = [
            change(Change::Create, "d", FileState::Absent, FOLDER),
            change(Change::Create, "d/a", FileState::Absent, file("1")),
            moved("d", "e", FOLDER),
            change(Change::Modify, "e/a", file("1"), file("2")),
            change(Change::Delete, "e/a", file("2"), FileState::Absent),
        ];
        let states: [&[(&str, FileState)]; 6] = [
            &[],
            &[("d", FOLDER)],
            &[("d", FOLDER), ("d/a", file("1"))],
            &[("e", FOLDER), ("e/a", file("1"))],
            &[("e", FOLDER), ("e/a", file("2"))],
            &[("e", FOLDER)],
        ];
        for (n, stands) in states.iter().enumerate() {
            assert_eq!(reached(&changes, &disk(&changes, stands)), exactly(n), "{n}");
        }
    }

    #[test]
    fn a_folder_that_is_deleted_was_empty() {
        let changes = [
            change(Change::Delete, "a", FOLDER, FileState::Absent),
            change(Change::Create, "a", FileState::Absent, FOLDER),
            change(Change::Create, "a/b", FileState::Absent, file("1")),
        ];
        assert_eq!(
            reached(&changes, &disk(&changes, &[("a", FOLDER), ("a/b", file("1"))])),
            exactly(3)
        );
        let found = reached(&changes, &disk(&changes, &[("a", FOLDER)]));
        assert_eq!((found.least, found.most, found.others), (0, 2, vec![]));
    }

    #[test]
    fn a_foreign_edit_is_named() {
        let changes = [
            change(Change::Modify, "a", file("1"), file("2")),
            change(Change::Modify, "b", file("1"), file("2")),
        ];
        let found = reached(&changes, &disk(&changes, &[("a", file("x")), ("b", file("2"))]));
        assert_eq!(found.others, vec![(path("a"), file("2"))]);
        assert_eq!((found.least, found.most), (2, 2));
    }

    #[test]
    fn names_that_share_a_prefix_do_not_mix() {
        let changes = [
            change(Change::Create, "a-b", FileState::Absent, file("1")),
            change(Change::Create, "a", FileState::Absent, FOLDER),
            change(Change::Create, "a/c", FileState::Absent, file("2")),
        ];
        assert_eq!(
            reached(&changes, &disk(&changes, &[("a-b", file("1")), ("a", FOLDER)])),
            exactly(2)
        );
    }
}
