//! Credentials: the program's, which go nowhere, and ours, which nobody sees.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::server::Seen;
use crate::world::{CANARY, World, fine};

fn post(target: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nhost: files.example.com\r\nconnection: close\r\n{headers}content-length: \
         {length}\r\n\r\n{body}"
    )
}

/// The PromptArmor case: the host is allowed, the key is the attacker's, the file is the user's.
#[tokio::test]
async fn a_file_does_not_leave_with_an_attackers_key() {
    for header in [
        "x-api-key: sk-attacker\r\n",
        "Authorization: Bearer attacker\r\n",
        "api-key: attacker\r\n",
        "x-goog-api-key: attacker\r\n",
        "cookie: session=attacker\r\n",
        "x-auth-token: attacker\r\n",
        "x-something: Bearer attacker\r\n",
        "private-token: attacker\r\n",
        "connection: x-api-key\r\nx-api-key: attacker\r\n",
    ] {
        let world = World::new().await;
        let answer = world.send_tls(post("/open/upload", header, "the user's file")).await;
        world.assert_refused(&answer, "brought a credential of its own");
        let logged = world.requests().pop().unwrap();
        assert_eq!(logged.stripped.len(), 1, "{header}");
        assert!(!format!("{logged:?}").contains("attacker"), "{logged:?}");
        // The same without it is allowed, so that the test can fail.
        assert!(
            world
                .send_tls(post("/open/upload", "", "the user's file"))
                .await
                .ends_with("fine")
        );
    }
}

#[tokio::test]
async fn a_model_provider_is_not_reached_with_anybodys_key() {
    let world = World::new().await;
    for to in [
        "api.models.example:443",
        "API.Models.Example:443",
        "eu.gateway.example:443",
    ] {
        let (head, _) = world.tunnel(to).await;
        assert!(head.starts_with("HTTP/1.1 403 Forbidden by Deskhand"), "{head}");
        world.assert_logged_refusal("serves AI models");
        assert_eq!(world.requests().pop().unwrap().method, "CONNECT");
    }
}

#[tokio::test]
async fn credentials_in_urls_are_refused_too() {
    let world = World::new().await;
    for query in [
        "key=attacker",
        "a=b&API_KEY=attacker",
        "access%5Ftoken=attacker",
        "sig=attacker",
    ] {
        let answer = world.send_tls(post(&format!("/open?{query}"), "", "file")).await;
        world.assert_refused(&answer, "brought a credential of its own (the parameter");
        assert!(!format!("{answer}{:?}", world.requests()).contains("attacker"));
    }
    let url = "http://user:attacker@files.example.com/open";
    let answer = world
        .send(format!("GET {url} HTTP/1.1\r\nhost: files.example.com\r\n\r\n"))
        .await;
    world.assert_refused(&answer, "a user name in the URL");
    assert!(!format!("{answer}{:?}", world.requests()).contains("attacker"));
    for header in [
        "x-http-method-override: DELETE\r\n",
        "x-original-url: /closed\r\n",
        "x-forwarded-host: a\r\n",
    ] {
        let answer = world.send_tls(post("/open", header, "")).await;
        world.assert_refused(&answer, "asks the server to treat the request as another one");
    }
}

#[tokio::test]
async fn where_the_rule_says_strip_they_are_taken_away_and_ours_goes_in() {
    let world = World::new().await;
    let headers = "x-api-key: attacker\r\ncookie: a=attacker\r\nproxy-authorization: basic attacker\r\nx-kept: yes\r\n\
        accept-encoding: gzip\r\n";
    let answer = world.send_tls(post("/keyed?key=attacker&a=b", headers, "hello")).await;
    assert!(answer.ends_with("fine"), "{answer}");
    let seen = world.https.seen.lock().unwrap().pop().unwrap();
    assert!(!format!("{seen:?}").contains("attacker"), "{seen:?}");
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.headers["x-api-key"], CANARY);
    assert_eq!(seen.headers["x-kept"], "yes");
    assert_eq!(seen.headers["accept-encoding"], "identity");
    assert_eq!(
        (seen.target.as_str(), seen.body.as_slice()),
        ("/keyed?a=b", b"hello".as_slice())
    );
    let logged = world.requests().pop().unwrap();
    assert_eq!(logged.stripped, ["cookie", "proxy-authorization", "x-api-key"]);
    assert_eq!(logged.credential.as_deref(), Some("files"));
    assert!(!format!("{logged:?}{answer}").contains(CANARY));
}

/// A server that repeats the credential, in every way there is.
#[tokio::test]
async fn a_credential_that_comes_back_does_not_reach_the_program() {
    let world = World::answering(Arc::new(|seen: &Seen| {
        let key = seen.headers.get("x-api-key").map_or("", |key| key.to_str().unwrap());
        let body = format!("before {key} after");
        let mut response = Response::new(Full::new(Bytes::from(body)));
        if seen.target.ends_with("header") {
            response.headers_mut().insert("x-echo", key.parse().unwrap());
        }
        if seen.target.ends_with("zipped") {
            response
                .headers_mut()
                .insert("content-encoding", "gzip".parse().unwrap());
        }
        response
    }))
    .await;
    for (number, target) in ["/keyed/body", "/keyed/header", "/keyed/zipped"]
        .into_iter()
        .enumerate()
    {
        let answer = world.send_tls(post(target, "", "")).await;
        assert!(!answer.contains(CANARY), "{answer}");
        let results = world.results(number + 1).await;
        assert!(
            results[number].error.as_deref().unwrap().contains("credential"),
            "{results:?}"
        );
    }
    assert_eq!(world.https.seen.lock().unwrap().len(), 3);
    assert!(!format!("{:?}", world.ledger.entries.lock().unwrap()).contains(CANARY));
}

#[tokio::test]
async fn a_credential_that_is_not_there_is_not_left_out_silently() {
    let rules = crate::world::RULES.replace("credential = \"files\"", "credential = \"gone\"");
    let world = World::with(&rules, fine(), deskhand_egress::Limits::default()).await;
    let answer = world.send_tls(post("/keyed", "", "")).await;
    world.assert_refused(&answer, "credential `gone` is not stored");
}
