//! Planner first (`injection.md` 2.2, P14): each argument of a plan has a provenance. The plan was written before anything
//! untrusted was read, and what is read never enters the planner.

use std::collections::BTreeMap;

use deskhand_types::EffectClass;
use serde_json::Value;

use super::{
    bind::Binding,
    floor::{Strength, foreign_link},
    kind::Kind,
    seen::Seen,
    sink::{Aimed, Sink},
    values::{is_empty, text},
    words::Words,
};
use crate::Verdict;

/// Where an argument of a plan came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Provenance {
    /// P: the person's words.
    Person,
    /// S: selected by plan code from typed fields of a system of record.
    Selected,
    /// T: a constant of the planner, from before anything untrusted was read.
    Trusted,
    /// U: untrusted text.
    Untrusted,
}

/// A call of a plan.
#[derive(Clone, Copy)]
pub struct PlannedCall<'a> {
    /// What the tool does; `None` when it only reads.
    pub sink: Option<&'a Sink>,
    /// What it is called with.
    pub arguments: &'a Value,
    /// What plan code computed, by parameter.
    pub computed: &'a BTreeMap<String, Provenance>,
}

/// The verdict, the effect, and where each argument came from.
pub fn judge_planned(
    call: PlannedCall<'_>,
    seen: &Seen,
    words: &Words,
) -> (Verdict, EffectClass, BTreeMap<String, Provenance>) {
    let mut from = BTreeMap::new();
    let Some(sink) = call.sink else {
        return (Verdict::Allow, EffectClass::Read, from);
    };
    let effect = sink.effect_of(call.arguments, seen);
    let tainted = seen.label().is_tainted();
    let aims = sink.aims(call.arguments, seen);
    for aim in &aims {
        from.insert(aim.param.to_owned(), provenance(aim, &call, seen, words));
    }
    let untrusted_target = aims
        .iter()
        .any(|aim| from.get(aim.param) == Some(&Provenance::Untrusted));
    for param in &sink.payload {
        if let Some(value) = call.arguments.get(param).filter(|value| !is_nothing(value)) {
            let untrusted = tainted && !words.literal(&text(value));
            let provenance = if untrusted {
                Provenance::Untrusted
            } else {
                Provenance::Trusted
            };
            from.insert(param.clone(), provenance);
        }
    }
    let link = foreign_link(sink, effect, call.arguments, &aims, words, Strength::Bound).is_some();
    let verdict = if untrusted_target || link {
        Verdict::Ask
    } else {
        Verdict::Allow
    };
    (verdict, effect, from)
}

/// Nothing to send: also `false` and zero, which no content is made of.
fn is_nothing(value: &Value) -> bool {
    is_empty(value) || *value == Value::Bool(false) || value.as_f64().is_some_and(|number| number.abs() < f64::EPSILON)
}

fn provenance(aim: &Aimed<'_>, call: &PlannedCall<'_>, seen: &Seen, words: &Words) -> Provenance {
    let binding = Binding {
        words,
        seen,
        strength: Strength::Bound,
        effect: EffectClass::Read,
    };
    if aim.values.iter().all(|value| binding.holds(aim.kind, value)) {
        return Provenance::Person;
    }
    if let Some(computed) = call.computed.get(aim.param) {
        return *computed;
    }
    if aim.values.iter().all(|value| selectable(aim.kind, value, seen)) {
        return Provenance::Selected;
    }
    if seen.label().is_tainted() {
        Provenance::Untrusted
    } else {
        Provenance::Trusted
    }
}

/// Whether plan code could have selected a value from a system of record.
fn selectable(kind: &Kind, value: &Value, seen: &Seen) -> bool {
    let said = text(value);
    let records = &seen.records;
    match kind {
        Kind::Id(kind) => records.knows(*kind, &said),
        Kind::Email => records.has_contact(&said),
        Kind::Directory(directory) => seen.directory().has(directory, &said) || records.lists(&said),
        Kind::Number => value.as_f64().is_some_and(|amount| records.has_amount(amount)),
        Kind::Payee => records.lists(&said) || records.has_party(&said),
        _ => records.lists(&said),
    }
}
