//! How far a task can be trusted, going on without what it read, and what the person allows for good.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::{CleanOffer, CleanOptions, Speech, views::TrustView};
use deskhand_types::{Answer, Ask};

use super::tasks::find;
use crate::{
    Failure,
    api::{Clean, CleanOfferShape, Problem, TaskMade, TrustShape},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show))
        .routes(routes!(offer, clean))
        .routes(routes!(always))
}

/// What a task read, what that tainted, what was withheld, and what was asked and why.
#[utoipa::path(get, path = "/tasks/{id}/trust", params(("id" = String, Path)),
    responses((status = 200, body = TrustShape), (status = 404, body = Problem)))]
async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<TrustView>, Failure> {
    let task = find(&shared, id).await?;
    let look = move |shared: &Shared| Ok(shared.engine.trust(&task)?);
    Ok(Json(shared.blocking(look).await?))
}

/// What a task that goes on from this one in a clean context could begin with.
#[utoipa::path(get, path = "/tasks/{id}/clean", params(("id" = String, Path)),
    responses((status = 200, body = CleanOfferShape), (status = 404, body = Problem)))]
async fn offer(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<CleanOffer>, Failure> {
    let task = find(&shared, id).await?;
    let look = move |shared: &Shared| Ok(shared.engine.clean_offer(&task)?);
    Ok(Json(shared.blocking(look).await?))
}

/// Goes on from a task in a clean context, with only the values that were chosen. The task itself is stopped; work on
/// the new one begins at once.
#[utoipa::path(post, path = "/tasks/{id}/clean", params(("id" = String, Path)), request_body = Clean,
    responses((status = 201, body = TaskMade), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn clean(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<Clean>,
) -> Result<(StatusCode, Json<TaskMade>), Failure> {
    let task = find(&shared, id).await?;
    let speech = wanted.text.map(|text| Speech {
        text,
        voice: wanted.voice.into_iter().map(Into::into).collect(),
    });
    let options = CleanOptions {
        values: wanted.values,
        speech,
    };
    let made = shared.desk.clean(&task, options).await?;
    Ok((StatusCode::CREATED, Json(TaskMade { id: made.to_string() })))
}

/// Answers a question with yes, and allows one of the values it offers for good. Values are counted from 0.
#[utoipa::path(post, path = "/inbox/{id}/always/{number}", params(("id" = String, Path), ("number" = usize, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn always(
    State(shared): State<Shared>,
    Path((id, number)): Path<(String, usize)>,
) -> Result<StatusCode, Failure> {
    let item = shared.blocking(move |shared| shared.overview.question(&id)).await?;
    let offered = match &item.ask {
        Ask::Approve { grounds, .. } => grounds.always.get(number).cloned(),
        _ => None,
    };
    let rule = offered.ok_or_else(|| Failure::not_found("such value in this question; nothing was allowed"))?;
    // First, so that a yes is never in force without it; and given back where the question cannot be answered: a card
    // that is gone allows nothing for good.
    let task = item.task.clone();
    let kept = shared
        .blocking(move |shared| Ok(shared.engine.keep_value(rule, &task)?))
        .await?;
    if let Err(failure) = shared.desk.answer(&item, Answer::Allow).await {
        shared
            .blocking(move |shared| Ok(shared.engine.give_back(kept)?))
            .await?;
        return Err(failure);
    }
    shared.desk.tell();
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}
