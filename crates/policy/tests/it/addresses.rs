//! Records that fill the address book, told by their shape; and that nothing else does.

use deskhand_policy::flow::{Hints, RecordShape};
use deskhand_types::{AddressKind, AddressesRead, CallId};
use proptest::prelude::*;
use serde_json::{Value, json};

const CLOSED: Hints = Hints {
    read_only: Some(true),
    destructive: None,
    open_world: Some(false),
};

fn list(key: &str, fields: Value) -> Value {
    json!({"type": "object", "properties": {key: {"type": "array", "items": {"type": "object", "properties": fields}}}})
}

fn contacts() -> Value {
    let text = json!({"type": "string"});
    list(
        "contacts",
        json!({"id": text, "name": text, "email": text, "notes": text}),
    )
}

fn read(schema: &Value, arguments: &Value, data: &Value) -> Option<AddressesRead> {
    let shape = RecordShape::of(CLOSED, Some(schema)).ok()?;
    shape.read("contacts", "mcp__contacts__find", &CallId::new("c1"), arguments, data)
}

fn told(read: &AddressesRead) -> Vec<(&str, &str, AddressKind)> {
    let entries = read.entries.iter();
    entries
        .map(|entry| (entry.name.as_str(), entry.value.as_str(), entry.kind))
        .collect()
}

#[test]
fn records_are_told_by_their_shape() {
    let data = json!({"contacts": [
        {"id": "p1", "name": "Ana Costa", "email": "ana@firm.example", "notes": "Name: Eve, e-mail: eve@evil.example"},
        {"id": "p2", "name": "Ben", "email": "write to ben@firm.example please"},
        {"id": "p3", "email": "noname@firm.example"},
        {"id": "p4", "name": "Zoe", "email": "zoe@firm.example", "subject": "Hello", "body": "a mail after all"},
    ]});
    let read = read(&contacts(), &json!({"query": "Ana"}), &data).unwrap();
    assert_eq!(
        told(&read),
        [
            ("Ana Costa", "ana@firm.example", AddressKind::Email),
            ("Ana Costa", "p1", AddressKind::Id),
            ("Ben", "p2", AddressKind::Id),
        ]
    );
    assert_eq!((read.asked, read.whole), (vec!["Ana".to_owned()], true));
}

#[test]
fn schemas_as_libraries_write_them() {
    let schema = json!({
        "$defs": {"Person": {"type": "object", "properties": {
            "displayName": {"type": "string"},
            "emails": {"type": "array", "items": {"type": "string"}},
            "iban": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "phone": {"type": ["string", "null"]},
            "user_id": {"type": "integer"},
        }}},
        "type": "object",
        "properties": {"result": {"type": "array", "items": {"$ref": "#/$defs/Person"}}},
    });
    let data = json!({"result": [{"displayName": "Ana", "emails": ["a@firm.example", "b@firm.example"],
        "iban": "DE89 3704 0044 0532 0130 00", "phone": "+351 912 345 678", "user_id": 7}]});
    let read = read(&schema, &json!({}), &data).unwrap();
    assert_eq!(
        told(&read),
        [
            ("Ana", "a@firm.example", AddressKind::Email),
            ("Ana", "b@firm.example", AddressKind::Email),
            ("Ana", "DE89 3704 0044 0532 0130 00", AddressKind::Account),
            ("Ana", "+351 912 345 678", AddressKind::Phone),
            ("Ana", "7", AddressKind::Id),
        ]
    );
    assert!(read.whole && read.asked.is_empty());
    let one = json!({"type": "object", "properties": {"full_name": {"type": "string"}, "email": {"type": "string"}}});
    assert!(RecordShape::of(CLOSED, Some(&one)).is_ok());
}

#[test]
fn what_is_no_lookup_of_records_does_not_count() {
    let (text, person) = (
        json!({"type": "string"}),
        json!({"name": {"type": "string"}, "email": {"type": "string"}}),
    );
    let people = json!({"type": "array", "items": {"type": "object", "properties": person}});
    for schema in [
        json!({}),
        json!({"type": "object"}),
        json!({"type": "object", "properties": {"text": text}}),
        // Mail, with its senders spelled out in different ways.
        list(
            "messages",
            json!({"id": text, "subject": text, "body": text, "name": text, "email": text}),
        ),
        list(
            "messages",
            json!({"from": {"type": "object", "properties": person}, "snippet": text}),
        ),
        list("messages", json!({"sender_name": text, "sender_email": text})),
        // Guests of an event are whom its author names.
        list("events", json!({"id": text, "name": text, "attendees": people})),
        json!({"type": "object", "properties": {"subject": text, "people": people}}),
        // No field says what is whose.
        list("rows", json!({"title": text, "email": text})),
        list("rows", json!({"name": text, "owner_id": text, "team_id": text})),
        list("rows", json!({"name": text, "email": {"type": "object"}})),
        json!({"$ref": "#"}),
        json!({"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}),
        json!({"type": "object", "properties": {"a": {"items": {"$ref": "https://evil.example/schema"}}}}),
    ] {
        assert!(RecordShape::of(CLOSED, Some(&schema)).is_err(), "{schema}");
    }
    for hints in [
        Hints::default(),
        Hints {
            read_only: None,
            ..CLOSED
        },
        Hints {
            destructive: Some(true),
            ..CLOSED
        },
        Hints {
            open_world: None,
            ..CLOSED
        },
        Hints {
            open_world: Some(true),
            ..CLOSED
        },
    ] {
        assert!(RecordShape::of(hints, Some(&contacts())).is_err(), "{hints:?}");
    }
    assert!(RecordShape::of(CLOSED, None).is_err());
}

#[test]
fn a_page_or_a_filter_is_not_the_whole() {
    let data = json!({"contacts": [{"id": "p1", "name": "Ana", "email": "ana@firm.example"}]});
    for (arguments, whole) in [
        (json!({}), true),
        (json!({"query": "Ana", "cursor": null}), true),
        (json!({"query": "Ana", "limit": 10}), true),
        (json!({"query": "Ana", "limit": 1}), false),
        (json!({"query": "Ana", "limit": -1}), false),
        (json!({"offset": 5}), false),
        (json!({"note": "Ana"}), false),
        (json!({"query": "Ana", "team": "Costa"}), false),
        (json!({"query": "Ana", "name": "Costa"}), false),
        (json!({"active": true}), false),
        (json!({"filter": {"domain": "evil.example"}}), false),
        (json!({"ids": ["p1"]}), false),
    ] {
        assert_eq!(
            read(&contacts(), &arguments, &data).unwrap().whole,
            whole,
            "{arguments}"
        );
    }
    for (key, value, whole) in [
        ("nextCursor", json!("x"), false),
        ("nextCursor", json!(null), true),
        ("has_more", json!(true), false),
        ("has_more", json!(false), true),
        ("total", json!(1), true),
        ("total_count", json!(40), false),
    ] {
        let mut data = data.clone();
        data[key] = value;
        assert_eq!(read(&contacts(), &json!({}), &data).unwrap().whole, whole, "{key}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zA-Z@. ]{0,20}".prop_map(Value::from),
        Just(json!("name: Ana, email: eve@evil.example")),
        Just(json!("{\"name\": \"Ana\", \"email\": \"eve@evil.example\"}")),
    ];
    let keys = prop::sample::select(vec![
        "name",
        "email",
        "id",
        "contacts",
        "notes",
        "properties",
        "type",
        "items",
        "$ref",
        "anyOf",
        "x",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..5).prop_map(|pairs| pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Value>()),
        ]
    })
}

proptest! {
    /// No schema and no data make it panic.
    #[test]
    fn any_schema_and_any_data(schema in any_value(), data in any_value(), arguments in any_value()) {
        let _ = read(&schema, &arguments, &data);
        let _ = read(&contacts(), &arguments, &data);
    }

    /// Text in any field that is not a record's name or address adds no entry.
    #[test]
    fn untrusted_text_adds_no_entry(extra in any_value(), note in "\\PC{0,60}") {
        let clean = json!({"contacts": [{"id": "p1", "name": "Ana", "email": "ana@firm.example"}]});
        let before = read(&contacts(), &json!({}), &clean).unwrap().entries;
        let mut data = clean;
        data["contacts"][0]["notes"] = json!(format!("{note} {{\"name\": \"Ana\", \"email\": \"eve@evil.example\"}}"));
        data["contacts"][0]["x"] = extra.clone();
        data["x"] = extra;
        let after = read(&contacts(), &json!({}), &data).map(|read| read.entries).unwrap_or_default();
        prop_assert!(after.iter().all(|entry| before.contains(entry)), "{after:?}");
    }
}
