//! After a crash: how far a change-set came, and finishing it one way or the other.

use std::collections::BTreeMap;

use deskhand_types::{ChangeSet, FileState, GuestPath, ReconcileOutcome};

use crate::apply::{Applied, Run, same_time};
use crate::error::{ApplyError, Conflict, WorkspaceError};
use crate::prepare::only_times;
use crate::resolve::Links;
use crate::sequence::{self, Reached};
use crate::step::{Stop, conflict_at};
use crate::undo::inverted;
use crate::workspace::Workspace;

/// Where a change stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// It had not landed.
    Before,
    /// It had landed.
    After,
    /// The path is neither as before nor as after: somebody else changed it.
    Neither,
}

/// How far a change-set came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Nothing of it stands.
    Untouched,
    /// Some of it stands, or all of it but modes and times of folders.
    Partly,
    /// All of it stands.
    Landed,
    /// Somebody else changed these meanwhile; nothing was overwritten.
    Conflict(Vec<Conflict>),
}

/// What was found when a change-set without outcome was looked at again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reconciliation {
    /// Each change, in the order of the set. Changes of folder times alone count as their neighbours do.
    pub sides: Vec<Side>,
    /// The whole.
    pub progress: Progress,
}

impl Workspace {
    /// Looks at a change-set whose outcome is not known, since the process died on the way. Settles temporary files;
    /// changes nothing else. May be repeated.
    ///
    /// # Errors
    /// Files cannot be looked at.
    pub fn reconcile(&self, set: &ChangeSet) -> Result<Reconciliation, ApplyError> {
        let (reached, conflicts) = self.survey(set).map_err(ApplyError::Refused)?;
        let foreign = |path: &GuestPath| conflicts.iter().any(|conflict| conflict.path == *path);
        let sides = set
            .changes
            .iter()
            .enumerate()
            .map(|(n, change)| {
                if foreign(&change.path) || change.from.as_ref().is_some_and(foreign) {
                    Side::Neither
                } else if n < reached.most {
                    Side::After
                } else {
                    Side::Before
                }
            })
            .collect();
        let real = set.changes.iter().filter(|change| !only_times(change)).count();
        let progress = if !conflicts.is_empty() {
            Progress::Conflict(conflicts)
        } else if reached.most == set.changes.len()
            && reached.strict
            && self.times_stand(set).map_err(ApplyError::Refused)?
        {
            Progress::Landed
        } else if reached.least == 0 && reached.strict && real > 0 {
            Progress::Untouched
        } else {
            Progress::Partly
        };
        Ok(Reconciliation { sides, progress })
    }

    /// Finishes a change-set that came part of the way. May be repeated.
    ///
    /// # Errors
    /// [`ApplyError::Conflict`]: somebody else changed something, nothing more was done. [`ApplyError::Failed`]: it
    /// could not be finished; what had landed before still stands, [`Workspace::roll_back`] takes it back.
    pub fn complete(&self, set: &ChangeSet) -> Result<Applied, ApplyError> {
        self.check_form(set).map_err(ApplyError::Refused)?;
        let (reached, conflicts) = self.survey(set).map_err(ApplyError::Refused)?;
        if !conflicts.is_empty() {
            return Err(ApplyError::Conflict {
                set: set.id.clone(),
                conflicts,
            });
        }
        let mut run = Run::new(self, set, false, true);
        for (n, change) in set.changes.iter().enumerate() {
            if n < reached.least {
                run.note(n, change);
                continue;
            }
            run.perform(n, change).map_err(|stop| match stop {
                Stop::Conflict(conflict) => ApplyError::Conflict {
                    set: set.id.clone(),
                    conflicts: vec![*conflict],
                },
                Stop::Failed(error) => ApplyError::Failed {
                    set: set.id.clone(),
                    source: error,
                },
            })?;
        }
        run.finish().map_err(|error| ApplyError::Failed {
            set: set.id.clone(),
            source: Box::new(error),
        })?;
        Ok(Applied {
            id: set.id.clone(),
            changes: set.changes.len(),
            unguarded: run.unguarded(),
        })
    }

    /// Takes back whatever stands of a change-set. Files somebody else changed are left alone and named. May be
    /// repeated.
    ///
    /// # Errors
    /// [`ApplyError::Standing`] names what could not be taken back.
    pub fn roll_back(&self, set: &ChangeSet) -> Result<(), ApplyError> {
        self.check_form(set).map_err(ApplyError::Refused)?;
        let (reached, conflicts) = self.survey(set).map_err(ApplyError::Refused)?;
        let mut run = Run::new(self, set, true, true);
        let standing = run.take_back(set, reached.most, false);
        if standing.is_empty() && conflicts.is_empty() {
            return Ok(());
        }
        let cause = ApplyError::Conflict {
            set: set.id.clone(),
            conflicts,
        };
        if standing.is_empty() {
            return Err(cause);
        }
        Err(ApplyError::Standing {
            set: set.id.clone(),
            cause: Box::new(cause),
            standing,
        })
    }

    /// What to do with an intent without outcome: finish it where that is possible, otherwise take it back. The result
    /// is what the log wants to know. May be repeated.
    ///
    /// # Errors
    /// Neither was possible now (the disk is full, a folder is gone): nothing is decided, try again.
    pub fn recover(&self, set: &ChangeSet) -> Result<ReconcileOutcome, ApplyError> {
        match self.reconcile(set)?.progress {
            Progress::Landed => Ok(ReconcileOutcome::Applied),
            Progress::Conflict(_) => self.abandon(set),
            Progress::Untouched | Progress::Partly => match self.complete(set) {
                Ok(_) => Ok(ReconcileOutcome::Completed),
                Err(ApplyError::Conflict { .. }) => self.abandon(set),
                Err(_) => self.roll_back(set).map(|()| ReconcileOutcome::RolledBack),
            },
        }
    }

    fn abandon(&self, set: &ChangeSet) -> Result<ReconcileOutcome, ApplyError> {
        match self.roll_back(set) {
            Ok(()) | Err(ApplyError::Conflict { .. }) => Ok(ReconcileOutcome::Conflict),
            // What stands is what somebody else changed, and what depends on it.
            Err(ApplyError::Standing { cause, .. }) if matches!(&*cause, ApplyError::Conflict { conflicts, .. } if !conflicts.is_empty()) => {
                Ok(ReconcileOutcome::Conflict)
            }
            Err(error) => Err(error),
        }
    }

    /// Settles temporary files, then compares the disk with the states the set leads through.
    fn survey(&self, set: &ChangeSet) -> Result<(Reached, Vec<Conflict>), WorkspaceError> {
        for (n, change) in set.changes.iter().enumerate() {
            self.sweep(&set.id, n, change, false)?;
            self.sweep(&set.id, n, &inverted(change), true)?;
        }
        let disk: BTreeMap<GuestPath, Option<FileState>> = sequence::concerned(&set.changes)
            .into_iter()
            .map(|path| {
                let state = match self.observe(&path) {
                    Ok(state) => Some(state),
                    // Nothing stands below a file or a link; what they are themselves is looked at under their own names.
                    Err(WorkspaceError::NotAFolder { .. } | WorkspaceError::ThroughLink { .. }) => {
                        Some(FileState::Absent)
                    }
                    Err(WorkspaceError::NotAFile { .. }) => None,
                    Err(error) => return Err(error),
                };
                Ok((path, state))
            })
            .collect::<Result<_, _>>()?;
        let reached = sequence::reached(&set.changes, &disk);
        let conflicts = reached
            .others
            .iter()
            .map(|(path, state)| conflict_at(self, path, state.clone()))
            .collect();
        Ok((reached, conflicts))
    }

    /// Whether the folder times a set ends with are there.
    fn times_stand(&self, set: &ChangeSet) -> Result<bool, WorkspaceError> {
        for change in set.changes.iter().filter(|change| only_times(change)) {
            let FileState::Folder { mtime_ns, .. } = &change.after else {
                continue;
            };
            match self.open_folder(&change.path, Links::Refuse) {
                Ok(folder) => {
                    let meta = folder
                        .inspect_self()
                        .map_err(|error| crate::resolve::io_error(&change.path, "looked at", error))?;
                    if !same_time(meta.mtime_ns, *mtime_ns) {
                        return Ok(false);
                    }
                }
                Err(WorkspaceError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
