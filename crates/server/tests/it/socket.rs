//! The streams over a WebSocket: the same words, and the same locks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use deskhand_testkit::Turn;
use serde_json::json;

use crate::desk::Desk;

/// A listener at a socket, as RFC 6455 has it.
struct Socket(TcpStream);

/// Asks for a socket; gives it with the status of the answer, 101 where there is one.
fn ask(desk: &Desk, path: &str, headers: &[(&str, &str)]) -> (u16, Socket) {
    let mut stream = TcpStream::connect(("127.0.0.1", desk.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut text = format!(
        "GET /api/v1{path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        desk.port
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    if status == 101 {
        // What the RFC's own example has.
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    }
    (status, Socket(stream))
}

impl Iterator for Socket {
    type Item = String;

    /// The next message; none when the other side is done.
    fn next(&mut self) -> Option<String> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).ok()?;
        let [first, length] = head;
        let mut more = |bytes: usize| {
            let mut read = vec![0; bytes];
            self.0.read_exact(&mut read).unwrap();
            read.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
        };
        let length = match length {
            126 => more(2),
            127 => more(8),
            length => usize::from(length),
        };
        let mut said = vec![0; length];
        self.0.read_exact(&mut said).ok()?;
        // One whole message of text.
        (first == 0x81).then(|| String::from_utf8(said).unwrap())
    }
}

fn bearer(desk: &Desk) -> String {
    format!("Bearer {}", desk.token)
}

#[test]
fn a_task_is_heard_over_a_socket_word_for_word_as_over_a_stream() {
    let desk = Desk::new([Turn::new().text("All read.").into()]);
    let task = desk.start(&json!({}));
    desk.until_status(&task, "done");
    let path = format!("/tasks/{task}/events?after=0");
    let (status, socket) = ask(&desk, &path, &[("authorization", &bearer(&desk))]);
    assert_eq!(status, 101);
    let by_socket: Vec<String> = socket.take(2).collect();
    let by_stream = desk.stream(&path, None).take(2).map(|message| {
        let id = message.id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        (message.event, id, message.data)
    });
    for (said, (event, id, data)) in by_socket.iter().zip(by_stream) {
        let (head, rest) = said.split_once("data: ").unwrap();
        assert_eq!(head, format!("event: {event}\n{id}"));
        let heard: serde_json::Value = serde_json::from_str(rest.trim_end_matches('\n')).unwrap();
        assert_eq!(heard, data);
    }
    assert_eq!(by_socket.len(), 2);
}

#[test]
fn changes_anywhere_are_heard_over_a_socket_while_they_happen() {
    let desk = Desk::new([Turn::new().text("All read.").into()]);
    let (status, mut socket) = ask(&desk, "/events", &[("authorization", &bearer(&desk))]);
    assert_eq!(status, 101);
    let task = desk.start(&json!({}));
    let told = socket.find(|said| said.starts_with("event: app\n") && said.contains(&task));
    assert!(told.is_some());
}

#[test]
fn a_socket_is_behind_the_same_locks_as_everything_else() {
    let desk = Desk::new([]);
    let bearer = bearer(&desk);
    let cookie = format!("deskhand-{}={}", desk.port, desk.token);
    let own = format!("http://127.0.0.1:{}", desk.port);
    let status = |path: &str, headers: &[(&str, &str)]| ask(&desk, path, headers).0;
    assert_eq!(status("/events", &[]), 401);
    assert_eq!(status("/events", &[("cookie", &cookie), ("origin", &own)]), 101);
    // A page of another site may ask for a socket, and its browser would send the cookie along.
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(
            status("/events", &[("cookie", &cookie), ("origin", origin)]),
            403,
            "{origin}"
        );
    }
    assert_eq!(status("/tasks/none/events", &[("authorization", &bearer)]), 404);
    // What is no stream is answered as ever.
    assert_eq!(status("/tasks", &[("authorization", &bearer)]), 200);
}

#[test]
fn a_listener_that_talks_is_not_listened_to() {
    let desk = Desk::new([]);
    let (_, mut socket) = ask(&desk, "/events", &[("authorization", &bearer(&desk))]);
    // A masked text of two letters.
    socket.0.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).unwrap();
    assert!(socket.find(String::is_empty).is_none(), "it ends");
}
