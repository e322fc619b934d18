//! What the person does with a task: say more, stop it, take it up, branch it off, undo.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::{BranchOptions, Speech, UndoReport, UndoScope};
use deskhand_types::FileState;

use super::tasks::find;
use crate::{
    Failure,
    api::{Branch, ChangedFile, Problem, Say, TaskMade, UndoDone, UndoRequest, When},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(say))
        .routes(routes!(withdraw))
        .routes(routes!(stop))
        .routes(routes!(resume))
        .routes(routes!(branch))
        .routes(routes!(undo))
        .routes(routes!(redo))
}

/// Says more to a task. It is in the log when this answers; a task nobody works on is taken up again.
#[utoipa::path(post, path = "/tasks/{id}/say", params(("id" = String, Path)), request_body = Say,
    responses((status = 202), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn say(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(say): Json<Say>,
) -> Result<StatusCode, Failure> {
    let task = find(&shared, id).await?;
    let speech = Speech {
        text: say.text,
        voice: say.voice.into_iter().map(Into::into).collect(),
    };
    shared.desk.say(&task, speech, say.when == When::After).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes a follow-up back.
#[utoipa::path(delete, path = "/tasks/{id}/queue/{queued}", params(("id" = String, Path), ("queued" = u64, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
async fn withdraw(
    State(shared): State<Shared>,
    Path((id, queued)): Path<(String, u64)>,
) -> Result<StatusCode, Failure> {
    let task = find(&shared, id).await?;
    shared.desk.withdraw(&task, queued).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops a task. It is over when this answers.
#[utoipa::path(post, path = "/tasks/{id}/stop", params(("id" = String, Path)),
    responses((status = 202), (status = 409, body = Problem)))]
async fn stop(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    let task = find(&shared, id).await?;
    shared.desk.stop(&task).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes a task up again.
#[utoipa::path(post, path = "/tasks/{id}/resume", params(("id" = String, Path)),
    responses((status = 202), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn resume(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    let task = find(&shared, id).await?;
    shared.blocking(move |shared| shared.desk.resume(&task)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Makes a new task from a point of this one; work on it begins at once.
#[utoipa::path(post, path = "/tasks/{id}/branch", params(("id" = String, Path)), request_body = Branch,
    responses((status = 201, body = TaskMade), (status = 422, body = Problem)))]
async fn branch(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<Branch>,
) -> Result<(StatusCode, Json<TaskMade>), Failure> {
    let task = find(&shared, id).await?;
    let options = BranchOptions {
        before: wanted.before,
        model: wanted.model,
        text: wanted.text,
    };
    let made = shared
        .blocking(move |shared| shared.desk.branch(&task, &options))
        .await?;
    Ok((StatusCode::CREATED, Json(TaskMade { id: made.to_string() })))
}

/// Takes back what a task changed, or a part of it. All of it, or nothing.
#[utoipa::path(post, path = "/tasks/{id}/undo", params(("id" = String, Path)), request_body = UndoRequest,
    responses((status = 200, body = UndoDone), (status = 409, body = Problem)))]
async fn undo(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<UndoRequest>,
) -> Result<Json<UndoDone>, Failure> {
    let task = find(&shared, id).await?;
    let scope = UndoScope {
        step: wanted.step,
        path: wanted.path,
        except: wanted.except,
    };
    reverse(&shared, move |shared| Ok(shared.engine.undo(&task, &scope)?)).await
}

/// Brings back what the latest undo took back.
#[utoipa::path(post, path = "/tasks/{id}/redo", params(("id" = String, Path)),
    responses((status = 200, body = UndoDone), (status = 409, body = Problem)))]
async fn redo(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<UndoDone>, Failure> {
    let task = find(&shared, id).await?;
    reverse(&shared, move |shared| Ok(shared.engine.redo(&task)?)).await
}

async fn reverse(
    shared: &Shared,
    work: impl FnOnce(&Shared) -> Result<UndoReport, Failure> + Send + 'static,
) -> Result<Json<UndoDone>, Failure> {
    let report = shared.blocking(work).await?;
    shared.desk.tell();
    let hash = |state: &FileState| match state {
        FileState::File { hash, .. } => Some(hash.to_string()),
        _ => None,
    };
    // A folder's time that is put back is no change a person looks for.
    let changes = report
        .set
        .changes
        .iter()
        .filter(|change| !deskhand_workspace::only_times(change));
    let files = changes.map(|change| ChangedFile {
        path: change.path.to_string(),
        name: change.path.file_name().to_owned(),
        change: crate::view::change_word(change.change).to_owned(),
        from: change.from.as_ref().map(ToString::to_string),
        added: change.lines.map(|lines| lines.added),
        removed: change.lines.map(|lines| lines.removed),
        before: hash(&change.before),
        after: hash(&change.after),
        stands: true,
    });
    Ok(Json(UndoDone { files: files.collect() }))
}
