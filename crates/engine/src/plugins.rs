//! Plugins: where they come from, what of them is in force, and what surfaces are told.
//!
//! The library keeps them (`deskhand_plugins::library`). In force is a plugin that is installed, switched on, and byte for
//! byte what the person agreed to; one that was changed on disk since is left out as a whole, with its skills, and that is
//! told. Installing has two steps: what was fetched is shown ([`Prepared`]), and only then accepted.

mod downloads;
mod lines;
mod options;
mod registry;
mod secrets;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use deskhand_plugins::format::{Diagnostic, Plugin};
use deskhand_plugins::library::{LibraryError, PluginId, Scope};
pub use deskhand_plugins::library::{Prepared, Review};
use serde_json::Value;

pub use lines::{HookLine, MarketplaceLine, OfferLine, PluginLine, PluginState, PluginView};
pub use options::OptionLine;
pub(crate) use secrets::kept_secret;
pub(crate) use shelf::Plugins;

use crate::{Engine, EngineError};

/// A plugin that is in force.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Enabled {
    /// `name@marketplace`.
    pub id: String,
    /// What its files say.
    pub plugin: Plugin,
    /// What the person configured.
    pub config: BTreeMap<String, Value>,
    /// Keys of it that are secret.
    pub sensitive: BTreeSet<String>,
    /// Keys that have no value and need one: its servers are not started then.
    pub missing: Vec<String>,
    /// Where it keeps its data on this computer; also whose its secrets are.
    pub data: PathBuf,
}

/// Where plugins in force are asked for.
pub(crate) trait Shelf: Send + Sync {
    /// Those in force, in a stable order. What is left out is told in `notes`.
    fn enabled(&self, notes: &mut Vec<Diagnostic>) -> Vec<Enabled>;
}

impl Engine {
    /// Does `work` with marketplaces and plugins on this thread, telling `told` how many bytes it downloaded so far. What
    /// `git` fetches by itself is not counted.
    pub fn watching_downloads<T>(&self, told: impl Fn(u64) + Send + 'static, work: impl FnOnce() -> T) -> T {
        self.plugins.watchers.watch(Box::new(told), work)
    }

    /// Fetches a plugin and what it needs, to be looked at. Nothing is installed before [`Engine::accept_plugin`]; dropped,
    /// nothing of it is left. `name` is `name@marketplace`, the name alone where one marketplace has it, or a `.plugin`
    /// file or folder (a path).
    ///
    /// # Errors
    /// When there is no such plugin or it cannot be fetched.
    pub fn prepare_plugin(&self, name: &str) -> Result<Prepared, EngineError> {
        let library = self.plugins.library()?;
        if name.contains(['/', '\\']) || name.ends_with(".plugin") {
            return Ok(library.install_file(&PathBuf::from(name), Scope::User)?);
        }
        Ok(library.install(&self.offered(name)?, Scope::User)?)
    }

    /// Installs what was prepared: exactly what the reviews in it say. Gives the ids.
    ///
    /// # Errors
    /// When the content is not what was reviewed, or it cannot be written. Nothing was installed then.
    pub fn accept_plugin(&self, prepared: Prepared) -> Result<Vec<String>, EngineError> {
        let ids = self.plugins.library()?.accept(prepared)?;
        Ok(ids.iter().map(ToString::to_string).collect())
    }

    /// Installs a plugin whose reviews were looked at before: `contents` are their `content`s, in their order. For surfaces
    /// that cannot keep a [`Prepared`].
    ///
    /// # Errors
    /// When what is fetched now is not what was looked at; nothing is installed then.
    pub fn install_plugin(&self, name: &str, contents: &[String]) -> Result<Vec<String>, EngineError> {
        let prepared = self.prepare_plugin(name)?;
        let now: Vec<&String> = prepared.plugins.iter().map(|staged| &staged.review.content).collect();
        if now.len() != contents.len() || now.iter().zip(contents).any(|(now, seen)| **now != *seen) {
            return Err(LibraryError::Fetch {
                what: format!("exactly what you looked at of {name}"),
                why: "it was changed since; look at it again".to_owned(),
            }
            .into());
        }
        self.accept_plugin(prepared)
    }

    /// Fetches a newer version of a plugin, to be looked at. `None`: there is none.
    ///
    /// # Errors
    /// As [`Engine::prepare_plugin`].
    pub fn update_plugin(&self, name: &str) -> Result<Option<Prepared>, EngineError> {
        let id = self.installed_plugin(name)?;
        Ok(self.plugins.library()?.update(&id)?)
    }

    /// Removes a plugin with all its servers left behind: sessions, sign-ins, secrets, folders, and what was decided about
    /// them. Gives the ids of those that are gone, and what could not be cleaned up.
    ///
    /// # Errors
    /// When it is not installed, or another needs it.
    pub async fn remove_plugin(&self, name: &str) -> Result<(Vec<String>, Vec<String>), EngineError> {
        let id = self.installed_plugin(name)?;
        let before = self.servers_of_plugins().await?;
        let removed = self.plugins.library()?.remove(&id, &Scope::User)?;
        let mut warnings = removed.warnings;
        warnings.extend(self.forget_servers(&before).await?);
        Ok((removed.plugins.iter().map(ToString::to_string).collect(), warnings))
    }

    /// Switches a plugin on or off; off, the sessions of its servers end. Gives its id.
    ///
    /// # Errors
    /// When it is not installed.
    pub async fn enable_plugin(&self, name: &str, on: bool) -> Result<String, EngineError> {
        let id = self.installed_plugin(name)?;
        let library = self.plugins.library()?;
        if on {
            library.enable(&id, &Scope::User)?;
        } else {
            self.refresh()?;
            let before = self.hub().entries();
            library.disable(&id, &Scope::User)?;
            self.close_unused(&before).await?;
        }
        Ok(id.to_string())
    }

    /// What an installed plugin will run, as its files are now.
    ///
    /// # Errors
    /// When it is not installed or does not load.
    pub fn plugin_review(&self, name: &str) -> Result<Review, EngineError> {
        Ok(self.plugins.library()?.review(&self.installed_plugin(name)?)?)
    }

    /// Agrees to a plugin that was changed on disk: exactly to what the review is about.
    ///
    /// # Errors
    /// When it was changed again.
    pub fn trust_plugin(&self, review: &Review) -> Result<(), EngineError> {
        Ok(self.plugins.library()?.trust(review)?)
    }

    /// The places in a plugin's texts that are meant to be filled in (`~~your-team-channel`), and how often each stands there.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn plugin_points(&self, name: &str) -> Result<BTreeMap<String, usize>, EngineError> {
        let points = self.plugins.library()?.template_points(&self.installed_plugin(name)?)?;
        Ok(points
            .into_iter()
            .map(|(point, files)| (point, files.values().sum()))
            .collect())
    }

    /// A copy of an installed plugin with such places filled in, to be looked at like any other.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn customise_plugin(&self, name: &str, values: &BTreeMap<String, String>) -> Result<Prepared, EngineError> {
        let id = self.installed_plugin(name)?;
        Ok(self.plugins.library()?.customise(&id, values, Scope::User)?)
    }

    /// An installed plugin as one `.plugin` file.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn export_plugin(&self, name: &str) -> Result<Vec<u8>, EngineError> {
        Ok(self.plugins.library()?.export(&self.installed_plugin(name)?)?)
    }

    /// Ends the sessions of servers that are not what they were, or not there any more: after a plugin was installed,
    /// updated or trusted anew.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn close_outdated_servers(&self) -> Result<(), EngineError> {
        self.refresh()?;
        self.hub().close_outdated().await;
        Ok(())
    }

    /// The installed plugin a name means.
    fn installed_plugin(&self, name: &str) -> Result<PluginId, EngineError> {
        let installed = self.plugins.library()?.installed()?.into_iter().map(|(id, _)| id);
        one(name, installed.collect())
    }

    /// The plugin on offer a name means.
    fn offered(&self, name: &str) -> Result<PluginId, EngineError> {
        if name.contains('@') {
            return Ok(name.parse::<PluginId>()?);
        }
        let offers = self.plugins.library()?.search("")?;
        one(name, offers.into_iter().map(|offer| offer.id).collect())
    }
}

/// The one id a name means: itself, or the part before `@` where one has it.
fn one(name: &str, ids: Vec<PluginId>) -> Result<PluginId, EngineError> {
    let mut fitting: Vec<PluginId> = ids
        .into_iter()
        .filter(|id| id.to_string() == name || id.name() == name)
        .collect();
    match (fitting.pop(), fitting.as_slice()) {
        (Some(id), []) => Ok(id),
        (Some(last), others) => {
            let names: Vec<String> = others.iter().chain([&last]).map(ToString::to_string).collect();
            Err(EngineError::SeveralPlugins {
                name: name.to_owned(),
                ids: names,
            })
        }
        (None, _) => Err(EngineError::NoPlugin(name.to_owned())),
    }
}
