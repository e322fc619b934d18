//! How much, how long, how many.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deskhand_egress::Limits;
use deskhand_types::NetworkRequest;
use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Seen, Server};
use crate::world::{FILES, RULES, World, fine};

#[tokio::test]
async fn what_is_announced_as_too_long_is_not_even_begun() {
    let world = World::new().await;
    let body = "a".repeat(1001);
    let head = "POST http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\ncontent-length: 1001\r\n\r\n";
    let answer = world.send(format!("{head}{body}")).await;
    world.assert_refused(&answer, "longer than the 1000 bytes");
}

#[tokio::test]
async fn what_turns_out_too_long_is_cut() {
    let world = World::new().await;
    let chunks = "64\r\n".to_owned() + &"a".repeat(100) + "\r\n";
    let head =
        "POST http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = world.send(format!("{head}{}0\r\n\r\n", chunks.repeat(11))).await;
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("longer than the 1000 bytes"),
        "{answer}"
    );
    let results = world.results(1).await;
    assert!(results[0].sent <= 1000, "{results:?}");
    assert!(
        results[0]
            .error
            .as_deref()
            .unwrap()
            .contains("1000 bytes the rule allows"),
        "{results:?}"
    );
    assert!(
        world.http.seen.lock().unwrap().is_empty(),
        "the server must not take it for whole"
    );
    // Just as much as is allowed goes through.
    let head = head.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let answer = world.send(format!("{head}{}0\r\n\r\n", chunks.repeat(10))).await;
    assert!(answer.ends_with("fine"), "{answer}");
    assert_eq!(world.results(2).await[1].sent, 1000);
}

#[tokio::test]
async fn answers_that_are_too_long_are_cut() {
    let world = World::answering(Arc::new(|_: &Seen| {
        Response::new(Full::new(Bytes::from(vec![b'a'; 100_001])))
    }))
    .await;
    let answer = world.get("http://files.example.com/open").await;
    assert!(
        answer.starts_with("HTTP/1.1 502") && answer.contains("100000 bytes the rule allows"),
        "{answer}"
    );
    let mut pieces = vec![b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()];
    let chunk = [b"2710\r\n".as_slice(), &[b'a'; 10_000], b"\r\n"].concat();
    pieces.extend(std::iter::repeat_n(chunk, 2000));
    world.wire(&format!("{FILES}:80"), Server::raw(pieces).await);
    let answer = world.get("http://files.example.com/open").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{}", &answer[..100]);
    assert!(!answer.ends_with("0\r\n\r\n"), "the program must not take it for whole");
    assert!(answer.len() < 110_000, "{}", answer.len());
    let results = world.results(2).await;
    assert!(
        results[1]
            .error
            .as_deref()
            .unwrap()
            .contains("100000 bytes the rule allows"),
        "{results:?}"
    );
    // It was read only as far as it could be passed on, and a little more.
    assert!(results[1].received < 400_000, "{results:?}");
}

#[tokio::test]
async fn silent_servers_are_given_up() {
    let limits = Limits {
        idle_time: Duration::from_millis(150),
        ..Limits::default()
    };
    let world = World::with(RULES, fine(), limits).await;
    for (number, (begin, status)) in [
        ("", "HTTP/1.1 502"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello", "HTTP/1.1 200"),
    ]
    .into_iter()
    .enumerate()
    {
        world.wire(&format!("{FILES}:80"), Server::raw(vec![begin.into()]).await);
        let answer = world.get("http://files.example.com/open").await;
        assert!(answer.starts_with(status), "{answer}");
        let results = world.results(number + 1).await;
        assert!(
            results[number].error.as_deref().unwrap().contains("nothing moved"),
            "{results:?}"
        );
    }
}

#[tokio::test]
async fn endless_answers_have_an_end() {
    let limits = Limits {
        total_time: Duration::from_millis(200),
        ..Limits::default()
    };
    let world = World::with(RULES, fine(), limits).await;
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n".to_vec();
    world.wire(&format!("{FILES}:80"), Server::raw(vec![head]).await);
    let answer = world.get("http://files.example.com/open").await;
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    let results = world.results(1).await;
    assert_eq!(results[0].error.as_deref(), Some("it took too long"));
}

#[tokio::test]
async fn a_task_has_so_many_connections_and_no_more() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let world = World::with(RULES, fine(), limits).await;
    let (_, first) = world.tunnel("files.example.com:443").await;
    let (_, _second) = world.tunnel("files.example.com:443").await;
    let mut third = world.connect();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("more than 2 connections"),
        "{answer}"
    );
    // However many are refused, they are one entry.
    for _ in 0..3 {
        let mut another = world.connect();
        another.read_to_string(&mut String::new()).await.unwrap();
    }
    let refused = NetworkRequest {
        id: 1,
        method: "CONNECT".into(),
        scheme: "http".into(),
        host: "*".into(),
        port: 0,
        path: String::new(),
        address: None,
        allowed: false,
        reason:
            "the task has more than 2 connections open at once; those beyond are refused, and not listed one by one"
                .into(),
        stripped: Vec::new(),
        credential: None,
    };
    assert_eq!(world.requests(), [refused]);
    drop(first);
    // Its place is free again.
    for _ in 0..200 {
        let mut next = world.connect();
        let _ = next
            .write_all(
                b"GET http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\nconnection: close\r\n\r\n",
            )
            .await;
        let mut answer = String::new();
        let _ = next.read_to_string(&mut answer).await;
        if answer.ends_with("fine") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the place stays taken");
}

/// The budget of requests: which of a page's links is fetched says something each time, so there is an end to it, for each
/// host apart, on the ledger, and whatever connection they come by.
#[tokio::test]
async fn a_task_asks_a_host_so_often_and_no_more() {
    let limits = Limits {
        requests: 3,
        ..Limits::default()
    };
    let world = World::with(RULES, fine(), limits).await;
    let mut answers = Vec::new();
    for letter in ["a", "b", "c", "d"] {
        answers.push(world.get(&format!("http://files.example.com/open?{letter}")).await);
    }
    assert!(
        answers[..3].iter().all(|answer| answer.contains("200 OK")),
        "{answers:#?}"
    );
    let refused = &answers[3];
    assert!(
        refused.starts_with("HTTP/1.1 403") && refused.contains("3 requests to files.example.com"),
        "{refused}"
    );
    let world = World::with(RULES, fine(), Limits::default()).await;
    for letter in ["a", "b", "c", "d"] {
        let answer = world.get(&format!("http://files.example.com/open?{letter}")).await;
        assert!(answer.contains("200 OK"), "{answer}");
    }
}

/// Many small bodies are as much as a large one: there is an end to what a task sends to one host, whatever connection and
/// rule of these it comes by, and other hosts have their own.
#[tokio::test]
async fn a_task_sends_a_host_so_much_in_all_and_no_more() {
    let rules = RULES
        .replace("max_sent = 1000\n", "max_sent = 1000\nmax_sent_in_all = 2500\n")
        .replace(
            "name = \"plain\"\nhost = \"files.example.com\"",
            "name = \"plain\"\nhost = \"*.example.com\"",
        );
    let world = World::with(&rules, fine(), Limits::default()).await;
    world.name("other.example.com", &[&[FILES]]);
    let post = |host: &str, length: usize| {
        format!(
            "POST http://{host}/open HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{}",
            "a".repeat(length)
        )
    };
    for _ in 0..2 {
        let answer = world.send(post("files.example.com", 1000)).await;
        assert!(answer.ends_with("fine"), "{answer}");
    }
    let answer = world.send(post("files.example.com", 1000)).await;
    assert!(
        answer.starts_with("HTTP/1.1 403")
            && answer.contains("files.example.com the 2500 bytes")
            && answer.contains("max_sent_in_all"),
        "{answer}"
    );
    let cut = world.results(3).await.pop().unwrap();
    assert!(
        cut.sent < 1000
            && cut
                .error
                .as_deref()
                .is_some_and(|why| why.contains("2500 bytes the rule allows in all")),
        "{cut:?}"
    );
    assert_eq!(world.http.seen.lock().unwrap().len(), 2, "the server must not see it");
    // What stands in the address leaves, too, and is refused before anything is connected.
    let dialled = world.dialled().len();
    let address = format!("http://files.example.com/open?{}", "a".repeat(600));
    let answer = world.get(&address).await;
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("the 2500 bytes"),
        "{answer}"
    );
    assert_eq!(world.dialled().len(), dialled);
    let refused = world.requests().pop().unwrap();
    assert!(!refused.allowed && refused.reason.contains("2500 bytes"), "{refused:?}");
    // Another host has its own.
    let answer = world.send(post("other.example.com", 1000)).await;
    assert!(answer.ends_with("fine"), "{answer}");
}
