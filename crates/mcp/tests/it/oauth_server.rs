//! An MCP server with an authorization server beside it, both written for a test.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use deskhand_egress::{Connector, Loopback};
use deskhand_mcp::SignIn;
use deskhand_types::Outbound;
use serde_json::json;
use url::Url;

use crate::http_eras::{echo, legacy};
use crate::web::{Book, Reply, Request, Web, way_out};

/// In every secret that these servers give, and every secret that they are given.
pub const CANARY: &str = "canary1f9e8d7c6b5a40392817";

/// How the authorization server misbehaves.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    /// Its answer to the browser names another issuer.
    WrongIssuer,
    /// Its description names another issuer.
    WrongMetadata,
    /// It repeats secrets in its refusals.
    Echoes,
    /// It says no.
    Denies,
}

/// What the servers remember.
#[derive(Default)]
pub struct Memory {
    pub fault: Fault,
    /// Access tokens that are worth something.
    pub valid: HashSet<String>,
    /// The refresh token that is worth something: each is used once.
    pub refresh: String,
    pub given: usize,
    pub refreshes: usize,
    pub reused: usize,
}

impl Memory {
    fn give(&mut self) -> Reply {
        self.given += 1;
        let access = format!("{CANARY}access{}", self.given);
        self.refresh = format!("{CANARY}refresh{}", self.given);
        self.valid.insert(access.clone());
        Reply::json(
            json!({"access_token": access, "token_type": "Bearer", "expires_in": 3600,
                           "refresh_token": self.refresh, "scope": "read"}),
        )
    }
}

pub struct World {
    pub web: Web,
    pub memory: Arc<Mutex<Memory>>,
    pub out: Arc<Connector>,
    pub book: Arc<Book>,
}

impl World {
    pub async fn new(fault: Fault) -> Self {
        let memory = Arc::new(Mutex::new(Memory {
            fault,
            ..Memory::default()
        }));
        let shared = Arc::clone(&memory);
        let web = Web::serve(move |origin, request| answer(&mut shared.lock().unwrap(), origin, request)).await;
        let (out, book) = way_out(Loopback::Port(web.port));
        Self { web, memory, out, book }
    }
}

fn pairs(text: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn answer(memory: &mut Memory, origin: &str, request: &Request) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    match path {
        "/mcp" => {
            let token = request
                .header("authorization")
                .and_then(|value| value.strip_prefix("Bearer "));
            if token.is_some_and(|token| memory.valid.contains(token)) {
                return legacy(request, "s1", |request| Reply::json(echo(&request.message())));
            }
            let challenge = format!("Bearer resource_metadata=\"{origin}/.well-known/oauth-protected-resource\"");
            Reply::status(401).with("www-authenticate", challenge)
        }
        "/.well-known/oauth-protected-resource" => Reply::json(
            json!({"resource": format!("{origin}/mcp"), "authorization_servers": [origin], "scopes_supported": ["read"]}),
        ),
        "/.well-known/oauth-authorization-server" => {
            let issuer = if memory.fault == Fault::WrongMetadata {
                "https://evil.example"
            } else {
                origin
            };
            Reply::json(json!({
                "issuer": issuer, "authorization_endpoint": format!("{origin}/authorize"),
                "token_endpoint": format!("{origin}/token"), "registration_endpoint": format!("{origin}/register"),
                "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
            }))
        }
        "/register" => Reply::json(json!({"client_id": "c1", "client_secret": format!("{CANARY}secret"),
            "redirect_uris": request.message()["redirect_uris"]}))
        .status_of(201),
        "/authorize" => {
            let asked = pairs(query);
            let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
            let issuer = if memory.fault == Fault::WrongIssuer {
                "https://evil.example"
            } else {
                origin
            };
            if memory.fault == Fault::Denies {
                back.query_pairs_mut().append_pair("error", "access_denied");
            } else {
                back.query_pairs_mut().append_pair("code", &format!("{CANARY}code"));
            }
            back.query_pairs_mut()
                .append_pair("state", &asked["state"])
                .append_pair("iss", issuer);
            Reply::status(302).with("location", back)
        }
        "/token" => {
            let form = pairs(&request.body);
            if memory.fault == Fault::Echoes {
                let said = format!(
                    "your code was {}, {}",
                    form["code"],
                    request.header("authorization").unwrap_or("")
                );
                return Reply::json(json!({"error": "invalid_grant", "error_description": said})).status_of(400);
            }
            if form["grant_type"] == "authorization_code" {
                return memory.give();
            }
            memory.refreshes += 1;
            if form["refresh_token"] != memory.refresh {
                memory.reused += 1;
                return Reply::json(json!({"error": "invalid_grant"})).status_of(400);
            }
            memory.give()
        }
        _ => Reply::status(404),
    }
}

/// A person whose browser does what it is told.
pub struct Browser {
    out: Arc<Connector>,
    /// Goes back to Deskhand by itself, after a stranger tried; otherwise the person pastes where it went.
    pub comes_back: bool,
    went: Mutex<Option<String>>,
    pub visits: Mutex<usize>,
}

impl Browser {
    pub fn new(comes_back: bool) -> Self {
        Self {
            out: way_out(Loopback::All).0,
            comes_back,
            went: Mutex::default(),
            visits: Mutex::default(),
        }
    }

    async fn get(&self, url: &str) -> http::Response<deskhand_types::Incoming> {
        let mut request = http::Request::new(bytes::Bytes::new());
        *request.uri_mut() = url.parse().unwrap();
        self.out.send(request).await.unwrap()
    }
}

#[async_trait::async_trait]
impl SignIn for Browser {
    async fn open(&self, url: &str) -> bool {
        *self.visits.lock().unwrap() += 1;
        let back = self.get(url).await.headers()["location"].to_str().unwrap().to_owned();
        if self.comes_back {
            let stranger = format!("{}?code=evil&state=guessed", back.split('?').next().unwrap());
            assert_eq!(self.get(&stranger).await.status(), 404);
            assert_eq!(self.get(&back).await.status(), 200);
        } else {
            *self.went.lock().unwrap() = Some(back);
        }
        true
    }

    async fn pasted(&self) -> Option<String> {
        if self.comes_back {
            std::future::pending().await
        } else {
            self.went.lock().unwrap().take()
        }
    }
}
