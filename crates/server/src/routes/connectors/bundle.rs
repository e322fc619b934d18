//! Bundles (`.mcpb`): handed over, looked at, installed.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
};
use deskhand_engine::{BundlePage as Page, BundleWish};
use deskhand_mcp::bundle::SettingKind;
use deskhand_types::{BlobStore as _, Hash, ProgramAccess};

use super::{refused, started};
use crate::{
    Failure,
    api::{BundlePage, BundleSetting, BundleSettingKind, ConnectorPage, Problem, SetUpBundle},
    described::{Routes, routes},
    state::Shared,
};

/// Largest bundle that is taken here, in bytes; the command line takes larger ones.
const MOST: usize = 200 << 20;

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(open))
        .around(|routes| routes.layer(DefaultBodyLimit::max(MOST)))
        .merge(Routes::new().routes(routes!(review)).routes(routes!(install)))
}

/// Looks at a bundle. Nothing is unpacked or run.
#[utoipa::path(post, path = "/connectors-bundle",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = BundlePage), (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn open(State(shared): State<Shared>, bytes: Bytes) -> Result<Json<BundlePage>, Failure> {
    let look = move |shared: &Shared| {
        let told = shared.engine.look_at_bundle(bytes.to_vec(), &BundleWish::default())?;
        let kept = shared.engine.store().put(&bytes);
        kept.map_err(|_| refused("the bundle could not be kept; choose it again"))?;
        Ok(Json(words(told)))
    };
    shared.blocking(look).await
}

/// What a bundle would run with these settings. Nothing is unpacked or run.
#[utoipa::path(post, path = "/connectors-bundle/{id}/review", params(("id" = String, Path)), request_body = SetUpBundle,
    responses((status = 200, body = BundlePage), (status = 422, body = Problem)))]
async fn review(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<SetUpBundle>,
) -> Result<Json<BundlePage>, Failure> {
    let look = move |shared: &Shared| {
        let told = shared.engine.look_at_bundle(kept(shared, &id)?, &wish(wanted))?;
        Ok(Json(words(told)))
    };
    shared.blocking(look).await
}

/// Installs a bundle and reaches it once. None of its tools can be used before they are approved.
#[utoipa::path(post, path = "/connectors-bundle/{id}", params(("id" = String, Path)), request_body = SetUpBundle,
    responses((status = 201, body = ConnectorPage), (status = 422, body = Problem)))]
async fn install(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(wanted): Json<SetUpBundle>,
) -> Result<(StatusCode, Json<ConnectorPage>), Failure> {
    let bytes = shared.blocking(move |shared| kept(shared, &id)).await?;
    let name = shared.engine.add_bundle(bytes, wish(wanted)).await?;
    shared.jobs.settings_changed();
    Ok((StatusCode::CREATED, Json(started(&shared, &name).await?)))
}

fn kept(shared: &Shared, id: &str) -> Result<Vec<u8>, Failure> {
    let gone = || refused("the bundle is not there any more; choose it again. Nothing was installed");
    let hash: Hash = id.parse().map_err(|_| gone())?;
    shared.engine.store().get(&hash).map_err(|_| gone())
}

fn wish(wanted: SetUpBundle) -> BundleWish {
    BundleWish {
        name: Some(wanted.name).filter(|name| !name.trim().is_empty()),
        values: wanted.values,
        access: ProgramAccess {
            network: wanted.network,
            ..ProgramAccess::default()
        },
        trusted: true,
    }
}

fn words(page: Page) -> BundlePage {
    let settings = page.settings.into_iter().map(|one| {
        let setting = one.setting;
        let number = |label: &str, number: Option<f64>| number.map(|number| format!("{label} {number}"));
        let range = [number("at least", setting.min), number("at most", setting.max)];
        BundleSetting {
            key: one.key,
            kind: match setting.kind {
                SettingKind::String => BundleSettingKind::String,
                SettingKind::Number => BundleSettingKind::Number,
                SettingKind::Boolean => BundleSettingKind::Boolean,
                SettingKind::Directory => BundleSettingKind::Directory,
                SettingKind::File => BundleSettingKind::File,
            },
            title: setting.title,
            about: setting.description,
            required: setting.required,
            multiple: setting.multiple,
            secret: setting.sensitive,
            fallback: match setting.default {
                Some(serde_json::Value::String(text)) => text,
                Some(other) => other.to_string(),
                None => String::new(),
            },
            range: range.into_iter().flatten().collect::<Vec<_>>().join(", "),
        }
    });
    BundlePage {
        id: page.hash,
        name: page.name,
        title: page.title,
        version: page.version,
        description: page.description,
        author: page.author,
        signed: page.signed,
        command: page.command,
        access: page.access,
        settings: settings.collect(),
        missing: page.missing,
        wrong: page.wrong,
        obstacles: page.obstacles,
        notes: page.notes,
    }
}
