//! What a change-set looks like to a person: line counts and unified diffs.

use std::time::Duration;

use deskhand_types::{Change, ChangeSet, FileState, GuestPath, LineCount};
use similar::{ChangeTag, TextDiff};

use crate::prepare::only_times;
use crate::workspace::Workspace;

/// How long one diff may take before it falls back to a coarser one.
const PATIENCE: Duration = Duration::from_millis(500);

/// One change, for showing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileDiff {
    /// Where.
    pub path: GuestPath,
    /// For a move: from where.
    pub from: Option<GuestPath>,
    /// What kind of change.
    pub change: Change,
    /// A unified diff with three lines of context, where both sides are text within the limit and differ.
    pub unified: Option<String>,
    /// Whether content changes that is not text, or too large to compare.
    pub binary: bool,
    /// Lines added and removed, where both sides are text.
    pub lines: Option<LineCount>,
}

impl Workspace {
    /// How each change of a change-set looks; changes of folder times alone are left out. Needs only the blob store,
    /// so it works before and after applying.
    pub fn diff(&self, set: &ChangeSet) -> Vec<FileDiff> {
        set.changes
            .iter()
            .filter(|change| !only_times(change))
            .map(|change| {
                let (old, new) = (text(self, &change.before), text(self, &change.after));
                let files =
                    matches!(change.before, FileState::File { .. }) || matches!(change.after, FileState::File { .. });
                let differs = change.before != change.after
                    && matches!(change.change, Change::Create | Change::Modify | Change::Delete);
                let name = |path: &GuestPath| path.as_str().trim_start_matches('/').to_owned();
                let unified = match (&old, &new) {
                    (Some(old), Some(new)) if files && differs => {
                        let from = change.from.as_ref().unwrap_or(&change.path);
                        let before = if change.before == FileState::Absent {
                            "/dev/null".into()
                        } else {
                            format!("a/{}", name(from))
                        };
                        let after = if change.after == FileState::Absent {
                            "/dev/null".into()
                        } else {
                            format!("b/{}", name(&change.path))
                        };
                        let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
                        Some(
                            diff.unified_diff()
                                .context_radius(3)
                                .header(&before, &after)
                                .to_string(),
                        )
                    }
                    _ => None,
                };
                FileDiff {
                    path: change.path.clone(),
                    from: change.from.clone(),
                    change: change.change,
                    binary: files && differs && unified.is_none(),
                    unified,
                    lines: change.lines,
                }
            })
            .collect()
    }
}

/// Lines added and removed between two states; `None` unless both sides are text within the limit (nothing and links
/// count as empty text), and at least one is a file.
pub(crate) fn count_lines(workspace: &Workspace, before: &FileState, after: &FileState) -> Option<LineCount> {
    if !matches!(before, FileState::File { .. }) && !matches!(after, FileState::File { .. }) {
        return None;
    }
    let (old, new) = (text(workspace, before)?, text(workspace, after)?);
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&old, &new);
    let mut count = LineCount::default();
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Insert => count.added = count.added.saturating_add(1),
            ChangeTag::Delete => count.removed = count.removed.saturating_add(1),
            ChangeTag::Equal => {}
        }
    }
    Some(count)
}

/// The text of a state: empty for anything but a file; `None` for a file that is not text, too large or not kept.
fn text(workspace: &Workspace, state: &FileState) -> Option<String> {
    let FileState::File { hash, size, .. } = state else {
        return Some(String::new());
    };
    if *size > workspace.options.limits.max_diff_bytes {
        return None;
    }
    let text = String::from_utf8(workspace.blobs.get(hash).ok()?).ok()?;
    (!text.contains('\0')).then_some(text)
}
