//! Which tools look records up, told by the shape of what they give: their output schema declares a record, or a list of
//! records, with a name and what stands for it. No tool's name counts, and no text for people is looked into.

use deskhand_types::{AddressEntry, AddressKind, AddressesRead, CallId};
use serde_json::{Map, Value};

use super::{
    bind::{is_account, is_iban},
    roles::name_words,
    schema::Hints,
    values::{is_empty, text},
};

/// Entries kept of one result. What is longer is not whole.
const MOST_ENTRIES: usize = 1_000;
/// Characters of a name and of a value.
const LONGEST: usize = 200;
/// How far references in a schema are followed.
const DEEPEST: usize = 8;

/// Words of fields that make a record a message, an appointment or another text somebody sent: whom it names was put there
/// by whoever wrote it.
const SENT: [&str; 31] = [
    "subject",
    "body",
    "snippet",
    "message",
    "messages",
    "sender",
    "from",
    "to",
    "cc",
    "bcc",
    "recipient",
    "recipients",
    "text",
    "content",
    "contents",
    "html",
    "markdown",
    "attendee",
    "attendees",
    "participant",
    "participants",
    "guest",
    "guests",
    "organizer",
    "organiser",
    "thread",
    "start",
    "end",
    "review",
    "rating",
    "excerpt",
];

/// Names of fields, by their words.
const NAMES: [&[&str]; 4] = [&["name"], &["display", "name"], &["full", "name"], &["real", "name"]];
const EMAILS: [&[&str]; 8] = [
    &["email"],
    &["e", "mail"],
    &["mail"],
    &["emails"],
    &["email", "address"],
    &["email", "addresses"],
    &["e", "mail", "address"],
    &["primary", "email"],
];
const ACCOUNTS: [&[&str]; 4] = [&["iban"], &["account"], &["account", "number"], &["bank", "account"]];
const PHONES: [&[&str]; 5] = [
    &["phone"],
    &["phone", "number"],
    &["mobile"],
    &["telephone"],
    &["phone", "numbers"],
];

/// Words of numbers that only bound how much is given back.
const LIMITS: [&str; 8] = ["limit", "max", "maximum", "size", "count", "top", "results", "first"];
/// Words of what a search is for: a name among others. A text for anything else is a filter, which whoever fills in the other
/// field decides about.
const SEARCHES: [&str; 13] = [
    "query", "q", "search", "name", "names", "term", "terms", "keyword", "keywords", "text", "find", "lookup", "prefix",
];
/// Words of fields that say how many there are in all.
const TOTALS: [&str; 4] = ["total", "count", "matches", "found"];
/// Words of fields that say that there is more.
const MORE: [&str; 8] = [
    "next",
    "more",
    "cursor",
    "truncated",
    "incomplete",
    "partial",
    "remaining",
    "continuation",
];

/// Where a tool's results have records, and which of their fields count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordShape(Vec<Listing>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Listing {
    /// The field of the result that lists them; `None` when the result is one record.
    list: Option<String>,
    name: String,
    values: Vec<(String, AddressKind)>,
}

impl RecordShape {
    /// From the definition of a tool. The reason for people when its results do not count.
    ///
    /// # Errors
    /// When it may change something, reaches the open world (`injection.md` 4.3: "output of openWorld is Untrusted"), or
    /// declares no records.
    pub fn of(hints: Hints, output_schema: Option<&Value>) -> Result<Self, &'static str> {
        if hints.read_only != Some(true) || hints.destructive == Some(true) {
            return Err("it does not say that it only looks things up");
        }
        if hints.open_world != Some(false) {
            return Err("it may give back what anybody wrote (it does not say that its world is closed)");
        }
        let Some(schema) = output_schema else {
            return Err("it does not say what its results look like");
        };
        let root = properties(schema, schema, 0);
        let mut listings = Vec::new();
        if let Some(properties) = root {
            listings.extend(listing(None, properties, schema));
            for (key, property) in properties {
                let items = resolved(schema, property, 0).get("items");
                let record = items.and_then(|items| self::properties(schema, items, 0));
                listings.extend(record.and_then(|record| listing(Some(key), record, schema)));
            }
            // A message with a list in it is a message.
            if is_sent(properties) {
                listings.clear();
            }
        }
        if listings.is_empty() {
            return Err("its results hold no records of a name and an address or id");
        }
        Ok(Self(listings))
    }

    /// What a call gave. `None` when there is nothing in it, or it has no structure.
    pub fn read(
        &self,
        connector: &str,
        tool: &str,
        call: &CallId,
        arguments: &Value,
        data: &Value,
    ) -> Option<AddressesRead> {
        let root = data.as_object()?;
        let mut entries = Vec::new();
        let mut records = 0_usize;
        for listing in &self.0 {
            match &listing.list {
                None => {
                    listing.take(root, &mut entries);
                    records += 1;
                }
                Some(key) => {
                    let listed = root
                        .get(key)
                        .and_then(Value::as_array)
                        .map(Vec::as_slice)
                        .unwrap_or_default();
                    for record in listed.iter().filter_map(Value::as_object) {
                        listing.take(record, &mut entries);
                    }
                    records += listed.len();
                }
            }
        }
        if entries.is_empty() {
            return None;
        }
        let (asked, unfiltered) = asked(arguments, records);
        let more = root.iter().any(|(key, value)| says_more(key, value, records));
        let cut = entries.len() > MOST_ENTRIES;
        entries.truncate(MOST_ENTRIES);
        Some(AddressesRead {
            connector: connector.to_owned(),
            tool: tool.to_owned(),
            call: call.clone(),
            asked,
            whole: unfiltered && !more && !cut,
            entries,
        })
    }
}

impl Listing {
    fn take(&self, record: &Map<String, Value>, entries: &mut Vec<AddressEntry>) {
        // What the schema does not declare may make it something else after all.
        if is_sent(record) {
            return;
        }
        let Some(name) = record.get(&self.name).and_then(Value::as_str) else {
            return;
        };
        let name: String = name.trim().chars().take(LONGEST).collect();
        if name.is_empty() {
            return;
        }
        for (field, kind) in &self.values {
            let values = match record.get(field) {
                Some(Value::Array(values)) => values.iter().collect(),
                Some(value) => vec![value],
                None => Vec::new(),
            };
            for value in values {
                let fits = value.is_string() || value.is_u64() && *kind == AddressKind::Id;
                let value = text(value).trim().to_owned();
                if fits && is_value(*kind, &value) && entries.len() <= MOST_ENTRIES {
                    entries.push(AddressEntry {
                        name: name.clone(),
                        value,
                        kind: *kind,
                    });
                }
            }
        }
    }
}

/// A value of a field, by its form: a sentence is no address.
fn is_value(kind: AddressKind, value: &str) -> bool {
    if value.is_empty() || value.chars().count() > LONGEST || value.chars().any(char::is_control) {
        return false;
    }
    match kind {
        AddressKind::Email => {
            let plain = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
            value.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty()
                    && local.chars().all(plain)
                    && domain.contains('.')
                    && domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
            })
        }
        AddressKind::Account => {
            let solid: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            is_iban(&solid.to_ascii_uppercase()) || is_account(&solid)
        }
        AddressKind::Phone => {
            let digits = value.chars().filter(char::is_ascii_digit).count();
            (5..=15).contains(&digits) && value.chars().all(|c| c.is_ascii_digit() || "+ -()./".contains(c))
        }
        AddressKind::Id => !value.contains(char::is_whitespace),
    }
}

/// What a call looked for, and whether nothing else can have kept a record back.
fn asked(arguments: &Value, records: usize) -> (Vec<String>, bool) {
    let mut asked = Vec::new();
    let mut unfiltered = true;
    let is = |param: &str, known: &[&str]| name_words(param).iter().any(|word| known.contains(&word.as_str()));
    for (param, value) in arguments.as_object().into_iter().flatten() {
        match value {
            value if is_empty(value) => {}
            Value::String(text) => {
                // One search; a second text narrows what the first has found.
                unfiltered &= asked.is_empty() && is(param, &SEARCHES);
                asked.push(text.clone());
            }
            Value::Number(number) => {
                let limit = is(param, &LIMITS);
                let within = number.as_u64().is_some_and(|most| (records as u64) < most);
                unfiltered &= limit && within;
            }
            _ => unfiltered = false,
        }
    }
    (asked, unfiltered)
}

fn says_more(key: &str, value: &Value, records: usize) -> bool {
    let words = name_words(key);
    let is = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if is(&TOTALS) && value.as_f64().is_some_and(|total| total > records as f64) {
        return true;
    }
    let nothing = is_empty(value) || *value == Value::Bool(false) || value.as_f64() == Some(0.0);
    !nothing && is(&MORE)
}

/// Whether a record is a text somebody sent.
fn is_sent(record: &Map<String, Value>) -> bool {
    record
        .iter()
        .filter(|(_, value)| !value.is_null())
        .any(|(key, _)| name_words(key).iter().any(|word| SENT.contains(&word.as_str())))
}

/// A record's fields, when it is one that counts.
fn listing(list: Option<&String>, record: &Map<String, Value>, schema: &Value) -> Option<Listing> {
    if is_sent(record) {
        return None;
    }
    let words = |key: &str| name_words(key);
    let called = |forms: &[&[&str]], key: &str| forms.iter().any(|form| words(key) == *form);
    let texts = || {
        record
            .iter()
            .filter(|(_, property)| has_type(schema, property, &["string"]))
            .map(|(key, _)| key)
    };
    let name = NAMES
        .iter()
        .find_map(|form| texts().find(|key| words(key) == **form))?
        .clone();
    let mut values: Vec<(String, AddressKind)> = Vec::new();
    for (key, property) in record {
        let listed = resolved(schema, property, 0)
            .get("items")
            .is_some_and(|items| has_type(schema, items, &["string"]));
        if !listed && !has_type(schema, property, &["string"]) {
            continue;
        }
        let kinds = [
            (AddressKind::Email, &EMAILS[..]),
            (AddressKind::Account, &ACCOUNTS[..]),
            (AddressKind::Phone, &PHONES[..]),
        ];
        let kind = kinds.into_iter().find(|(_, forms)| called(forms, key));
        values.extend(kind.map(|(kind, _)| (key.clone(), kind)));
    }
    values.extend(own_id(record, schema).map(|key| (key, AddressKind::Id)));
    (!values.is_empty()).then(|| Listing {
        list: list.cloned(),
        name,
        values,
    })
}

/// The field with the record's own id: `id`, or the only one that ends so.
fn own_id(record: &Map<String, Value>, schema: &Value) -> Option<String> {
    let mut ids = record
        .iter()
        .filter(|(key, property)| {
            super::bind::is_id_name(key) && has_type(schema, property, &["string", "integer", "number"])
        })
        .map(|(key, _)| key);
    let plain = record.keys().find(|key| key.trim_end_matches('_') == "id");
    let first = ids.next()?;
    plain
        .or_else(|| ids.next().is_none().then_some(first))
        .filter(|key| {
            record
                .get(*key)
                .is_some_and(|property| has_type(schema, property, &["string", "integer", "number"]))
        })
        .cloned()
}

/// The properties of an object's schema.
fn properties<'s>(schema: &'s Value, of: &'s Value, depth: usize) -> Option<&'s Map<String, Value>> {
    resolved(schema, of, depth).get("properties").and_then(Value::as_object)
}

/// A schema with its reference into the same document followed, and `null` as an alternative passed over.
fn resolved<'s>(schema: &'s Value, of: &'s Value, depth: usize) -> &'s Value {
    if depth > DEEPEST {
        return &Value::Null;
    }
    if let Some(place) = of.get("$ref").and_then(Value::as_str) {
        let target = place.strip_prefix('#').and_then(|pointer| schema.pointer(pointer));
        return target.map_or(&Value::Null, |target| resolved(schema, target, depth + 1));
    }
    let alternatives = ["anyOf", "oneOf"]
        .iter()
        .find_map(|key| of.get(*key))
        .and_then(Value::as_array);
    if let Some(alternatives) = alternatives {
        let mut real = alternatives
            .iter()
            .filter(|one| one.get("type").and_then(Value::as_str) != Some("null"));
        return match (real.next(), real.next()) {
            (Some(one), None) => resolved(schema, one, depth + 1),
            _ => &Value::Null,
        };
    }
    of
}

/// Whether a property is of one of these types, `null` passed over.
fn has_type(schema: &Value, property: &Value, types: &[&str]) -> bool {
    match resolved(schema, property, 0).get("type") {
        Some(Value::String(one)) => types.contains(&one.as_str()),
        Some(Value::Array(many)) => {
            let mut real = many
                .iter()
                .filter_map(Value::as_str)
                .filter(|one| *one != "null")
                .peekable();
            real.peek().is_some() && real.all(|one| types.contains(&one))
        }
        _ => false,
    }
}
