//! The client that the official conformance suite drives: Deskhand's own connections and sign-in, through its own door.
//!
//! `scripts/mcp-conformance.sh` runs it. The suite gives the server's address as the argument, and in the environment
//! `MCP_CONFORMANCE_SCENARIO` and `MCP_CONFORMANCE_CONTEXT` (JSON: what a configuration would say, and which calls to make).
#![allow(clippy::print_stderr, clippy::unwrap_used, reason = "a program for a test")]

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use deskhand_egress::{Connector, Door, DoorConfig, EgressError, Ledger, Loopback};
use deskhand_mcp::{
    Answer, Authorization, Connection, Endpoint, Error, Host, Limits, Listing, OAuth, Overflow, Progress, Question,
    Secret, SignIn, TokensInMemory, Tool, Transport,
};
use deskhand_types::{NetworkRequest, NetworkResult, Outbound};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

/// Where this client describes itself, as the suite expects it.
const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";
/// Sign-ins for one call: the third refusal is the last.
const SIGN_INS: usize = 3;

struct NoLedger;

#[async_trait]
impl Ledger for NoLedger {
    async fn requested(&self, _request: NetworkRequest) -> Result<u64, EgressError> {
        Ok(0)
    }
    fn finished(&self, _result: NetworkResult) {}
}

/// Somebody who agrees to everything.
struct Agreeable;

#[async_trait]
impl Host for Agreeable {
    async fn ask(&self, question: Question) -> Answer {
        match question {
            Question::Url { .. } => Answer::Accept(None),
            Question::Form { schema, .. } => Answer::Accept(Some(filled(&schema))),
        }
    }
    fn roots(&self) -> Vec<String> {
        Vec::new()
    }
    fn changed(&self, _listing: Listing) {}
    fn progress(&self, _progress: Progress) {}
}

#[async_trait]
impl Overflow for Agreeable {
    async fn keep(&self, _bytes: Vec<u8>) -> Result<String, String> {
        Ok("nowhere".to_owned())
    }
}

/// A browser that agrees at once, and comes back.
struct Browser(Arc<Connector>);

impl Browser {
    async fn get(&self, url: &str) -> Option<http::Response<deskhand_types::Incoming>> {
        let mut request = http::Request::new(Bytes::new());
        *request.uri_mut() = url.parse().ok()?;
        self.0.send(request).await.ok()
    }
}

#[async_trait]
impl SignIn for Browser {
    async fn open(&self, url: &str) -> bool {
        let Some(response) = self.get(url).await else {
            return false;
        };
        let back = response.headers().get(http::header::LOCATION);
        let Some(back) = back.and_then(|back| back.to_str().ok()) else {
            return false;
        };
        self.get(back).await.is_some()
    }
    async fn pasted(&self) -> Option<String> {
        std::future::pending().await
    }
}

/// A form, with its defaults where it has them.
fn filled(schema: &Value) -> Value {
    let fields = schema.get("properties").and_then(Value::as_object);
    let filled = fields.into_iter().flatten().map(|(name, field)| {
        let value = field.get("default").cloned().unwrap_or_else(|| sample(field));
        (name.clone(), value)
    });
    Value::Object(filled.collect())
}

fn sample(schema: &Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some("number") => json!(1.5),
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("test"),
    }
}

/// The calls to make: what the suite says, what a scenario is about, or every tool with what it requires.
fn calls(tools: &[Tool], context: &Value) -> Vec<(Tool, Map<String, Value>)> {
    let named = |name: &str| tools.iter().find(|tool| tool.name == name).cloned();
    if let Some(wanted) = context.get("toolCalls").and_then(Value::as_array) {
        let call = |call: &Value| {
            let arguments = call.get("arguments").and_then(Value::as_object).cloned();
            Some((named(call.get("name")?.as_str()?)?, arguments.unwrap_or_default()))
        };
        return wanted.iter().filter_map(call).collect();
    }
    // What came of the schemas of others is said by giving them back.
    let focal = named("json_schema_2020_12_tool").map(|tool| Value::Object(tool.input_schema));
    tools
        .iter()
        .map(|tool| {
            let schema = Value::Object(tool.input_schema.clone());
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let arguments = required.filter_map(Value::as_str).map(|name| {
                let echoed = focal.clone().filter(|_| name == "schema");
                let field = schema
                    .pointer(&format!("/properties/{name}"))
                    .cloned()
                    .unwrap_or_default();
                (name.to_owned(), echoed.unwrap_or_else(|| sample(&field)))
            });
            (tool.clone(), arguments.collect())
        })
        .collect()
}

struct Run {
    endpoint: Endpoint,
    out: Arc<Connector>,
    authorization: Arc<Authorization>,
    /// Nobody signs in: the client does, with its secret.
    as_client: bool,
}

impl Run {
    /// Opens a session, signing in where the server wants it.
    async fn open(&self) -> Result<Connection, Error> {
        let mut sign_ins = 0;
        loop {
            let authorization = Some(Arc::clone(&self.authorization));
            let host = Arc::new(Agreeable);
            let opened =
                Connection::open_http(&self.endpoint, self.out.clone(), authorization, host, Limits::default()).await;
            match opened {
                Err(error) => self.satisfy(error, &mut sign_ins).await?,
                opened => return opened,
            }
        }
    }

    /// Signs in if that is what is missing.
    async fn satisfy(&self, error: Error, sign_ins: &mut usize) -> Result<(), Error> {
        let (Error::SignIn(challenge) | Error::Scope(challenge)) = &error else {
            return Err(error);
        };
        *sign_ins += 1;
        if *sign_ins > SIGN_INS {
            return Err(error);
        }
        if self.as_client {
            return self.authorization.sign_in_as_client(Some(challenge)).await;
        }
        self.authorization
            .sign_in(Some(challenge), &Browser(Arc::clone(&self.out)))
            .await
    }

    async fn go(&self, context: &Value) -> Result<(), Error> {
        let connection = self.open().await?;
        let mut sign_ins = 0;
        let tools = loop {
            match connection.tools().await {
                Ok(list) => break list.tools,
                // A server without tools is asked no more.
                Err(Error::NotOffered(_)) => break Vec::new(),
                Err(error) => self.satisfy(error, &mut sign_ins).await?,
            }
        };
        for (tool, arguments) in calls(&tools, context) {
            let mut sign_ins = 0;
            let never = CancellationToken::new();
            loop {
                match connection.call(&tool, &arguments, &never, &Agreeable).await {
                    Ok(_) => break,
                    Err(error) => self.satisfy(error, &mut sign_ins).await?,
                }
            }
        }
        connection.close().await;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let url = std::env::args().next_back().unwrap_or_default();
    let context = std::env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_default();
    let context: Value = serde_json::from_str(&context).unwrap_or_default();
    let said = |key: &str| context.get(key).and_then(Value::as_str).map(str::to_owned);
    let door = Door::new(DoorConfig::default()).unwrap();
    let out = Arc::new(door.connector("conformance", Loopback::All, Arc::new(NoLedger)));
    let endpoint = Endpoint::new(&url, Transport::Http).unwrap();
    let oauth = OAuth {
        client_id: said("client_id"),
        client_secret: said("client_secret").map(Secret::new),
        client_metadata_url: Some(DOCUMENT.to_owned()),
        ..OAuth::default()
    };
    let authorization = Authorization::new(&endpoint, oauth, out.clone(), Arc::new(TokensInMemory::default()));
    let run = Run {
        endpoint,
        out,
        authorization: Arc::new(authorization),
        as_client: std::env::var("MCP_CONFORMANCE_SCENARIO").is_ok_and(|name| name.contains("client-credentials")),
    };
    match run.go(&context).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
