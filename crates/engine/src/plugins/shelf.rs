//! The library of installed plugins, opened when it is first needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use deskhand_mcp::Tokens;
use deskhand_plugins::format::{Diagnostic, Origin, Plugin, Severity, load};
use deskhand_plugins::library::source::git::GitProgram;
use deskhand_plugins::library::{Library, PluginId, Ports, Verdict};

use super::{
    Enabled, Shelf,
    downloads::{Downloads, Watchers},
    registry::NpmRegistry,
    secrets::KeptSecrets,
};
use crate::{EngineError, connectors::WayOut, models::Environment};

/// The library.
pub(crate) struct Plugins {
    root: PathBuf,
    secrets: Arc<KeptSecrets>,
    downloads: Arc<Downloads>,
    /// Who is told how much came.
    pub watchers: Arc<Watchers>,
    env: Environment,
    opened: OnceLock<Library>,
}

impl Plugins {
    /// Below Deskhand's data folder. Downloads go by `out`; the npm registry is the one that npm itself would use
    /// ([`NpmRegistry`]). Nothing is opened.
    pub fn new(home: &Path, tokens: Arc<dyn Tokens>, out: Arc<WayOut>, env: Environment) -> Self {
        let watchers = Arc::<Watchers>::default();
        Self {
            root: home.join("plugins"),
            secrets: Arc::new(KeptSecrets(tokens)),
            downloads: Arc::new(Downloads {
                out,
                watchers: watchers.clone(),
            }),
            watchers,
            env,
            opened: OnceLock::new(),
        }
    }

    /// Whether anything was ever installed.
    #[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
    pub fn is_there(&self) -> bool {
        std::fs::metadata(self.root.join("state.json")).is_ok()
    }

    /// The library, opened.
    ///
    /// # Errors
    /// When what it says is installed cannot be read.
    pub fn library(&self) -> Result<&Library, EngineError> {
        if let Some(library) = self.opened.get() {
            return Ok(library);
        }
        let ports = Ports {
            git: Some(Arc::new(GitProgram::default())),
            secrets: Some(self.secrets.clone()),
            download: Some(self.downloads.clone()),
            npm_registry: Some(Arc::new(NpmRegistry::new(self.env.clone(), &self.root))),
            ..Ports::default()
        };
        let library = Library::open(&self.root, ports)?;
        Ok(self.opened.get_or_init(|| library))
    }
}

impl Plugins {
    /// All plugins that are installed, in force or not.
    ///
    /// # Errors
    /// When what is installed cannot be read.
    pub fn installed(&self) -> Result<Vec<Enabled>, EngineError> {
        let library = self.library()?;
        let mut all = Vec::new();
        for (id, installed) in library.installed()? {
            let origin = Origin {
                name: Some(id.name().to_owned()),
                marketplace: Some(id.marketplace().to_owned()),
                entry: installed.entry,
                marketplace_root: installed.marketplace_root,
            };
            let loaded = load(&library.root().join(&installed.folder), &origin);
            if let Some(plugin) = loaded.plugin {
                let data = library.root().join("data").join(installed.data);
                all.push(self.of(library, &id, plugin, data, &mut Vec::new()));
            }
        }
        Ok(all)
    }

    /// A plugin with what the person set for it. What cannot be read of that is told in `notes`.
    fn of(
        &self,
        library: &Library,
        id: &PluginId,
        plugin: Plugin,
        data: PathBuf,
        notes: &mut Vec<Diagnostic>,
    ) -> Enabled {
        let asks = &plugin.manifest.user_config;
        let sensitive = plugin.manifest.sensitive_keys().map(str::to_owned).collect();
        let set = if asks.is_empty() {
            Ok(Default::default())
        } else {
            library.options(id)
        };
        let (config, missing) = set.unwrap_or_else(|error| {
            let why = format!("what you set for {id} cannot be read, so its servers are not started: {error}");
            notes.push(Diagnostic::new(Severity::Plugin, "library", &self.root, why));
            (BTreeMap::new(), asks.keys().cloned().collect())
        });
        Enabled {
            id: id.to_string(),
            config,
            sensitive,
            missing,
            data,
            plugin,
        }
    }
}

impl Shelf for Plugins {
    fn enabled(&self, notes: &mut Vec<Diagnostic>) -> Vec<Enabled> {
        let note = |why: String| Diagnostic::new(Severity::Plugin, "library", &self.root, why);
        let library = match self.library() {
            Ok(library) => library,
            Err(error) => {
                notes.push(note(error.to_string()));
                return Vec::new();
            }
        };
        let active = match library.active(None) {
            Ok(active) => active,
            Err(error) => {
                notes.push(note(error.to_string()));
                return Vec::new();
            }
        };
        let mut enabled = Vec::new();
        for one in active {
            if one.verdict != Verdict::Unchanged {
                notes.push(note(format!(
                    "{} was changed on disk since you agreed to it, so nothing of it is in force",
                    one.id
                )));
                continue;
            }
            notes.extend(one.loaded.errors().cloned());
            let Some(plugin) = one.loaded.plugin else { continue };
            enabled.push(self.of(library, &one.id, plugin, one.data, notes));
        }
        enabled
    }
}
