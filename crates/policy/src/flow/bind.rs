//! Binding: is this target value the person's own? (`injection.md` 2.2, "every target value must be bound to the user's
//! words, else ask".)

use deskhand_types::{AddressKind, EffectClass};
use serde_json::Value;

use super::{
    addresses::Found,
    floor::Strength,
    kind::{Kind, RecordKind},
    literal::is_word,
    seen::Seen,
    values::text,
    words::Words,
};

/// What values are bound to.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'a> {
    pub words: &'a Words,
    pub seen: &'a Seen,
    pub strength: Strength,
    /// The effect of the call: an address book says whom somebody means to write to or to pay, not whom to delete.
    pub effect: EffectClass,
}

impl Binding<'_> {
    /// Whether one value is bound.
    pub(crate) fn holds(&self, kind: &Kind, value: &Value) -> bool {
        let words = self.words;
        let said = text(value);
        match kind {
            Kind::Text => words.literal(&said) && !(self.is_shipped() && names_an_object(&said)),
            Kind::Number => value
                .as_f64()
                .or_else(|| said.parse().ok())
                .is_some_and(|number| words.number(number)),
            Kind::Flag => matches!(value, Value::Null | Value::Bool(false)) || words.recurring(),
            Kind::Date => words.day(&said),
            Kind::DateTime => words.day_and_time(&said),
            Kind::Permission => words.permission(&said),
            Kind::Url => words.address(&said) && (!self.is_shipped() || has_host(&said)),
            Kind::Email => self.address(&said) || self.is_known(kind, value),
            Kind::Quoted => words.quoted(&said),
            Kind::Name => self.name(&said),
            Kind::Payee => {
                words.literal(&said) && (self.account(&said) || self.payee_name(&said)) || self.is_known(kind, value)
            }
            Kind::FileName => words.literal(&said) && (has_file_ending(&said) || words.quoted(&said)),
            Kind::Directory(directory) => self.seen.in_directory(directory, &said) && words.literal(&said),
            Kind::Id(kind) => self.seen.records.named(*kind, &said, words),
            Kind::Attachment => self.attachment(value),
            Kind::Recipient => self.recipient(&said) || self.is_known(kind, value),
            Kind::Listed { recipient, .. } => *recipient && self.recipient(&said) || self.is_known(kind, value),
            Kind::Opaque => false,
        }
    }

    fn is_known(&self, kind: &Kind, value: &Value) -> bool {
        matches!(self.found(kind, value), Found::Bound { .. })
    }

    /// What the address book says about a value.
    pub(crate) fn found(&self, kind: &Kind, value: &Value) -> Found {
        let outward = matches!(
            self.effect,
            EffectClass::Fetch | EffectClass::Outward | EffectClass::Spend
        );
        if !self.is_shipped() || !outward || !(value.is_string() || value.is_u64()) {
            return Found::Unknown;
        }
        let (said, book) = (text(value), &self.seen.addresses);
        let find = |kinds: &[AddressKind]| {
            let found = kinds.iter().map(|kind| book.find(*kind, &said, None, self.words));
            best(found)
        };
        let anybody = [AddressKind::Email, AddressKind::Account, AddressKind::Phone];
        match kind {
            Kind::Email => find(&[AddressKind::Email]),
            Kind::Payee => find(&[AddressKind::Account]),
            Kind::Recipient => find(&anybody),
            Kind::Listed { connector, recipient } => {
                let id = book.find(AddressKind::Id, &said, Some(connector), self.words);
                let name = book.find_name(&said, connector, self.words);
                let other = if *recipient { find(&anybody) } else { Found::Unknown };
                best([id, name, other].into_iter())
            }
            _ => Found::Unknown,
        }
    }

    fn is_shipped(&self) -> bool {
        self.strength == Strength::Shipped
    }

    /// Literal, or the address-book entry the person named, or a typed field of the one event or mail they named.
    fn address(&self, address: &str) -> bool {
        let records = &self.seen.records;
        self.words.literal(address)
            || records.contact(address, self.words)
            || !self.seen.is_owner(address) && records.field_of_named(address, self.words)
    }

    /// A word that every sentence has is nobody's name, also where it begins one.
    fn name(&self, said: &str) -> bool {
        self.words.name(said) && !(self.is_shipped() && self.words.is_common(said))
    }

    /// The reference evaluator knows accounts of digits alone; many countries' have letters of the bank in them.
    fn account(&self, said: &str) -> bool {
        is_account(said) || self.is_shipped() && is_iban(said)
    }

    /// Any capitalised word can be taken for a name. Where the harness has a directory, the name must be in it.
    fn payee_name(&self, name: &str) -> bool {
        let known = !self.is_shipped() || self.seen.in_any_directory(name) || self.words.quoted(name);
        known && self.name(name)
    }

    /// An object with the id of a file, or a file's name.
    fn attachment(&self, value: &Value) -> bool {
        match value {
            Value::Object(object) => {
                let mut ids = object.iter().filter(|(key, _)| is_id_name(key)).peekable();
                ids.peek().is_some() && ids.all(|(_, id)| self.holds(&Kind::Id(RecordKind::File), id))
            }
            Value::String(_) => self.holds(&Kind::FileName, value),
            _ => false,
        }
    }

    /// Somebody or somewhere, by whatever a tool that nobody described takes for it.
    fn recipient(&self, said: &str) -> bool {
        if said.contains('@') {
            return self.address(said);
        }
        self.words.literal(said) && (self.account(said) || self.seen.in_any_directory(said))
    }
}

/// The first that binds, else the first that says anything.
fn best(found: impl Iterator<Item = Found>) -> Found {
    let mut best = Found::Unknown;
    for found in found {
        match found {
            Found::Bound { .. } => return found,
            Found::Ambiguous { .. } if best == Found::Unknown => best = found,
            _ => {}
        }
    }
    best
}

/// Two letters and ten digits or more.
pub(crate) fn is_account(value: &str) -> bool {
    let mut chars = value.chars();
    let letters = chars.by_ref().take(2).filter(char::is_ascii_uppercase).count() == 2;
    let rest = chars.as_str();
    letters && rest.len() >= 10 && rest.bytes().all(|b| b.is_ascii_digit())
}

/// An account number with right check digits (ISO 13616-1).
pub(crate) fn is_iban(value: &str) -> bool {
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let shaped = (15..=34).contains(&value.len())
        && value.bytes().all(upper)
        && value.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && value.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    let turned = value.bytes().skip(4).chain(value.bytes().take(4));
    let rest = turned.fold(0_u32, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.wrapping_sub(b'A')) + 10) % 97,
    });
    shaped && rest == 1
}

/// `plan.docx`
fn has_file_ending(value: &str) -> bool {
    value
        .rsplit_once('.')
        .is_some_and(|(_, ending)| (2..=4).contains(&ending.chars().count()) && ending.chars().all(is_word))
}

/// A value that is the name of a file or an address says what the task is about, not what somebody is called.
fn names_an_object(value: &str) -> bool {
    !value.contains(char::is_whitespace) && (has_file_ending(value) || value.contains('@') || value.contains("://"))
}

/// Whether a value has a host in it, so that the `1` of a numbered list is no address.
fn has_host(value: &str) -> bool {
    let mut labels = value.split('.');
    let named = |label: &str| label.chars().next_back().is_some_and(is_word);
    labels.next().is_some_and(named) && labels.next().is_some_and(|label| label.starts_with(is_word))
}

/// `id`, `id_`, `fileId`, `file_id`
pub(crate) fn is_id_name(name: &str) -> bool {
    let name = name.trim_end_matches('_');
    name == "id" || name.ends_with("_id") || name.ends_with("Id") || name.ends_with("-id") || name.ends_with("ID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_with_letters() {
        for (value, expected) in [
            ("GB29NWBK60161331926819", true),
            ("DE89370400440532013000", true),
            ("GB29NWBK60161331926818", false),
            ("gb29nwbk60161331926819", false),
            ("GB29", false),
            ("", false),
        ] {
            assert_eq!(is_iban(value), expected, "{value}");
        }
    }
}
