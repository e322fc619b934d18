//! What settings say about models. Holds where a key is found, never the key.

use std::collections::BTreeMap;

use deskhand_types::ModelProfile;
use serde::{Deserialize, Serialize};

use crate::RetryPolicy;

/// Everything the settings say about models.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsConfig {
    /// The default model as `PROVIDER/NAME` or `PROVIDER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The providers. Built-in ones need no entry when the environment says enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderConfig>,
    /// Profiles that come before the built-in table where their pattern is as long or longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ModelProfile>,
}

/// What kind of server a provider is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// Anthropic's Messages API, or a gateway that speaks it.
    Anthropic,
    /// Claude on Microsoft Foundry.
    Foundry,
    /// OpenAI, or any server that speaks its Responses or Chat Completions API.
    Openai,
}

impl ProviderKind {
    /// The id a provider of this kind has by default.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Foundry => "foundry",
            Self::Openai => "openai",
        }
    }
}

/// One provider.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// What kind of server it is.
    pub kind: ProviderKind,
    /// Its id, the first half of `PROVIDER/NAME`; the kind's name when unset. Several of one kind have different ids
    /// (`ollama`, `lmstudio`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its address. Anthropic and Foundry: what comes before `/v1/messages`. OpenAI: what comes before
    /// `/chat/completions` or `/responses`, so usually ending in `/v1`. When unset: `ANTHROPIC_BASE_URL`,
    /// `ANTHROPIC_FOUNDRY_BASE_URL` or `OPENAI_BASE_URL`, then the official address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Foundry: the name of the resource, when `base_url` is unset. Otherwise `ANTHROPIC_FOUNDRY_RESOURCE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Where the key is.
    #[serde(default)]
    pub key: KeySource,
    /// How the key is sent; the kind's usual way when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthStyle>,
    /// The model used when only the provider is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// OpenAI: which API. When unset: Responses at OpenAI's and Azure's own addresses, Chat Completions elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<OpenAiApi>,
    /// Names the provider gives to models (Foundry deployments, aliases of a gateway), each with the name of the model
    /// behind it, so that its profile is found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deployments: BTreeMap<String, String>,
    /// Further headers, for gateways. Not for secrets: settings are shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Timeouts, limits and retries.
    #[serde(default)]
    pub tuning: Tuning,
}

impl ProviderConfig {
    /// A provider of that kind with everything at its default.
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            id: None,
            base_url: None,
            resource: None,
            key: KeySource::default(),
            auth: None,
            model: None,
            api: None,
            deployments: BTreeMap::new(),
            headers: BTreeMap::new(),
            tuning: Tuning::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_else(|| self.kind.as_str())
    }

    /// The model behind a name the provider gives.
    pub fn model_behind<'a>(&'a self, name: &'a str) -> &'a str {
        self.deployments.get(name).map_or(name, String::as_str)
    }
}

/// Where a key is found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeySource {
    /// In the environment variables usual for the kind: `ANTHROPIC_API_KEY` or `ANTHROPIC_AUTH_TOKEN` (sent as bearer),
    /// `ANTHROPIC_FOUNDRY_API_KEY`, `OPENAI_API_KEY`. OpenAI-compatible servers may have none.
    #[default]
    Auto,
    /// In this environment variable.
    Env {
        /// Its name.
        name: String,
    },
    /// In the system's keychain: Credential Manager, Keychain, or the Secret Service.
    Keychain {
        /// The service's name.
        service: String,
        /// The account's name.
        account: String,
    },
    /// In the first line a command prints.
    Helper {
        /// The program and its arguments; no shell is involved.
        command: Vec<String>,
        /// How long the key is kept before the command runs again, in seconds. It also runs again when the key is
        /// refused.
        #[serde(default = "default_ttl_secs")]
        ttl_secs: u64,
    },
    /// There is none.
    None,
}

const fn default_ttl_secs() -> u64 {
    300
}

/// How a key is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthStyle {
    /// `x-api-key: KEY`.
    ApiKey,
    /// `authorization: Bearer KEY`.
    Bearer,
    /// `api-key: KEY` (Azure).
    AzureApiKey,
}

/// OpenAI's two APIs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenAiApi {
    /// `POST /responses`: reasoning goes back and forth encrypted.
    Responses,
    /// `POST /chat/completions`: what every compatible server speaks.
    Chat,
}

/// Timeouts, limits and retries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tuning {
    /// The longest wait for a connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// The longest silence of a server, before and within its answer, in milliseconds. Pings count as a sign of life.
    pub idle_timeout_ms: u64,
    /// The longest line of an answer, in bytes.
    pub max_line_bytes: usize,
    /// The longest answer, in bytes.
    pub max_answer_bytes: usize,
    /// Sends a key over plain `http` to another machine. Off: such a provider is refused.
    pub allow_insecure_http: bool,
    /// Retries.
    pub retry: RetryPolicy,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 15_000,
            // A local server may read a long prompt for minutes before its first token.
            idle_timeout_ms: 300_000,
            max_line_bytes: 8 << 20,
            max_answer_bytes: 64 << 20,
            allow_insecure_http: false,
            retry: RetryPolicy::default(),
        }
    }
}
