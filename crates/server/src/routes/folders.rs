//! Picking folders and files.

use std::path::PathBuf;

use axum::{
    Json,
    extract::{Query, RawQuery, State},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Failure,
    api::{Browse, BrowseEntry, Problem},
    described::{Routes, routes},
    state::Shared,
};

/// Most names offered.
const OFFERED: usize = 20;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(browse)).routes(routes!(find))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Where {
    /// The folder; the personal one when absent.
    path: Option<String>,
}

/// A folder to pick from: the folders in it and how many files, nothing of what is in them.
#[utoipa::path(get, path = "/folders/browse", params(Where),
    responses((status = 200, body = Browse), (status = 422, body = Problem)))]
async fn browse(State(shared): State<Shared>, Query(Where { path }): Query<Where>) -> Result<Json<Browse>, Failure> {
    let look = move |shared: &Shared| {
        let folders = shared.engine.folders();
        let path = path.map_or_else(|| folders.personal.clone(), PathBuf::from);
        let found = deskhand_workspace::browse(&path).map_err(|error| {
            Failure::new(
                axum::http::StatusCode::UNPROCESSABLE_ENTITY,
                "workspace.folder-unreachable",
                format!("the folder {} cannot be opened: {error}", path.display()),
            )
        })?;
        let refused = folders.refusal(&found.path).map(|refusal| refusal.to_string());
        Ok(Browse {
            parent: found.path.parent().map(|parent| parent.to_string_lossy().into_owned()),
            path: found.path.to_string_lossy().into_owned(),
            folders: found
                .folders
                .into_iter()
                .map(|(name, path)| BrowseEntry {
                    name,
                    path: path.to_string_lossy().into_owned(),
                })
                .collect(),
            files: found.files,
            refused,
        })
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Names of files in folders, for completing `@`: `?folder=PATH&folder=PATH&q=words`. At most twenty.
#[utoipa::path(get, path = "/files/find",
    params(("folder" = Vec<String>, Query), ("q" = String, Query)),
    responses((status = 200, body = Vec<String>), (status = 422, body = Problem)))]
async fn find(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Result<Json<Vec<String>>, Failure> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let all = |wanted: &str| -> Vec<String> {
        pairs
            .iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone())
            .collect()
    };
    let (folders, words) = (all("folder"), all("q").concat());
    let look = move |shared: &Shared| {
        let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        Ok(shared.engine.file_names(&folders, &words, OFFERED)?)
    };
    Ok(Json(shared.blocking(look).await?))
}
