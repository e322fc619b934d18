//! The grounds of a question: where the values of a call came from, what would leave, and what may be allowed for good
//! (`injection.md` 4.4: "name the value, its source and why it is asked; show what leaves the machine").

use deskhand_policy::flow::{self, Call, leaves, value_kind};
use deskhand_types::{
    Action, Block, Confidentiality, EffectClass, Event, EventBody, Grounds, KnownAddress, Label, Leaving, Provenance,
    Source, SourceKind, ToolCall, ValueRule,
};
use serde_json::Value;

use super::{carried::carried, targets::targets, you_asked::you_asked};
use crate::session::Session;

/// Values a card names.
const VALUES: usize = 6;
/// Characters of a passage.
const PASSAGE: usize = 300;
/// Characters of what a connector would run or keep.
const WHOLE: usize = 4_000;
/// Characters of a value that a card shows.
pub(crate) const SHOWN: usize = 80;
/// What a command is called among the values of a call.
pub(crate) const COMMAND: &str = "command";
/// The shortest part of a command that is looked for.
const SHORTEST: usize = 8;

/// A text that came into the context.
pub(super) struct Heard {
    pub text: String,
    pub label: Label,
}

impl Heard {
    /// Where the text at a byte comes from: where a result comes from several files, the one it names last before that.
    pub fn source_at(&self, end: usize) -> Option<&Source> {
        let sources = &self.label.sources;
        let others = |kind: SourceKind| !matches!(kind, SourceKind::Person | SourceKind::Harness);
        let before = self.text.get(..end).unwrap_or_default();
        let named = sources
            .iter()
            .filter_map(|source| Some((before.rfind(source.detail.as_str())?, source)))
            .max_by_key(|(at, _)| *at);
        named
            .map(|(_, source)| source)
            .or_else(|| sources.iter().find(|source| others(source.kind)))
            .or_else(|| sources.first())
    }
}

/// What the person needs to know about a call that is asked about.
pub(crate) fn grounds(session: &Session<'_>, call: &ToolCall, action: &Action) -> Grounds {
    let mut heard = heard(&session.log.read(&session.id, 0).unwrap_or_default());
    // What was kept apart is where a value of a variable comes from.
    heard.extend(session.state.variables().all().iter().filter_map(|(variable, label)| {
        let held = super::held(&*session.blobs, variable)?;
        let data = if held.data.is_null() {
            String::new()
        } else {
            held.data.to_string()
        };
        Some(Heard {
            text: format!("{}\n{data}", held.text()),
            label: label.clone(),
        })
    }));
    let mut provenance: Vec<Provenance> = Vec::new();
    // Where nothing untrusted was read, no value can come from it.
    let suspects = if heard.is_empty() {
        Vec::new()
    } else {
        suspects(session, call, action)
    };
    for (param, value, needles) in suspects {
        if provenance.len() < VALUES && !provenance.iter().any(|known| known.value == value) {
            provenance.push(origin(&heard, param, value, &needles));
        }
    }
    let leaving = leaving(call, action, session.trail.sinks.is_connector(&call.name));
    let carried = if leaving.is_empty() {
        Vec::new()
    } else {
        carried(session, call, &heard)
    };
    let known = known(session, call);
    let flows = !provenance.is_empty() || !leaving.is_empty() || !known.is_empty();
    Grounds {
        you_asked: if flows {
            you_asked(session, call, action)
        } else {
            String::new()
        },
        provenance,
        known,
        leaving,
        carried,
        always: always(session, call, action),
        targets: targets(session, call, action),
    }
}

/// Everything untrusted that came into the context, oldest first: whoever said a thing first is its source.
fn heard(events: &[Event]) -> Vec<Heard> {
    let mut heard = Vec::new();
    for event in events {
        let (text, label) = match &event.body {
            EventBody::ToolFinished { outcome, .. } => {
                let texts: Vec<&str> = outcome.content.iter().filter_map(Block::as_text).collect();
                let data = if outcome.data.is_null() {
                    String::new()
                } else {
                    outcome.data.to_string()
                };
                (format!("{}\n{data}", texts.join("\n")), Some(&outcome.label))
            }
            EventBody::TaskStarted(start) => (start.prompt.clone(), event.label.as_ref()),
            EventBody::PersonSaid { text, .. } => (text.clone(), event.label.as_ref()),
            _ => continue,
        };
        if let Some(label) = label.filter(|label| label.is_tainted()) {
            heard.push(Heard {
                text,
                label: label.clone(),
            });
        }
    }
    heard
}

/// The values of a call that are not the person's, each with what to look for.
fn suspects(session: &Session<'_>, call: &ToolCall, action: &Action) -> Vec<(String, String, Vec<String>)> {
    let trail = &session.trail;
    let mut found = Vec::new();
    let sink = trail.sinks.get(&call.name);
    if let Some(sink) = sink.filter(|sink| !sink.journalled) {
        for aim in sink.aims(&call.input, trail.seen()) {
            if flow::is_bound(&aim, action.effect, trail.seen(), trail.words_for(&call.id)) {
                continue;
            }
            for value in aim.values {
                let text = plain(value);
                found.push((aim.param.to_owned(), cut(&text, SHOWN), vec![text]));
            }
        }
        let whole = Call {
            sink: Some(sink),
            arguments: &call.input,
        };
        if let Some(link) = flow::link_not_yours(&whole, trail.seen(), trail.words_for(&call.id)) {
            found.push(("content".to_owned(), cut(&link, SHOWN), vec![link]));
        }
    }
    if action.effect == EffectClass::Exec
        && let Some(command) = call.input.get(COMMAND).and_then(Value::as_str)
    {
        let parts = command.split(['\n', ';', '|']).flat_map(|line| line.split("&&"));
        let needles = std::iter::once(command)
            .chain(parts)
            .map(|part| part.trim().to_owned())
            .filter(|part| part.len() >= SHORTEST)
            .collect();
        found.push((COMMAND.to_owned(), cut(command, SHOWN), needles));
    }
    for path in &action.paths {
        let name = path.file_name();
        if !trail.words_for(&call.id).text().contains(name) {
            found.push(("path".to_owned(), cut(path.as_str(), SHOWN), vec![name.to_owned()]));
        }
    }
    found
}

/// Where a value was first read.
fn origin(heard: &[Heard], param: String, value: String, needles: &[String]) -> Provenance {
    let place = needles
        .iter()
        .filter(|needle| !needle.trim().is_empty())
        .find_map(|needle| heard.iter().find_map(|heard| Some((heard, find(&heard.text, needle)?))));
    let mut origin = Provenance {
        value,
        param,
        source: None,
        passage: String::new(),
        at: String::new(),
    };
    if let Some((heard, (start, end))) = place {
        let before = heard.text.get(..end).unwrap_or_default();
        origin.source = heard.source_at(end).cloned();
        origin.passage = passage(&heard.text, start, end);
        origin.at = format!("line {}", before.matches('\n').count() + 1);
    }
    origin
}

/// The bytes of the first place of a needle, in any case.
fn find(text: &str, needle: &str) -> Option<(usize, usize)> {
    if let Some(start) = text.find(needle) {
        return Some((start, start + needle.len()));
    }
    // Only where lower case has the same length do positions agree.
    let (lower, needle) = (text.to_ascii_lowercase(), needle.to_ascii_lowercase());
    lower.find(&needle).map(|start| (start, start + needle.len()))
}

/// The text around a place, on one line.
fn passage(text: &str, start: usize, end: usize) -> String {
    let room = PASSAGE.saturating_sub(end.saturating_sub(start)) / 2;
    let from = text.floor_char_boundary(start.saturating_sub(room));
    let to = text.ceil_char_boundary(end.saturating_add(room).min(text.len()));
    let around = text.get(from..to).unwrap_or_default();
    cut(&around.split_whitespace().collect::<Vec<_>>().join(" "), PASSAGE)
}

/// What address books gave for names in the person's words.
fn known(session: &Session<'_>, call: &ToolCall) -> Vec<KnownAddress> {
    let trail = &session.trail;
    let whole = Call {
        sink: trail.sinks.get(&call.name),
        arguments: &call.input,
    };
    let mut known = flow::known_addresses(&whole, trail.seen(), trail.words_for(&call.id));
    known.truncate(VALUES);
    known
}

/// What would leave: every string of the call.
fn leaving(call: &ToolCall, action: &Action, is_connector: bool) -> Vec<Leaving> {
    let elsewhere = is_connector && matches!(action.effect, EffectClass::Exec | EffectClass::Persist);
    if !leaves(action.effect) && action.effect != EffectClass::Irreversible && !elsewhere {
        return Vec::new();
    }
    // What lasts or runs is decided about by its whole text (`injection.md` 4.2).
    let most = if elsewhere { WHOLE } else { PASSAGE };
    let arguments = call.input.as_object().into_iter().flatten();
    arguments
        .filter(|(_, value)| !value.is_null())
        .map(|(param, value)| {
            let text = plain(value);
            Leaving {
                param: param.clone(),
                bytes: text.len() as u64,
                text: cut(&text, most),
            }
        })
        .collect()
}

/// Values that may be allowed for good: whom something is sent to, or where it is fetched from. Money, credentials, what
/// cannot be undone, and anything after secret data was read, are asked every time.
fn always(session: &Session<'_>, call: &ToolCall, action: &Action) -> Vec<ValueRule> {
    let (trail, effect) = (&session.trail, action.effect);
    let secret = session.state.taint().confidentiality == Confidentiality::Secret;
    let Some(sink) = trail.sinks.get(&call.name).filter(|_| !secret) else {
        return Vec::new();
    };
    if !matches!(effect, EffectClass::Outward | EffectClass::Fetch) {
        return Vec::new();
    }
    let mut rules: Vec<ValueRule> = sink
        .aims(&call.input, trail.seen())
        .into_iter()
        .filter(|aim| !flow::is_bound(aim, effect, trail.seen(), trail.words_for(&call.id)))
        .filter_map(|aim| Some((value_kind(aim.kind)?, aim.values)))
        .flat_map(|(kind, values)| {
            values.into_iter().filter_map(move |value| {
                let value = value.as_str()?.trim();
                let fits = !value.is_empty() && value.len() <= 200;
                fits.then(|| ValueRule {
                    effect,
                    kind,
                    value: value.to_owned(),
                })
            })
        })
        .collect();
    rules.truncate(VALUES);
    rules
}

pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

/// Every string among some arguments.
pub(super) fn strings<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, found)),
        _ => {}
    }
}
