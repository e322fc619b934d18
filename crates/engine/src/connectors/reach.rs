//! Reaching a server: again after a while where the network failed, not again and again where a program ends, and as it was
//! spoken to the last time. Source: issue 5, A11 (limits of the reference host) and B2 (eras).

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskhand_mcp::{Era, Error};
use deskhand_types::OutboundError;
use tokio::time::Instant;

use super::{
    book::Entry,
    hub::{Hub, Slot},
    live::{Failed, Live},
    view::is_local,
};

/// Tries to reach a remote server for the first time, and the wait before the second; it doubles.
const FIRST: (u32, Duration) = (3, Duration::from_millis(250));
/// The same after a session broke.
const AGAIN: (u32, Duration) = (5, Duration::from_secs(1));
/// Times a program may end by itself within [`WINDOW`] before it is left alone for a while.
const FALLS: usize = 3;
/// See [`FALLS`].
const WINDOW: Duration = Duration::from_secs(60);
/// Servers whose eras are kept.
const KEPT: usize = 500;

/// When a program ended by itself.
#[derive(Default)]
pub(crate) struct Falls(Mutex<VecDeque<Instant>>);

impl Falls {
    /// One more. Whether the program may be started again.
    fn note(&self, now: Instant) -> bool {
        let mut falls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while falls.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            falls.pop_front();
        }
        if falls.len() >= FALLS {
            return false;
        }
        falls.push_back(now);
        true
    }
}

impl Hub {
    /// The session with a server, opened when there is none or when it broke.
    pub async fn session(&self, entry: &Entry) -> Result<Arc<Live>, Failed> {
        let slot = self.slot(&entry.name);
        let mut live = slot.live.lock().await;
        if let Some(live) = live
            .as_ref()
            .filter(|live| !live.connection.is_closed() && live.mark == entry.session_mark())
        {
            return Ok(live.clone());
        }
        let mut broken = live.take();
        // One that is configured otherwise by now, such as a plugin's after an update, did not break.
        if let Some(outdated) = broken.take_if(|live| !live.connection.is_closed())
            && let Some(outdated) = Arc::into_inner(outdated)
        {
            outdated.close().await;
        }
        let opened = Box::pin(self.reach(entry, &slot, broken)).await;
        *slot.last.write().unwrap_or_else(PoisonError::into_inner) =
            opened.as_ref().err().map(|failed| failed.error.to_string());
        let opened = Arc::new(opened?);
        *live = Some(opened.clone());
        Ok(opened)
    }

    async fn reach(&self, entry: &Entry, slot: &Slot, broken: Option<Arc<Live>>) -> Result<Live, Failed> {
        if is_local(&entry.server) {
            if let Some(broken) = broken
                && !slot.falls.note(Instant::now())
            {
                let why = format!(
                    "its program ended by itself {FALLS} times within a minute, so it is not started again for now"
                );
                return Err(Failed::new(Error::Endpoint(why), broken.printed()));
            }
            return self.open_as_known(entry).await;
        }
        let (tries, mut wait) = if broken.is_some() { AGAIN } else { FIRST };
        for _ in 1..tries {
            match self.open_as_known(entry).await {
                Err(failed) if is_passing(&failed.error) => tokio::time::sleep(wait).await,
                opened => return opened,
            }
            wait *= 2;
        }
        self.open_as_known(entry).await
    }

    async fn open_as_known(&self, entry: &Entry) -> Result<Live, Failed> {
        let mark = entry.mark();
        let known = self.eras.get(&mark);
        let mut opened = Live::open(entry, &self.config, known).await;
        // A program that does not answer to what it was is asked what it is.
        let is_wrong =
            |failed: &Failed| matches!(failed.error, Error::Handshake(_) | Error::Closed | Error::Timeout(_));
        if known.is_some() && is_local(&entry.server) && opened.as_ref().is_err_and(is_wrong) {
            self.eras.forget(&mark);
            opened = Live::open(entry, &self.config, None).await;
        }
        if let Ok(live) = &opened {
            self.eras.learn(mark, live.connection.era());
        }
        opened
    }
}

/// Whether trying again may help: nothing was decided, by nobody.
fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Outbound(OutboundError::Unreachable { .. } | OutboundError::Broken { .. })
            | Error::Status(429 | 500 | 502..=504)
            | Error::Closed
    )
}

/// How servers are spoken to, by the hash of what is configured for them; in a file that can be deleted at any time.
pub(crate) struct Eras {
    file: PathBuf,
    known: Mutex<Option<BTreeMap<String, Era>>>,
}

impl Eras {
    /// In Deskhand's data folder `home`. Nothing is read yet.
    pub fn new(home: &Path) -> Self {
        Self {
            file: home.join("connectors").join(".eras"),
            known: Mutex::default(),
        }
    }

    fn get(&self, mark: &str) -> Option<Era> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| self.read()).get(mark).copied()
    }

    fn learn(&self, mark: String, era: Era) {
        let mut guard = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.get_or_insert_with(|| self.read()).get(&mark) == Some(&era) {
            return;
        }
        // Another process may have learnt others meanwhile.
        let mut known = self.read();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(mark, era);
        self.write(&known);
        *guard = Some(known);
    }

    fn forget(&self, mark: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_mut() {
            known.remove(mark);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
    fn read(&self) -> BTreeMap<String, Era> {
        let bytes = std::fs::read(&self.file).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// What cannot be written is asked for again the next time.
    #[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
    fn write(&self, known: &BTreeMap<String, Era>) {
        let fresh = self.file.with_extension(format!("new-{}", std::process::id()));
        let write = || {
            if let Some(folder) = self.file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&fresh, serde_json::to_vec(known)?)?;
            std::fs::rename(&fresh, &self.file)
        };
        let _: std::io::Result<()> = write();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use super::*;

    #[test]
    fn a_program_that_ends_too_often_is_left_alone_for_a_while() {
        let falls = Falls::default();
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(
            [0, 10, 20, 30, 59].map(|second| falls.note(at(second))),
            [true, true, true, false, false]
        );
        assert!(falls.note(at(61)));
        assert!(!falls.note(at(62)));
    }

    #[test]
    fn eras_are_known_to_the_next_process_and_damage_costs_nothing() {
        let home = tempfile::tempdir().unwrap();
        Eras::new(home.path()).learn("a".to_owned(), Era::Legacy);
        let eras = Eras::new(home.path());
        assert_eq!(eras.get("a"), Some(Era::Legacy));
        eras.forget("a");
        assert_eq!(eras.get("a"), None);
        std::fs::write(home.path().join("connectors/.eras"), b"\xff{").unwrap();
        let eras = Eras::new(home.path());
        assert_eq!(eras.get("a"), None);
        eras.learn("b".to_owned(), Era::Sse);
        assert_eq!(Eras::new(home.path()).get("b"), Some(Era::Sse));
    }
}
