//! Tasks somebody looks at: their fold, kept up to date from the log, and what is not in the log yet.
//!
//! The log is the only source: what is shown is read from it, so tasks another process works on show as well, and a
//! listener that fell behind or came back is told what changed since the event it knows of. Only what streams before
//! it is in the log goes another way, and whoever misses a piece of that is told the whole again.

mod stream;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use deskhand_engine::{Engine, Observer};
use deskhand_store::EventLog as _;
use deskhand_types::{CallId, CallProgress, Event, EventBody, Marks, StreamDelta, TaskId};
use tokio::sync::{broadcast, watch};

pub use stream::stream;

use crate::{
    Failure,
    api::{InboxEntry, Live, TaskHead, TaskPage, TaskUpdate},
    view::{Outside, Thread},
};

/// Pieces that wait for a slow listener; one that is slower is told the whole.
const PIECES: usize = 256;

/// One task somebody looks at or works on.
pub struct LiveTask {
    id: TaskId,
    engine: Arc<Engine>,
    thread: Mutex<Thread>,
    outside: Mutex<Outside>,
    /// What the model has written of the answer in work.
    partial: Mutex<String>,
    pieces: broadcast::Sender<Live>,
    woken: watch::Sender<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is shown of a task, from its log.
///
/// # Errors
/// When there is no such task, or the store cannot be read.
pub fn thread(engine: &Engine, id: &TaskId) -> Result<Thread, Failure> {
    let mut thread = None;
    engine
        .store()
        .each(id, 0, &mut |event| Thread::fold(&mut thread, &event))?;
    thread.ok_or_else(|| Failure::not_found("task of that name"))
}

impl LiveTask {
    fn open(engine: &Arc<Engine>, id: &TaskId) -> Result<Self, Failure> {
        let thread = thread(engine, id)?;
        let marks = engine.settings()?.marks.remove(id).unwrap_or_default();
        Ok(Self {
            id: id.clone(),
            engine: engine.clone(),
            thread: Mutex::new(thread),
            outside: Mutex::new(outside(marks, false)),
            partial: Mutex::default(),
            pieces: broadcast::Sender::new(PIECES),
            woken: watch::Sender::new(0),
        })
    }

    /// Takes in what is new in the log.
    fn catch_up(&self) -> Result<(), Failure> {
        let mut thread = lock(&self.thread);
        let next = thread.seq() + 1;
        Ok(self
            .engine
            .store()
            .each(&self.id, next, &mut |event| thread.apply(&event))?)
    }

    /// The task as a whole.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn page(&self) -> Result<TaskPage, Failure> {
        self.catch_up()?;
        Ok(lock(&self.thread).page(&lock(&self.outside)))
    }

    /// Its line.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn head(&self) -> Result<TaskHead, Failure> {
        self.catch_up()?;
        Ok(lock(&self.thread).head(&lock(&self.outside)))
    }

    /// Its last event, its line and its open questions.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn glance(&self) -> Result<(u64, TaskHead, Vec<InboxEntry>), Failure> {
        self.catch_up()?;
        let (thread, outside) = (lock(&self.thread), lock(&self.outside));
        Ok((thread.seq(), thread.head(&outside), thread.inbox(&outside)))
    }

    fn since(&self, seq: Option<u64>) -> Result<TaskUpdate, Failure> {
        self.catch_up()?;
        let (thread, outside) = (lock(&self.thread), lock(&self.outside));
        if let Some(seq) = seq {
            return Ok(thread.since(seq, &outside));
        }
        let page = thread.page(&outside);
        Ok(TaskUpdate {
            seq: page.seq,
            head: page.head,
            items: page.items,
            rail: Some(page.rail),
        })
    }

    /// Whether it is worked on here.
    pub fn set_working(&self, working: bool) {
        lock(&self.outside).working = working;
        if !working {
            lock(&self.partial).clear();
        }
        self.wake();
    }

    /// What the person called it, and whether it is pinned or archived.
    pub fn set_marks(&self, marks: Marks) {
        let mut kept = lock(&self.outside);
        *kept = outside(marks, kept.working);
        drop(kept);
        self.wake();
    }

    fn wake(&self) {
        self.woken.send_modify(|number| *number = number.wrapping_add(1));
    }

    fn send(&self, piece: Live) {
        // Nobody listens: nothing is lost.
        let _ = self.pieces.send(piece);
    }

    fn clear(&self) {
        let mut partial = lock(&self.partial);
        partial.clear();
        self.send(Live::Clear);
    }

    /// The answer in work as far as it is written, and exactly the pieces that come after that.
    fn whole(&self) -> (String, broadcast::Receiver<Live>) {
        let partial = lock(&self.partial);
        (partial.clone(), self.pieces.subscribe())
    }
}

fn outside(marks: Marks, working: bool) -> Outside {
    Outside {
        title: marks.title,
        pinned: marks.pinned,
        archived: marks.archived,
        working,
    }
}

impl Observer for LiveTask {
    fn event(&self, event: &Event) {
        if matches!(
            event.body,
            EventBody::ModelAnswered { .. } | EventBody::ModelFailed { .. } | EventBody::ModelRequested { .. }
        ) {
            self.clear();
        }
        self.wake();
    }

    fn delta(&self, delta: &StreamDelta) {
        match delta {
            StreamDelta::Text { text } => {
                // Sent before the lock is free again: who asks for the whole must not miss the piece, nor hear it twice.
                let mut partial = lock(&self.partial);
                partial.push_str(text);
                self.send(Live::Text { text: text.clone() });
            }
            StreamDelta::Thinking { text } => self.send(Live::Thinking { text: text.clone() }),
            StreamDelta::ToolUse { name } => self.send(Live::Tool { name: name.clone() }),
            StreamDelta::Retry { .. } => self.clear(),
        }
    }

    fn progress(&self, call: &CallId, progress: &CallProgress) {
        self.send(Live::Progress {
            call: call.to_string(),
            done: progress.done,
            total: progress.total,
            message: progress.message.clone(),
        });
    }

    fn command_output(&self, call: &CallId, bytes: &[u8]) {
        self.send(Live::Output {
            call: call.to_string(),
            text: String::from_utf8_lossy(bytes).into_owned(),
        });
    }
}

/// The tasks somebody looks at, each once however many look, and the one that was opened last.
pub struct Lives {
    engine: Arc<Engine>,
    open: Mutex<HashMap<TaskId, Open>>,
    /// The one that was opened last stays when nobody looks any more: whoever comes back, or opens a second window, need not
    /// wait until a long log is read anew.
    last: Mutex<Option<Arc<LiveTask>>>,
}

#[derive(Default)]
struct Open {
    live: Weak<LiveTask>,
    /// Held by whoever reads the log: the others wait for what is made of it. A long log read once for each of many
    /// windows that come back together would be held in memory as often.
    reading: Arc<Mutex<()>>,
}

impl Lives {
    /// None yet.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            open: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// A task; read from its log when nobody looks at it yet. Blocks for that.
    ///
    /// # Errors
    /// When there is no such task, or the store cannot be read.
    pub fn get(&self, id: &TaskId) -> Result<Arc<LiveTask>, Failure> {
        let reading = {
            let mut open = lock(&self.open);
            open.retain(|_, open| open.live.strong_count() > 0 || Arc::strong_count(&open.reading) > 1);
            let open = open.entry(id.clone()).or_default();
            if let Some(live) = open.live.upgrade() {
                return Ok(live);
            }
            open.reading.clone()
        };
        // Read outside the lock of all: a long log must not hold up other tasks.
        let _turn = lock(&reading);
        if let Some(live) = self.peek(id) {
            return Ok(live);
        }
        let fresh = Arc::new(LiveTask::open(&self.engine, id)?);
        lock(&self.open).entry(id.clone()).or_default().live = Arc::downgrade(&fresh);
        *lock(&self.last) = Some(fresh.clone());
        Ok(fresh)
    }

    /// A task somebody looks at already.
    pub fn peek(&self, id: &TaskId) -> Option<Arc<LiveTask>> {
        lock(&self.open).get(id).and_then(|open| open.live.upgrade())
    }
}
