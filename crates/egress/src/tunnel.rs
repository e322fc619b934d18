//! Tunnels (CONNECT, RFC 9110 §9.3.6): we are the server at their other end, so that what goes through is judged like
//! everything else.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, join, split};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;

use crate::body::chain;
use crate::budget::Budget;
use crate::egress::Shared;
use crate::exchange::{Origin, draft, exchange, host_differs, refuse};
use crate::host::Host;
use crate::ledger::Ledger;
use crate::refusal::Refusal;

/// First byte of a TLS record that holds a handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// Where a tunnel goes.
pub(crate) struct Tunnel {
    pub(crate) origin: Origin,
    pub(crate) host: Host,
    pub(crate) stripped: http::HeaderMap,
}

/// Serves a tunnel until it ends. One that comes to no request is in the ledger as such.
pub(crate) async fn serve<S>(
    shared: &Arc<Shared>,
    ledger: &Arc<dyn Ledger>,
    budget: &Arc<Budget>,
    tunnel: Tunnel,
    stream: S,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    if let Err(refusal) = requests(shared, ledger, budget, &tunnel, stream).await {
        refuse(
            ledger.as_ref(),
            draft("CONNECT", &tunnel.origin, "", &tunnel.stripped),
            &refusal,
        )
        .await;
    }
}

async fn requests<S>(
    shared: &Arc<Shared>,
    ledger: &Arc<dyn Ledger>,
    budget: &Arc<Budget>,
    tunnel: &Tunnel,
    mut stream: S,
) -> Result<(), Refusal>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let none = |why: &str| Refusal::NoRequest { why: why.to_owned() };
    let time = shared.limits.head_time;
    match timeout(time, stream.read_u8()).await {
        Ok(Ok(HANDSHAKE)) => {}
        Ok(Ok(_)) => {
            let refusal = Refusal::NotTls;
            let text = refusal.text();
            // Whoever speaks HTTP in the clear here can read this.
            let answer = format!(
                "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\nx-deskhand: refused\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{text}",
                text.len()
            );
            let _ = timeout(time, stream.write_all(answer.as_bytes())).await;
            let _ = timeout(time, stream.shutdown()).await;
            return Err(refusal);
        }
        Ok(Err(_)) => return Err(none("it was closed")),
        Err(_) => return Err(none("nothing came")),
    }
    let (reader, writer) = split(stream);
    let stream = join(Cursor::new([HANDSHAKE]).chain(reader), writer);
    let start = match timeout(time, LazyConfigAcceptor::new(Acceptor::default(), stream)).await {
        Ok(Ok(start)) => start,
        Ok(Err(_)) => return Err(Refusal::NotTls),
        Err(_) => return Err(none("TLS was not spoken to its end")),
    };
    let name = start.client_hello().server_name().map(str::to_ascii_lowercase);
    if name.as_deref() != Some(tunnel.host.as_str()) {
        return Err(Refusal::Mismatch {
            what: "TLS asks for another host (SNI) than the tunnel goes to",
        });
    }
    let config = shared
        .authority
        .config(&tunnel.host)
        .map_err(|error| none(&error.to_string()))?;
    let stream = match timeout(time, start.into_stream(config)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let why = format!(
                "the program broke TLS off, perhaps since it does not trust Deskhand: {}",
                chain(&error)
            );
            return Err(none(&why));
        }
        Err(_) => return Err(none("TLS was not spoken to its end")),
    };
    let came = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        came.store(true, Ordering::Relaxed);
        let mismatch = if request.uri().authority().is_some() || request.uri().scheme().is_some() {
            Some(Refusal::Mismatch {
                what: "within a tunnel a request names a path alone",
            })
        } else {
            host_differs(request.headers(), &tunnel.origin)
        };
        async move { exchange(shared, ledger, budget, &tunnel.origin, mismatch, request).await }
    });
    let served = shared.http().serve_connection(TokioIo::new(stream), service).await;
    if came.load(Ordering::Relaxed) {
        return Ok(());
    }
    Err(none(
        &served.map_or_else(|error| chain(&error), |()| "it was closed".into()),
    ))
}
