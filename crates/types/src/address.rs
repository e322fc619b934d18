//! What a lookup in an address book gave: names, and the addresses, accounts and ids that stand for them (`injection.md`
//! 2.2, "address-book entry whose name is literal").

use serde::{Deserialize, Serialize};

use crate::CallId;

/// What a name is resolved to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// An e-mail address.
    Email,
    /// An account that money can be sent to.
    Account,
    /// A telephone number.
    Phone,
    /// The id of the record itself, as tools of the same connector take it.
    Id,
}

impl AddressKind {
    /// What it is for people, behind "Ana's".
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Email => "address",
            Self::Account => "account",
            Self::Phone => "number",
            Self::Id => "id",
        }
    }
}

/// One entry of an address book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AddressEntry {
    /// The name of its record, at most 200 characters.
    pub name: String,
    /// The address, account, number or id.
    pub value: String,
    /// What that is.
    pub kind: AddressKind,
}

/// What one call of a connector's lookup gave, of a connector whose records the person lets count as an address book.
/// Its label is that of the event that tells of it: the result's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AddressesRead {
    /// The connector.
    pub connector: String,
    /// The tool, as a model calls it.
    pub tool: String,
    /// The call that gave them.
    pub call: CallId,
    /// Every text the call looked for. A listing of all has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Whether nothing that fits can have been left out: no page, no filter besides `asked`, not cut. What is not whole
    /// can only make a name ambiguous.
    #[serde(default)]
    pub whole: bool,
    /// The entries.
    pub entries: Vec<AddressEntry>,
}

/// A value of a call that an address book gave for a name in the person's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownAddress {
    /// The value, cut to 80 characters.
    pub value: String,
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// The name of its record.
    pub name: String,
    /// What it is of whom the record is about.
    pub kind: AddressKind,
    /// The connector.
    pub connector: String,
}

impl KnownAddress {
    /// Whose it is, in words.
    pub fn sentence(&self) -> String {
        let (value, name, noun) = (&self.value, &self.name, self.kind.noun());
        format!("“{value}” is {name}’s {noun} in {}", self.connector)
    }
}
