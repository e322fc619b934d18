//! Skills and commands: all there are, what a person can type, and those of folders to be trusted.

use std::path::PathBuf;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;

use crate::{
    Failure,
    api::{Command, Problem, SkillLine, SkillNote, SkillPage, TrustSkill},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(trust))
        .routes(routes!(commands))
        .routes(routes!(notes))
}

fn line(line: deskhand_engine::SkillLine) -> SkillLine {
    let from = match (line.plugin, line.scope.as_str()) {
        (Some(plugin), _) => plugin,
        (None, "project") => line.place,
        (None, _) => line.scope,
    };
    SkillLine {
        name: line.name,
        about: match (line.kind, line.description.as_str()) {
            ("agent", "") => "An agent.".to_owned(),
            ("agent", about) => format!("An agent. {about}"),
            (_, about) => about.to_owned(),
        },
        from,
        arguments: line.argument_hint,
        for_person: line.for_people,
        for_model: line.for_models,
        trusted: line.in_force,
    }
}

/// Every skill and command, with those of the standing folders.
#[utoipa::path(get, path = "/skills", responses((status = 200, body = Vec<SkillLine>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<SkillLine>>, Failure> {
    let read = |shared: &Shared| Ok(shared.engine.skills(&[])?.into_iter().map(line).collect());
    Ok(Json(shared.blocking(read).await?))
}

/// What is to be known of them: names that mean another skill, plugins that lie where skills are, what cannot be used.
#[utoipa::path(get, path = "/skills-notes", responses((status = 200, body = Vec<SkillNote>)))]
async fn notes(State(shared): State<Shared>) -> Result<Json<Vec<SkillNote>>, Failure> {
    let read = |shared: &Shared| {
        let notes = shared.engine.skill_notes(&[])?.into_iter();
        let told = notes.map(|note| SkillNote {
            place: note.place,
            message: note.message,
        });
        Ok(told.collect())
    };
    Ok(Json(shared.blocking(read).await?))
}

#[derive(Deserialize)]
struct From {
    from: String,
}

/// A skill with its text. `from` is that of the list: several places may have a skill of a name.
#[utoipa::path(get, path = "/skills/{name}", params(("name" = String, Path), ("from" = String, Query)),
    responses((status = 200, body = SkillPage), (status = 404, body = Problem)))]
async fn show(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(From { from }): Query<From>,
) -> Result<Json<SkillPage>, Failure> {
    let read = move |shared: &Shared| {
        let known = shared.engine.skills(&[])?;
        let found = known
            .into_iter()
            .find(|known| known.name == name && line(known.clone()).from == from);
        let found = found.ok_or_else(|| Failure::not_found("skill of that name"))?;
        let file = found.place.clone();
        let (text, hash) = if found.in_force && found.kind == "skill" {
            (shared.engine.skill(&name, &[])?.body, String::new())
        } else {
            shared.engine.skill_to_trust(&PathBuf::from(&found.place))?
        };
        Ok(SkillPage {
            skill: line(found),
            text,
            file,
            hash,
        })
    };
    Ok(Json(shared.blocking(read).await?))
}

/// Trusts a skill of a folder, exactly as it was read.
#[utoipa::path(post, path = "/skills/{name}/trust", params(("name" = String, Path)), request_body = TrustSkill,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn trust(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Json(what): Json<TrustSkill>,
) -> Result<StatusCode, Failure> {
    let work = move |shared: &Shared| {
        let known = shared.engine.skills(&[])?;
        let is_it =
            |known: &&deskhand_engine::SkillLine| !known.in_force && known.name == name && known.place == what.from;
        if known.iter().find(is_it).is_none() {
            return Err(Failure::not_found(
                "skill of that name to be trusted; nothing was changed",
            ));
        }
        let folder = PathBuf::from(&what.from);
        if shared.engine.skill_to_trust(&folder)?.1 != what.hash {
            let why = "the skill was changed since you read it; read it again. It is not trusted";
            return Err(Failure::new(StatusCode::CONFLICT, "server.skill-changed", why));
        }
        shared.engine.trust_skill(&folder)?;
        shared.jobs.settings_changed();
        Ok(StatusCode::NO_CONTENT)
    };
    shared.blocking(work).await
}

/// What a person can type behind `/`, with what the standing folders bring.
#[utoipa::path(get, path = "/commands", responses((status = 200, body = Vec<Command>)))]
async fn commands(State(shared): State<Shared>) -> Result<Json<Vec<Command>>, Failure> {
    let read = |shared: &Shared| {
        let known = shared.engine.commands(&[])?.into_iter();
        let told = known.map(|known| Command {
            name: known.command,
            full: known.name,
            about: known.description,
            arguments: known.argument_hint,
        });
        Ok(told.collect())
    };
    Ok(Json(shared.blocking(read).await?))
}
