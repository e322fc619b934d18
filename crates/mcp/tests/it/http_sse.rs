//! Servers of 2024-11-05, which speak HTTP+SSE.

use std::sync::Arc;

use deskhand_mcp::{Error, Transport};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use crate::http_eras::{echo, open, say};
use crate::peer::result;
use crate::web::{Reply, Web};

/// A server whose stream says that messages go to `post`.
async fn server(post: &'static str) -> Web {
    let (to_stream, stream) = unbounded_channel();
    let stream = Arc::new(tokio::sync::Mutex::new(stream));
    Web::serve(move |_, request| {
        if request.method == "GET" && request.target == "/sse" {
            let mut reply = Reply::events().piece(format!("event: endpoint\ndata: {post}\n\n"));
            reply.live = Some(Arc::clone(&stream));
            return reply;
        }
        if request.method != "POST" || request.target != "/messages?id=7" {
            return Reply::status(404);
        }
        let message = request.message();
        let answer = match request.called().as_str() {
            "initialize" => result(
                &message,
                json!({"protocolVersion": "2024-11-05", "capabilities": {"tools": {}},
                       "serverInfo": {"name": "old", "version": "1"}}),
            ),
            "tools/call" => echo(&message),
            _ => return Reply::status(202),
        };
        to_stream
            .send(format!(
                "event: message\ndata: not JSON\n\nevent: message\ndata: {answer}\n\n"
            ))
            .unwrap();
        Reply::status(202)
    })
    .await
}

#[tokio::test]
async fn a_server_of_the_oldest_era_is_spoken_to_however_it_is_configured() {
    for transport in [Transport::Sse, Transport::Http] {
        let web = server("/messages?id=7").await;
        let connection = open(&web, "/sse", transport).await.unwrap();
        assert_eq!(connection.revision().as_deref(), Some("2024-11-05"));
        assert_eq!(say(&connection, "hello").await.unwrap(), "hello");
        let probed = web.called().contains(&"server/discover".to_owned());
        assert_eq!(probed, transport == Transport::Http);
    }
}

#[tokio::test]
async fn messages_go_nowhere_else_than_to_the_servers_own_origin() {
    let other = Web::serve(|_, _| Reply::status(202)).await;
    let post: &'static str = Box::leak(format!("{}/messages", other.url).into_boxed_str());
    let web = server(post).await;
    let opened = open(&web, "/sse", Transport::Sse).await;
    assert!(matches!(opened.err(), Some(Error::Redirected { to }) if to == other.url));
    assert_eq!(other.seen.lock().unwrap().len(), 0);
}
