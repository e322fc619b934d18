//! All of one tool call.

use deskhand_agent::Task;
use deskhand_types::{Block, CallId, Event, EventBody, ToolCall, ToolOutcome};

use crate::api::{CallDetail, Decision};

/// Bytes of a result that are shown.
const MAX_RESULT: usize = 64 * 1024;

/// All of one call. `None` when the task made no such call.
pub fn call(events: &[Event], call: &str) -> Option<CallDetail> {
    let id = CallId::new(call);
    let ToolCall { name, input, .. } = made(events, &id)?;
    let mut decisions = Vec::new();
    let mut told: Option<&ToolOutcome> = None;
    let mut over = false;
    for event in events {
        match &event.body {
            EventBody::PolicyDecided {
                action,
                verdict,
                rule,
                file,
                reason,
                ..
            } if action.call == id => decisions.push(Decision {
                verdict: verdict.clone(),
                rule: rule.clone(),
                file: file.clone(),
                reason: reason.clone(),
            }),
            // What a command gave, until it is told what became of its changes.
            EventBody::CommandFinished { call, outcome, .. } if *call == id && !over => told = Some(outcome),
            EventBody::ToolFinished { call, outcome } if *call == id && !over => {
                told = Some(outcome);
                over = true;
            }
            _ => {}
        }
    }
    let mut result = told.map(text).unwrap_or_default();
    let cut = result.len() > MAX_RESULT;
    result.truncate(result.floor_char_boundary(MAX_RESULT));
    Some(CallDetail {
        call: call.to_owned(),
        tool: name,
        input,
        result,
        cut,
        decisions,
    })
}

/// The call as the model made it. The task renames ids that clash, so the log up to there is replayed.
fn made(events: &[Event], id: &CallId) -> Option<ToolCall> {
    let (first, rest) = events.split_first()?;
    let mut task = Task::begin(first)?;
    rest.iter().find_map(|event| {
        task.apply(event);
        matches!(event.body, EventBody::ModelAnswered { .. })
            .then(|| task.call(id).map(|call| call.call.clone()))
            .flatten()
    })
}

fn text(outcome: &ToolOutcome) -> String {
    let shown = outcome.content.iter().filter_map(|block| match block {
        Block::Text { text } => Some(text.clone()),
        Block::Image { media_type, .. } => Some(format!("[picture, {media_type}]")),
        _ => None,
    });
    shown.collect::<Vec<_>>().join("\n")
}
