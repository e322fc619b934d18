//! Undo and redo: change-sets like any other, through the same checks, logged before and after.

use deskhand_types::{Cause, ChangeSet, Coded, EventBody, GuestPath};
use deskhand_workspace::invert;

use crate::{
    EngineError,
    session::Session,
    views::Undone,
};

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
    let path = scope.path.as_deref().map(|path| session.workspace.locate(path)).transpose()?;
    let applied = session.state.applied();
    let nothing = || EngineError::NothingTo { what: "undo", task: session.id.clone() };
    if let Some(step) = scope.step {
        let missing = || EngineError::NoSuchStep { task: session.id.clone(), step, steps: applied.len() as u64 };
        let set = step.checked_sub(1).and_then(|index| applied.get(usize::try_from(index).ok()?)).ok_or_else(missing)?;
        // Undoing an undo is a redo; undoing a redo undoes again what it had brought back.
        match &set.cause {
            Cause::Undo { .. } => return apply_inverse(session, &[set.clone()], Cause::Redo { of: set.id.clone() }),
            Cause::Redo { of } => {
                let of = applied.iter().find(|undo| undo.id == *of).and_then(|undo| match &undo.cause {
                    Cause::Undo { of } => Some(of.clone()),
                    _ => None,
                });
                let cause = Cause::Undo { of: of.ok_or_else(nothing)? };
                return apply_inverse(session, &[set.clone()], cause);
            }
            Cause::Call { .. } => {}
        }
    }
    let undone = Undone::of(applied);
    let standing: Vec<ChangeSet> = applied
        .iter()
        .enumerate()
        .filter(|(index, set)| matches!(set.cause, Cause::Call { .. }) && scope.step.is_none_or(|step| step == *index as u64 + 1))
        .filter_map(|(_, set)| {
            let mut set = set.clone();
            let whole = set.clone();
            set.changes.retain(|change| undone.stands(&whole, change) && path.as_ref().is_none_or(|path| touches(change, path)));
            (!set.changes.is_empty()).then_some(set)
        })
        .collect();
    if standing.is_empty() {
        return Err(nothing());
    }
    let of = standing.iter().rev().map(|set| set.id.clone()).collect();
    apply_inverse(session, &standing, Cause::Undo { of })
}

/// Brings back what the latest undo took back.
pub(crate) fn redo(session: &mut Session<'_>) -> Result<UndoReport, EngineError> {
    let applied = session.state.applied();
    let undone = Undone::of(applied);
    let latest = applied.iter().rev().find(|set| matches!(set.cause, Cause::Undo { .. }) && !undone.is_void(set)).cloned();
    let set = latest.ok_or_else(|| EngineError::NothingTo { what: "redo", task: session.id.clone() })?;
    let cause = Cause::Redo { of: set.id.clone() };
    apply_inverse(session, &[set], cause)
}

fn touches(change: &deskhand_types::PathChange, path: &GuestPath) -> bool {
    let below = |candidate: &GuestPath| {
        candidate == path || candidate.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    below(&change.path) || change.from.as_ref().is_some_and(below)
}

/// Applies the inverse of several change-sets as one, latest first: all of it stands afterwards, or nothing.
fn apply_inverse(session: &mut Session<'_>, sets: &[ChangeSet], cause: Cause) -> Result<UndoReport, EngineError> {
    let id = session.next_change_set();
    let at = session.clock.now();
    let changes = sets.iter().rev().flat_map(|set| invert(set, id.clone(), cause.clone(), at).changes).collect();
    let set = ChangeSet { id: id.clone(), cause, changes, at };
    session.tell(EventBody::ChangeIntended { set: set.clone() })?;
    match session.workspace.apply(&set) {
        Ok(_) => {
            session.tell(EventBody::ChangeApplied { id, reconciled: None })?;
            Ok(UndoReport { set })
        }
        Err(error) => {
            session.tell(EventBody::ChangeFailed { id, code: error.code(), message: error.to_string(), reconciled: None })?;
            Err(error.into())
        }
    }
}
