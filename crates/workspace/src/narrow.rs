//! Undoing several change-sets at once, and of those only what concerns one path.

use std::collections::{BTreeMap, HashSet};

use deskhand_types::{Cause, Change, ChangeSet, ChangeSetId, FileState, GuestPath, PathChange};

use crate::error::WorkspaceError;
use crate::path;
use crate::prepare::only_times;
use crate::state::Look;
use crate::undo::inverted;
use crate::workspace::Workspace;

impl Workspace {
    /// The change-set that undoes `sets`, given in the order they were applied; with `path`, only what they did to the
    /// file or folder that is there now (or was there last), under whatever name it had on the way. Pure but for a look
    /// at which folders stand. Nothing to undo gives a change-set without changes.
    ///
    /// Redo is [`crate::invert`] of what this returned.
    ///
    /// # Errors
    /// The path's surroundings cannot be looked at.
    pub fn undo_of(
        &self,
        sets: &[ChangeSet],
        path: Option<&GuestPath>,
        id: ChangeSetId,
        cause: Cause,
    ) -> Result<ChangeSet, WorkspaceError> {
        let inverse: Vec<PathChange> = sets
            .iter()
            .rev()
            .flat_map(|set| set.changes.iter().rev().map(inverted))
            .collect();
        let changes = match path {
            None => inverse,
            Some(path) => {
                let mut changes = narrowed(&inverse, path);
                let mut standing = Vec::new();
                for change in &changes {
                    // A deleted folder around the path is made again, unless it stands.
                    let around =
                        change.change == Change::Create && path::within(path, &change.path) && change.path != *path;
                    if around && matches!(self.look(&change.path)?, Look::Spot(_, Some(_))) {
                        standing.push(change.path.clone());
                    }
                }
                changes.retain(|change| change.change != Change::Create || !standing.contains(&change.path));
                changes
            }
        };
        let mut changes = simplified(changes);
        for change in changes
            .iter_mut()
            .filter(|change| change.lines.is_none() && change.change != Change::Move)
        {
            change.lines = crate::diff::count_lines(self, &change.before, &change.after);
        }
        Ok(ChangeSet {
            id,
            cause,
            changes,
            at: (self.options.clock)(),
        })
    }
}

/// What of `inverse` (an undo, in the order it is applied) concerns what is at `path` before it.
///
/// Walking the undo, the object goes by older and older names. `tracked` says for each part of it what it is called in
/// the undo at this point (`then`) and what it is called if only this undo is made (`now`): folders around it that the
/// whole undo would rename stay as they are.
fn narrowed(inverse: &[PathChange], path: &GuestPath) -> Vec<PathChange> {
    let mut tracked = vec![Tracked {
        then: path.clone(),
        now: path.clone(),
    }];
    let mut kept: Vec<PathChange> = Vec::new();
    for change in inverse {
        if only_times(change) {
            // Kept in its place, so that it goes along when the folder is renamed after it; sorted out below.
            let now = now_name(&tracked, &change.path).unwrap_or_else(|| change.path.clone());
            kept.push(PathChange {
                path: now,
                ..change.clone()
            });
            continue;
        }
        match &change.from {
            Some(from) => kept.extend(moved(&mut tracked, change, from)),
            None => {
                if let Some(now) = now_name(&tracked, &change.path) {
                    kept.push(PathChange {
                        path: now,
                        ..change.clone()
                    });
                } else if change.change == Change::Create
                    && matches!(change.after, FileState::Folder { .. })
                    && tracked.iter().any(|object| path::within(&object.then, &change.path))
                {
                    kept.push(change.clone());
                }
            }
        }
    }
    // Of the folder times, those of folders whose entries are undone, back to what they were in the beginning.
    let around: HashSet<GuestPath> = kept
        .iter()
        .filter(|change| !only_times(change))
        .flat_map(|change| std::iter::once(&change.path).chain(&change.from))
        .flat_map(|path| std::iter::once(path.clone()).chain(path::parent(path)))
        .collect();
    kept.retain(|change| !only_times(change) || around.contains(&change.path) || path::within(&change.path, path));
    kept
}

struct Tracked {
    then: GuestPath,
    now: GuestPath,
}

fn now_name(tracked: &[Tracked], path: &GuestPath) -> Option<GuestPath> {
    tracked
        .iter()
        .filter(|object| path::within(path, &object.then))
        // Of nested objects the innermost.
        .max_by_key(|object| object.then.as_str().len())
        .map(|object| path::rebase(path, &object.then, &object.now))
}

fn moved(tracked: &mut Vec<Tracked>, change: &PathChange, from: &GuestPath) -> Option<PathChange> {
    let (source, target) = (now_name(tracked, from), now_name(tracked, &change.path));
    // Whatever happens, what is tracked below the old name is below the new one from here on.
    for object in tracked.iter_mut().filter(|object| path::within(&object.then, from)) {
        object.then = path::rebase(&object.then, from, &change.path);
    }
    match (source, target) {
        (None, None) => None,
        (Some(source), Some(target)) => {
            rename_now(tracked, &source, &target);
            Some(PathChange {
                path: target,
                from: Some(source),
                ..change.clone()
            })
        }
        (Some(source), None) => {
            // Out of what is tracked, to where it came from; tracked on there.
            rename_now(tracked, &source, &change.path);
            tracked.push(Tracked {
                then: change.path.clone(),
                now: change.path.clone(),
            });
            Some(PathChange {
                from: Some(source),
                ..change.clone()
            })
        }
        (None, Some(target)) => Some(PathChange {
            path: target,
            ..change.clone()
        }),
    }
}

/// A kept move renames what is tracked below it for good.
fn rename_now(tracked: &mut [Tracked], from: &GuestPath, to: &GuestPath) {
    for object in tracked.iter_mut().filter(|object| path::within(&object.now, from)) {
        object.now = path::rebase(&object.now, from, to);
    }
}

/// The same effect in fewer changes: several changes of one path become one where nothing between them concerns it.
pub(crate) fn simplified(changes: Vec<PathChange>) -> Vec<PathChange> {
    let mut kept: Vec<Option<PathChange>> = Vec::with_capacity(changes.len());
    // For each path the last kept change at it; and the last that made, removed or moved something there.
    let mut last: BTreeMap<GuestPath, usize> = BTreeMap::new();
    let mut structural: BTreeMap<GuestPath, usize> = BTreeMap::new();
    for change in changes {
        if only_times(&change) {
            kept.push(Some(change));
            continue;
        }
        let index = kept.len();
        let earlier = last
            .get(&change.path)
            .copied()
            .filter(|at| !concerned_since(&structural, &change.path, *at));
        let merged = earlier
            .and_then(|at| Some((at, kept.get(at)?.as_ref()?)))
            .and_then(|(at, before)| Some((at, merge(before, &change)?)));
        if let Some((at, merged)) = merged {
            if merged.is_none() {
                last.remove(&change.path);
            }
            if let Some(slot) = kept.get_mut(at) {
                *slot = merged;
            }
            continue;
        }
        last.insert(change.path.clone(), index);
        if let Some(from) = &change.from {
            last.insert(from.clone(), index);
            structural.insert(from.clone(), index);
        }
        if change.change == Change::Move || folderish(&change) {
            structural.insert(change.path.clone(), index);
        }
        kept.push(Some(change));
    }
    kept.into_iter().flatten().collect()
}

fn folderish(change: &PathChange) -> bool {
    matches!(change.before, FileState::Folder { .. }) || matches!(change.after, FileState::Folder { .. })
}

/// Whether a folder around `path`, or `path` itself, was made, removed or moved after the `at`th change.
fn concerned_since(structural: &BTreeMap<GuestPath, usize>, path: &GuestPath, at: usize) -> bool {
    let mut above = Some(path.clone());
    while let Some(here) = above {
        if structural.get(&here).is_some_and(|index| *index > at) {
            return true;
        }
        above = path::parent(&here);
    }
    false
}

/// Two changes of one file or link as one: `None` when they cannot be joined, `Some(None)` when together they do nothing.
#[allow(
    clippy::option_option,
    reason = "joined to nothing, joined to one, not joined are three things"
)]
fn merge(first: &PathChange, second: &PathChange) -> Option<Option<PathChange>> {
    if folderish(first) || folderish(second) || first.from.is_some() || second.from.is_some() {
        return None;
    }
    let (before, after) = (&first.before, &second.after);
    let change = match (before, after) {
        (before, after) if before == after => return Some(None),
        (FileState::Absent, _) => Change::Create,
        (_, FileState::Absent) => Change::Delete,
        (FileState::File { .. }, FileState::File { .. })
            if first.change == Change::Mode && second.change == Change::Mode =>
        {
            Change::Mode
        }
        (FileState::File { .. }, FileState::File { .. }) => Change::Modify,
        _ => return None,
    };
    Some(Some(PathChange {
        change,
        path: first.path.clone(),
        from: None,
        before: before.clone(),
        after: after.clone(),
        // Counts of two diffs do not add up to that of one.
        lines: None,
    }))
}
