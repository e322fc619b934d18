//! Notes for later tasks: what is remembered, with whose words it is.

use serde::{Deserialize, Serialize};

use crate::{Label, TaskId};

/// A note that the person kept. It is data with a label: whoever reads it later knows whose words it is, and it is never the
/// person's voice, however it came to be kept (`injection.md` 4.1, 4.5 number 5).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Note {
    /// Its id: eight characters, the same for as long as it is kept.
    pub id: String,
    /// The text.
    pub text: String,
    /// Who could have written it, whose data it is, and where it came from. Changing the text never makes it better.
    pub label: Label,
    /// The proposal it was; `None` for a note the person wrote themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ProposalRef>,
    /// The last day it counts, `YYYY-MM-DD` in the person's time zone; `None` for as long as it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A proposal of a task: the event with which it was made.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ProposalRef {
    /// The task.
    pub task: TaskId,
    /// Number of the event in its log.
    pub seq: u64,
}

/// What the person decided about a note.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum MemoryChange {
    /// Kept, or given another text: the note as it is now.
    Kept {
        /// The note.
        note: Note,
    },
    /// Taken out of memory.
    Removed {
        /// The note's id.
        id: String,
    },
    /// Not kept when a task proposed it.
    Discarded {
        /// Which proposal.
        proposal: ProposalRef,
    },
}

impl Note {
    /// Where the words came from, as a person would say it: "you", or the sources that are not theirs.
    pub fn source(&self) -> String {
        let others: Vec<&str> = self
            .label
            .sources
            .iter()
            .filter(|source| !matches!(source.kind, crate::SourceKind::Person | crate::SourceKind::Harness))
            .map(|source| source.detail.as_str())
            .collect();
        let pasted = self
            .label
            .sources
            .iter()
            .any(|source| source.detail == "text you pasted");
        match (self.label.is_tainted(), others.as_slice()) {
            (false, _) => "you".to_owned(),
            (true, []) if pasted => "text you pasted".to_owned(),
            (true, []) => "an unknown source".to_owned(),
            (true, named) => {
                let more = if self.label.sources_cut { ", and more" } else { "" };
                format!("{}{more}", named.join(", "))
            }
        }
    }
}
