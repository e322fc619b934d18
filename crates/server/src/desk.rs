//! The tasks this process works on.

mod answers;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use deskhand_engine::{
    BranchOptions, CleanOptions, Engine, EngineError, Post, Speech, StartOptions, check_answer,
    views::{InboxItem, TaskStatus},
};
use deskhand_store::EventLog as _;
use deskhand_types::{Answer, EventBody, TaskId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Failure, live::Lives};
use answers::Answers;

/// How this process names itself to whoever finds a task taken, and finds again what it was working on.
pub const OWNER: &str = "deskhand serve";
/// How long something said or answered may take to arrive in the log; a call that cannot be interrupted may be running.
const ARRIVES: Duration = Duration::from_secs(20);

/// One task in work.
#[derive(Clone)]
struct Running {
    post: Post,
    answers: Arc<Answers>,
    stop: CancellationToken,
    over: watch::Receiver<bool>,
}

/// The tasks this process works on, and what is said to them.
pub struct Desk {
    engine: Arc<Engine>,
    lives: Lives,
    running: Mutex<HashMap<TaskId, Running>>,
    news: watch::Sender<u64>,
}

impl Desk {
    /// Nothing is worked on yet.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            lives: Lives::new(engine.clone()),
            engine,
            running: Mutex::default(),
            news: watch::Sender::new(0),
        }
    }

    /// The tasks somebody looks at.
    pub const fn lives(&self) -> &Lives {
        &self.lives
    }

    /// Wakes when a task began, ended, or was renamed, pinned or archived.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Something about the list of tasks is new.
    pub fn tell(&self) {
        self.news.send_modify(|number| *number = number.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self, task: &TaskId) -> Option<Running> {
        self.lock().get(task).cloned()
    }

    /// Starts a task and works on it.
    ///
    /// # Errors
    /// As [`Engine::start`]; nothing was started then.
    pub fn start(self: &Arc<Self>, options: StartOptions) -> Result<TaskId, Failure> {
        let task = self.engine.start(options)?;
        self.work(&task)?;
        Ok(task)
    }

    /// Makes a branch of a task and works on it.
    ///
    /// # Errors
    /// As [`Engine::branch`]; nothing was made then.
    pub fn branch(self: &Arc<Self>, task: &TaskId, options: &BranchOptions) -> Result<TaskId, Failure> {
        let branch = self.engine.branch(task, options)?;
        self.work(&branch)?;
        Ok(branch)
    }

    /// Goes on from a task in a clean context, and stops the earlier one.
    ///
    /// # Errors
    /// As [`Engine::clean`]; nothing was made or stopped then.
    pub async fn clean(self: &Arc<Self>, task: &TaskId, options: CleanOptions) -> Result<TaskId, Failure> {
        let earlier = task.clone();
        let made = self
            .away(move |desk| Ok(desk.engine.clean(&earlier, &options)?))
            .await?;
        // What another process works on is that one's to stop; the new task is there all the same.
        let _ = self.stop(task).await;
        let next = made.clone();
        self.away(move |desk| desk.work(&next)).await?;
        Ok(made)
    }

    /// Takes up what this process, or one before it, was cut off from.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn take_up(self: &Arc<Self>) -> Result<(), Failure> {
        for task in self.engine.cut_off(OWNER)? {
            self.work(&task)?;
        }
        Ok(())
    }

    /// Takes a task up again.
    ///
    /// # Errors
    /// When there is no such task, or another process works on it.
    pub fn resume(self: &Arc<Self>, task: &TaskId) -> Result<(), Failure> {
        if self.running(task).is_none() {
            // Work on a task somebody else has taken would end at once without a word. Given back at once.
            drop(self.engine.store().claim(task, OWNER)?);
        }
        self.work(task)
    }

    /// Runs something that reads a whole log away from the threads that answer.
    async fn away<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let desk = self.clone();
        tokio::task::spawn_blocking(move || work(&desk))
            .await
            .map_err(|error| Failure::broken(&error))?
    }

    /// Says something to a task, and takes it up if nobody works on it. It is in the log when this returns.
    ///
    /// # Errors
    /// When it is empty, or another process works on the task; nothing was said then.
    pub async fn say(self: &Arc<Self>, task: &TaskId, speech: Speech, after: bool) -> Result<(), Failure> {
        if speech.text.trim().is_empty() {
            return Err(EngineError::EmptyPrompt.into());
        }
        if let Some(running) = self.running(task) {
            let said = async {
                if after {
                    running.post.follow_up(speech.clone()).await
                } else {
                    running.post.say(speech.clone()).await
                }
            };
            match tokio::time::timeout(ARRIVES, said).await {
                Ok(Ok(_)) => return Ok(()),
                // It ended in this moment; what was said comes after.
                Ok(Err(_)) => self.over(task).await,
                Err(_) => return Err(busy("this was not said")),
            }
        }
        let task = task.clone();
        self.away(move |desk| {
            // A follow-up of a task that is over has nothing to wait for.
            let waits = after
                && matches!(
                    desk.engine.show(&task)?.status,
                    TaskStatus::Working | TaskStatus::Waiting
                );
            if waits {
                desk.engine.follow_up(&task, speech)?;
            } else {
                desk.engine.say(&task, speech)?;
            }
            desk.work(&task)
        })
        .await
    }

    /// Takes a follow-up back.
    ///
    /// # Errors
    /// As [`Desk::say`].
    pub async fn withdraw(self: &Arc<Self>, task: &TaskId, queued: u64) -> Result<(), Failure> {
        if let Some(running) = self.running(task) {
            match tokio::time::timeout(ARRIVES, running.post.withdraw(queued)).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(_)) => self.over(task).await,
                Err(_) => return Err(busy("the follow-up was not taken back")),
            }
        }
        let task = task.clone();
        self.away(move |desk| Ok(desk.engine.withdraw(&task, queued).map(|_| ())?))
            .await
    }

    /// Stops a task; it is over when this returns.
    ///
    /// # Errors
    /// When another process works on it.
    pub async fn stop(self: &Arc<Self>, task: &TaskId) -> Result<(), Failure> {
        if let Some(running) = self.running(task) {
            running.stop.cancel();
            self.over(task).await;
        } else {
            let task = task.clone();
            self.away(move |desk| Ok(desk.engine.stop(&task)?)).await?;
        }
        self.tell();
        Ok(())
    }

    /// Answers an open question, and takes its task up if nobody works on it. The answer is in the log when this returns.
    ///
    /// # Errors
    /// When the question is not open any more, or the answer does not fit it; nothing was answered then.
    pub async fn answer(self: &Arc<Self>, item: &InboxItem, answer: Answer) -> Result<(), Failure> {
        check_answer(&item.ask, &answer)?;
        if let Some(running) = self.running(&item.task) {
            if !running.answers.give(item.id.clone(), answer.clone()) {
                return Err(EngineError::NoSuchQuestion(item.id.to_string()).into());
            }
            let live = self.lives.get(&item.task)?;
            let open = || {
                live.glance()
                    .map(|(.., open)| open.iter().any(|entry| entry.id == item.id.as_str()))
            };
            let logged = async {
                while open()? && !*running.over.borrow() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                open().map(|open| !open)
            };
            let logged = tokio::time::timeout(ARRIVES, logged).await;
            let untaken = running.answers.take_back(&item.id);
            match logged {
                // Not open any more: because it was answered, or because the task ended over it.
                Ok(Ok(true)) if !untaken => return self.is_logged(item, answer).await,
                // The task has it, and is about to write it down.
                Err(_) if !untaken => return Ok(()),
                // The task ended before it heard, or somebody else was faster; the engine tells which.
                Ok(Ok(_)) => {}
                Ok(Err(failure)) => return Err(failure),
                Err(_) => return Err(busy("the question was not answered")),
            }
        }
        let item = item.clone();
        self.away(move |desk| {
            desk.engine.answer(item.id.as_str(), answer)?;
            desk.work(&item.task)
        })
        .await
    }

    /// Whether this answer is in the log: a question also closes when its task fails, over a disk that is full, say.
    async fn is_logged(self: &Arc<Self>, item: &InboxItem, answer: Answer) -> Result<(), Failure> {
        let (task, id) = (item.task.clone(), item.id.clone());
        let events = self.away(move |desk| Ok(desk.engine.events(&task)?)).await?;
        let mut bodies = events.iter().rev().map(|event| &event.body);
        let given = bodies.find_map(|body| match body {
            EventBody::ApprovalAnswered { id: known, answer } if *known == id => Some(answer),
            _ => None,
        });
        match given {
            Some(given) if *given == answer => Ok(()),
            // Somebody else was faster.
            Some(_) => Err(EngineError::NoSuchQuestion(id.to_string()).into()),
            None => Err(Failure::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server.answer-lost",
                "the answer could not be written down, so the question is not answered and its task has stopped",
            )
            .hint("See what went wrong in the task, and say more to go on; the call was not made.")),
        }
    }

    async fn over(&self, task: &TaskId) {
        if let Some(mut running) = self.running(task) {
            let _ = running.over.wait_for(|over| *over).await;
        }
    }
}

fn busy(what_not: &str) -> Failure {
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "server.busy",
        format!("the task does not listen right now; {what_not}"),
    )
    .hint("Try again in a moment, or stop the task.")
}
