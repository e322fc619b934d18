//! Memory: notes for later tasks, and those that tasks propose.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_types::Note;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Failure,
    api::{DecideNote, Memory, NoteDecision, NoteLine, NoteText, Problem},
    state::Shared,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show, add))
        .routes(routes!(edit, remove, decide))
}

fn line(note: Note) -> NoteLine {
    NoteLine {
        source: note.source(),
        others: note.label.is_tainted(),
        id: note.id,
        text: note.text,
        task: note.from.map(|from| from.task.to_string()),
    }
}

/// The notes that are kept, and those that tasks propose.
#[utoipa::path(get, path = "/settings/memory", responses((status = 200, body = Memory)))]
async fn show(State(shared): State<Shared>) -> Result<Json<Memory>, Failure> {
    let look = |shared: &Shared| {
        let proposed = shared.engine.proposed_notes()?.into_iter();
        Ok(Memory {
            kept: shared.engine.notes()?.into_iter().map(line).collect(),
            proposed: proposed.map(|one| line(one.note)).collect(),
        })
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Keeps a note of the person's own.
#[utoipa::path(post, path = "/settings/memory", request_body = NoteText,
    responses((status = 200, body = NoteLine), (status = 422, body = Problem)))]
async fn add(State(shared): State<Shared>, Json(new): Json<NoteText>) -> Result<Json<NoteLine>, Failure> {
    let work = move |shared: &Shared| Ok(line(shared.engine.add_note(new.text)?));
    Ok(Json(shared.blocking(work).await?))
}

/// Gives a note that is kept another text. Where it came from stays with it.
#[utoipa::path(put, path = "/settings/memory/{id}", params(("id" = String, Path)), request_body = NoteText,
    responses((status = 200, body = NoteLine), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn edit(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(new): Json<NoteText>,
) -> Result<Json<NoteLine>, Failure> {
    let work = move |shared: &Shared| Ok(line(shared.engine.edit_note(&id, new.text)?));
    Ok(Json(shared.blocking(work).await?))
}

/// Takes a note out of memory; it can be brought back.
#[utoipa::path(delete, path = "/settings/memory/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    shared
        .blocking(move |shared: &Shared| Ok(shared.engine.remove_note(&id).map(|_| ())?))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accepts or discards a note that is proposed, or brings back one that was removed.
#[utoipa::path(post, path = "/settings/memory/{id}", params(("id" = String, Path)), request_body = DecideNote,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn decide(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<DecideNote>,
) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        match wanted.decision {
            NoteDecision::Accept => shared.engine.accept_note(&id, wanted.text).map(|_| ())?,
            NoteDecision::Discard => shared.engine.discard_note(&id)?,
            NoteDecision::Restore => shared.engine.restore_note(&id).map(|_| ())?,
        }
        Ok(())
    };
    shared.blocking(work).await?;
    Ok(StatusCode::NO_CONTENT)
}
