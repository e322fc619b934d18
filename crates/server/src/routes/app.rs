//! What the interface needs before it shows anything; search; the first task on sample files.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use deskhand_engine::{RECIPES, StartOptions};
use deskhand_types::{GrantMode, Mode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::folders_of;
use crate::{
    Failure,
    api::{AppState, FoundEntry, ModelChoice, Problem, SandboxState, Starter, TaskMade},
    described::{Routes, routes},
    problem::without_commands,
    state::Shared,
};

/// What the sample files are for.
const DEMO: &str = "Analyse these spreadsheets and draft a summary report";
/// Most places a search gives.
const FOUND: usize = 100;

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(state))
        .routes(routes!(search))
        .routes(routes!(demo))
}

/// What the interface needs before it shows anything.
#[utoipa::path(get, path = "/state", responses((status = 200, body = AppState)))]
async fn state(State(shared): State<Shared>) -> Result<Json<AppState>, Failure> {
    let look = |shared: &Shared| {
        let config = shared.engine.config();
        Ok(AppState {
            version: config.version.clone(),
            platform: std::env::consts::OS.to_owned(),
            personal_folder: config.personal.to_string_lossy().into_owned(),
            first_run: shared.engine.tasks()?.is_empty(),
            models: models(shared),
            starters: starters(),
            standing_folders: folders_of(&shared.engine.settings()?.grants),
            sandbox: sandbox(shared),
            can_open_files: shared.host.can_open_files(),
            // A file that is not right is told where tasks are started and settings are changed.
            budget: shared.host.budget().unwrap_or_default().into(),
        })
    };
    Ok(Json(shared.blocking(look).await?))
}

fn sandbox(shared: &Shared) -> SandboxState {
    let state = shared.host.sandbox();
    let hint = state.hint.as_deref().and_then(without_commands);
    SandboxState { hint, ..state }
}

/// The models that can be used without asking the network: the default, those the settings name, the recipes.
fn models(shared: &Shared) -> Vec<ModelChoice> {
    let models = shared.engine.models();
    let usual = models.resolve(None).ok();
    let recipes = models.resolve(Some(RECIPES)).ok();
    let mut choices: Vec<ModelChoice> = Vec::new();
    let configured = models
        .ready()
        .into_iter()
        .filter_map(|name| models.resolve(Some(&name)).ok());
    for chosen in usual.clone().into_iter().chain(configured).chain(recipes) {
        let id = chosen.model.to_string();
        if choices.iter().any(|choice| choice.id == id) {
            continue;
        }
        let is_recipes = chosen.model.provider == RECIPES;
        choices.push(ModelChoice {
            default: usual.as_ref().is_some_and(|usual| usual.model == chosen.model),
            title: if is_recipes {
                "Built-in recipes".to_owned()
            } else {
                chosen.model.name.clone()
            },
            detail: if is_recipes {
                "No AI model: fixed plans for common jobs. Needs no key and no network.".to_owned()
            } else {
                format!("by {}", chosen.model.provider)
            },
            thinks: chosen.profile.thinking_budget > 0,
            id,
        });
    }
    choices
}

/// The recipes, as good first tasks.
fn starters() -> Vec<Starter> {
    let starter = |recipe: &deskhand_recipes::Recipe| Starter {
        id: recipe.id.clone(),
        title: recipe.title.clone(),
        detail: recipe.what.clone(),
        prompt: recipe.title.clone(),
        from: "recipe".to_owned(),
        needs_folder: true,
    };
    deskhand_recipes::library().iter().map(starter).collect()
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Words {
    /// Words, or `"a phrase"`.
    q: String,
}

/// Searches everything tasks said, read and did.
#[utoipa::path(get, path = "/search", params(Words), responses((status = 200, body = Vec<FoundEntry>)))]
async fn search(
    State(shared): State<Shared>,
    Query(Words { q }): Query<Words>,
) -> Result<Json<Vec<FoundEntry>>, Failure> {
    let look = move |shared: &Shared| {
        if q.trim().is_empty() {
            return Ok(Vec::new());
        }
        let heads = shared.overview.look()?.heads;
        let title = |task: &str| heads.iter().find(|head| head.id == task).map(|head| head.title.clone());
        let hits = shared.engine.search(&q, FOUND)?;
        Ok(hits
            .into_iter()
            // What is not a task (the application's own log) has no page to show.
            .filter_map(|hit| {
                Some(FoundEntry {
                    title: title(hit.task.as_str())?,
                    task: hit.task.to_string(),
                    seq: hit.seq,
                    at: hit.at.0,
                    kind: hit.kind,
                    snippet: hit.snippet,
                })
            })
            .collect())
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Makes a folder of sample spreadsheets in the personal folder and has them analysed, with the built-in recipe.
#[utoipa::path(post, path = "/demo", responses((status = 201, body = TaskMade), (status = 422, body = Problem)))]
async fn demo(State(shared): State<Shared>) -> Result<(StatusCode, Json<TaskMade>), Failure> {
    let start = |shared: &Shared| {
        let folder = shared
            .host
            .sample_folder()
            .map_err(|why| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "server.no-sample", why))?;
        shared.desk.start(StartOptions {
            prompt: DEMO.to_owned(),
            folders: vec![(folder, GrantMode::ReadWriteNoDelete)],
            mode: Mode::Auto,
            model: Some(RECIPES.to_owned()),
            sandbox: shared.host.tier(),
            ..StartOptions::default()
        })
    };
    let task = shared.blocking(start).await?;
    Ok((StatusCode::CREATED, Json(TaskMade { id: task.to_string() })))
}
