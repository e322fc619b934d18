//! What the files of a plugin say, read leniently: one bad file never costs the others.
//!
//! Begin at [`load`]: a folder becomes a [`Plugin`] and [`Diagnostic`]s. Several plugins and the folders of skills beside
//! them meet in a [`Catalog`], which knows who answers to which name. What a skill, command or agent says to a model is made
//! by [`substitute`], as parts of which the engine performs the effects; what hooks are told and what they answer is
//! [`hooks`]. Nothing here starts a program, opens a connection or asks anybody.

pub mod agent;
pub mod catalog;
pub mod coerce;
pub mod companions;
pub mod connectors;
pub mod diagnostic;
pub mod frontmatter;
pub mod hooks;
pub mod json;
pub mod listing;
pub mod manifest;
pub mod paths;
pub mod plugin;
pub mod scopes;
pub mod search;
pub mod servers;
pub mod skill;
pub mod substitute;
pub mod tools;
pub mod variables;

pub use agent::Agent;
pub use catalog::Catalog;
pub use diagnostic::{Diagnostic, Severity};
pub use hooks::Hooks;
pub use manifest::Manifest;
pub use plugin::{Loaded, Origin, Plugin, load};
pub use skill::{Layout, Scope, Skill};

/// A command is a skill in another layout: one Markdown file under `commands/` ([`Layout::File`]).
pub type Command = Skill;
