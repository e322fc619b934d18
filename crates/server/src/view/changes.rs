//! Steps that changed files.

use std::collections::HashMap;

use deskhand_agent::Task;
use deskhand_engine::views::{self, StepView, can_redo, changed_files};
use deskhand_types::{Cause, Change, ChangeSetId, Timestamp};

use super::tool::file_name;
use crate::api::{ChangeStep, ChangedFile};

/// When a change-set landed, and what made it.
#[derive(Debug)]
pub(super) struct Landed {
    /// Number of the event.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What the call says it does; empty for an undo or redo.
    pub title: String,
}

/// The steps of a task and what follows from them.
#[derive(Debug)]
pub(super) struct Changes {
    /// Oldest first.
    pub steps: Vec<ChangeStep>,
    /// Files changed that stand.
    pub standing: usize,
    /// Whether there is an undo to take back.
    pub can_redo: bool,
}

impl Changes {
    /// From the change-sets of a task.
    pub fn of(task: &Task, landed: &[Landed]) -> Self {
        let sets = task.applied();
        let numbers: HashMap<&ChangeSetId, u64> = sets.iter().map(|set| &set.id).zip(1..).collect();
        let undos: HashMap<&ChangeSetId, &Cause> = sets.iter().map(|set| (&set.id, &set.cause)).collect();
        let steps = views::steps(task)
            .into_iter()
            .zip(sets)
            .zip(landed)
            .map(|((step, set), landed)| {
                let of = of(&set.cause, &undos, &numbers);
                ChangeStep {
                    step: step.step,
                    kind: step.kind.to_owned(),
                    title: title(landed, &set.cause, &step, &of, &numbers),
                    of,
                    seq: landed.seq,
                    at: landed.at.0,
                    stands: step.stands,
                    files: step.files.iter().map(changed_file).collect(),
                }
            })
            .collect();
        Self {
            steps,
            standing: changed_files(task).len(),
            can_redo: can_redo(task),
        }
    }
}

/// A changed file as it is shown.
pub(crate) fn changed_file(file: &views::ChangedFile) -> ChangedFile {
    ChangedFile {
        path: file.path.to_string(),
        name: file_name(file.path.as_str()).to_owned(),
        change: change_word(file.change).to_owned(),
        from: file.from.as_ref().map(ToString::to_string),
        added: file.lines.map(|lines| lines.added),
        removed: file.lines.map(|lines| lines.removed),
        before: file.before.map(|hash| hash.to_string()),
        after: file.after.map(|hash| hash.to_string()),
        stands: file.stands,
    }
}

/// The steps of calls that an undo or redo is about.
fn of(cause: &Cause, undos: &HashMap<&ChangeSetId, &Cause>, numbers: &HashMap<&ChangeSetId, u64>) -> Vec<u64> {
    let calls = match cause {
        Cause::Call { .. } => return Vec::new(),
        Cause::Undo { of } => of.as_slice(),
        Cause::Redo { of } => match undos.get(of) {
            Some(Cause::Undo { of }) => of.as_slice(),
            _ => return Vec::new(),
        },
    };
    let mut steps: Vec<u64> = calls.iter().filter_map(|id| numbers.get(id).copied()).collect();
    steps.sort_unstable();
    steps
}

fn title(
    landed: &Landed,
    cause: &Cause,
    step: &StepView,
    steps: &[u64],
    numbers: &HashMap<&ChangeSetId, u64>,
) -> String {
    let number = |id: &ChangeSetId| numbers.get(id).copied();
    match cause {
        Cause::Call { .. } if !landed.title.is_empty() => landed.title.clone(),
        Cause::Call { .. } => match step.files.as_slice() {
            [] => String::new(),
            [one] => file_name(one.path.as_str()).to_owned(),
            [first, rest @ ..] => format!("{}, and {} more", file_name(first.path.as_str()), rest.len()),
        },
        Cause::Undo { .. } => match steps {
            [] => "Undo".to_owned(),
            [one] => format!("Undo of step {one}"),
            many => {
                let named: Vec<String> = many.iter().map(ToString::to_string).collect();
                format!("Undo of steps {}", named.join(", "))
            }
        },
        Cause::Redo { of } => number(of).map_or_else(
            || "Redo".to_owned(),
            |undo| format!("Brings back what step {undo} undid"),
        ),
    }
}

/// The word for a kind of change.
pub(crate) const fn change_word(change: Change) -> &'static str {
    match change {
        Change::Create => "create",
        Change::Modify => "modify",
        Change::Delete => "delete",
        Change::Move => "move",
        Change::Mode => "mode",
    }
}
