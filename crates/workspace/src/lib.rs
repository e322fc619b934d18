//! The one door to the user's files.
//!
//! Everything Deskhand does inside a granted folder happens here and nowhere else: looking, reading, searching, and
//! changing files as change-sets that can be shown, applied, inverted and applied again.
//!
//! # Invariants
//!
//! * **Confinement.** A granted folder is opened once, as a directory handle. From there every step is one name in one
//!   open directory, opened without following links ([`cap-std`](cap_std) handles, `O_NOFOLLOW` throughout). Links are
//!   followed by hand, for reading only, and only while they stay in the grant; `..` pops a handle and is never given
//!   to the system. Nobody who swaps a directory for a link between check and use can lead a step out of the grant,
//!   since there is no check-then-use on a path.
//! * **Protected places** (key stores, browser profiles, Deskhand's own data) inside a granted folder do not exist for
//!   any function here: not listed, not read, not written. Judged by name (folded, so no case or Unicode trick) and by
//!   identity (so no other spelling of the name either).
//! * **Writes never follow a link**, not in the last component and not on the way.
//! * **Hard links.** A file with several names may be read: the name in the granted folder is the person's own. It is
//!   never written in place: content, mode and times change by putting a new file in its place, so that the other
//!   names, which may lie outside, keep what they had.
//! * **Nothing is destroyed.** Earlier content is in the blob store before a file is touched. A file is replaced by
//!   swapping it with the new one and looking at what came out; if that is not what was expected, it is swapped back.
//!   Removal moves a file aside, looks at it, and only then removes it.
//! * **All or nothing.** [`Workspace::apply`] either lands the whole change-set, read back and compared, or takes back
//!   what it did; what could not be taken back is named. After a crash [`Workspace::reconcile`] tells how far it came,
//!   and [`Workspace::complete`] or [`Workspace::roll_back`] finish it; all three may be repeated.
//! * **A change-set says everything.** Its "after" states hold modes and times too, so that applying, undoing and
//!   redoing give the same bytes, modes and times whoever does it when. Folder times that change because entries do
//!   are changes of their own ([`only_times`]), kept out of what people see.
//!
//! What is not kept: owners, access-control lists, extended attributes, access times, and the times of links. A
//! replaced file takes its mode along, not these.
//!
//! # Absences
//!
//! No network, no database, no clock of its own, no knowledge of tasks or models. The blob store comes in as a trait.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the door (I1): `std::fs` is used to open granted folders and to judge them, nothing else"
)]

mod apply;
mod browse;
mod cloud;
mod damage;
mod diff;
mod error;
mod faults;
mod folder;
mod glob;
mod grep;
mod locate;
pub mod names;
mod narrow;
mod overlay;
mod path;
mod platform;
mod portable;
mod prepare;
pub mod protect;
mod read;
mod reconcile;
mod resolve;
pub mod retention;
mod sequence;
mod share;
mod state;
mod step;
mod sweep;
mod undo;
mod view;
mod walk;
mod workspace;

pub use apply::Applied;
pub use browse::{Browsed, browse};
pub use cloud::{Hydration, Placeholder};
pub use diff::FileDiff;
pub use error::{ApplyError, Conflict, Found, Standing, WorkspaceError};
pub use faults::{Faults, FsOp};
pub use folder::{Kind, Meta};
pub use glob::{GlobQuery, GlobResult};
pub use grep::{FileMatches, GrepLine, GrepOutput, GrepQuery, GrepResult, Rendering};
pub use overlay::Overlay;
pub use path::within;
pub use prepare::{Edit, only_times};
pub use read::{Entry, Listing};
pub use reconcile::{Progress, Reconciliation, Side};
pub use undo::{invert, leave_out};
pub use walk::{Cut, Skipped};
pub use workspace::{Clock, Limits, Options, Workspace};
