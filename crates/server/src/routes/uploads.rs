//! Files the person hands to a task from outside any folder.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Failure,
    api::{Problem, Upload},
    described::{Routes, routes},
    state::Shared,
};

/// Largest upload, in bytes.
const MOST: usize = 50 << 20;

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(upload))
        .around(|routes| routes.layer(DefaultBodyLimit::max(MOST)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Named {
    /// Its file name.
    name: String,
}

/// Keeps a file for a task that is still to be started; released after a day when none took it.
#[utoipa::path(post, path = "/uploads", params(Named), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload), (status = 413, body = Problem)))]
async fn upload(
    State(shared): State<Shared>,
    Query(Named { name }): Query<Named>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Upload>), Failure> {
    let kept = shared
        .blocking(move |shared| Ok(shared.engine.store().add_upload(&name, &bytes)?))
        .await?;
    let upload = Upload {
        id: kept.id,
        name: kept.name,
        size: kept.size,
    };
    Ok((StatusCode::CREATED, Json(upload)))
}
