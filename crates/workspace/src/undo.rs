//! Change-sets inverted. Pure.

use deskhand_types::{Cause, Change, ChangeSet, ChangeSetId, GuestPath, LineCount, PathChange, Timestamp};

use crate::path::within;
use crate::prepare::only_times;

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

/// Leaves out of a change-set what concerns `paths` and what is below them, and with it what depends on that: folders
/// around them are neither made, removed nor renamed, and of a rename that is left out both names stay as they are.
pub fn leave_out(set: &mut ChangeSet, paths: &[GuestPath]) {
    let mut left = paths.to_vec();
    let concerns = |change: &PathChange, left: &[GuestPath]| {
        change
            .from
            .iter()
            .chain([&change.path])
            .any(|name| left.iter().any(|path| within(name, path) || within(path, name)))
    };
    let moves: Vec<&PathChange> = set.changes.iter().filter(|change| change.from.is_some()).collect();
    loop {
        let known = left.len();
        for change in &moves {
            if concerns(change, &left) {
                let names = change.from.iter().chain([&change.path]);
                let fresh: Vec<GuestPath> = names.filter(|name| !left.contains(name)).cloned().collect();
                left.extend(fresh);
            }
        }
        if left.len() == known {
            break;
        }
    }
    set.changes
        .retain(|change| only_times(change) || !concerns(change, &left));
}

#[cfg(test)]
mod tests {
    use super::leave_out;
    use deskhand_types::{Cause, Change, ChangeSet, ChangeSetId, FileState, GuestPath, Hash, PathChange, Timestamp};

    fn change(change: Change, path: &str, from: Option<&str>) -> PathChange {
        let file = FileState::File {
            hash: Hash::of(path.as_bytes()),
            size: 1,
            mode: Some(0o644),
            mtime_ns: None,
        };
        PathChange {
            change,
            path: GuestPath::new(path),
            from: from.map(GuestPath::new),
            before: file.clone(),
            after: file,
            lines: None,
        }
    }

    fn left(changes: Vec<PathChange>, except: &str) -> Vec<String> {
        let mut set = ChangeSet {
            id: ChangeSetId::from("s"),
            cause: Cause::Undo { of: Vec::new() },
            changes,
            at: Timestamp(0),
        };
        leave_out(&mut set, &[GuestPath::new(except)]);
        set.changes.iter().map(|change| change.path.to_string()).collect()
    }

    #[test]
    fn what_depends_on_a_path_that_is_left_out_is_left_out_too() {
        let changes = || {
            vec![
                change(Change::Modify, "/mnt/w/c", None),
                change(Change::Move, "/mnt/w/b", Some("/mnt/w/c")),
                change(Change::Move, "/mnt/w/a", Some("/mnt/w/b")),
                change(Change::Modify, "/mnt/w/a", None),
                change(Change::Delete, "/mnt/w/dir/x", None),
                change(Change::Delete, "/mnt/w/dir/y", None),
                change(Change::Delete, "/mnt/w/dir", None),
                change(Change::Modify, "/mnt/w/dir-2", None),
            ]
        };
        let dir = ["/mnt/w/dir/x", "/mnt/w/dir/y", "/mnt/w/dir", "/mnt/w/dir-2"];
        for name in ["/mnt/w/a", "/mnt/w/b", "/mnt/w/c"] {
            assert_eq!(left(changes(), name), dir, "one file under three names");
        }
        let files = ["/mnt/w/c", "/mnt/w/b", "/mnt/w/a", "/mnt/w/a"];
        assert_eq!(
            left(changes(), "/mnt/w/dir/x"),
            [&files[..], &["/mnt/w/dir/y", "/mnt/w/dir-2"]].concat(),
            "the folder around it stays, what is beside it does not"
        );
        assert_eq!(left(changes(), "/mnt/w/dir"), [&files[..], &["/mnt/w/dir-2"]].concat());
    }
}
