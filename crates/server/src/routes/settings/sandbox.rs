//! The sandbox: what it has and lacks, the building of its image, and throwing it away.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{cache, host_failure};
use crate::{
    Failure,
    api::{CachePart, Check, JobState, Problem, SandboxPage},
    described::{Routes, routes},
    problem::without_commands,
    state::Shared,
};

/// The job that builds the image.
pub(super) const BUILD: &str = "sandbox-image";

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show))
        .routes(routes!(build))
        .routes(routes!(reset))
        .routes(routes!(checks))
}

/// The sandbox, part by part.
#[utoipa::path(get, path = "/settings/sandbox", responses((status = 200, body = SandboxPage), (status = 422, body = Problem)))]
async fn show(State(shared): State<Shared>) -> Result<Json<SandboxPage>, Failure> {
    Ok(Json(shared.blocking(page).await?))
}

fn page(shared: &Shared) -> Result<SandboxPage, Failure> {
    let mut page = shared.host.sandbox_page().map_err(host_failure)?;
    for part in &mut page.parts {
        part.hint = part.hint.as_deref().and_then(without_commands);
    }
    Ok(page)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// Whether what was built before is thrown away first.
    #[serde(default)]
    anew: bool,
}

/// Builds the sandbox's image in the background; the job `sandbox-image` tells how far it is.
#[utoipa::path(post, path = "/settings/sandbox/build", params(How), responses((status = 202)))]
async fn build(State(shared): State<Shared>, Query(How { anew }): Query<How>) -> StatusCode {
    if shared.jobs.begin(BUILD, "beginning") {
        tokio::task::spawn_blocking(move || {
            let mut tell = |what: &str, done: Option<f64>| shared.jobs.update(BUILD, JobState::Running, what, done);
            let cleared = if anew { shared.host.reset_sandbox() } else { Ok(()) };
            let built = cleared.and_then(|()| shared.host.build_sandbox(&mut tell));
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

/// Deletes the image and the saved machines. Nothing of the person's is in them; commands cannot run until it is built again.
#[utoipa::path(post, path = "/settings/sandbox/reset",
    responses((status = 200, body = SandboxPage), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn reset(State(shared): State<Shared>) -> Result<Json<SandboxPage>, Failure> {
    let work = |shared: &Shared| {
        cache::free(shared, CachePart::Image)?;
        shared.host.reset_sandbox().map_err(host_failure)?;
        page(shared)
    };
    let page = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(page))
}

/// What works on this computer and what is missing.
#[utoipa::path(get, path = "/settings/checks", responses((status = 200, body = Vec<Check>)))]
async fn checks(State(shared): State<Shared>) -> Result<Json<Vec<Check>>, Failure> {
    let mut checks = shared.blocking(|shared| Ok(shared.host.checks())).await?;
    for check in &mut checks {
        // What has its place in the settings has its buttons there.
        let told = if check.settings.is_none() {
            check.hint.as_deref()
        } else {
            None
        };
        check.hint = told.and_then(without_commands);
    }
    Ok(Json(checks))
}
