//! Settings.

mod folders;
mod instructions;
mod ledger;
mod models;
mod policy;
mod sandbox;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;

use crate::{Failure, state::Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(folders::routes())
        .merge(instructions::routes())
        .merge(ledger::routes())
        .merge(models::routes())
        .merge(policy::routes())
        .merge(sandbox::routes())
}

/// Something about this computer or its settings files did not work, in the host's words.
fn host_failure(why: String) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "server.settings", why)
}
