//! The lines of all tasks and all open questions: what lists and the inbox show.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deskhand_engine::{Engine, views::InboxItem};
use deskhand_store::EventLog as _;
use deskhand_types::{Marks, TaskId};

use crate::{
    Failure,
    api::{InboxEntry, Status, TaskHead},
    desk::Desk,
    live,
    view::Outside,
};

/// All there is to see at a glance.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Glance {
    /// All tasks, the one with the latest event first.
    pub heads: Vec<TaskHead>,
    /// All open questions, oldest task first.
    pub inbox: Vec<InboxEntry>,
}

/// What is kept of a task nobody looks at: made anew when its log got longer.
struct Kept {
    seq: u64,
    head: TaskHead,
    waiting: Vec<InboxEntry>,
}

/// Looks at all tasks, and remembers what it saw.
pub struct Overview {
    engine: Arc<Engine>,
    desk: Arc<Desk>,
    kept: Mutex<HashMap<TaskId, Kept>>,
}

impl Overview {
    /// Nothing was looked at yet.
    pub fn new(engine: Arc<Engine>, desk: Arc<Desk>) -> Self {
        Self {
            engine,
            desk,
            kept: Mutex::default(),
        }
    }

    /// Everything as it is now. Reads the log of every task that is new or went on, so it blocks.
    ///
    /// # Errors
    /// When the store cannot be read. A task whose log this version does not understand is left out.
    pub fn look(&self) -> Result<Glance, Failure> {
        let marks = self.engine.settings()?.marks;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut glance = Glance::default();
        for line in self.engine.store().tasks()? {
            let known = kept.get(&line.task).is_some_and(|known| known.seq == line.last_seq);
            if !known {
                let Ok(fresh) = self.read(&line.task) else { continue };
                kept.insert(line.task.clone(), fresh);
            }
            let Some(found) = kept.get(&line.task) else { continue };
            let head = self.with_outside(found, &line.task, marks.get(&line.task));
            glance.inbox.splice(
                0..0,
                found.waiting.iter().map(|entry| InboxEntry {
                    title: head.title.clone(),
                    ..entry.clone()
                }),
            );
            glance.heads.push(head);
        }
        Ok(glance)
    }

    /// An open question.
    ///
    /// # Errors
    /// When the store cannot be read, or the question is not open.
    pub fn question(&self, id: &str) -> Result<InboxItem, Failure> {
        Ok(self.engine.question(&id.into())?)
    }

    fn read(&self, task: &TaskId) -> Result<Kept, Failure> {
        if let Some(live) = self.desk.lives().peek(task) {
            let (seq, head, waiting) = live.glance()?;
            return Ok(Kept { seq, head, waiting });
        }
        let thread = live::thread(&self.engine, task)?;
        let nothing = Outside::default();
        Ok(Kept {
            seq: thread.seq(),
            head: thread.head(&nothing),
            waiting: thread.inbox(&nothing),
        })
    }

    /// The line with what is not in the task's log.
    fn with_outside(&self, kept: &Kept, task: &TaskId, marks: Option<&Marks>) -> TaskHead {
        let mut head = kept.head.clone();
        let live = self.desk.lives().peek(task).and_then(|live| live.head().ok());
        if let Some(live) = live {
            head = live;
        } else if head.status == Status::Working {
            head.status = Status::Paused;
            head.doing = None;
        }
        if let Some(marks) = marks {
            head.pinned = marks.pinned;
            head.archived = marks.archived;
            if let Some(title) = &marks.title {
                head.title.clone_from(title);
            }
        }
        head
    }
}
