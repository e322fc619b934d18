//! Information flow in the engine: what fills `policy::flow` for each call, and what follows from labels
//! (`docs/decisions/0020-information-flow.md`, issue 6).
//!
//! Bird's eye: [`Trail`] is a fold over a task's events: whose words are in force, what was seen, what each tool is a
//! sink for. [`dress`] gives every event on its way into the log the label it must have. [`grounds`] finds where the
//! values of a call that is asked about came from. [`halt`] ends a task that has gone wrong.
//!
//! Architecture invariants: nothing in here allows anything, it only tells `policy` what is known; all of it is rebuilt
//! from the log, so that a crash or another process changes nothing.

mod apart;
mod binding;
mod canary;
mod carried;
mod connection;
mod dress;
mod gate;
mod grounds;
mod halt;
mod labels;
mod language;
mod reader;
mod sinks;
mod speech;
mod standing;
mod targets;
mod trail;
mod unveil;
mod you_asked;

pub(crate) use apart::{Taken, held, is_apart, taint_of, whole};
pub(crate) use binding::{binding, goes_on, holds};
pub(crate) use canary::Canaries;
pub use connection::{AddressBookTool, ConnectedTool, Connector};
pub(crate) use connection::{Connection, Connections, connected, described_by};
pub(crate) use dress::{clean, dress};
pub(crate) use gate::gate;
pub(crate) use grounds::{COMMAND, SHOWN, grounds};
pub(crate) use halt::{carries_canary, halt};
pub(crate) use labels::Labels;
pub(crate) use language::Language;
pub(crate) use reader::{Question, Wanted, read};
pub(crate) use sinks::Sinks;
pub use speech::Speech;
pub use standing::{KeptValue, StandingValue};
pub(crate) use targets::still_fits;
pub(crate) use trail::Trail;
pub(crate) use unveil::{label as unveiled_label, unveiling};
