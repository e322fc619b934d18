//! Deleting what can be made or fetched anew.

use axum::{Json, extract::State, http::StatusCode};

use super::{host_failure, ledger, local_model, sandbox};
use crate::{
    Failure,
    api::{CachePart, CleanCache, Problem, Storage},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(clean))
}

/// Deletes a part of the cache. Nothing of the person's is in it: what is needed again is made or fetched again.
#[utoipa::path(post, path = "/settings/storage/clean", request_body = CleanCache,
    responses((status = 200, body = Storage), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn clean(
    State(shared): State<Shared>,
    Json(CleanCache { part }): Json<CleanCache>,
) -> Result<Json<Storage>, Failure> {
    let work = move |shared: &Shared| {
        free(shared, part)?;
        shared.host.clean(part).map_err(host_failure)?;
        ledger::kept(shared)
    };
    let storage = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(storage))
}

/// Refuses to delete what is just being made.
pub(super) fn free(shared: &Shared, part: CachePart) -> Result<(), Failure> {
    let (job, what) = match part {
        CachePart::Image | CachePart::Templates => (sandbox::BUILD, "the sandbox is just being built"),
        CachePart::LocalModel => (local_model::PULL, "the local model is just being fetched"),
        CachePart::Other => return Ok(()),
    };
    if !shared.jobs.runs(job) {
        return Ok(());
    }
    let text = format!("{what}; nothing was deleted. Try again when that is done");
    Err(Failure::new(StatusCode::CONFLICT, "server.busy", text))
}
