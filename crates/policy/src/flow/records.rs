//! Records seen in structured outputs: opaque id to the name the person would have typed (`injection.md` 2.2, "id
//! resolves to exactly one object whose name is literal in the prompt").
//!
//! An index that is filled while outputs arrive, so that a decision looks up and never searches. Names are text a third
//! party can write: two records of one name bind to nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    kind::RecordKind,
    literal::normal,
    values::{objects, text},
    words::Words,
};

/// How a record of a kind is told by its fields: one of each list must be there.
struct Shape {
    kind: RecordKind,
    id: &'static [&'static str],
    name: &'static [&'static str],
    also: &'static [&'static str],
}

const SHAPES: [Shape; 4] = [
    Shape {
        kind: RecordKind::File,
        id: &["id_", "id", "file_id", "fileId"],
        name: &["filename", "file_name", "fileName"],
        also: &[],
    },
    Shape {
        kind: RecordKind::Event,
        id: &["id_", "id", "event_id", "eventId"],
        name: &["title"],
        also: PEOPLE,
    },
    Shape {
        kind: RecordKind::Email,
        id: &["id_", "id", "message_id", "messageId"],
        name: &["subject"],
        also: &["body"],
    },
    Shape {
        kind: RecordKind::Transaction,
        id: &["id", "id_", "transaction_id", "transactionId"],
        name: &["subject"],
        also: &["amount"],
    },
];
const PEOPLE: &[&str] = &["participants", "attendees", "guests"];
const SENDER: &[&str] = &["sender", "from"];
const RECIPIENT: &[&str] = &["recipient", "to"];
const SHARED: &[&str] = &["shared_with", "sharedWith", "shared"];

fn field<'r>(record: &'r Map<String, Value>, names: &[&str]) -> Option<&'r Value> {
    names.iter().find_map(|name| record.get(*name))
}

type Key = (RecordKind, String);

/// A record as last seen.
#[derive(Clone, Debug, Default)]
struct Record {
    /// All names it was seen under, in normal form.
    names: BTreeSet<String>,
    /// Its name as last seen, in normal form.
    name: String,
    /// Addresses in its fields, as last seen.
    addresses: BTreeSet<String>,
    /// Who else can read it; never forgotten.
    readers: BTreeSet<String>,
}

/// All records seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    by_id: BTreeMap<Key, Record>,
    by_name: BTreeMap<(RecordKind, String), BTreeSet<String>>,
    by_address: BTreeMap<String, BTreeSet<Key>>,
    /// Address to the names of address-book entries that have it.
    contacts: BTreeMap<String, BTreeSet<String>>,
    /// Values plan code may select (P14): entries of plain lists, senders of messages.
    listed: BTreeSet<String>,
    /// Amounts and parties of payments (P14).
    amounts: Vec<f64>,
    parties: BTreeSet<String>,
}

impl Records {
    /// Takes an output in. `address_book` says that it is a listing of the person's own address book, `echo` that it only
    /// shows what a call wrote, from which no addresses are taken.
    pub(crate) fn take(&mut self, output: &Value, address_book: bool, echo: bool) {
        if let Value::Array(entries) = output {
            let entries = entries.iter().filter_map(Value::as_str).map(str::to_owned);
            self.listed.extend(entries);
        }
        objects(output, &mut |object| {
            for shape in &SHAPES {
                self.take_record(shape, object, echo);
            }
            if let (Some(sender), None, Some(_)) = (field(object, SENDER), object.get("subject"), object.get("body")) {
                self.listed.insert(text(sender));
            }
            if let Some(amount) = object.get("amount").and_then(Value::as_f64) {
                self.amounts.push(amount);
                let parties = [field(object, SENDER), field(object, RECIPIENT)];
                self.parties.extend(parties.into_iter().flatten().map(text));
            }
            if let (true, Some(Value::String(address)), Some(Value::String(name))) =
                (address_book, object.get("email"), object.get("name"))
            {
                self.contacts.entry(address.clone()).or_default().insert(name.clone());
            }
        });
    }

    fn take_record(&mut self, shape: &Shape, object: &Map<String, Value>, echo: bool) {
        let (Some(id), Some(name)) = (field(object, shape.id), field(object, shape.name)) else {
            return;
        };
        if !shape.also.is_empty() && field(object, shape.also).is_none() {
            return;
        }
        let (id, name) = (text(id), normal(&text(name)));
        let key = (shape.kind, id.clone());
        self.by_name.entry((shape.kind, name.clone())).or_default().insert(id);
        let record = self.by_id.entry(key.clone()).or_default();
        record.names.insert(name.clone());
        record.name = name;
        record.readers.extend(people(field(object, SHARED)));
        if echo {
            return;
        }
        let mut addresses: BTreeSet<String> = people(field(object, PEOPLE)).into_iter().collect();
        addresses.extend(people(field(object, SENDER)));
        for address in &addresses {
            self.by_address.entry(address.clone()).or_default().insert(key.clone());
        }
        record.addresses = addresses;
    }

    /// Whether an id is that of exactly one record of its kind under a name the person typed.
    pub(crate) fn named(&self, kind: RecordKind, id: &str, words: &Words) -> bool {
        let Some(record) = self.by_id.get(&(kind, id.to_owned())) else {
            return false;
        };
        record
            .names
            .iter()
            .any(|name| self.is_only(kind, name) && variants(name).iter().any(|name| words.literal(name)))
    }

    fn is_only(&self, kind: RecordKind, name: &str) -> bool {
        self.by_name
            .get(&(kind, name.to_owned()))
            .is_some_and(|ids| ids.len() == 1)
    }

    /// Whether an address is that of an address-book entry the person named.
    pub(crate) fn contact(&self, address: &str, words: &Words) -> bool {
        self.contacts
            .get(address)
            .is_some_and(|names| names.iter().any(|name| words.literal(name)))
    }

    /// Whether an address is a typed field of the one event or mail the person named.
    pub(crate) fn field_of_named(&self, address: &str, words: &Words) -> bool {
        self.by_address.get(address).into_iter().flatten().any(|key| {
            let fits = matches!(key.0, RecordKind::Event | RecordKind::Email);
            self.by_id.get(key).is_some_and(|record| {
                fits && record.addresses.contains(address)
                    && words.literal(&record.name)
                    && self.is_only(key.0, &record.name)
            })
        })
    }

    /// Who can read a record.
    pub(crate) fn readers(&self, kind: RecordKind, id: &str) -> impl Iterator<Item = &str> {
        let record = self.by_id.get(&(kind, id.to_owned()));
        record
            .into_iter()
            .flat_map(|record| &record.readers)
            .map(String::as_str)
    }

    /// Whether a record of this id was seen (P14).
    pub(crate) fn knows(&self, kind: RecordKind, id: &str) -> bool {
        self.by_id.contains_key(&(kind, id.to_owned()))
    }

    /// Whether an address is in the address book (P14).
    pub(crate) fn has_contact(&self, address: &str) -> bool {
        self.contacts.contains_key(address)
    }

    /// Whether a plain list or a message names this (P14).
    pub(crate) fn lists(&self, value: &str) -> bool {
        self.listed.contains(value)
    }

    /// Whether a payment has this amount (P14).
    pub(crate) fn has_amount(&self, amount: f64) -> bool {
        self.amounts.iter().any(|known| (known - amount).abs() < f64::EPSILON)
    }

    /// Whether a payment has this party (P14).
    pub(crate) fn has_party(&self, party: &str) -> bool {
        self.parties.contains(party)
    }

    /// The ids seen of a kind, for whoever tries what an attacker could.
    pub(crate) fn ids(&self, kind: RecordKind) -> impl Iterator<Item = &str> {
        self.by_id
            .keys()
            .filter(move |key| key.0 == kind)
            .map(|key| key.1.as_str())
    }

    /// The addresses seen in events and in the address book, for whoever tries what an attacker could.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let contacts = self.contacts.keys();
        self.by_address.keys().chain(contacts).map(String::as_str)
    }

    /// The entries of plain lists, for whoever tries what an attacker could.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(String::as_str)
    }
}

/// The people in a field: a text, a list of texts, or an object with a key for each.
fn people(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
        Some(Value::Object(many)) => many.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// A name, without ending, and with blanks for marks: how people write the names of files.
fn variants(name: &str) -> [String; 3] {
    let stem = match name.rsplit_once('.') {
        Some((stem, ending))
            if (2..=4).contains(&ending.chars().count()) && ending.chars().all(super::literal::is_word) =>
        {
            stem
        }
        _ => name,
    };
    [name.to_owned(), stem.to_owned(), stem.replace(['-', '_'], " ")]
}
