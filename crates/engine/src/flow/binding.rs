//! What an answer is bound to (`injection.md` 4.4: "binding: call id + tool + canonical arguments + labels + session +
//! reason set; one use").

use deskhand_agent::Call;
use deskhand_policy::Decision;
use deskhand_types::{Action, Answer, Hash, Label, Timestamp, ToolCall, canonical_json};
use serde_json::json;

use crate::{session::Session, views::sink};

/// How long a yes counts after the question, in milliseconds: a day. Who comes back to a card later than that no longer
/// remembers what led to it, and the world it speaks of has moved on; it is put to them anew.
pub(crate) const LIFE_OF_A_CARD: i64 = 24 * 60 * 60 * 1000;

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
    let known = session.state.call(&call.id);
    if known
        .and_then(|call| call.asked.as_ref())
        .is_some_and(|asked| is_old(session, asked.at))
    {
        return false;
    }
    known
        .and_then(|call| call.decided.as_ref())
        .and_then(|decided| decided.binding)
        .is_none_or(|bound| bound == binding(action, context(session, known), decision))
}

/// The label of the context that an answer is compared with. Calls of one card were made before any of them gave anything, so
/// what the others gave had no part in this one: where nothing else was read since, it is the label it was asked in.
fn context<'s>(session: &'s Session<'_>, known: Option<&'s Call>) -> &'s Label {
    let now = session.state.taint();
    let Some((call, decided)) = known.and_then(|call| Some((call, call.decided.as_ref()?))) else {
        return now;
    };
    let on_card = |call: &Call| call.asked.as_ref().and_then(|asked| sink(&asked.ask));
    let Some(card) = on_card(call) else { return now };
    let others = session.state.calls().iter();
    let others = others.filter(|other| other.call.id != call.call.id && on_card(other).as_ref() == Some(&card));
    let with_theirs = others
        .filter_map(|other| other.outcome.as_ref())
        .fold(decided.context.clone(), |label, outcome| label.join(&outcome.label));
    let is_all = with_theirs.integrity == now.integrity && with_theirs.confidentiality == now.confidentiality;
    if is_all { &decided.context } else { now }
}

/// Whether a question is too old for a yes to it to count.
fn is_old(session: &Session<'_>, asked: Timestamp) -> bool {
    session.clock.now().0.saturating_sub(asked.0) > LIFE_OF_A_CARD
}

/// Whether the person's yes to a call with another value is a yes to what it became: it is asked about by the same rule, for
/// the same reason but for the value, and not much later. Whatever else there is to ask about is asked.
pub(crate) fn goes_on(session: &Session<'_>, call: &ToolCall) -> bool {
    let Some(known) = session.state.call(&call.id) else {
        return false;
    };
    let (Some(yes), Some(decided), Some(last)) = (&known.said_yes, &known.decided, known.replaced.last()) else {
        return false;
    };
    let reason = yes.reason.replace(&last.from, &last.to);
    decided.verdict == "ask" && decided.rule == yes.rule && decided.reason == reason && !is_old(session, yes.at)
}
