//! Where commands run: the sandbox, as the engine needs it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use deskhand_sandbox::{Command, Limits, Output, Ran, Room, RoomSetup, Sandbox, SandboxConfig, SandboxError};
use deskhand_types::Tier;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

/// Gives tasks rooms to run commands in. A trait, so that the life of a command can be tested without a machine.
#[async_trait]
pub trait Rooms: Send + Sync {
    /// What a task's commands may use.
    fn limits(&self) -> Limits;
    /// Makes room for a task.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when there is nothing to run commands in, with what to do.
    async fn open(&self, tier: Tier, setup: RoomSetup) -> Result<Box<dyn OpenRoom>, SandboxError>;
}

/// Who is told what a command writes.
pub type Tell<'a> = dyn FnMut(Output, &[u8]) + Send + 'a;

/// A task's room.
#[async_trait]
pub trait OpenRoom: Send + Sync {
    /// Runs a command, tells its output as it comes, and collects what it changed. Several may run at once.
    ///
    /// # Errors
    /// When it could not be run or its end is unknown. Then nothing it changed is taken.
    async fn run(
        &self,
        command: Command,
        output: &mut Tell<'_>,
        cancel: CancellationToken,
    ) -> Result<Ran, SandboxError>;
    /// Closes the room, once its commands are over.
    async fn close(&self);
}

/// The sandboxes of this computer, one for each tier, made when they are first needed.
pub struct Sandboxes {
    cache: PathBuf,
    options: SandboxOptions,
    vm: OnceLock<Arc<Sandbox>>,
    os: OnceLock<Arc<Sandbox>>,
}

/// What the person's settings say about commands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SandboxOptions {
    /// Whether commands may run in the weaker tier `os`. Only the person can say so.
    pub allow_os: bool,
    /// A machine in which nothing ran for this long is put away.
    pub idle: Duration,
    /// What one task's commands may use.
    pub limits: Limits,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            allow_os: false,
            idle: Duration::from_secs(120),
            limits: Limits {
                memory: 1_536 << 20,
                processes: 256,
                cpu_percent: 200,
                disk: 4 << 30,
            },
        }
    }
}

impl Sandboxes {
    /// Sandboxes whose images and machines are below the application's cache folder. Nothing is started.
    pub const fn new(cache: PathBuf, options: SandboxOptions) -> Self {
        Self {
            cache,
            options,
            vm: OnceLock::new(),
            os: OnceLock::new(),
        }
    }

    fn of(&self, tier: Tier) -> Result<&Arc<Sandbox>, SandboxError> {
        let made = match tier {
            Tier::Vm => &self.vm,
            Tier::Os if self.options.allow_os => &self.os,
            Tier::Os => {
                return Err(SandboxError::Unavailable {
                    why: "the weaker sandbox `os` is not allowed".to_owned(),
                    hint: OS_NOT_ALLOWED.to_owned(),
                });
            }
        };
        Ok(made.get_or_init(|| {
            Sandbox::new(SandboxConfig {
                tier,
                idle: self.options.idle,
                ..SandboxConfig::new(self.cache.clone())
            })
        }))
    }
}

/// How the weaker tier is allowed.
pub const OS_NOT_ALLOWED: &str = "It shares this computer's kernel. To allow it, write `allow_os = true` under `[sandbox]` in settings.toml; better is the virtual machine (`deskhand sandbox status` says what it lacks).";

#[async_trait]
impl Rooms for Sandboxes {
    fn limits(&self) -> Limits {
        self.options.limits
    }

    async fn open(&self, tier: Tier, setup: RoomSetup) -> Result<Box<dyn OpenRoom>, SandboxError> {
        let room = self.of(tier)?.room(setup).await?;
        Ok(Box::new(SandboxRoom(RwLock::new(Some(room)))))
    }
}

/// A room that can be closed while others still hold it: closing waits for what runs.
struct SandboxRoom(RwLock<Option<Room>>);

#[async_trait]
impl OpenRoom for SandboxRoom {
    async fn run(
        &self,
        command: Command,
        output: &mut Tell<'_>,
        cancel: CancellationToken,
    ) -> Result<Ran, SandboxError> {
        match &*self.0.read().await {
            Some(room) => room.run(command, output, cancel).await,
            None => Err(SandboxError::Lost {
                why: "the room is closed".to_owned(),
            }),
        }
    }

    async fn close(&self) {
        if let Some(room) = self.0.write().await.take() {
            room.close().await;
        }
    }
}
