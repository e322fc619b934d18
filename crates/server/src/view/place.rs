//! Where a file of a task is on this computer.

use deskhand_types::{Grant, GuestPath};

use super::tool::file_name;
use crate::api::FileRef;

/// A file as it is shown.
pub(super) fn file_ref(grants: &[Grant], path: &GuestPath) -> FileRef {
    FileRef {
        path: path.to_string(),
        name: file_name(path.as_str()).to_owned(),
        place: place(grants, path),
    }
}

/// The path on this computer, in the platform's own form; empty when the path is in no folder of the task.
pub(super) fn place(grants: &[Grant], path: &GuestPath) -> String {
    let Some(grant) = path
        .grant()
        .and_then(|name| grants.iter().rev().find(|grant| grant.name == name))
    else {
        return String::new();
    };
    let separator = if grant.folder.contains('\\') { "\\" } else { "/" };
    let below = path.as_str().strip_prefix("/mnt/").unwrap_or_default();
    let Some((_, below)) = below.split_once('/').filter(|(_, below)| !below.is_empty()) else {
        return grant.folder.clone();
    };
    let folder = grant.folder.trim_end_matches(separator);
    format!("{folder}{separator}{}", below.replace('/', separator))
}
