//! Information flow: untrusted text cannot move data (`injection.md`).
//!
//! The pieces, by the words of the spec: [`Words`] are the person's own, [`Seen`] is what the task has read, with the join
//! of the labels; a [`Sink`] says what a tool does and which parameters are targets or payload; [`judge`] is the floor
//! policy over them, [`judge_planned`] the one for a planner that reads nothing untrusted.
//!
//! Architecture invariant: nothing in here knows the name of a tool. What is known about tools comes as data: described by
//! a trusted file, or derived from schema and annotations ([`ToolWords`]).

mod addresses;
mod apart;
pub(crate) mod bind;
mod book;
mod dates;
mod directory;
pub(crate) mod floor;
mod intent;
mod kind;
mod lexicon;
mod links;
pub(crate) mod literal;
mod negation;
mod numbers;
mod plan;
pub(crate) mod records;
mod roles;
mod schema;
mod seen;
mod shape;
mod sink;
pub(crate) mod values;
mod words;
mod written;

pub use addresses::AddressBook;
pub use apart::{Parts, apart};
pub use book::LabelBook;
pub use directory::Directory;
pub(crate) use floor::foreign_link;
pub use floor::{
    Call, Judgement, Reason, Strength, Taint, is_bound, judge, judge_under, known_addresses, link_not_yours,
};
pub use intent::{Intent, Pattern};
pub use kind::{Kind, RecordKind};
pub use lexicon::{Lexicon, LexiconError, Lexicons};
pub use plan::{PlannedCall, Provenance, judge_planned};
pub use schema::{Described, Hints, ToolWords};
pub use seen::{Output, Seen};
pub use shape::RecordShape;
pub use sink::{Aimed, Sink, Target, leaves};
pub use words::{Entered, LONGEST_TYPED, Piece, Words, value_kind};
