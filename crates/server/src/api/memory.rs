//! Notes for later tasks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A note, kept or proposed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoteLine {
    /// Its id.
    pub id: String,
    /// The text.
    pub text: String,
    /// Where the words came from: "you", or the sources that are not theirs.
    pub source: String,
    /// Whether others could have written it: then tasks read it only when they look it up.
    pub others: bool,
    /// The task that proposed it; absent for the person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Since when it is kept, or proposed, in milliseconds since 1970.
    pub since: i64,
    /// When it lapses unless somebody decides about it, in milliseconds since 1970; absent for one that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapses: Option<i64>,
    /// The last day it counts, `YYYY-MM-DD`; absent for as long as it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether that day is over: no task is told it any more.
    pub over: bool,
}

/// Memory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Memory {
    /// The notes that are kept, oldest first.
    pub kept: Vec<NoteLine>,
    /// Those that tasks propose, not in force.
    pub proposed: Vec<NoteLine>,
}

/// A note's text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoteText {
    /// 1 to 2,000 characters.
    pub text: String,
}

/// What is decided about a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteDecision {
    /// Keep one that is proposed.
    Accept,
    /// Decide against one that is proposed.
    Discard,
    /// Bring back one that was removed.
    Restore,
}

/// A decision about a note.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecideNote {
    /// Which.
    pub decision: NoteDecision,
    /// With `accept`: the note in the person's words; absent = as it was proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
