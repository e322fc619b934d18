//! Forms of servers: the flat schemas of `elicitation/create`, as fields a person can fill in.
//!
//! Both revisions allow texts, numbers, booleans and lists to choose from, in the spellings of SEP-1330; anything deeper
//! is no form, and such a question is not put to anybody.

use deskhand_types::{FieldInput, FieldOption, FormField};
use serde_json::{Map, Value};

/// Fields of one form; more are nothing a person fills in.
const FIELDS: usize = 30;
/// Entries of one list.
const OPTIONS: usize = 200;
/// Characters of a title or an entry.
const TITLE: usize = 120;
/// Characters of a description.
const DESCRIPTION: usize = 400;
/// Largest schema, in bytes of JSON.
const LARGEST: usize = 32 * 1024;

/// The fields of a form, those that are needed first.
///
/// # Errors
/// Why it is no form that can be shown, in words.
pub fn fields(schema: &Value) -> Result<Vec<FormField>, String> {
    if schema.to_string().len() > LARGEST {
        return Err(format!("its form is larger than {LARGEST} bytes"));
    }
    let none = Map::new();
    let properties = match schema.get("properties") {
        None => &none,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err("its form has no fields".to_owned()),
    };
    if properties.len() > FIELDS {
        return Err(format!("its form has {} fields", properties.len()));
    }
    let required = schema.get("required").and_then(Value::as_array);
    let wants = |name: &str| required.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name)));
    let read: Result<Vec<FormField>, String> = properties
        .iter()
        .map(|(name, property)| {
            let input = input(property).ok_or_else(|| format!("its field `{}` cannot be shown", cut(name, TITLE)))?;
            let title = text(property, "title").filter(|title| !title.trim().is_empty());
            Ok(FormField {
                name: name.clone(),
                title: cut(title.unwrap_or(name), TITLE),
                description: cut(text(property, "description").unwrap_or_default(), DESCRIPTION),
                required: wants(name),
                input,
            })
        })
        .collect();
    // What must be filled in comes first; among themselves as they came.
    let mut fields = read?;
    fields.sort_by_key(|field| !field.required);
    Ok(fields)
}

fn input(property: &Value) -> Option<FieldInput> {
    let proposed = property.get("default");
    if let Some(options) = options(property) {
        return Some(FieldInput::Choice {
            options: options?,
            several: false,
            proposed: proposed
                .and_then(Value::as_str)
                .map(str::to_owned)
                .into_iter()
                .collect(),
        });
    }
    match kind(property)? {
        "string" => Some(FieldInput::Text {
            format: text(property, "format").map(str::to_owned),
            proposed: proposed.and_then(Value::as_str).map(str::to_owned),
        }),
        kind @ ("number" | "integer") => {
            let number = |key: &str| property.get(key).and_then(Value::as_number).cloned();
            Some(FieldInput::Number {
                whole: kind == "integer",
                min: number("minimum"),
                max: number("maximum"),
                proposed: number("default"),
            })
        }
        "boolean" => Some(FieldInput::Switch {
            proposed: proposed.and_then(Value::as_bool),
        }),
        "array" => {
            let all = proposed.and_then(Value::as_array).into_iter().flatten();
            Some(FieldInput::Choice {
                options: options(property.get("items")?)??,
                several: true,
                proposed: all.filter_map(Value::as_str).map(str::to_owned).collect(),
            })
        }
        _ => None,
    }
}

/// The type of a field; one that may also be null is of the other type, and may be left empty.
fn kind(property: &Value) -> Option<&str> {
    let Some(several) = property.get("type").and_then(Value::as_array) else {
        return text(property, "type");
    };
    let mut kinds = several.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
    let only = kinds.next()?;
    kinds.next().is_none().then_some(only)
}

/// What can be chosen, in any of the spellings: `enum` with or without `enumNames`, `oneOf` or `anyOf` of constants.
/// `Some(None)` for a list that cannot be shown, `None` where there is no list.
#[expect(clippy::option_option, reason = "no list is not the same as a wrong one")]
fn options(property: &Value) -> Option<Option<Vec<FieldOption>>> {
    let option = |value: &Value, label: Option<&str>| {
        let value = value.as_str()?;
        Some(FieldOption {
            label: cut(label.unwrap_or(value), TITLE),
            value: value.to_owned(),
        })
    };
    let list = |key: &str| property.get(key).and_then(Value::as_array);
    let found: Option<Vec<FieldOption>> = if let Some(values) = list("enum") {
        let names = list("enumNames");
        let name = |index: usize| names.and_then(|names| names.get(index)).and_then(Value::as_str);
        let named = values.iter().enumerate();
        named.map(|(index, value)| option(value, name(index))).collect()
    } else {
        let constants = list("oneOf").or_else(|| list("anyOf"))?.iter();
        constants
            .map(|one| option(one.get("const")?, text(one, "title")))
            .collect()
    };
    Some(found.filter(|found| (1..=OPTIONS).contains(&found.len())))
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn only(property: Value) -> Result<FieldInput, String> {
        let mut fields = fields(&json!({"type": "object", "properties": {"x": property}}))?;
        Ok(fields.remove(0).input)
    }

    #[test]
    fn a_form_with_every_kind_of_field_is_read_in_its_words() {
        let schema = json!({"type": "object", "required": ["size"], "properties": {
            "size": {"type": "integer", "title": "Size", "description": "In cm", "minimum": 1, "maximum": 9, "default": 3},
            "to": {"type": "string", "format": "email", "default": "a@b.example"},
            "keep": {"type": "boolean", "default": true},
        }});
        let mut found = fields(&schema).unwrap();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let field = |name: &str, title: &str, description: &str, required, input| FormField {
            name: name.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            required,
            input,
        };
        let whole = FieldInput::Number {
            whole: true,
            min: Some(1.into()),
            max: Some(9.into()),
            proposed: Some(3.into()),
        };
        let mail = FieldInput::Text {
            format: Some("email".to_owned()),
            proposed: Some("a@b.example".to_owned()),
        };
        assert_eq!(
            found,
            [
                field("keep", "keep", "", false, FieldInput::Switch { proposed: Some(true) }),
                field("size", "Size", "In cm", true, whole),
                field("to", "to", "", false, mail),
            ]
        );
    }

    #[test]
    fn a_field_that_may_be_null_is_one_that_may_be_left_empty() {
        let plain = only(json!({"type": "string"}));
        assert!(plain.is_ok());
        assert_eq!(only(json!({"type": ["string", "null"]})), plain);
        assert_eq!(
            only(json!({"type": ["null", "integer"]})),
            only(json!({"type": "integer"}))
        );
        for wrong in [json!(["string", "integer"]), json!(["null"]), json!([])] {
            assert!(only(json!({"type": wrong})).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_are_read_in_every_spelling_and_keep_their_labels() {
        let choice = |several, labels: [&str; 2], proposed: &[&str]| FieldInput::Choice {
            options: ["a", "b"]
                .iter()
                .zip(labels)
                .map(|(value, label)| FieldOption {
                    value: (*value).to_owned(),
                    label: label.to_owned(),
                })
                .collect(),
            several,
            proposed: proposed.iter().map(|one| (*one).to_owned()).collect(),
        };
        let titled = json!([{"const": "a", "title": "An A"}, {"const": "b", "title": "A B"}]);
        let read = [
            json!({"type": "string", "enum": ["a", "b"], "default": "b"}),
            json!({"type": "string", "enum": ["a", "b"], "enumNames": ["An A", "A B"]}),
            json!({"type": "string", "oneOf": titled.clone()}),
            json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "default": ["a", "b"]}),
            json!({"type": "array", "items": {"anyOf": titled}}),
        ]
        .map(|property| only(property).unwrap());
        let named = ["An A", "A B"];
        assert_eq!(
            read,
            [
                choice(false, ["a", "b"], &["b"]),
                choice(false, named, &[]),
                choice(false, named, &[]),
                choice(true, ["a", "b"], &["a", "b"]),
                choice(true, named, &[]),
            ]
        );
    }

    #[test]
    fn what_is_no_form_is_not_shown_and_a_form_without_fields_is_one() {
        for property in [
            json!({"type": "object"}),
            json!({"type": "array", "items": {"type": "object"}}),
            json!({"type": "string", "enum": []}),
            json!({"type": "string", "enum": [1, 2]}),
            json!({"type": "string", "oneOf": [{"type": "string"}]}),
            json!(null),
            json!({}),
        ] {
            assert!(only(property.clone()).is_err(), "{property}");
        }
        let many: Map<String, Value> = (0..31).map(|n| (format!("f{n}"), json!({"type": "string"}))).collect();
        assert!(fields(&json!({"properties": many})).is_err());
        let long = json!({"properties": {"x": {"type": "string", "description": "x".repeat(40_000)}}});
        assert!(fields(&long).is_err());
        assert_eq!(fields(&json!({"type": "object"})), Ok(Vec::new()));
        assert!(fields(&json!({"properties": 3})).is_err());
    }
}
