//! Undo and redo: change-sets like any other, through the same checks, logged before and after.

use std::collections::BTreeSet;

use deskhand_types::{Cause, ChangeSet, Coded, EventBody, GuestPath, PathChange};
use deskhand_workspace::{ApplyError, invert, leave_out, only_times, within};

use crate::{
    EngineError,
    session::Session,
    views::{Undone, names},
};

/// How much of a task is undone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UndoScope {
    /// Only this step (from 1, as `changes` lists them).
    pub step: Option<u64>,
    /// Only this path and what is below it.
    pub path: Option<String>,
    /// Not these paths, what is below them, and what depends on them: they stay as they are.
    pub except: Vec<String>,
}

/// What an undo or redo did.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct UndoReport {
    /// The change-set that was applied.
    pub set: ChangeSet,
}

/// The paths of an [`UndoScope`].
#[derive(Debug, Default)]
struct Part {
    path: Option<GuestPath>,
    except: Vec<GuestPath>,
}

/// Takes back what stands of a task, or a part of it.
pub(crate) fn undo(session: &mut Session<'_>, scope: &UndoScope) -> Result<UndoReport, EngineError> {
    let path = scope
        .path
        .as_deref()
        .map(|path| session.workspace.locate(path))
        .transpose()?;
    let except = scope.except.iter().map(|path| session.workspace.locate(path));
    let part = Part {
        path,
        except: except.collect::<Result<_, _>>()?,
    };
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
            Cause::Undo { .. } => {
                let cause = Cause::Redo { of: set.id.clone() };
                return take_back(session, &set.clone(), &part, cause);
            }
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
                return take_back(session, &set.clone(), &part, cause);
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
        .map(|(_, set)| standing_part(&undone, set))
        .filter(changes_something)
        .collect();
    let id = session.next_change_set();
    let mut set = session
        .workspace
        .undo_of(&standing, part.path.as_ref(), id, Cause::Undo { of: Vec::new() })?;
    leave_out(&mut set, &part.except);
    if !changes_something(&set) {
        return Err(nothing());
    }
    let touched: BTreeSet<&GuestPath> = spoken_of(&set).collect();
    let of = standing
        .iter()
        .rev()
        .filter(|set| spoken_of(set).any(|path| touched.contains(path)))
        .map(|set| set.id.clone());
    set.cause = Cause::Undo { of: of.collect() };
    apply(session, set)
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
    take_back(session, &set, &Part::default(), cause)
}

/// What of a change-set stands. Times of folders belong to every part of it: they are set again with each.
fn standing_part(undone: &Undone<'_>, set: &ChangeSet) -> ChangeSet {
    ChangeSet {
        changes: set
            .changes
            .iter()
            .filter(|change| only_times(change) || undone.stands(set, change))
            .cloned()
            .collect(),
        ..set.clone()
    }
}

/// The paths a change-set speaks of, without folders of which only the time changes.
fn spoken_of(set: &ChangeSet) -> impl Iterator<Item = &GuestPath> {
    let changes = set.changes.iter().filter(|change| !only_times(change));
    changes.flat_map(names)
}

/// Whether there is more in a change-set than times of folders.
fn changes_something(set: &ChangeSet) -> bool {
    !set.changes.iter().all(only_times)
}

/// Takes an undo or redo back: what stands of it, or a part of that.
fn take_back(
    session: &mut Session<'_>,
    set: &ChangeSet,
    wanted: &Part,
    cause: Cause,
) -> Result<UndoReport, EngineError> {
    let mut part = standing_part(&Undone::of(session.state.applied()), set);
    let id = session.next_change_set();
    let mut inverse = if wanted.path.is_none() && part.changes.len() == set.changes.len() {
        invert(set, id, cause, session.clock.now())
    } else {
        // An undo of several steps may speak of one name more than once; what a move joins goes together.
        let joined = wanted.path.as_ref().and_then(|path| joined(&part, path));
        if let Some(joined) = &joined {
            let own = |change: &PathChange| names(change).any(|name| joined.iter().any(|own| within(name, own)));
            part.changes.retain(|change| only_times(change) || own(change));
        }
        let path = wanted.path.as_ref().filter(|_| joined.is_none());
        session.workspace.undo_of(&[part], path, id, cause)?
    };
    leave_out(&mut inverse, &wanted.except);
    if !changes_something(&inverse) {
        return Err(EngineError::NothingTo {
            what: if matches!(inverse.cause, Cause::Redo { .. }) {
                "redo"
            } else {
                "undo"
            },
            task: session.id.clone(),
        });
    }
    apply(session, inverse)
}

/// The names that are one file (or folder) with `path` in a change-set, where moves join it with others.
fn joined(set: &ChangeSet, path: &GuestPath) -> Option<BTreeSet<GuestPath>> {
    let mut all = BTreeSet::from([path.clone()]);
    loop {
        let known = all.len();
        for change in set.changes.iter().filter(|change| change.from.is_some()) {
            if names(change).any(|name| all.iter().any(|own| within(name, own) || within(own, name))) {
                all.extend(names(change).cloned());
            }
        }
        if all.len() == known {
            return (known > 1).then_some(all);
        }
    }
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
