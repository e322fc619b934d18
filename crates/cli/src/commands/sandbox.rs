//! `sandbox`: the virtual machine commands run in.

mod build;
mod exec;
mod status;

use anyhow::Result;
use deskhand_engine::EngineError;
use deskhand_sandbox::image::Places as SandboxPlaces;
use serde_json::json;

use super::{done, print_json};
use crate::{
    app::{self, Places},
    args::SandboxAction,
    exit::Exit,
};

pub(crate) use status::{Status, tell_outdated};

/// Runs a `sandbox` command. The store is opened only where folders are granted: the others say what is wrong, and must
/// work when something is.
pub(crate) async fn sandbox(places: &Places, action: SandboxAction, json: bool) -> Result<Exit> {
    let kept = SandboxPlaces::new(&places.cache);
    match action {
        SandboxAction::Status => status::status(places, json),
        SandboxAction::Build { office } => build::build(places.cache.clone(), office, json).await,
        SandboxAction::Exec(args) => exec::exec(&app::engine(places)?, places, args, json).await,
        SandboxAction::Reset { image } => reset(&kept, image, json),
    }
}

fn reset(places: &SandboxPlaces, image: bool, json: bool) -> Result<Exit> {
    let before = deskhand_sandbox::kept(places).bytes;
    let ended = deskhand_sandbox::reset(places, image).map_err(EngineError::from)?;
    let freed = before.saturating_sub(deskhand_sandbox::kept(places).bytes);
    if json {
        print_json(&json!({"name": "reset", "ended": ended, "freed_bytes": freed}))?;
    } else {
        done(&format!(
            "The sandbox is reset: {} MB freed, {ended} left-over machines ended. Nothing of yours was in it.",
            freed / 1_000_000
        ));
    }
    Ok(Exit::Done)
}
