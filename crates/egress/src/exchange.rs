//! One request: judged, logged, made, answered.

use std::convert::Infallible;
use std::sync::Arc;

use deskhand_types::NetworkRequest;
use http::header::{ACCEPT_ENCODING, CONNECTION, HOST};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout, timeout_at};

use crate::answer::{self, Body};
use crate::body::{Driver, Upload};
use crate::budget::Budget;
use crate::echo::Echo;
use crate::egress::Shared;
use crate::entry::{Entry, Progress};
use crate::judge::{self, Asked, Permitted};
use crate::ledger::Ledger;
use crate::refusal::Refusal;
use crate::rules::Scheme;
use crate::secret::Secret;
use crate::watch::Watch;
use crate::{address, reply, upstream};

/// Addresses of one name that are tried, each logged before.
const MAX_TRIES: usize = 3;
const MAX_PATH: usize = 200;
const MAX_HOST: usize = 253;

/// Where a request goes, as the program said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether there was a user name or password before the host.
    pub(crate) userinfo: bool,
}

/// An entry for the ledger, before anything is decided.
pub(crate) fn draft(method: &str, origin: &Origin, path: &str, headers: &HeaderMap) -> NetworkRequest {
    let plain = |text: &str, most: usize| -> String {
        let visible = |c: char| if c.is_ascii_graphic() { c } else { '?' };
        text.chars().take(most).map(visible).collect()
    };
    NetworkRequest {
        id: 0,
        method: plain(method, 24),
        scheme: origin.scheme.as_str().to_owned(),
        host: plain(&origin.host, MAX_HOST),
        port: origin.port,
        path: plain(path, MAX_PATH),
        address: None,
        allowed: false,
        reason: String::new(),
        stripped: judge::stripped(headers),
        credential: None,
    }
}

/// Logs a refusal and answers it.
pub(crate) async fn refuse(ledger: &dyn Ledger, mut draft: NetworkRequest, refusal: &Refusal) -> Response<Body> {
    draft.allowed = false;
    draft.reason = refusal.to_string();
    match ledger.requested(draft).await {
        Ok(_) => answer::refused(refusal),
        Err(_) => answer::refused(&Refusal::Ledger),
    }
}

/// Serves one request to where it goes. `mismatch`: what was found wrong with it before.
pub(crate) async fn exchange(
    shared: &Arc<Shared>,
    ledger: &Arc<dyn Ledger>,
    budget: &Arc<Budget>,
    origin: &Origin,
    mismatch: Option<Refusal>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut draft = draft(
        request.method().as_str(),
        origin,
        request.uri().path(),
        request.headers(),
    );
    if let Some(refusal) = mismatch {
        return Ok(refuse(ledger.as_ref(), draft, &refusal).await);
    }
    match prepare(shared, origin, &request).await {
        Err(refusal) => Ok(refuse(ledger.as_ref(), draft, &refusal).await),
        Ok(ready) => {
            draft.path = ready.permitted.path.as_str().chars().take(MAX_PATH).collect();
            draft.host = ready.permitted.host.as_str().to_owned();
            let most = shared.limits.requests;
            if !budget.take(&draft.host, most) {
                let refusal = Refusal::Spent {
                    host: draft.host.clone(),
                    most,
                };
                return Ok(refuse(ledger.as_ref(), draft, &refusal).await);
            }
            Ok(perform(shared, ledger, budget, origin, draft, ready, request).await)
        }
    }
}

/// Everything that is known before anything is connected.
struct Ready {
    permitted: Permitted,
    credential: Option<Secret>,
    addresses: Vec<std::net::IpAddr>,
}

async fn prepare(shared: &Shared, origin: &Origin, request: &Request<Incoming>) -> Result<Ready, Refusal> {
    let asked = Asked {
        method: request.method(),
        scheme: origin.scheme,
        host: &origin.host,
        port: origin.port,
        path: request.uri().path(),
        query: request.uri().query(),
        userinfo: origin.userinfo,
        headers: request.headers(),
    };
    let mut permitted = shared.rules().judge(&asked)?;
    let limit = permitted.rule.max_sent;
    if request.body().size_hint().lower() > limit {
        return Err(Refusal::TooMuch { limit });
    }
    let mut credential = None;
    if let Some(injection) = &permitted.rule.credential {
        let missing = || Refusal::NoCredential {
            handle: injection.handle.clone(),
        };
        let secret = shared.credentials.get(&injection.handle).ok_or_else(missing)?;
        let value = secret.header(injection.scheme.as_deref()).ok_or_else(missing)?;
        permitted.headers.insert(injection.header.clone(), value);
        // Compressed, it could come back unseen.
        permitted
            .headers
            .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        credential = Some(secret);
    }
    let host = permitted.host.as_str();
    let found = timeout(shared.limits.resolve_time, shared.resolver.resolve(host)).await;
    let addresses = address::judge(host, &found.ok().and_then(Result::ok).unwrap_or_default())?;
    Ok(Ready {
        permitted,
        credential,
        addresses,
    })
}

async fn perform(
    shared: &Arc<Shared>,
    ledger: &Arc<dyn Ledger>,
    budget: &Arc<Budget>,
    origin: &Origin,
    mut draft: NetworkRequest,
    ready: Ready,
    request: Request<Incoming>,
) -> Response<Body> {
    let Ready {
        permitted,
        credential,
        addresses,
    } = ready;
    let deadline = Instant::now() + shared.limits.total_time;
    draft.allowed = true;
    draft.reason.clone_from(&permitted.rule.name);
    draft.credential = permitted
        .rule
        .credential
        .as_ref()
        .map(|injection| injection.handle.clone());
    let watch = Watch::new(ledger.watched());
    if carries(&watch, &permitted) {
        return refuse(ledger.as_ref(), draft, &Refusal::Watched).await;
    }
    let (host, most) = (permitted.host.as_str(), permitted.rule.max_sent_in_all);
    if !budget.send(host, head_bytes(&permitted), most) {
        let host = host.to_owned();
        return refuse(ledger.as_ref(), draft, &Refusal::SpentBytes { host, most }).await;
    }
    let mut why = String::new();
    for address in addresses.iter().take(MAX_TRIES) {
        draft.address = Some(address.to_string());
        let entry = match Entry::open(ledger, draft.clone()).await {
            Ok(entry) => entry,
            Err(refusal) => return answer::refused(&refusal),
        };
        match upstream::dial(shared.dial.as_ref(), *address, origin.port, &shared.limits).await {
            // The next address is a new connection, and so a new entry.
            Err(error) => {
                entry.progress().early(error.clone());
                why = error;
            }
            Ok(stream) => {
                let tls = (origin.scheme == Scheme::Https).then_some(&shared.tls);
                let progress = Arc::clone(entry.progress());
                let made = async {
                    let upstream = upstream::greet(stream, permitted.host.as_str(), tls, &shared.limits).await?;
                    send(upstream, &permitted, origin, request, |body| Upload {
                        body,
                        progress: Arc::clone(&progress),
                        rule: Arc::clone(&permitted.rule),
                        host: permitted.host.as_str().to_owned(),
                        budget: Arc::clone(budget),
                        watch,
                    })
                    .await
                };
                return match timeout_at(deadline, made).await {
                    Ok(Ok((response, driver))) => {
                        let echo = credential.as_ref().and_then(Echo::new);
                        reply::pass_on(response, driver, entry, &permitted, echo, deadline)
                    }
                    Ok(Err(error)) => broke(&progress, error),
                    Err(_) => broke(&progress, "it took too long".into()),
                };
            }
        }
    }
    answer::failed(&why)
}

/// Whether a word that must not leave stands in where a request goes or in its headers.
fn carries(watch: &Watch, permitted: &Permitted) -> bool {
    let query = permitted.query.as_deref().unwrap_or_default();
    let lines = [permitted.host.as_str(), permitted.path.as_str(), query];
    let mut headers = permitted.headers.values();
    lines.iter().any(|line| watch.is_in_address(line)) || headers.any(|value| watch.is_in(value.as_bytes()))
}

/// What leaves before the body: where a request goes and its headers.
fn head_bytes(permitted: &Permitted) -> u64 {
    let query = permitted.query.as_ref().map_or(0, String::len);
    let headers = permitted.headers.iter();
    let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
    (permitted.path.as_str().len() + query + headers) as u64
}

/// Sends the request and waits for the head of the answer, driving the connection meanwhile.
async fn send(
    upstream: upstream::Upstream<Upload>,
    permitted: &Permitted,
    origin: &Origin,
    request: Request<Incoming>,
    upload: impl FnOnce(Incoming) -> Upload,
) -> Result<(Response<Incoming>, Option<Driver>), String> {
    let mut target = permitted.path.as_str().to_owned();
    if let Some(query) = &permitted.query {
        target = format!("{target}?{query}");
    }
    let target = Uri::try_from(target).map_err(|_| "the request cannot be written".to_owned())?;
    let (parts, body) = request.into_parts();
    let mut outgoing = Request::new(upload(body));
    *outgoing.method_mut() = parts.method;
    *outgoing.uri_mut() = target;
    *outgoing.headers_mut() = permitted.headers.clone();
    let host = if origin.port == origin.scheme.default_port() {
        permitted.host.as_str().to_owned()
    } else {
        format!("{}:{}", permitted.host.as_str(), origin.port)
    };
    let host = HeaderValue::try_from(host).map_err(|_| "the request cannot be written".to_owned())?;
    outgoing.headers_mut().insert(HOST, host);
    // One request per connection: answers cannot be taken for each other's.
    outgoing
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));

    upstream.exchange(outgoing).await
}

/// The request was made and no answer began.
fn broke(progress: &Progress, error: String) -> Response<Body> {
    // The first reason counts: perhaps it was us.
    progress.early(error.clone());
    match progress.refusal() {
        Some(refusal) => answer::refused(&refusal),
        None => answer::failed(&progress.why().unwrap_or(error)),
    }
}

/// The form a request has to have within a tunnel, or to a proxy, is checked where it arrives; this is what both need:
/// exactly one Host header, and the same as the origin's.
pub(crate) fn host_differs(headers: &HeaderMap, origin: &Origin) -> Option<Refusal> {
    let mismatch = |what| Some(Refusal::Mismatch { what });
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return mismatch("it must have exactly one Host header");
    };
    let Some(authority) = host
        .to_str()
        .ok()
        .and_then(|text| text.parse::<http::uri::Authority>().ok())
    else {
        return mismatch("its Host header names no host");
    };
    let same = authority.host().eq_ignore_ascii_case(&origin.host)
        && authority.port_u16().unwrap_or(origin.scheme.default_port()) == origin.port
        && !authority.as_str().contains('@');
    if same {
        None
    } else {
        mismatch("its Host header names another host or port than it goes to")
    }
}
