//! Skills: what a person calls with `/name` and a model with its tool `Skill`.
//!
//! What can be called is gathered anew when a task starts and at every call ([`Sources::gather`]), from five places: the
//! person's own folders, the granted folders (inert until trusted by hash, like instructions), what comes with Deskhand,
//! and the plugins that are installed and switched on. A call brings the skill's files into the task's own folder
//! (`bring`), so that what was trusted is what is read, and makes the text (`render`). Commands and files in the text are
//! performed under the task's own rules. Source: issue 5, A6 to A8.

mod agents;
mod answers;
mod bring;
mod bundled;
mod draft;
mod error;
mod for_files;
mod fork;
mod gather;
mod invoke;
mod lines;
mod permits;
mod programs;
mod project_agents;
mod render;
mod typed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deskhand_plugins::format::{Catalog, Diagnostic, Skill};
use deskhand_plugins::mount::File;
use deskhand_store::EventLog;
use deskhand_types::Hash;

pub(crate) use agents::{plugin_named, variables};
pub(crate) use bring::{Brought, file_label};
pub use draft::SkillDraft;
pub use error::SkillError;
pub(crate) use for_files::ForFiles;
pub(crate) use invoke::Invocation;
pub use lines::{AgentLine, SkillLine, SkillNote, SkillView};
pub(crate) use permits::{permitted, tightened};
pub(crate) use programs::Programs;
pub(crate) use project_agents::{hooks_of, mode_of};
pub(crate) use render::command_of;

use self::project_agents::ProjectAgent;
use crate::plugins::{Enabled, Shelf};

/// Bytes of the system prompt that tell of skills, at most.
pub(crate) const LISTING: usize = 6_000;

/// Where skills are looked for.
pub(crate) struct Sources {
    /// The person's folder.
    pub personal: PathBuf,
    /// Deskhand's data folder.
    pub home: PathBuf,
    /// The application's log, with what was trusted.
    pub log: Arc<dyn EventLog>,
    /// The plugins that are installed.
    pub shelf: Arc<dyn Shelf>,
}

/// Where the files of a skill are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In an installed plugin.
    Plugin(Arc<Enabled>),
    /// In a folder of the person's.
    Folder(PathBuf),
    /// Read already: in a granted folder, or they come with the program.
    Files(Arc<Vec<File>>),
}

/// A skill or an agent in a granted folder that nobody has trusted as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Inert {
    /// What it calls itself.
    pub name: String,
    /// Its folder on this machine, an agent's file: what trust is kept by.
    pub folder: String,
    /// Hash of its files.
    pub hash: Hash,
    /// Whether it is an agent.
    pub is_agent: bool,
}

/// What can be called now.
#[derive(Default)]
pub(crate) struct Skills {
    pub catalog: Catalog,
    places: BTreeMap<PathBuf, Place>,
    /// Plugins that are on.
    pub plugins: Vec<Arc<Enabled>>,
    /// Skills and agents that are not in force.
    pub inert: Vec<Inert>,
    /// Agents of granted folders that are.
    pub project_agents: Vec<ProjectAgent>,
    /// What was found wrong.
    pub notes: Vec<Diagnostic>,
}

impl Skills {
    /// Where a skill's files are.
    pub fn place(&self, skill: &Skill) -> Option<&Place> {
        self.places.get(&skill.file)
    }

    /// The skill of exactly that full name, and where its files are.
    pub fn named(&self, name: &str) -> Option<(&Skill, &Place)> {
        let skill = self.catalog.skills().iter().find(|skill| skill.qualified() == name)?;
        Some((skill, self.place(skill)?))
    }

    /// The plugin of that name.
    pub fn plugin(&self, name: &str) -> Option<&Arc<Enabled>> {
        self.plugins.iter().find(|plugin| plugin.plugin.name == name)
    }

    /// What the system prompt says of skills; empty when there are none. The same bytes for the same skills.
    pub fn listing(&self) -> String {
        let listing = self.catalog.listing(LISTING);
        if listing.is_empty() {
            return listing;
        }
        format!(
            "\n\nSkills (call one with Skill before you begin work it is for; a person calls them as /name):\n{}",
            listing.trim_end()
        )
    }
}

/// The folder of a skill's file.
fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(file).to_owned()
}
