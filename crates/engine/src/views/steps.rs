//! Steps: the change-sets of a task, and which of them stand.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_agent::Task;
use deskhand_types::{Cause, Change, ChangeSet, ChangeSetId, FileState, GuestPath, Hash, LineCount, PathChange};
use deskhand_workspace::only_times;
use serde::Serialize;

/// One change-set that landed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StepView {
    /// The change-set.
    pub id: ChangeSetId,
    /// Its number, from 1: what `undo --step` takes.
    pub step: u64,
    /// `change`, `undo` or `redo`.
    pub kind: &'static str,
    /// Whether it stands now: not undone, or undone and redone.
    pub stands: bool,
    /// The files.
    pub files: Vec<ChangedFile>,
}

/// One file of a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChangedFile {
    /// Where.
    pub path: GuestPath,
    /// What happened.
    pub change: Change,
    /// The old place of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<GuestPath>,
    /// Lines added and removed, for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineCount>,
    /// What stood there before, where that was a file: its content is in the blob store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Hash>,
    /// What stands there after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Hash>,
    /// Whether this change stands now.
    pub stands: bool,
}

impl ChangedFile {
    /// A change as it is shown.
    pub fn of(change: &PathChange, stands: bool) -> Self {
        Self {
            path: change.path.clone(),
            change: change.change,
            from: change.from.clone(),
            lines: change.lines,
            before: content(&change.before),
            after: content(&change.after),
            stands,
        }
    }
}

const fn content(state: &FileState) -> Option<Hash> {
    match state {
        FileState::File { hash, .. } => Some(*hash),
        FileState::Absent | FileState::Folder { .. } | FileState::Link { .. } => None,
    }
}

/// Which paths of which change-sets were taken back.
///
/// Later change-sets speak about earlier ones, so the fold goes backwards and counts of each what still stands.
pub(crate) struct Undone<'a> {
    paths: BTreeMap<&'a ChangeSetId, BTreeSet<&'a GuestPath>>,
}

impl<'a> Undone<'a> {
    /// From the change-sets that landed, oldest first.
    pub fn of(applied: &'a [ChangeSet]) -> Self {
        let mut undone = Self { paths: BTreeMap::new() };
        let undos: BTreeMap<&ChangeSetId, &'a [ChangeSetId]> = applied
            .iter()
            .filter_map(|set| match &set.cause {
                Cause::Undo { of } => Some((&set.id, of.as_slice())),
                _ => None,
            })
            .collect();
        for set in applied.iter().rev() {
            match &set.cause {
                Cause::Undo { of } => {
                    let touched: Vec<&GuestPath> = set
                        .changes
                        .iter()
                        .filter(|change| !only_times(change) && undone.stands(set, change))
                        .flat_map(names)
                        .collect();
                    for id in of {
                        undone.paths.entry(id).or_default().extend(&touched);
                    }
                }
                Cause::Redo { of } => {
                    // What later undos took of the same changes is no longer brought back by this redo; the undo that
                    // it took back stays taken back, since the later one stands in its place.
                    let again: BTreeSet<&GuestPath> = undos
                        .get(of)
                        .into_iter()
                        .flat_map(|calls| calls.iter())
                        .filter_map(|call| undone.paths.get(call))
                        .flatten()
                        .copied()
                        .collect();
                    undone.paths.entry(&set.id).or_default().extend(again);
                    let brought = set.changes.iter().filter(|change| !only_times(change)).flat_map(names);
                    undone.paths.entry(of).or_default().extend(brought);
                }
                Cause::Call { .. } => {}
            }
        }
        undone
    }

    /// Whether a change of a set stands now.
    pub fn stands(&self, set: &ChangeSet, change: &PathChange) -> bool {
        let gone = |path: &GuestPath| self.paths.get(&set.id).is_some_and(|paths| paths.contains(path));
        !names(change).any(gone)
    }

    /// Whether a whole set was taken back.
    pub fn is_void(&self, set: &ChangeSet) -> bool {
        let mut changes = set.changes.iter().filter(|change| !only_times(change));
        !changes.any(|change| self.stands(set, change))
    }
}

/// The paths a change speaks of.
pub(crate) fn names(change: &PathChange) -> impl Iterator<Item = &GuestPath> {
    change.from.iter().chain([&change.path])
}

/// The steps of a task, oldest first.
pub fn steps(task: &Task) -> Vec<StepView> {
    let undone = Undone::of(task.applied());
    task.applied()
        .iter()
        .enumerate()
        .map(|(index, set)| {
            let files: Vec<ChangedFile> = set
                .changes
                .iter()
                .filter(|change| !only_times(change))
                .map(|change| ChangedFile::of(change, undone.stands(set, change)))
                .collect();
            StepView {
                id: set.id.clone(),
                step: index as u64 + 1,
                kind: match set.cause {
                    Cause::Call { .. } => "change",
                    Cause::Undo { .. } => "undo",
                    Cause::Redo { .. } => "redo",
                },
                stands: files.iter().any(|file| file.stands),
                files,
            }
        })
        .collect()
}

/// Whether there is an undo that can be taken back.
pub fn can_redo(task: &Task) -> bool {
    let undone = Undone::of(task.applied());
    task.applied()
        .iter()
        .any(|set| matches!(set.cause, Cause::Undo { .. }) && !undone.is_void(set))
}

/// The files a task changed and that stand so now, each once, in the order of the path.
pub fn changed_files(task: &Task) -> Vec<GuestPath> {
    let undone = Undone::of(task.applied());
    let calls = task
        .applied()
        .iter()
        .filter(|set| matches!(set.cause, Cause::Call { .. }));
    let paths: BTreeSet<GuestPath> = calls
        .flat_map(|set| {
            set.changes
                .iter()
                .filter(|change| !only_times(change) && undone.stands(set, change))
                .map(|change| change.path.clone())
        })
        .collect();
    paths.into_iter().collect()
}
