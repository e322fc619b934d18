//! How the interface looks.

use axum::{Json, extract::State, http::StatusCode};
use deskhand_types::EventBody;

use crate::{
    Failure,
    api::{Appearance, Problem, Theme},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(show, set))
}

/// How the interface looks. The page itself comes in these colours.
#[utoipa::path(get, path = "/settings/appearance", responses((status = 200, body = Appearance)))]
async fn show(State(shared): State<Shared>) -> Result<Json<Appearance>, Failure> {
    let look = |shared: &Shared| {
        Ok(match shared.engine.settings()?.appearance {
            deskhand_types::Appearance::System => Theme::System,
            deskhand_types::Appearance::Light => Theme::Light,
            deskhand_types::Appearance::Dark => Theme::Dark,
        })
    };
    let theme = shared.blocking(look).await?;
    Ok(Json(Appearance { theme }))
}

/// Sets how the interface looks, here and wherever else it is opened.
#[utoipa::path(put, path = "/settings/appearance", request_body = Appearance,
    responses((status = 204), (status = 422, body = Problem)))]
async fn set(State(shared): State<Shared>, Json(wanted): Json<Appearance>) -> Result<StatusCode, Failure> {
    let appearance = match wanted.theme {
        Theme::System => deskhand_types::Appearance::System,
        Theme::Light => deskhand_types::Appearance::Light,
        Theme::Dark => deskhand_types::Appearance::Dark,
    };
    shared
        .blocking(move |shared| Ok(shared.engine.set(EventBody::AppearanceSet { appearance })?))
        .await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}
