//! Plugins, marketplaces and skills as the interface shows and changes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A plugin that is installed, or could be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Plugin {
    /// `NAME@MARKETPLACE`.
    pub id: String,
    /// What people call it; untrusted.
    pub title: String,
    /// What it is for; untrusted.
    pub about: String,
    /// Its version, as far as it is known.
    pub version: String,
    /// The marketplace it is from.
    pub marketplace: String,
    /// Whether it is installed.
    pub installed: bool,
    /// Whether it is in use.
    pub enabled: bool,
    /// Whether its files are as they were when it was accepted; when not, nothing of it runs.
    pub unchanged: bool,
    /// Why it cannot be installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
}

/// A plugin, with all it brings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PluginPage {
    /// As in the list.
    pub plugin: Plugin,
    /// What it brings and what it would run.
    pub review: PluginReview,
}

/// What a plugin brings, and exactly what it would run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PluginReview {
    /// What accepting takes: it names this content and no other.
    pub token: String,
    /// Its skills and commands, by name; untrusted.
    pub skills: Vec<String>,
    /// Its agents.
    pub agents: Vec<PluginAgent>,
    /// Everything it would run, each with when and the whole command.
    pub runs: Vec<PluginRun>,
    /// Connectors it brings: name and address.
    pub connectors: Vec<NamedPlace>,
    /// What it asks the person for, after it is installed.
    pub asks: Vec<PluginAsk>,
    /// What of it cannot be used, each in a sentence.
    pub notes: Vec<String>,
}

/// An agent a plugin brings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PluginAgent {
    /// Its full name; untrusted, like all of it.
    pub name: String,
    /// The tools it may use, in words.
    pub tools: String,
    /// Its whole prompt.
    pub prompt: String,
}

/// A value a plugin asks the person for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PluginAsk {
    /// Its name in the plugin.
    pub key: String,
    /// What is asked for; the plugin's words.
    pub title: String,
    /// Whether its servers wait for it.
    pub required: bool,
    /// Whether it is kept as a secret.
    pub secret: bool,
}

/// Something a plugin would run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PluginRun {
    /// When: `before a tool is used (Bash)`.
    pub when: String,
    /// The whole command.
    pub command: String,
    /// Where it runs.
    pub place: RunPlace,
}

/// Where something of a plugin runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunPlace {
    /// In the sandbox of the task.
    Sandbox,
    /// As a confined program of this computer.
    Computer,
    /// A model is asked it.
    Model,
    /// Outside: it is sent to an address, or calls a connector's tool.
    Outside,
    /// Nowhere: Deskhand does not run such things.
    Nowhere,
}

/// A name and where it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NamedPlace {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// A skill or a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkillLine {
    /// What is typed after `/`.
    pub name: String,
    /// What it is for; untrusted when it is from others.
    pub about: String,
    /// Where it is from: a plugin's id, `personal`, `bundled`, or a place in a folder.
    pub from: String,
    /// What its arguments are, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// Whether a person can call it with `/`.
    pub for_person: bool,
    /// Whether a model can use it by itself.
    pub for_model: bool,
    /// Whether it is in force: one from a folder has to be trusted first.
    pub trusted: bool,
}

/// What is to be known of a skill's, command's or agent's file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkillNote {
    /// The file, or the plugin's folder.
    pub place: String,
    /// That another is called by its name, or what of it could not be used; a sentence.
    pub message: String,
}

/// A skill with its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkillPage {
    /// As in the list.
    pub skill: SkillLine,
    /// Its text; untrusted when it is from others.
    pub text: String,
    /// Where its file is on this computer.
    pub file: String,
    /// Hash of the whole skill: what trusting takes. Empty when it is in force.
    pub hash: String,
}

/// A skill of a folder to be trusted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustSkill {
    /// Where it is, as in the list.
    pub from: String,
    /// The hash of the page that was read.
    pub hash: String,
}

/// What a person can type behind `/`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Command {
    /// What is typed: `reconciliation`, or `finance:reconciliation` where several have the bare name.
    pub name: String,
    /// The name that always works: `finance:reconciliation`.
    pub full: String,
    /// What it is for; untrusted when it is from others.
    pub about: String,
    /// What its arguments are, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}

/// A marketplace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Marketplace {
    /// Its name.
    pub name: String,
    /// Where it is from.
    pub source: String,
    /// How many plugins it lists; absent when it does not load now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugins: Option<u32>,
}

/// A marketplace to be added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AddMarketplace {
    /// A folder, a git address, or `OWNER/REPOSITORY`.
    pub source: String,
}

/// A plugin to be looked at before it is installed, or to be accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct InstallPlugin {
    /// `NAME@MARKETPLACE`.
    pub id: String,
    /// The token of the review that was seen; absent to get one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Whether a plugin is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetEnabled {
    /// Whether it is.
    pub enabled: bool,
}
