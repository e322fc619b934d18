//! What a server may ask of us.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use deskhand_mcp::{Answer, Host, Listing, Overflow, Progress, Question};
use deskhand_types::{BlobStore, ProgramAccess};

/// The host of one session.
pub(crate) struct Guest {
    /// What its program sees, told as roots.
    pub access: ProgramAccess,
    /// Its list of tools is not the one we know.
    pub stale: Arc<AtomicBool>,
    /// The questions it asked and was not answered, in its words.
    pub unanswered: std::sync::Mutex<Vec<String>>,
}

impl Guest {
    /// Takes the questions that were asked since.
    pub fn take_questions(&self) -> Vec<String> {
        std::mem::take(
            &mut *self
                .unanswered
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

#[async_trait]
impl Host for Guest {
    /// A question of a server is an untrusted text that wants data from the person. It is declined, and the task is told
    /// what was asked, so that the person can be asked openly.
    async fn ask(&self, question: Question) -> Answer {
        let text = match question {
            Question::Form { message, schema } => {
                let fields = schema.get("properties").and_then(|fields| fields.as_object());
                let names: Vec<&str> = fields
                    .into_iter()
                    .flat_map(|fields| fields.keys().map(String::as_str))
                    .collect();
                format!("“{message}” ({})", names.join(", "))
            }
            Question::Url { message, url } => format!("“{message}” (open {url})"),
        };
        self.unanswered
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(text);
        Answer::Decline
    }

    fn roots(&self) -> Vec<String> {
        let folders = self.access.folders.iter();
        folders.map(|folder| format!("file://{}", folder.path)).collect()
    }

    fn changed(&self, listing: Listing) {
        if listing == Listing::Tools {
            self.stale.store(true, Ordering::Relaxed);
        }
    }

    fn progress(&self, _progress: Progress) {}
}

/// Keeps what is too large for a result among the contents of the store.
pub(crate) struct Keep(pub Arc<dyn BlobStore>);

#[async_trait]
impl Overflow for Keep {
    async fn keep(&self, bytes: Vec<u8>) -> Result<String, String> {
        let blobs = self.0.clone();
        let put = tokio::task::spawn_blocking(move || blobs.put(&bytes));
        let hash = put
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        Ok(hash.to_string())
    }
}
