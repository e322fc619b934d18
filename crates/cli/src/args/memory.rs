//! Arguments of `memory`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct MemoryArgs {
    #[command(subcommand)]
    pub action: Option<MemoryAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MemoryAction {
    /// List the notes that are kept, and those tasks propose.
    List,
    /// Show one note, kept or proposed: its text, and where it came from.
    Show {
        /// Its id, as listed; its beginning is enough.
        id: String,
    },
    /// Keep a note of your own.
    Add {
        /// The last day it counts, as year-month-day; without one it counts until you remove it.
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// The note.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Keep a note a task proposes, as it is or in your words.
    Accept {
        /// The last day it counts, as year-month-day; without one it counts until you remove it.
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Its id, as listed; its beginning is enough.
        id: String,
        /// The note in your words; where it came from stays with it.
        text: Vec<String>,
    },
    /// Decide against a note a task proposes.
    Discard {
        /// Its id, as listed; its beginning is enough.
        id: String,
    },
    /// Give a note that is kept another text, or another last day; where it came from stays with it.
    Edit {
        /// The last day it counts, as year-month-day, or `always`.
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Its id, as listed; its beginning is enough.
        id: String,
        /// The new text.
        #[arg(required_unless_present = "until")]
        text: Vec<String>,
    },
    /// Take a note out of memory, also one you just accepted.
    Remove {
        /// Its id, as listed; its beginning is enough.
        id: String,
    },
    /// Bring back a note that was removed.
    Restore {
        /// Its id; its beginning is enough.
        id: String,
    },
}
