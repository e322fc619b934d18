//! The sandbox: what it has and lacks, and the building of its image.

use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::host_failure;
use crate::{
    Failure,
    api::{Check, JobState, Problem, SandboxPage},
    state::Shared,
};

/// The job that builds the image.
const BUILD: &str = "sandbox-image";

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(build))
        .routes(routes!(checks))
}

/// The sandbox, part by part.
#[utoipa::path(get, path = "/settings/sandbox", responses((status = 200, body = SandboxPage), (status = 422, body = Problem)))]
async fn show(State(shared): State<Shared>) -> Result<Json<SandboxPage>, Failure> {
    let look = |shared: &Shared| shared.host.sandbox_page().map_err(host_failure);
    Ok(Json(shared.blocking(look).await?))
}

/// Builds the sandbox's image in the background; the job `sandbox-image` tells how far it is.
#[utoipa::path(post, path = "/settings/sandbox/build", responses((status = 202)))]
async fn build(State(shared): State<Shared>) -> StatusCode {
    if shared.jobs.begin(BUILD, "beginning") {
        tokio::task::spawn_blocking(move || {
            let mut tell = |what: &str, done: Option<f64>| shared.jobs.update(BUILD, JobState::Running, what, done);
            let built = shared.host.build_sandbox(&mut tell);
            match built {
                Ok(()) => shared
                    .jobs
                    .update(BUILD, JobState::Done, "the sandbox is ready", Some(1.0)),
                Err(why) => shared.jobs.update(BUILD, JobState::Failed, &why, None),
            }
            shared.jobs.settings_changed();
        });
    }
    StatusCode::ACCEPTED
}

/// What works on this computer and what is missing.
#[utoipa::path(get, path = "/settings/checks", responses((status = 200, body = Vec<Check>)))]
async fn checks(State(shared): State<Shared>) -> Result<Json<Vec<Check>>, Failure> {
    Ok(Json(shared.blocking(|shared| Ok(shared.host.checks())).await?))
}
