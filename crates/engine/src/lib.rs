//! Runs tasks: performs the agent's effects with the capabilities.
//!
//! Bird's eye: [`Engine`] is what surfaces call. `run` is the loop of a task; `perform` is the only place where
//! something happens to the world, `command` its part for commands in the sandbox (`shell`, `rooms`, `network`); `tools` turn calls into proposals; `recover` looks at what a crash cut off; `views`
//! fold events into what surfaces show.
//!
//! Architecture invariants:
//! * Nothing is performed without a `Permit` of `policy` (I3), nor without an intent in the log before it (I5).
//! * State is only ever what a replay of the log gives.

mod agents;
mod answer;
mod branch;
mod clean;
mod clock;
mod command;
mod connect;
mod connectors;
mod current;
mod engine;
mod error;
mod files;
mod flow;
mod handover;
mod hooks;
mod housekeeping;
pub mod instructions;
mod judging;
mod left;
mod look;
mod mailbox;
mod managed;
mod memory;
mod models;
mod network;
mod perform;
mod pick;
mod plugins;
mod prompt;
mod questions;
mod recipe_provider;
mod recover;
mod rehearse;
mod rooms;
mod run;
mod sampling;
mod session;
mod settings;
mod shell;
mod shortened;
mod skills;
mod steer;
mod surface;
mod tools;
mod trial;
mod undo;
pub mod views;

pub use answer::check_answer;
pub use branch::BranchOptions;
pub use clean::{CleanOffer, CleanOptions, MOST_VALUES, OfferedValue};
pub use clock::{Clock, SystemClock};
pub use connectors::{
    BundlePage, BundleSetting, BundleWish, ConnectorLine, ConnectorPage, ConnectorState, Imported, ImportedServer,
    LeftServer, Meanwhile, NewConnector, PluginServer, PluginValues, Proposed, RecordsStanding, Reply, ResourceLine,
    SignInState, ToolLine, ToolStanding, connector_address, connector_slug,
};
pub use current::RuleLine;
pub use engine::{Engine, EngineConfig, StartOptions};
pub use error::EngineError;
pub use flow::{AddressBookTool, ConnectedTool, Connector, KeptValue, Speech, StandingValue};
pub use mailbox::{Mailbox, Post, Unheard, mailbox};
pub use managed::{ManagedFile, managed_files, managed_policy_file};
pub use memory::{KeptNote, LastDay, NoteFound, Notes, ProposedNote};
pub use models::{Chosen, Environment, Models};
pub use network::{Instead, NetworkSettings};
pub use plugins::{
    HookLine, MarketplaceLine, OfferLine, OptionLine, PluginLine, PluginState, PluginView, Prepared, Review,
};
pub use recipe_provider::{RECIPES, RecipeProvider};
pub use rehearse::{Difference, Past, Rehearsal};
pub use rooms::{OS_NOT_ALLOWED, OpenRoom, Rooms, SandboxOptions, Sandboxes, Tell};
pub use run::RunEnd;
pub use settings::{FolderBook, Settings};
pub use skills::{AgentLine, SkillDraft, SkillError, SkillLine, SkillNote, SkillView};
pub use steer::MarksPatch;
pub use surface::{Nobody, Observer, Person, Unwatched};
pub use tools::{definitions as tool_definitions, names as tool_names};
pub use trial::{Trial, TrialOptions};
pub use undo::{UndoReport, UndoScope};
