//! Views: what surfaces show. Every one is a fold over events; none keeps state of its own.

mod cards;
mod export;
mod inbox;
mod list;
mod network;
mod show;
mod steps;
mod trust;
mod usage;
mod withheld;

pub use cards::cards;
pub(crate) use cards::sink;
pub use export::export_markdown;
pub use inbox::InboxItem;
pub use list::{TaskLine, TaskStatus, title};
pub use network::NetworkLine;
pub use show::{Entry, TaskView};
pub use steps::{ChangedFile, StepView, can_redo, changed_files, steps};
pub(crate) use steps::{Undone, names};
pub use trust::{
    AskedLine, InstructionLine, LabelledLine, ProposedLine, SaidPiece, SourceLine, TrustDecision, TrustLevel,
    TrustView, WithheldLine,
};
pub use usage::UsageLine;
pub use withheld::withheld;
pub(crate) use withheld::{invisible, with_withheld, withheld_by};
