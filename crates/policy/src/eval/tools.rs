//! Tools of a data file: described by `policy_meta`, or known by their schema alone (`injection.md` 2.1).

use deskhand_types::EffectClass;
use serde_json::{Map, Value, json};

use super::suite::{NOTHING, texts};
use crate::flow::{Described, Hints, Intent, Kind, Pattern, Sink, Target};

/// A tool as `policy_meta` describes it; what is required is told by its schema.
pub(super) fn described_sink(sink: &Value, schema: &Value) -> Sink {
    let required = |param: &str| schema.pointer(&format!("/params/{param}/required")) != Some(&Value::Bool(false));
    let targets = sink.get("target").and_then(Value::as_object).into_iter().flatten();
    let verb = sink.get("verb").and_then(Value::as_str);
    Sink {
        effect: effect(sink.get("effect").and_then(Value::as_str)),
        targets: targets
            .map(|(param, kind)| Target {
                param: param.clone(),
                kind: Kind::from_word(kind.as_str().unwrap_or_default().trim_end_matches('*')),
                required: required(param),
            })
            .collect(),
        payload: texts(sink.get("payload")).map(str::to_owned).collect(),
        intent: verb
            .and_then(Pattern::new)
            .map_or_else(|| Intent::Lexicon(Vec::new()), Intent::Pattern),
        journalled: false,
    }
}

/// The letters of `injection.md` 2.2. What is not known is the worst.
fn effect(letter: Option<&str>) -> EffectClass {
    match letter {
        Some("R") => EffectClass::Read,
        Some("G") => EffectClass::Fetch,
        Some("W") => EffectClass::Modify,
        Some("D") => EffectClass::Irreversible,
        Some("C") => EffectClass::Outward,
        Some("M") => EffectClass::Spend,
        Some("P") => EffectClass::Persist,
        Some("X") => EffectClass::Exec,
        _ => EffectClass::Credential,
    }
}

/// The letter of an effect.
pub(super) fn letter(effect: EffectClass) -> &'static str {
    match effect {
        EffectClass::None | EffectClass::Read => "R",
        EffectClass::Create | EffectClass::Modify | EffectClass::Delete => "W",
        EffectClass::Irreversible => "D",
        EffectClass::Fetch => "G",
        EffectClass::Outward => "C",
        EffectClass::Exec => "X",
        EffectClass::Persist => "P",
        EffectClass::Spend => "M",
        EffectClass::Credential => "K",
    }
}

/// A tool of which only its schema is known. That ground truth ran it and nothing changed is what the file says of it.
pub(super) fn stranger<'t>(name: &'t str, tool: &Value, schema: &'t Value) -> Described<'t> {
    let ran = tool.get("executed_by_ground_truth") == Some(&Value::Bool(true));
    let changed_nothing = tool.get("writes").and_then(Value::as_array).is_some_and(Vec::is_empty);
    Described {
        name,
        schema,
        hints: Hints::from_value(tool.get("annotations").unwrap_or(&NOTHING)),
        trusted: false,
        observed_read_only: ran && changed_nothing,
    }
}

/// A tool's parameters as JSON Schema, from the file's own short form or from a schema it has.
pub(super) fn json_schema(tool: &Value) -> Value {
    if let Some(schema) = ["input_schema", "inputSchema", "parameters"]
        .iter()
        .find_map(|key| tool.get(*key))
    {
        return schema.clone();
    }
    let params = tool.get("params").and_then(Value::as_object);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, param) in params.into_iter().flatten() {
        if param.get("required") == Some(&Value::Bool(true)) {
            required.push(Value::from(name.clone()));
        }
        properties.insert(name.clone(), param.clone());
    }
    json!({"type": "object", "properties": properties, "required": required})
}
