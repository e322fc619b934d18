//! What a command left in its layer, prepared to be judged as a change.

use deskhand_types::{
    Cause, ChangeSet, Coded, GuestPath, Hash, LeftOut, Overlaid, OverlayEntry, SharedFolders as _, Timestamp, ToolCall,
};
use deskhand_workspace::{Workspace, WorkspaceError, only_times};

use crate::{EngineError, session::Session, tools::Trouble};

/// What a command changed, prepared to be judged.
pub(crate) struct Taken {
    pub set: ChangeSet,
    pub left_out: Vec<LeftOut>,
    pub trouble: Option<Trouble>,
}

/// Prepares what a command left. `began` of a background command: other commands ran beside it, so what the sandbox says
/// it saw may be what they saw; what changed since it began is then taken for something it did not see.
///
/// # Errors
/// When the work was ended. That changes cannot be taken over is no error: it is told.
pub(crate) async fn take_over(
    session: &mut Session<'_>,
    call: &ToolCall,
    changes: Vec<OverlayEntry>,
    refused: Option<String>,
    began: Option<Timestamp>,
) -> Result<Taken, EngineError> {
    let (id, cause) = (session.next_change_set(), Cause::Call { call: call.id.clone() });
    let empty = ChangeSet {
        id: id.clone(),
        cause: cause.clone(),
        changes: Vec::new(),
        at: session.clock.now(),
    };
    let nothing = |trouble| Taken {
        set: empty,
        left_out: Vec::new(),
        trouble,
    };
    if let Some(why) = refused {
        return Ok(nothing(Some(Trouble { why, kept: Vec::new() })));
    }
    if changes.is_empty() {
        return Ok(nothing(None));
    }
    let kept = contents(&changes);
    let workspace = session.workspace.clone();
    let prepare = move || {
        let paths = began.map_or_else(Vec::new, |began| changed_since(&workspace, &changes, began));
        if !paths.is_empty() {
            return Err(WorkspaceError::ChangedMeanwhile { paths });
        }
        workspace.prepare_overlay(id, cause, changes)
    };
    let preparing = tokio::task::spawn_blocking(prepare);
    let prepared = session
        .alongside(preparing)
        .await?
        .map_err(|error| EngineError::Interrupted(error.to_string()))?;
    Ok(match prepared {
        Ok(mut overlay) => {
            // Times of folders alone are no change.
            if overlay.set.changes.iter().all(only_times) {
                overlay.set.changes.clear();
            }
            Taken {
                set: overlay.set,
                left_out: overlay.left_out,
                trouble: None,
            }
        }
        Err(error) => nothing(Some(Trouble {
            why: with_hint(&error),
            kept,
        })),
    })
}

/// What stands now where a command changed something, and is younger than the command.
fn changed_since(workspace: &Workspace, changes: &[OverlayEntry], began: Timestamp) -> Vec<GuestPath> {
    let began = i128::from(began.0) * 1_000_000;
    changes
        .iter()
        // A folder that is not replaced is of no concern itself.
        .filter(|entry| !matches!(entry.what, Overlaid::Folder { opaque: false, .. }))
        .filter(|entry| {
            let stamp = workspace.look(&entry.path).ok().map(|shared| shared.stamp);
            stamp.is_some_and(|stamp| stamp.ctime_ns.or(stamp.mtime_ns).is_some_and(|changed| changed > began))
        })
        .map(|entry| entry.path.clone())
        .collect()
}

/// The files a command wrote: their contents are in the store, whatever becomes of them.
fn contents(changes: &[OverlayEntry]) -> Vec<(String, Hash)> {
    changes
        .iter()
        .filter_map(|entry| match entry.what {
            Overlaid::File { hash, .. } => Some((entry.path.to_string(), hash)),
            _ => None,
        })
        .collect()
}

fn with_hint(error: &WorkspaceError) -> String {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    format!("{error}.{hint}")
}
