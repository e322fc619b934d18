//! What was used and kept: the ledger of the network, usage by model, storage.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Query, State},
};
use deskhand_types::TaskId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Failure,
    api::{NetworkEntry, Storage, UsageLine},
    described::{Routes, routes},
    state::Shared,
};

/// Most requests shown.
const SHOWN: usize = 2_000;

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(network))
        .routes(routes!(usage))
        .routes(routes!(storage))
        .routes(routes!(tidy))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// A task; all when absent.
    task: Option<String>,
}

/// Every request of a command to the network, the latest first.
#[utoipa::path(get, path = "/settings/network", params(Of), responses((status = 200, body = Vec<NetworkEntry>)))]
async fn network(
    State(shared): State<Shared>,
    Query(Of { task }): Query<Of>,
) -> Result<Json<Vec<NetworkEntry>>, Failure> {
    let look = move |shared: &Shared| {
        let find = |task: String| match TaskId::connectors() {
            connectors if connectors.as_str() == task => Ok(connectors),
            _ => shared.engine.find(&task),
        };
        let task = task.map(find).transpose()?;
        let mut lines = shared.engine.network(task.as_ref())?;
        lines.sort_by_key(|line| std::cmp::Reverse((line.at, line.request.id)));
        lines.truncate(SHOWN);
        Ok(lines
            .into_iter()
            .map(|line| NetworkEntry {
                task: line.task.to_string(),
                at: line.at.0,
                url: format!(
                    "{}://{}:{}{}",
                    line.request.scheme, line.request.host, line.request.port, line.request.path
                ),
                method: line.request.method,
                allowed: line.request.allowed,
                reason: line.request.reason,
                status: line.status,
                sent: line.sent,
                received: line.received,
            })
            .collect())
    };
    Ok(Json(shared.blocking(look).await?))
}

/// What tasks used, by model.
#[utoipa::path(get, path = "/settings/usage", responses((status = 200, body = Vec<UsageLine>)))]
async fn usage(State(shared): State<Shared>) -> Result<Json<Vec<UsageLine>>, Failure> {
    let look = |shared: &Shared| {
        let mut lines: BTreeMap<String, UsageLine> = BTreeMap::new();
        for task in shared.engine.usage()? {
            let model = task.model.to_string();
            let line = lines.entry(model.clone()).or_insert_with(|| UsageLine {
                model,
                tasks: 0,
                turns: 0,
                input_tokens: 0,
                output_tokens: 0,
                cost_usd: 0.0,
                asked: 0,
                cards: 0,
                denied: 0,
            });
            line.tasks += 1;
            line.turns += task.turns;
            line.input_tokens += task.usage.context_tokens();
            line.output_tokens += task.usage.output_tokens;
            line.cost_usd += task.cost_usd;
            line.asked += task.asked;
            line.cards += task.cards;
            line.denied += task.denied;
        }
        Ok(lines.into_values().collect())
    };
    Ok(Json(shared.blocking(look).await?))
}

pub(super) fn kept(shared: &Shared) -> Result<Storage, Failure> {
    let usage = shared.engine.store().usage()?;
    let config = shared.engine.config();
    Ok(Storage {
        place: config.home.to_string_lossy().into_owned(),
        log_bytes: usage.database_bytes,
        kept_bytes: usage.blob_stored_bytes,
        kept: usage.blobs,
        keep_days: config.retention.keep_days,
        max_bytes: config.retention.max_bytes,
        tidied_at: shared.engine.settings()?.tidied_at.map(|at| at.0),
        cache: shared.host.cache(),
    })
}

/// What is kept on disk.
#[utoipa::path(get, path = "/settings/storage", responses((status = 200, body = Storage)))]
async fn storage(State(shared): State<Shared>) -> Result<Json<Storage>, Failure> {
    Ok(Json(shared.blocking(kept).await?))
}

/// Releases contents kept for undo longer, or more of them, than the settings say.
#[utoipa::path(post, path = "/settings/storage/tidy", responses((status = 200, body = Storage)))]
async fn tidy(State(shared): State<Shared>) -> Result<Json<Storage>, Failure> {
    let work = |shared: &Shared| {
        shared.engine.tidy_at_once()?;
        kept(shared)
    };
    Ok(Json(shared.blocking(work).await?))
}
