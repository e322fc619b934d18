//! Bundles of connectors (`.mcpb`) as the interface shows and sets them up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A bundle before it is installed. Every text in it is its author's.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundlePage {
    /// What it is installed by.
    pub id: String,
    /// What the connector will be called.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is said to do.
    pub description: String,
    /// Who is said to have made it.
    pub author: String,
    /// Whether it carries a signature, which is not verified.
    pub signed: bool,
    /// The whole command that will run; empty while settings are missing or wrong.
    pub command: String,
    /// What the program gets of this computer, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// What it asks for.
    pub settings: Vec<BundleSetting>,
    /// Keys of settings that must be given first.
    pub missing: Vec<String>,
    /// What is wrong with a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
    /// Why it will not run here.
    pub obstacles: Vec<String>,
    /// What was noticed while it was read.
    pub notes: Vec<String>,
}

/// One thing a bundle asks for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundleSetting {
    /// Its key.
    pub key: String,
    /// What it is.
    pub kind: BundleSettingKind,
    /// Its name for people.
    pub title: String,
    /// What it is for. May be empty.
    pub about: String,
    /// Whether the server cannot run without.
    pub required: bool,
    /// Whether it takes several values.
    pub multiple: bool,
    /// Whether it is a secret.
    pub secret: bool,
    /// What it is unless told otherwise. May be empty.
    pub fallback: String,
    /// Smallest and largest number, in words. May be empty.
    pub range: String,
}

/// What a setting of a bundle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BundleSettingKind {
    /// Text.
    String,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A folder of this computer, by its whole path.
    Directory,
    /// A file of this computer, by its whole path.
    File,
}

/// How a bundle is set up.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SetUpBundle {
    /// What the connector is called; empty: as the bundle calls itself.
    #[serde(default)]
    pub name: String,
    /// Values of its settings, by key; lists for those that take several.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// Whether its program may use the network.
    #[serde(default)]
    pub network: bool,
}
