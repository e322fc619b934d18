//! Connectors: programs and services whose tools tasks may call.

mod bundle;
mod sign_in;
mod words;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use deskhand_engine::NewConnector;
use deskhand_types::{ProgramAccess, SharedFolder};
use serde_json::{Value, json};

use crate::{
    Failure,
    api::{
        AddConnector, Completion, Connector, ConnectorPage, DirectoryEntry, Problem, SetAddressBook, SetSampling,
        SetToolRule,
    },
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, add))
        .routes(routes!(show, remove))
        .routes(routes!(rule))
        .routes(routes!(address_book))
        .routes(routes!(sampling))
        .routes(routes!(start))
        .routes(routes!(approve))
        .routes(routes!(directory))
        .routes(routes!(completions))
        .merge(sign_in::routes())
        .merge(bundle::routes())
}

/// The connectors, by name. Nothing is started or asked for that.
#[utoipa::path(get, path = "/connectors", responses((status = 200, body = Vec<Connector>)))]
async fn list(State(shared): State<Shared>) -> Result<Json<Vec<Connector>>, Failure> {
    let lines = shared.engine.connectors().await?;
    let tell = |line| sign_in::told(&shared, words::connector(line, 0));
    Ok(Json(lines.into_iter().map(tell).collect()))
}

/// Adds a connector and reaches it once. None of its tools can be used before they are approved.
#[utoipa::path(post, path = "/connectors", request_body = AddConnector,
    responses((status = 201, body = ConnectorPage), (status = 422, body = Problem)))]
async fn add(
    State(shared): State<Shared>,
    Json(wanted): Json<AddConnector>,
) -> Result<(StatusCode, Json<ConnectorPage>), Failure> {
    let new = shared.blocking(move |_| new_connector(wanted)).await?;
    let name = new.name.clone();
    shared.engine.add_connector(new).await?;
    shared.jobs.settings_changed();
    Ok((StatusCode::CREATED, Json(started(&shared, &name).await?)))
}

fn new_connector(wanted: AddConnector) -> Result<NewConnector, Failure> {
    let folders = wanted.folders.into_iter().map(folder).collect::<Result<_, _>>()?;
    Ok(NewConnector {
        entry: entry(&wanted.url, &wanted.command)?,
        name: wanted.name,
        access: ProgramAccess {
            folders,
            network: wanted.network,
            unconfined: false,
        },
        trusted: true,
        secrets: std::collections::BTreeMap::new(),
        client_secret: None,
        helper: None,
    })
}

/// How it is reached, as an entry of `.mcp.json`.
fn entry(url: &str, command: &[String]) -> Result<Value, Failure> {
    match (url.trim(), command.split_first()) {
        ("", Some((program, rest))) => Ok(json!({"type": "stdio", "command": program, "args": rest})),
        (url, None) if !url.is_empty() => Ok(json!({"type": "http", "url": url})),
        _ => Err(refused(
            "give the connector's address or its command, one of them; nothing was added",
        )),
    }
}

/// A folder a program reads.
fn folder(path: String) -> Result<SharedFolder, Failure> {
    let known = std::path::Path::new(&path);
    if !known.is_absolute() || !known.is_dir() {
        return Err(refused(format!(
            "{path} is not a folder of this computer (write all of its path); nothing was added"
        )));
    }
    Ok(SharedFolder { path, writable: false })
}

fn refused(why: impl Into<String>) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "server.connector", why)
}

async fn page(shared: &Shared, name: &str) -> Result<ConnectorPage, Failure> {
    Ok(told(shared, shared.engine.connector(name).await?))
}

/// The same once its program was started, since the person said so.
async fn started(shared: &Shared, name: &str) -> Result<ConnectorPage, Failure> {
    Ok(told(shared, shared.engine.start_connector(name).await?))
}

fn told(shared: &Shared, page: deskhand_engine::ConnectorPage) -> ConnectorPage {
    let mut page = words::page(page);
    page.connector = sign_in::told(shared, page.connector);
    page
}

/// Such a connector, or that there is none.
async fn known(shared: &Shared, name: &str) -> Result<(), Failure> {
    let lines = shared.engine.connectors().await?;
    if lines.iter().any(|line| line.name == name) {
        return Ok(());
    }
    Err(Failure::not_found("connector of that name; nothing was changed"))
}

/// A connector with its tools, as it names them now: it is reached for that. A program of this computer that nobody has
/// approved is not started for it.
#[utoipa::path(get, path = "/connectors/{name}", params(("name" = String, Path)),
    responses((status = 200, body = ConnectorPage), (status = 404, body = Problem)))]
async fn show(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<ConnectorPage>, Failure> {
    known(&shared, &name).await?;
    Ok(Json(page(&shared, &name).await?))
}

/// Starts the program of a connector that nobody has approved, so that its tools can be looked at. Nothing is approved by it.
#[utoipa::path(post, path = "/connectors/{name}/start", params(("name" = String, Path)),
    responses((status = 200, body = ConnectorPage), (status = 404, body = Problem)))]
async fn start(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<ConnectorPage>, Failure> {
    known(&shared, &name).await?;
    let page = started(&shared, &name).await?;
    shared.jobs.settings_changed();
    Ok(Json(page))
}

/// Removes a connector with its sign-in.
#[utoipa::path(delete, path = "/connectors/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn remove(State(shared): State<Shared>, Path(name): Path<String>) -> Result<StatusCode, Failure> {
    known(&shared, &name).await?;
    shared.engine.remove_connector(&name).await?;
    shared.sign_ins.forget(&name);
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Decides about the use of one tool, for tasks from now on.
#[utoipa::path(put, path = "/connectors/{name}/tools/{tool}", params(("name" = String, Path), ("tool" = String, Path)),
    request_body = SetToolRule, responses((status = 204), (status = 404, body = Problem)))]
async fn rule(
    State(shared): State<Shared>,
    Path((name, tool)): Path<(String, String)>,
    Json(set): Json<SetToolRule>,
) -> Result<StatusCode, Failure> {
    known(&shared, &name).await?;
    let page = shared.engine.connector(&name).await?;
    if !page.tool_list.iter().any(|known| known.name == tool) {
        return Err(Failure::not_found("tool of that name; nothing was changed"));
    }
    let work = move |shared: &Shared| Ok(shared.engine.set_tool_rule(&name, &tool, words::rule_of(set.rule))?);
    shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Lets the records of a connector count as an address book, or not any more.
#[utoipa::path(put, path = "/connectors/{name}/address-book", params(("name" = String, Path)),
    request_body = SetAddressBook,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn address_book(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Json(set): Json<SetAddressBook>,
) -> Result<StatusCode, Failure> {
    known(&shared, &name).await?;
    let tools = set.on.then_some(set.tools);
    let work = move |shared: &Shared| Ok(shared.engine.set_address_book(&name, tools)?);
    shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a connector's server ask for answers of a model, or not any more. Each is asked about.
#[utoipa::path(put, path = "/connectors/{name}/sampling", params(("name" = String, Path)),
    request_body = SetSampling,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn sampling(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Json(set): Json<SetSampling>,
) -> Result<StatusCode, Failure> {
    known(&shared, &name).await?;
    shared.engine.set_sampling(&name, set.on, set.model).await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Approves the tools of a connector as they are now.
#[utoipa::path(post, path = "/connectors/{name}/approve", params(("name" = String, Path)),
    responses((status = 200, body = ConnectorPage), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn approve(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<ConnectorPage>, Failure> {
    known(&shared, &name).await?;
    let page = shared.engine.approve_tools(&name).await?;
    shared.jobs.settings_changed();
    Ok(Json(words::page(page)))
}

/// The built-in directory: connectors that are known by name. Nobody is asked for that.
#[utoipa::path(get, path = "/connectors-directory", responses((status = 200, body = Vec<DirectoryEntry>)))]
async fn directory() -> Json<Vec<DirectoryEntry>> {
    Json(deskhand_mcp::directory::entries().iter().map(words::known).collect())
}

#[derive(serde::Deserialize)]
struct Typed {
    text: String,
}

/// What connectors propose for what is being typed: behind `/mcp__` for the last argument of a prompt, else for the name of
/// a resource behind `@`. Servers that cannot be asked propose nothing.
#[utoipa::path(get, path = "/connectors-completions", params(("text" = String, Query)),
    responses((status = 200, body = Vec<Completion>)))]
async fn completions(
    State(shared): State<Shared>,
    Query(Typed { text }): Query<Typed>,
) -> Result<Json<Vec<Completion>>, Failure> {
    if text.starts_with('/') {
        let proposed = shared.engine.complete_typed(&text).await?.into_iter();
        let told = proposed.map(|one| Completion {
            insert: one.text,
            name: one.value,
            about: String::new(),
        });
        return Ok(Json(told.collect()));
    }
    let resources = shared.engine.resources(&text).await.unwrap_or_default().into_iter();
    let told = resources.map(|one| Completion {
        name: one.title,
        about: one.mention.clone(),
        insert: one.mention,
    });
    Ok(Json(told.take(20).collect()))
}
