//! The policy's rules: those in force, the person's own, and what other ones would have decided.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_engine::{EngineError, Past};

use super::host_failure;
use crate::{
    Failure,
    api::{
        Policy, PolicyDifference, PolicyFile, PolicyRule, PolicyTrial, Problem, SetPolicy, StandingValue, TryPolicy,
    },
    described::{Routes, routes},
    state::Shared,
};

/// The person's own rules, in the data folder.
const FILE: &str = "policy.toml";
/// Tasks a trial looks at when none is named, and differences it shows.
const TASKS: usize = 200;
const SHOWN: usize = 200;

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show, set))
        .routes(routes!(rehearse))
        .routes(routes!(values))
        .routes(routes!(withdraw))
}

fn policy(shared: &Shared) -> Result<Policy, Failure> {
    let own = shared.host.own_text(FILE).map_err(host_failure)?;
    // As they are now: a file of the organisation's may have changed, and rules of connectors' tools.
    shared.engine.refresh()?;
    let rules = shared.engine.rules().into_iter().map(|rule| PolicyRule {
        name: rule.name,
        verdict: rule.verdict.as_str().to_owned(),
        reason: rule.reason,
        own: matches!(rule.origin.as_str(), "own" | "connector"),
        managed: rule.origin.as_str() == "managed",
        file: rule.file,
    });
    let managed = shared.engine.managed().into_iter().map(|line| PolicyFile {
        file: line.file,
        error: line.rules.err(),
    });
    Ok(Policy {
        own,
        managed: managed.collect(),
        rules: rules.collect(),
    })
}

/// The rules in force.
#[utoipa::path(get, path = "/settings/policy", responses((status = 200, body = Policy)))]
async fn show(State(shared): State<Shared>) -> Result<Json<Policy>, Failure> {
    Ok(Json(shared.blocking(policy).await?))
}

/// Sets the person's own rules, for tasks that are taken up from now on. Wrong ones change nothing.
#[utoipa::path(put, path = "/settings/policy", request_body = SetPolicy,
    responses((status = 200, body = Policy), (status = 422, body = Problem)))]
async fn set(State(shared): State<Shared>, Json(wanted): Json<SetPolicy>) -> Result<Json<Policy>, Failure> {
    let work = move |shared: &Shared| {
        // Checked before anything is written: each rule must do what its examples say.
        shared.engine.reconfigure(shared.engine.models(), &wanted.own)?;
        shared.host.set_own_text(FILE, &wanted.own).map_err(host_failure)?;
        policy(shared)
    };
    let policy = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(policy))
}

/// The word an event has for something.
fn word(of: &impl serde::Serialize) -> String {
    let text = serde_json::to_value(of).ok();
    text.as_ref()
        .and_then(|text| text.as_str())
        .unwrap_or_default()
        .to_owned()
}

/// The values allowed for good, those allowed last coming first.
#[utoipa::path(get, path = "/settings/policy/values", responses((status = 200, body = Vec<StandingValue>)))]
async fn values(State(shared): State<Shared>) -> Result<Json<Vec<StandingValue>>, Failure> {
    let look = |shared: &Shared| {
        let heads = shared.overview.look()?.heads;
        let title = |task: &str| heads.iter().find(|head| head.id == task).map(|head| head.title.clone());
        let values = shared.engine.standing_values()?.into_iter().map(|value| StandingValue {
            id: value.id,
            effect: word(&value.rule.effect),
            kind: word(&value.rule.kind),
            value: value.rule.value,
            since: u64::try_from(value.since.0).unwrap_or_default(),
            title: value.task.as_ref().and_then(|task| title(task.as_str())),
            task: value.task.map(|task| task.to_string()),
        });
        Ok(values.collect())
    };
    Ok(Json(shared.blocking(look).await?))
}

/// Takes a value's standing permission back, for tasks that are taken up from now on.
#[utoipa::path(delete, path = "/settings/policy/values/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn withdraw(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    shared
        .blocking(move |shared: &Shared| Ok(shared.engine.withdraw_value(&id).map(|_| ())?))
        .await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// What rules would have decided about what tasks did, or one of them. Changes nothing.
#[utoipa::path(post, path = "/settings/policy/try", request_body = TryPolicy,
    responses((status = 200, body = PolicyTrial), (status = 404, body = Problem)))]
async fn rehearse(State(shared): State<Shared>, Json(wanted): Json<TryPolicy>) -> Result<Json<PolicyTrial>, Failure> {
    let work = move |shared: &Shared| {
        let task = wanted
            .task
            .as_deref()
            .map(|task| shared.engine.find(task))
            .transpose()?;
        let past = task.as_ref().map_or(Past::Latest(TASKS), Past::One);
        let rehearsal = match shared.engine.rehearse(&wanted.own, past) {
            Ok(rehearsal) => rehearsal,
            Err(error @ (EngineError::Rules(_) | EngineError::Managed { .. })) => {
                return Ok(PolicyTrial {
                    error: Some(error.to_string()),
                    tasks: 0,
                    judged: 0,
                    left_out: 0,
                    different: Vec::new(),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let heads = shared.overview.look()?.heads;
        let title = |task: &str| heads.iter().find(|head| head.id == task).map(|head| head.title.clone());
        let different = rehearsal
            .different
            .into_iter()
            .take(SHOWN)
            .map(|difference| PolicyDifference {
                title: title(difference.task.as_str()).unwrap_or_default(),
                task: difference.task.to_string(),
                call: difference.call.to_string(),
                summary: difference.summary,
                before: difference.before,
                after: difference.after.to_owned(),
                rule: difference.rule,
                reason: difference.reason,
            });
        Ok(PolicyTrial {
            error: None,
            tasks: rehearsal.tasks,
            judged: rehearsal.judged,
            left_out: rehearsal.left_out,
            different: different.collect(),
        })
    };
    Ok(Json(shared.blocking(work).await?))
}
