//! Where the browser comes back to: one page on this computer, for as long as a sign-in takes.
//!
//! Source: RFC 8252, "OAuth 2.0 for Native Apps", section 7.3.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use crate::error::Error;

/// Bytes of a request's head.
const LARGEST: usize = 16 * 1024;
/// For a request to arrive.
const TIME: Duration = Duration::from_secs(5);
/// Requests being read at once.
const AT_ONCE: usize = 8;

const DONE: &str =
    "<!doctype html><meta charset=utf-8><title>Deskhand</title><p>Deskhand has the answer. You can close this page.";
const OTHER: &str = "<!doctype html><meta charset=utf-8><title>Deskhand</title><p>There is nothing here.";

/// The page, not yet visited.
pub(crate) struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
}

impl Listener {
    /// Listens on `port` of this computer, or on any.
    pub(crate) async fn bind(port: Option<u16>) -> Result<Self, Error> {
        let wanted = port.unwrap_or(0);
        let failed = |error: std::io::Error| {
            Error::Authorization(match port {
                Some(port) => {
                    format!("port {port} of this computer, to which its browser page returns, is taken: {error}")
                }
                None => format!("no port of this computer could be listened on: {error}"),
            })
        };
        let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, wanted)))
            .await
            .map_err(failed)?;
        let port = first.local_addr().map_err(failed)?.port();
        // `localhost` is either, to some browsers; a computer need not have IPv6.
        let second = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))
            .await
            .ok();
        Ok(Self {
            sockets: std::iter::once(first).chain(second).collect(),
            port,
        })
    }

    /// The address that browsers are to come back to.
    pub(crate) fn redirect(&self) -> String {
        format!("http://localhost:{}/callback", self.port)
    }

    /// Waits for the browser: the whole address with `state` in it. Others are turned away.
    pub(crate) async fn callback(self, state: &str) -> Option<Url> {
        let (found, mut finding) = mpsc::channel(1);
        let (base, wanted) = (self.redirect(), state.to_owned());
        let mut tasks = tokio::task::JoinSet::new();
        for socket in self.sockets {
            let (found, base, wanted) = (found.clone(), base.clone(), wanted.clone());
            tasks.spawn(async move {
                let mut pages = tokio::task::JoinSet::new();
                while let Ok((stream, _)) = socket.accept().await {
                    while pages.len() >= AT_ONCE {
                        pages.join_next().await;
                    }
                    let (found, base, wanted) = (found.clone(), base.clone(), wanted.clone());
                    pages.spawn(async move {
                        if let Ok(Some(url)) = tokio::time::timeout(TIME, answer(stream, &base, &wanted)).await {
                            // Nobody waits any more once one is there.
                            let _ = found.send(url).await;
                        }
                    });
                }
            });
        }
        drop(found);
        finding.recv().await
    }
}

/// Reads one request and answers it; its address, if it is the one that is waited for.
async fn answer(mut stream: TcpStream, base: &str, state: &str) -> Option<Url> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 || head.len() + count > LARGEST {
            return None;
        }
        head.extend(buffer.iter().take(count));
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.lines().next()?.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse(base).ok()?;
    let visited = target.starts_with('/').then(|| url.join(target).ok()).flatten();
    let is_it = |visited: &Url| {
        visited.origin() == url.origin()
            && visited.path() == url.path()
            && visited
                .query_pairs()
                .any(|(key, value)| key == "state" && value == state)
    };
    let visited = visited.filter(is_it);
    let (status, page) = if visited.is_some() {
        ("200 OK", DONE)
    } else {
        ("404 Not Found", OTHER)
    };
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    // The person may have closed the page already.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
    visited
}
