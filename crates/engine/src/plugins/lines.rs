//! Plugins and marketplaces as surfaces list them.

use deskhand_plugins::format::hooks::Hooks;
use deskhand_plugins::format::{Diagnostic, Plugin};
use deskhand_plugins::library::source::MarketplaceSource;
use deskhand_plugins::library::{KnownMarketplace, Scope, Verdict};
use serde::Serialize;

use crate::{Engine, EngineError, hooks, skills::AgentLine};

/// Whether an installed plugin is what was agreed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginState {
    /// It is, and it is on.
    InForce,
    /// It is off.
    Off,
    /// It was changed on disk: nothing of it is in force.
    Changed,
    /// Its files are gone.
    Missing,
}

/// An installed plugin in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PluginLine {
    /// `name@marketplace`.
    pub id: String,
    /// The name alone.
    pub name: String,
    /// The marketplace.
    pub marketplace: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is in force.
    pub state: PluginState,
    /// How many skills and commands it has.
    pub skills: usize,
    /// How many agents.
    pub agents: usize,
    /// How many hooks.
    pub hooks: usize,
    /// How many servers.
    pub servers: usize,
}

/// A hook of a plugin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HookLine {
    /// The event.
    pub event: String,
    /// What kind of handler: `command`, `http`, `mcp_tool`, `prompt`, `agent`.
    pub kind: String,
    /// What it runs, asks or calls.
    pub runs: String,
    /// Whether Deskhand runs hooks of this kind for this event.
    pub is_run: bool,
}

/// An installed plugin as a whole.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PluginView {
    /// The line of it.
    #[serde(flatten)]
    pub line: PluginLine,
    /// Full names of its skills and commands.
    pub skill_names: Vec<String>,
    /// Its agents.
    pub agent_lines: Vec<AgentLine>,
    /// Its hooks.
    pub hook_lines: Vec<HookLine>,
    /// Keys of its servers.
    pub server_keys: Vec<String>,
    /// What was found wrong in its files.
    pub findings: Vec<Diagnostic>,
    /// What its person should know about how it was installed.
    pub warnings: Vec<String>,
}

/// A plugin on offer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OfferLine {
    /// `name@marketplace`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// For lists.
    pub category: Option<String>,
    /// Whether it is installed.
    pub installed: bool,
    /// Why it cannot be installed.
    pub unavailable: Option<String>,
}

/// A marketplace in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MarketplaceLine {
    /// Its name.
    pub name: String,
    /// Where it is from.
    pub source: String,
    /// How many plugins it offers; `null` when it does not load now.
    pub plugins: Option<usize>,
    /// The commit, when it is a checkout.
    pub commit: Option<String>,
    /// When it was last fetched, in seconds since 1970.
    pub updated: u64,
}

impl Engine {
    /// The plugins that are installed, by id.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn plugins(&self) -> Result<Vec<PluginLine>, EngineError> {
        Ok(self.installed_plugins()?.into_iter().map(|view| view.line).collect())
    }

    /// One plugin that is installed.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn plugin(&self, name: &str) -> Result<PluginView, EngineError> {
        let id = self.installed_plugin(name)?.to_string();
        let found = self.installed_plugins()?.into_iter().find(|view| view.line.id == id);
        found.ok_or_else(|| EngineError::NoPlugin(name.to_owned()))
    }

    fn installed_plugins(&self) -> Result<Vec<PluginView>, EngineError> {
        let library = self.plugins.library()?;
        let mut views = Vec::new();
        for (id, installed) in library.installed()? {
            let is_on = installed
                .placements
                .iter()
                .any(|placement| placement.scope == Scope::User && placement.enabled);
            let state = match library.verify(&id)? {
                Verdict::Missing => PluginState::Missing,
                Verdict::Changed => PluginState::Changed,
                Verdict::Unchanged if is_on => PluginState::InForce,
                Verdict::Unchanged => PluginState::Off,
            };
            let origin = deskhand_plugins::format::Origin {
                name: Some(id.name().to_owned()),
                marketplace: Some(id.marketplace().to_owned()),
                entry: installed.entry.clone(),
                marketplace_root: installed.marketplace_root,
            };
            let loaded = deskhand_plugins::format::load(&library.root().join(&installed.folder), &origin);
            let plugin = loaded.plugin.as_ref();
            views.push(PluginView {
                line: PluginLine {
                    id: id.to_string(),
                    name: id.name().to_owned(),
                    marketplace: id.marketplace().to_owned(),
                    version: installed.version,
                    description: plugin.and_then(|plugin| plugin.manifest.description.clone()),
                    state,
                    skills: plugin.map_or(0, |plugin| plugin.skills.len() + plugin.commands.len()),
                    agents: plugin.map_or(0, |plugin| plugin.agents.len()),
                    hooks: plugin.map_or(0, |plugin| hook_lines(plugin).len()),
                    servers: plugin.map_or(0, |plugin| plugin.servers.len()),
                },
                skill_names: plugin.map(skill_names).unwrap_or_default(),
                agent_lines: plugin.map(agent_lines).unwrap_or_default(),
                hook_lines: plugin.map(hook_lines).unwrap_or_default(),
                server_keys: plugin
                    .map(|plugin| plugin.servers.iter().map(|server| server.key.clone()).collect())
                    .unwrap_or_default(),
                findings: loaded.diagnostics,
                warnings: installed.warnings,
            });
        }
        Ok(views)
    }

    /// The plugins on offer in which all these words stand.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn search_plugins(&self, words: &str) -> Result<Vec<OfferLine>, EngineError> {
        let offers = self.plugins.library()?.search(words)?;
        let lines = offers.into_iter().map(|offer| OfferLine {
            id: offer.id.to_string(),
            name: offer.entry.display_name.unwrap_or(offer.entry.name),
            description: offer.entry.description,
            category: offer.entry.category,
            installed: offer.installed,
            unavailable: offer.entry.source.err(),
        });
        Ok(lines.collect())
    }

    /// The marketplaces that were added.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn marketplaces(&self) -> Result<Vec<MarketplaceLine>, EngineError> {
        let library = self.plugins.library()?;
        let known = library.marketplaces()?;
        let lines = known.into_iter().map(|(name, known)| {
            let plugins = library.marketplace(&name).ok().map(|(market, _)| market.plugins.len());
            line(name, &known, plugins)
        });
        Ok(lines.collect())
    }

    /// Adds a marketplace: a folder, `owner/repo`, a git address, or the address of a `marketplace.json`.
    ///
    /// # Errors
    /// When it cannot be fetched or does not load.
    pub fn add_marketplace(&self, given: &str) -> Result<MarketplaceLine, EngineError> {
        let done = self.plugins.library()?.add_marketplace(given)?;
        self.marketplace(&done.marketplace.name)
    }

    /// Fetches a marketplace again.
    ///
    /// # Errors
    /// As [`Engine::add_marketplace`].
    pub fn update_marketplace(&self, name: &str) -> Result<MarketplaceLine, EngineError> {
        let done = self.plugins.library()?.update_marketplace(name)?;
        self.marketplace(&done.marketplace.name)
    }

    /// Forgets a marketplace. What is installed from it stays.
    ///
    /// # Errors
    /// When it was not added.
    pub fn remove_marketplace(&self, name: &str) -> Result<(), EngineError> {
        Ok(self.plugins.library()?.remove_marketplace(name)?)
    }

    fn marketplace(&self, name: &str) -> Result<MarketplaceLine, EngineError> {
        let found = self.marketplaces()?.into_iter().find(|line| line.name == name);
        found.ok_or_else(|| EngineError::NoPlugin(name.to_owned()))
    }
}

fn line(name: String, known: &KnownMarketplace, plugins: Option<usize>) -> MarketplaceLine {
    MarketplaceLine {
        name,
        source: match &known.source {
            MarketplaceSource::Directory { path } => path.to_string_lossy().into_owned(),
            MarketplaceSource::Git { url, .. } | MarketplaceSource::Url { url } => url.clone(),
            MarketplaceSource::Github { repo, .. } => repo.clone(),
        },
        plugins,
        commit: known.commit.clone(),
        updated: known.updated,
    }
}

fn skill_names(plugin: &Plugin) -> Vec<String> {
    plugin
        .skills
        .iter()
        .chain(&plugin.commands)
        .map(deskhand_plugins::format::Skill::qualified)
        .collect()
}

fn agent_lines(plugin: &Plugin) -> Vec<AgentLine> {
    plugin.agents.iter().map(AgentLine::of).collect()
}

/// The plugin's, and those of its skills and commands, which begin with their use.
fn hook_lines(plugin: &Plugin) -> Vec<HookLine> {
    let skills = plugin.skills.iter().chain(&plugin.commands);
    let own = skills.flat_map(|skill| {
        lines_of(&skill.hooks).map(|line| HookLine {
            event: format!("{} (from the use of {} on)", line.event, skill.name),
            ..line
        })
    });
    lines_of(&plugin.hooks).chain(own).collect()
}

fn lines_of(hooks: &Hooks) -> impl Iterator<Item = HookLine> {
    hooks.groups.iter().flat_map(|group| {
        group.handlers.iter().map(|handler| HookLine {
            event: group.event.name().to_owned(),
            kind: hooks::kind(&handler.action).to_owned(),
            runs: hooks::line(&handler.action),
            is_run: hooks::is_run(group.event),
        })
    })
}
