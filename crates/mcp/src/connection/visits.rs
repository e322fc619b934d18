//! Pages that a server of the older revisions wants visited before it does what it was asked (URL elicitation required,
//! -32042 of 2025-11-25): each is put to the person, the server says when they are done there, and it is asked once more.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Connection;
use crate::error::{Error, Page};

/// How long the person has for one page. Then the server is asked again all the same: not every one tells.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Pages of one refusal; more are nothing a person visits.
const PAGES: usize = 5;
/// Ids of pages that are remembered as done before anybody waits for them.
const KEPT: usize = 100;

/// Which visits the server says are over.
#[derive(Default)]
pub(crate) struct Visits {
    done: Mutex<BTreeSet<String>>,
    news: Notify,
}

impl Visits {
    /// The server says so of one.
    pub(crate) fn complete(&self, id: &str) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() < KEPT {
            done.insert(id.to_owned());
        }
        drop(done);
        self.news.notify_waiters();
    }

    fn take(&self, id: &str) -> bool {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    async fn wait(&self, id: &str) {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // Registered before it is looked, so that nothing said in between is missed.
            news.as_mut().enable();
            if self.take(id) {
                return;
            }
            news.await;
        }
    }
}

impl Connection {
    /// Has the person visit what the server wants visited. Without all of them it stays refused.
    pub(super) async fn visit(&self, message: String, pages: &[Page], cancel: &CancellationToken) -> Result<(), Error> {
        let handler = self.service.service();
        for page in pages.iter().take(PAGES) {
            let params = json!({"mode": "url", "message": page.message, "url": page.url});
            let visited = async {
                let answer = handler.elicit(&params).await;
                let agreed = answer.get("action").and_then(Value::as_str) == Some("accept");
                if agreed {
                    // Whether it is told or not, it is asked once more.
                    let _ = tokio::time::timeout(PATIENCE, handler.visits.wait(&page.id)).await;
                }
                agreed
            };
            let agreed = tokio::select! {
                agreed = visited => agreed,
                () = cancel.cancelled() => return Err(Error::Cancelled),
            };
            if !agreed {
                return Err(Error::MustVisit {
                    message,
                    pages: Vec::new(),
                });
            }
        }
        Ok(())
    }
}
