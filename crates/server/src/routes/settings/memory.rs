//! Memory: notes for later tasks, and those that tasks propose.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::{Engine, KeptNote, LastDay, ProposedNote};
use deskhand_types::Note;

use crate::{
    Failure,
    api::{DecideNote, Memory, NoteDecision, NoteLine, NoteText, Problem},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show, add))
        .routes(routes!(edit, remove, decide))
}

fn line(note: Note, since: i64) -> NoteLine {
    NoteLine {
        source: note.source(),
        others: note.label.is_tainted(),
        id: note.id,
        text: note.text,
        task: note.from.map(|from| from.task.to_string()),
        since,
        lapses: None,
        until: note.until,
        over: false,
    }
}

fn kept(one: KeptNote, today: &str) -> NoteLine {
    let over = one.is_over(today);
    NoteLine {
        over,
        ..line(one.note, one.since.0)
    }
}

fn proposed(one: ProposedNote) -> NoteLine {
    NoteLine {
        lapses: Some(one.lapses.0),
        ..line(one.note, one.at.0)
    }
}

/// A note as it is kept now.
fn now(engine: &Engine, id: &str) -> Result<NoteLine, Failure> {
    let found = engine.notes()?.into_iter().find(|one| one.note.id == id);
    found
        .map(|one| kept(one, &engine.today()))
        .ok_or_else(|| Failure::not_found("note of that id"))
}

/// The notes that are kept, and those that tasks propose.
#[utoipa::path(get, path = "/settings/memory", responses((status = 200, body = Memory)))]
async fn show(State(shared): State<Shared>) -> Result<Json<Memory>, Failure> {
    let look = |shared: &Shared| {
        let (notes, today) = (shared.engine.notes()?, shared.engine.today());
        Ok(Memory {
            kept: notes.into_iter().map(|one| kept(one, &today)).collect(),
            proposed: shared.engine.proposed_notes()?.into_iter().map(proposed).collect(),
        })
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Keeps a note of the person's own.
#[utoipa::path(post, path = "/settings/memory", request_body = NoteText,
    responses((status = 200, body = NoteLine), (status = 422, body = Problem)))]
async fn add(State(shared): State<Shared>, Json(new): Json<NoteText>) -> Result<Json<NoteLine>, Failure> {
    let work = move |shared: &Shared| now(&shared.engine, &shared.engine.add_note(new.text, None)?.id);
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
    let work = move |shared: &Shared| {
        now(
            &shared.engine,
            &shared.engine.edit_note(&id, Some(new.text), LastDay::AsItWas)?.id,
        )
    };
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
            NoteDecision::Accept => shared.engine.accept_note(&id, wanted.text, None).map(|_| ())?,
            NoteDecision::Discard => shared.engine.discard_note(&id).map(|_| ())?,
            NoteDecision::Restore => shared.engine.restore_note(&id).map(|_| ())?,
        }
        Ok(())
    };
    shared.blocking(work).await?;
    Ok(StatusCode::NO_CONTENT)
}
