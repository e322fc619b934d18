//! Standing instructions: the person's own, and files found in standing folders, which count only once trusted.

use std::path::PathBuf;

use axum::{Json, extract::State, http::StatusCode};
use deskhand_types::EventBody;

use crate::{
    Failure,
    api::{InstructionFile, Instructions, Problem, SetInstructions, TrustInstructions},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(show, set)).routes(routes!(trust))
}

/// The folder each file was found in, and the file.
fn files(shared: &Shared) -> Result<Vec<(PathBuf, InstructionFile)>, Failure> {
    let mut found = Vec::new();
    for grant in shared.engine.settings()?.grants {
        let folder = PathBuf::from(&grant.folder);
        // A folder that is gone has no instructions, and is told about where folders are shown.
        if let Ok(Some(file)) = shared.engine.folder_instructions(&folder) {
            let file = InstructionFile {
                file: file.file,
                hash: file.hash.to_string(),
                trusted: file.trusted,
                text: file.text_now.unwrap_or_default(),
            };
            found.push((folder, file));
        }
    }
    Ok(found)
}

/// The instructions in force, and those that could be.
#[utoipa::path(get, path = "/settings/instructions", responses((status = 200, body = Instructions)))]
async fn show(State(shared): State<Shared>) -> Result<Json<Instructions>, Failure> {
    let look = |shared: &Shared| {
        Ok(Instructions {
            global: shared.engine.settings()?.instructions,
            files: files(shared)?.into_iter().map(|(_, file)| file).collect(),
        })
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Sets the person's own instructions, for tasks that are started from now on.
#[utoipa::path(put, path = "/settings/instructions", request_body = SetInstructions, responses((status = 204)))]
async fn set(State(shared): State<Shared>, Json(wanted): Json<SetInstructions>) -> Result<StatusCode, Failure> {
    shared
        .blocking(move |shared| Ok(shared.engine.set(EventBody::InstructionsSet { text: wanted.text })?))
        .await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Trusts an instructions file with the text the person saw. One that was changed meanwhile is not trusted.
#[utoipa::path(post, path = "/settings/instructions/trust", request_body = TrustInstructions,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn trust(State(shared): State<Shared>, Json(wanted): Json<TrustInstructions>) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        let (folder, file) = files(shared)?
            .into_iter()
            .find(|(_, file)| file.file == wanted.file)
            .ok_or_else(|| Failure::not_found("instructions file of that name in a standing folder"))?;
        if file.hash != wanted.hash {
            return Err(Failure::new(
                StatusCode::CONFLICT,
                "server.instructions-changed",
                "the file was changed since you saw it; it was not trusted",
            )
            .hint("Look at it again."));
        }
        shared.engine.trust_folder_instructions(&folder)?;
        Ok(())
    };
    shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}
