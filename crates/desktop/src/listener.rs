//! Listens to what the service says about tasks.

use std::io::{BufRead, BufReader, Read};
use std::thread;
use std::time::Duration;

use ureq::Agent;
use ureq::http::header::AUTHORIZATION;

use crate::event_stream::EventReader;
use crate::link::Link;
use crate::notices::{Head, head_of};

/// How often in a row the service may be unreachable before it counts as gone.
const TRIES: u32 = 4;
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest list of tasks, in bytes.
const LONGEST_LIST: u64 = 64 << 20;
/// The longest line of the stream, in bytes.
const LONGEST_LINE: u64 = 4 << 20;

/// What is heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// All tasks, at the beginning of every stream.
    List(Vec<Head>),
    /// A task's line changed.
    Head(Head),
    /// The service is gone, or does not let us in any more. Nothing is heard after that.
    Gone,
}

/// Listens until the service is gone. `hear` returns whether to go on listening.
pub fn listen(link: &Link, hear: impl Fn(Heard) -> bool) {
    // To the loopback interface directly, whatever proxy the environment names.
    let agent: Agent = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .timeout_connect(Some(Duration::from_secs(5)))
        .build()
        .into();
    let mut failures = 0;
    loop {
        match stream(&agent, link, &hear) {
            Ok(Flow::Stop) => return,
            Ok(Flow::Ended) => failures = 0,
            Err(_) => failures += 1,
        }
        if failures >= TRIES {
            hear(Heard::Gone);
            return;
        }
        thread::sleep(PAUSE);
    }
}

/// Why a stream is over.
enum Flow {
    /// The service closed it.
    Ended,
    /// Nobody wants to hear more.
    Stop,
}

/// Reads one stream to its end. The list is asked for after the stream is open, so that no change falls in between.
fn stream(agent: &Agent, link: &Link, hear: &impl Fn(Heard) -> bool) -> Result<Flow, ureq::Error> {
    let get = |path: &str| {
        agent
            .get(link.at(path).as_str())
            .header(AUTHORIZATION, format!("Bearer {}", link.token()))
            .call()
    };
    let mut lines = BufReader::new(get("/api/v1/events")?.into_body().into_reader());
    let mut list = get("/api/v1/tasks")?;
    let heads: Vec<Head> = list.body_mut().with_config().limit(LONGEST_LIST).read_json()?;
    if !hear(Heard::List(heads)) {
        return Ok(Flow::Stop);
    }
    let mut events = EventReader::default();
    let mut line = String::new();
    loop {
        line.clear();
        if lines.by_ref().take(LONGEST_LINE).read_line(&mut line).unwrap_or(0) == 0 {
            return Ok(Flow::Ended);
        }
        let head = events
            .line(line.trim_end_matches('\n'))
            .filter(|event| event.name == "app")
            .and_then(|event| head_of(&event.data));
        if let Some(head) = head
            && !hear(Heard::Head(head))
        {
            return Ok(Flow::Stop);
        }
    }
}
