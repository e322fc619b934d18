//! What a task has seen: the join of the labels, and the records to resolve ids by (`injection.md` 4.1).

use std::collections::BTreeSet;

use deskhand_types::{AddressesRead, Confidentiality, Label};
use serde_json::Value;

use super::{
    addresses::AddressBook,
    directory::Directory,
    kind::{Kind, RecordKind},
    records::Records,
    sink::Sink,
    values::text,
};

/// An output of a tool that came into the context.
#[derive(Clone, Copy, Debug)]
pub struct Output<'o> {
    /// Its structured content. `Null` when it has none: then nothing can be bound to it.
    pub value: &'o Value,
    /// Its label.
    pub label: &'o Label,
    /// Whether it lists the person's own address book.
    pub address_book: bool,
    /// Whether it is the echo of a write: whom it names was named by the call, not found.
    pub echo: bool,
}

/// All a task has seen. Grows only; a label never gets better.
#[derive(Clone, Debug)]
pub struct Seen {
    label: Label,
    pub(crate) records: Records,
    directory: Directory,
    /// What lookups in address books gave.
    pub(crate) addresses: AddressBook,
    owners: BTreeSet<String>,
    /// Names of people whom a call that was allowed or approved has made known to the system.
    introduced: BTreeSet<String>,
}

impl Seen {
    /// A task at its beginning. `owners` are the person's own addresses.
    pub fn new(directory: Directory, owners: impl IntoIterator<Item = String>) -> Self {
        Self {
            label: Label::harness(),
            records: Records::default(),
            directory,
            addresses: AddressBook::default(),
            owners: owners.into_iter().collect(),
            introduced: BTreeSet::new(),
        }
    }

    /// An output came into the context.
    pub fn observe(&mut self, output: &Output<'_>) {
        self.label = self.label.join(output.label);
        self.records.take(output.value, output.address_book, output.echo);
    }

    /// Content without structure came into the context.
    pub fn read(&mut self, label: &Label) {
        self.label = self.label.join(label);
    }

    /// A lookup in an address book gave entries. Nothing else fills it: no result that is only [observed](Self::observe).
    pub fn look_up(&mut self, read: &AddressesRead) {
        self.addresses.take(read);
    }

    /// What lookups in address books gave so far.
    pub const fn addresses(&self) -> &AddressBook {
        &self.addresses
    }

    /// A call was performed: whom it introduced can be named from now on.
    pub fn performed(&mut self, sink: &Sink, arguments: &Value) {
        for target in sink.targets.iter().filter(|target| target.kind == Kind::Name) {
            self.introduced.extend(arguments.get(&target.param).map(text));
        }
    }

    /// The join of the labels of all that was read.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// Whether keys, identity papers or card numbers were read.
    pub(crate) fn has_secret(&self) -> bool {
        self.label.confidentiality == Confidentiality::Secret
    }

    /// The directories of the harness.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn is_owner(&self, address: &str) -> bool {
        self.owners.contains(address)
    }

    /// Whether a name is in a directory, or somebody of that name was introduced.
    pub(crate) fn in_directory(&self, directory: &str, name: &str) -> bool {
        self.directory.has(directory, name) || self.introduced.contains(name)
    }

    pub(crate) fn in_any_directory(&self, name: &str) -> bool {
        self.directory.has_anywhere(name) || self.introduced.contains(name)
    }

    /// Whether somebody besides the owner can read a record.
    pub(crate) fn is_shared(&self, kind: RecordKind, id: &str) -> bool {
        self.records.readers(kind, id).any(|reader| !self.is_owner(reader))
    }
}
