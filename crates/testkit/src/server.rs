//! The scripted model server: one thread per connection, blocking sockets, loopback only.

use std::collections::VecDeque;
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{self, Recorded};
use crate::protocol::{Context, Protocol};
use crate::script::{Fault, Piece, Reply, Script, Then};

/// Makes replies from requests; the number of the answer is the second argument.
type Responder = Box<dyn FnMut(&Recorded, usize) -> Reply + Send>;

/// A model server that answers by a script, in Anthropic's and in both of OpenAI's protocols. Stops when dropped.
///
/// ```
/// use deskhand_testkit::{Reply, ScriptedServer, Turn};
/// let server = ScriptedServer::start([Reply::status(529), Turn::new().text("Hello.").into()]);
/// assert!(server.base_url().starts_with("http://127.0.0.1:"));
/// assert_eq!(server.remaining(), 2);
/// ```
pub struct ScriptedServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    stopping: AtomicBool,
}

struct State {
    queue: VecDeque<Reply>,
    then: Then,
    last: Option<Reply>,
    responder: Option<Responder>,
    requests: Vec<Recorded>,
    keep_bodies: bool,
    summary: Summary,
    calls: usize,
    timings: Vec<Timing>,
    active: Instant,
    connections: Vec<TcpStream>,
}

/// When a model call came and went, for benches: what lies between one answer and the next call is the client's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// The whole request was read.
    pub arrived: Instant,
    /// The last byte of the answer was given to the system; `None` while it is being sent, or when it was cut.
    pub answered: Option<Instant>,
}

/// Counts for benches.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    /// Model calls answered.
    pub answers: usize,
    /// Length of the first model call's body, in bytes.
    pub first_body_bytes: usize,
    /// Length of the last model call's body, in bytes.
    pub last_body_bytes: usize,
    /// Length of all model calls' bodies, in bytes.
    pub all_body_bytes: usize,
}

impl ScriptedServer {
    /// Starts a server that gives these replies in order, then fails every further request with status 400.
    ///
    /// # Panics
    /// When loopback cannot be listened on: then no test makes sense.
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::run(Script {
            replies: replies.into_iter().collect(),
            then: Then::Fail,
        })
        .listening()
    }

    /// Starts a server that asks `responder` for every reply.
    ///
    /// # Panics
    /// As [`ScriptedServer::start`].
    pub fn responding(responder: impl FnMut(&Recorded, usize) -> Reply + Send + 'static) -> Self {
        Self::launch(Script::default(), Some(Box::new(responder))).listening()
    }

    /// Starts a server that follows a script.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub fn run(script: Script) -> io::Result<Self> {
        Self::launch(script, None)
    }

    fn launch(script: Script, responder: Option<Responder>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                queue: script.replies.into(),
                then: script.then,
                last: None,
                responder,
                requests: Vec::new(),
                keep_bodies: true,
                summary: Summary::default(),
                calls: 0,
                timings: Vec::new(),
                active: Instant::now(),
                connections: Vec::new(),
            }),
            stopping: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let acceptor = thread::Builder::new()
            .name("scripted-model".into())
            .spawn(move || accept(&listener, &for_thread))?;
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// Where it listens, without a path: what `ANTHROPIC_BASE_URL` takes.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens for OpenAI's protocols: what `OPENAI_BASE_URL` takes.
    pub fn openai_base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Adds a reply at the end.
    pub fn push(&self, reply: impl Into<Reply>) {
        self.shared.lock().queue.push_back(reply.into());
    }

    /// How many replies are left.
    pub fn remaining(&self) -> usize {
        self.shared.lock().queue.iter().map(|reply| reply.times).sum()
    }

    /// The model calls so far.
    pub fn requests(&self) -> Vec<Recorded> {
        let is_call = |request: &&Recorded| request.method == "POST" && Protocol::of_path(&request.path).is_some();
        self.shared.lock().requests.iter().filter(is_call).cloned().collect()
    }

    /// Every request so far, lists of models and unknown paths too.
    pub fn all_requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.clone()
    }

    /// Whether bodies are kept (the default). Long benches switch it off; [`ScriptedServer::summary`] still counts.
    pub fn keep_bodies(&self, keep: bool) {
        self.shared.lock().keep_bodies = keep;
    }

    /// Counts of the model calls so far.
    pub fn summary(&self) -> Summary {
        self.shared.lock().summary.clone()
    }

    /// When each model call came and went, in the order of their answers' numbers.
    pub fn timings(&self) -> Vec<Timing> {
        self.shared.lock().timings.clone()
    }

    /// How long ago the last request came, or the start.
    pub fn idle(&self) -> Duration {
        self.shared.lock().active.elapsed()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections.len()
    }
}

/// Unwraps with the reason, for the constructors tests use.
trait Listening {
    fn listening(self) -> ScriptedServer;
}

impl Listening for io::Result<ScriptedServer> {
    #[allow(clippy::panic, reason = "test support: without loopback no test makes sense")]
    fn listening(self) -> ScriptedServer {
        self.unwrap_or_else(|error| panic!("cannot listen on loopback: {error}"))
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        for connection in &self.shared.lock().connections {
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Ok(copy) = stream.try_clone() {
            shared.lock().connections.push(copy);
        }
        let shared = Arc::clone(shared);
        let _ = thread::Builder::new()
            .name("scripted-model-connection".into())
            .spawn(move || {
                // A client that goes away in the middle is part of the tests.
                let _ = serve(&stream, &shared);
                let _ = stream.shutdown(Shutdown::Both);
            });
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = http::read_request(&mut reader, &mut writer)? {
        let arrived = Instant::now();
        let (answer, call) = shared.lock().timed_answer(request, arrived);
        if !answer.send(&mut writer, &shared.stopping)? {
            return Ok(());
        }
        let answered = Instant::now();
        if let Some(call) = call {
            shared.lock().answered(call, answered);
        }
    }
    Ok(())
}

/// What is sent for one request.
enum Answer {
    Json {
        status: u16,
        body: Value,
    },
    Plain(Reply),
    Stream {
        reply: Reply,
        protocol: Protocol,
        events: Vec<String>,
    },
}

/// What the server wants to know of a request.
#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    stream: bool,
}

impl State {
    /// The answer, and its number when the request is a model call.
    fn timed_answer(&mut self, request: Recorded, arrived: Instant) -> (Answer, Option<usize>) {
        let call = self.summary.answers;
        let answer = self.answer(request);
        if self.summary.answers == call {
            return (answer, None);
        }
        let answered = None;
        self.timings.push(Timing { arrived, answered });
        (answer, Some(call))
    }

    fn answered(&mut self, call: usize, at: Instant) {
        if let Some(timing) = self.timings.get_mut(call) {
            timing.answered = Some(at);
        }
    }

    fn answer(&mut self, request: Recorded) -> Answer {
        self.active = Instant::now();
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        let protocol = Protocol::of_path(&path).filter(|_| request.method == "POST");
        let answer = match protocol {
            Some(protocol) => self.model_call(protocol, &request),
            None if request.method == "GET" && path.ends_with("/models") => Answer::Json {
                status: 200,
                body: json!({"object": "list", "has_more": false, "data": [
                    {"type": "model", "object": "model", "id": "scripted-model", "display_name": "Scripted model"}
                ]}),
            },
            None if path.ends_with("/messages/count_tokens") => Answer::Json {
                status: 200,
                body: json!({"input_tokens": request.body.len() / 4}),
            },
            None => Answer::Json {
                status: 404,
                body: Protocol::Messages.error("not_found_error", "no such path"),
            },
        };
        let body = if self.keep_bodies { request.body } else { Vec::new() };
        self.requests.push(Recorded { body, ..request });
        answer
    }

    fn model_call(&mut self, protocol: Protocol, request: &Recorded) -> Answer {
        let number = self.summary.answers;
        self.summary.answers += 1;
        self.summary.last_body_bytes = request.body.len();
        self.summary.all_body_bytes += request.body.len();
        if number == 0 {
            self.summary.first_body_bytes = request.body.len();
        }
        let reply = match &mut self.responder {
            Some(responder) => Some(responder(request, number)),
            None => self.next_reply(),
        };
        let Some(reply) = reply else {
            let body = protocol.error("invalid_request_error", "the script has no more replies");
            return Answer::Json { status: 400, body };
        };
        let Some(turn) = &reply.turn else {
            return Answer::Plain(reply);
        };
        // A long conversation is only skimmed: the server's own work must not show in a bench.
        let asked: Asked = serde_json::from_slice(&request.body).unwrap_or_default();
        let context = Context {
            number,
            model: asked.model.unwrap_or_else(|| "scripted-model".into()),
            first_call: self.calls + 1,
        };
        self.calls += turn
            .content
            .iter()
            .filter(|piece| matches!(piece, Piece::ToolUse { .. }))
            .count();
        let turn = turn.numbered(number);
        if asked.stream {
            let events = protocol.events(&turn, &context);
            Answer::Stream {
                reply,
                protocol,
                events,
            }
        } else {
            Answer::Json {
                status: 200,
                body: protocol.whole(&turn, &context),
            }
        }
    }

    fn next_reply(&mut self) -> Option<Reply> {
        while let Some(front) = self.queue.front_mut() {
            if front.times > 1 {
                front.times -= 1;
                self.last = Some(front.clone());
                return self.last.clone();
            }
            let reply = self.queue.pop_front();
            if reply.as_ref().is_some_and(|reply| reply.times == 1) {
                self.last.clone_from(&reply);
                return reply;
            }
        }
        self.last.clone().filter(|_| self.then == Then::RepeatLast)
    }
}

/// A step of a streamed answer.
enum Step {
    Write(Vec<u8>),
    Zeros(usize),
    Wait(Duration),
    Cut,
}

impl Answer {
    /// Sends it; says whether the connection can be used again.
    fn send(self, stream: &mut TcpStream, stopping: &AtomicBool) -> io::Result<bool> {
        match self {
            Self::Json { status, body } => {
                http::write_plain(
                    stream,
                    status,
                    &[("content-type", "application/json")],
                    body.to_string().as_bytes(),
                )?;
            }
            Self::Plain(reply) => {
                wait(Duration::from_millis(reply.delay_ms), stopping);
                let body = match &reply.body {
                    Value::Null => Vec::new(),
                    Value::String(text) => text.clone().into_bytes(),
                    value => value.to_string().into_bytes(),
                };
                let mut headers: Vec<(&str, &str)> = reply
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                if !reply.headers.contains_key("content-type") {
                    headers.push(("content-type", "application/json"));
                }
                http::write_plain(stream, reply.status, &headers, &body)?;
            }
            Self::Stream {
                reply,
                protocol,
                events,
            } => {
                wait(Duration::from_millis(reply.delay_ms), stopping);
                let headers: Vec<(&str, &str)> = reply
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                http::write_stream_head(stream, reply.status, &headers)?;
                for step in steps(&reply.faults, protocol, events) {
                    match step {
                        Step::Write(bytes) => http::write_chunk(stream, &bytes)?,
                        Step::Zeros(mut left) => {
                            let block = vec![b'0'; 64 << 10];
                            while left > 0 {
                                let size = left.min(block.len());
                                http::write_chunk(stream, block.get(..size).unwrap_or_default())?;
                                left -= size;
                            }
                        }
                        Step::Wait(time) => wait(time, stopping),
                        Step::Cut => return Ok(false),
                    }
                }
                http::write_end(stream)?;
            }
        }
        Ok(true)
    }
}

/// Waits, but not longer than the server lives.
fn wait(time: Duration, stopping: &AtomicBool) {
    let end = Instant::now() + time;
    while let Some(left) = end
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
    {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(20)));
    }
}

/// The events with all faults worked in.
fn steps(faults: &[Fault], protocol: Protocol, events: Vec<String>) -> Vec<Step> {
    let mut events = events;
    if faults.contains(&Fault::UnknownEvents) {
        events = events
            .into_iter()
            .flat_map(|event| [protocol.unknown_event(), event])
            .collect();
    }
    if faults.contains(&Fault::DuplicateEvents) {
        events = events.into_iter().flat_map(|event| [event.clone(), event]).collect();
    }
    let mut steps = Vec::new();
    let total = events.len();
    let mut end = total;
    for (index, event) in [None].into_iter().chain(events.into_iter().map(Some)).enumerate() {
        if index > end {
            break;
        }
        steps.extend(event.map(|event| Step::Write(event.into_bytes())));
        for fault in faults {
            match fault {
                Fault::CutAfterEvent(at) if *at == index => {
                    steps.push(Step::Cut);
                    end = index;
                }
                Fault::EndAfterEvent(at) if *at == index => end = index,
                Fault::GarbageAfterEvent(at) if *at == index => {
                    steps.push(Step::Write(
                        b"\x00\xff\xfe not text\ndata: \xc3\x28 {not json\n\n".to_vec(),
                    ));
                }
                Fault::HugeLine { event, bytes } if *event == index => {
                    steps.push(Step::Write(b"data: ".to_vec()));
                    steps.push(Step::Zeros(*bytes));
                }
                Fault::Stall { event, ms } if *event == index => steps.push(Step::Wait(Duration::from_millis(*ms))),
                Fault::PauseBetweenEvents(ms) => steps.push(Step::Wait(Duration::from_millis(*ms))),
                _ => {}
            }
        }
    }
    for fault in faults {
        match fault {
            Fault::CutAfterByte(at) => steps = cut_after_byte(steps, *at),
            Fault::SplitEvery(size) => steps = split_every(steps, (*size).max(1)),
            _ => {}
        }
    }
    steps
}

fn cut_after_byte(steps: Vec<Step>, at: usize) -> Vec<Step> {
    let mut left = at;
    let mut cut = Vec::new();
    for step in steps {
        match step {
            Step::Write(mut bytes) if bytes.len() > left => {
                bytes.truncate(left);
                cut.extend([Step::Write(bytes), Step::Cut]);
                return cut;
            }
            Step::Write(bytes) => {
                left -= bytes.len();
                cut.push(Step::Write(bytes));
            }
            other => cut.push(other),
        }
    }
    cut.push(Step::Cut);
    cut
}

fn split_every(steps: Vec<Step>, size: usize) -> Vec<Step> {
    steps
        .into_iter()
        .flat_map(|step| match step {
            Step::Write(bytes) => bytes.chunks(size).map(|piece| Step::Write(piece.to_vec())).collect(),
            other => vec![other],
        })
        .collect()
}
