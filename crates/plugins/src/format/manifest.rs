//! `plugin.json` and what a marketplace's entry adds to it.
//!
//! The manifest is optional. With one, only `name` is required; an unknown top-level key is a finding, a wrong type on a known
//! key costs the plugin (except under `experimental` and `metadata`). Source: the plugin reference of Claude Code as
//! restated in issue 5 (A4, A5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod entry;
mod keys;
mod read;
mod strict;

pub use entry::{Conflict, Entry, merge};
pub use read::{from_value, parse};

/// What a plugin says about itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// The name in the file; a plugin's identity is its *entry's* name where it comes from a marketplace.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text; the same text means there is no update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// A web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// A web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// A licence's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// For search.
    pub keywords: Vec<String>,
    /// Nobody's business but the author's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Whether it is on once installed; on when not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_enabled: Option<bool>,
    /// Folders of skills, beside `skills/` (which they replace only at a marketplace's root). `None`: not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skills: Option<Vec<String>>,
    /// Files or folders of commands, instead of `commands/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// Files or folders of agents, instead of `agents/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agents: Option<Vec<String>>,
    /// Instead of `workflows/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflows: Option<Vec<String>>,
    /// Instead of `output-styles/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_styles: Option<Vec<String>>,
    /// Beside `hooks/hooks.json`: paths and inline objects.
    pub hooks: Vec<Component>,
    /// Beside `.mcp.json`: paths (also of `.mcpb` bundles) and inline objects.
    pub mcp_servers: Vec<Component>,
    /// Beside `.lsp.json`: paths and inline objects.
    pub lsp_servers: Vec<Component>,
    /// Instead of `themes/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub themes: Option<Vec<String>>,
    /// Instead of `monitors/monitors.json`: paths and inline arrays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitors: Option<Vec<Component>>,
    /// What a person is asked for when it is switched on.
    pub user_config: BTreeMap<String, ConfigOption>,
    /// Servers that may speak up by themselves.
    pub channels: Vec<Channel>,
    /// Other plugins it needs.
    pub dependencies: Vec<Dependency>,
}

/// Who made a plugin.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Author {
    /// A person's or a company's name.
    pub name: String,
    /// Mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A component said by path or written out in the manifest.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Component {
    /// A file below the plugin's root, `./…`.
    Path(String),
    /// Written out.
    Inline(Value),
}

/// One value a person is asked for. Unknown keys in it are errors.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigOption {
    /// What is asked for.
    #[serde(rename = "type")]
    pub kind: ConfigKind,
    /// The question, short.
    pub title: String,
    /// The question, long.
    pub description: String,
    /// Kept in the system's keychain; never in a text a model reads.
    #[serde(default)]
    pub sensitive: bool,
    /// The plugin does not start without it.
    #[serde(default)]
    pub required: bool,
    /// Taken where the person says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Several values (strings only).
    #[serde(default)]
    pub multiple: bool,
    /// Smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// The type of a value a person is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfigKind {
    /// Text.
    String,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A folder's path.
    Directory,
    /// A file's path.
    File,
}

/// A server that may speak up by itself. Unknown keys in it are errors.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Channel {
    /// A key of `mcpServers`.
    pub server: String,
    /// What this channel asks a person for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub user_config: BTreeMap<String, ConfigOption>,
}

/// Another plugin that is needed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// A range in semver's notation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it is, when not in the same marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace: Option<String>,
}

impl Manifest {
    /// Whether it names any component itself (decides the conflict with `strict: false`).
    pub fn declares_components(&self) -> bool {
        self.skills.is_some()
            || self.commands.is_some()
            || self.agents.is_some()
            || self.workflows.is_some()
            || self.output_styles.is_some()
            || !self.hooks.is_empty()
            || !self.mcp_servers.is_empty()
            || !self.lsp_servers.is_empty()
            || self.themes.is_some()
            || self.monitors.is_some()
    }

    /// The options whose values no text, prompt or log may hold.
    pub fn sensitive_keys(&self) -> impl Iterator<Item = &str> {
        let channels = self.channels.iter().flat_map(|channel| &channel.user_config);
        self.user_config
            .iter()
            .chain(channels)
            .filter(|(_, option)| option.sensitive)
            .map(|(key, _)| key.as_str())
    }
}
