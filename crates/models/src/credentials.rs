//! Where keys come from and how they are put on a request. Nothing else in Deskhand sees a key.

use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use tokio::io::AsyncReadExt;

use crate::{AuthStyle, KeySource, ModelError, ProviderConfig, ProviderKind, Result, Secret, keychain};

/// A helper that runs longer than this is stopped: signing in to a cloud takes seconds.
const HELPER_TIMEOUT: Duration = Duration::from_mins(1);
/// No key is longer; an Entra token has a few thousand bytes.
const HELPER_OUTPUT_BYTES: u64 = 64 << 10;

/// The credential of one provider.
pub(crate) struct Credentials {
    provider: String,
    style: AuthStyle,
    source: Source,
}

enum Source {
    None,
    Fixed(Secret),
    Fetched {
        from: Fetch,
        ttl: Duration,
        held: Mutex<Option<(Instant, Secret)>>,
    },
}

enum Fetch {
    Helper(Vec<String>),
    Keychain { service: String, account: String },
}

impl Credentials {
    /// Finds where the key is; environment variables are read now, helpers and the keychain when a request is made.
    pub(crate) fn find(config: &ProviderConfig, env: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let provider = config.id().to_owned();
        let usual = match config.kind {
            ProviderKind::Anthropic | ProviderKind::Foundry => AuthStyle::ApiKey,
            ProviderKind::Openai => AuthStyle::Bearer,
        };
        let mut style = config.auth.unwrap_or(usual);
        let read = |name: &str| {
            env(name)
                .map(|text| Secret::new(&text))
                .filter(|secret| !secret.is_empty())
        };
        let missing = |tried: String| ModelError::NoKey {
            provider: provider.clone(),
            tried,
        };
        let source = match &config.key {
            KeySource::None => Source::None,
            KeySource::Env { name } => {
                Source::Fixed(read(name).ok_or_else(|| missing(format!("the environment variable {name} is not set")))?)
            }
            KeySource::Helper { command, ttl_secs } => {
                Source::fetched(Fetch::Helper(command.clone()), Duration::from_secs(*ttl_secs))
            }
            KeySource::Keychain { service, account } => Source::fetched(
                Fetch::Keychain {
                    service: service.clone(),
                    account: account.clone(),
                },
                Duration::from_secs(u64::from(u32::MAX)),
            ),
            KeySource::Auto => match config.kind {
                ProviderKind::Anthropic => {
                    if let Some(key) = read("ANTHROPIC_API_KEY") {
                        Source::Fixed(key)
                    } else if let Some(token) = read("ANTHROPIC_AUTH_TOKEN") {
                        style = config.auth.unwrap_or(AuthStyle::Bearer);
                        Source::Fixed(token)
                    } else {
                        return Err(missing(
                            "neither ANTHROPIC_API_KEY nor ANTHROPIC_AUTH_TOKEN is set".into(),
                        ));
                    }
                }
                ProviderKind::Foundry => Source::Fixed(
                    read("ANTHROPIC_FOUNDRY_API_KEY")
                        .ok_or_else(|| missing("ANTHROPIC_FOUNDRY_API_KEY is not set".into()))?,
                ),
                // Servers on the person's own machine usually want none. A configured address never gets the key of
                // another company by accident: OPENAI_API_KEY goes only where OPENAI_BASE_URL or nothing says so.
                ProviderKind::Openai => match (&config.base_url, read("OPENAI_API_KEY")) {
                    (None, Some(key)) => Source::Fixed(key),
                    _ => Source::None,
                },
            },
        };
        Ok(Self {
            provider,
            style,
            source,
        })
    }

    /// Whether a key is sent at all.
    pub(crate) const fn exist(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// Whether fetching the key again may give another one.
    pub(crate) const fn can_change(&self) -> bool {
        matches!(self.source, Source::Fetched { .. })
    }

    /// Forgets a fetched key, because it was refused.
    pub(crate) fn forget(&self) {
        if let Source::Fetched { held, .. } = &self.source
            && let Ok(mut held) = held.lock()
        {
            *held = None;
        }
    }

    /// The key, fetched when it is not held or too old.
    pub(crate) async fn key(&self) -> Result<Option<Secret>> {
        let (from, ttl, held) = match &self.source {
            Source::None => return Ok(None),
            Source::Fixed(secret) => return Ok(Some(secret.clone())),
            Source::Fetched { from, ttl, held } => (from, ttl, held),
        };
        let fresh = held.lock().ok().and_then(|held| match &*held {
            Some((at, secret)) if at.elapsed() < *ttl => Some(secret.clone()),
            _ => None,
        });
        if fresh.is_some() {
            return Ok(fresh);
        }
        let secret = match from {
            Fetch::Helper(command) => run_helper(command).await,
            Fetch::Keychain { service, account } => keychain::read_key(service, account).await,
        }
        .map_err(|reason| ModelError::KeySource {
            provider: self.provider.clone(),
            reason,
        })?;
        if let Ok(mut held) = held.lock() {
            *held = Some((Instant::now(), secret.clone()));
        }
        Ok(Some(secret))
    }

    /// The header that carries the key, marked as sensitive so that no HTTP log shows it.
    pub(crate) fn header(&self, key: &Secret) -> Result<(HeaderName, HeaderValue)> {
        let (name, text) = match self.style {
            AuthStyle::ApiKey => (
                HeaderName::from_static("x-api-key"),
                zeroize::Zeroizing::new(key.expose().to_owned()),
            ),
            AuthStyle::AzureApiKey => (
                HeaderName::from_static("api-key"),
                zeroize::Zeroizing::new(key.expose().to_owned()),
            ),
            AuthStyle::Bearer => (
                AUTHORIZATION,
                zeroize::Zeroizing::new(format!("Bearer {}", key.expose())),
            ),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| ModelError::KeySource {
            provider: self.provider.clone(),
            reason: "it has characters no key can have".into(),
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

impl Source {
    const fn fetched(from: Fetch, ttl: Duration) -> Self {
        Self::Fetched {
            from,
            ttl,
            held: Mutex::new(None),
        }
    }
}

/// Runs a command that prints a key. What it prints is never part of the error.
pub(crate) async fn run_helper(command: &[String]) -> Result<Secret, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("the key helper's command is empty".into());
    };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("the key helper `{program}` cannot be started: {error}"))?;
    let mut output = zeroize::Zeroizing::new(Vec::new());
    let run = async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(HELPER_OUTPUT_BYTES).read_to_end(&mut output).await?;
        }
        child.wait().await
    };
    let status = match tokio::time::timeout(HELPER_TIMEOUT, run).await {
        Err(_) => {
            return Err(format!(
                "the key helper `{program}` did not end within {} s",
                HELPER_TIMEOUT.as_secs()
            ));
        }
        Ok(Err(error)) => return Err(format!("the key helper `{program}` failed: {error}")),
        Ok(Ok(status)) => status,
    };
    if !status.success() {
        return Err(format!("the key helper `{program}` failed ({status})"));
    }
    let text = std::str::from_utf8(&output).map_err(|_| format!("the key helper `{program}` printed no text"))?;
    let secret = Secret::new(text.trim().lines().next().unwrap_or_default());
    if secret.is_empty() {
        return Err(format!("the key helper `{program}` printed nothing"));
    }
    Ok(secret)
}
