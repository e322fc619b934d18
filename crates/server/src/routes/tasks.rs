//! Tasks: the list, one as a whole, what changes in it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    middleware::from_fn,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use deskhand_engine::{MarksPatch, StartOptions};
use deskhand_types::{Budget, Effort, GrantMode, Mode, Reading, TaskId, Tier};
use futures_util::Stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Failure,
    api::{
        CallDetail, EffortChoice, NewTask, Permission, Problem, ReadingChoice, TaskHead, TaskMade, TaskMarks, TaskPage,
        TaskUpdate, WorkMode,
    },
    described::{Routes, routes},
    live::{self, LiveTask},
    socket,
    state::Shared,
    view,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(events))
        // Those above alone.
        .around(|routes| routes.route_layer(from_fn(socket::carry)))
        .routes(routes!(list, start))
        .routes(routes!(show, mark))
        .routes(routes!(call))
        .routes(routes!(export))
}

/// Opens a task: by its id, or the beginning of it.
pub(super) async fn open(shared: &Shared, id: String) -> Result<Arc<LiveTask>, Failure> {
    let find = move |shared: &Shared| shared.desk.lives().get(&shared.engine.find(&id)?);
    shared.blocking(find).await
}

/// The task an id names.
pub(super) async fn find(shared: &Shared, id: String) -> Result<TaskId, Failure> {
    shared.blocking(move |shared| Ok(shared.engine.find(&id)?)).await
}

/// All tasks, the latest first.
#[utoipa::path(get, path = "/tasks", responses((status = 200, body = Vec<TaskHead>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<TaskHead>>, Failure> {
    let glance = shared.blocking(|shared| shared.overview.look()).await?;
    Ok(Json(glance.heads))
}

/// Starts a task; work on it begins at once.
#[utoipa::path(post, path = "/tasks", request_body = NewTask,
    responses((status = 201, body = TaskMade), (status = 422, body = Problem)))]
async fn start(
    State(shared): State<Shared>,
    Json(new): Json<NewTask>,
) -> Result<(StatusCode, Json<TaskMade>), Failure> {
    if let Some(budget) = &new.budget {
        budget.check("nothing was started")?;
    }
    let start = move |shared: &Shared| {
        let budget = match &new.budget {
            Some(budget) => budget.clone().into(),
            // Where the usual limits cannot be read, nothing is started without them.
            None => shared
                .host
                .budget()
                .map_err(|why| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "server.settings", why))?,
        };
        shared.desk.start(options(new, budget, shared.host.tier()))
    };
    let task = shared.blocking(start).await?;
    Ok((StatusCode::CREATED, Json(TaskMade { id: task.to_string() })))
}

/// What the engine is told.
pub(super) fn options(new: NewTask, budget: Budget, sandbox: Tier) -> StartOptions {
    StartOptions {
        prompt: new.prompt,
        voice: new.voice.into_iter().map(Into::into).collect(),
        folders: new
            .folders
            .into_iter()
            .map(|folder| (folder.path.into(), grant_mode(folder.mode)))
            .collect(),
        mode: match new.mode {
            WorkMode::Plan => Mode::Plan,
            WorkMode::Manual => Mode::Manual,
            WorkMode::Auto => Mode::Auto,
            WorkMode::Skip => Mode::Skip,
        },
        model: new.model,
        effort: match new.effort {
            EffortChoice::Low => Effort::Low,
            EffortChoice::Standard => Effort::Standard,
            EffortChoice::High => Effort::High,
        },
        budget,
        sandbox,
        reading: match new.reading {
            ReadingChoice::Direct => Reading::Direct,
            ReadingChoice::Apart => Reading::Apart,
        },
        agent: None,
        uploads: new.uploads,
        allow_outside_home: new.allow_outside_home,
    }
}

/// A permission as a grant.
pub(crate) const fn grant_mode(permission: Permission) -> GrantMode {
    match permission {
        Permission::ReadOnly => GrantMode::ReadOnly,
        Permission::ReadWriteNoDelete => GrantMode::ReadWriteNoDelete,
        Permission::ReadWrite => GrantMode::ReadWrite,
    }
}

/// A task as a whole.
#[utoipa::path(get, path = "/tasks/{id}", params(("id" = String, Path)),
    responses((status = 200, body = TaskPage), (status = 404, body = Problem)))]
async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<TaskPage>, Failure> {
    let live = open(&shared, id).await?;
    Ok(Json(shared.blocking(move |_| live.page()).await?))
}

/// Names, pins or archives a task.
#[utoipa::path(patch, path = "/tasks/{id}", params(("id" = String, Path)), request_body = TaskMarks,
    responses((status = 200, body = TaskHead), (status = 404, body = Problem)))]
async fn mark(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(marks): Json<TaskMarks>,
) -> Result<Json<TaskHead>, Failure> {
    let live = open(&shared, id.clone()).await?;
    let head = move |shared: &Shared| {
        let patch = MarksPatch {
            title: marks.title,
            pinned: marks.pinned,
            archived: marks.archived,
        };
        live.set_marks(shared.engine.mark(&shared.engine.find(&id)?, &patch)?);
        shared.desk.tell();
        live.head()
    };
    Ok(Json(shared.blocking(head).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// The last event the listener knows of; without it everything is told.
    after: Option<u64>,
}

/// What changes in a task: messages `update` ([`TaskUpdate`], with the number of the last event as their id) and `live`
/// (`Live`, without an id). `Last-Event-ID` wins over `after`.
#[utoipa::path(get, path = "/tasks/{id}/events", params(("id" = String, Path), After),
    responses((status = 200, body = TaskUpdate, content_type = "text/event-stream"), (status = 404, body = Problem)))]
async fn events(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let live = open(&shared, id).await?;
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let stream = live::stream(live, last.or(after));
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// All of one tool call.
#[utoipa::path(get, path = "/tasks/{id}/calls/{call}", params(("id" = String, Path), ("call" = String, Path)),
    responses((status = 200, body = CallDetail), (status = 404, body = Problem)))]
async fn call(
    State(shared): State<Shared>,
    Path((id, call)): Path<(String, String)>,
) -> Result<Json<CallDetail>, Failure> {
    let look = move |shared: &Shared| {
        let events = shared.engine.events(&shared.engine.find(&id)?)?;
        view::call(&events, &call).ok_or_else(|| Failure::not_found("tool call of that name in this task"))
    };
    Ok(Json(shared.blocking(look).await?))
}

/// The whole task as a Markdown document to keep.
#[utoipa::path(get, path = "/tasks/{id}/export", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/markdown"), (status = 404, body = Problem)))]
async fn export(State(shared): State<Shared>, Path(id): Path<String>) -> Result<impl IntoResponse, Failure> {
    let task = find(&shared, id).await?;
    let name = format!("attachment; filename=\"task-{task}.md\"");
    let text = shared
        .blocking(move |shared| Ok(deskhand_engine::views::export_markdown(&shared.engine.show(&task)?)))
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text))
}
