//! Plugins and marketplaces: looked at whole before they are accepted.

mod words;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::PluginState;
use tokio::runtime::Handle;

use crate::{
    Failure,
    api::{
        AddMarketplace, InstallPlugin, JobState, Marketplace, Plugin, PluginPage, PluginReview, Problem, SetEnabled,
    },
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, accept))
        .routes(routes!(review))
        .routes(routes!(show, enable, remove))
        .routes(routes!(marketplaces, add_marketplace))
        .routes(routes!(remove_marketplace))
        .routes(routes!(update_marketplace))
}

/// The plugins that are installed, then those that the marketplaces offer.
#[utoipa::path(get, path = "/plugins", responses((status = 200, body = Vec<Plugin>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<Plugin>>, Failure> {
    let read = |shared: &Shared| {
        let installed = shared.engine.plugins()?.into_iter().map(words::plugin);
        let offers = shared.engine.search_plugins("")?;
        let offers = offers.into_iter().filter(|offer| !offer.installed).map(words::offer);
        Ok(installed.chain(offers).collect())
    };
    Ok(Json(shared.blocking(read).await?))
}

/// How an installed plugin stands; `None` when it is not installed.
fn state(shared: &Shared, id: &str) -> Result<Option<PluginState>, Failure> {
    let lines = shared.engine.plugins()?;
    Ok(lines.into_iter().find(|line| line.id == id).map(|line| line.state))
}

/// An installed plugin, with all it brings.
#[utoipa::path(get, path = "/plugins/{id}", params(("id" = String, Path)),
    responses((status = 200, body = PluginPage), (status = 404, body = Problem)))]
async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<PluginPage>, Failure> {
    let read = move |shared: &Shared| {
        let plugin = words::plugin(shared.engine.plugin(&id)?.line);
        let review = words::review(&[&shared.engine.plugin_review(&id)?]);
        Ok(PluginPage { plugin, review })
    };
    Ok(Json(shared.blocking(read).await?))
}

/// Fetches a plugin to be looked at: everything it brings and would run. Nothing is installed. Of one that was changed on
/// disk, what it is now.
#[utoipa::path(post, path = "/plugins/review", request_body = InstallPlugin,
    responses((status = 200, body = PluginReview), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn review(State(shared): State<Shared>, Json(of): Json<InstallPlugin>) -> Result<Json<PluginReview>, Failure> {
    let read = move |shared: &Shared| {
        if state(shared, &of.id)? == Some(PluginState::Changed) {
            return Ok(words::review(&[&shared.engine.plugin_review(&of.id)?]));
        }
        let (job, detail) = (
            format!("plugin:{}", of.id),
            format!("fetching {} to be looked at", of.id),
        );
        let prepared = fetching(shared, &job, &detail, || Ok(shared.engine.prepare_plugin(&of.id)?))?;
        let reviews: Vec<_> = prepared.plugins.iter().map(|staged| &staged.review).collect();
        Ok(words::review(&reviews))
    };
    Ok(Json(shared.blocking(read).await?))
}

/// Installs exactly what was looked at, or accepts anew one that was changed on disk.
#[utoipa::path(post, path = "/plugins", request_body = InstallPlugin,
    responses((status = 201, body = Plugin), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn accept(
    State(shared): State<Shared>,
    Json(InstallPlugin { id, token }): Json<InstallPlugin>,
) -> Result<(StatusCode, Json<Plugin>), Failure> {
    let Some(token) = token else {
        return Err(refused("look at the plugin first; nothing was installed"));
    };
    let work = move |shared: &Shared| {
        if state(shared, &id)? == Some(PluginState::Changed) {
            let review = shared.engine.plugin_review(&id)?;
            if review.content != token {
                return Err(refused(
                    "the plugin was changed again; look at it again. Nothing of it is in force",
                ));
            }
            shared.engine.trust_plugin(&review)?;
        } else {
            let contents: Vec<String> = token.split(words::BETWEEN).map(str::to_owned).collect();
            fetching(shared, &format!("plugin:{id}"), &format!("installing {id}"), || {
                Ok(shared.engine.install_plugin(&id, &contents)?)
            })?;
        }
        Handle::current().block_on(shared.engine.close_outdated_servers())?;
        shared.jobs.settings_changed();
        Ok(words::plugin(shared.engine.plugin(&id)?.line))
    };
    Ok((StatusCode::CREATED, Json(shared.blocking(work).await?)))
}

/// Does what fetches something as the job `id`: what happens and how many bytes came is told meanwhile, and how it ended.
/// Of two at once, the first is told of.
fn fetching<T>(
    shared: &Shared,
    id: &str,
    detail: &str,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    if !shared.jobs.begin(id, detail) {
        return work();
    }
    let (jobs, job) = (shared.jobs.clone(), id.to_owned());
    let done = shared
        .engine
        .watching_downloads(move |bytes| jobs.fetched(&job, bytes), work);
    match &done {
        Ok(_) => shared.jobs.update(id, JobState::Done, "fetched", Some(1.0)),
        Err(failure) => shared.jobs.update(id, JobState::Failed, failure.message(), None),
    }
    done
}

fn refused(why: &str) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "server.plugin", why)
}

/// Switches a plugin on or off.
#[utoipa::path(patch, path = "/plugins/{id}", params(("id" = String, Path)), request_body = SetEnabled,
    responses((status = 200, body = Plugin), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn enable(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(set): Json<SetEnabled>,
) -> Result<Json<Plugin>, Failure> {
    let work = move |shared: &Shared| {
        Handle::current().block_on(shared.engine.enable_plugin(&id, set.enabled))?;
        shared.jobs.settings_changed();
        Ok(words::plugin(shared.engine.plugin(&id)?.line))
    };
    Ok(Json(shared.blocking(work).await?))
}

/// Removes a plugin with all it brought.
#[utoipa::path(delete, path = "/plugins/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn remove(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        Handle::current().block_on(shared.engine.remove_plugin(&id))?;
        shared.jobs.settings_changed();
        Ok(StatusCode::NO_CONTENT)
    };
    shared.blocking(work).await
}

/// The marketplaces that were added.
#[utoipa::path(get, path = "/marketplaces", responses((status = 200, body = Vec<Marketplace>)))]
async fn marketplaces(State(shared): State<Shared>) -> Result<Json<Vec<Marketplace>>, Failure> {
    let read = |shared: &Shared| Ok(shared.engine.marketplaces()?.into_iter().map(words::market).collect());
    Ok(Json(shared.blocking(read).await?))
}

/// Adds a marketplace. Nothing of it is installed.
#[utoipa::path(post, path = "/marketplaces", request_body = AddMarketplace,
    responses((status = 201, body = Marketplace), (status = 422, body = Problem)))]
async fn add_marketplace(
    State(shared): State<Shared>,
    Json(add): Json<AddMarketplace>,
) -> Result<(StatusCode, Json<Marketplace>), Failure> {
    let work = move |shared: &Shared| {
        let source = add.source.trim();
        let line = fetching(shared, "marketplace", &format!("fetching {source}"), || {
            Ok(shared.engine.add_marketplace(source)?)
        })?;
        shared.jobs.settings_changed();
        Ok(words::market(line))
    };
    Ok((StatusCode::CREATED, Json(shared.blocking(work).await?)))
}

/// Fetches what a marketplace offers again. What is installed stays as it is.
#[utoipa::path(post, path = "/marketplaces/{name}/update", params(("name" = String, Path)),
    responses((status = 200, body = Marketplace), (status = 422, body = Problem)))]
async fn update_marketplace(
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Marketplace>, Failure> {
    let work = move |shared: &Shared| {
        let (job, detail) = (format!("marketplace:{name}"), format!("fetching {name} again"));
        let line = fetching(shared, &job, &detail, || Ok(shared.engine.update_marketplace(&name)?))?;
        shared.jobs.settings_changed();
        Ok(words::market(line))
    };
    Ok(Json(shared.blocking(work).await?))
}

/// Forgets a marketplace. What is installed from it stays.
#[utoipa::path(delete, path = "/marketplaces/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 422, body = Problem)))]
async fn remove_marketplace(State(shared): State<Shared>, Path(name): Path<String>) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        shared.engine.remove_marketplace(&name)?;
        shared.jobs.settings_changed();
        Ok(StatusCode::NO_CONTENT)
    };
    shared.blocking(work).await
}
