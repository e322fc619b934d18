//! What programs say to the proxy itself: requests with whole URLs, and CONNECT.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::answer::Body;
use crate::budget::Budget;
use crate::egress::Shared;
use crate::exchange::{Origin, draft, exchange, host_differs, refuse};
use crate::judge;
use crate::ledger::Ledger;
use crate::refusal::Refusal;
use crate::rules::Scheme;
use crate::tunnel::{self, Tunnel};

/// What a program asked for when it asked for a tunnel.
type Wanted = Mutex<Option<(Tunnel, OnUpgrade)>>;

/// Serves requests to the proxy itself and, if one asks for it, the tunnel that the connection becomes.
pub(crate) async fn serve<S>(shared: &Arc<Shared>, connection: S, ledger: &Arc<dyn Ledger>, budget: &Arc<Budget>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let wanted: Arc<Wanted> = Arc::default();
    let service = {
        let (shared, ledger, wanted) = (Arc::clone(shared), Arc::clone(ledger), Arc::clone(&wanted));
        let budget = Arc::clone(budget);
        service_fn(move |request: Request<Incoming>| {
            let (shared, ledger, wanted) = (Arc::clone(&shared), Arc::clone(&ledger), Arc::clone(&wanted));
            let budget = Arc::clone(&budget);
            async move {
                if *request.method() == Method::CONNECT {
                    Ok::<_, Infallible>(connect(&shared, ledger.as_ref(), &wanted, request).await)
                } else {
                    let (origin, mismatch) = origin(&request);
                    exchange(&shared, &ledger, &budget, &origin, mismatch, request).await
                }
            }
        })
    };
    let _ = shared
        .http()
        .serve_connection(TokioIo::new(connection), service)
        .with_upgrades()
        .await;
    let tunnel = wanted.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((tunnel, upgrade)) = tunnel
        && let Ok(stream) = upgrade.await
    {
        tunnel::serve(shared, ledger, budget, tunnel, TokioIo::new(stream)).await;
    }
}

/// Where a request to a proxy goes (absolute form, RFC 9112 §3.2.2), and what is wrong with how it says so.
fn origin(request: &Request<Incoming>) -> (Origin, Option<Refusal>) {
    let uri = request.uri();
    let Some((scheme, authority)) = judge::scheme(uri).zip(uri.authority()) else {
        let origin = Origin {
            scheme: Scheme::Http,
            host: String::new(),
            port: 0,
            userinfo: false,
        };
        let what = "this is a proxy: a request to it names a whole http:// or https:// URL";
        return (origin, Some(Refusal::Mismatch { what }));
    };
    let origin = Origin {
        scheme,
        host: authority.host().to_owned(),
        port: authority.port_u16().unwrap_or(scheme.default_port()),
        userinfo: authority.as_str().contains('@'),
    };
    let mismatch = host_differs(request.headers(), &origin);
    (origin, mismatch)
}

/// Answers CONNECT.
async fn connect(
    shared: &Shared,
    ledger: &dyn Ledger,
    wanted: &Wanted,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let authority = request.uri().authority().cloned();
    let origin = Origin {
        scheme: Scheme::Https,
        host: authority
            .as_ref()
            .map(|authority| authority.host().to_owned())
            .unwrap_or_default(),
        port: authority.as_ref().and_then(http::uri::Authority::port_u16).unwrap_or(0),
        userinfo: authority
            .as_ref()
            .is_some_and(|authority| authority.as_str().contains('@')),
    };
    let judged = if origin.port == 0 || origin.userinfo {
        Err(Refusal::Mismatch {
            what: "CONNECT must name a host and a port, and nothing else",
        })
    } else if request.headers().contains_key(http::header::HOST)
        && let Some(refusal) = connect_host_differs(&request, &origin)
    {
        Err(refusal)
    } else {
        shared.rules().judge_tunnel(&origin.host, origin.port)
    };
    match judged {
        Err(refusal) => refuse(ledger, draft("CONNECT", &origin, "", request.headers()), &refusal).await,
        Ok(host) => {
            let upgrade = hyper::upgrade::on(&mut request);
            let tunnel = Tunnel {
                origin,
                host,
                stripped: request.headers().clone(),
            };
            *wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some((tunnel, upgrade));
            Response::new(Either::Left(http_body_util::Full::default()))
        }
    }
}

/// Programs write the Host header of CONNECT with the port or without it, whatever the port is.
fn connect_host_differs(request: &Request<Incoming>, origin: &Origin) -> Option<Refusal> {
    let written = request
        .headers()
        .get(http::header::HOST)
        .map(http::HeaderValue::as_bytes);
    if written.is_some_and(|written| written.eq_ignore_ascii_case(origin.host.as_bytes())) {
        return (request.headers().get_all(http::header::HOST).iter().count() > 1).then_some(Refusal::Mismatch {
            what: "it must have exactly one Host header",
        });
    }
    host_differs(request.headers(), origin)
}
