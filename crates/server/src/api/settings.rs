//! Settings as the interface shows and changes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Permission;

/// A standing folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StandingFolder {
    /// Its name for tasks.
    pub name: String,
    /// On this computer.
    pub path: String,
    /// What may be done there.
    pub mode: Permission,
    /// Whether it lies outside the personal folder.
    pub outside_home: bool,
}

/// A folder to be granted for every task that names none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantFolder {
    /// On this computer.
    pub path: String,
    /// What may be done there.
    #[serde(default)]
    pub mode: Permission,
    /// Whether a folder outside the personal one is allowed (recorded).
    #[serde(default)]
    pub allow_outside_home: bool,
}

/// Instructions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Instructions {
    /// The person's own, for every task; empty = none.
    pub global: String,
    /// Instruction files in standing folders.
    pub files: Vec<InstructionFile>,
}

/// An instructions file in a standing folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct InstructionFile {
    /// On this computer.
    pub file: String,
    /// Hash of its text: what trusting takes.
    pub hash: String,
    /// Whether it is in force as it stands.
    pub trusted: bool,
    /// Its text.
    pub text: String,
}

/// The person's own instructions, to be set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetInstructions {
    /// The text; empty = none.
    pub text: String,
}

/// An instructions file to be trusted as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustInstructions {
    /// On this computer.
    pub file: String,
    /// Hash of the text that was seen.
    pub hash: String,
}

/// How the interface looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Appearance {
    /// Light or dark.
    pub theme: Theme,
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// A provider of models.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// Its id: the first half of `PROVIDER/NAME`.
    pub id: String,
    /// `anthropic`, `foundry` or `openai`.
    pub kind: String,
    /// What people call it.
    pub title: String,
    /// Its address, where one is set.
    pub base_url: String,
    /// The model used when only the provider is named.
    pub model: String,
    /// Where its key is.
    pub key: KeyPlace,
    /// Whether it can be used now.
    pub ready: bool,
    /// Whether its models are used when none is chosen.
    pub default: bool,
}

/// Where a provider's key is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    /// In the environment variables usual for the provider, or it needs none.
    Usual,
    /// Nowhere, and it needs one.
    Missing,
    /// In an environment variable that the settings name.
    Environment,
    /// In the system's keychain.
    Keychain,
    /// A program of the person's gives it.
    Helper,
    /// The settings say that it needs none.
    NotNeeded,
}

/// A provider to be set up or changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetProvider {
    /// `anthropic`, `foundry` or `openai`.
    pub kind: String,
    /// Its address; empty = the official one.
    #[serde(default)]
    pub base_url: String,
    /// The model; empty = the provider's usual one.
    #[serde(default)]
    pub model: String,
    /// A key to be kept in the system's keychain; absent = as it is, empty = removed.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether its models are used when none is chosen.
    #[serde(default)]
    pub default: bool,
}

/// The smallest round trip to a model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelTest {
    /// Whether it worked.
    pub ok: bool,
    /// What happened, in a sentence.
    pub detail: String,
    /// Milliseconds.
    pub took_ms: u64,
}

/// The small local model, which answers recipes' questions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LocalModelPage {
    /// Whether its program is on this computer; without it there is nothing to fetch weights for.
    pub program: bool,
    /// Whether its weights are there.
    pub ready: bool,
    /// Bytes of what is there.
    pub bytes: u64,
}

/// The rules of the policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// The person's own rules, as TOML.
    pub own: String,
    /// The organisation's rule files; only an administrator changes them.
    #[serde(default)]
    pub managed: Vec<PolicyFile>,
    /// All rules in force, those that count first coming first.
    pub rules: Vec<PolicyRule>,
}

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyRule {
    /// Its name.
    pub name: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// Why, in a sentence.
    pub reason: String,
    /// Whether the person wrote it.
    pub own: bool,
    /// Whether the organisation set it; it cannot be changed here.
    #[serde(default)]
    pub managed: bool,
    /// The file it stands in; empty for Deskhand's own and for what was decided about a connector's tool.
    #[serde(default)]
    pub file: String,
}

/// A rule file of the organisation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyFile {
    /// Where it is.
    pub file: String,
    /// What is wrong with it; no task is worked on then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A value allowed for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StandingValue {
    /// Its id, to take it back.
    pub id: String,
    /// For which class of effects: `outward` or `fetch`.
    pub effect: String,
    /// `recipient` or `url`.
    pub kind: String,
    /// The value.
    pub value: String,
    /// Since when, in milliseconds since 1970.
    pub since: u64,
    /// The task whose question offered it; unknown for values allowed by earlier versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// That task's title; none where the task is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The person's own rules, to be set. They are checked with their examples; wrong ones change nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetPolicy {
    /// TOML.
    pub own: String,
}

/// Rules to be tried as the person's own on what tasks did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TryPolicy {
    /// TOML.
    pub own: String,
    /// The only task to try them on; without it, the latest ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
}

/// What rules would have decided about what tasks did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyTrial {
    /// What is wrong with the rules; the rest is empty then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Tasks that were looked at.
    pub tasks: u64,
    /// Decisions of earlier tasks that were judged again.
    pub judged: u64,
    /// Decisions that could not be: a value the call took is not kept any more, or its connector is gone or the tool blocked.
    pub left_out: u64,
    /// Those that would come out differently.
    pub different: Vec<PolicyDifference>,
}

/// A decision that would come out differently.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyDifference {
    /// The task.
    pub task: String,
    /// Its title.
    pub title: String,
    /// The call.
    pub call: String,
    /// The action, in a line.
    pub summary: String,
    /// What was decided.
    pub before: String,
    /// What would be decided.
    pub after: String,
    /// By which rule.
    pub rule: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// The sandbox, part by part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SandboxPage {
    /// Whether commands can run.
    pub ready: bool,
    /// What is there and what is missing.
    pub parts: Vec<SandboxPart>,
    /// Whether the image can be built here.
    pub can_build: bool,
    /// How fast it is, in a sentence.
    pub speed: String,
    /// How much room it takes, in a sentence.
    pub disk: String,
}

/// One thing the sandbox needs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SandboxPart {
    /// What.
    pub name: String,
    /// Whether it is there.
    pub ok: bool,
    /// More about it.
    pub detail: String,
    /// What to do when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// One request of a command to the network.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NetworkEntry {
    /// The task.
    pub task: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// `GET`, `POST`, …
    pub method: String,
    /// `https://example.org:443/path`
    pub url: String,
    /// Whether it was let through.
    pub allowed: bool,
    /// Why.
    pub reason: String,
    /// HTTP status, where there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of body sent.
    pub sent: u64,
    /// Bytes of body received.
    pub received: u64,
}

/// What tasks used.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UsageLine {
    /// The model.
    pub model: String,
    /// Tasks.
    pub tasks: u64,
    /// Turns.
    pub turns: u64,
    /// Tokens read, also from the cache.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// US dollars.
    pub cost_usd: f64,
    /// How often the person was asked whether something may be done.
    pub asked: u64,
    /// On how many cards: questions of one turn about the same recipient come as one.
    pub cards: u64,
    /// How often they said no.
    pub denied: u64,
}

/// What is kept on disk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Storage {
    /// Where Deskhand's data is.
    pub place: String,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Bytes kept for undo.
    pub kept_bytes: u64,
    /// How many contents are kept.
    pub kept: u64,
    /// Days contents are kept after a task's end.
    pub keep_days: u32,
    /// Most bytes kept.
    pub max_bytes: u64,
    /// When storage was last tidied, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tidied_at: Option<i64>,
    /// What can be made or fetched anew: deleting it loses nothing.
    pub cache: Vec<CacheUse>,
}

/// A part of the cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CachePart {
    /// The image of the machine that commands run in, and what building it left.
    Image,
    /// Saved machines that others start from.
    Templates,
    /// Weights of the small local model.
    LocalModel,
    /// Anything else.
    Other,
}

/// What a part of the cache takes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CacheUse {
    /// Which.
    pub part: CachePart,
    /// Bytes on disk.
    pub bytes: u64,
}

/// A part of the cache to be deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CleanCache {
    /// Which.
    pub part: CachePart,
}

/// What works on this computer and what is missing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it is there.
    pub ok: bool,
    /// Whether Deskhand cannot work without it.
    pub needed: bool,
    /// More about it.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The part of the settings in which it is set up: `models`, `sandbox`, `storage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
}

/// What this program is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct About {
    /// Its version.
    pub version: String,
    /// What each version brought, newest first.
    pub releases: Vec<Release>,
}

/// What a person notices of one version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Release {
    /// The version, with its day when it has one.
    pub name: String,
    /// Markdown.
    pub changes: String,
}
