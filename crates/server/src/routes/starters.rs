//! What installed plugins are for, as good first tasks. Apart from what the interface needs before it shows anything: plugins
//! are read and compared with what was agreed to, which takes its time.

use std::collections::BTreeMap;

use axum::{Json, extract::State};

use crate::{
    Failure,
    api::Starter,
    described::{Routes, routes},
    state::Shared,
};

/// Good first tasks of one plugin.
const OF_A_PLUGIN: usize = 2;
/// Good first tasks in all, with the recipes: what is more is found behind `/`.
const MOST: usize = 24;
/// Characters of what a good first task does.
const DETAIL: usize = 140;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(starters))
}

/// What installed plugins are for, each by its first skills that a person may call.
#[utoipa::path(get, path = "/starters", responses((status = 200, body = Vec<Starter>)))]
async fn starters(State(shared): State<Shared>) -> Result<Json<Vec<Starter>>, Failure> {
    Ok(Json(shared.blocking(of_plugins).await?))
}

fn of_plugins(shared: &Shared) -> Result<Vec<Starter>, Failure> {
    let room = MOST.saturating_sub(deskhand_recipes::library().len());
    let mut starters = Vec::new();
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for skill in shared.engine.skills(&[])? {
        let Some(plugin) = skill.plugin.filter(|_| skill.for_people && skill.in_force) else {
            continue;
        };
        let plugin = plugin.split('@').next().unwrap_or_default().to_owned();
        let before = told.entry(plugin.clone()).or_default();
        if *before < OF_A_PLUGIN && starters.len() < room {
            *before += 1;
            starters.push(Starter {
                title: titled(&skill.name),
                detail: shortened(&skill.description),
                prompt: format!("/{} ", skill.command),
                id: skill.command,
                from: plugin,
                needs_folder: true,
            });
        }
    }
    Ok(starters)
}

/// `finance:bank-reconciliation` as people write it: "Bank reconciliation".
fn titled(name: &str) -> String {
    let own = name.rsplit(':').next().unwrap_or(name).replace(['-', '_'], " ");
    let mut letters = own.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

/// The first sentence of a description, which is written for models and says more than a person needs.
fn shortened(description: &str) -> String {
    let end = description.find(". ").map_or(description.len(), |at| at + 1);
    let sentence = description.get(..end).unwrap_or(description).trim();
    match sentence.char_indices().nth(DETAIL) {
        Some((cut, _)) => format!("{}…", sentence.get(..cut).unwrap_or_default().trim_end()),
        None => sentence.to_owned(),
    }
}
