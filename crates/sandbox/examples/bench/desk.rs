//! A granted folder, a sandbox beside it, and what ties them together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deskhand_sandbox::{Command, Limits, Outlet, Ran, Room, RoomSetup, Sandbox, SandboxConfig};
use deskhand_store::SqliteStore;
use deskhand_types::{BlobError, BlobStore, Grant, GrantMode, Hash, TaskId, Timestamp};
use deskhand_workspace::{Options, Workspace};
use tokio_util::sync::CancellationToken;

/// Where the image comes from and where everything else goes.
pub struct Setting {
    images: PathBuf,
    agent: PathBuf,
    pub scratch: PathBuf,
}

impl Setting {
    pub fn new(cache: &Path, agent: &Path, scratch: &Path) -> Self {
        Self {
            images: cache.join("sandbox/images"),
            agent: agent.to_owned(),
            scratch: scratch.to_owned(),
        }
    }

    /// The cache that measurements share, in which a template stays.
    pub fn cache(&self) -> PathBuf {
        let cache = self.scratch.join("cache");
        if !cache.exists() {
            std::fs::create_dir_all(cache.join("sandbox")).unwrap();
            std::os::unix::fs::symlink(&self.images, cache.join("sandbox/images")).unwrap();
        }
        cache
    }

    pub fn config(&self) -> SandboxConfig {
        SandboxConfig {
            agent: Some(self.agent.clone()),
            ..SandboxConfig::new(self.cache())
        }
    }

    pub fn desk(&self) -> Desk {
        self.desk_with(Sandbox::new(self.config()))
    }

    pub fn desk_with(&self, sandbox: Arc<Sandbox>) -> Desk {
        let home = tempfile::tempdir_in(&self.scratch).unwrap();
        let work = home.path().join("work");
        std::fs::create_dir(&work).unwrap();
        let store = Arc::new(SqliteStore::open(&home.path().join("data")).unwrap());
        let workspace = Workspace::new(store.clone(), Options::new(Arc::new(|| Timestamp(0))));
        workspace
            .add_grant(Grant {
                name: "work".to_owned(),
                folder: work.to_str().unwrap().to_owned(),
                mode: GrantMode::ReadWrite,
                outside_home: false,
            })
            .unwrap();
        Desk {
            work,
            sandbox,
            store,
            stored: Arc::default(),
            workspace: Arc::new(workspace),
            _home: home,
        }
    }
}

/// One task's world.
pub struct Desk {
    pub work: PathBuf,
    pub sandbox: Arc<Sandbox>,
    pub workspace: Arc<Workspace>,
    store: Arc<SqliteStore>,
    /// Nanoseconds spent putting small contents into the store.
    stored: Arc<AtomicU64>,
    _home: tempfile::TempDir,
}

/// A command that ended well.
pub struct Heard {
    pub ran: Ran,
    /// Until everything was collected.
    pub all: Duration,
    /// Until its last output.
    pub last_word: Duration,
}

impl Desk {
    pub async fn room(&self) -> Room {
        let setup = RoomSetup {
            task: TaskId::new("01task"),
            folders: vec![("work".to_owned(), true)],
            shared: self.workspace.clone(),
            blobs: Arc::new(Timed {
                store: self.store.clone(),
                spent: self.stored.clone(),
            }),
            outlet: Arc::new(Closed),
            // Generous: what is measured is not to be the limit.
            limits: Limits {
                memory: 1536 << 20,
                processes: 200,
                cpu_percent: 100,
                disk: 4 << 30,
            },
        };
        self.sandbox.room(setup).await.unwrap()
    }

    /// The time spent in the blob store since this was last asked.
    pub fn stored(&self) -> Duration {
        Duration::from_nanos(self.stored.swap(0, Ordering::Relaxed))
    }

    pub async fn run(&self, room: &Room, text: &str) -> Heard {
        let command = Command {
            text: text.to_owned(),
            cwd: "/mnt/work".to_owned(),
            timeout: Duration::from_secs(300),
        };
        let begun = Instant::now();
        let mut last_word = Duration::ZERO;
        let mut heard = |_, _: &[u8]| last_word = begun.elapsed();
        let ran = room.run(command, &mut heard, CancellationToken::new()).await.unwrap();
        let all = begun.elapsed();
        let said = String::from_utf8_lossy(&ran.output.head);
        assert_eq!((ran.exited.code, ran.refused.as_ref()), (0, None), "{text}: {said}");
        Heard { ran, all, last_word }
    }
}

/// A store that counts the time small contents take; large ones come as a stream, which waits for the guest.
struct Timed {
    store: Arc<SqliteStore>,
    spent: Arc<AtomicU64>,
}

impl BlobStore for Timed {
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError> {
        let begun = Instant::now();
        let result = self.store.put(bytes);
        self.spent
            .fetch_add(begun.elapsed().as_nanos() as u64, Ordering::Relaxed);
        result
    }

    fn put_reader(&self, reader: &mut dyn std::io::Read) -> Result<(Hash, u64), BlobError> {
        self.store.put_reader(reader)
    }

    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError> {
        self.store.get(hash)
    }

    fn copy_to(&self, hash: &Hash, out: &mut dyn std::io::Write) -> Result<u64, BlobError> {
        self.store.copy_to(hash, out)
    }

    fn contains(&self, hash: &Hash) -> Result<bool, BlobError> {
        self.store.contains(hash)
    }
}

/// No way out.
struct Closed;

#[async_trait::async_trait]
impl Outlet for Closed {
    async fn serve(&self, _task: &TaskId, connection: deskhand_wire::mux::Stream) {
        drop(connection);
    }

    fn certificate(&self) -> String {
        String::new()
    }
}
