//! A server asks for an answer of a model: in both eras, with the switch and without.

use std::sync::Arc;

use deskhand_mcp::{Error, NotSampled, SampleAnswer};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::peer::{Blobs, Person, legacy, modern, result};
use crate::sessions::tool;

fn request() -> Value {
    json!({"messages": [{"role": "user", "content": {"type": "text", "text": "Sum it up"}}], "maxTokens": 100})
}

/// A server of the legacy era that asks within a call, and tells what it heard.
fn asking(params: Value) -> impl FnMut(&Value) -> Vec<String> + Send + 'static {
    let mut open = None;
    move |message| {
        if message["method"] == "tools/call" {
            open = Some(message.clone());
            let asked = json!({"jsonrpc": "2.0", "id": 900, "method": "sampling/createMessage", "params": params});
            return vec![asked.to_string()];
        }
        match open.take() {
            Some(call) if message["id"] == 900 => {
                let heard = message.get("result").or_else(|| message.get("error")).unwrap();
                vec![result(
                    &call,
                    json!({"content": [{"type": "text", "text": heard.to_string()}]}),
                )]
            }
            _ => Vec::new(),
        }
    }
}

fn host(samples: Option<Result<SampleAnswer, NotSampled>>) -> Arc<Person> {
    let person = Person::default();
    *person.samples.lock().unwrap() = samples;
    Arc::new(person)
}

fn answer() -> SampleAnswer {
    SampleAnswer {
        model: "scripted".to_owned(),
        text: "In short: yes.".to_owned(),
        is_cut: false,
    }
}

/// What a server of the legacy era heard, and what it was told that we can do.
async fn heard(person: &Arc<Person>, params: Value) -> (Value, Value) {
    let (connection, seen) = legacy(person, asking(params)).await.unwrap();
    let never = CancellationToken::new();
    let outcome = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await
        .unwrap();
    let text = outcome.content[0]["text"].as_str().unwrap().to_owned();
    let seen = seen.lock().unwrap();
    let hello = seen.iter().find(|one| one["method"] == "initialize").unwrap();
    (
        serde_json::from_str(&text).unwrap(),
        hello["params"]["capabilities"]["sampling"].clone(),
    )
}

#[tokio::test]
async fn a_server_of_the_legacy_era_gets_what_was_answered_or_the_protocols_error() {
    let (told, offered) = heard(&host(Some(Ok(answer()))), request()).await;
    assert_eq!(
        told,
        json!({"role": "assistant", "content": {"type": "text", "text": "In short: yes."}, "model": "scripted",
               "stopReason": "endTurn"})
    );
    assert_eq!(offered, json!({}));

    // Without the switch it is not told of, and refused if it is asked for all the same.
    let (told, offered) = heard(&host(None), request()).await;
    assert_eq!((told["code"].clone(), offered), (json!(-32601), Value::Null), "{told}");

    let (told, _) = heard(&host(Some(Err(NotSampled::Declined))), request()).await;
    assert_eq!(told["code"], -1, "{told}");
    let failed = NotSampled::Failed("no model is set up".to_owned());
    let (told, _) = heard(&host(Some(Err(failed))), request()).await;
    assert_eq!(
        (&told["code"], &told["message"]),
        (&json!(-32603), &json!("no model is set up"))
    );

    // What cannot be asked is refused before anybody is bothered.
    let mut with_tools = request();
    with_tools["tools"] = json!([{"name": "x", "inputSchema": {"type": "object"}}]);
    let person = host(Some(Ok(answer())));
    let (told, _) = heard(&person, with_tools).await;
    assert_eq!(told["code"], -32602, "{told}");
    assert!(person.sampled.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_of_the_newest_era_gets_it_in_the_next_round() {
    let rounds = |message: &Value| {
        let answered = &message["params"]["inputResponses"]["s"];
        let said = if answered.is_null() {
            json!({"resultType": "input_required",
                   "inputRequests": {"s": {"method": "sampling/createMessage", "params": request()}}})
        } else {
            json!({"resultType": "complete", "content": [answered["content"]]})
        };
        vec![result(message, said)]
    };
    let (person, never) = (host(Some(Ok(answer()))), CancellationToken::new());
    let (connection, seen) = modern(&person, rounds).await.unwrap();
    let outcome = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await
        .unwrap();
    assert_eq!(outcome.content[0]["text"], "In short: yes.");
    assert_eq!(person.sampled.lock().unwrap()[0].messages[0].text, "Sum it up");
    let told =
        seen.lock().unwrap().last().unwrap()["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"].clone();
    assert_eq!(told["sampling"], json!({}));

    let (connection, _) = modern(&host(Some(Err(NotSampled::Declined))), rounds).await.unwrap();
    let outcome = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await;
    assert!(
        matches!(outcome, Err(Error::Sampling(NotSampled::Declined))),
        "{outcome:?}"
    );
}
