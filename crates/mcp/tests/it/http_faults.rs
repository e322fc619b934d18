//! Remote servers that misbehave below the protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use deskhand_egress::Loopback;
use deskhand_mcp::{Connection, Endpoint, Error, Transport};

use crate::http_eras::{echo, initialized, legacy, open, say};
use crate::peer::{Person, limits};
use crate::web::{Reply, Web, way_out};

/// A session with a server that answers calls with `answer`.
async fn answering(answer: impl Fn(&crate::web::Request) -> Reply + Send + Sync + 'static) -> (Web, Connection) {
    let web = Web::serve(move |_, request| legacy(request, "s1", &answer)).await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    (web, connection)
}

#[tokio::test]
async fn an_expired_session_is_opened_again() {
    let sessions = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sessions);
    let web = Web::serve(move |_, request| {
        if request.called() == "initialize" {
            let number = count.fetch_add(1, Ordering::SeqCst);
            return initialized(&request.message()).with("mcp-session-id", format!("s{number}"));
        }
        legacy(request, "", |request| {
            if request.header("mcp-session-id") == Some("s0") {
                Reply::status(404)
            } else {
                Reply::json(echo(&request.message()))
            }
        })
    })
    .await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(say(&connection, "again").await.unwrap(), "again");
    assert_eq!(sessions.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_resumed_after_its_last_event() {
    let web = Web::serve(|_, request| match request.method.as_str() {
        "GET" if request.header("last-event-id") == Some("e1") => {
            // The request's id is in the event before the break.
            Reply::events().piece("id: e2\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"late\"}]}}\n\n")
        }
        _ => legacy(request, "s1", |request| {
            assert_eq!(request.message()["id"], 2);
            Reply::events().piece("id: e1\nretry: 10\ndata:\n\n")
        }),
    })
    .await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(say(&connection, "x").await.unwrap(), "late");
}

#[tokio::test]
async fn redirects_stay_within_the_servers_origin() {
    let other = Web::serve(|_, request| Reply::json(echo(&request.message()))).await;
    let elsewhere = other.url.clone();
    let web = Web::serve(move |origin, request| match request.target.as_str() {
        "/mcp" => Reply::status(307).with("location", "/moved"),
        "/away" => Reply::status(307).with("location", format!("{elsewhere}/mcp")),
        "/get" => Reply::status(303).with("location", format!("{origin}/moved")),
        "/round" => Reply::status(308).with("location", "/round"),
        _ => legacy(request, "s1", |request| Reply::json(echo(&request.message()))),
    })
    .await;
    let connection = open(&web, "/mcp", Transport::Http).await.unwrap();
    assert_eq!(say(&connection, "moved").await.unwrap(), "moved");
    let away = open(&web, "/away", Transport::Http).await.err();
    assert!(matches!(away, Some(Error::Redirected { to }) if to == other.url));
    assert!(matches!(
        open(&web, "/get", Transport::Http).await.err(),
        Some(Error::Redirected { .. })
    ));
    let round = open(&web, "/round", Transport::Http).await.err();
    assert!(matches!(round, Some(Error::Handshake(why)) if why.contains("more than 5 times")));
    assert_eq!(other.seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_cut_off_and_the_session_goes_on() {
    let (_web, connection) = answering(|request| {
        let text = "x".repeat(2 * 1024 * 1024);
        match request.message()["params"]["arguments"]["text"].as_str() {
            Some("body") => Reply::json(text),
            Some("announced") => Reply::json("").with("content-length", 1 << 30),
            Some("event") => Reply::events().piece(format!("data: {text}\n\n")),
            _ => Reply::json(echo(&request.message())),
        }
    })
    .await;
    for kind in ["body", "announced", "event"] {
        let failed = say(&connection, kind).await.unwrap_err();
        assert!(
            matches!(&failed, Error::Malformed(why) if why.contains("longer than 1048576 bytes")),
            "{kind}: {failed}"
        );
        assert_eq!(say(&connection, "fine").await.unwrap(), "fine");
    }
}

#[tokio::test]
async fn a_slow_drip_is_given_up() {
    let (_web, connection) = answering(|request| {
        let message = request.message();
        if message["params"]["arguments"]["text"] != "slow" {
            return Reply::json(echo(&message));
        }
        let text = echo(&message);
        text.chars().fold(Reply::json(""), |reply, c| {
            reply.piece(c).pause(Duration::from_millis(100))
        })
    })
    .await;
    let begun = Instant::now();
    assert!(matches!(say(&connection, "slow").await, Err(Error::Timeout(_))));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(say(&connection, "fine").await.unwrap(), "fine");
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let (_web, connection) = answering(
        |request| match request.message()["params"]["arguments"]["text"].as_str() {
            Some("html") => Reply::status(200).with("content-type", "text/html").piece("<p>hello"),
            Some("json") => Reply::json("{\"jsonrpc\": \"2.0\", \"id\": [[[["),
            Some("empty") => Reply::json(""),
            Some("none") => Reply::status(200),
            Some("short") => Reply::json("{}").with("content-length", 100),
            Some("teapot") => Reply::status(418),
            Some("gateway") => Reply::status(502).with("content-type", "text/html").piece("bad"),
            _ => Reply::json(echo(&request.message())),
        },
    )
    .await;
    for kind in ["html", "json", "empty", "none", "short"] {
        let failed = say(&connection, kind).await.unwrap_err();
        assert!(
            matches!(failed, Error::Malformed(_) | Error::Outbound(_)),
            "{kind}: {failed:?}"
        );
    }
    assert!(matches!(say(&connection, "teapot").await, Err(Error::Status(418))));
    assert!(matches!(say(&connection, "gateway").await, Err(Error::Status(502))));
    assert_eq!(say(&connection, "fine").await.unwrap(), "fine");
}

#[tokio::test]
async fn cancelling_tells_the_server() {
    let (web, connection) = answering(|request| match request.called().as_str() {
        "tools/call" => Reply::events().pause(Duration::from_secs(30)),
        _ => Reply::status(202),
    })
    .await;
    let cancel = tokio_util::sync::CancellationToken::new();
    let soon = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        soon.cancel();
    });
    let blobs = crate::peer::Blobs::default();
    let tool = crate::sessions::tool("echo");
    let called = connection.call(&tool, &serde_json::Map::new(), &cancel, &blobs).await;
    assert!(matches!(called, Err(Error::Cancelled)));
    for _ in 0..100 {
        if web.called().contains(&"notifications/cancelled".to_owned()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the server was not told: {:?}", web.called());
}

#[tokio::test]
async fn the_persons_headers_go_along_and_are_in_no_message() {
    let canary = "canary-4f1d0c9b7e";
    let web = Web::serve(|_, _| Reply::status(401).with("www-authenticate", "Bearer")).await;
    let endpoint = Endpoint::new(&web.url, Transport::Http)
        .and_then(|endpoint| endpoint.header("Authorization", &format!("Bearer {canary}")))
        .and_then(|endpoint| endpoint.header("X-Empty", ""))
        .unwrap();
    let (out, book) = way_out(Loopback::Port(web.port));
    let failed = Connection::open_http(&endpoint, out, None, Arc::new(Person::default()), limits())
        .await
        .err()
        .unwrap();
    // What the person set was not taken: a plain failure, no sign-in.
    assert!(matches!(failed, Error::Status(401)));
    let seen = web.seen.lock().unwrap().clone();
    assert_eq!(
        seen[0].header("authorization"),
        Some(format!("Bearer {canary}").as_str())
    );
    assert_eq!(seen[0].header("x-empty"), None);
    let told = format!("{failed} {failed:?} {endpoint:?} {:?}", book.requests.lock().unwrap());
    assert!(!told.contains(canary) && told.contains("authorization"), "{told}");
}

#[test]
fn what_cannot_be_sent_is_said() {
    let endpoint = || Endpoint::new("https://example.com/mcp", Transport::Http).unwrap();
    assert!(
        matches!(endpoint().header("x", "${TOKEN}").unwrap_err(), Error::Endpoint(why) if why.contains("variable"))
    );
    assert!(matches!(
        endpoint().header("Mcp-Session-Id", "x").unwrap_err(),
        Error::Endpoint(_)
    ));
    assert!(matches!(endpoint().header("x", "a\r\nb: c").unwrap_err(), Error::Endpoint(why) if !why.contains("a\r")));
    for url in [
        "",
        "mcp.example.com",
        "file:///etc/passwd",
        "https://me:secret@example.com/",
    ] {
        let failed = Endpoint::new(url, Transport::Http).unwrap_err();
        assert!(
            matches!(failed, Error::Endpoint(_)) && !failed.to_string().contains("secret"),
            "{url}"
        );
    }
}
