//! A person's folder, a sandbox beside it, and what ties them together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deskhand_sandbox::{Command, Limits, Outlet, Ran, Room, RoomSetup, Sandbox, SandboxConfig, SandboxError};
use deskhand_store::SqliteStore;
use deskhand_types::{CallId, Cause, ChangeSet, Grant, GrantMode, LeftOut, TaskId, Timestamp};
use deskhand_workspace::{Applied, ApplyError, Options, Workspace, WorkspaceError, invert};
use tokio_util::sync::CancellationToken;

/// One task's world.
pub struct Desk {
    pub home: tempfile::TempDir,
    pub sandbox: Arc<Sandbox>,
    pub store: Arc<SqliteStore>,
    pub workspace: Arc<Workspace>,
    next: AtomicU64,
}

/// What a command gave, with its output as text.
#[derive(Debug)]
pub struct Heard {
    pub text: String,
    pub ran: Ran,
}

impl Heard {
    /// The output of a command that went well.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.ran.exited.code, 0, "{}", self.text);
        self.text
    }
}

/// The cache with a built image: that of the user, or the one the environment names.
pub fn cache() -> PathBuf {
    std::env::var_os("DESKHAND_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/deskhand"),
        PathBuf::from,
    )
}

/// The guest agent, built by `make guest` beside the profile's programs.
pub fn agent() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile.join(deskhand_sandbox::AGENT_FILE_NAME)
}

pub fn config() -> SandboxConfig {
    SandboxConfig {
        agent: Some(agent()),
        ..SandboxConfig::new(cache())
    }
}

impl Desk {
    pub fn new() -> Self {
        Self::with(Sandbox::new(config()))
    }

    pub fn with(sandbox: Arc<Sandbox>) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("work")).unwrap();
        std::fs::create_dir(home.path().join("papers")).unwrap();
        let store = Arc::new(SqliteStore::open(&home.path().join("data")).unwrap());
        let clock = Arc::new(|| Timestamp(now_ms()));
        let workspace = Workspace::new(store.clone(), Options::new(clock));
        for (name, mode) in [("work", GrantMode::ReadWrite), ("papers", GrantMode::ReadOnly)] {
            let folder = home.path().join(name).to_str().unwrap().to_owned();
            let grant = Grant {
                name: name.to_owned(),
                folder,
                mode,
                outside_home: false,
            };
            workspace.add_grant(grant).unwrap();
        }
        Self {
            home,
            sandbox,
            store,
            workspace: Arc::new(workspace),
            next: AtomicU64::new(0),
        }
    }

    pub fn work(&self) -> PathBuf {
        self.home.path().join("work")
    }

    pub fn papers(&self) -> PathBuf {
        self.home.path().join("papers")
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn setup(&self) -> RoomSetup {
        RoomSetup {
            task: TaskId::new("01task"),
            folders: vec![("work".to_owned(), true), ("papers".to_owned(), false)],
            shared: self.workspace.clone(),
            blobs: self.store.clone(),
            outlet: Arc::new(Closed),
            limits: Limits {
                memory: 768 << 20,
                processes: 200,
                cpu_percent: 100,
                disk: 2 << 30,
            },
        }
    }

    pub async fn room(&self) -> Room {
        self.sandbox.room(self.setup()).await.unwrap()
    }

    pub async fn run(&self, room: &Room, text: &str) -> Heard {
        self.run_for(room, text, Duration::from_secs(100)).await
    }

    pub async fn run_for(&self, room: &Room, text: &str, timeout: Duration) -> Heard {
        self.attempt(room, text, timeout).await.unwrap()
    }

    pub async fn attempt(&self, room: &Room, text: &str, timeout: Duration) -> Result<Heard, SandboxError> {
        let command = Command {
            text: text.to_owned(),
            cwd: "/mnt/work".to_owned(),
            timeout,
        };
        let ran = room.run(command, &mut |_, _| (), CancellationToken::new()).await?;
        let text = String::from_utf8_lossy(&[ran.output.head.clone(), ran.output.tail.clone()].concat()).into_owned();
        Ok(Heard { text, ran })
    }

    /// Whatever wrote into `/tmp/beat` did so, and does so no more. A later command has processes of its own and cannot
    /// see those of an earlier one, but the scratch is the same.
    pub async fn assert_beats_no_more(&self, room: &Room) {
        let look = "stat -c %s /tmp/beat; sleep 2; stat -c %s /tmp/beat";
        let heard = self.run(room, look).await.good();
        let sizes: Vec<u64> = heard.lines().map(|line| line.parse().unwrap()).collect();
        assert!(sizes[0] > 1, "it never beat: {sizes:?}");
        assert_eq!(sizes[0], sizes[1], "a process outlived its command");
    }

    /// Turns what a command changed into a change-set.
    pub fn prepare(&self, ran: Ran) -> Result<(ChangeSet, Vec<LeftOut>), WorkspaceError> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let cause = Cause::Call {
            call: CallId::new("call"),
        };
        let overlay = self
            .workspace
            .prepare_overlay(format!("01task.{n}").as_str().into(), cause, ran.changes)?;
        Ok((overlay.set, [ran.left_out, overlay.left_out].concat()))
    }

    /// Runs a command and lets its changes land.
    pub async fn land(&self, room: &Room, text: &str) -> (ChangeSet, Vec<LeftOut>) {
        let heard = self.run(room, text).await;
        assert_eq!(heard.ran.exited.code, 0, "{}", heard.text);
        assert_eq!(heard.ran.refused, None);
        let (set, left_out) = self.prepare(heard.ran).unwrap();
        self.workspace.apply(&set).unwrap();
        (set, left_out)
    }

    pub fn undo(&self, set: &ChangeSet) -> Result<Applied, ApplyError> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let cause = Cause::Undo {
            of: vec![set.id.clone()],
        };
        self.workspace
            .apply(&invert(set, format!("01task.{n}").as_str().into(), cause, Timestamp(0)))
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// No way out.
pub struct Closed;

#[async_trait::async_trait]
impl Outlet for Closed {
    async fn serve(&self, _task: &TaskId, connection: deskhand_wire::mux::Stream) {
        drop(connection);
    }

    fn certificate(&self) -> String {
        String::new()
    }
}
