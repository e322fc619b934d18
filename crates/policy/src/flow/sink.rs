//! Sinks: what a tool does, which of its parameters decide who or what is hit, and which are content (`injection.md` 2.2,
//! "roles").

use std::collections::BTreeSet;

use deskhand_types::EffectClass;
use serde_json::Value;

use super::{
    intent::Intent,
    kind::{Kind, RecordKind},
    seen::Seen,
    values::{is_empty, text},
};

/// A parameter that decides who or what is hit.
#[derive(Clone, Debug)]
pub struct Target {
    /// The parameter's name.
    pub param: String,
    /// How its value is bound to the person's words.
    pub kind: Kind,
    /// Whether a call must have it.
    pub required: bool,
}

/// What a tool does when it is called.
#[derive(Clone, Debug)]
pub struct Sink {
    /// The class of its effect. A call may be heavier or lighter: [`Sink::effect_of`].
    pub effect: EffectClass,
    /// Who or what is hit, in the order they are asked about.
    pub targets: Vec<Target>,
    /// The parameters that are content.
    pub payload: Vec<String>,
    /// Which verbs of the person ask for it.
    pub intent: Intent,
    /// Whether Deskhand's own journal takes it back (`injection.md` 4.2: reversible *because the harness journals*).
    pub journalled: bool,
}

/// A target of one call, with the values given for it.
#[derive(Clone, Debug)]
pub struct Aimed<'c> {
    /// The parameter.
    pub param: &'c str,
    /// Its kind.
    pub kind: &'c Kind,
    /// The values; each must be bound.
    pub values: Vec<&'c Value>,
}

impl Sink {
    /// The effect of one call (`injection.md` 2.2, "Dynamic"): an event is communication when it has guests; a write to
    /// what others can read is communication.
    pub fn effect_of(&self, arguments: &Value, seen: &Seen) -> EffectClass {
        if self.effect == EffectClass::Outward && self.is_private_without_guests() {
            let others = self
                .targets
                .iter()
                .filter(|target| target.kind == Kind::Email)
                .any(|target| {
                    values(arguments, &target.param)
                        .iter()
                        .any(|value| !seen.is_owner(&text(value)))
                });
            return if others { self.effect } else { EffectClass::Create };
        }
        if is_reversible(self.effect) {
            let read_by_others = self.targets.iter().any(|target| {
                target.kind == Kind::Id(RecordKind::File)
                    && values(arguments, &target.param)
                        .iter()
                        .any(|id| seen.is_shared(RecordKind::File, &text(id)))
            });
            if read_by_others {
                return EffectClass::Outward;
            }
        }
        self.effect
    }

    /// Whether a call of this effect hands its arguments to somebody else. Whatever the journal does not take back is done
    /// elsewhere, however private it is said to be: a note saved with a service has left this machine.
    pub(crate) fn takes_out(&self, effect: EffectClass) -> bool {
        leaves(effect) || (!self.journalled && effect > EffectClass::Read)
    }

    /// Who or what one call hits. Parameters that say nothing are left out, and so is the owner of the account from an
    /// invitation, on which they always are. When there are guests, they are the target and the title is content.
    pub fn aims<'c>(&'c self, arguments: &'c Value, seen: &Seen) -> Vec<Aimed<'c>> {
        let invitation = self.is_invitation();
        let mut aims: Vec<Aimed<'c>> = self
            .targets
            .iter()
            .filter_map(|target| {
                let mut values = values(arguments, &target.param);
                if invitation && target.kind == Kind::Email {
                    values.retain(|value| !seen.is_owner(&text(value)));
                }
                let (param, kind) = (target.param.as_str(), &target.kind);
                (!values.is_empty()).then_some(Aimed { param, kind, values })
            })
            .collect();
        if invitation && aims.iter().any(|aim| *aim.kind == Kind::Email) {
            aims.retain(|aim| *aim.kind != Kind::Text);
        }
        aims
    }

    /// The arguments of a call that the description of its tool does not know. They may decide anything.
    pub fn undescribed<'c>(&self, arguments: &'c Value) -> Vec<(&'c str, &'c Value)> {
        let known: BTreeSet<&str> = self
            .targets
            .iter()
            .map(|target| target.param.as_str())
            .chain(self.payload.iter().map(String::as_str))
            .collect();
        let arguments = arguments.as_object().into_iter().flatten();
        arguments
            .filter(|(param, value)| !known.contains(param.as_str()) && !is_empty(value))
            .map(|(param, value)| (param.as_str(), value))
            .collect()
    }

    /// Guests may be invited, and all else that is aimed at is a title or an event.
    fn is_invitation(&self) -> bool {
        let others = self.targets.iter().filter(|target| target.kind != Kind::Email);
        let events = others
            .clone()
            .all(|target| matches!(target.kind, Kind::Text | Kind::Id(RecordKind::Event)));
        events && others.count() > 0 && self.targets.iter().any(|target| target.kind == Kind::Email)
    }

    /// Guests may be left out, and without them only a title is left.
    fn is_private_without_guests(&self) -> bool {
        self.is_invitation()
            && self.targets.iter().all(|target| match target.kind {
                Kind::Email => !target.required,
                _ => target.kind == Kind::Text,
            })
    }
}

/// The values given for a parameter; none when nothing is said.
fn values<'c>(arguments: &'c Value, param: &str) -> Vec<&'c Value> {
    match arguments.get(param) {
        None => Vec::new(),
        Some(value) if is_empty(value) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    }
}

/// W: reversible and private.
pub(crate) fn is_reversible(effect: EffectClass) -> bool {
    matches!(effect, EffectClass::Create | EffectClass::Modify | EffectClass::Delete)
}

/// What leaves the machine or moves something outside it: G, C, M and K.
pub fn leaves(effect: EffectClass) -> bool {
    matches!(
        effect,
        EffectClass::Fetch | EffectClass::Outward | EffectClass::Spend | EffectClass::Credential
    )
}
