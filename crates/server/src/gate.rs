//! Who gets in: the person's own browser and scripts, and nobody else who can reach loopback.
//!
//! Three locks. The *Host* header must name this server (a page of another name that resolves to 127.0.0.1 is refused:
//! DNS rebinding). Requests with an *Origin* must come from this server's own pages, and requests that change something
//! must carry a header no other site's page can send without asking first. And everything under `/api` needs the
//! *token* of this process, as a cookie or as a bearer.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use subtle::ConstantTimeEq as _;

use crate::{Failure, problem, state::Shared};

/// What every request that changes something must carry.
const OWN_HEADER: &str = "x-deskhand";

/// The interface's own policy: nothing from anywhere else, no script but its own files. Frames are for previews, which
/// come from here with a stricter policy of their own; `blob:` is for pictures and workers made on the page.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
     font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self' blob:; manifest-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The locks of one process.
pub struct Gate {
    token: String,
    cookie: String,
    hosts: [String; 2],
    origins: [String; 2],
}

impl Gate {
    /// For a server that listens on `port` of loopback, with a token nobody can guess.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new(port: u16) -> std::io::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        let token = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Ok(Self {
            token,
            // Cookies are per host, not per port: two servers must not overwrite each other's.
            cookie: format!("deskhand-{port}"),
            origins: hosts.clone().map(|host| format!("http://{host}")),
            hosts,
        })
    }

    /// The link that opens the interface. The token is in the fragment, which browsers send nowhere.
    pub fn link(&self) -> String {
        let [origin, _] = &self.origins;
        format!("{origin}/#token={}", self.token)
    }

    /// The cookie for whoever showed the token.
    pub fn cookie(&self) -> String {
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie, self.token)
    }

    /// Whether `shown` is the token; takes as long for any.
    pub fn opens(&self, shown: &str) -> bool {
        shown.as_bytes().ct_eq(self.token.as_bytes()).into()
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let bearer = text(headers, header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        if bearer.is_some_and(|token| self.opens(token)) {
            return true;
        }
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(name, value)| name == self.cookie && self.opens(value))
    }

    /// Why a request is not let in.
    fn refusal(&self, request: &Request) -> Option<Failure> {
        let headers = request.headers();
        let host = text(headers, header::HOST.as_str()).unwrap_or_default();
        if !self.hosts.iter().any(|known| known == host) {
            return Some(Failure::new(
                StatusCode::MISDIRECTED_REQUEST,
                "server.wrong-host",
                "this is not an address of Deskhand",
            ));
        }
        let foreign = text(headers, header::ORIGIN.as_str())
            .is_some_and(|origin| !self.origins.iter().any(|known| known == origin));
        let cross = text(headers, "sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
        let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
        // A link from another page may open the interface; it may not do anything.
        if foreign || (cross && (changes || request.uri().path().starts_with("/api"))) {
            return Some(Failure::new(
                StatusCode::FORBIDDEN,
                "server.foreign-origin",
                "pages of other sites get nothing here; nothing was changed",
            ));
        }
        if changes && !headers.contains_key(OWN_HEADER) {
            return Some(Failure::new(
                StatusCode::FORBIDDEN,
                "server.header-missing",
                "a request that changes something must carry the header X-Deskhand; nothing was changed",
            ));
        }
        let open = !request.uri().path().starts_with("/api");
        (!open && !self.knows(headers)).then(|| {
            Failure::new(
                StatusCode::UNAUTHORIZED,
                "server.no-token",
                "Deskhand does not know this browser; nothing was changed",
            )
            .hint("Open the link that `deskhand serve` printed.")
        })
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Lets in or refuses, and sets the headers every answer has.
pub async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api");
    // The interface's own files are for a browser, everything else for a program.
    let spoken = api || request.uri().path() == "/session";
    let mut response = match shared.gate.refusal(&request) {
        Some(failure) => failure.into_response(),
        None if spoken => problem::worded(next.run(request).await).await,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut unless_set = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    unless_set(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_set(header::REFERRER_POLICY, "no-referrer");
    unless_set(
        header::HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    unless_set(
        header::HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if api {
        unless_set(header::CACHE_CONTROL, "no-store");
    }
    response
}
