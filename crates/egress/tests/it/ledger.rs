//! Everything is written down before it is done.

use std::sync::atomic::Ordering;

use tokio::io::AsyncWriteExt;

use crate::world::{CANARY, Entry, World};

#[tokio::test]
async fn what_cannot_be_logged_is_not_done() {
    let world = World::new().await;
    world.ledger.broken.store(true, Ordering::Relaxed);
    let answer = world.get("http://files.example.com/open").await;
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("could not be written"),
        "{answer}"
    );
    let answer = world
        .send_tls("GET /open HTTP/1.1\r\nhost: files.example.com\r\n\r\n")
        .await;
    assert!(answer.contains("could not be written"), "{answer}");
    // A refusal stays one.
    let answer = world.get("http://other.example.com/").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(world.dialled(), Vec::<String>::new());
    assert!(world.ledger.entries.lock().unwrap().is_empty());
    world.ledger.broken.store(false, Ordering::Relaxed);
    assert!(world.get("http://files.example.com/open").await.ends_with("fine"));
}

#[tokio::test]
async fn the_entry_comes_before_the_connection() {
    let world = World::new().await;
    assert!(world.get("http://files.example.com/open").await.ends_with("fine"));
    assert_eq!(world.wires.dialled.lock().unwrap()[0].1, 1);
}

#[tokio::test]
async fn neither_query_nor_body_nor_key_is_in_it() {
    let world = World::new().await;
    let long = "a".repeat(300);
    let head = format!(
        "POST /keyed/{long}?q=private-query HTTP/1.1\r\nhost: files.example.com\r\nconnection: close\r\nx-api-key: \
         private-key\r\ncontent-length: 12\r\n\r\nprivate-body"
    );
    assert!(world.send_tls(head).await.ends_with("fine"));
    let results = world.results(1).await;
    assert_eq!((results[0].sent, results[0].error.clone()), (12, None));
    let text = format!("{:?}", world.ledger.entries.lock().unwrap());
    assert!(!text.contains("private-") && !text.contains(CANARY), "{text}");
    assert_eq!(world.requests()[0].path.len(), 200);
}

#[tokio::test]
async fn every_allowed_request_has_one_result_even_if_the_program_goes_away() {
    let world = World::new().await;
    world.wire(
        "93.184.215.14:80",
        crate::server::Server::raw(vec![b"HTTP/1.1 200 OK\r\n".to_vec()]).await,
    );
    let mut stream = world.connect();
    let head = "GET http://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..200 {
        if !world.dialled().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    drop(stream);
    let results = world.results(1).await;
    assert_eq!(results.len(), 1);
    assert_eq!(
        results[0].error.as_deref(),
        Some("the program went away before the end")
    );
    assert!(matches!(
        world.ledger.entries.lock().unwrap()[..],
        [Entry::Requested(_), Entry::Finished(_)]
    ));
}
