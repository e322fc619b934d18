//! From settings and environment to a provider and a model.

use std::sync::Arc;

use deskhand_types::{ModelProfile, ModelRef};

use crate::credentials::Credentials;
use crate::remote::Remote;
use crate::retry::{Clock, SystemClock};
use crate::transport::Transport;
use crate::wire::Wire;
use crate::wire::anthropic::{self, Anthropic};
use crate::wire::chat::Chat;
use crate::wire::responses::Responses;
use crate::{
    KeySource, ModelError, ModelListing, ModelProvider, ModelsConfig, OpenAiApi, ProviderConfig, ProviderKind, Result,
    profile,
};

/// Looks up an environment variable; injected, so that tests need none.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A model ready to be asked.
pub struct Resolved {
    /// Its name.
    pub model: ModelRef,
    /// Who answers.
    pub provider: Arc<dyn ModelProvider>,
    /// What it can do.
    pub profile: ModelProfile,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolved")
            .field("model", &self.model)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// Servers with a well-known address: id, address, and the variable their key is in.
const PRESETS: &[(&str, &str, Option<&str>)] = &[
    ("ollama", "http://localhost:11434/v1", None),
    ("lmstudio", "http://localhost:1234/v1", None),
    ("llamacpp", "http://localhost:8080/v1", None),
    ("vllm", "http://localhost:8000/v1", None),
    ("openrouter", "https://openrouter.ai/api/v1", Some("OPENROUTER_API_KEY")),
];

const ANTHROPIC_URL: &str = "https://api.anthropic.com";
const OPENAI_URL: &str = "https://api.openai.com/v1";
const ANTHROPIC_MODEL: &str = "claude-sonnet-5";
const OPENAI_MODEL: &str = "gpt-5.1";

/// The model to use: `wanted` (`PROVIDER/NAME`, `PROVIDER` or `NAME`) or else the default.
///
/// # Errors
/// [`ModelError::NotConfigured`] when nothing is wanted, configured or found in the environment: then the built-in
/// recipes are the answer. Otherwise what is missing.
pub fn resolve(config: &ModelsConfig, wanted: Option<&str>, env: Env<'_>) -> Result<Resolved> {
    let model = match wanted {
        Some(text) => parse_model(config, text, env)?,
        None => default_model(config, env)?.ok_or(ModelError::NotConfigured)?,
    };
    let provider_config = provider_config(config, &model.provider)?;
    let profile = profile::lookup(provider_config.model_behind(&model.name), &config.profiles);
    Ok(Resolved {
        provider: build(&provider_config, env)?,
        model,
        profile,
    })
}

/// The model used when none is named: the settings' default, else the first configured provider, else what the
/// environment has a key for (Anthropic, then Foundry, then OpenAI). `None` = there is no model.
///
/// # Errors
/// When the settings name a provider that does not exist, or one without a model.
pub fn default_model(config: &ModelsConfig, env: Env<'_>) -> Result<Option<ModelRef>> {
    if let Some(text) = &config.default {
        return parse_model(config, text, env).map(Some);
    }
    let set = |name: &str| env(name).is_some_and(|text| !text.trim().is_empty());
    let provider = if let Some(first) = config.providers.first() {
        first.id()
    } else if set("ANTHROPIC_API_KEY") || set("ANTHROPIC_AUTH_TOKEN") {
        "anthropic"
    } else if set("ANTHROPIC_FOUNDRY_API_KEY") {
        "foundry"
    } else if set("OPENAI_API_KEY") || set("OPENAI_BASE_URL") {
        "openai"
    } else {
        return Ok(None);
    };
    let provider_config = provider_config(config, provider)?;
    let name = model_name(&provider_config, env).ok_or_else(|| no_model(&provider_config))?;
    Ok(Some(ModelRef {
        provider: provider.to_owned(),
        name,
    }))
}

/// Reads `PROVIDER/NAME`, `PROVIDER` (its default model) or `NAME` (of the default provider). The name may hold
/// slashes itself (`openrouter/qwen/qwen3-32b`).
///
/// # Errors
/// [`ModelError::UnknownProvider`], or there is no default to complete it.
pub fn parse_model(config: &ModelsConfig, text: &str, env: Env<'_>) -> Result<ModelRef> {
    let text = text.trim();
    let (head, tail) = text
        .split_once('/')
        .map_or((text, None), |(head, tail)| (head, Some(tail)));
    match (provider_config(config, head), tail) {
        (Ok(_), Some(name)) if !name.is_empty() => Ok(ModelRef {
            provider: head.to_owned(),
            name: name.to_owned(),
        }),
        (Ok(provider), _) => {
            let name = model_name(&provider, env).ok_or_else(|| no_model(&provider))?;
            Ok(ModelRef {
                provider: head.to_owned(),
                name,
            })
        }
        (Err(error), Some(_)) => Err(error),
        (Err(error), None) => {
            // A name alone; a default of only a name would be circular.
            let without_default = ModelsConfig {
                default: config.default.clone().filter(|default| default.contains('/')),
                ..config.clone()
            };
            match default_model(&without_default, env)? {
                Some(default) if !text.is_empty() => Ok(ModelRef {
                    name: text.to_owned(),
                    ..default
                }),
                _ => Err(error),
            }
        }
    }
}

/// The settings of a provider: configured, or built in.
fn provider_config(config: &ModelsConfig, id: &str) -> Result<ProviderConfig> {
    if let Some(found) = config.providers.iter().find(|provider| provider.id() == id) {
        return Ok(found.clone());
    }
    let kinds = [ProviderKind::Anthropic, ProviderKind::Foundry, ProviderKind::Openai];
    if let Some(kind) = kinds.into_iter().find(|kind| kind.as_str() == id) {
        return Ok(ProviderConfig::new(kind));
    }
    PRESETS
        .iter()
        .find(|(name, ..)| *name == id)
        .map(|(name, url, key)| ProviderConfig {
            id: Some((*name).to_owned()),
            base_url: Some((*url).to_owned()),
            key: key.map_or(KeySource::None, |name| KeySource::Env { name: name.to_owned() }),
            ..ProviderConfig::new(ProviderKind::Openai)
        })
        .ok_or_else(|| ModelError::UnknownProvider { name: id.to_owned() })
}

/// The model of a provider when only the provider is named.
fn model_name(config: &ProviderConfig, env: Env<'_>) -> Option<String> {
    let variable = |name: &str| {
        env(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    config.model.clone().or_else(|| match config.kind {
        ProviderKind::Anthropic => Some(variable("ANTHROPIC_MODEL").unwrap_or_else(|| ANTHROPIC_MODEL.to_owned())),
        // A deployment is named after its model unless somebody chose otherwise.
        ProviderKind::Foundry => variable("ANTHROPIC_MODEL")
            .or_else(|| config.deployments.keys().next().cloned())
            .or_else(|| Some(ANTHROPIC_MODEL.to_owned())),
        ProviderKind::Openai if config.base_url.is_none() => {
            variable("OPENAI_MODEL").or_else(|| variable("OPENAI_BASE_URL").is_none().then(|| OPENAI_MODEL.to_owned()))
        }
        ProviderKind::Openai => None,
    })
}

fn no_model(config: &ProviderConfig) -> ModelError {
    ModelError::Config {
        provider: config.id().to_owned(),
        reason: format!("it has no default model; name one as {}/NAME", config.id()),
    }
}

/// Makes a provider. Opens no connection; environment variables are read now, helpers and keychain later.
///
/// # Errors
/// When the settings contradict themselves or the environment has no key.
pub fn build(config: &ProviderConfig, env: Env<'_>) -> Result<Arc<dyn ModelProvider>> {
    build_with_clock(config, env, Arc::new(SystemClock))
}

/// As [`build`], with another clock for the waits between attempts.
///
/// # Errors
/// As [`build`].
pub fn build_with_clock(
    config: &ProviderConfig,
    env: Env<'_>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn ModelProvider>> {
    let base = base_url(config, env)?;
    let credentials = Credentials::find(config, env)?;
    let mut headers: Vec<(&str, &str)> = Vec::new();
    let wire: Box<dyn Wire> = match config.kind {
        ProviderKind::Anthropic | ProviderKind::Foundry => {
            headers.push(anthropic::VERSION);
            Box::new(Anthropic {
                deployments: config.deployments.clone(),
            })
        }
        ProviderKind::Openai => {
            let official = is_official(&base);
            match config.api.unwrap_or(if official {
                OpenAiApi::Responses
            } else {
                OpenAiApi::Chat
            }) {
                OpenAiApi::Responses => Box::new(Responses),
                OpenAiApi::Chat => Box::new(Chat { official }),
            }
        }
    };
    headers.extend(
        config
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let transport = Transport::new(config.id(), &base, &headers, credentials.exist(), config.tuning)?;
    let model = model_name(config, env);
    let fixed_listing = (config.kind == ProviderKind::Foundry).then(|| {
        let mut names: Vec<String> = config.deployments.keys().cloned().collect();
        names.extend(model.clone().filter(|model| !config.deployments.contains_key(model)));
        names
            .into_iter()
            .map(|name| ModelListing {
                name,
                display_name: None,
            })
            .collect()
    });
    Ok(Arc::new(Remote {
        id: config.id().to_owned(),
        wire,
        transport,
        credentials,
        clock,
        tuning: config.tuning,
        model,
        fixed_listing,
    }))
}

/// Where requests go, without `/v1` for the Messages API.
fn base_url(config: &ProviderConfig, env: Env<'_>) -> Result<String> {
    let variable = |name: &str| {
        env(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let given = |name: &str| config.base_url.clone().or_else(|| variable(name));
    let base = match config.kind {
        ProviderKind::Anthropic => given("ANTHROPIC_BASE_URL").unwrap_or_else(|| ANTHROPIC_URL.to_owned()),
        ProviderKind::Openai => given("OPENAI_BASE_URL").unwrap_or_else(|| OPENAI_URL.to_owned()),
        ProviderKind::Foundry => {
            let resource = || {
                config
                    .resource
                    .clone()
                    .or_else(|| variable("ANTHROPIC_FOUNDRY_RESOURCE"))
            };
            match (given("ANTHROPIC_FOUNDRY_BASE_URL"), resource()) {
                (Some(url), _) => url,
                (None, Some(resource)) if is_resource_name(&resource) => {
                    format!("https://{resource}.services.ai.azure.com/anthropic")
                }
                (None, Some(_)) => {
                    return Err(ModelError::Config {
                        provider: config.id().to_owned(),
                        reason: "the Foundry resource is a name of letters, digits and hyphens; \
                                 an address goes into base_url"
                            .into(),
                    });
                }
                (None, None) => {
                    return Err(ModelError::Config {
                        provider: config.id().to_owned(),
                        reason: "neither the resource nor the base URL is known \
                                 (ANTHROPIC_FOUNDRY_RESOURCE or ANTHROPIC_FOUNDRY_BASE_URL)"
                            .into(),
                    });
                }
            }
        }
    };
    let base = base.trim().trim_end_matches('/');
    Ok(match config.kind {
        // People paste the address with and without the version; the path of a turn begins with it.
        ProviderKind::Anthropic | ProviderKind::Foundry => base.strip_suffix("/v1").unwrap_or(base),
        ProviderKind::Openai => base,
    }
    .to_owned())
}

/// The hosts at which models are asked: the official ones, and those that settings and environment name. Nothing but
/// this crate may talk to them, since whoever does speaks for the person.
pub fn hosts(config: &ModelsConfig, env: Env<'_>) -> Vec<String> {
    let kinds = [ProviderKind::Anthropic, ProviderKind::Openai, ProviderKind::Foundry];
    let usual = kinds.into_iter().map(ProviderConfig::new);
    let addresses = config
        .providers
        .iter()
        .cloned()
        .chain(usual)
        .filter_map(|provider| base_url(&provider, env).ok())
        .chain([ANTHROPIC_URL, OPENAI_URL].map(str::to_owned))
        .chain(PRESETS.iter().map(|(_, address, _)| (*address).to_owned()));
    let families = [
        "*.anthropic.com",
        "*.openai.com",
        "*.openai.azure.com",
        "*.services.ai.azure.com",
    ];
    let mut hosts: Vec<String> = addresses
        .map(|address| host_of(&address).to_ascii_lowercase())
        .chain(families.map(str::to_owned))
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// A name that cannot turn the address into another one.
fn is_resource_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 63 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// OpenAI's own servers, and Azure's, speak the Responses API and reject the older names of some fields.
fn is_official(base: &str) -> bool {
    let host = host_of(base);
    host == "api.openai.com"
        || host.ends_with(".api.openai.com")
        || host.ends_with(".openai.azure.com")
        || host.ends_with(".services.ai.azure.com")
}

/// The host of an address.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default()
}
