//! Where things are on this machine, and the engine made from them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use deskhand_engine::{Engine, EngineConfig, Models, SystemClock};
use deskhand_models::{ModelsConfig, local::LocalModel};
use deskhand_workspace::retention;
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
    retention: RetentionFile,
}

/// How long contents are kept for undo.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RetentionFile {
    /// Days after the end of a task.
    keep_days: u32,
    /// Most gibibytes, oldest first to go.
    max_gib: u64,
}

impl Default for RetentionFile {
    fn default() -> Self {
        let policy = retention::Policy::default();
        Self {
            keep_days: policy.keep_days,
            max_gib: policy.max_bytes >> 30,
        }
    }
}

impl Places {
    /// From `DESKHAND_HOME` and `DESKHAND_CACHE`, otherwise the platform's.
    pub fn find() -> Result<Self> {
        let set = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let missing = |what: &str, name: &str| Usage(format!("this system names no {what}; set {name}"));
        Ok(Self {
            home: match set("DESKHAND_HOME") {
                Some(home) => std::path::absolute(home)?,
                None => dirs::data_local_dir()
                    .ok_or_else(|| missing("data folder", "DESKHAND_HOME"))?
                    .join("deskhand"),
            },
            cache: match set("DESKHAND_CACHE") {
                Some(cache) => std::path::absolute(cache)?,
                None => dirs::cache_dir()
                    .ok_or_else(|| missing("cache folder", "DESKHAND_CACHE"))?
                    .join("deskhand"),
            },
            personal: dirs::home_dir().ok_or_else(|| missing("personal folder", "HOME"))?,
        })
    }

    /// A file of Deskhand's own in the data folder; empty when it is not there.
    #[expect(
        clippy::disallowed_methods,
        reason = "Deskhand's own configuration, not a granted folder"
    )]
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
    Ok(Models {
        config: settings(places)?.models,
        env: Arc::new(|name| std::env::var(name).ok()),
    })
}

fn settings(places: &Places) -> Result<SettingsFile> {
    let text = places.own_text("settings.toml")?;
    Ok(toml::from_str(&text).map_err(|error| {
        Usage(format!(
            "{} is not right, so nothing was started: {error}",
            places.home.join("settings.toml").display()
        ))
    })?)
}

/// The small local model, when its program stands beside this one and its weights are in the cache.
pub(crate) fn local_model(places: &Places) -> Option<LocalModel> {
    let exe = std::env::current_exe().ok()?;
    LocalModel::discover(&places.cache, exe.parent()?)
}

/// The engine of this machine.
pub(crate) fn engine(places: &Places) -> Result<Engine> {
    let settings = settings(places)?;
    let config = EngineConfig {
        home: places.home.clone(),
        cache: places.cache.clone(),
        personal: places.personal.clone(),
        models: Models {
            config: settings.models,
            env: Arc::new(|name| std::env::var(name).ok()),
        },
        rules: places.own_text("policy.toml")?,
        local: local_model(places).map(Arc::new),
        retention: retention::Policy {
            keep_days: settings.retention.keep_days,
            max_bytes: settings.retention.max_gib << 30,
        },
        clock: Arc::new(SystemClock),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(Engine::open(config)?)
}
