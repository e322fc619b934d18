//! The small local model: whether it is there, and fetching it.

use axum::{Json, extract::State, http::StatusCode};

use super::host_failure;
use crate::{
    Failure,
    api::{JobState, LocalModelPage, Problem},
    described::{Routes, routes},
    state::Shared,
};

/// The job that fetches the weights.
pub(super) const PULL: &str = "local-model";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(show)).routes(routes!(pull))
}

/// The small local model.
#[utoipa::path(get, path = "/settings/local-model", responses((status = 200, body = LocalModelPage)))]
async fn show(State(shared): State<Shared>) -> Result<Json<LocalModelPage>, Failure> {
    Ok(Json(shared.blocking(|shared| Ok(shared.host.local_model())).await?))
}

/// Fetches the small local model's weights in the background; the job `local-model` tells how far it is.
#[utoipa::path(post, path = "/settings/local-model/pull", responses((status = 202), (status = 422, body = Problem)))]
async fn pull(State(shared): State<Shared>) -> Result<StatusCode, Failure> {
    let page = shared.blocking(|shared| Ok(shared.host.local_model())).await?;
    if !page.program {
        let text =
            "the local model's program is not on this computer; nothing was fetched. `make local-model` builds it";
        return Err(host_failure(text.to_owned()));
    }
    if shared.jobs.begin(PULL, "beginning") {
        tokio::task::spawn_blocking(move || {
            let mut tell = |what: &str, done: Option<f64>| shared.jobs.update(PULL, JobState::Running, what, done);
            match shared.host.pull_local_model(&mut tell) {
                Ok(()) => {
                    let done = "the local model is there; it is used from the next start of Deskhand";
                    shared.jobs.update(PULL, JobState::Done, done, Some(1.0));
                }
                Err(why) => shared.jobs.update(PULL, JobState::Failed, &why, None),
            }
            shared.jobs.settings_changed();
        });
    }
    Ok(StatusCode::ACCEPTED)
}
