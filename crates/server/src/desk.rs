//! The tasks this process works on.

mod answers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use deskhand_engine::{
    BranchOptions, Engine, EngineError, Post, RunEnd, StartOptions, check_answer, mailbox, views::InboxItem,
};
use deskhand_store::StoreError;
use deskhand_types::{Answer, Coded as _, TaskId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    Failure,
    live::{LiveTask, Lives},
};
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

    /// Works on a task until it is over or nobody answers; nothing when that is done already. Must be called within the
    /// runtime.
    ///
    /// # Errors
    /// When there is no such task.
    pub fn work(self: &Arc<Self>, task: &TaskId) -> Result<(), Failure> {
        let live = self.lives.get(task)?;
        let (post, letters) = mailbox();
        let (over, is_over) = watch::channel(false);
        let running = Running {
            post,
            answers: Arc::default(),
            stop: CancellationToken::new(),
            over: is_over,
        };
        {
            let mut all = self.lock();
            if all.contains_key(task) {
                return Ok(());
            }
            all.insert(task.clone(), running.clone());
        }
        live.set_working(true);
        self.tell();
        let (desk, task) = (self.clone(), task.clone());
        tokio::spawn(async move {
            let end = {
                let work = desk.engine.work_hearing(&task, &*running.answers, &*live, letters);
                tokio::select! {
                    biased;
                    () = running.stop.cancelled() => None,
                    end = work => Some(end),
                }
            };
            desk.ended(&task, &live, end).await;
            // Whoever waits for the end is woken when this is dropped, too.
            let _ = over.send(true);
        });
        Ok(())
    }

    async fn ended(self: &Arc<Self>, task: &TaskId, live: &LiveTask, end: Option<Result<RunEnd, EngineError>>) {
        let (engine, id) = (self.engine.clone(), task.clone());
        // What a task made is safe already: that its end cannot be written or old contents not be released is no reason
        // to fail, and shows as a task that is not finished.
        let _ = tokio::task::spawn_blocking(move || {
            match end {
                None => engine.stop(&id),
                // Another process works on it: it is theirs.
                Some(Err(EngineError::Store(StoreError::Claimed { .. } | StoreError::Conflict { .. }))) => Ok(()),
                Some(Err(error)) => engine.give_up(&id, &in_words(&error)),
                Some(Ok(_)) => engine.tidy().map(|_| ()),
            }
        })
        .await;
        self.lock().remove(task);
        live.set_working(false);
        self.tell();
    }

    /// Says something to a task, and takes it up if nobody works on it. It is in the log when this returns.
    ///
    /// # Errors
    /// When it is empty, or another process works on the task; nothing was said then.
    pub async fn say(self: &Arc<Self>, task: &TaskId, text: &str, after: bool) -> Result<(), Failure> {
        if text.trim().is_empty() {
            return Err(EngineError::EmptyPrompt.into());
        }
        if let Some(running) = self.running(task) {
            let said = async {
                if after {
                    running.post.follow_up(text).await
                } else {
                    running.post.say(text).await
                }
            };
            match tokio::time::timeout(ARRIVES, said).await {
                Ok(Ok(_)) => return Ok(()),
                // It ended in this moment; what was said comes after.
                Ok(Err(_)) => self.over(task).await,
                Err(_) => return Err(busy("this was not said")),
            }
        }
        let over = self.engine.show(task)?.status;
        // A follow-up of a task that is over has nothing to wait for.
        let waits = after
            && matches!(
                over,
                deskhand_engine::views::TaskStatus::Working | deskhand_engine::views::TaskStatus::Waiting
            );
        if waits {
            self.engine.follow_up(task, text)?;
        } else {
            self.engine.say(task, text)?;
        }
        self.work(task)
    }

    /// Takes a follow-up back.
    ///
    /// # Errors
    /// As [`Desk::say`].
    pub async fn withdraw(&self, task: &TaskId, queued: u64) -> Result<(), Failure> {
        if let Some(running) = self.running(task) {
            match tokio::time::timeout(ARRIVES, running.post.withdraw(queued)).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(_)) => self.over(task).await,
                Err(_) => return Err(busy("the follow-up was not taken back")),
            }
        }
        self.engine.withdraw(task, queued)?;
        Ok(())
    }

    /// Stops a task; it is over when this returns.
    ///
    /// # Errors
    /// When another process works on it.
    pub async fn stop(&self, task: &TaskId) -> Result<(), Failure> {
        match self.running(task) {
            Some(running) => {
                running.stop.cancel();
                self.over(task).await;
            }
            None => self.engine.stop(task)?,
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
            let taken = async {
                while running.answers.holds(&item.id) && !*running.over.borrow() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            if tokio::time::timeout(ARRIVES, taken).await.is_err() {
                running.answers.take_back(&item.id);
                return Err(busy("the question was not answered"));
            }
            if !running.answers.take_back(&item.id) {
                return Ok(());
            }
        }
        self.engine.answer(item.id.as_str(), answer)?;
        self.work(&item.task)
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

/// An error in the words of a task's last line.
fn in_words(error: &EngineError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}. {hint}"),
        None => error.to_string(),
    }
}
