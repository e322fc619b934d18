//! A server that waits for the person is not hanging; one whose caller has gone is told.

use std::sync::Arc;
use std::time::Duration;

use deskhand_mcp::{Answer, Error, Outcome, Question};
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

/// Calls the tool of a server that does nothing before a page was visited, and says when it was. Gives how often the tool
/// was called.
async fn call_after_visit(answer: Answer) -> (Result<Outcome, Error>, usize, Arc<Person>) {
    let person = Arc::new(Person::default());
    person.answers.lock().unwrap().push(answer);
    let mut refused = false;
    let (connection, seen) = legacy(&person, move |message| {
        if message["method"] != "tools/call" {
            return Vec::new();
        }
        if std::mem::replace(&mut refused, true) {
            return vec![result(message, json!({"content": [{"type": "text", "text": "paid"}]}))];
        }
        let pages = json!({"elicitations": [
            {"mode": "url", "elicitationId": "e1", "url": "https://pay.example/1", "message": "Please pay."}]});
        let error = json!({"code": -32042, "message": "Pay first.", "data": pages});
        let over = json!({"elicitationId": "e1"});
        vec![
            json!({"jsonrpc": "2.0", "id": message["id"], "error": error}).to_string(),
            json!({"jsonrpc": "2.0", "method": "notifications/elicitation/complete", "params": over}).to_string(),
        ]
    })
    .await
    .unwrap();
    let never = CancellationToken::new();
    let answer = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await;
    let calls = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|message| message["method"] == "tools/call")
        .count();
    (answer, calls, person)
}

#[tokio::test]
async fn what_wants_a_page_visited_first_is_asked_once_more_when_the_person_was_there() {
    let (answer, made, person) = call_after_visit(Answer::Accept(None)).await;
    assert_eq!((answer.unwrap().content[0]["text"].as_str(), made), (Some("paid"), 2));
    let question = Question::Url {
        message: "Please pay.".to_owned(),
        url: "https://pay.example/1".to_owned(),
    };
    assert_eq!(*person.questions.lock().unwrap(), [question]);
    // Who does not go there is told what was wanted, and nothing is repeated.
    let (answer, made, _) = call_after_visit(Answer::Decline).await;
    assert!(
        matches!(&answer, Err(Error::MustVisit { message, .. }) if message == "Pay first."),
        "{answer:?}"
    );
    assert_eq!(made, 1);
}
