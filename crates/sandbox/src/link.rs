//! The connection to a guest: three greeted streams, the same for every tier.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use deskhand_types::TaskId;
use deskhand_wire::frame::{self, FrameError};
use deskhand_wire::mux::{Mux, Opener, Side, Stream};
use deskhand_wire::{FailureKind, Hello, Reply, Request, VERSION, greet};
use tokio::io::AsyncReadExt;
use tokio::sync::watch;
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
pub(crate) struct Outlets(Arc<Mutex<Connected>>);

#[derive(Default)]
struct Connected {
    /// A slot, its task, and who answers.
    now: Vec<(u16, TaskId, Arc<dyn Outlet>)>,
    /// Slots that had somebody: a connection may have been on its way when its room was closed.
    before: BTreeSet<u16>,
}

/// Whose a slot is.
enum Whose {
    Task(TaskId, Arc<dyn Outlet>),
    /// Nobody's any longer.
    Former,
    /// Nobody's ever.
    Nobody,
}

impl Outlets {
    /// Connects a slot.
    pub fn add(&self, slot: u16, task: TaskId, outlet: Arc<dyn Outlet>) {
        self.with(|outlets| outlets.now.push((slot, task, outlet)));
    }

    /// Disconnects a slot.
    pub fn remove(&self, slot: u16) {
        self.with(|outlets| {
            outlets.now.retain(|(number, ..)| *number != slot);
            outlets.before.insert(slot);
        });
    }

    fn of(&self, slot: u16) -> Whose {
        self.with(|outlets| {
            let now = outlets.now.iter().find(|(number, ..)| *number == slot);
            match now {
                Some((_, task, outlet)) => Whose::Task(task.clone(), outlet.clone()),
                None if outlets.before.contains(&slot) => Whose::Former,
                None => Whose::Nobody,
            }
        })
    }

    fn with<T>(&self, what: impl FnOnce(&mut Connected) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Where it is told that a guest's channel broke or told a lie. The first word counts.
#[derive(Clone)]
struct Verdict(Arc<watch::Sender<Option<SandboxError>>>);

impl Verdict {
    fn tell(&self, error: SandboxError) {
        self.0.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert(error);
            first
        });
    }

    fn lie(&self, why: String) {
        self.tell(SandboxError::Misbehaved { why });
    }
}

/// A greeted guest.
pub(crate) struct Link {
    ctl: Opener,
    /// What its other two channels made of it.
    trouble: watch::Receiver<Option<SandboxError>>,
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
        let (verdict, trouble) = watch::channel(None);
        let verdict = Verdict(Arc::new(verdict));
        let link = Self {
            ctl: mux.opener(),
            trouble,
            net: tokio::spawn(serve_network(Mux::new(net, Side::Host), outlets, verdict.clone())),
            fs: tokio::task::spawn(async move {
                let ended = share.serve(fs).await;
                verdict.tell(folders_ended(ended));
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

    /// What is wrong with the guest, if anything is.
    pub fn trouble(&self) -> Option<SandboxError> {
        self.trouble.borrow().clone()
    }

    /// Waits until something is wrong with the guest.
    pub async fn broken(&self) -> SandboxError {
        let mut trouble = self.trouble.clone();
        if let Ok(told) = trouble.wait_for(Option::is_some).await
            && let Some(error) = &*told
        {
            return error.clone();
        }
        // Both channels were let go of without a word: nobody has anything to say any more.
        std::future::pending().await
    }

    /// Opens a stream for a request and sends it.
    pub async fn send(&self, request: &Request) -> Result<Stream, SandboxError> {
        let sent = async {
            let mut stream = self
                .ctl
                .open()
                .await
                .map_err(|error| SandboxError::Lost { why: error.to_string() })?;
            frame::write(&mut stream, request).await.map_err(|error| lost(&error))?;
            Ok(stream)
        };
        // A guest that stands still takes no more than its buffers hold.
        tokio::time::timeout(ANSWER, sent).await.unwrap_or_else(|_| {
            Err(SandboxError::Misbehaved {
                why: "it took no request for a minute".to_owned(),
            })
        })
    }

    /// Makes a request that has one answer.
    pub async fn ask(&self, request: &Request) -> Result<(), SandboxError> {
        let answer = async {
            let mut stream = self.send(request).await?;
            frame::read::<_, Reply>(&mut stream).await.map_err(|error| lost(&error))
        };
        let answer = async {
            tokio::select! {
                biased;
                answer = answer => answer,
                trouble = self.broken() => Err(trouble),
            }
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
async fn serve_network(mut mux: Mux, outlets: Outlets, verdict: Verdict) {
    while let Some(mut connection) = mux.accept().await {
        let (outlets, verdict) = (outlets.clone(), verdict.clone());
        tokio::spawn(async move {
            let Ok(Ok(slot)) = tokio::time::timeout(GREETING, connection.read_u16_le()).await else {
                return;
            };
            match outlets.of(slot) {
                Whose::Task(task, outlet) => outlet.serve(&task, connection).await,
                Whose::Former => {}
                Whose::Nobody => verdict.lie(format!("a connection came from room {slot}, which there never was")),
            }
        });
    }
    verdict.tell(match mux.lie() {
        Some(why) => SandboxError::Misbehaved {
            why: format!("what came over its network could not be understood: {why}"),
        },
        None => SandboxError::Lost {
            why: "the stream of its network ended".to_owned(),
        },
    });
}

/// What it means that the stream of the shared folders ended while the guest was there.
fn folders_ended(ended: std::io::Result<()>) -> SandboxError {
    match ended {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => SandboxError::Misbehaved {
            why: format!("what it asked of the shared folders makes no sense: {error}"),
        },
        Err(error) => SandboxError::Lost {
            why: format!("the stream of its shared folders failed: {error}"),
        },
        Ok(()) => SandboxError::Lost {
            why: "the stream of its shared folders ended".to_owned(),
        },
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
