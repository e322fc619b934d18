//! The same streams over a WebSocket, for windows that are too many for a browser's six connections to one address:
//! sockets are not among those six.
//!
//! What a stream says goes over as it is, server-sent events and all, so there is one protocol and one kind of stream.
//! Nothing is heard from the other side but that it went.

use axum::{
    body::Body,
    extract::{
        Request, WebSocketUpgrade,
        ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures_util::StreamExt as _;

/// Most that is taken from a listener, in bytes. It has nothing to say.
const MOST: usize = 1 << 10;

/// Answers a stream over a socket where that was asked for. The gate has let the request in before, its origin
/// included: that lock is what keeps other sites' pages out, which may ask for any socket.
pub async fn carry(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
    next: Next,
) -> Response {
    let answer = next.run(request).await;
    match upgrade {
        Ok(upgrade) if is_stream(&answer) => upgrade
            .max_message_size(MOST)
            .on_upgrade(|socket| pass_on(answer.into_body(), socket)),
        _ => answer,
    }
}

fn is_stream(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    answer.status() == StatusCode::OK && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Until the stream ends, which the listener takes for a lost connection, or the listener goes.
async fn pass_on(stream: Body, mut socket: WebSocket) {
    let mut stream = stream.into_data_stream();
    loop {
        tokio::select! {
            piece = stream.next() => {
                let Some(Ok(piece)) = piece else { return };
                let Ok(text) = String::from_utf8(piece.into()) else { return };
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            heard = socket.recv() => match heard {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return,
            },
        }
    }
}
