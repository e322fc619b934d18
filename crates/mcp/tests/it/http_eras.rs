//! Remote servers of all eras, over real sockets and through the real door.

use std::sync::Arc;

use deskhand_egress::Loopback;
use deskhand_mcp::{Connection, Endpoint, Era, Error, Host, Transport};
use deskhand_types::OutboundError;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::peer::{Blobs, Person, limits, refusal, result};
use crate::sessions::tool;
use crate::web::{Reply, Request, Web, way_out};

/// Opens a session with a test's server.
pub async fn open(web: &Web, path: &str, transport: Transport) -> Result<Connection, Error> {
    let endpoint = Endpoint::new(&format!("{}{path}", web.url), transport)?;
    let (out, _) = way_out(Loopback::Port(web.port));
    let host: Arc<dyn Host> = Arc::new(Person::default());
    Connection::open_http(&endpoint, out, None, host, limits()).await
}

async fn open_as(web: &Web, path: &str, known: Era) -> Connection {
    let endpoint = Endpoint::new(&format!("{}{path}", web.url), Transport::Http).unwrap();
    let (out, _) = way_out(Loopback::Port(web.port));
    let host: Arc<dyn Host> = Arc::new(Person::default());
    let opened = Connection::open_http_as(&endpoint, out, None, host, limits(), Some(known)).await;
    opened.unwrap()
}

/// A server that is known is not asked what it is; what is known wrongly is found out anew.
#[tokio::test]
async fn an_era_that_is_known_saves_a_request_and_may_be_wrong() {
    let web = Web::serve(|_, request| legacy(request, "s1", |_| Reply::status(404))).await;
    let found = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(found.era(), Era::Legacy);
    let seen = |wanted: &str| -> Vec<Request> {
        let seen = web.seen.lock().unwrap();
        seen.iter()
            .filter(|request| request.called() == wanted)
            .cloned()
            .collect()
    };
    assert_eq!(seen("server/discover").len(), 1);
    assert_eq!(open_as(&web, "/mcp", Era::Legacy).await.era(), Era::Legacy);
    assert_eq!(seen("server/discover").len(), 1, "it was not asked again");
    let greeted = seen("initialize");
    let versions: Vec<_> = greeted
        .iter()
        .map(|request| request.message()["params"]["protocolVersion"].clone())
        .collect();
    assert_eq!(versions, ["2025-11-25", "2025-11-25"]);
    assert_eq!(open_as(&web, "/mcp", Era::Sse).await.era(), Era::Legacy);
    assert_eq!(seen("server/discover").len(), 2, "what was wrong was found out anew");
}

/// What a server of 2025-11-25 answers to the handshake.
pub fn initialized(message: &Value) -> Reply {
    let info = json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {"listChanged": true}},
                      "serverInfo": {"name": "test", "version": "1"}});
    Reply::json(result(message, info))
}

/// A server of the legacy era with sessions; `answer` has what comes after the handshake.
pub fn legacy(request: &Request, session: &str, answer: impl Fn(&Request) -> Reply) -> Reply {
    match request.called().as_str() {
        "server/discover" => Reply::status(400),
        "initialize" => initialized(&request.message()).with("mcp-session-id", session),
        "notifications/initialized" => Reply::status(202),
        _ if request.method == "DELETE" => Reply::status(200),
        _ if request.method == "GET" => Reply::status(405),
        _ => answer(request),
    }
}

pub fn echo(message: &Value) -> String {
    let text = message["params"]["arguments"]["text"]
        .as_str()
        .unwrap_or("nothing")
        .to_owned();
    result(message, json!({"content": [{"type": "text", "text": text}]}))
}

pub async fn say(connection: &Connection, text: &str) -> Result<String, Error> {
    let arguments = Map::from_iter([("text".to_owned(), json!(text))]);
    let never = CancellationToken::new();
    let outcome = connection
        .call(&tool("echo"), &arguments, &never, &Blobs::default())
        .await?;
    Ok(outcome.content[0]["text"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_server_with_sessions_is_spoken_to() {
    let web = Web::serve(|_, request| {
        legacy(request, "s1", |request| match request.called().as_str() {
            "tools/list" => Reply::json(result(
                &request.message(),
                json!({"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}),
            )),
            _ => Reply::events().piece(format!("event: message\ndata: {}\n\n", echo(&request.message()))),
        })
    })
    .await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(connection.revision().as_deref(), Some("2025-11-25"));
    assert_eq!(connection.tools().await.unwrap().tools, [tool("echo")]);
    assert_eq!(say(&connection, "hello").await.unwrap(), "hello");
    connection.close().await;
    let seen = web.seen.lock().unwrap().clone();
    let after: Vec<_> = seen.iter().filter(|request| request.called() == "tools/call").collect();
    assert_eq!(after[0].header("mcp-session-id"), Some("s1"));
    assert_eq!(after[0].header("mcp-protocol-version"), Some("2025-11-25"));
    assert!(
        seen.iter().any(|request| request.method == "DELETE"),
        "the session was not ended"
    );
}

#[tokio::test]
async fn a_server_of_the_newest_era_gets_its_headers() {
    let schema = json!({"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}});
    let web = Web::serve(move |_, request| {
        let message = request.message();
        match request.called().as_str() {
            "server/discover" => Reply::json(result(
                &message,
                json!({"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
                       "ttlMs": 0, "cacheScope": "private"}),
            )),
            "tools/list" => Reply::json(result(
                &message,
                json!({"resultType": "complete", "tools": [{"name": "echo", "inputSchema": schema}],
                       "ttlMs": 0, "cacheScope": "private"}),
            )),
            "tools/call" => Reply::json(echo(&message)),
            _ => Reply::status(404),
        }
    })
    .await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(connection.revision().as_deref(), Some("2026-07-28"));
    let list = connection.tools().await.unwrap();
    let arguments = Map::from_iter([("region".to_owned(), json!("Zürich"))]);
    let never = CancellationToken::new();
    connection
        .call(&list.tools[0], &arguments, &never, &Blobs::default())
        .await
        .unwrap();
    let seen = web.seen.lock().unwrap().clone();
    let call = seen.iter().find(|request| request.called() == "tools/call").unwrap();
    assert_eq!(call.header("mcp-method"), Some("tools/call"));
    assert_eq!(call.header("mcp-name"), Some("echo"));
    assert_eq!(call.header("mcp-param-region"), Some("=?base64?WsO8cmljaA==?="));
    assert_eq!(call.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(call.header("mcp-session-id"), None);
    assert!(!web.called().contains(&"initialize".to_owned()));
}

#[tokio::test]
async fn this_computer_is_reached_only_where_the_person_said() {
    let web =
        Web::serve(|_, request| legacy(request, "s1", |request| Reply::json(refusal(&request.message(), 1)))).await;
    let endpoint = Endpoint::new(&web.url, Transport::Http).unwrap();
    for loopback in [Loopback::Refused, Loopback::Port(web.port ^ 1)] {
        let (out, book) = way_out(loopback);
        let opened = Connection::open_http(&endpoint, out, None, Arc::new(Person::default()), limits()).await;
        assert!(matches!(
            opened.err(),
            Some(Error::Outbound(OutboundError::Refused { .. }))
        ));
        let requests = book.requests.lock().unwrap();
        assert!(!requests.is_empty() && requests.iter().all(|request| !request.allowed));
    }
    assert_eq!(web.called(), Vec::<String>::new());
}

#[tokio::test]
async fn a_server_that_agrees_to_everything_is_of_the_legacy_era() {
    let web = Web::serve(|_, request| match request.called().as_str() {
        "server/discover" => Reply::json(result(&request.message(), json!({}))),
        _ => legacy(request, "s1", |request| Reply::json(echo(&request.message()))),
    })
    .await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(connection.revision().as_deref(), Some("2025-11-25"));
}
