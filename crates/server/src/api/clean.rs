//! Going on from a task in a clean context: the JSON form of `deskhand_engine::CleanOffer` and `CleanOptions`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{SourceShape, StretchShape};

/// What a task in a clean context could begin with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CleanOfferShape {
    /// The person's own words that are in force.
    pub words: String,
    /// Characters of what they said that are left out, since they were pasted.
    pub left_out: u64,
    /// Values the task asked about or was asked for, in the order they came up.
    pub values: Vec<OfferedValueShape>,
}

/// A value that could be chosen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferedValueShape {
    /// The whole value.
    pub value: String,
    /// What it was in the call that was asked about; empty for an answer of the person.
    pub name: String,
    /// Where it was read; `null` where it stands in nothing that was read.
    pub source: Option<SourceShape>,
}

/// How a task in a clean context begins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Clean {
    /// The values: at most 20, each on one line and at most 200 characters long.
    #[serde(default)]
    pub values: Vec<String>,
    /// What the person says instead of what they said before; absent = their own words that are in force.
    pub text: Option<String>,
    /// How that was entered.
    #[serde(default)]
    pub voice: Vec<StretchShape>,
}
