//! A web server written for a test: it answers each request with what a closure gives. It ends with the test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use deskhand_egress::{Connector, Door, DoorConfig, EgressError, Ledger, Loopback};
use deskhand_types::{NetworkRequest, NetworkResult};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The message in it.
    pub fn message(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The method of the message in it.
    pub fn called(&self) -> String {
        self.message()["method"].as_str().unwrap_or_default().to_owned()
    }
}

/// What is sent back: the pieces one after the other, `Ok` as text, `Err` as a pause. Without a length: the end of the
/// connection ends it.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub pieces: Vec<Result<String, Duration>>,
    /// After them, whatever comes through here.
    pub live: Option<Live>,
}

/// What a stream is fed with while it is open.
pub type Live = Arc<tokio::sync::Mutex<UnboundedReceiver<String>>>;

impl Reply {
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub fn json(text: impl ToString) -> Self {
        Self::status(200).with("content-type", "application/json").piece(text)
    }

    pub fn status_of(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn events() -> Self {
        Self::status(200).with("content-type", "text/event-stream")
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn piece(mut self, text: impl ToString) -> Self {
        self.pieces.push(Ok(text.to_string()));
        self
    }

    pub fn pause(mut self, time: Duration) -> Self {
        self.pieces.push(Err(time));
        self
    }
}

/// A server on this computer.
pub struct Web {
    pub url: String,
    pub port: u16,
    pub seen: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Web {
    /// Serves what `answer` gives for each request; it is handed the server's own origin.
    pub async fn serve(answer: impl Fn(&str, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (log, origin, answer) = (Arc::clone(&seen), url.clone(), Arc::new(answer));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                let (log, origin, answer) = (Arc::clone(&log), origin.clone(), Arc::clone(&answer));
                connections.spawn(async move {
                    let mut stream = stream;
                    if let Some(request) = read(&mut stream).await {
                        log.lock().unwrap().push(request.clone());
                        let reply = answer(&origin, &request);
                        let _ = write(&mut stream, reply).await;
                    }
                });
            }
        });
        Self { url, port, seen, task }
    }

    /// What came in, by the methods of the messages.
    pub fn called(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(Request::called).collect()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .iter()
        .find(|(key, _)| key == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or_default();
    while bytes.len() < end + length {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    }
    let body = String::from_utf8_lossy(&bytes[end..]).into_owned();
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}

async fn write(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    for piece in reply.pieces {
        match piece {
            Ok(text) => stream.write_all(text.as_bytes()).await?,
            Err(time) => tokio::time::sleep(time).await,
        }
    }
    if let Some(live) = reply.live {
        let mut live = live.lock().await;
        while let Some(text) = live.recv().await {
            stream.write_all(text.as_bytes()).await?;
        }
    }
    stream.shutdown().await
}

/// A ledger in memory.
#[derive(Default)]
pub struct Book {
    pub requests: Mutex<Vec<NetworkRequest>>,
    pub results: Mutex<Vec<NetworkResult>>,
}

#[async_trait::async_trait]
impl Ledger for Book {
    async fn requested(&self, request: NetworkRequest) -> Result<u64, EgressError> {
        let mut requests = self.requests.lock().unwrap();
        requests.push(request);
        Ok(requests.len() as u64)
    }

    fn finished(&self, result: NetworkResult) {
        self.results.lock().unwrap().push(result);
    }
}

/// The way out of a connector, as it is in the program.
pub fn way_out(loopback: Loopback) -> (Arc<Connector>, Arc<Book>) {
    let book = Arc::new(Book::default());
    let door = Door::new(DoorConfig::default()).unwrap();
    let ledger: Arc<dyn Ledger> = book.clone();
    (Arc::new(door.connector("test", loopback, ledger)), book)
}
