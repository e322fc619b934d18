//! Change-sets inverted. Pure.

use deskhand_types::{Cause, Change, ChangeSet, ChangeSetId, LineCount, PathChange, Timestamp};

/// The change that takes `change` back.
pub(crate) fn inverted(change: &PathChange) -> PathChange {
    let (path, from) = match &change.from {
        Some(from) => (from.clone(), Some(change.path.clone())),
        None => (change.path.clone(), None),
    };
    PathChange {
        change: match change.change {
            Change::Create => Change::Delete,
            Change::Delete => Change::Create,
            same => same,
        },
        path,
        from,
        before: change.after.clone(),
        after: change.before.clone(),
        lines: change.lines.map(|lines| LineCount {
            added: lines.removed,
            removed: lines.added,
        }),
    }
}

/// The change-set that takes `set` back: states swapped, order reversed. Inverting twice gives the first changes again,
/// which is redo.
pub fn invert(set: &ChangeSet, id: ChangeSetId, cause: Cause, at: Timestamp) -> ChangeSet {
    ChangeSet {
        id,
        cause,
        changes: set.changes.iter().rev().map(inverted).collect(),
        at,
    }
}
