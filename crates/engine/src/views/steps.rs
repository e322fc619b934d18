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

/// Which undos and redos were taken back, and which paths of which change-sets are undone.
///
/// Later change-sets speak about earlier ones, so the fold goes backwards and skips what is void itself.
pub(crate) struct Undone<'a> {
    void: BTreeSet<&'a ChangeSetId>,
    paths: BTreeMap<&'a ChangeSetId, BTreeSet<&'a GuestPath>>,
}

impl<'a> Undone<'a> {
    /// From the change-sets that landed, oldest first.
    pub fn of(applied: &'a [ChangeSet]) -> Self {
        let mut undone = Self {
            void: BTreeSet::new(),
            paths: BTreeMap::new(),
        };
        for set in applied
            .iter()
            .rev()
            .filter(|set| !matches!(set.cause, Cause::Call { .. }))
        {
            if undone.void.contains(&set.id) {
                continue;
            }
            match &set.cause {
                Cause::Undo { of } => {
                    for id in of {
                        let touched = set
                            .changes
                            .iter()
                            .flat_map(|change| change.from.iter().chain([&change.path]));
                        undone.paths.entry(id).or_default().extend(touched);
                    }
                }
                Cause::Redo { of } => {
                    undone.void.insert(of);
                }
                Cause::Call { .. } => {}
            }
        }
        undone
    }

    /// Whether a change of a set stands now.
    pub fn stands(&self, set: &ChangeSet, change: &PathChange) -> bool {
        let gone = |path: &GuestPath| self.paths.get(&set.id).is_some_and(|paths| paths.contains(path));
        !self.void.contains(&set.id) && !gone(&change.path) && !change.from.as_ref().is_some_and(gone)
    }

    /// Whether a whole set was taken back.
    pub fn is_void(&self, set: &ChangeSet) -> bool {
        self.void.contains(&set.id)
    }
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
