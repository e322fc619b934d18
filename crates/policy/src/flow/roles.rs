//! Roles of parameters: what the schema and the name of one tell about it (`injection.md` 4.3, "parameter roles by JSON
//! schema"). A string nobody knows anything about is a target.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::{
    bind::is_id_name,
    kind::{Kind, RecordKind},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParamWords {
    words: BTreeSet<String>,
    kind: String,
}

/// What a parameter is.
pub(crate) enum Role {
    Target(Kind),
    Payload,
}

/// What a parameter is. `rows` are the words of parameters' names.
pub(crate) fn role(rows: &[ParamWords], name: &str, property: &Value) -> Role {
    let format = property.get("format").and_then(Value::as_str);
    match format {
        Some("email" | "idn-email") => return Role::Target(Kind::Email),
        Some("uri" | "url" | "iri" | "uri-reference" | "hostname") => return Role::Target(Kind::Url),
        Some("date") => return Role::Target(Kind::Date),
        Some("date-time") => return Role::Target(Kind::DateTime),
        _ => {}
    }
    let words = name_words(name);
    if is_id_name(name) {
        return Role::Target(id_kind(&words));
    }
    if is_type(property, "boolean") {
        return Role::Target(Kind::Flag);
    }
    if is_type(property, "number") || is_type(property, "integer") {
        return Role::Target(Kind::Number);
    }
    if property.get("enum").is_some() && !words.iter().any(|word| param_kind(rows, word) == Some("perm")) {
        return Role::Target(Kind::Text);
    }
    let last = words.last().and_then(|word| param_kind(rows, word));
    let word = last.or_else(|| words.iter().find_map(|word| param_kind(rows, word)));
    match word {
        Some("payload") => Role::Payload,
        Some("recipient") => Role::Target(Kind::Recipient),
        Some("filename") if is_type(property, "object") || holds_objects(property) => Role::Target(Kind::Attachment),
        Some(kind) => Role::Target(Kind::from_word(kind)),
        None if is_type(property, "object") || holds_objects(property) => Role::Target(Kind::Opaque),
        None => Role::Target(Kind::Text),
    }
}

fn param_kind<'r>(rows: &'r [ParamWords], word: &str) -> Option<&'r str> {
    let row = rows.iter().find(|row| row.words.contains(word))?;
    Some(row.kind.as_str())
}

/// Whether a type is among those a property may have.
fn is_type(property: &Value, name: &str) -> bool {
    match property.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|one| one == name),
        _ => false,
    }
}

fn holds_objects(property: &Value) -> bool {
    let items = property.get("items");
    items.is_some_and(|items| items == "object" || is_type(items, "object"))
}

/// What an id is the id of, by the word before it.
fn id_kind(words: &[String]) -> Kind {
    let before = words.iter().rev().find(|word| *word != "id");
    match before.map(String::as_str) {
        Some("file" | "document" | "attachment") => Kind::Id(RecordKind::File),
        Some("event" | "meeting" | "appointment") => Kind::Id(RecordKind::Event),
        Some("email" | "mail" | "message") => Kind::Id(RecordKind::Email),
        Some("transaction" | "payment" | "txn") => Kind::Id(RecordKind::Transaction),
        _ => Kind::Opaque,
    }
}

/// The words of a name in any of the usual styles, in lower case.
pub(crate) fn name_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous_lower = false;
    let mut fresh = true;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            fresh = true;
            previous_lower = false;
            continue;
        }
        if fresh || c.is_uppercase() && previous_lower {
            words.push(String::new());
            fresh = false;
        }
        previous_lower = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(name_words("sendEMail_to-User2"), ["send", "email", "to", "user2"]);
    }
}
