//! The sandbox: at most one machine, started when the first command needs it, put away when it is idle.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::image::Places;
use crate::link::{Link, Outlets};
use crate::machine::{Machine, Start, Suspended};
use crate::room::Room;
use crate::share::ShareServer;
use crate::{RoomSetup, SandboxError, Tier, own};

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// The application's cache folder.
    pub cache: PathBuf,
    /// How strongly commands are kept apart. There is no way from one to the other.
    pub tier: Tier,
    /// The guest agent, where it is not beside the program.
    pub agent: Option<PathBuf>,
    /// A machine in which nothing ran for this long is put away; it takes no memory then.
    pub idle: Duration,
}

impl SandboxConfig {
    /// A machine, put away after two minutes.
    pub fn new(cache: PathBuf) -> Self {
        Self {
            cache,
            tier: Tier::Vm,
            agent: None,
            idle: Duration::from_secs(120),
        }
    }
}

/// Runs commands of any number of tasks in one machine.
pub struct Sandbox {
    config: SandboxConfig,
    places: Places,
    pub(crate) share: Arc<ShareServer>,
    pub(crate) outlets: Outlets,
    state: Mutex<State>,
}

struct State {
    machine: Stage,
    /// Grows with every machine that starts empty: a room of an earlier one must be opened anew.
    generation: u64,
    /// Why there is no machine any longer, where that was nobody's wish.
    gone: Option<String>,
    /// Slots that are taken.
    slots: Vec<u16>,
    /// Commands that run now.
    running: usize,
    used: Instant,
    /// Whether somebody watches for idleness.
    watched: bool,
}

enum Stage {
    Off,
    On(Machine),
    Away(Suspended),
}

/// A machine that runs, for one command. The machine stays awake while this exists.
pub(crate) struct Awake {
    pub link: Arc<Link>,
    pub generation: u64,
    /// Why the machine before it is gone, where that was nobody's wish.
    pub before: Option<String>,
    sandbox: Arc<Sandbox>,
}

impl Sandbox {
    /// A sandbox in which nothing runs yet. Ends what killed owners left behind.
    pub fn new(config: SandboxConfig) -> Arc<Self> {
        let places = Places::new(&config.cache);
        own::sweep(&places);
        let share = match config.tier {
            Tier::Vm => ShareServer::new(),
            Tier::Os => ShareServer::of_one_user(deskhand_wire::OS_UID),
        };
        Arc::new(Self {
            config,
            places,
            share: Arc::new(share),
            outlets: Outlets::default(),
            state: Mutex::new(State {
                machine: Stage::Off,
                generation: 0,
                gone: None,
                slots: Vec::new(),
                running: 0,
                used: Instant::now(),
                watched: false,
            }),
        })
    }

    /// How strongly commands are kept apart.
    pub const fn tier(&self) -> Tier {
        self.config.tier
    }

    /// Makes room for a task. The machine is started here, so that a task whose commands cannot run hears it at once.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when there is nothing to run commands in; others when starting failed.
    pub async fn room(self: &Arc<Self>, setup: RoomSetup) -> Result<Room, SandboxError> {
        Room::open(self.clone(), setup).await
    }

    /// Whether there is a saved machine to start from.
    pub fn is_prepared(&self) -> bool {
        crate::upkeep::templates(&self.places) > 0
    }

    /// Makes everything that starting a machine will need, by starting one and ending it.
    ///
    /// # Errors
    /// As of [`Sandbox::room`].
    pub async fn prepare(self: &Arc<Self>) -> Result<(), SandboxError> {
        drop(self.awake().await?);
        self.end().await;
        Ok(())
    }

    /// What the machine runs on, when one is running.
    pub async fn described(&self) -> Option<String> {
        match &self.state.lock().await.machine {
            Stage::On(machine) => Some(machine.described()),
            Stage::Off | Stage::Away(_) => None,
        }
    }

    /// The process that is the machine, when one is running.
    pub async fn process(&self) -> Option<u32> {
        match &self.state.lock().await.machine {
            Stage::On(machine) => machine.process(),
            Stage::Off | Stage::Away(_) => None,
        }
    }

    /// Ends the machine. What rooms kept in their scratch is gone; nothing of the person's was there.
    pub async fn end(&self) {
        let mut state = self.state.lock().await;
        state.gone = None;
        if let Stage::On(machine) = std::mem::replace(&mut state.machine, Stage::Off) {
            machine.end().await;
        }
    }

    /// A machine that answers, started or taken up again where needed.
    pub(crate) async fn awake(self: &Arc<Self>) -> Result<Awake, SandboxError> {
        let mut state = self.state.lock().await;
        let with = Start {
            places: &self.places,
            tier: self.config.tier,
            agent: self.config.agent.as_deref(),
            share: &self.share,
            outlets: &self.outlets,
        };
        let there = match std::mem::replace(&mut state.machine, Stage::Off) {
            Stage::On(machine) => match machine.link.trouble() {
                None => Some(machine),
                // It broke while nothing ran in it.
                Some(error) => {
                    machine.end().await;
                    state.gone = Some(error.to_string());
                    None
                }
            },
            Stage::Away(suspended) => match suspended.resume(&with).await {
                Ok(machine) => Some(machine),
                Err(error) => {
                    state.gone = Some(format!(
                        "it was put away while it was idle and could not be taken up again: {error}"
                    ));
                    None
                }
            },
            Stage::Off => None,
        };
        let machine = if let Some(machine) = there {
            machine
        } else {
            // A new one, in which rooms are opened anew.
            state.generation += 1;
            Machine::start(with).await?
        };
        let link = machine.link.clone();
        state.machine = Stage::On(machine);
        state.running += 1;
        if !state.watched && self.config.tier == Tier::Vm {
            state.watched = true;
            tokio::spawn(watch(Arc::downgrade(self), self.config.idle));
        }
        Ok(Awake {
            link,
            generation: state.generation,
            before: state.gone.clone(),
            sandbox: self.clone(),
        })
    }

    /// Ends a machine that is lost or misbehaves, unless a newer one runs already.
    pub(crate) async fn give_up(&self, generation: u64, why: &SandboxError) {
        let mut state = self.state.lock().await;
        if state.generation == generation
            && let Stage::On(machine) = std::mem::replace(&mut state.machine, Stage::Off)
        {
            state.gone = Some(why.to_string());
            machine.end().await;
        }
    }

    /// A free slot.
    pub(crate) async fn slot(&self) -> Result<u16, SandboxError> {
        let mut state = self.state.lock().await;
        let free = (1..=MAX_ROOMS).find(|slot| !state.slots.contains(slot));
        let slot = free.ok_or_else(|| SandboxError::Refused(format!("{MAX_ROOMS} tasks use the machine already")))?;
        state.slots.push(slot);
        Ok(slot)
    }

    /// Gives a slot back; the machine ends with its last room.
    pub(crate) async fn free(&self, slot: u16) {
        let mut state = self.state.lock().await;
        state.slots.retain(|taken| *taken != slot);
        if state.slots.is_empty()
            && let Stage::On(machine) = std::mem::replace(&mut state.machine, Stage::Off)
        {
            machine.end().await;
        }
    }

    /// Whether the machine of that generation is still there, and other rooms are in it.
    pub(crate) async fn is_shared(&self, generation: u64) -> bool {
        let state = self.state.lock().await;
        state.generation == generation && state.slots.len() > 1 && !matches!(state.machine, Stage::Off)
    }

    async fn suspend_idle(&self, idle: Duration) {
        let mut state = self.state.lock().await;
        if state.running > 0 || state.used.elapsed() < idle {
            return;
        }
        state.machine = match std::mem::replace(&mut state.machine, Stage::Off) {
            Stage::On(machine) => match machine.suspend().await {
                Ok(suspended) => Stage::Away(suspended),
                Err(error) => {
                    state.gone = Some(format!("it was idle and could not be put away: {error}"));
                    Stage::Off
                }
            },
            // One that was put away before stays where it is.
            other => other,
        };
    }
}

/// Tasks that share the machine, at most.
const MAX_ROOMS: u16 = 64;

impl Drop for Awake {
    fn drop(&mut self) {
        let sandbox = self.sandbox.clone();
        tokio::spawn(async move {
            let mut state = sandbox.state.lock().await;
            state.running = state.running.saturating_sub(1);
            state.used = Instant::now();
        });
    }
}

/// Puts the machine away when it is idle, as long as the sandbox exists.
async fn watch(sandbox: std::sync::Weak<Sandbox>, idle: Duration) {
    loop {
        tokio::time::sleep(idle / 4).await;
        let Some(sandbox) = sandbox.upgrade() else { return };
        sandbox.suspend_idle(idle).await;
    }
}

#[cfg(test)]
mod tests;
