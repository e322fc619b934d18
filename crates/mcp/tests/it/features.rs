//! Completion, templates, changes, tasks, sampling, the log, and how tools are put before a model.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use deskhand_mcp::{
    Answer, Completed, Connection, Error, Host, Listing, NotSampled, Notice, Outcome, Progress, Question, Task,
    presentation,
};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::peer::{Blobs, Person, limits, modern, refusal, result, serve};
use crate::sessions::tool;

fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

fn capable(message: &Value) -> Vec<String> {
    match message["method"].as_str() {
        Some("server/discover") => vec![refusal(message, -32601)],
        Some("initialize") => vec![result(
            message,
            json!({"protocolVersion": "2025-11-25", "serverInfo": {"name": "t", "version": "1"},
                   "capabilities": {"completions": {}, "resources": {"subscribe": true}, "logging": {}}}),
        )],
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn completion_templates_and_subscriptions() {
    let (connection, seen) = serve(&Arc::default(), |message| match message["method"].as_str() {
        Some("completion/complete") => vec![result(
            message,
            json!({"completion": {"values": (0..150).map(|n| n.to_string()).collect::<Vec<_>>(), "total": 150}}),
        )],
        Some("resources/templates/list") => vec![result(
            message,
            json!({"resourceTemplates": [{"uriTemplate": "a://{x}", "name": "a"}], "ttlMs": 5000, "cacheScope": "public"}),
        )],
        Some("resources/subscribe") => vec![result(message, json!({}))],
        _ => capable(message),
    })
    .await
    .unwrap();
    let never = CancellationToken::new();
    let others = Map::from_iter([("lang".to_owned(), json!("de"))]);
    let of = Completed::Prompt("p".to_owned());
    let proposals = connection.complete(&of, "x", "1", &others, &never).await.unwrap();
    assert_eq!(
        (proposals.values.len(), proposals.total, proposals.has_more),
        (100, Some(150), true)
    );
    let templates = connection.templates().await.unwrap();
    assert_eq!((templates.entries.len(), templates.is_public), (1, true));
    assert_eq!(templates.ttl.unwrap().as_secs(), 5);
    connection.subscribe("a://1", &never).await.unwrap();
    assert!(matches!(
        connection.listen(&[], &never).await,
        Err(Error::NotOffered(_))
    ));
    let sent = seen.lock().unwrap();
    let asked = sent.iter().find(|one| one["method"] == "completion/complete").unwrap();
    assert_eq!(asked["params"]["ref"], json!({"type": "ref/prompt", "name": "p"}));
    assert_eq!(asked["params"]["context"], json!({"arguments": {"lang": "de"}}));
}

/// A host that records tasks and notices, and answers samples when told so.
#[derive(Default)]
struct Recorder {
    tasks: Mutex<Vec<Task>>,
    notices: Mutex<Vec<Notice>>,
    updated: Mutex<Vec<String>>,
    changed: Mutex<Vec<Listing>>,
}

#[async_trait]
impl Host for Recorder {
    async fn ask(&self, _question: Question) -> Answer {
        Answer::Accept(Some(json!({"name": "Ada"})))
    }
    fn roots(&self) -> Vec<String> {
        Vec::new()
    }
    fn changed(&self, listing: Listing) {
        self.changed.lock().unwrap().push(listing);
    }
    fn progress(&self, _progress: Progress) {}
    fn updated(&self, uri: &str) {
        self.updated.lock().unwrap().push(uri.to_owned());
    }
    fn log(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }
    fn task(&self, task: &Task) {
        self.tasks.lock().unwrap().push(task.clone());
    }
}

#[tokio::test]
async fn a_call_that_becomes_a_task_is_followed_to_its_end() {
    let polls = Arc::new(Mutex::new(0));
    let (connection, seen) = modern(&Arc::default(), move |message| match message["method"].as_str() {
        Some("tools/call") => vec![result(
            message,
            json!({"resultType": "task", "taskId": "t1", "status": "working", "pollIntervalMs": 60,
                   "createdAt": "2026-11-01T00:00:00Z", "lastUpdatedAt": "2026-11-01T00:00:00Z", "ttlMs": null}),
        )],
        Some("tasks/get") => {
            *polls.lock().unwrap() += 1;
            let state = match *polls.lock().unwrap() {
                1 => json!({"status": "input_required", "inputRequests": {"q": {"method": "elicitation/create",
                    "params": {"message": "?", "requestedSchema": {"type": "object"}}}}}),
                2 => json!({"status": "working"}),
                _ => json!({"status": "completed", "result": text("done")}),
            };
            let mut state = state;
            state["resultType"] = json!("complete");
            state["taskId"] = json!("t1");
            state["pollIntervalMs"] = json!(60);
            vec![result(message, state)]
        }
        _ => vec![result(message, json!({"resultType": "complete"}))],
    })
    .await
    .unwrap();
    let never = CancellationToken::new();
    let outcome: Outcome = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await
        .unwrap();
    assert_eq!(outcome.content[0]["text"], "done");
    // After a restart the id is enough.
    let again = connection
        .resume(&tool("a"), "t1", &never, &Blobs::default())
        .await
        .unwrap();
    assert_eq!(again.content, outcome.content);
    let sent = seen.lock().unwrap();
    let updates: Vec<_> = sent.iter().filter(|one| one["method"] == "tasks/update").collect();
    assert_eq!(updates.len(), 1);
    assert_eq!(
        updates[0]["params"]["inputResponses"],
        json!({"q": {"action": "decline"}})
    );
}

#[tokio::test]
async fn a_cancelled_task_is_cancelled_at_the_server() {
    let (connection, seen) = modern(&Arc::default(), |message| match message["method"].as_str() {
        Some("tools/call") => vec![result(
            message,
            json!({"resultType": "task", "taskId": "t1", "status": "working"}),
        )],
        _ => vec![result(message, json!({"resultType": "complete"}))],
    })
    .await
    .unwrap();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        stop.cancel();
    });
    let answer = connection
        .call(&tool("a"), &Map::new(), &cancel, &Blobs::default())
        .await;
    assert!(matches!(answer, Err(Error::Cancelled)), "{answer:?}");
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .any(|one| one["method"] == "tasks/cancel" && one["params"]["taskId"] == "t1")
    );
}

#[tokio::test]
async fn sampling_is_refused_unless_a_host_says_otherwise() {
    let (connection, seen) = modern(&Arc::<Person>::default(), |message| {
        vec![result(
            message,
            json!({"resultType": "input_required", "inputRequests": {"s": {"method": "sampling/createMessage", "params": {}}}}),
        )]
    })
    .await
    .unwrap();
    let never = CancellationToken::new();
    let answer = connection
        .call(&tool("a"), &Map::new(), &never, &Blobs::default())
        .await;
    assert!(
        matches!(&answer, Err(Error::Sampling(NotSampled::NotOffered))),
        "{answer:?}"
    );
    let sent = seen.lock().unwrap();
    let told = &sent.last().unwrap()["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
    assert_eq!(told.get("sampling"), None);
    assert_eq!(
        told["extensions"]["io.modelcontextprotocol/ui"]["mimeTypes"][0],
        "text/html;profile=mcp-app"
    );
}

#[tokio::test]
async fn notices_and_changes_reach_the_host() {
    let host = Arc::new(Recorder::default());
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let (read, mut write) = tokio::io::split(theirs);
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let message: Value = serde_json::from_str(&line).unwrap();
            let mut answers = capable(&message);
            if message["method"] == "notifications/initialized" {
                let notify =
                    |method: &str, params: Value| json!({"jsonrpc": "2.0", "method": method, "params": params});
                answers.push(notify("notifications/message", json!({"level": "warning", "data": "hot"})).to_string());
                answers.push(notify("notifications/resources/updated", json!({"uri": "a://1"})).to_string());
            }
            for answer in answers {
                write.write_all(format!("{answer}\n").as_bytes()).await.unwrap();
            }
        }
    });
    let (read, write) = tokio::io::split(ours);
    let _connection = Connection::open(read, write, host.clone() as Arc<dyn Host>, limits())
        .await
        .unwrap();
    for _ in 0..100 {
        if !host.updated.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(*host.updated.lock().unwrap(), ["a://1"]);
    let notice = Notice {
        level: "warning".to_owned(),
        logger: None,
        data: json!("hot"),
    };
    assert_eq!(*host.notices.lock().unwrap(), [notice]);
}

#[tokio::test]
async fn the_newest_era_listens_to_one_stream() {
    let person = Arc::new(Person::default());
    let (connection, _) = modern(&person, |message| {
        let meta = json!({"io.modelcontextprotocol/subscriptionId": message["id"]});
        let notify =
            |method: &str, params: Value| json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string();
        match message["method"].as_str() {
            Some("subscriptions/listen") => vec![
                notify(
                    "notifications/subscriptions/acknowledged",
                    json!({"_meta": meta, "notifications": message["params"]["notifications"]}),
                ),
                notify("notifications/tools/list_changed", json!({"_meta": meta})),
            ],
            _ => Vec::new(),
        }
    })
    .await
    .unwrap();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watched = Arc::clone(&person);
    tokio::spawn(async move {
        for _ in 0..150 {
            if !watched.changes.lock().unwrap().is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stop.cancel();
    });
    connection.listen(&[], &cancel).await.unwrap();
    assert_eq!(*person.changes.lock().unwrap(), [Listing::Tools]);
}

#[test]
fn tools_are_put_in_a_form_models_take() {
    let mut it = tool("a");
    it.description = Some("é".repeat(2000));
    it.input_schema = serde_json::from_value(json!({
        "$defs": {"byId": {"properties": {"id": {"type": "string"}}, "required": ["id"]}},
        "properties": {"page": {"type": "integer"}},
        "oneOf": [{"$ref": "#/$defs/byId"}, {"properties": {"name": {"type": "string"}, "id": {"type": "integer"}}}],
        "allOf": [{"properties": {"k": {}}, "required": ["k"]}]
    }))
    .unwrap();
    let shown = it.presented();
    assert!(shown.is_cut && shown.description.starts_with('é'));
    assert!(
        shown
            .description
            .contains("exactly one of these groups of arguments: `id`; `id` (optional), `name` (optional).")
    );
    for keyword in ["anyOf", "oneOf", "allOf"] {
        assert!(!shown.input_schema.contains_key(keyword));
    }
    assert_eq!(shown.input_schema["type"], "object");
    assert_eq!(shown.input_schema["required"], json!(["k"]));
    assert_eq!(
        shown.input_schema["properties"],
        json!({"page": {"type": "integer"}, "id": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
               "name": {"type": "string"}, "k": {}})
    );
    assert!(presentation::cut(&"é".repeat(2000)).text.len() <= presentation::TEXT_LIMIT);
    assert!(!presentation::cut("short").is_cut);
}

#[test]
fn what_a_tool_says_of_itself_is_read() {
    let mut it = tool("a");
    assert!(it.is_for_model() && it.is_for_app() && it.max_result_size().is_none());
    it.meta = serde_json::from_value(json!({
        "ui": {"resourceUri": "ui://a", "visibility": ["app"]}, "anthropic/maxResultSizeChars": 900_000,
        "anthropic/requiresUserInteraction": true, "anthropic/alwaysLoad": "yes"
    }))
    .unwrap();
    assert!(!it.is_for_model() && it.is_for_app());
    assert_eq!(
        (it.ui_resource(), it.max_result_size()),
        (Some("ui://a"), Some(500_000))
    );
    assert!(it.requires_interaction() && !it.always_load());
}
