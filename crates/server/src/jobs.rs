//! What a person may wait for: building the sandbox's image, downloads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::api::{Job, JobState};

/// The jobs of this process, by id.
#[derive(Debug)]
pub struct Jobs {
    known: Mutex<BTreeMap<String, Job>>,
    changed: watch::Sender<u64>,
    /// How often settings were changed in this process.
    settings: AtomicU64,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            changed: watch::Sender::new(0),
            settings: AtomicU64::new(0),
        }
    }
}

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Job>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job unless it runs already; tells whether it was begun.
    pub fn begin(&self, id: &str, detail: &str) -> bool {
        let mut jobs = self.lock();
        if jobs.get(id).is_some_and(|job| job.state == JobState::Running) {
            return false;
        }
        let job = Job {
            id: id.to_owned(),
            detail: detail.to_owned(),
            progress: None,
            bytes: None,
            state: JobState::Running,
        };
        jobs.insert(id.to_owned(), job);
        drop(jobs);
        self.tell();
        true
    }

    /// How far a job is.
    pub fn update(&self, id: &str, state: JobState, detail: &str, progress: Option<f64>) {
        if let Some(job) = self.lock().get_mut(id) {
            detail.clone_into(&mut job.detail);
            job.progress = progress;
            job.state = state;
        }
        self.tell();
    }

    /// How many bytes a job has fetched.
    pub fn fetched(&self, id: &str, bytes: u64) {
        if let Some(job) = self.lock().get_mut(id) {
            job.bytes = Some(bytes);
        }
        self.tell();
    }

    /// Whether a job runs.
    pub fn runs(&self, id: &str) -> bool {
        self.lock().get(id).is_some_and(|job| job.state == JobState::Running)
    }

    /// All jobs.
    pub fn all(&self) -> Vec<Job> {
        self.lock().values().cloned().collect()
    }

    /// Settings were changed: what was read of them is stale.
    pub fn settings_changed(&self) {
        self.settings.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    /// How often settings were changed.
    pub fn settings(&self) -> u64 {
        self.settings.load(Ordering::Relaxed)
    }

    /// Wakes when a job moved or settings were changed.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|number| *number = number.wrapping_add(1));
    }
}
