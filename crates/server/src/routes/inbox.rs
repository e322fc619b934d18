//! The inbox: the open questions of all tasks, and their answers.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_types::Answer;

use crate::{
    Failure,
    api::{AnswerShape, InboxEntry, Problem},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list)).routes(routes!(answer))
}

/// All open questions, oldest task first.
#[utoipa::path(get, path = "/inbox", responses((status = 200, body = Vec<InboxEntry>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<InboxEntry>>, Failure> {
    Ok(Json(shared.blocking(|shared| shared.overview.look()).await?.inbox))
}

/// Answers a question. The answer is in the log when this answers, and its task goes on.
#[utoipa::path(post, path = "/inbox/{id}", params(("id" = String, Path)), request_body = AnswerShape,
    responses((status = 204), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn answer(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(answer): Json<Answer>,
) -> Result<StatusCode, Failure> {
    let item = shared.blocking(move |shared| shared.overview.question(&id)).await?;
    shared.desk.answer(&item, answer).await?;
    shared.desk.tell();
    Ok(StatusCode::NO_CONTENT)
}
