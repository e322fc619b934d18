//! Untrusted text kept apart (`injection.md` 4.6 and 2.2, "planner-first with quarantined reading"): the model reads none of
//! it, so what it writes itself is its own, and only what a call takes from variables, or from a reader's answers, is not.
//!
//! Architecture invariant: this only asks about what the floor allows; it never allows anything.

use deskhand_types::{Confidentiality, EffectClass, Label};
use serde_json::Value;

use super::{
    floor::{Call, Reason, Strength, Taint, foreign_link, is_bound, judge_under, not_yours},
    literal::normal,
    seen::Seen,
    sink::Sink,
    values::{same, text},
    words::Words,
};
use crate::Verdict;

/// What of a call comes from text that was kept apart.
#[derive(Clone, Debug, Default)]
pub struct Parts<'a> {
    /// The parameters whose values, or parts of them, come from variables.
    pub params: Vec<&'a str>,
    /// The parameters that are content, of a tool whose sink does not say.
    pub content: &'a [&'a str],
    /// Whether the tool is Deskhand's own: then everything but content decides what happens (paths, commands).
    pub own: bool,
    /// The join of the labels of those variables.
    pub label: Option<&'a Label>,
    /// What the reader answered with values of closed kinds.
    pub answers: &'a [Value],
}

impl Parts<'_> {
    fn is_secret(&self) -> bool {
        self.label
            .is_some_and(|label| label.confidentiality == Confidentiality::Secret)
    }
}

/// Why a call is asked about although nothing untrusted is in the context; `None` when there is no reason.
///
/// A target from a variable, or equal to what the reader said, is judged as in a context that had read it: it must be in
/// the person's words, and so must the verb. Content may come from a variable, but a link, address or account in it must
/// be the person's own. A path or a command from a variable is always asked.
pub fn apart(call: &Call<'_>, parts: &Parts<'_>, seen: &Seen, words: &Words) -> Option<Reason> {
    if parts.own {
        let param = parts.params.iter().find(|param| !parts.content.contains(param))?;
        return Some(not_yours(param, call.arguments.get(param).unwrap_or(&Value::Null)));
    }
    let sink = call.sink?;
    let effect = sink.effect_of(call.arguments, seen);
    if effect <= EffectClass::Read {
        return None;
    }
    if takes_targets(sink, call.arguments, parts, seen, words) {
        let taint = Taint {
            tainted: true,
            secret: parts.is_secret(),
        };
        let judgement = judge_under(call, taint, seen, words, Strength::Shipped);
        return (judgement.verdict != Verdict::Allow).then_some(judgement.reason);
    }
    if parts.params.is_empty() {
        return None;
    }
    if parts.is_secret() && sink.takes_out(effect) {
        return Some(Reason::Secret);
    }
    let aims = sink.aims(call.arguments, seen);
    foreign_link(sink, effect, call.arguments, &aims, words, Strength::Shipped).map(|link| Reason::ForeignLink { link })
}

/// Whether something that decides who or what is hit comes from text that was kept apart.
fn takes_targets(sink: &Sink, arguments: &Value, parts: &Parts<'_>, seen: &Seen, words: &Words) -> bool {
    let (aims, effect) = (sink.aims(arguments, seen), sink.effect_of(arguments, seen));
    // What the description does not know may decide anything.
    let mut params = parts.params.iter();
    if params.any(|param| !sink.payload.iter().any(|known| known == param)) {
        return true;
    }
    aims.iter().any(|aim| {
        let said = |value: &&Value| parts.answers.iter().any(|answer| is_answer(value, answer));
        !is_bound(aim, effect, seen, words) && aim.values.iter().any(said)
    })
}

/// Whether a value says what the reader answered. Yes and no are said by too many calls to be traced.
fn is_answer(value: &Value, answer: &Value) -> bool {
    match answer {
        Value::Bool(_) | Value::Null => false,
        Value::Number(_) => {
            same(value, answer)
                || value
                    .as_str()
                    .and_then(|text| text.trim().parse::<f64>().ok())
                    .is_some_and(|number| answer.as_f64() == Some(number))
        }
        _ => {
            let (value, answer) = (normal(&text(value)), normal(&text(answer)));
            !answer.is_empty() && value.contains(&answer)
        }
    }
}
