//! A server that waits for the person is not hanging; one whose caller has gone is told.

use std::sync::Arc;
use std::time::Duration;

use deskhand_mcp::{Answer, Error, Outcome};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::peer::{Blobs, Person, legacy, result};
use crate::sessions::tool;

/// A server of the legacy era that asks within a call, and is done once it is answered, or never.
fn asking(done: bool) -> impl FnMut(&Value) -> Vec<String> + Send + 'static {
    let mut open = None;
    move |message| {
        if message["method"] == "tools/call" {
            open = Some(message.clone());
            let params = json!({"message": "Who?", "requestedSchema": {"type": "object", "properties": {}}});
            return vec![
                json!({"jsonrpc": "2.0", "id": 900, "method": "elicitation/create", "params": params}).to_string(),
            ];
        }
        match open.take() {
            Some(call) if message["id"] == 900 && done => {
                let answer = message["result"]["action"].as_str().unwrap_or("nothing");
                vec![result(&call, json!({"content": [{"type": "text", "text": answer}]}))]
            }
            _ => Vec::new(),
        }
    }
}

async fn call(person: &Arc<Person>, done: bool) -> (Result<Outcome, Error>, Duration) {
    let (connection, _) = legacy(person, asking(done)).await.unwrap();
    let (never, began) = (CancellationToken::new(), std::time::Instant::now());
    let answer = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await;
    (answer, began.elapsed())
}

/// Longer than a request may be silent (0.3 s), and than it may take in all (2 s).
#[tokio::test]
async fn a_call_waits_as_long_as_the_person_thinks() {
    let person = Arc::new(Person::default());
    *person.takes.lock().unwrap() = Duration::from_millis(2_500);
    person.answers.lock().unwrap().push(Answer::Accept(Some(json!({}))));
    let (answer, took) = call(&person, true).await;
    assert_eq!(answer.unwrap().content[0]["text"], "accept");
    assert!(took >= Duration::from_millis(2_500), "{took:?}");
}

#[tokio::test]
async fn once_it_is_answered_a_silent_server_is_hanging_again() {
    let person = Arc::new(Person::default());
    *person.takes.lock().unwrap() = Duration::from_millis(700);
    let (answer, took) = call(&person, false).await;
    assert!(
        matches!(answer, Err(Error::Timeout(limit)) if limit == Duration::from_millis(300)),
        "{answer:?}"
    );
    assert!(took >= Duration::from_millis(1_000), "{took:?}");
}

#[tokio::test]
async fn a_call_whose_caller_has_gone_is_cancelled_at_the_server() {
    let (connection, seen) = legacy(&Arc::default(), |_| Vec::new()).await.unwrap();
    let never = CancellationToken::new();
    let (a, none, blobs) = (tool("a"), Map::new(), Blobs::default());
    let calling = connection.call(&a, &none, &never, &blobs);
    // As a task does that is stopped: it lets go of what it waits for.
    assert!(tokio::time::timeout(Duration::from_millis(100), calling).await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let seen = seen.lock().unwrap();
    let of = |method: &str| seen.iter().find(|message| message["method"] == method).cloned();
    let (called, told) = (
        of("tools/call").unwrap(),
        of("notifications/cancelled").expect("the server was not told"),
    );
    assert_eq!(told["params"]["requestId"], called["id"]);
}
