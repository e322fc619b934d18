//! Sessions with servers of both eras that misbehave.

use std::sync::Arc;

use deskhand_mcp::{Answer, Error, LeftOut, Listing, Outcome, Progress, Question, Tool};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::peer::{Blobs, Person, legacy, modern, refusal, result, serve};

pub fn tool(name: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        title: None,
        description: None,
        input_schema: Map::from_iter([("type".to_owned(), json!("object"))]),
        output_schema: None,
        annotations: Map::new(),
        icons: Vec::new(),
        meta: Map::new(),
    }
}

fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

#[tokio::test]
async fn malformed_tools_cost_only_themselves() {
    let (connection, _) = legacy(&Arc::default(), |message| {
        let second = message["params"]["cursor"] == "2";
        let page = if second {
            json!({"tools": [{"name": "b", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": "yes"}}]})
        } else {
            json!({"nextCursor": "2", "tools": [
                {"name": "a", "inputSchema": {"type": "object"}},
                {"name": "broken", "inputSchema": null}, 7,
                {"name": "a", "inputSchema": {"type": "object"}},
            ]})
        };
        vec!["this is a log line, not JSON".to_owned(), result(message, page)]
    })
    .await
    .unwrap();
    let list = connection.tools().await.unwrap();
    let left_out = |tool: &str, reason: &str| LeftOut {
        tool: tool.to_owned(),
        reason: reason.to_owned(),
    };
    assert_eq!(list.tools, [tool("a"), tool("b")]);
    assert_eq!(
        list.left_out,
        [
            left_out("broken", "its inputSchema is not an object"),
            left_out("tool 3 of the list", "it is not an object"),
            left_out("a", "another tool has the same name"),
        ]
    );
    assert_eq!(connection.revision().as_deref(), Some("2025-11-25"));
    assert!(matches!(connection.prompts().await, Err(Error::NotOffered("prompts"))));
}

#[tokio::test]
async fn endless_lists_end() {
    let mut page = 0;
    let (connection, _) = legacy(&Arc::default(), move |message| {
        page += 1;
        let entry = json!({"name": format!("t{page}"), "inputSchema": {}});
        vec![result(
            message,
            json!({"tools": [entry], "nextCursor": page.to_string()}),
        )]
    })
    .await
    .unwrap();
    let list = connection.tools().await.unwrap();
    assert_eq!((list.tools.len(), list.truncated), (50, true));
}

#[tokio::test]
async fn unknown_content_is_kept_and_large_results_go_to_a_blob() {
    let (connection, _) = legacy(&Arc::default(), |message| {
        let content = json!([{"type": "video", "url": "x"}, {"type": "text", "text": "é".repeat(5000)}]);
        vec![result(message, json!({"content": content}))]
    })
    .await
    .unwrap();
    let blobs = Blobs::default();
    let outcome = connection
        .call(&tool("a"), &Map::new(), &CancellationToken::new(), &blobs)
        .await
        .unwrap();
    assert_eq!(outcome.content[0], json!({"type": "video", "url": "x"}));
    let shown = outcome.content[1]["text"].as_str().unwrap();
    assert!(shown.len() > 900 && shown.len() <= 1024 && shown.chars().all(|c| c == 'é'));
    assert_eq!(outcome.whole.as_deref(), Some("blob"));
    assert!(blobs.0.lock().unwrap()["blob"].len() > 10_000);
}

#[tokio::test]
async fn structured_results_must_fit_their_schema() {
    let (connection, _) = legacy(&Arc::default(), |message| {
        vec![result(
            message,
            json!({"content": [], "structuredContent": {"sum": "three"}}),
        )]
    })
    .await
    .unwrap();
    let mut sum = tool("sum");
    let schema = |schema: Value| schema.as_object().cloned();
    let call = async |tool: &Tool| {
        connection
            .call(tool, &Map::new(), &CancellationToken::new(), &Blobs::default())
            .await
    };
    sum.output_schema = schema(json!({"properties": {"sum": {"type": "number"}}}));
    assert!(matches!(call(&sum).await, Err(Error::Malformed(why)) if why.contains("/sum")));
    sum.output_schema = schema(json!({"$ref": "http://127.0.0.1:9/schema.json"}));
    assert!(matches!(call(&sum).await, Err(Error::Malformed(why)) if why.contains("schema is not valid")));
    sum.output_schema = schema(json!({"properties": {"sum": {"type": "string"}}}));
    assert_eq!(call(&sum).await.unwrap().structured, Some(json!({"sum": "three"})));
}

#[tokio::test]
async fn a_hanging_server_is_told_to_stop() {
    let (connection, seen) = legacy(&Arc::default(), |_| Vec::new()).await.unwrap();
    let never = CancellationToken::new();
    let timeout = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await;
    assert!(matches!(timeout, Err(Error::Timeout(_))), "{timeout:?}");
    let stop = CancellationToken::new();
    stop.cancel();
    let cancelled = connection.call(&tool("a"), &Map::new(), &stop, &Blobs::default()).await;
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let seen = seen.lock().unwrap();
    let ids = |method: &str| {
        seen.iter()
            .filter(|m| m["method"] == method)
            .cloned()
            .collect::<Vec<_>>()
    };
    let calls: Vec<_> = ids("tools/call").iter().map(|call| call["id"].clone()).collect();
    let told: Vec<_> = ids("notifications/cancelled")
        .iter()
        .map(|n| n["params"]["requestId"].clone())
        .collect();
    assert_eq!(told, calls[..told.len()]);
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_server_that_goes_mid_call_closes_the_connection() {
    let (connection, _) = legacy(&Arc::default(), |_| vec!["EXIT".to_owned()]).await.unwrap();
    let gone = connection
        .call(&tool("a"), &Map::new(), &CancellationToken::new(), &Blobs::default())
        .await;
    assert!(matches!(gone, Err(Error::Closed)), "{gone:?}");
    assert!(connection.is_closed());
}

#[tokio::test]
async fn too_long_an_answer_ends_its_call_and_the_session_goes_on() {
    let mut first = true;
    let (connection, _) = legacy(&Arc::default(), move |message| {
        if message["method"] != "tools/call" {
            return Vec::new();
        }
        let size = if std::mem::take(&mut first) { 2 * 1024 * 1024 } else { 2 };
        vec![result(message, text(&"x".repeat(size)))]
    })
    .await
    .unwrap();
    let call = async || {
        connection
            .call(&tool("a"), &Map::new(), &CancellationToken::new(), &Blobs::default())
            .await
    };
    match call().await {
        Err(Error::Malformed(why)) => assert!(why.contains("was cut off"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(call().await.unwrap().content, [json!({"type": "text", "text": "xx"})]);
}

#[tokio::test]
async fn progress_and_changes_are_told() {
    let person = Arc::<Person>::default();
    let (connection, _) = legacy(&person, |message| {
        let token = &message["params"]["_meta"]["progressToken"];
        let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress",
            "params": {"progressToken": token, "progress": 1, "total": 2, "message": "half"}});
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        vec![progress.to_string(), changed.to_string(), result(message, text("done"))]
    })
    .await
    .unwrap();
    connection
        .call(&tool("a"), &Map::new(), &CancellationToken::new(), &Blobs::default())
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let half = Progress {
        done: 1.0,
        total: Some(2.0),
        message: Some("half".to_owned()),
    };
    assert_eq!(*person.progress.lock().unwrap(), [half]);
    assert_eq!(*person.changes.lock().unwrap(), [Listing::Tools]);
}

#[tokio::test]
async fn a_modern_server_asks_through_its_answer() {
    let person = Arc::<Person>::default();
    // Taken from the end: first what does not fit the form, then what does.
    *person.answers.lock().unwrap() = vec![
        Answer::Accept(Some(json!({"pin": "1234"}))),
        Answer::Accept(Some(json!({"pin": 7}))),
    ];
    let schema = json!({"type": "object", "properties": {"pin": {"type": "string", "format": "password"}}});
    let asked = schema.clone();
    let (connection, seen) = modern(&person, move |message| {
        if message["params"]["inputResponses"]["q"]["action"] == "accept" {
            return vec![result(message, json!({"resultType": "complete", "content": []}))];
        }
        let request = json!({"method": "elicitation/create",
            "params": {"mode": "form", "message": "PIN?", "requestedSchema": asked}});
        let answer = json!({"resultType": "input_required", "inputRequests": {"q": request}, "requestState": "s"});
        vec![result(message, answer)]
    })
    .await
    .unwrap();
    let outcome = connection
        .call(&tool("a"), &Map::new(), &CancellationToken::new(), &Blobs::default())
        .await;
    let nothing = Outcome {
        content: Vec::new(),
        structured: None,
        is_error: false,
        whole: None,
    };
    assert_eq!(outcome.unwrap(), nothing);
    let question = Question::Form {
        message: "PIN?".to_owned(),
        schema,
    };
    assert_eq!(*person.questions.lock().unwrap(), [question.clone(), question]);
    let calls: Vec<Value> = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|m| m["method"] == "tools/call")
        .map(|m| m["params"].clone())
        .collect();
    assert_eq!(calls[1]["inputResponses"], json!({"q": {"action": "cancel"}}));
    assert_eq!(
        calls[2]["inputResponses"],
        json!({"q": {"action": "accept", "content": {"pin": "1234"}}})
    );
    assert_eq!(calls[2]["requestState"], "s");
    assert_eq!(
        calls[2]["_meta"]["io.modelcontextprotocol/protocolVersion"],
        "2026-07-28"
    );
}

#[tokio::test]
async fn a_server_of_an_unknown_era_is_refused() {
    let refused = serve(&Arc::default(), |message| vec![refusal(message, -32602)]).await;
    assert!(matches!(refused, Err(Error::Handshake(_))));
}
