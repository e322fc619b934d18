//! Signing in to a connector: the system's browser is opened, and what comes of it is told when it is known.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use deskhand_mcp::SignIn;

use super::known;
use crate::{
    Failure, Host,
    api::{Connector, ConnectorState, Problem},
    described::{Routes, routes},
    sign_ins::Standing,
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(login, logout))
}

/// Opens the system's browser to sign in. It answers at once; the connector's state tells how it ended.
#[utoipa::path(post, path = "/connectors/{name}/login", params(("name" = String, Path)),
    responses((status = 202), (status = 404, body = Problem)))]
async fn login(State(shared): State<Shared>, Path(name): Path<String>) -> Result<StatusCode, Failure> {
    known(&shared, &name).await?;
    let (task, named) = (shared.clone(), name.clone());
    let person = InTheBrowser(shared.host.clone());
    // One that was given up in the browser is replaced: only the latest one counts.
    shared.sign_ins.begin(&name, move || {
        tokio::spawn(async move {
            let signed = task.engine.sign_in(&named, &person).await;
            task.sign_ins.ended(&named, signed.err().map(|error| error.to_string()));
            task.jobs.settings_changed();
        })
    });
    shared.jobs.settings_changed();
    Ok(StatusCode::ACCEPTED)
}

/// Forgets the sign-in to a connector.
#[utoipa::path(delete, path = "/connectors/{name}/login", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn logout(State(shared): State<Shared>, Path(name): Path<String>) -> Result<StatusCode, Failure> {
    known(&shared, &name).await?;
    shared.sign_ins.forget(&name);
    shared.engine.sign_out(&name).await?;
    shared.jobs.settings_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// A connector with how its sign-in goes.
pub(super) fn told(shared: &Shared, connector: Connector) -> Connector {
    match shared.sign_ins.standing(&connector.name) {
        None => connector,
        Some(Standing::Waiting) => Connector {
            state: ConnectorState::Connecting,
            detail: "Go on in the browser that was opened.".to_owned(),
            ..connector
        },
        Some(Standing::Failed(why)) => Connector {
            detail: format!("The sign-in did not work: {why}"),
            ..connector
        },
    }
}

/// The person in front of this computer's browser.
struct InTheBrowser(Arc<dyn Host>);

#[async_trait]
impl SignIn for InTheBrowser {
    async fn open(&self, url: &str) -> bool {
        let (host, url) = (self.0.clone(), url.to_owned());
        let opened = tokio::task::spawn_blocking(move || host.open_address(&url).is_ok());
        opened.await.unwrap_or(false)
    }

    async fn pasted(&self) -> Option<String> {
        // The browser is on this computer and comes back by itself.
        std::future::pending().await
    }
}
