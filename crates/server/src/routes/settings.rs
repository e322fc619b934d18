//! Settings.

mod about;
mod appearance;
mod budget;
mod cache;
mod folders;
mod instructions;
mod ledger;
mod local_model;
mod memory;
mod models;
mod policy;
mod sandbox;

use axum::http::StatusCode;

use crate::{Failure, described::Routes, state::Shared};

pub(super) fn routes() -> Routes {
    Routes::new()
        .merge(about::routes())
        .merge(appearance::routes())
        .merge(budget::routes())
        .merge(cache::routes())
        .merge(folders::routes())
        .merge(instructions::routes())
        .merge(ledger::routes())
        .merge(local_model::routes())
        .merge(memory::routes())
        .merge(models::routes())
        .merge(policy::routes())
        .merge(sandbox::routes())
}

/// The settings file, in the data folder.
const FILE: &str = "settings.toml";

/// Writes the settings file and takes it into use with `take`; when that refuses it, the file is as it was.
fn write(
    shared: &Shared,
    before: &str,
    after: &str,
    take: impl FnOnce(&Shared) -> Result<(), String>,
) -> Result<(), Failure> {
    shared.host.set_own_text(FILE, after).map_err(host_failure)?;
    if let Err(why) = take(shared) {
        shared.host.set_own_text(FILE, before).map_err(host_failure)?;
        return Err(host_failure(why));
    }
    Ok(())
}

/// Something about this computer or its settings files did not work, in the host's words.
fn host_failure(why: String) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "server.settings", why)
}
