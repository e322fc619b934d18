//! Servers that plugins in force bring.

use std::collections::BTreeMap;
use std::path::Path;

use deskhand_mcp::Tokens;
use deskhand_plugins::format::coerce;
use deskhand_plugins::format::manifest::ConfigOption;
use deskhand_plugins::format::servers::resolve;
use deskhand_plugins::format::variables::Variables;
use deskhand_plugins::library::config::check;
use deskhand_types::{ProgramAccess, SharedFolder};
use serde_json::Value;

use super::PluginServer;
use crate::EngineError;
use crate::plugins::{Enabled, Plugins, Shelf as _, kept_secret};

/// What the names of plugins' secrets begin with.
pub(super) const SECRET: &str = "user_config.";

/// What a server's plugin asks of the person.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PluginValues {
    /// The plugin, as `name@marketplace`.
    pub plugin: String,
    /// Under whose name its secrets are kept.
    pub owner: String,
    /// Secret values that are set. They stand in the entry by name, and are looked up when the server is started.
    pub secrets: BTreeMap<String, ConfigOption>,
    /// Values that are needed and not set: the server is not started without them.
    pub missing: Vec<String>,
}

impl PluginValues {
    fn of(enabled: &Enabled) -> Self {
        let is_secret = |key: &str| enabled.sensitive.contains(key) && enabled.config.contains_key(key);
        let asks = enabled.plugin.manifest.user_config.iter();
        let secrets = asks.filter(|(key, _)| is_secret(key));
        let owner = enabled.data.file_name().unwrap_or_default().to_string_lossy();
        Self {
            plugin: enabled.id.clone(),
            owner: owner.into_owned(),
            secrets: secrets.map(|(key, option)| (key.clone(), option.clone())).collect(),
            missing: enabled.missing.clone(),
        }
    }

    /// What stands for a secret in an entry. It names the plugin, so that two plugins with the same program and other keys
    /// stay two servers.
    fn name(&self, key: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let owner: String = self.owner.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        format!("{SECRET}{owner}.{key}")
    }

    /// The secrets by the names that stand for them.
    ///
    /// # Errors
    /// In words, when they cannot be looked up.
    pub(super) async fn look_up(&self, tokens: &dyn Tokens) -> Result<BTreeMap<String, String>, String> {
        let mut found = BTreeMap::new();
        for (key, option) in &self.secrets {
            let kept = kept_secret(tokens, &self.owner, key).await?;
            let kept = kept.filter(|value| check(option, value).is_ok());
            let value = kept.or_else(|| option.default.clone());
            found.extend(value.as_ref().and_then(coerce::text).map(|text| (self.name(key), text)));
        }
        Ok(found)
    }

    /// Why the server is not started, if it is not.
    pub(super) fn unmet(&self) -> Option<String> {
        (!self.missing.is_empty()).then(|| {
            format!(
                "its plugin asks you for {}, so it is not started: `deskhand plugins options {}`",
                self.missing.join(", "),
                self.plugin
            )
        })
    }
}

/// The servers of all plugins in force, with their own variables put in, secrets by name. What cannot be used of them is
/// told where the plugin is shown.
pub(super) fn servers(plugins: &Plugins) -> Vec<PluginServer> {
    if !plugins.is_there() {
        return Vec::new();
    }
    let mut ignored = Vec::new();
    plugins.enabled(&mut ignored).iter().flat_map(servers_of).collect()
}

/// The servers of all plugins that are installed, in force or not.
///
/// # Errors
/// When what is installed cannot be read.
pub(super) fn installed(plugins: &Plugins) -> Result<Vec<PluginServer>, EngineError> {
    if !plugins.is_there() {
        return Ok(Vec::new());
    }
    Ok(plugins.installed()?.iter().flat_map(servers_of).collect())
}

fn servers_of(enabled: &Enabled) -> Vec<PluginServer> {
    let root = &enabled.plugin.root;
    let values = PluginValues::of(enabled);
    let mut user_config = enabled.config.clone();
    for key in values.secrets.keys() {
        user_config.insert(key.clone(), Value::from(format!("${{{}}}", values.name(key))));
    }
    let variables = Variables {
        plugin_root: Some(root.clone()),
        plugin_data: Some(enabled.data.clone()),
        user_config,
        sensitive: enabled.sensitive.clone(),
        ..Variables::default()
    };
    let share = |path: &Path, writable| SharedFolder {
        path: path.to_string_lossy().into_owned(),
        writable,
    };
    let access = ProgramAccess {
        folders: vec![share(root, false), share(&enabled.data, true)],
        ..ProgramAccess::default()
    };
    let mut ignored = Vec::new();
    resolve(&enabled.plugin, &variables, &mut ignored)
        .into_iter()
        .map(|server| PluginServer {
            plugin: enabled.plugin.name.clone(),
            key: server.key,
            entry: server.config,
            access: access.clone(),
            values: values.clone(),
        })
        .collect()
}
