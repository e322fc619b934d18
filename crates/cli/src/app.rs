//! Where things are on this machine, and the engine made from them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use deskhand_engine::{Engine, EngineConfig, Models, SystemClock};
use deskhand_models::{ModelsConfig, local::LocalModel};
use serde::Deserialize;

use crate::failure::Usage;

/// The data folder, the cache folder and the person's folder.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// Deskhand's data.
    pub home: PathBuf,
    /// What can be made anew: model weights, images.
    pub cache: PathBuf,
    /// The person's folder.
    pub personal: PathBuf,
}

/// The settings file, `settings.toml` in the data folder.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SettingsFile {
    models: ModelsConfig,
}

impl Places {
    /// From `DESKHAND_HOME` and `DESKHAND_CACHE`, otherwise the platform's.
    pub fn find() -> Result<Self> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let missing = |what: &str, name: &str| Usage(format!("this system names no {what}; set {name}"));
        Ok(Self {
            home: match set("DESKHAND_HOME") {
                Some(home) => std::path::absolute(home)?,
                None => dirs::data_local_dir().ok_or_else(|| missing("data folder", "DESKHAND_HOME"))?.join("deskhand"),
            },
            cache: match set("DESKHAND_CACHE") {
                Some(cache) => std::path::absolute(cache)?,
                None => dirs::cache_dir().ok_or_else(|| missing("cache folder", "DESKHAND_CACHE"))?.join("deskhand"),
            },
            personal: dirs::home_dir().ok_or_else(|| missing("personal folder", "HOME"))?,
        })
    }

    /// A file of Deskhand's own in the data folder; empty when it is not there.
    #[expect(clippy::disallowed_methods, reason = "Deskhand's own configuration, not a granted folder")]
    pub fn own_text(&self, name: &str) -> Result<String> {
        let file = self.home.join(name);
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read; nothing was changed", file.display())),
        }
    }
}

/// What the settings say about models.
pub(crate) fn models(places: &Places) -> Result<Models> {
    let text = places.own_text("settings.toml")?;
    let settings: SettingsFile = toml::from_str(&text)
        .map_err(|error| Usage(format!("{} is not right, so nothing was started: {error}", places.home.join("settings.toml").display())))?;
    Ok(Models { config: settings.models, env: Arc::new(|name| std::env::var(name).ok()) })
}

/// The engine of this machine.
pub(crate) fn engine(places: &Places) -> Result<Engine> {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(std::path::Path::to_owned));
    let config = EngineConfig {
        home: places.home.clone(),
        cache: places.cache.clone(),
        personal: places.personal.clone(),
        models: models(places)?,
        rules: places.own_text("policy.toml")?,
        local: LocalModel::discover(&places.cache, beside.as_deref()).map(Arc::new),
        clock: Arc::new(SystemClock),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(Engine::open(config)?)
}
