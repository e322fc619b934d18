//! What an answer is bound to (`injection.md` 4.4: "binding: call id + tool + canonical arguments + labels + session +
//! reason set; one use").

use deskhand_policy::Decision;
use deskhand_types::{Action, Answer, Hash, Label, ToolCall, canonical_json};
use serde_json::json;

use crate::session::Session;

/// The hash an approval holds for: the action (call, tool, arguments, paths, what stands before and after), how much the
/// context is to be trusted and how secret it is, and why it is asked.
pub(crate) fn binding(action: &Action, context: &Label, decision: &Decision) -> Hash {
    let basis = json!({
        "action": action.hash,
        "call": action.call,
        "integrity": context.integrity,
        "confidentiality": context.confidentiality,
        "rule": decision.rule,
        "reason": decision.reason,
    });
    Hash::of(canonical_json(&basis).unwrap_or_default().as_bytes())
}

/// Whether a yes still holds: what it was given for is asked now as it was then. Answers to the model's own questions are
/// no permission and hold anyway.
pub(crate) fn holds(
    session: &Session<'_>,
    call: &ToolCall,
    action: &Action,
    decision: &Decision,
    answer: Option<&Answer>,
) -> bool {
    let Some(Answer::Allow) = answer else { return true };
    let decided = session.state.call(&call.id).and_then(|call| call.decided.as_ref());
    decided
        .and_then(|decided| decided.binding)
        .is_none_or(|bound| bound == binding(action, session.state.taint(), decision))
}
