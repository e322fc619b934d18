//! Files of a task: previews, exact bytes, differences, and opening them on this computer.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use deskhand_types::FileState;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Failure,
    api::{FileDiff, OpenHow, OpenRequest, Preview, Problem},
    described::{Routes, routes},
    files::{self, Window},
    state::Shared,
    view::change_word,
};

/// Largest file that is previewed, in bytes.
const PREVIEWED: u64 = 64 << 20;
/// Largest file that is sent as it is, in bytes.
const SENT: u64 = 512 << 20;

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(preview))
        .routes(routes!(raw))
        .routes(routes!(diff))
        .routes(routes!(open))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// As the task sees it.
    path: String,
    /// A version a change-set of the task found or left; absent = as it stands now.
    hash: Option<String>,
    /// For workbooks: the sheet.
    sheet: Option<String>,
    /// For tables: the first row, from 1.
    row: Option<u64>,
    /// Whether it is for keeping, not for showing.
    download: Option<String>,
}

fn bytes(shared: &Shared, id: &str, which: &Which, most: u64) -> Result<Vec<u8>, Failure> {
    let task = shared.engine.find(id)?;
    Ok(match &which.hash {
        Some(hash) => shared.engine.version(&task, &which.path, hash, most)?,
        None => shared.engine.file(&task, &which.path, most)?.1,
    })
}

/// A file, ready to be shown.
#[utoipa::path(get, path = "/tasks/{id}/file", params(("id" = String, Path), Which),
    responses((status = 200, body = Preview), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn preview(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Preview>, Failure> {
    let look = move |shared: &Shared| {
        let bytes = bytes(shared, &id, &which, PREVIEWED)?;
        let window = Window {
            sheet: which.sheet.as_deref(),
            row: which.row,
        };
        Ok(files::preview(&which.path, &bytes, window))
    };
    Ok(Json(shared.blocking(look).await?))
}

/// The bytes of a file, under a policy that lets a browser run nothing of them: exact ones, but for a page that is to be
/// shown, which goes out without what makes a browser connect whatever the policy says.
#[utoipa::path(get, path = "/tasks/{id}/raw", params(("id" = String, Path), Which),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
async fn raw(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    let look = move |shared: &Shared| {
        let bytes = bytes(shared, &id, &which, SENT)?;
        let name = which.path.rsplit('/').next().unwrap_or(&which.path);
        let media = files::media(name, &bytes);
        let keep = which.download.is_some() || !media.shown;
        let disposition = files::disposition(name, keep);
        let bytes = if keep { bytes } else { files::as_shown(name, bytes) };
        let mut response = bytes.into_response();
        let headers = response.headers_mut();
        let fixed = |text: &'static str| HeaderValue::from_static(text);
        headers.insert(header::CONTENT_TYPE, fixed(media.kind));
        headers.insert(header::CONTENT_SECURITY_POLICY, fixed(media.policy));
        let cache = if which.hash.is_some() {
            "private, max-age=3600, immutable"
        } else {
            "no-store"
        };
        headers.insert(header::CACHE_CONTROL, fixed(cache));
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        Ok(response)
    };
    shared.blocking(look).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Touched {
    /// The file.
    path: String,
}

/// What a step did to one file, side by side.
#[utoipa::path(get, path = "/tasks/{id}/changes/{step}", params(("id" = String, Path), ("step" = u64, Path), Touched),
    responses((status = 200, body = FileDiff), (status = 404, body = Problem)))]
async fn diff(
    State(shared): State<Shared>,
    Path((id, step)): Path<(String, u64)>,
    Query(Touched { path }): Query<Touched>,
) -> Result<Json<FileDiff>, Failure> {
    let look = move |shared: &Shared| {
        let task = shared.engine.find(&id)?;
        let change = shared.engine.change(&task, step, &path)?;
        let from = change.from.as_ref().map(|from| from.as_str().to_owned());
        let side = |state: &FileState, path: &str| match state {
            FileState::File { hash, .. } => shared
                .engine
                .version(&task, path, &hash.to_string(), PREVIEWED)
                .map(Some),
            _ => Ok(None),
        };
        let before = side(&change.before, from.as_deref().unwrap_or(&path))?;
        let after = side(&change.after, &path)?;
        Ok(files::diff(
            &path,
            from.as_deref(),
            change_word(change.change),
            before.as_deref(),
            after.as_deref(),
        ))
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Opens a file in the system's program for it, or shows it in its folder.
#[utoipa::path(post, path = "/tasks/{id}/open", params(("id" = String, Path)), request_body = OpenRequest,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn open(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<OpenRequest>,
) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        let task = shared.engine.find(&id)?;
        let place = shared.engine.place_of(&task, &wanted.path)?;
        if wanted.how == OpenHow::Open && !files::is_safe_to_open(&place.to_string_lossy()) {
            return Err(Failure::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "server.not-opened",
                "this kind of file can run programs or load pages, so it was not opened",
            )
            .hint("Show it in its folder instead, if you know what is in it."));
        }
        shared
            .host
            .open(&place, wanted.how == OpenHow::Reveal)
            .map_err(|why| Failure::new(StatusCode::SERVICE_UNAVAILABLE, "server.no-desktop", why))
    };
    shared.blocking(work).await?;
    Ok(StatusCode::NO_CONTENT)
}
