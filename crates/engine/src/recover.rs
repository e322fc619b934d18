//! After a crash: an intent to change files without an outcome is looked at, never guessed (invariant I5).

use deskhand_types::{CallId, Cause, ChangeSet, Code, EventBody, EventDraft, ReconcileOutcome, ToolOutcome};

use crate::{
    EngineError, command, connectors,
    perform::{finish, finished, landed, ran},
    session::Session,
    tools::not_landed,
};

/// Finds out what became of the open change-set, completes it or takes it back, and logs which.
///
/// # Errors
/// When neither is possible now (the disk is full, a folder is gone): nothing is decided, and it may be tried again.
pub(crate) async fn reconcile(session: &mut Session<'_>) -> Result<(), EngineError> {
    let Some(open) = session.state.open_change().cloned() else {
        return Ok(());
    };
    let workspace = session.workspace.clone();
    let looked = tokio::task::spawn_blocking(move || (workspace.recover(&open.set), open.set));
    let (outcome, set) = looked
        .await
        .map_err(|error| EngineError::Interrupted(error.to_string()))?;
    let drafts = after(session, &set, outcome?);
    session.append(drafts)
}

/// The same for callers outside the async runtime: undo and redo.
///
/// # Errors
/// As [`reconcile`].
pub(crate) fn reconcile_now(session: &mut Session<'_>) -> Result<(), EngineError> {
    let Some(open) = session.state.open_change().cloned() else {
        return Ok(());
    };
    let outcome = session.workspace.recover(&open.set)?;
    let drafts = after(session, &open.set, outcome);
    session.append(drafts)
}

/// What the log is told, with the result of the call that had been cut off.
fn after(session: &Session<'_>, set: &ChangeSet, outcome: ReconcileOutcome) -> Vec<EventDraft> {
    let call = match &set.cause {
        Cause::Call { call } => session.state.call(call).map(|call| call.call.clone()),
        Cause::Undo { .. } | Cause::Redo { .. } => None,
    };
    let (body, result) = match outcome {
        ReconcileOutcome::Applied | ReconcileOutcome::Completed => {
            let result = call.as_ref().map(|call| landed(session, call, set));
            (
                EventBody::ChangeApplied {
                    id: set.id.clone(),
                    reconciled: Some(outcome),
                },
                result,
            )
        }
        ReconcileOutcome::RolledBack | ReconcileOutcome::Conflict => {
            let what = if outcome == ReconcileOutcome::RolledBack {
                "it was taken back"
            } else {
                "files were changed by someone else meanwhile; nothing of theirs was overwritten"
            };
            let message = format!("The change was interrupted, and {what}.");
            let code = Code::new("engine.change-interrupted");
            let told = format!("{message} Look at the files before you try again.");
            let result = match call.as_ref().and_then(|call| ran(session, &call.id)) {
                Some(ran) => not_landed(&ran.outcome, set, code.clone(), &told),
                None => ToolOutcome::failed(code.clone(), told),
            };
            (
                EventBody::ChangeFailed {
                    id: set.id.clone(),
                    code,
                    message,
                    reconciled: Some(outcome),
                },
                Some(result),
            )
        }
    };
    let mut drafts = vec![body.into()];
    if let (Some(call), Some(result)) = (call, result) {
        drafts.push(finished(call.id, result));
    }
    drafts
}

/// Tells the model of a call that began and whose end nobody saw. A command's changes did not land; what a connector's
/// server did is not known.
///
/// # Errors
/// When the log cannot be written.
pub(crate) fn interrupted(session: &mut Session<'_>, call: CallId) -> Result<(), EngineError> {
    let outcome = match session.state.call(&call) {
        Some(begun) if begun.is_connectors() => connectors::interrupted(&begun.call.name),
        _ => command::interrupted(),
    };
    finish(session, call, outcome)
}
