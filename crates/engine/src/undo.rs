//! Undo and redo: change-sets like any other, through the same checks, logged before and after.

use std::collections::BTreeSet;

use deskhand_types::{Cause, ChangeSet, Coded, EventBody, GuestPath, PathChange};
use deskhand_workspace::{ApplyError, invert};

use crate::{EngineError, session::Session, views::Undone};

/// How much of a task is undone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UndoScope {
    /// Only this step (from 1, as `changes` lists them).
    pub step: Option<u64>,
    /// Only this path and what is below it.
    pub path: Option<String>,
}

/// What an undo or redo did.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct UndoReport {
    /// The change-set that was applied.
    pub set: ChangeSet,
}

/// Takes back what stands of a task, or a part of it.
pub(crate) fn undo(session: &mut Session<'_>, scope: &UndoScope) -> Result<UndoReport, EngineError> {
    let path = scope
        .path
        .as_deref()
        .map(|path| session.workspace.locate(path))
        .transpose()?;
    let applied = session.state.applied();
    let nothing = || EngineError::NothingTo {
        what: "undo",
        task: session.id.clone(),
    };
    if let Some(step) = scope.step {
        let missing = || EngineError::NoSuchStep {
            task: session.id.clone(),
            step,
            steps: applied.len() as u64,
        };
        let set = step
            .checked_sub(1)
            .and_then(|index| applied.get(usize::try_from(index).ok()?))
            .ok_or_else(missing)?;
        // Undoing an undo is a redo; undoing a redo undoes again what it had brought back.
        match &set.cause {
            Cause::Undo { .. } => return apply_inverse(session, &set.clone(), Cause::Redo { of: set.id.clone() }),
            Cause::Redo { of } => {
                let of = applied
                    .iter()
                    .find(|undo| undo.id == *of)
                    .and_then(|undo| match &undo.cause {
                        Cause::Undo { of } => Some(of.clone()),
                        _ => None,
                    });
                let cause = Cause::Undo {
                    of: of.ok_or_else(nothing)?,
                };
                return apply_inverse(session, &set.clone(), cause);
            }
            Cause::Call { .. } => {}
        }
    }
    let undone = Undone::of(applied);
    let standing: Vec<ChangeSet> = applied
        .iter()
        .enumerate()
        .filter(|(index, set)| {
            let wanted = scope.step.is_none_or(|step| step == *index as u64 + 1);
            wanted && matches!(set.cause, Cause::Call { .. })
        })
        .map(|(_, set)| ChangeSet {
            changes: set
                .changes
                .iter()
                .filter(|change| undone.stands(set, change))
                .cloned()
                .collect(),
            ..set.clone()
        })
        .filter(|set| !set.changes.is_empty())
        .collect();
    let id = session.next_change_set();
    let mut set = session
        .workspace
        .undo_of(&standing, path.as_ref(), id, Cause::Undo { of: Vec::new() })?;
    if set.changes.is_empty() {
        return Err(nothing());
    }
    let touched: BTreeSet<&GuestPath> = set.changes.iter().flat_map(names).collect();
    let of = standing
        .iter()
        .rev()
        .filter(|set| set.changes.iter().flat_map(names).any(|path| touched.contains(path)))
        .map(|set| set.id.clone());
    set.cause = Cause::Undo { of: of.collect() };
    apply(session, set)
}

/// The paths a change speaks of.
fn names(change: &PathChange) -> impl Iterator<Item = &GuestPath> {
    change.from.iter().chain([&change.path])
}

/// Brings back what the latest undo took back.
pub(crate) fn redo(session: &mut Session<'_>) -> Result<UndoReport, EngineError> {
    let applied = session.state.applied();
    let undone = Undone::of(applied);
    let latest = applied
        .iter()
        .rev()
        .find(|set| matches!(set.cause, Cause::Undo { .. }) && !undone.is_void(set))
        .cloned();
    let set = latest.ok_or_else(|| EngineError::NothingTo {
        what: "redo",
        task: session.id.clone(),
    })?;
    let cause = Cause::Redo { of: set.id.clone() };
    apply_inverse(session, &set, cause)
}

/// Applies the inverse of a change-set.
fn apply_inverse(session: &mut Session<'_>, set: &ChangeSet, cause: Cause) -> Result<UndoReport, EngineError> {
    let inverse = invert(set, session.next_change_set(), cause, session.clock.now());
    apply(session, inverse)
}

/// Applies an undo or redo: all of it stands afterwards, or nothing. The person's own wish, so no policy is asked; what
/// `workspace` refuses (a folder granted for reading only, files changed meanwhile) stays refused.
fn apply(session: &mut Session<'_>, set: ChangeSet) -> Result<UndoReport, EngineError> {
    let id = set.id.clone();
    session.tell(EventBody::ChangeIntended { set: set.clone() })?;
    match session.workspace.apply(&set) {
        Ok(_) => {
            session.tell(EventBody::ChangeApplied { id, reconciled: None })?;
            Ok(UndoReport { set })
        }
        // What is half done stays open: the next undo, redo or resume finishes or takes back what stands.
        Err(error @ ApplyError::Standing { .. }) => Err(error.into()),
        Err(error) => {
            session.tell(EventBody::ChangeFailed {
                id,
                code: error.code(),
                message: error.to_string(),
                reconciled: None,
            })?;
            Err(error.into())
        }
    }
}
