//! What a change that landed is told as: a pure function of the change-set, so that a recovered change reads the same.

use std::collections::BTreeSet;

use deskhand_types::{Change, ChangeSet, FileState, GuestPath, Label, PathChange, ToolOutcome};
use deskhand_workspace::only_times;
use serde_json::json;

use super::human_size;

/// The result of a call whose change-set landed.
pub(crate) fn change_outcome(tool: &str, set: &ChangeSet) -> ToolOutcome {
    let main = told(tool, set);
    let lines: Vec<&str> = main.iter().map(|change| change.line.as_str()).collect();
    let text = if lines.is_empty() {
        "Nothing had to be changed.".to_owned()
    } else {
        lines.join("\n")
    };
    let summary = match lines.as_slice() {
        [] => "Nothing to change".to_owned(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    };
    let paths: Vec<_> = main.iter().map(|change| change.path).collect();
    ToolOutcome::text(text, Label::harness(), summary)
        .with_data(json!({"path": paths.last(), "paths": paths, "change_set": set.id}))
}

/// A change as it is told.
pub(super) struct ToldChange<'a> {
    pub path: &'a GuestPath,
    pub line: String,
}

/// The changes of a set as they are told: not the times of folders, and not folders made on the way.
pub(super) fn told<'a>(tool: &str, set: &'a ChangeSet) -> Vec<ToldChange<'a>> {
    let paths: BTreeSet<&str> = set.changes.iter().map(|change| change.path.as_str()).collect();
    set.changes
        .iter()
        .filter(|change| !only_times(change))
        .filter(|change| tool == "DeleteFile" || !is_helper_folder(change, &paths))
        .map(|change| ToldChange {
            path: &change.path,
            line: line(change),
        })
        .collect()
}

/// Folders made on the way to a file are not what the call was about.
fn is_helper_folder(change: &PathChange, paths: &BTreeSet<&str>) -> bool {
    let below = format!("{}/", change.path);
    change.change == Change::Create
        && matches!(change.after, FileState::Folder { .. })
        && paths
            .range(below.as_str()..)
            .next()
            .is_some_and(|path| path.starts_with(&below))
}

fn line(change: &PathChange) -> String {
    let size = match &change.after {
        FileState::File { size, .. } => format!(" ({})", human_size(*size)),
        _ => String::new(),
    };
    let lines = change
        .lines
        .map(|lines| format!(" +{} -{}", lines.added, lines.removed))
        .unwrap_or_default();
    match (change.change, &change.from) {
        (Change::Create, _) => format!("Created {}{size}", change.path),
        (Change::Modify, _) => format!("Changed {}{size}{lines}", change.path),
        (Change::Delete, _) => format!("Deleted {}", change.path),
        (Change::Move, Some(from)) => format!("Moved {from} to {}", change.path),
        (Change::Move, None) => format!("Moved to {}", change.path),
        (Change::Mode, _) => format!("Set permissions of {}", change.path),
    }
}
