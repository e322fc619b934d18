//! A browser reduced to what the tests look at: whole answers, and streams event by event.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}\n{self:#?}"))
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

/// A request as it stands on the wire. `headers` may name `host` to say another than the true one.
pub fn send(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = open(port, method, path, headers, body);
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let (status, headers) = head(&bytes[..split]);
    Reply {
        status,
        headers,
        body: String::from_utf8_lossy(&bytes[split + 4..]).into_owned(),
    }
}

fn open(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        text.push_str(&format!("host: 127.0.0.1:{port}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(text.as_bytes()).unwrap();
    // A server that refuses by the head alone may close before the body is through.
    let _ = stream.write_all(body);
    stream
}

fn head(bytes: &[u8]) -> (u16, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (status, headers.collect())
}

/// A message of a stream.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    pub event: String,
    pub id: Option<u64>,
    pub data: Value,
}

/// The messages of a stream, as they come.
pub struct Messages(BufReader<Chunks>);

/// The body of a chunked answer.
struct Chunks {
    stream: BufReader<TcpStream>,
    left: usize,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let mut line = String::new();
            while line.trim().is_empty() {
                line.clear();
                if self.stream.read_line(&mut line)? == 0 {
                    return Ok(0);
                }
            }
            self.left = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        }
        let most = into.len().min(self.left);
        let read = self.stream.read(&mut into[..most])?;
        self.left -= read;
        Ok(read)
    }
}

pub fn stream(port: u16, path: &str, headers: &[(&str, &str)]) -> Messages {
    let mut stream = BufReader::new(open(port, "GET", path, headers, b""));
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut text).unwrap(), 0, "{text}");
    }
    assert_eq!(head(text.trim_end().as_bytes()).0, 200, "{text}");
    Messages(BufReader::new(Chunks { stream, left: 0 }))
}

impl Iterator for Messages {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let mut message = Message {
            event: String::new(),
            id: None,
            data: Value::Null,
        };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", name)) => name.clone_into(&mut message.event),
                Some(("id", id)) => message.id = id.parse().ok(),
                Some(("data", data)) => message.data = serde_json::from_str(data).unwrap(),
                // A blank line ends a message; comments keep the connection alive.
                _ if line.trim().is_empty() && !message.event.is_empty() => return Some(message),
                _ => {}
            }
        }
    }
}
