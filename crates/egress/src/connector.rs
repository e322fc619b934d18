//! Requests of connectors (MCP servers the person added): public addresses only, each in the ledger before it is made.
//!
//! What differs from programs in the sandbox: there is no allow-list, since the person chose the server, and credentials
//! come with the request, since they belong to that server. What is the same: every address is judged, once, and the
//! connection goes to exactly that one; redirects are not followed here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use deskhand_types::{Incoming, NetworkRequest, Outbound, OutboundError, Sending};
use futures_core::Stream;
use http::header::{AUTHORIZATION, CONNECTION, HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, Response, Uri};
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming as Received;
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::body::{Driver, chain};
use crate::dial::{Dial, Network};
use crate::entry::{Entry, Progress};
use crate::error::Result;
use crate::host::Host;
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::resolve::{Resolver, SystemResolver};
use crate::rules::Scheme;
use crate::upstream::{self, Roots};
use crate::{address, exchange};

/// Addresses of one name that are tried, each logged before.
const MAX_TRIES: usize = 3;

/// What a door for connectors is made of.
pub struct DoorConfig {
    /// Where addresses come from.
    pub resolver: Arc<dyn Resolver>,
    /// What opens connections.
    pub dial: Arc<dyn Dial>,
    /// Whom servers' certificates are checked against.
    pub roots: Roots,
    /// How long a connection, a head and a silence may last. Streams of events are silent for long.
    pub limits: Limits,
    /// Bytes of one request's body.
    pub sent: u64,
    /// Bytes of one answer's body.
    pub received: u64,
}

impl Default for DoorConfig {
    /// The real network; 64 MiB to send, 1 GiB to receive, an hour of silence.
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            dial: Arc::new(Network),
            roots: Roots::System,
            limits: Limits {
                idle_time: std::time::Duration::from_secs(60 * 60),
                ..Limits::default()
            },
            sent: 64 << 20,
            received: 1 << 30,
        }
    }
}

/// Which addresses of this computer a connector reaches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Loopback {
    /// None.
    #[default]
    Refused,
    /// `localhost` and the loopback addresses at exactly this port: for a server that the person added by hand.
    Port(u16),
    /// All ports. For tests, whose servers name one another.
    All,
}

/// The door for connectors: one for all of them.
#[derive(Clone)]
pub struct Door(Arc<Shared>);

struct Shared {
    config: DoorConfig,
    tls: Arc<ClientConfig>,
}

impl Door {
    /// Makes a door. Opens nothing.
    ///
    /// # Errors
    /// [`Roots`](crate::EgressError::Roots).
    pub fn new(config: DoorConfig) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = Arc::new(config.roots.clone().config(provider)?);
        Ok(Self(Arc::new(Shared { config, tls })))
    }

    /// The way out of the connector `name`, whose requests are written to `ledger`.
    pub fn connector(&self, name: &str, loopback: Loopback, ledger: Arc<dyn Ledger>) -> Connector {
        Connector {
            door: self.clone(),
            name: name.to_owned(),
            loopback,
            ledger,
        }
    }
}

/// The way out of one connector.
#[derive(Clone)]
pub struct Connector {
    door: Door,
    name: String,
    loopback: Loopback,
    ledger: Arc<dyn Ledger>,
}

impl Outbound for Connector {
    fn send(&self, request: Request<Bytes>) -> Sending<'_> {
        Box::pin(self.made(request))
    }
}

/// Where a request goes.
struct Target {
    origin: exchange::Origin,
    /// The host in comparable form; what TLS is spoken with.
    host: String,
    addresses: Vec<IpAddr>,
}

impl Connector {
    async fn made(&self, request: Request<Bytes>) -> Result<Response<Incoming>, OutboundError> {
        let origin = origin(request.uri())?;
        let mut draft = exchange::draft(
            request.method().as_str(),
            &origin,
            request.uri().path(),
            &http::HeaderMap::new(),
        );
        if request.headers().contains_key(AUTHORIZATION) {
            // Whose it is; never what it is.
            draft.credential = Some(format!("connector {}", self.name));
        }
        match self.judge(origin, &request).await {
            Ok(target) => self.perform(draft, target, request).await,
            Err(refusal) => {
                let host = draft.host.clone();
                draft.allowed = false;
                draft.reason = refusal.to_string();
                let reason = match self.ledger.requested(draft).await {
                    Ok(_) => refusal.to_string(),
                    Err(_) => Refusal::Ledger.to_string(),
                };
                Err(OutboundError::Refused { host, reason })
            }
        }
    }

    /// Decides, from what is known before anything is connected.
    async fn judge(&self, origin: exchange::Origin, request: &Request<Bytes>) -> Result<Target, Refusal> {
        let limit = self.door.0.config.sent;
        if request.body().len() as u64 > limit {
            return Err(Refusal::TooMuch { limit });
        }
        if origin.userinfo {
            return Err(Refusal::Credential {
                what: "a user name or password before the host".to_owned(),
            });
        }
        if let Some(addresses) = here(&origin.host) {
            let allowed = match self.loopback {
                Loopback::Refused => false,
                Loopback::Port(port) => port == origin.port,
                Loopback::All => true,
            };
            if !allowed {
                return Err(Refusal::Address {
                    host: origin.host.clone(),
                    what: "this computer",
                });
            }
            let host = origin.host.clone();
            return Ok(Target {
                origin,
                host,
                addresses,
            });
        }
        let host = Host::parse(&origin.host)?;
        let config = &self.door.0.config;
        let found = timeout(config.limits.resolve_time, config.resolver.resolve(host.as_str())).await;
        let addresses = address::judge(host.as_str(), &found.ok().and_then(Result::ok).unwrap_or_default())?;
        Ok(Target {
            origin,
            host: host.as_str().to_owned(),
            addresses,
        })
    }

    async fn perform(
        &self,
        mut draft: NetworkRequest,
        target: Target,
        request: Request<Bytes>,
    ) -> Result<Response<Incoming>, OutboundError> {
        let shared = &self.door.0;
        let limits = &shared.config.limits;
        let host = target.host.clone();
        draft.allowed = true;
        draft.reason = format!("connector {}", self.name);
        let mut why = "it has no address".to_owned();
        for address in target.addresses.iter().take(MAX_TRIES) {
            draft.address = Some(address.to_string());
            let mut entry =
                Entry::open(&self.ledger, draft.clone())
                    .await
                    .map_err(|refusal| OutboundError::Refused {
                        host: host.clone(),
                        reason: refusal.to_string(),
                    })?;
            let tls = (target.origin.scheme == Scheme::Https).then_some(&shared.tls);
            let connected = async {
                let stream = upstream::dial(shared.config.dial.as_ref(), *address, target.origin.port, limits).await?;
                upstream::greet(stream, &target.host, tls, limits).await
            };
            match connected.await {
                // The next address is a new connection, and so a new entry.
                Err(error) => {
                    entry.progress().early(error.clone());
                    why = error;
                }
                Ok(upstream) => {
                    let progress = Arc::clone(entry.progress());
                    progress.send(request.body().len());
                    return match send(upstream, &target, request).await {
                        Ok((response, driver)) => {
                            entry.answered(response.status());
                            Ok(answer(response, driver, entry, host, shared.config.received))
                        }
                        Err(reason) => {
                            progress.early(reason.clone());
                            Err(OutboundError::Broken { host, reason })
                        }
                    };
                }
            }
        }
        Err(OutboundError::Unreachable { host, reason: why })
    }
}

/// The loopback addresses a name or an address stands for; `None` where it stands for something else.
fn here(host: &str) -> Option<Vec<IpAddr>> {
    let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![v4, v6]);
    }
    let address: IpAddr = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    address.is_loopback().then(|| vec![address])
}

fn origin(uri: &Uri) -> Result<exchange::Origin, OutboundError> {
    let refused = |host: &str, reason: &str| OutboundError::Refused {
        host: host.to_owned(),
        reason: reason.to_owned(),
    };
    let Some(authority) = uri.authority() else {
        return Err(refused("an address without a host", "it is not a whole URL"));
    };
    let scheme = match uri.scheme_str() {
        Some("https") => Scheme::Https,
        Some("http") => Scheme::Http,
        _ => return Err(refused(authority.host(), "only http:// and https:// URLs are reached")),
    };
    Ok(exchange::Origin {
        scheme,
        host: authority.host().to_owned(),
        port: authority.port_u16().unwrap_or(scheme.default_port()),
        userinfo: authority.as_str().contains('@'),
    })
}

/// Sends the request and waits for the head of the answer, driving the connection meanwhile. How long that may take is
/// the caller's to say: it drops the future.
async fn send(
    upstream: upstream::Upstream<Full<Bytes>>,
    target: &Target,
    request: Request<Bytes>,
) -> Result<(Response<Received>, Option<Driver>), String> {
    let (parts, body) = request.into_parts();
    let mut outgoing = Request::new(Full::new(body));
    *outgoing.method_mut() = parts.method;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    *outgoing.uri_mut() = Uri::try_from(path).map_err(|_| "the request cannot be written".to_owned())?;
    *outgoing.headers_mut() = parts.headers;
    let origin = &target.origin;
    let host = if origin.port == origin.scheme.default_port() {
        target.host.clone()
    } else {
        format!("{}:{}", target.host, origin.port)
    };
    let host = HeaderValue::try_from(host).map_err(|_| "the request cannot be written".to_owned())?;
    let headers = outgoing.headers_mut();
    headers.remove(PROXY_AUTHORIZATION);
    headers.insert(HOST, host);
    // One request per connection: answers cannot be taken for each other's.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    upstream.exchange(outgoing).await
}

fn answer(
    response: Response<Received>,
    driver: Option<Driver>,
    entry: Entry,
    host: String,
    limit: u64,
) -> Response<Incoming> {
    let (mut parts, body) = response.into_parts();
    // Connectors keep no cookies.
    parts.headers.remove(http::header::SET_COOKIE);
    parts.extensions.clear();
    if body.is_end_stream() {
        entry.progress().whole();
    }
    let stream = Answer {
        driver,
        body,
        progress: Arc::clone(entry.progress()),
        _entry: entry,
        host,
        limit,
        ended: false,
    };
    Response::from_parts(parts, Box::pin(stream))
}

/// The body of an answer. Owns everything of the exchange: dropping it ends the exchange and logs what came of it.
struct Answer {
    driver: Option<Driver>,
    body: Received,
    progress: Arc<Progress>,
    _entry: Entry,
    host: String,
    limit: u64,
    ended: bool,
}

impl Stream for Answer {
    type Item = Result<Bytes, OutboundError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        loop {
            if let Some(driver) = &mut self.driver
                && driver.as_mut().poll(context).is_ready()
            {
                self.driver = None;
            }
            let broken = match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => {
                    self.ended = true;
                    self.progress.whole();
                    return Poll::Ready(None);
                }
                Some(Err(error)) => chain(&error),
                // Trailers end here.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if self.progress.received(data.len()) <= self.limit => {
                        if data.is_empty() {
                            continue;
                        }
                        return Poll::Ready(Some(Ok(data)));
                    }
                    Ok(_) => format!("the answer is longer than {} bytes", self.limit),
                    Err(_trailers) => continue,
                },
            };
            self.ended = true;
            self.progress.early(broken.clone());
            return Poll::Ready(Some(Err(OutboundError::Broken {
                host: self.host.clone(),
                reason: broken,
            })));
        }
    }
}
