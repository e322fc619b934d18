//! The address book of a task: who is meant by a name in the person's words (`injection.md` 2.2, "e-mail: literal, or
//! address-book entry whose name is literal").
//!
//! Filled from lookups in connectors that the person lets count as an address book; never from prose, nor from what a
//! model says. It only grows: a value that a name ever had stays in the way of another. Names are text that others can
//! write into such a book, so a name binds only where it is written out as one, and where nobody else has it.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{AddressKind, AddressesRead};
use unicode_security::skeleton;

use super::{
    literal::{is_word, normal},
    words::Words,
    written::is_written,
};

/// The longest name that can bind, in characters, and the most words it may have: what is longer is a sentence.
const LONGEST_NAME: usize = 80;
const MOST_WORDS: usize = 6;

/// What an address book says about a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// It is what the person named.
    Bound {
        /// The name of the record.
        name: String,
        /// The connector it is in.
        connector: String,
        /// What the value is.
        kind: AddressKind,
    },
    /// The person wrote its name, and others have that name too.
    Ambiguous {
        /// The name, as the person wrote it.
        name: String,
        /// How many values it may mean.
        values: usize,
    },
    /// It says nothing about it.
    Unknown,
}

/// An entry: a name and one value of it, in one connector.
#[derive(Clone, Debug)]
struct Entry {
    connector: String,
    kind: AddressKind,
    value: String,
    name: String,
    /// The name's words as they look, so that a letter of another alphabet is the one it is taken for.
    look: Vec<String>,
    /// What whole lookups that gave it asked for, as words.
    asked: BTreeSet<Vec<Vec<String>>>,
}

/// The entries.
#[derive(Clone, Debug, Default)]
pub struct AddressBook {
    entries: Vec<Entry>,
    /// Entries by connector, kind, value in normal form, and name.
    known: BTreeMap<(String, AddressKind, String, String), usize>,
    by_value: BTreeMap<(AddressKind, String), Vec<usize>>,
    by_look: BTreeMap<String, Vec<usize>>,
}

impl AddressBook {
    /// Takes in what a lookup gave.
    pub fn take(&mut self, read: &AddressesRead) {
        let asked: Vec<Vec<String>> = read.asked.iter().map(|asked| words_of(asked)).collect();
        for entry in &read.entries {
            let value = folded(entry.kind, &entry.value);
            let key = (read.connector.clone(), entry.kind, value.clone(), entry.name.clone());
            let at = *self.known.entry(key).or_insert_with(|| {
                let at = self.entries.len();
                let look: Vec<String> = words_of(&entry.name).iter().map(|word| look(word)).collect();
                self.by_value.entry((entry.kind, value.clone())).or_default().push(at);
                for word in look.iter().collect::<BTreeSet<_>>() {
                    self.by_look.entry(word.clone()).or_default().push(at);
                }
                self.entries.push(Entry {
                    connector: read.connector.clone(),
                    kind: entry.kind,
                    value,
                    name: entry.name.clone(),
                    look,
                    asked: BTreeSet::new(),
                });
                at
            });
            if let Some(entry) = self.entries.get_mut(at).filter(|_| read.whole) {
                entry.asked.insert(asked.clone());
            }
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of its entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// What it says about a value. `connector` is where an id must be from.
    pub(crate) fn find(&self, kind: AddressKind, value: &str, connector: Option<&str>, words: &Words) -> Found {
        let at = self.by_value.get(&(kind, folded(kind, value)));
        let entries = at.into_iter().flatten().filter_map(|at| self.entries.get(*at));
        let here = |entry: &&Entry| connector.is_none_or(|connector| entry.connector == connector);
        self.first_bound(entries.filter(here), words)
    }

    /// What it says about a name that a tool of the connector takes as it stands: a channel, a member.
    pub(crate) fn find_name(&self, said: &str, connector: &str, words: &Words) -> Found {
        let looked: Vec<String> = words_of(said).iter().map(|word| look(word)).collect();
        let at = looked.first().and_then(|word| self.by_look.get(word));
        let entries = at.into_iter().flatten().filter_map(|at| self.entries.get(*at));
        let exactly = |entry: &&Entry| {
            entry.connector == connector && entry.kind == AddressKind::Id && bare(&entry.name) == bare(said)
        };
        self.first_bound(entries.filter(exactly), words)
    }

    fn first_bound<'e>(&self, entries: impl Iterator<Item = &'e Entry>, words: &Words) -> Found {
        let mut best = Found::Unknown;
        for entry in entries.filter(|entry| is_plain(&entry.name)) {
            for alias in aliases(entry) {
                if !is_written(words, alias) {
                    continue;
                }
                let values = self.values_of(alias, entry);
                let alias_words = words_of(alias);
                let complete = entry
                    .asked
                    .iter()
                    .any(|asked| asked.iter().all(|asked| stands_within(asked, &alias_words)));
                if values > 1 {
                    best = Found::Ambiguous {
                        name: alias.to_owned(),
                        values,
                    };
                } else if complete {
                    return Found::Bound {
                        name: entry.name.clone(),
                        connector: entry.connector.clone(),
                        kind: entry.kind,
                    };
                }
            }
        }
        best
    }

    /// How many different values stand under names that hold this one, or look as if they did. Ids are compared within
    /// their connector, all else everywhere.
    fn values_of(&self, alias: &str, of: &Entry) -> usize {
        let looked: Vec<String> = words_of(alias).iter().map(|word| look(word)).collect();
        let at = looked.first().and_then(|word| self.by_look.get(word));
        let others = at.into_iter().flatten().filter_map(|at| self.entries.get(*at));
        let rivals = others.filter(|other| {
            other.kind == of.kind
                && (of.kind != AddressKind::Id || other.connector == of.connector)
                && stands_within(&looked, &other.look)
        });
        rivals.map(|rival| rival.value.as_str()).collect::<BTreeSet<_>>().len()
    }
}

/// How an entry may be called: by its whole name; people also by the first word of it.
fn aliases(entry: &Entry) -> Vec<&str> {
    let whole = entry.name.trim().trim_start_matches(['#', '@']);
    let mut aliases = vec![whole];
    if let Some((first, _)) = whole.split_once(' ').filter(|_| entry.kind != AddressKind::Id) {
        aliases.push(first);
    }
    aliases
}

/// A name without the sign that tools may want before it.
fn bare(name: &str) -> String {
    normal(name.trim().trim_start_matches(['#', '@']))
}

/// Whether a name is one that a person could read and write: on one line, nothing hidden, no address, no sentence.
fn is_plain(name: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let at = name.trim_start_matches('@').contains('@');
    name.chars().count() <= LONGEST_NAME
        && name.split_whitespace().count() <= MOST_WORDS
        && !at
        && !name.contains("://")
        && !name.chars().any(hidden)
}

/// The words of a name in normal form.
fn words_of(name: &str) -> Vec<String> {
    let name = normal(name);
    let words = name.split(|c: char| !is_word(c)).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// A word as it looks (UTS 39), in small letters.
fn look(word: &str) -> String {
    let bare: String = skeleton(word).collect();
    // The skeleton of a small letter may be a capital's or a digit's, and the other way round.
    skeleton(&normal(&bare)).collect()
}

/// Whether words stand within others, one after the other.
fn stands_within(inner: &[String], outer: &[String]) -> bool {
    !inner.is_empty() && outer.windows(inner.len()).any(|window| window == inner)
}

/// A value as it is compared.
fn folded(kind: AddressKind, value: &str) -> String {
    match kind {
        AddressKind::Email => value.trim().to_ascii_lowercase(),
        AddressKind::Account => {
            let solid = value.chars().filter(|c| !c.is_whitespace());
            solid.collect::<String>().to_ascii_uppercase()
        }
        // Only what is nothing but a number is compared as one: `351…@evil.example` is somebody's address.
        AddressKind::Phone if value.chars().all(|c| c.is_ascii_digit() || "+ -()./".contains(c)) => {
            value.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
        }
        AddressKind::Phone | AddressKind::Id => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use deskhand_types::{AddressEntry, CallId};

    use super::*;
    use crate::flow::Lexicons;

    fn read(asked: &[&str], entries: &[(&str, &str)]) -> AddressesRead {
        AddressesRead {
            connector: "contacts".to_owned(),
            tool: "mcp__contacts__find".to_owned(),
            call: CallId::new("c1"),
            asked: asked.iter().map(|asked| (*asked).to_owned()).collect(),
            whole: true,
            entries: entries
                .iter()
                .map(|(name, value)| AddressEntry {
                    name: (*name).to_owned(),
                    value: (*value).to_owned(),
                    kind: AddressKind::Email,
                })
                .collect(),
        }
    }

    fn book(reads: &[AddressesRead]) -> AddressBook {
        let mut book = AddressBook::default();
        for read in reads {
            book.take(read);
        }
        book
    }

    fn bound(book: &AddressBook, value: &str, prompt: &str) -> bool {
        let words = Words::new(prompt, &Lexicons::shipped().unwrap(), &[]);
        matches!(book.find(AddressKind::Email, value, None, &words), Found::Bound { .. })
    }

    #[test]
    fn a_name_the_person_wrote_is_resolved() {
        let book = book(&[read(&["Ana"], &[("Ana Costa", "ana@firm.example")])]);
        for (prompt, expected) in [
            ("Mail Ana the report", true),
            ("Mail Ana Costa the report", true),
            ("mail ana costa the report", true),
            ("Mail the report to \u{201c}Ana\u{201d}", true),
            ("Mail Ana's report to the team", true),
            ("mail ana the report", false),
            ("Mail Ana Silva the report", false),
            ("Mail Maria, and Rosa Ana too", false),
            ("Rosa Ana needs the report, mail it", false),
            ("Send the report. Mail Ana", true),
            ("Ana needs the report, mail it to her", true),
            ("Mail Anabel the report", false),
            ("Mail ana@other.example the report", false),
            ("Mail Ana-Maria the report", false),
            ("Mail Bob the report", false),
        ] {
            assert_eq!(bound(&book, "ana@firm.example", prompt), expected, "{prompt}");
            assert!(!bound(&book, "eve@evil.example", prompt), "{prompt}");
        }
        assert!(bound(&book, "ANA@firm.example", "Mail Ana the report"));
    }

    #[test]
    fn a_name_two_have_is_nobodys() {
        let ana = ("Ana Costa", "ana@firm.example");
        for rival in [
            "Ana Silva",
            "Ana",
            "ana",
            "Αna",
            "Аna Costa",
            "Maria Ana Costa",
            "Ana\u{200b} X",
        ] {
            let book = book(&[read(&["Ana"], &[ana, (rival, "eve@evil.example")])]);
            assert!(!bound(&book, ana.1, "Mail Ana the report"), "{rival}");
            assert!(!bound(&book, "eve@evil.example", "Mail Ana the report"), "{rival}");
        }
        // The whole name tells them apart.
        let book = book(&[read(
            &["Ana"],
            &[ana, ("Ana Silva", "eve@evil.example"), ("Ana", "e@evil.example")],
        )]);
        assert!(bound(&book, ana.1, "Mail Ana Costa the report"));
        assert!(!bound(&book, "eve@evil.example", "Mail Ana Costa the report"));
        assert!(!bound(&book, "e@evil.example", "Mail Ana Costa the report"));
    }

    #[test]
    fn a_record_that_changes_stays_in_the_way() {
        let mut book = book(&[read(&[], &[("Ana", "ana@firm.example")])]);
        assert!(bound(&book, "ana@firm.example", "Mail Ana"));
        book.take(&read(&[], &[("Ana", "eve@evil.example")]));
        assert!(!bound(&book, "eve@evil.example", "Mail Ana"));
        assert!(!bound(&book, "ana@firm.example", "Mail Ana"));
        assert_eq!(book.len(), 2);
    }

    #[test]
    fn a_lookup_for_something_else_shows_too_little() {
        // Who looks for Eve finds one Ana; who looks for Ana finds two.
        let eve = [("Ana", "eve@evil.example")];
        assert!(!bound(&book(&[read(&["eve"], &eve)]), "eve@evil.example", "Mail Ana"));
        assert!(!bound(
            &book(&[read(&["eve@evil.example"], &eve)]),
            "eve@evil.example",
            "Mail Ana"
        ));
        assert!(!bound(
            &book(&[read(&["Ana Costa"], &[("Ana Costa", "a@b.example")])]),
            "a@b.example",
            "Mail Ana"
        ));
        let part = AddressesRead {
            whole: false,
            ..read(&["Ana"], &eve)
        };
        assert!(!bound(
            &book(std::slice::from_ref(&part)),
            "eve@evil.example",
            "Mail Ana"
        ));
        // But it stands in the way.
        let ana = read(&["Ana"], &[("Ana", "ana@firm.example")]);
        assert!(bound(&book(std::slice::from_ref(&ana)), "ana@firm.example", "Mail Ana"));
        assert!(!bound(&book(&[ana, part]), "ana@firm.example", "Mail Ana"));
    }

    #[test]
    fn names_that_are_no_names_bind_nothing() {
        for name in [
            "Ana\u{202e}",
            "Ana\nCosta",
            "ana@firm.example",
            "Ana and everybody who has ever read the report",
            "the",
            "An",
        ] {
            let book = book(&[read(&[], &[(name, "eve@evil.example")])]);
            let prompt = format!("Mail An {name} the report");
            assert!(!bound(&book, "eve@evil.example", &prompt), "{name:?}");
        }
    }

    #[test]
    fn a_value_is_compared_whole() {
        let mut read = read(&[], &[("Ana", "+351 912 345 678")]);
        read.entries[0].kind = AddressKind::Phone;
        let book = book(&[read]);
        let words = Words::new("Message Ana", &Lexicons::shipped().unwrap(), &[]);
        let found = |value| matches!(book.find(AddressKind::Phone, value, None, &words), Found::Bound { .. });
        assert!(found("+351912345678") && found("+351 (912) 345-678"));
        for value in [
            "351912345678",
            "+351912345678@evil.example",
            "+351912345678;+1",
            "+351912345678,+1 555",
            "+351912345678\n",
        ] {
            assert!(!found(value), "{value:?}");
        }
        let ana = self::book(&[self::read(&[], &[("Ana", "ana@firm.example")])]);
        for value in [
            "ana@firm.example,eve@evil.example",
            "Ana <ana@firm.example>",
            "ana@firm.example\nbcc: eve@evil.example",
            "ana@firm.example.evil.example",
        ] {
            assert!(!bound(&ana, value, "Mail Ana"), "{value:?}");
        }
    }

    #[test]
    fn ids_belong_to_their_connector() {
        let mut book = AddressBook::default();
        let mut channels = read(&[], &[("finance", "C1"), ("random", "C2")]);
        channels
            .entries
            .iter_mut()
            .for_each(|entry| entry.kind = AddressKind::Id);
        book.take(&channels);
        let words = Words::new("Post it to #finance", &Lexicons::shipped().unwrap(), &[]);
        let id = |value: &str, connector| book.find(AddressKind::Id, value, Some(connector), &words);
        assert!(matches!(id("C1", "contacts"), Found::Bound { .. }));
        assert_eq!(id("C2", "contacts"), Found::Unknown);
        assert_eq!(id("C1", "other"), Found::Unknown);
        assert!(matches!(
            book.find_name("#finance", "contacts", &words),
            Found::Bound { .. }
        ));
        assert!(matches!(
            book.find_name("finance", "contacts", &words),
            Found::Bound { .. }
        ));
        assert_eq!(book.find_name("finance!", "contacts", &words), Found::Unknown);
        assert_eq!(book.find_name("random", "contacts", &words), Found::Unknown);
        let words = Words::new("Post the finance report", &Lexicons::shipped().unwrap(), &[]);
        assert_eq!(
            book.find(AddressKind::Id, "C1", Some("contacts"), &words),
            Found::Unknown
        );
    }
}
