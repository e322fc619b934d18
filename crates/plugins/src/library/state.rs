//! `state.json`: the one file that says which marketplaces are known and which plugins are installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{PluginId, Scope};
use super::source::MarketplaceSource;

/// The version of the file's form that this program writes.
pub const FORM: u32 = 1;

/// A marketplace that was added.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct KnownMarketplace {
    /// Where it comes from.
    pub source: MarketplaceSource,
    /// The folder that holds `.claude-plugin/`. Relative: below the library's root.
    pub folder: PathBuf,
    /// The commit, when it is a checkout.
    pub commit: Option<String>,
    /// Seconds since 1970.
    pub updated: u64,
}

/// A plugin for one scope.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Placement {
    /// For whom.
    pub scope: Scope,
    /// Whether it is switched on there.
    pub enabled: bool,
}

/// An installed plugin.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Installed {
    /// Its version, as it is compared and shown.
    pub version: String,
    /// Its folder below the library's root, `cache/<marketplace>/<plugin>/<version>`.
    pub folder: PathBuf,
    /// The name of its folder below `data/`, and the owner of its secrets; a rename of the plugin does not change it.
    pub data: String,
    /// SHA-256 of the content that was accepted, with the packages that were added then.
    pub content: String,
    /// The marketplace's entry as it was when this version was installed.
    pub entry: Option<Value>,
    /// Whether the entry's source was the marketplace's own root.
    pub marketplace_root: bool,
    /// The commit it is from, if from git.
    pub commit: Option<String>,
    /// For whom, sorted.
    pub placements: Vec<Placement>,
    /// What it needs.
    pub dependencies: Vec<Need>,
    /// Installed only because another needs it.
    pub automatic: bool,
    /// Seconds since 1970.
    pub installed: u64,
    /// SHA-256 of the content that was looked at, before its packages were added; `None`: the same as `content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<String>,
    /// What did not work while installing, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A dependency as it was resolved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Need {
    /// Which plugin.
    pub id: PluginId,
    /// A semver range.
    pub range: Option<String>,
}

/// A version that was replaced and is kept for a while, for tasks that still use it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Retired {
    pub folder: PathBuf,
    pub since: u64,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub form: u32,
    #[serde(default)]
    pub marketplaces: BTreeMap<String, KnownMarketplace>,
    #[serde(default)]
    pub plugins: BTreeMap<PluginId, Installed>,
    #[serde(default)]
    pub retired: Vec<Retired>,
    /// Folders below `data/` to be deleted: named here before, so that a crash does not forget them.
    #[serde(default)]
    pub doomed: BTreeSet<String>,
    /// Owners and keys of secrets to be forgotten: named here before, so that neither a crash forgets them nor a removal
    /// that was not done loses them.
    #[serde(default)]
    pub doomed_secrets: BTreeSet<(String, String)>,
    /// Exact commands a person accepted.
    #[serde(default)]
    pub commands: BTreeSet<String>,
    /// Values that are no secrets, by plugin and key.
    #[serde(default)]
    pub options: BTreeMap<PluginId, BTreeMap<String, Value>>,
}
