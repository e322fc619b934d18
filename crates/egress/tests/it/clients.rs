//! What works, with clients as programs use them.

use std::sync::Arc;

use bytes::Bytes;
use deskhand_types::{NetworkRequest, NetworkResult};
use http::Response;
use http_body_util::Full;

use crate::server::Seen;
use crate::world::{Entry, FILES, World};

async fn client(world: &World) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = reqwest::Certificate::from_pem(world.egress.certificate().as_bytes()).unwrap();
    reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(format!("http://{}", world.port().await)).unwrap())
        .tls_certs_only([root])
        .redirect(reqwest::redirect::Policy::limited(3))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_client_gets_what_a_rule_allows_over_https() {
    let world = World::new().await;
    let client = client(&world).await;
    for _ in 0..3 {
        let answer = client
            .get("https://files.example.com/open/%61?q=1")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-plain"], "yes");
        assert!(!answer.headers().contains_key("set-cookie"));
        assert!(!answer.headers().contains_key("x-deskhand"));
        assert_eq!(answer.text().await.unwrap(), "fine");
    }
    let results = world.results(3).await;
    let seen = world.https.seen.lock().unwrap().clone();
    // What was judged is what was sent.
    assert_eq!(seen[0].target, "/open/a?q=1");
    assert_eq!(seen[0].headers["host"], "files.example.com");
    let expected = NetworkRequest {
        id: 1,
        method: "GET".into(),
        scheme: "https".into(),
        host: "files.example.com".into(),
        port: 443,
        path: "/open/a".into(),
        address: Some(FILES.into()),
        allowed: true,
        reason: "files".into(),
        stripped: Vec::new(),
        credential: None,
    };
    assert_eq!(world.ledger.entries.lock().unwrap()[0], Entry::Requested(expected));
    let whole = NetworkResult {
        id: 1,
        status: Some(200),
        sent: 0,
        received: 4,
        error: None,
    };
    assert_eq!(results[0], whole);
    assert_eq!(world.requests().len(), 3);
}

#[tokio::test]
async fn a_client_gets_what_a_rule_allows_over_http() {
    let world = World::new().await;
    let client = client(&world).await;
    let posted = client
        .post("http://files.example.com/open")
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(posted.text().await.unwrap(), "fine");
    let head = client.head("http://files.example.com/open").send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &"4".parse().unwrap())
    );
    let results = world.results(2).await;
    assert_eq!((results[0].sent, results[0].received, &results[0].error), (5, 4, &None));
    assert_eq!((results[1].sent, results[1].received, &results[1].error), (0, 0, &None));
    assert_eq!(world.http.seen.lock().unwrap()[0].body, b"hello");
}

#[tokio::test]
async fn empty_and_chunked_answers_end_well() {
    let world = World::answering(Arc::new(|seen: &Seen| {
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = if seen.target.ends_with("none") { 204 } else { 304 }
            .try_into()
            .unwrap();
        response
    }))
    .await;
    let client = client(&world).await;
    for (path, status) in [("none", 204), ("same", 304)] {
        let answer = client
            .get(format!("https://files.example.com/open/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
    assert!(world.results(2).await.iter().all(|result| result.error.is_none()));
    let server = crate::server::Server::raw(vec![
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-late\r\n\r\n".to_vec(),
        b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-late: 1\r\n\r\n".to_vec(),
    ])
    .await;
    world.wire(&format!("{FILES}:80"), server);
    let answer = client.get("http://files.example.com/open").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "abcde");
    let results = world.results(3).await;
    assert_eq!((results[2].received, &results[2].error), (5, &None));
}

#[tokio::test]
async fn redirects_are_judged_like_first_requests() {
    for inside in [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://intranet.example.com/",
        "http://[::1]/",
    ] {
        let world = World::answering(Arc::new(move |_: &Seen| {
            let mut response = Response::new(Full::new(Bytes::new()));
            *response.status_mut() = http::StatusCode::FOUND;
            response.headers_mut().insert("location", inside.parse().unwrap());
            response
        }))
        .await;
        world.name("intranet.example.com", &[&["10.0.0.1"]]);
        let answer = client(&world)
            .await
            .get("https://files.example.com/open")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{inside}");
        assert_eq!(answer.headers()["x-deskhand"], "refused");
        assert_eq!(world.dialled(), [format!("{FILES}:443")]);
        let requests = world.requests();
        assert_eq!(
            requests.iter().map(|request| request.allowed).collect::<Vec<_>>(),
            [true, false]
        );
    }
}

#[tokio::test]
async fn what_no_rule_allows_is_refused_in_words() {
    let world = World::new().await;
    for (url, why) in [
        ("http://other.example.com/", "no rule allows other.example.com"),
        ("http://files.example.com/closed", "do not allow the path /closed"),
        ("http://files.example.com/opened", "do not allow the path /opened"),
        ("http://files.example.com/open/../closed", "`.` or `..`"),
        ("http://files.example.com/open/%2e%2e/closed", "`.` or `..`"),
        ("http://files.example.com/open%2f..%2fclosed", "an encoded `/`"),
        ("http://files.example.com//open", "an empty segment"),
        ("http://files.example.com:8080/open", "port 8080"),
        ("http://127.0.0.1/open", "is an address"),
        ("http://2130706433/open", "is an address"),
        ("http://[::ffff:127.0.0.1]/open", "is an address"),
        ("http://files.example.com./open", "ends with a dot"),
        ("http://localhost/open", "a local network"),
        ("http://printer.local/open", "a local network"),
        ("http://api.models.example/v1/files", "serves AI models"),
        ("http://eu.gateway.example/v1/files", "serves AI models"),
    ] {
        let answer = world.get(url).await;
        world.assert_refused(&answer, why);
    }
    let answer = world
        .send("DELETE http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n")
        .await;
    world.assert_refused(&answer, "the method DELETE");
    assert!(answer.contains("add a rule to network.toml"), "{answer}");
    assert!(answer.contains("content-type: text/plain"), "{answer}");
    assert!(
        world.names.asked.lock().unwrap().is_empty(),
        "a name that no rule allows is not even looked up"
    );
}

#[tokio::test]
async fn rules_can_be_replaced_and_blocked_hosts_stay_blocked() {
    let world = World::new().await;
    let open = r#"
        [[allow]]
        name = "wide open"
        host = "*.example.com"
        scheme = "http"
        methods = ["GET"]
        paths = ["/"]
        [[allow]]
        name = "model"
        host = "api.models.example"
        scheme = "http"
        methods = ["GET"]
        paths = ["/"]
    "#;
    world
        .egress
        .replace_rules(deskhand_egress::Rules::parse(open).unwrap())
        .unwrap();
    // The planted fault: with the rule opened wide, what was refused goes through.
    assert!(world.get("http://files.example.com/closed").await.ends_with("fine"));
    assert!(
        world
            .get("http://api.models.example/")
            .await
            .contains("serves AI models")
    );
    assert!(!world.egress.explain("GET", "http://API.models.example/").allowed);
    assert!(world.egress.explain("GET", "http://files.example.com/").allowed);
}
