//! Runs tasks: performs the agent's effects with the capabilities.
//!
//! Bird's eye: [`Engine`] is what surfaces call. `run` is the loop of a task; `perform` is the only place where
//! something happens to the world; `tools` turn calls into proposals; `recover` looks at what a crash cut off; `views`
//! fold events into what surfaces show.
//!
//! Architecture invariants:
//! * Nothing is performed without a `Permit` of `policy` (I3), nor without an intent in the log before it (I5).
//! * State is only ever what a replay of the log gives.

mod clock;
mod engine;
mod error;
mod housekeeping;
pub mod instructions;
mod models;
mod perform;
mod prompt;
mod recipe_provider;
mod recover;
mod run;
mod session;
mod settings;
mod surface;
mod tools;
mod undo;
pub mod views;

pub use clock::{Clock, SystemClock};
pub use engine::{Engine, EngineConfig, StartOptions};
pub use error::EngineError;
pub use models::{Chosen, Environment, Models};
pub use recipe_provider::{RECIPES, RecipeProvider};
pub use run::RunEnd;
pub use settings::{FolderBook, Settings};
pub use surface::{Nobody, Observer, Person, Unwatched};
pub use undo::{UndoReport, UndoScope};
