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
        /// Its id, as listed.
        id: String,
    },
    /// Keep a note of your own.
    Add {
        /// The note.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Keep a note a task proposes, as it is or in your words.
    Accept {
        /// Its id, as listed.
        id: String,
        /// The note in your words; where it came from stays with it.
        text: Vec<String>,
    },
    /// Decide against a note a task proposes.
    Discard {
        /// Its id, as listed.
        id: String,
    },
    /// Give a note that is kept another text; where it came from stays with it.
    Edit {
        /// Its id, as listed.
        id: String,
        /// The new text.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Take a note out of memory, also one you just accepted.
    Remove {
        /// Its id, as listed.
        id: String,
    },
    /// Bring back a note that was removed.
    Restore {
        /// Its id.
        id: String,
    },
}
