//! The floor policy (`injection.md` 2.2, P11 of section 3): taint, targets bound to the person's own words, intent, links,
//! secrets. Deterministic; no model is asked.

use deskhand_types::{EffectClass, KnownAddress};
use serde_json::Value;

use super::{
    addresses::Found,
    bind::Binding,
    kind::Kind,
    links::{Reach, active},
    seen::Seen,
    sink::{Aimed, Sink, is_reversible, leaves},
    values::{strings, text},
    words::Words,
};
use crate::Verdict;

/// How much of the floor applies. All but [`Strength::Shipped`] are there to compare with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strength {
    /// P6: in a tainted context everything but reading is asked.
    TaintOnly,
    /// P11, exactly as the reference evaluator decides.
    Bound,
    /// P11 with what Deskhand adds: it is nowhere weaker, and wider about what a link or a payee is.
    #[default]
    Shipped,
}

/// A call of a tool whose sink is known.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What the tool does; `None` when it only reads.
    pub sink: Option<&'a Sink>,
    /// What it is called with.
    pub arguments: &'a Value,
}

/// Why the floor allows or asks. The words of [`Reason::sentence`] are for the person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It only reads.
    Reading,
    /// Nothing untrusted was read.
    Clean,
    /// It can be taken back with Deskhand's own journal.
    Journalled,
    /// Every target is bound to the person's words, and their words ask for it.
    Bound,
    /// The same, with values that an address book gave for names the person wrote.
    Known {
        /// Whose they are.
        known: Vec<KnownAddress>,
    },
    /// Untrusted text was read, and no more is looked at.
    Tainted,
    /// Secret data was read.
    Secret,
    /// It outlives the task.
    Persists,
    /// It hits nothing that could be bound.
    NoTarget,
    /// A value is not the person's.
    NotYours {
        /// The parameter.
        param: String,
        /// The value, cut to what a card can show.
        value: String,
    },
    /// A value is what an address book gives for a name the person wrote, and it gives others for it.
    Ambiguous {
        /// The parameter.
        param: String,
        /// The value, cut to what a card can show.
        value: String,
        /// The name.
        name: String,
        /// How many values it has.
        values: usize,
    },
    /// The person's words have no verb for it.
    NoVerb,
    /// The content has a link, address or account the person did not write.
    ForeignLink {
        /// It.
        link: String,
    },
}

impl Reason {
    /// The rule's name, as in events.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Clean => "clean-context",
            Self::Journalled => "journalled",
            Self::Bound => "bound-to-your-words",
            Self::Known { .. } => "bound-to-your-address-book",
            Self::Tainted => "tainted-context",
            Self::Secret => "secret-data",
            Self::Persists => "outlives-the-task",
            Self::NoTarget => "no-target",
            Self::NotYours { .. } => "target-not-yours",
            Self::Ambiguous { .. } => "name-of-several",
            Self::NoVerb => "not-asked-for",
            Self::ForeignLink { .. } => "foreign-link",
        }
    }

    /// Why, in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Reading => "it only reads".to_owned(),
            Self::Clean => "nothing that others could have written was read so far".to_owned(),
            Self::Journalled => "it stays inside a granted folder and can be undone".to_owned(),
            Self::Bound => "you named what it acts on, and asked for it".to_owned(),
            Self::Known { known } => {
                let whose: Vec<String> = known.iter().map(KnownAddress::sentence).collect();
                format!("you named whom it acts on, and asked for it: {}", whose.join("; "))
            }
            Self::Tainted => "text that others could have written was read before".to_owned(),
            Self::Secret => "secret data was read, so nothing leaves without your yes".to_owned(),
            Self::Persists => "it outlives the task, so it is only proposed".to_owned(),
            Self::NoTarget => {
                "text that others could have written was read, and nothing in this call can be traced to your words"
                    .to_owned()
            }
            Self::NotYours { param, value } => {
                format!("“{value}” ({param}) is not in your request, and text that others could have written was read")
            }
            Self::Ambiguous {
                param,
                value,
                name,
                values,
            } => {
                format!("“{name}” can be any of {values} in your address books, and “{value}” ({param}) is one of them")
            }
            Self::NoVerb => {
                "your request does not ask for this, and text that others could have written was read".to_owned()
            }
            Self::ForeignLink { link } => format!("what would be sent holds “{link}”, which is not in your request"),
        }
    }
}

/// What the floor says about a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// Allow or ask; the floor never refuses.
    pub verdict: Verdict,
    /// The effect of this very call.
    pub effect: EffectClass,
    /// Why.
    pub reason: Reason,
}

/// How much of a value a card shows, in characters.
const SHOWN: usize = 80;

/// What the label of a context comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taint {
    /// Text that others could have written was read.
    pub tainted: bool,
    /// Secret data was read.
    pub secret: bool,
}

/// Judges a call by the label of what was seen. Pure and total.
pub fn judge(call: &Call<'_>, seen: &Seen, words: &Words, strength: Strength) -> Judgement {
    let taint = Taint {
        tainted: seen.label().is_tainted(),
        secret: seen.has_secret(),
    };
    judge_under(call, taint, seen, words, strength)
}

/// Judges a call under a taint.
pub fn judge_under(call: &Call<'_>, taint: Taint, seen: &Seen, words: &Words, strength: Strength) -> Judgement {
    let Some(sink) = call.sink else {
        return allow(EffectClass::Read, Reason::Reading);
    };
    let effect = sink.effect_of(call.arguments, seen);
    if effect <= EffectClass::Read {
        return allow(effect, Reason::Reading);
    }
    let shipped = strength == Strength::Shipped;
    // What outlives the task speaks to later tasks with no taint of this one: never silent (`injection.md` 4.2).
    if shipped && effect == EffectClass::Persist {
        return ask(effect, Reason::Persists);
    }
    let secret = taint.secret && leaves(effect);
    if shipped && taint.secret && sink.takes_out(effect) {
        return ask(effect, Reason::Secret);
    }
    if !taint.tainted {
        return allow(effect, Reason::Clean);
    }
    if sink.journalled && is_reversible(effect) {
        return allow(effect, Reason::Journalled);
    }
    if strength == Strength::TaintOnly {
        return ask(effect, Reason::Tainted);
    }
    if secret && effect != EffectClass::Credential {
        return ask(effect, Reason::Secret);
    }
    let aims = sink.aims(call.arguments, seen);
    // A standing permission for whom a call acts on is also the wish that it be done; content is looked at as ever.
    let standing = aims.iter().any(|aim| {
        aim.values
            .iter()
            .all(|value| words.stands(effect, aim.kind, &text(value)))
    });
    let binding = Binding {
        words,
        seen,
        strength,
        effect,
    };
    match unbound(sink, call.arguments, &aims, &binding) {
        Some(reason) => return ask(effect, reason),
        None if !standing && !sink.intent.is_in(words) => return ask(effect, Reason::NoVerb),
        None => {}
    }
    if let Some(link) = foreign_link(sink, effect, call.arguments, &aims, words, strength) {
        return ask(effect, Reason::ForeignLink { link });
    }
    let known = known_in(&binding, &aims);
    if known.is_empty() {
        return allow(effect, Reason::Bound);
    }
    allow(effect, Reason::Known { known })
}

fn allow(effect: EffectClass, reason: Reason) -> Judgement {
    Judgement {
        verdict: Verdict::Allow,
        effect,
        reason,
    }
}

fn ask(effect: EffectClass, reason: Reason) -> Judgement {
    Judgement {
        verdict: Verdict::Ask,
        effect,
        reason,
    }
}

/// The first target that is not bound, or that there is none.
fn unbound(sink: &Sink, arguments: &Value, aims: &[Aimed<'_>], binding: &Binding<'_>) -> Option<Reason> {
    let Binding {
        words,
        strength,
        effect,
        ..
    } = *binding;
    // A number, a switch or a level of access says how much, and nothing about whom: `1` stands in every numbered list.
    let names = |aim: &Aimed<'_>| !matches!(aim.kind, Kind::Number | Kind::Flag | Kind::Permission);
    if aims.is_empty() || strength == Strength::Shipped && !aims.iter().any(names) {
        return Some(Reason::NoTarget);
    }
    let missing = aims.iter().find_map(|aim| {
        let stands = |value: &Value| words.stands(effect, aim.kind, &text(value));
        let value = aim
            .values
            .iter()
            .find(|value| !binding.holds(aim.kind, value) && !stands(value))?;
        Some(unresolved(binding, aim, value))
    });
    if missing.is_some() || strength != Strength::Shipped {
        return missing;
    }
    // Fail closed: what the description does not know may decide anything (`injection.md` 4.3).
    let undescribed = sink.undescribed(arguments);
    let loose = undescribed
        .into_iter()
        .find(|(_, value)| !plainly_bound(value, words))?;
    Some(not_yours(loose.0, loose.1))
}

fn plainly_bound(value: &Value, words: &Words) -> bool {
    match value {
        Value::Null => true,
        // Turning something on that nobody described is not in anybody's words.
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_f64().is_some_and(|number| words.number(number)),
        Value::String(text) => words.literal(text),
        Value::Array(values) => values.iter().all(|value| plainly_bound(value, words)),
        Value::Object(_) => false,
    }
}

pub(crate) fn not_yours(param: &str, value: &Value) -> Reason {
    Reason::NotYours {
        param: param.to_owned(),
        value: shown(value),
    }
}

fn shown(value: &Value) -> String {
    text(value).chars().take(SHOWN).collect()
}

/// The first link in what is sent that the person did not write.
pub(crate) fn foreign_link(
    sink: &Sink,
    effect: EffectClass,
    arguments: &Value,
    aims: &[Aimed<'_>],
    words: &Words,
    strength: Strength,
) -> Option<String> {
    let shipped = strength == Strength::Shipped;
    // Also where the effect is another: what a tool that nobody described calls its body may be whom it writes to.
    let looked_at = match effect {
        EffectClass::Outward | EffectClass::Spend => true,
        other => shipped && other > EffectClass::Delete,
    };
    if !looked_at {
        return None;
    }
    // A parameter that is no target of this call is content: the title of an invitation reaches the guests.
    let idle = sink
        .targets
        .iter()
        .filter(|target| shipped && !aims.iter().any(|aim| aim.param == target.param) && target.kind == Kind::Text);
    let params = sink.payload.iter().chain(idle.map(|target| &target.param));
    let mut sent = String::new();
    for value in params.filter_map(|param| arguments.get(param)) {
        let whole = strings(value, &mut |text| {
            sent.push_str(text);
            sent.push(' ');
        });
        if !whole {
            return Some("content nested too deeply to look through".to_owned());
        }
    }
    if !shipped {
        return active(&sent, Reach::Reference)
            .into_iter()
            .find(|token| !words.holds(token));
    }
    // A part of what the person wrote is not what they wrote: `evil.co` is not in `evil.com`.
    [Reach::Reference, Reach::Wide]
        .into_iter()
        .flat_map(|reach| active(&sent, reach))
        .find(|token| !words.holds_whole(token))
}

/// That a value is not the person's; or that it may be, and somebody else's as well.
fn unresolved(binding: &Binding<'_>, aim: &Aimed<'_>, value: &Value) -> Reason {
    match binding.found(aim.kind, value) {
        Found::Ambiguous { name, values } => Reason::Ambiguous {
            param: aim.param.to_owned(),
            value: shown(value),
            name,
            values,
        },
        _ => not_yours(aim.param, value),
    }
}

/// The values that only an address book binds.
fn known_in(binding: &Binding<'_>, aims: &[Aimed<'_>]) -> Vec<KnownAddress> {
    let values = aims
        .iter()
        .flat_map(|aim| aim.values.iter().map(move |value| (aim, *value)));
    let known = values.filter(|(_, value)| !binding.words.literal(&text(value)));
    let known = known.filter_map(|(aim, value)| match binding.found(aim.kind, value) {
        Found::Bound { name, connector, kind } => Some(KnownAddress {
            value: shown(value),
            param: aim.param.to_owned(),
            name,
            kind,
            connector,
        }),
        _ => None,
    });
    known.collect()
}

/// The values of a call that an address book gave for names the person wrote; for whoever shows the flow of a call.
pub fn known_addresses(call: &Call<'_>, seen: &Seen, words: &Words) -> Vec<KnownAddress> {
    let Some(sink) = call.sink else { return Vec::new() };
    let binding = Binding {
        words,
        seen,
        strength: Strength::Shipped,
        effect: sink.effect_of(call.arguments, seen),
    };
    known_in(&binding, &sink.aims(call.arguments, seen))
}

/// Whether an aim of a call with this effect is bound; for whoever shows the flow of a call value by value.
pub fn is_bound(aim: &Aimed<'_>, effect: EffectClass, seen: &Seen, words: &Words) -> bool {
    let binding = Binding {
        words,
        seen,
        strength: Strength::Shipped,
        effect,
    };
    aim.values.iter().all(|value| binding.holds(aim.kind, value))
}

/// The first link, address or account in what a call would send that is not the person's; for whoever shows where it
/// came from.
pub fn link_not_yours(call: &Call<'_>, seen: &Seen, words: &Words) -> Option<String> {
    let sink = call.sink?;
    let effect = sink.effect_of(call.arguments, seen);
    let aims = sink.aims(call.arguments, seen);
    foreign_link(sink, effect, call.arguments, &aims, words, Strength::Shipped)
}
