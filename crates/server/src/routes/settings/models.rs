//! Models: providers, their keys in the system's keychain, and the smallest round trip that proves them.

mod file;

use std::time::Instant;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::Models;
use deskhand_models::{KeySource, ProviderConfig, ProviderKind, Secret, store_key};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::host_failure;
use crate::{
    Failure,
    api::{ModelTest, Problem, Provider, SetProvider},
    state::Shared,
};

/// Where keys are in the keychain; the account is the provider's id.
const SERVICE: &str = "deskhand";
/// The settings, in the data folder.
const FILE: &str = "settings.toml";

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
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
                key: key_words(&config.key, is_ready).to_owned(),
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

const fn key_words(key: &KeySource, ready: bool) -> &'static str {
    match key {
        KeySource::Auto if ready => "from the environment, or none needed",
        KeySource::Auto => "missing",
        KeySource::Env { .. } => "in an environment variable",
        KeySource::Keychain { .. } => "in the keychain",
        KeySource::Helper { .. } => "from a key helper",
        KeySource::None => "none needed",
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
    let has_key = match &wanted.key {
        Some(key) => {
            let secret = Secret::new(key);
            store_key(SERVICE, &id, &secret)
                .await
                .map_err(|why| host_failure(format!("the key was not kept, and nothing was changed: {why}")))?;
            Some(!secret.is_empty())
        }
        None => None,
    };
    let work = move |shared: &Shared| {
        let change = file::Change {
            id: &id,
            kind: &wanted.kind,
            base_url: &wanted.base_url,
            model: &wanted.model,
            service: SERVICE,
            has_key,
            default: wanted.default,
        };
        let before = shared.host.own_text(FILE).map_err(host_failure)?;
        write(shared, &before, &file::set(&before, &change).map_err(host_failure)?)?;
        one(&shared.engine.models(), &id)
    };
    let provider = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(provider))
}

/// Takes a provider out of the settings, and its key out of the keychain.
#[utoipa::path(delete, path = "/settings/models/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 422, body = Problem)))]
async fn remove(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    let account = id.clone();
    let work = move |shared: &Shared| {
        let kept = shared
            .engine
            .models()
            .config
            .providers
            .into_iter()
            .find(|known| known.id() == id);
        let before = shared.host.own_text(FILE).map_err(host_failure)?;
        write(shared, &before, &file::remove(&before, &id).map_err(host_failure)?)?;
        Ok(kept.is_some_and(|config| matches!(config.key, KeySource::Keychain { .. })))
    };
    if shared.blocking(work).await? {
        // The settings no longer name it, so a key that stays behind is no longer used.
        let _ = store_key(SERVICE, &account, &Secret::new("")).await;
    }
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Writes the settings and takes them into use; when they are not right the file is as it was.
fn write(shared: &Shared, before: &str, after: &str) -> Result<(), Failure> {
    shared.host.set_own_text(FILE, after).map_err(host_failure)?;
    let used = shared.host.models().and_then(|models| {
        let own = shared.host.own_text("policy.toml")?;
        shared
            .engine
            .reconfigure(models, &own)
            .map_err(|error| error.to_string())
    });
    if let Err(why) = used {
        shared.host.set_own_text(FILE, before).map_err(host_failure)?;
        return Err(host_failure(why));
    }
    Ok(())
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
