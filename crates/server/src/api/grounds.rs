//! The grounds of a question: the JSON form of `deskhand_types::Grounds`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a value of a call came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProvenanceShape {
    /// The value, cut to 80 characters.
    pub value: String,
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// Where it was read; absent when it stands nowhere that was read.
    pub source: Option<SourceShape>,
    /// The text around it there, at most 300 characters.
    #[serde(default)]
    pub passage: String,
    /// Where in the source: "line 12".
    #[serde(default)]
    pub at: String,
}

/// A place text came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceShape {
    /// `person`, `harness`, `config`, `file`, `connector` or `web`.
    pub kind: String,
    /// Which one: a guest path, a server, an origin.
    pub detail: String,
}

/// A value of a call that an address book gave for a name in the person's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnownAddressShape {
    /// The value.
    pub value: String,
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// The name of its record.
    pub name: String,
    /// `email`, `account`, `phone` or `id`.
    pub kind: String,
    /// The connector.
    pub connector: String,
}

/// Something that would leave this machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LeavingShape {
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// Its beginning, at most 300 characters.
    pub text: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A value a call acts on, whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TargetValueShape {
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// `address`, `account`, `path`, `url` or `other`.
    pub kind: String,
    /// The value.
    pub value: String,
}

/// A file that goes with what leaves, or text from somewhere that stands in it word for word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CarriedShape {
    /// A file goes along.
    Attached {
        /// Its path, or what the call names it by.
        name: String,
        /// Its size; absent when it is not a file of a granted folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Text that was read stands in it.
    Quoted {
        /// Where it was read.
        name: String,
        /// How many characters of it.
        chars: u64,
    },
}

/// A value that may be allowed for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ValueRuleShape {
    /// For which class of effects: `outward` or `fetch`.
    pub effect: String,
    /// `recipient` or `url`.
    pub kind: String,
    /// The value.
    pub value: String,
}
