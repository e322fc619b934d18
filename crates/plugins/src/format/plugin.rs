//! A plugin's folder, read.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::agent::Agent;
use super::companions::{Lsp, Monitor, OutputStyle, Settings, Theme};
use super::connectors::Connectors;
use super::diagnostic::{Diagnostic, Severity};
use super::hooks::Hooks;
use super::manifest::Manifest;
use super::servers::Server;
use super::skill::Skill;

mod discover;
mod files;

pub use discover::load;
pub(super) use files::{Tree, folders, read_file};

/// Where a plugin's folder comes from, as far as it decides how the folder is read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Origin {
    /// The identity: the *entry's* name in its marketplace. `None`: the manifest's name, else the folder's.
    pub name: Option<String>,
    /// The marketplace (`name@marketplace`); `skills-dir` for a plugin found in a folder of skills.
    pub marketplace: Option<String>,
    /// The marketplace's entry as it stands in `marketplace.json`.
    pub entry: Option<Value>,
    /// The entry's source is the marketplace's own root: a list of `skills` then replaces the scan.
    pub marketplace_root: bool,
}

/// One plugin and everything in it.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Plugin {
    /// Its identity: the entry's name.
    pub name: String,
    /// The marketplace it is from.
    pub marketplace: Option<String>,
    /// The folder.
    pub root: PathBuf,
    /// Manifest and entry, merged.
    pub manifest: Manifest,
    /// Skills, sorted by folder.
    pub skills: Vec<Skill>,
    /// Commands, sorted by path.
    pub commands: Vec<Skill>,
    /// Agents, sorted by path.
    pub agents: Vec<Agent>,
    /// Hooks of all its sources.
    pub hooks: Hooks,
    /// Servers, raw: the host of MCP servers reads them.
    pub servers: Vec<Server>,
    /// Bundles of servers (`.mcpb`).
    pub bundles: Vec<PathBuf>,
    /// Language servers.
    pub lsp: Vec<Lsp>,
    /// Monitors.
    pub monitors: Vec<Monitor>,
    /// Output styles.
    pub output_styles: Vec<OutputStyle>,
    /// Themes.
    pub themes: Vec<Theme>,
    /// Files of workflows, unread.
    pub workflows: Vec<PathBuf>,
    /// The two settings a plugin may bring.
    pub settings: Settings,
    /// `bin/`, for the shell tool's `PATH`.
    pub bin: Option<PathBuf>,
    /// `CONNECTORS.md`.
    pub connectors: Connectors,
}

impl Plugin {
    /// `name@marketplace`, or the name alone.
    pub fn id(&self) -> String {
        match &self.marketplace {
            Some(marketplace) => format!("{}@{marketplace}", self.name),
            None => self.name.clone(),
        }
    }

    /// The file a link in `skill` leads to, if it is inside this plugin: readable without asking.
    pub fn readable(&self, skill: &Skill, link: &str) -> Option<PathBuf> {
        skill.readable(&self.root, link)
    }
}

/// A plugin, if it loads, and what was found on the way.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Loaded {
    /// `None`: see the findings of [`Severity::Plugin`].
    pub plugin: Option<Plugin>,
    /// Findings in the order of reading.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Findings that cost something: a component or the whole.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|found| found.severity >= Severity::Component)
    }

    pub(super) fn failed(root: &Path, mut diagnostics: Vec<Diagnostic>, reason: &'static str, message: String) -> Self {
        diagnostics.push(Diagnostic::plugin(reason, root, message));
        Self {
            plugin: None,
            diagnostics,
        }
    }
}
