//! Standing folders: what every task may use that names none.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use deskhand_types::{EventBody, Grant};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Failure,
    api::{GrantFolder, Problem, StandingFolder},
    described::{Routes, routes},
    routes::{grant_mode, permission},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, grant, remove))
        .routes(routes!(revoke_all))
}

fn standing(grant: &Grant) -> StandingFolder {
    StandingFolder {
        name: grant.name.clone(),
        path: grant.folder.clone(),
        mode: permission(grant.mode),
        outside_home: grant.outside_home,
    }
}

/// The standing folders.
#[utoipa::path(get, path = "/settings/folders", responses((status = 200, body = Vec<StandingFolder>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<StandingFolder>>, Failure> {
    let look = |shared: &Shared| Ok(shared.engine.settings()?.grants.iter().map(standing).collect());
    Ok(Json(shared.blocking(look).await?))
}

/// Grants a folder for every task that names none, or changes what may be done in one.
#[utoipa::path(post, path = "/settings/folders", request_body = GrantFolder,
    responses((status = 200, body = StandingFolder), (status = 422, body = Problem)))]
async fn grant(State(shared): State<Shared>, Json(wanted): Json<GrantFolder>) -> Result<Json<StandingFolder>, Failure> {
    let work = move |shared: &Shared| {
        let mut taken = shared.engine.settings()?.grants;
        // Granting it anew keeps its name.
        taken.retain(|grant| grant.folder != wanted.path);
        let grant = shared.engine.folders().grant(
            wanted.path.as_ref(),
            grant_mode(wanted.mode),
            wanted.allow_outside_home,
            &taken,
        )?;
        shared.engine.set(EventBody::GrantAdded { grant: grant.clone() })?;
        Ok(standing(&grant))
    };
    let folder = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(folder))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// The folder on this computer.
    path: String,
}

/// Takes a standing folder back. Tasks that have it keep it.
#[utoipa::path(delete, path = "/settings/folders", params(Which), responses((status = 204), (status = 404, body = Problem)))]
async fn remove(State(shared): State<Shared>, Query(Which { path }): Query<Which>) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        let known = shared
            .engine
            .settings()?
            .grants
            .iter()
            .any(|grant| grant.folder == path);
        if !known {
            return Err(Failure::not_found("standing folder of that name"));
        }
        Ok(shared.engine.set(EventBody::GrantRemoved { folder: path })?)
    };
    shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Takes all standing folders back, and every permission for a folder outside the personal one.
#[utoipa::path(delete, path = "/settings/folders/all", responses((status = 204)))]
async fn revoke_all(State(shared): State<Shared>) -> Result<StatusCode, Failure> {
    shared
        .blocking(|shared| Ok(shared.engine.set(EventBody::GrantsRevoked {})?))
        .await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}
