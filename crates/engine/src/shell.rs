//! A task's shell: its room in the sandbox, opened when the first command needs it, and its background commands.
//!
//! The room and everything in it last as long as one run of the task ([`crate::Engine::work`]): when that ends, also to
//! wait for the person, background commands are ended, and what they changed does not land unless it was fetched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskhand_sandbox::{Command, Outlet, Ran, RoomSetup, SandboxError};
use deskhand_types::{BlobStore, Grant, GrantMode, SharedFolders, TaskId, Tier, Timestamp};
use deskhand_workspace::Workspace;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    hooks::{BESIDE, Beside, Talk},
    rooms::{OpenRoom, Rooms},
};

/// Background commands at once, at most.
const MAX_BACKGROUND: usize = 8;
/// Output of a background command that waits to be fetched, in bytes; what is older is dropped, and that is told.
const MAX_UNREAD: usize = 256 << 10;
/// How long a cancelled command may take to be gone when the task's run ends.
const FAREWELL: Duration = Duration::from_secs(10);

/// A task's shell.
pub(crate) struct Shell {
    rooms: Option<Arc<dyn Rooms>>,
    tier: Tier,
    blobs: Arc<dyn BlobStore>,
    outlet: Arc<dyn Outlet>,
    /// What stands beside the granted folders in every room, for hooks.
    beside: Option<Arc<Talk>>,
    current: Option<Current>,
    /// Rooms with folders as they were, in which background commands still run.
    earlier: Vec<Arc<dyn OpenRoom>>,
    background: BTreeMap<String, Background>,
    begun: u32,
    cancel: CancellationToken,
    /// Why the room was made anew, until a command's result tells it.
    anew: Option<String>,
}

struct Current {
    room: Arc<dyn OpenRoom>,
    folders: Vec<(String, bool)>,
}

struct Background {
    unread: Arc<Mutex<Unread>>,
    cancel: CancellationToken,
    running: JoinHandle<Result<Ran, SandboxError>>,
    began: Timestamp,
}

/// Output that was not fetched yet.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    pub bytes: Vec<u8>,
    /// How many older bytes were dropped.
    pub dropped: u64,
}

impl Unread {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let over = self.bytes.len().saturating_sub(MAX_UNREAD);
        if over > 0 {
            self.bytes.drain(..over);
            self.dropped += over as u64;
        }
    }
}

/// A background command that was looked at.
pub(crate) struct Looked {
    pub unread: Unread,
    /// How it ended, if it did: it is told once.
    pub ended: Option<Result<Ran, SandboxError>>,
    /// When it began.
    pub began: Timestamp,
}

impl Shell {
    /// A shell without a room.
    pub fn new(rooms: Option<Arc<dyn Rooms>>, tier: Tier, blobs: Arc<dyn BlobStore>, outlet: Arc<dyn Outlet>) -> Self {
        Self {
            rooms,
            tier,
            blobs,
            outlet,
            beside: None,
            current: None,
            earlier: Vec::new(),
            background: BTreeMap::new(),
            begun: 0,
            cancel: CancellationToken::new(),
            anew: None,
        }
    }

    /// Rooms that are opened from now on have this beside the granted folders.
    pub fn with_beside(mut self, talk: Option<Arc<Talk>>) -> Self {
        self.beside = talk;
        self
    }

    /// The room, with the folders granted now.
    pub async fn room(
        &mut self,
        task: &TaskId,
        grants: &[Grant],
        workspace: &Arc<Workspace>,
    ) -> Result<Arc<dyn OpenRoom>, SandboxError> {
        let folders: Vec<(String, bool)> = grants
            .iter()
            .map(|grant| (grant.name.clone(), grant.mode != GrantMode::ReadOnly))
            .collect();
        if let Some(current) = &self.current
            && current.folders == folders
        {
            return Ok(current.room.clone());
        }
        let rooms = self.rooms.clone().ok_or_else(|| SandboxError::Unavailable {
            why: "this program was started without a sandbox".to_owned(),
            hint: "File tools work without it.".to_owned(),
        })?;
        if let Some(before) = self.current.take() {
            self.anew = Some("the granted folders are others now".to_owned());
            if self.background.is_empty() {
                before.room.close().await;
            } else {
                self.earlier.push(before.room);
            }
        }
        let granted: Arc<dyn SharedFolders> = workspace.clone();
        let (mut shown, mut shared) = (folders.clone(), granted.clone());
        // A granted folder of that name stays what it is.
        if let Some(talk) = self
            .beside
            .clone()
            .filter(|_| folders.iter().all(|(name, _)| name != BESIDE))
        {
            shown.push((BESIDE.to_owned(), false));
            shared = Arc::new(Beside { folders: granted, talk });
        }
        let setup = RoomSetup {
            task: task.clone(),
            folders: shown,
            shared,
            blobs: self.blobs.clone(),
            outlet: self.outlet.clone(),
            limits: rooms.limits(),
        };
        let room: Arc<dyn OpenRoom> = rooms.open(self.tier, setup).await?.into();
        self.current = Some(Current {
            room: room.clone(),
            folders,
        });
        Ok(room)
    }

    /// The room as it is: `None` when no command ran yet, or none since the task went on.
    pub fn room_now(&self) -> Option<Arc<dyn OpenRoom>> {
        self.current.as_ref().map(|current| current.room.clone())
    }

    /// Keeps why a room was made anew, where what ran in it (a hook, a line of a skill) has no result that tells it.
    pub fn keep_anew(&mut self, why: Option<String>) {
        if why.is_some() {
            self.anew = why;
        }
    }

    /// Why the room was made anew since a result told it last.
    pub fn take_anew(&mut self) -> Option<String> {
        self.anew.take()
    }

    /// What ends a command when the shell is closed.
    pub fn token(&self) -> CancellationToken {
        self.cancel.child_token()
    }

    /// Runs a command in the background. Gives the id it is asked for by.
    pub fn begin(&mut self, room: Arc<dyn OpenRoom>, command: Command, began: Timestamp) -> Result<String, String> {
        if self.background.len() >= MAX_BACKGROUND {
            return Err(format!(
                "{MAX_BACKGROUND} background commands are there already ({}). Fetch the end of one with BashOutput, or end one with KillShell.",
                self.names()
            ));
        }
        self.begun += 1;
        let id = format!("bash_{}", self.begun);
        let (unread, cancel) = (Arc::new(Mutex::new(Unread::default())), self.token());
        let (kept, token) = (unread.clone(), cancel.clone());
        let running = tokio::spawn(async move {
            let mut keep = |_, bytes: &[u8]| kept.lock().unwrap_or_else(PoisonError::into_inner).add(bytes);
            room.run(command, &mut keep, token).await
        });
        let background = Background {
            unread,
            cancel,
            running,
            began,
        };
        self.background.insert(id.clone(), background);
        Ok(id)
    }

    /// The ids of background commands whose end was not fetched.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.background.keys().map(String::as_str).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Asks a background command to end. Tells whether there is one of that id.
    pub fn kill(&self, id: &str) -> bool {
        self.background
            .get(id)
            .map(|background| background.cancel.cancel())
            .is_some()
    }

    /// Looks at a background command, waiting at most `patience` for its end. `None`: there is none of that id.
    pub async fn look(&mut self, id: &str, patience: Duration) -> Option<Looked> {
        let background = self.background.get_mut(id)?;
        let began = background.began;
        let ended = tokio::time::timeout(patience, &mut background.running).await.ok();
        let unread = std::mem::take(&mut *background.unread.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = ended.map(|ended| {
            self.background.remove(id);
            ended.unwrap_or_else(|error| Err(SandboxError::Lost { why: error.to_string() }))
        });
        Some(Looked { unread, ended, began })
    }

    /// Ends all commands and closes the room.
    pub async fn close(&mut self) {
        self.cancel.cancel();
        let until = tokio::time::Instant::now() + FAREWELL;
        for (_, mut background) in std::mem::take(&mut self.background) {
            if tokio::time::timeout_at(until, &mut background.running).await.is_err() {
                // It holds the room, which could not be closed otherwise.
                background.running.abort();
                let _ = background.running.await;
            }
        }
        for room in self.take_rooms() {
            // Goes on behind where it takes longer: half closed, its place in the machine would never be free again.
            let closing = tokio::spawn(async move { room.close().await });
            let _ = tokio::time::timeout(FAREWELL, closing).await;
        }
    }

    fn take_rooms(&mut self) -> Vec<Arc<dyn OpenRoom>> {
        let current = self.current.take().map(|current| current.room);
        self.earlier.drain(..).chain(current).collect()
    }
}

impl Drop for Shell {
    /// Given up in the middle of something (the person pressed Ctrl-C): commands end, and the room is closed behind.
    fn drop(&mut self) {
        self.cancel.cancel();
        let rooms = self.take_rooms();
        if !rooms.is_empty()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                for room in rooms {
                    room.close().await;
                }
            });
        }
    }
}

/// A word for a shell, whatever is in it.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
