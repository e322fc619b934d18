//! A task's room in the machine, and a command in it.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use deskhand_wire::frame;
use deskhand_wire::mux::Stream;
use deskhand_wire::{Exec, ExecControl, ExecEvent, Exited, FailureKind, Folder, OpenTask, Output, Request, Slot};
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::collect::{self, Bounds, Changes};
use crate::link::{lost, refused};
use crate::sandbox::{Awake, Sandbox};
use crate::{Command, Ran, RoomSetup, SandboxError};

/// Most output of a command, in bytes; then it is ended.
const MAX_OUTPUT: u64 = 64 << 20;
/// Most paths a command may change.
const MAX_ENTRIES: u32 = 50_000;
/// Most bytes of changed files, holes not counted.
const MAX_BYTES: u64 = 4 << 30;
/// Most bytes of changed files, holes counted: they land without holes.
const MAX_APPARENT: u64 = 8 << 30;
/// How long after its own timeout a command's end is waited for.
const GRACE: Duration = Duration::from_secs(30);
/// How long a guest that sends what was changed may say nothing.
const SILENCE: Duration = Duration::from_secs(120);
/// How long sending all of it may take.
const COLLECTING: Duration = Duration::from_secs(20 * 60);
/// How long a command that was cancelled may take to be gone, and how long what it changed is then taken.
const CANCELLED: Duration = Duration::from_secs(20);
/// A guest that still sends says something within this time.
const ALIVE: Duration = Duration::from_secs(5);

/// A task's room. Closing it wipes its scratch.
pub struct Room {
    sandbox: Arc<Sandbox>,
    setup: RoomSetup,
    slot: Slot,
    /// The machine this room was opened in; 0 = none yet.
    opened: tokio::sync::Mutex<u64>,
    /// Why it had to be made anew in another one, until a result tells it.
    anew: std::sync::Mutex<Option<String>>,
}

impl Room {
    pub(crate) async fn open(sandbox: Arc<Sandbox>, setup: RoomSetup) -> Result<Self, SandboxError> {
        let slot = Slot(sandbox.slot().await?);
        let names = setup.folders.iter().map(|(name, _)| name.clone()).collect();
        sandbox.share.add(slot, names, setup.shared.clone());
        sandbox.outlets.add(slot.0, setup.task.clone(), setup.outlet.clone());
        let room = Self {
            sandbox,
            setup,
            slot,
            opened: tokio::sync::Mutex::new(0),
            anew: std::sync::Mutex::default(),
        };
        match room.awake().await {
            Ok(_) => Ok(room),
            Err(error) => {
                room.close().await;
                Err(error)
            }
        }
    }

    /// Runs a command, tells its output as it comes, and collects what it changed.
    ///
    /// # Errors
    /// When it could not be run or its end is unknown. Then nothing it changed is taken.
    pub async fn run(
        &self,
        command: Command,
        output: &mut (dyn FnMut(Output, &[u8]) + Send),
        cancel: CancellationToken,
    ) -> Result<Ran, SandboxError> {
        let awake = self.awake().await?;
        let result = tokio::select! {
            biased;
            // Whatever the command gave: nothing is taken from a guest that lies.
            trouble = awake.link.broken() => Err(trouble),
            result = self.exec(&awake, command, output, cancel) => result,
        };
        match result {
            Ok(mut ran) => {
                ran.anew = self.anew.lock().unwrap_or_else(PoisonError::into_inner).take();
                Ok(ran)
            }
            Err(error) => {
                if error.ends_machine() {
                    self.sandbox.give_up(awake.generation, &error).await;
                }
                Err(error)
            }
        }
    }

    /// Closes the room. The machine ends with its last room.
    pub async fn close(self) {
        // Where it is the last room, the machine ends, and its scratch with it.
        let opened = *self.opened.lock().await;
        if self.sandbox.is_shared(opened).await
            && let Ok(awake) = self.sandbox.awake().await
            && awake.generation == opened
            && let Err(error) = awake.link.ask(&Request::CloseTask(self.slot)).await
        {
            // What cannot be wiped goes with the machine.
            self.sandbox.give_up(awake.generation, &error).await;
        }
        self.sandbox.share.remove(self.slot);
        self.sandbox.outlets.remove(self.slot.0);
        self.sandbox.free(self.slot.0).await;
    }

    /// The machine with this room open in it.
    async fn awake(&self) -> Result<Awake, SandboxError> {
        let mut opened = self.opened.lock().await;
        let awake = self.sandbox.awake().await?;
        if *opened != awake.generation {
            let folders = self.setup.folders.iter().map(|(name, writable)| Folder {
                name: name.clone(),
                writable: *writable,
            });
            let request = Request::OpenTask(OpenTask {
                slot: self.slot,
                folders: folders.collect(),
                limits: self.setup.limits,
                ca_pem: self.setup.outlet.certificate(),
            });
            if let Err(error) = awake.link.ask(&request).await {
                self.sandbox.give_up(awake.generation, &error).await;
                return Err(error);
            }
            if *opened != 0 {
                let why = awake.before.clone();
                *self.anew.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(why.unwrap_or_else(|| "the machine it was in was ended".to_owned()));
            }
            *opened = awake.generation;
        }
        Ok(awake)
    }

    async fn exec(
        &self,
        awake: &Awake,
        command: Command,
        tell: &mut (dyn FnMut(Output, &[u8]) + Send),
        cancel: CancellationToken,
    ) -> Result<Ran, SandboxError> {
        self.sandbox.share.mark(self.slot);
        let request = Request::Exec(Exec {
            slot: self.slot,
            command: command.text,
            cwd: command.cwd,
            env: Vec::new(),
            timeout_ms: u64::try_from(command.timeout.as_millis()).unwrap_or(u64::MAX),
            max_output: MAX_OUTPUT,
            max_entries: MAX_ENTRIES,
            max_bytes: MAX_BYTES,
            max_apparent: MAX_APPARENT,
        });
        let stream = awake.link.send(&request).await?;
        let (reader, mut writer) = tokio::io::split(stream);
        let (mut events, _reading) = events(reader);
        let mut output = collect::Output::new(self.setup.blobs.clone());
        let exited = tokio::select! {
            exited = until_exit(&mut events, &mut output, tell) => exited?,
            () = end(&mut writer, &cancel) => return Err(interrupted("it did not say that the command is gone")),
            () = tokio::time::sleep(command.timeout.saturating_add(GRACE)) => {
                return Err(SandboxError::Misbehaved { why: "the command did not end when its time was over".to_owned() });
            }
        };
        let folders: Vec<String> = self.setup.folders.iter().map(|(name, _)| name.clone()).collect();
        let changes = Changes::new(
            folders,
            self.setup.blobs.clone(),
            Bounds {
                entries: MAX_ENTRIES,
                bytes: MAX_BYTES,
                apparent: MAX_APPARENT,
            },
        );
        let collected = until_done(&mut events, changes, &cancel).await?;
        let (mut changes, left_out, refused) = collected;
        for change in &mut changes {
            change.seen = self.sandbox.share.seen(self.slot, &change.path);
        }
        Ok(Ran {
            exited,
            tier: self.sandbox.tier(),
            output: output.end().await?,
            changes,
            left_out,
            refused,
            anew: None,
        })
    }
}

/// Reads frames in a task of its own, so that waiting for one can be given up without losing half of it.
fn events(mut reader: ReadHalf<Stream>) -> (mpsc::Receiver<Result<ExecEvent, SandboxError>>, AbortOnDropHandle<()>) {
    let (sender, events) = mpsc::channel(4);
    let reading = tokio::spawn(async move {
        loop {
            let event = frame::read(&mut reader).await.map_err(|error| lost(&error));
            let last = event.is_err();
            if sender.send(event).await.is_err() || last {
                return;
            }
        }
    });
    (events, AbortOnDropHandle::new(reading))
}

async fn next(events: &mut mpsc::Receiver<Result<ExecEvent, SandboxError>>) -> Result<ExecEvent, SandboxError> {
    events.recv().await.unwrap_or_else(|| {
        Err(SandboxError::Lost {
            why: "its stream ended".to_owned(),
        })
    })
}

/// Output, until the command is gone.
async fn until_exit(
    events: &mut mpsc::Receiver<Result<ExecEvent, SandboxError>>,
    output: &mut collect::Output,
    tell: &mut (dyn FnMut(Output, &[u8]) + Send),
) -> Result<Exited, SandboxError> {
    // A little more than the guest was told: it ends the command, this ends the guest.
    let mut room = MAX_OUTPUT + (1 << 20);
    loop {
        match next(events).await? {
            ExecEvent::Output(which, bytes) => {
                // Pieces of nothing would never be too many.
                room = room
                    .checked_sub(bytes.len() as u64)
                    .filter(|_| !bytes.is_empty())
                    .ok_or_else(|| SandboxError::Misbehaved {
                        why: "the guest sent more output than it may, or output of no length".to_owned(),
                    })?;
                tell(which, &bytes);
                output.add(&bytes).await?;
            }
            ExecEvent::Exited(exited) => return Ok(exited),
            ExecEvent::Failed(failure) => return Err(refused(failure)),
            _ => return Err(out_of_order()),
        }
    }
}

type Collected = (
    Vec<deskhand_types::OverlayEntry>,
    Vec<deskhand_types::LeftOut>,
    Option<String>,
);

/// What it changed, until the guest says that is all; not for ever, and not for long once it was cancelled.
async fn until_done(
    events: &mut mpsc::Receiver<Result<ExecEvent, SandboxError>>,
    changes: Changes,
    cancel: &CancellationToken,
) -> Result<Collected, SandboxError> {
    let late = async {
        cancel.cancelled().await;
        tokio::time::sleep(CANCELLED).await;
    };
    tokio::select! {
        biased;
        collected = collect(events, changes) => return collected,
        () = late => {}
        () = tokio::time::sleep(COLLECTING) => {
            return Err(SandboxError::Misbehaved {
                why: format!("the guest sent what was changed for {} minutes without an end", COLLECTING.as_secs() / 60),
            });
        }
    }
    // A guest that goes on sending is well: only this command is given up.
    match tokio::time::timeout(ALIVE, events.recv()).await {
        Ok(Some(Ok(_))) => Ok((Vec::new(), Vec::new(), Some(STOPPED_TAKING.to_owned()))),
        Ok(Some(Err(error))) => Err(error),
        _ => Err(interrupted("it did not go on sending what was changed")),
    }
}

/// Why nothing is taken of a command that was cancelled.
const STOPPED_TAKING: &str = "it was cancelled, and it had changed more than could be taken within 20 s after that";

/// The changes as they come.
async fn collect(
    events: &mut mpsc::Receiver<Result<ExecEvent, SandboxError>>,
    mut changes: Changes,
) -> Result<Collected, SandboxError> {
    loop {
        let event = tokio::time::timeout(SILENCE, next(events))
            .await
            .map_err(|_| SandboxError::Misbehaved {
                why: "the guest stopped while it sent what was changed".to_owned(),
            })??;
        match event {
            ExecEvent::Entry(entry) => changes.entry(entry).await?,
            ExecEvent::Data(bytes) => changes.data(bytes).await?,
            ExecEvent::Hole(length) => changes.hole(length).await?,
            ExecEvent::Done => {
                let (entries, left_out) = changes.end()?;
                return Ok((entries, left_out, None));
            }
            ExecEvent::Failed(failure) if failure.kind == FailureKind::TooMuch => {
                return Ok((Vec::new(), Vec::new(), Some(failure.message)));
            }
            ExecEvent::Failed(failure) => return Err(refused(failure)),
            ExecEvent::Output(..) | ExecEvent::Exited(_) => return Err(out_of_order()),
        }
    }
}

fn out_of_order() -> SandboxError {
    SandboxError::Misbehaved {
        why: "the guest sent something out of order".to_owned(),
    }
}

fn interrupted(why: &str) -> SandboxError {
    SandboxError::Interrupted {
        why: format!("{why} within {} s", CANCELLED.as_secs()),
    }
}

/// Passes the wish to end on to the guest; returns when it had long enough to follow it.
async fn end(writer: &mut WriteHalf<Stream>, cancel: &CancellationToken) {
    cancel.cancelled().await;
    let deadline = tokio::time::Instant::now() + CANCELLED;
    // A guest that stands still may not even take it. Where the stream is gone, what is read from it says so.
    let _ = tokio::time::timeout_at(deadline, frame::write(writer, &ExecControl::Cancel)).await;
    tokio::time::sleep_until(deadline).await;
}

#[cfg(test)]
mod tests;
