//! The server itself: listens on loopback, and ends when it is told to.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    middleware,
    response::{AppendHeaders, IntoResponse},
    routing::{get, post},
};
use deskhand_engine::Engine;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::{
    Failure, assets,
    desk::Desk,
    gate::{self, Gate},
    host::Host,
    overview::Overview,
    routes,
    state::Shared,
};

/// Largest request that is no upload, in bytes.
const MOST: usize = 2 << 20;

/// How the server is started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServeOptions {
    /// The port; 0 = one that is free.
    pub port: u16,
    /// Whether tasks this or an earlier server was cut off from are left as they are.
    pub leave_cut_off: bool,
}

/// A server that listens, and answers once it is run.
pub struct Server {
    listener: TcpListener,
    shared: Shared,
    options: ServeOptions,
}

impl Server {
    /// Listens on loopback.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn bind(engine: Arc<Engine>, host: Arc<dyn Host>, options: ServeOptions) -> std::io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(address).await?;
        let gate = Gate::new(listener.local_addr()?.port())?;
        let desk = Arc::new(Desk::new(engine.clone()));
        let shared = Shared {
            overview: Arc::new(Overview::new(engine.clone(), desk.clone())),
            engine,
            desk,
            jobs: Arc::default(),
            sign_ins: Arc::default(),
            host,
            gate: Arc::new(gate),
        };
        Ok(Self {
            listener,
            shared,
            options,
        })
    }

    /// The link that opens the interface, with the token in it.
    pub fn link(&self) -> String {
        self.shared.gate.link()
    }

    /// The port.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn port(&self) -> std::io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Takes up what was cut off, and answers until `end` is over. Tasks in work are dropped then, as by a crash, and
    /// taken up by the next server.
    ///
    /// # Errors
    /// When the system takes the port away.
    pub async fn run(self, end: impl Future<Output = ()>) -> std::io::Result<()> {
        if !self.options.leave_cut_off {
            let desk = self.shared.desk.clone();
            // What cannot be taken up shows in the list as not finished.
            let _ = self.shared.blocking(move |_| desk.take_up()).await;
        }
        let serve = axum::serve(self.listener, router(self.shared));
        // Not gracefully: streams never end by themselves, and everything that matters is in the log.
        tokio::select! {
            served = async { serve.await } => served,
            () = end => Ok(()),
        }
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/session", post(session))
        .nest("/api/v1", routes::all().into_router())
        .route("/api/{*rest}", axum::routing::any(nothing))
        .fallback(assets::file)
        .layer(DefaultBodyLimit::max(MOST))
        .layer(middleware::from_fn_with_state(shared.clone(), gate::guard))
        .with_state(shared)
}

async fn nothing() -> Failure {
    Failure::not_found("such address in Deskhand's API")
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

/// Takes the token out of the link for a cookie, so that it is in no address bar and no history.
async fn session(
    State(shared): State<Shared>,
    Json(Token { token }): Json<Token>,
) -> Result<impl IntoResponse, Failure> {
    if !shared.gate.opens(&token) {
        return Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "server.wrong-token",
            "this link is of another run of Deskhand",
        )
        .hint("Open the link that `deskhand serve` printed last."));
    }
    let cookie = AppendHeaders([(header::SET_COOKIE, shared.gate.cookie())]);
    Ok((StatusCode::NO_CONTENT, cookie))
}
