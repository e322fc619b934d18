//! Bytes meant to confuse, from programs and from servers.

use std::time::Duration;

use deskhand_egress::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::Server;
use crate::world::{FILES, RULES, World, fine, talk};

fn hurried() -> Limits {
    Limits {
        head_time: Duration::from_millis(150),
        idle_time: Duration::from_millis(150),
        resolve_time: Duration::ZERO,
        connect_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[tokio::test]
async fn slow_heads_are_given_up() {
    let world = World::with(RULES, fine(), hurried()).await;
    let mut stream = world.connect();
    let dripping = async {
        for byte in b"GET http://files.example.com/open HTTP/1.1\r\nhost: files"
            .iter()
            .cycle()
        {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), dripping)
        .await
        .expect("it was cut");
    // And so is TLS that never goes on.
    let (_, mut stream) = world.tunnel("files.example.com:443").await;
    stream.write_all(&[0x16, 3, 1]).await.unwrap();
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok());
    assert_eq!(world.dialled(), Vec::<String>::new());
}

#[tokio::test]
async fn floods_of_headers_are_refused() {
    let world = World::new().await;
    let many: String = (0..200).map(|number| format!("x-{number}: a\r\n")).collect();
    let long = format!("x-long: {}\r\n", "a".repeat(200 << 10));
    for headers in [many, long] {
        let head = format!("GET http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n{headers}\r\n");
        let answer = world.send(head).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert_eq!(world.dialled(), Vec::<String>::new());
}

#[tokio::test]
async fn requests_with_two_lengths_are_one_request() {
    let world = World::new().await;
    // The server sees one framing, whichever the program meant.
    let bytes = "POST http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\ncontent-length: 4\r\n\
        transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET http://files.example.com/closed HTTP/1.1\r\n\
        host: files.example.com\r\nconnection: close\r\n\r\n";
    let answer = world.send(bytes).await;
    let seen = world.http.seen.lock().unwrap().clone();
    assert!(
        seen.len() <= 1 && seen.iter().all(|seen| seen.target == "/open"),
        "{seen:?}"
    );
    for seen in &seen {
        assert!(seen.headers.contains_key("content-length") != seen.headers.contains_key("transfer-encoding"));
    }
    // RFC 9112 §6.1: the chunks count, and the connection ends there. What rode along reached nobody.
    assert_eq!((answer.matches("HTTP/1.1").count(), seen.len()), (1, 1), "{answer}");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"),
        "{answer}"
    );
    for bad in [
        "content-length: 4\r\ncontent-length: 5\r\n",
        "content-length: +4\r\n",
        "content-length: -1\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "x y: z\r\n",
        "x-a : b\r\n",
        "transfer-encoding : chunked\r\n",
        "x-a: b\r\n folded: c\r\n",
        "x-a: b\0c\r\n",
    ] {
        let before = world.http.seen.lock().unwrap().len();
        let head = format!("POST http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n{bad}\r\nabcd");
        let answer = world.send(head).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{bad}: {answer}");
        assert_eq!(world.http.seen.lock().unwrap().len(), before, "{bad}");
    }
}

#[tokio::test]
async fn huge_chunks_are_refused() {
    let world = World::new().await;
    for chunk in ["fffffffffffffffff", "7fffffffffffffff", "-1", "1;ext\nfoo"] {
        let head = format!(
            "POST http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\ntransfer-encoding: \
             chunked\r\n\r\n{chunk}\r\n{}",
            "a".repeat(5000)
        );
        let answer = world.send(head).await;
        assert!(!answer.contains("200 OK"), "{chunk}: {answer}");
    }
    assert!(
        world
            .results(1)
            .await
            .iter()
            .all(|result| result.sent <= 1000 && result.error.is_some())
    );
    assert!(world.http.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn other_protocols_are_refused() {
    let world = World::new().await;
    let target = "GET http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n";
    for headers in [
        "connection: upgrade\r\nupgrade: websocket\r\n",
        "upgrade: h2c\r\n",
        "sec-websocket-key: a\r\n",
    ] {
        let answer = world.send(format!("{target}{headers}\r\n")).await;
        world.assert_refused(&answer, "asks for another protocol");
    }
    let answer = world.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(!answer.contains("200"), "{answer}");
    let answer = world
        .send("TRACE http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n")
        .await;
    world.assert_refused(&answer, "TRACE");
}

#[tokio::test]
async fn odd_answers_do_not_get_through() {
    let world = World::with(RULES, fine(), hurried()).await;
    let many: String = (0..200).map(|number| format!("x-{number}: a\r\n")).collect();
    for (number, answer) in [
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nraw".to_owned(),
        "SSH-2.0-OpenSSH\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(200 << 10)),
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nhello".to_owned(),
        // It never goes on.
        "HTTP/1.1 200".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        world.wire(&format!("{FILES}:80"), Server::raw(vec![answer.into_bytes()]).await);
        let answer = world.get("http://files.example.com/open").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
        assert!(answer.contains("x-deskhand: failed"), "{answer}");
        let results = world.results(number + 1).await;
        assert!(results[number].error.is_some(), "{results:?}");
    }
}

#[tokio::test]
async fn a_second_answer_reaches_nobody() {
    let world = World::new().await;
    let two =
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\noneHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ntwo".to_vec();
    world.wire(&format!("{FILES}:80"), Server::raw(vec![two]).await);
    let request = "GET http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n";
    let mut stream = world.connect();
    stream.write_all(request.as_bytes()).await.unwrap();
    let last = request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let answer = talk(stream, last.as_bytes()).await;
    assert!(!answer.contains("two"), "{answer}");
    assert_eq!(answer.matches("one").count(), 2, "{answer}");
}
