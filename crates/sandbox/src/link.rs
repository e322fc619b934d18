//! The connection to a guest: three greeted streams, the same for every tier.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use deskhand_types::TaskId;
use deskhand_wire::frame::{self, FrameError};
use deskhand_wire::mux::{Mux, Opener, Side, Stream};
use deskhand_wire::{FailureKind, Hello, Reply, Request, VERSION, greet};
use tokio::io::AsyncReadExt;
use tokio::task::JoinHandle;

use crate::backend::Channel;
use crate::share::ShareServer;
use crate::{Outlet, SandboxError};

/// A guest answers a greeting within this time, once its machine runs.
const GREETING: Duration = Duration::from_secs(10);
/// A guest answers a request that runs nothing within this time.
const ANSWER: Duration = Duration::from_secs(60);

/// Who answers the network of which slot.
#[derive(Clone, Default)]
pub(crate) struct Outlets(Arc<Mutex<Vec<Connected>>>);

/// A slot, its task, and who answers.
type Connected = (u16, TaskId, Arc<dyn Outlet>);

impl Outlets {
    /// Connects a slot.
    pub fn add(&self, slot: u16, task: TaskId, outlet: Arc<dyn Outlet>) {
        self.with(|outlets| outlets.push((slot, task, outlet)));
    }

    /// Disconnects a slot.
    pub fn remove(&self, slot: u16) {
        self.with(|outlets| outlets.retain(|(number, ..)| *number != slot));
    }

    fn of(&self, slot: u16) -> Option<(TaskId, Arc<dyn Outlet>)> {
        self.with(|outlets| {
            outlets
                .iter()
                .find(|(number, ..)| *number == slot)
                .map(|(_, task, outlet)| (task.clone(), outlet.clone()))
        })
    }

    fn with<T>(&self, what: impl FnOnce(&mut Vec<Connected>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// A greeted guest.
pub(crate) struct Link {
    ctl: Opener,
    net: JoinHandle<()>,
    fs: JoinHandle<()>,
    /// Held so that requests can be opened; the guest opens none here.
    _mux: Mux,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.net.abort();
        self.fs.abort();
    }
}

impl Link {
    /// Greets a guest on its three streams and tells it the time.
    pub async fn greet(
        [mut ctl, mut fs, mut net]: [Box<dyn Channel>; 3],
        share: Arc<ShareServer>,
        outlets: Outlets,
        within: Duration,
    ) -> Result<Self, SandboxError> {
        let greeting = async {
            // The first answer may take as long as a boot; the others are there then.
            greet::host(&mut ctl, nonce()).await?;
            tokio::time::timeout(GREETING, async {
                greet::host(&mut fs, nonce()).await?;
                greet::host(&mut net, nonce()).await
            })
            .await
            .map_err(|_| FrameError::Closed)?
        };
        match tokio::time::timeout(within, greeting).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(lost(&error)),
            Err(_) => {
                return Err(SandboxError::Lost {
                    why: format!("it did not answer within {} s", within.as_secs()),
                });
            }
        }
        let mux = Mux::new(ctl, Side::Host);
        let link = Self {
            ctl: mux.opener(),
            net: tokio::spawn(serve_network(Mux::new(net, Side::Host), outlets)),
            fs: tokio::task::spawn(async move {
                let _ = share.serve(fs).await;
            }),
            _mux: mux,
        };
        let hello = Hello {
            version: VERSION,
            now_ns: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)),
            entropy: random(),
            session: random(),
        };
        link.ask(&Request::Hello(hello)).await?;
        Ok(link)
    }

    /// Opens a stream for a request and sends it.
    pub async fn send(&self, request: &Request) -> Result<Stream, SandboxError> {
        let mut stream = self
            .ctl
            .open()
            .await
            .map_err(|error| SandboxError::Lost { why: error.to_string() })?;
        frame::write(&mut stream, request).await.map_err(|error| lost(&error))?;
        Ok(stream)
    }

    /// Makes a request that has one answer.
    pub async fn ask(&self, request: &Request) -> Result<(), SandboxError> {
        let answer = async {
            let mut stream = self.send(request).await?;
            frame::read::<_, Reply>(&mut stream).await.map_err(|error| lost(&error))
        };
        match tokio::time::timeout(ANSWER, answer).await {
            Ok(Ok(Reply::Done)) => Ok(()),
            Ok(Ok(Reply::Failed(failure))) => Err(refused(failure)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SandboxError::Misbehaved {
                why: "no answer within a minute".to_owned(),
            }),
        }
    }
}

/// Hands every connection of the guest to the outlet of its slot.
async fn serve_network(mut mux: Mux, outlets: Outlets) {
    while let Some(mut connection) = mux.accept().await {
        let outlets = outlets.clone();
        tokio::spawn(async move {
            let slot = tokio::time::timeout(GREETING, connection.read_u16_le()).await;
            // A slot nobody has is a guest that lies: the connection is dropped.
            if let Ok(Ok(slot)) = slot
                && let Some((task, outlet)) = outlets.of(slot)
            {
                outlet.serve(&task, connection).await;
            }
        });
    }
}

/// A failure the guest told.
pub(crate) fn refused(failure: deskhand_wire::Failure) -> SandboxError {
    match failure.kind {
        FailureKind::System => SandboxError::Unavailable {
            why: failure.message,
            hint: "`deskhand doctor` says what this computer lacks. File tools work without it.".to_owned(),
        },
        FailureKind::Version | FailureKind::Request | FailureKind::TooMuch => SandboxError::Refused(failure.message),
    }
}

/// The stream broke, or what came over it was no frame.
pub(crate) fn lost(error: &FrameError) -> SandboxError {
    match error {
        FrameError::Closed | FrameError::Io(_) => SandboxError::Lost { why: error.to_string() },
        FrameError::TooLarge(_) | FrameError::Malformed(_) => SandboxError::Misbehaved { why: error.to_string() },
    }
}

fn nonce() -> [u8; 16] {
    random()
}

/// Fresh randomness of the system; zeros where it has none, which only makes sessions look alike.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = getrandom::fill(&mut bytes);
    bytes
}
