//! Where things are on this machine, and the engine made from them.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use deskhand_engine::{
    Engine, EngineConfig, Models, NetworkSettings, OS_NOT_ALLOWED, SandboxOptions, Sandboxes, SystemClock,
};
use deskhand_models::{ModelsConfig, local::LocalModel};
use deskhand_sandbox::{Limits, MACHINE_DISK, MACHINE_MEMORY};
use deskhand_types::{Budget, Tier};
use deskhand_workspace::retention;
use serde::Deserialize;

use crate::{failure::Usage, tokens::TokenFile};

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
    sandbox: SandboxFile,
    network: NetworkFile,
    secrets: SecretsFile,
    budget: BudgetFile,
}

/// The limits of tasks that name none.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "the names of the settings file")]
struct BudgetFile {
    max_turns: Option<u64>,
    max_usd: Option<f64>,
    max_tokens: Option<u64>,
    max_minutes: Option<u64>,
}

/// Where the key of what is secret is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SecretsFile {
    /// Whether it is in the system's keychain; absent: it is, unless `DESKHAND_HOME` names the data folder.
    keychain: Option<bool>,
}

impl SecretsFile {
    fn in_keychain(&self) -> bool {
        self.keychain
            .unwrap_or_else(|| std::env::var_os("DESKHAND_HOME").is_none_or(|home| home.is_empty()))
    }
}

/// What commands may use of the network; where to is in `network.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NetworkFile {
    /// Credentials that rules may name: handle, and the environment variable it is in.
    credentials: BTreeMap<String, String>,
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

/// The least a task's commands can do with, in mebibytes.
const LEAST_MIB: u64 = 64;

/// What is used of so many mebibytes, on a machine that has so many bytes.
fn possible(wanted: u64, machine: u64) -> u64 {
    wanted.clamp(LEAST_MIB, machine >> 20)
}

/// Where commands run.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SandboxFile {
    /// What a task uses that names none.
    pub tier: Tier,
    /// Whether the weaker tier `os` may be used at all.
    pub allow_os: bool,
    /// Seconds after which an idle machine is put away.
    pub idle_seconds: u64,
    /// Memory for one task's commands, in mebibytes.
    pub memory_mib: u64,
    /// Disk for one task's commands, in mebibytes.
    pub disk_mib: u64,
}

impl Default for SandboxFile {
    fn default() -> Self {
        let options = SandboxOptions::default();
        Self {
            tier: Tier::default(),
            allow_os: options.allow_os,
            idle_seconds: options.idle.as_secs(),
            memory_mib: options.limits.memory >> 20,
            disk_mib: options.limits.disk >> 20,
        }
    }
}

impl SandboxFile {
    /// The same for the engine.
    pub fn options(&self) -> SandboxOptions {
        let usual = SandboxOptions::default();
        SandboxOptions {
            allow_os: self.allow_os,
            idle: Duration::from_secs(self.idle_seconds.max(1)),
            limits: Limits {
                memory: possible(self.memory_mib, MACHINE_MEMORY) << 20,
                disk: possible(self.disk_mib, MACHINE_DISK) << 20,
                ..usual.limits
            },
        }
    }

    /// What of it is not done as it says, in words.
    pub fn notes(&self) -> Vec<String> {
        let limits = [
            ("memory_mib", self.memory_mib, MACHINE_MEMORY),
            ("disk_mib", self.disk_mib, MACHINE_DISK),
        ];
        let note = |(name, wanted, most): (&str, u64, u64)| {
            let (used, most) = (possible(wanted, most), most >> 20);
            (used != wanted).then(|| {
                format!("`{name} = {wanted}` in settings.toml is not possible: it is {LEAST_MIB} to {most}, and {used} is used")
            })
        };
        limits.into_iter().filter_map(note).collect()
    }

    /// The tier a task uses: what was asked for, or the settings' own.
    ///
    /// # Errors
    /// When it is the weaker one and the person did not allow that.
    pub fn tier(&self, asked: Option<Tier>) -> Result<Tier> {
        let tier = asked.unwrap_or(self.tier);
        if tier == Tier::Os && !self.allow_os {
            return Err(Usage(format!(
                "the weaker sandbox `os` is not allowed, so nothing was started. {OS_NOT_ALLOWED}"
            ))
            .into());
        }
        Ok(tier)
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

impl Places {
    /// Keeps a skill of the person's own. One of that name that is there already stays.
    #[expect(
        clippy::disallowed_methods,
        reason = "the person's own skills, in Deskhand's data folder"
    )]
    pub fn write_skill(&self, name: &str, text: &str) -> Result<()> {
        let folder = self.home.join("skills").join(name);
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            let mut options = std::fs::OpenOptions::new();
            let mut open = options.write(true).create_new(true).open(folder.join("SKILL.md"))?;
            std::io::Write::write_all(&mut open, text.as_bytes())
        };
        write().with_context(|| {
            format!(
                "{} cannot be made; nothing was changed",
                folder.join("SKILL.md").display()
            )
        })
    }

    /// Replaces a file of Deskhand's own in the data folder, in one step: afterwards it is the old or the new one.
    #[expect(
        clippy::disallowed_methods,
        reason = "Deskhand's own configuration, not a granted folder"
    )]
    pub fn set_own_text(&self, name: &str, text: &str) -> Result<()> {
        let (file, fresh) = (self.home.join(name), self.home.join(format!(".{name}.new")));
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.home)?;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut open = options.open(&fresh)?;
            std::io::Write::write_all(&mut open, text.as_bytes())?;
            open.sync_all()?;
            std::fs::rename(&fresh, &file)
        };
        write().with_context(|| format!("{} cannot be written; it is as it was", file.display()))
    }
}

/// What the settings say about models.
pub(crate) fn models(places: &Places) -> Result<Models> {
    Ok(Models {
        config: settings(places)?.models,
        env: Arc::new(|name| std::env::var(name).ok()),
    })
}

/// The limits of tasks that name none.
pub(crate) fn budget(places: &Places) -> Result<Budget> {
    let BudgetFile {
        max_turns,
        max_usd,
        max_tokens,
        max_minutes,
    } = settings(places)?.budget;
    if max_usd.is_some_and(|usd| !Budget::is_amount(usd)) {
        return Err(Usage(
            "`budget.max_usd` in settings.toml is not an amount of money; nothing was started".to_owned(),
        )
        .into());
    }
    Ok(Budget {
        max_turns,
        max_usd,
        max_tokens,
        max_minutes,
    })
}

/// What the settings say about where commands run.
pub(crate) fn sandbox_settings(places: &Places) -> Result<SandboxFile> {
    Ok(settings(places)?.sandbox)
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

/// The organisation's rule files: the platform's, and a further one that `DESKHAND_MANAGED_POLICY` names, for trying rules
/// out before they are rolled out. That one stands below the platform's and so cannot loosen it.
pub(crate) fn managed_files() -> Vec<PathBuf> {
    let further = std::env::var_os("DESKHAND_MANAGED_POLICY").filter(|file| !file.is_empty());
    std::iter::once(deskhand_engine::managed_policy_file())
        .chain(further.map(PathBuf::from))
        .collect()
}

/// The engine of this machine.
pub(crate) fn engine(places: &Places) -> Result<Engine> {
    engine_of(places, "deskhand")
}

/// The same, for a process that names itself so to whoever finds a task taken.
pub(crate) fn engine_of(places: &Places, owner: &str) -> Result<Engine> {
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
        managed: managed_files(),
        network: NetworkSettings {
            rules: places.own_text("network.toml")?,
            credentials: settings.network.credentials,
            listed: None,
            instead: None,
        },
        local: local_model(places).map(Arc::new),
        rooms: Some(Arc::new(Sandboxes::new(
            places.cache.clone(),
            settings.sandbox.options(),
        ))),
        retention: retention::Policy {
            keep_days: settings.retention.keep_days,
            max_bytes: settings.retention.max_gib << 30,
        },
        tokens: Arc::new(TokenFile::new(&places.home, settings.secrets.in_keychain())),
        clock: Arc::new(SystemClock),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        owner: owner.to_owned(),
    };
    Ok(Engine::open(config)?)
}
