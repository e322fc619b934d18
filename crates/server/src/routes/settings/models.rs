//! Models: providers, their keys in the system's keychain, and the smallest round trip that proves them.

mod file;

use std::time::Instant;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::Models;
use deskhand_models::{KeySource, ProviderConfig, ProviderKind, Secret};

use super::{FILE, host_failure, write};
use crate::{
    Failure,
    api::{KeyPlace, ModelTest, Problem, Provider, SetProvider},
    described::{Routes, routes},
    state::Shared,
};

/// Where keys are in the keychain; the account is the provider's id.
const SERVICE: &str = "deskhand";

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(set, remove))
        .routes(routes!(test))
}

/// Every provider there is: those the settings name, and the built-in ones.
fn providers(models: &Models) -> Vec<Provider> {
    let ready = models.ready();
    let usual = models.resolve(None).ok().map(|chosen| chosen.model.provider);
    let built_in = [ProviderKind::Anthropic, ProviderKind::Foundry, ProviderKind::Openai]
        .into_iter()
        .map(ProviderConfig::new)
        .filter(|config| !models.config.providers.iter().any(|known| known.id() == config.id()));
    models
        .config
        .providers
        .iter()
        .cloned()
        .chain(built_in)
        .map(|config| {
            let id = config.id().to_owned();
            let is_ready = ready.contains(&id);
            Provider {
                kind: config.kind.as_str().to_owned(),
                title: title(&config),
                base_url: config.base_url.clone().unwrap_or_default(),
                model: config.model.clone().unwrap_or_default(),
                key: key_place(&config.key, is_ready),
                ready: is_ready,
                default: usual.as_ref() == Some(&id),
                id,
            }
        })
        .collect()
}

fn title(config: &ProviderConfig) -> String {
    match (config.id(), config.kind) {
        ("anthropic", _) => "Claude (Anthropic)".to_owned(),
        ("foundry", _) => "Claude on Microsoft Foundry".to_owned(),
        ("openai", _) => "OpenAI".to_owned(),
        (id, ProviderKind::Openai) => format!("{id} (OpenAI-compatible)"),
        (id, _) => id.to_owned(),
    }
}

const fn key_place(key: &KeySource, ready: bool) -> KeyPlace {
    match key {
        KeySource::Auto if ready => KeyPlace::Usual,
        KeySource::Auto => KeyPlace::Missing,
        KeySource::Env { .. } => KeyPlace::Environment,
        KeySource::Keychain { .. } => KeyPlace::Keychain,
        KeySource::Helper { .. } => KeyPlace::Helper,
        KeySource::None => KeyPlace::NotNeeded,
    }
}

fn one(models: &Models, id: &str) -> Result<Provider, Failure> {
    providers(models)
        .into_iter()
        .find(|provider| provider.id == id)
        .ok_or_else(|| Failure::not_found("provider of that name"))
}

/// The providers of models.
#[utoipa::path(get, path = "/settings/models", responses((status = 200, body = Vec<Provider>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<Provider>>, Failure> {
    Ok(Json(
        shared.blocking(|shared| Ok(providers(&shared.engine.models()))).await?,
    ))
}

/// Sets a provider up, or changes it. A key goes into the system's keychain and is never shown again.
#[utoipa::path(put, path = "/settings/models/{id}", params(("id" = String, Path)), request_body = SetProvider,
    responses((status = 200, body = Provider), (status = 422, body = Problem)))]
async fn set(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<SetProvider>,
) -> Result<Json<Provider>, Failure> {
    if !is_name(&id) {
        let text = "a provider's name has small letters, digits and hyphens, at most 40; nothing was changed";
        return Err(host_failure(text.to_owned()));
    }
    let work = move |shared: &Shared| {
        let key = wanted.key.as_deref().map(Secret::new);
        let change = file::Change {
            id: &id,
            kind: &wanted.kind,
            base_url: &wanted.base_url,
            model: &wanted.model,
            service: SERVICE,
            has_key: key.as_ref().map(|key| !key.is_empty()),
            default: wanted.default,
        };
        let before = shared.host.own_text(FILE).map_err(host_failure)?;
        let after = file::set(&before, &change).map_err(host_failure)?;
        write(shared, &before, &after, take)?;
        // After the settings: a key is never replaced for a provider that could not be changed.
        let kept = key.map_or(Ok(()), |key| shared.host.keep_key(SERVICE, &id, &key));
        if let Err(why) = kept {
            write(shared, &after, &before, take)?;
            return Err(host_failure(format!(
                "the key was not kept, and nothing was changed: {why}"
            )));
        }
        one(&shared.engine.models(), &id)
    };
    let provider = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(provider))
}

/// Whether a provider may be called so: its models are `NAME/MODEL`.
fn is_name(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.len() <= 40 && !id.starts_with('-') && !id.is_empty() && id.bytes().all(fits)
}

/// Takes a provider out of the settings, and its key out of the keychain.
#[utoipa::path(delete, path = "/settings/models/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn remove(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        let kept = one(&shared.engine.models(), &id)?;
        let before = shared.host.own_text(FILE).map_err(host_failure)?;
        let after = file::remove(&before, &id).map_err(host_failure)?;
        write(shared, &before, &after, take)?;
        if kept.key == KeyPlace::Keychain {
            // The settings no longer name it, so a key that stays behind is no longer used.
            let _ = shared.host.keep_key(SERVICE, &id, &Secret::new(""));
        }
        Ok(StatusCode::NO_CONTENT)
    };
    let removed = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(removed)
}

/// Takes the models of the settings file into use.
fn take(shared: &Shared) -> Result<(), String> {
    let models = shared.host.models()?;
    let own = shared.host.own_text("policy.toml")?;
    shared
        .engine
        .reconfigure(models, &own)
        .map_err(|error| error.to_string())
}

/// The smallest round trip that proves address, key and model.
#[utoipa::path(post, path = "/settings/models/{id}/test", params(("id" = String, Path)),
    responses((status = 200, body = ModelTest), (status = 404, body = Problem)))]
async fn test(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<ModelTest>, Failure> {
    let models = shared.engine.models();
    one(&models, &id)?;
    let begun = Instant::now();
    let report = async {
        let chosen = models.resolve(Some(&id))?;
        models.provider(&chosen.model)?.test().await
    };
    let outcome = report.await;
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Json(match outcome {
        Ok(report) => ModelTest {
            ok: true,
            detail: format!("{} answered at {}.", report.answered_by, report.endpoint),
            took_ms,
        },
        Err(error) => ModelTest {
            ok: false,
            detail: error.to_string(),
            took_ms,
        },
    }))
}
