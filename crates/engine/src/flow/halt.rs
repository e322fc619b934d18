//! Ending a task that has gone wrong: the person said no twice in a row, or a canary is on its way out.

use deskhand_policy::flow::leaves;
use deskhand_types::{Action, Ask, EffectClass, EventBody, FinishStatus, Provenance, ToolCall};

use crate::{EngineError, branch, session::Session};

/// So many refusals in a row end a task (`injection.md` 4.4).
const DENIALS: usize = 2;

/// Ends the task if it has to end. Tells whether it did.
///
/// # Errors
/// When the log cannot be written.
pub(crate) fn halt(session: &mut Session<'_>) -> Result<bool, EngineError> {
    if session.state.finished().is_some() || session.state.open_change().is_some() {
        return Ok(false);
    }
    if session.trail.is_leaking() {
        let summary = format!(
            "Stopped: a command tried to send the canary of one of the task's folders, so its content was about to leave this \
             machine. The request was cut off; `deskhand usage --network {}` shows it. Look at what this task read \
             (`deskhand policy explain {0}`) before you go on.",
            session.id
        );
        return end(session, "engine.canary", summary);
    }
    if session.trail.noes() >= DENIALS {
        let summary = after_denials(session.trail.denied());
        return end(session, "engine.stopped-after-refusals", summary);
    }
    Ok(false)
}

/// Ends the task if a call would carry a canary out. Tells whether it did.
///
/// # Errors
/// When the log cannot be written.
pub(crate) fn carries_canary(session: &mut Session<'_>, call: &ToolCall, action: &Action) -> Result<bool, EngineError> {
    let elsewhere = [EffectClass::Exec, EffectClass::Persist, EffectClass::Irreversible];
    if !leaves(action.effect) && !elsewhere.contains(&action.effect) {
        return Ok(false);
    }
    let Some(folder) = session.canaries.folder_in(&call.input.to_string()) else {
        return Ok(false);
    };
    let summary = format!(
        "Stopped: {} would have sent the canary of the folder {folder}, so its content was about to leave this machine. \
         Nothing was sent. Look at what this task read (`deskhand policy explain {}`) before you go on.",
        call.name, session.id
    );
    end(session, "engine.canary", summary)
}

fn end(session: &mut Session<'_>, code: &'static str, summary: String) -> Result<bool, EngineError> {
    let mut drafts = branch::ended_calls(&session.state, code, "The task was stopped before this was done.");
    let finished = EventBody::TaskFinished {
        status: FinishStatus::Stopped,
        summary,
    };
    drafts.push(finished.into());
    session.append(drafts)?;
    Ok(true)
}

/// What was refused, and the passages that asked for it.
fn after_denials<'a>(denied: impl Iterator<Item = &'a Ask>) -> String {
    let mut text = "Stopped: you said no twice in a row.".to_owned();
    let mut shown: Vec<&Provenance> = Vec::new();
    for ask in denied {
        let (what, origins) = match ask {
            Ask::Approve { action, grounds, .. } => (action.summary.clone(), &grounds.provenance),
            Ask::Folder { path, provenance, .. } => (format!("Use the folder {path}"), provenance),
            Ask::Questions { .. } | Ask::Server { .. } => continue,
        };
        text.push_str(&format!("\n- {what}"));
        for origin in origins.iter().filter(|origin| !origin.passage.is_empty()) {
            if shown.iter().any(|known| known.passage == origin.passage) {
                continue;
            }
            shown.push(origin);
            let source = origin.source.as_ref().map_or("", |source| source.detail.as_str());
            text.push_str(&format!(
                "\n  asked for in {source} ({}): “{}”",
                origin.at, origin.passage
            ));
        }
    }
    if shown.is_empty() {
        text.push_str("\nNo passage that asks for it was found in what the task read.");
    }
    text.push_str("\nSay more to go on.");
    text
}
