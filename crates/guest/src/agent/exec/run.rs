//! The command itself: started, listened to, ended.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskhand_wire::frame::{self, CHUNK};
use deskhand_wire::mux::Stream;
use deskhand_wire::{Exec, ExecControl, ExecEvent, Exited, Failure, FailureKind, Output, Why};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadHalf, WriteHalf};
use tokio::net::UnixStream;
use tokio_util::task::AbortOnDropHandle;

use super::ahead::{Ahead, Ear};
use super::{Around, Laid, spec, tell};
use crate::agent::confine::{NOT_STARTED, READY};
use crate::agent::group::Group;
use crate::agent::task::{Task, failure};
use crate::agent::watch::{Inside, Watch};

/// Building the room takes longer only where something hangs.
const START: Duration = Duration::from_secs(60);
/// How long output may still come after everything of the command was ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Ends everything of a command, from wherever it is decided.
#[derive(Clone)]
struct Ender(Arc<Ending>);

struct Ending {
    group: Option<Group>,
    init: Mutex<Option<OwnedFd>>,
    inside: Mutex<Option<Inside>>,
    why: Mutex<Option<Why>>,
}

impl Ender {
    fn new(group: Option<Group>) -> Self {
        Self(Arc::new(Ending {
            group,
            init: Mutex::default(),
            inside: Mutex::default(),
            why: Mutex::default(),
        }))
    }

    /// The first reason counts.
    fn end(&self, why: Why) {
        self.0
            .why
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(why);
        if let Some(init) = &*self.0.init.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = rustix::process::pidfd_send_signal(init, Signal::KILL);
        }
        if let Some(group) = &self.0.group {
            group.kill();
        }
    }

    /// Takes the status of process 1 where that was left to this process: what waits for it is ended together with it. It
    /// would stay a process without life, of which a machine has room for so many.
    fn reap(&self) {
        if let Some(init) = &*self.0.init.lock().unwrap_or_else(PoisonError::into_inner) {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
            // An error says that it was never left to this one.
            let _ = rustix::process::waitid(WaitId::PidFd(init.as_fd()), options);
        }
    }

    fn why(&self) -> Option<Why> {
        *self.0.why.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is let go of when nobody waits for the command any more.
pub(super) struct Held {
    /// The stream's other half: the host cancels nothing any more, but hears of the end there.
    _listening: AbortOnDropHandle<()>,
    _python: Option<crate::agent::warm::Door>,
}

/// Runs the command; gives back what is let go of later when it and everything it started are gone.
pub(super) async fn run(
    around: &Around,
    task: &Task,
    exec: &Exec,
    number: u64,
    layers: &[Laid],
    reader: ReadHalf<Stream>,
    writer: &mut WriteHalf<Stream>,
) -> Result<(Exited, Held), Failure> {
    let refused = |error: io::Error| failure(FailureKind::System, &error);
    let group = around
        .system
        .is_machine
        .then(|| Group::new(task.slot, number))
        .transpose()
        .map_err(refused)?;
    let watch = if around.system.is_machine {
        None
    } else {
        Some(Watch::before(task).await.map_err(refused)?)
    };
    let ender = Ender::new(group);
    let started = start(around, task, exec, layers, &ender).await;
    let (mut child, python) = match started {
        Ok(started) => started,
        Err(error) => {
            ender.end(Why::Cancelled);
            ender.reap();
            return Err(refused(error));
        }
    };
    let listening = AbortOnDropHandle::new(tokio::spawn(listen(reader, ender.clone())));
    let deadline = Duration::from_millis(exec.timeout_ms);
    let timing = ender.clone();
    let timer = AbortOnDropHandle::new(tokio::spawn(async move {
        tokio::time::sleep(deadline).await;
        timing.end(Why::TimedOut);
    }));
    let watching = watch.map(|watch| {
        let inside = ender.0.inside.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ender = ender.clone();
        AbortOnDropHandle::new(tokio::spawn(async move { ender.end(watch.too_much(inside).await) }))
    });
    let mut room = exec.max_output;
    let mut pipes = Pipes {
        out: child.stdout.take(),
        errors: child.stderr.take(),
    };
    let mut gone = None;
    loop {
        let piece = match &gone {
            None => tokio::select! {
                piece = pipes.next() => piece,
                status = child.wait() => {
                    gone = Some(status);
                    // Its process 1 is gone and took everything along; what it wrote is in the pipes.
                    continue;
                }
            },
            Some(_) => tokio::time::timeout(LAST_WORDS, pipes.next()).await.unwrap_or(None),
        };
        let Some((which, mut bytes)) = piece else { break };
        if bytes.len() as u64 > room {
            bytes.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            ender.end(Why::TooMuchOutput);
        }
        room -= bytes.len() as u64;
        if !bytes.is_empty() {
            tell(writer, &ExecEvent::Output(which, bytes)).await?;
        }
    }
    let status = match gone {
        Some(status) => status,
        None => child.wait().await,
    }
    .map_err(refused)?;
    drop((timer, watching));
    let mut used = crate::agent::group::Used::default();
    if let Some(group) = &ender.0.group {
        group.clear().await.map_err(refused)?;
        used = group.used();
    }
    ender.reap();
    let code = {
        use std::os::unix::process::ExitStatusExt as _;
        status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
    };
    let why = match ender.why() {
        Some(why) => why,
        None if used.out_of_memory => Why::OutOfMemory,
        None => Why::Finished,
    };
    let exited = Exited {
        code,
        why,
        cpu_ms: used.cpu_ms,
        peak_memory: used.peak_memory,
    };
    let held = Held {
        _listening: listening,
        _python: python,
    };
    Ok((exited, held))
}

/// What the host says meanwhile. Its stream's end is a wish to end, too: nobody is there to hear the rest.
async fn listen(mut reader: ReadHalf<Stream>, ender: Ender) {
    let said = frame::read::<_, ExecControl>(&mut reader).await;
    match said {
        Ok(ExecControl::Cancel) | Err(_) => ender.end(Why::Cancelled),
    }
}

struct Pipes {
    out: Option<tokio::process::ChildStdout>,
    errors: Option<tokio::process::ChildStderr>,
}

impl Pipes {
    /// The next piece of either; `None` when both have ended.
    async fn next(&mut self) -> Option<(Output, Vec<u8>)> {
        loop {
            if self.out.is_none() && self.errors.is_none() {
                return None;
            }
            tokio::select! {
                bytes = piece(&mut self.out), if self.out.is_some() => match bytes {
                    Some(bytes) => return Some((Output::Stdout, bytes)),
                    None => self.out = None,
                },
                bytes = piece(&mut self.errors), if self.errors.is_some() => match bytes {
                    Some(bytes) => return Some((Output::Stderr, bytes)),
                    None => self.errors = None,
                },
            }
        }
    }
}

async fn piece<R: AsyncRead + Unpin>(pipe: &mut Option<R>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(CHUNK / 4);
    match pipe.as_mut()?.read_buf(&mut bytes).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(bytes),
    }
}

/// Starts the confined process and waits until its room stands.
async fn start(
    around: &Around,
    task: &Task,
    exec: &Exec,
    layers: &[Laid],
    ender: &Ender,
) -> io::Result<(tokio::process::Child, Option<crate::agent::warm::Door>)> {
    let door = match &around.warm {
        Some(warm) => {
            let limits = around.system.process_limits(&task.limits);
            Some(warm.door(&task.own, around.system.uid(task.slot), limits)?)
        }
        None => None,
    };
    let spec = spec(
        around,
        task,
        exec,
        layers,
        door.as_ref().map(|door| door.path().to_owned()),
    );
    let Ahead { mut child, ear, status } = around.waiting.take(&around.system)?;
    let told = |ear: Ear| ear.tell(&spec, task.network.namespace.as_fd());
    let stands = tokio::time::timeout(START, stand(status, || told(ear), child.id(), ender))
        .await
        .unwrap_or_else(|_| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the room was not built in time",
            ))
        });
    match stands {
        Ok(true) => {
            if let (Some(door), Some(init)) = (&door, &*ender.0.init.lock().unwrap_or_else(PoisonError::into_inner)) {
                door.open(init.try_clone()?, ender.0.group.as_ref().map(Group::path));
            }
            Ok((child, door))
        }
        Ok(false) => {
            let mut said = String::new();
            if let Some(errors) = child.stderr.take() {
                let _ = errors.take(4 << 10).read_to_string(&mut said).await;
            }
            let status = child.wait().await?;
            let how = if status.code() == Some(NOT_STARTED) {
                String::new()
            } else {
                format!(" ({status})")
            };
            Err(io::Error::other(format!(
                "the room could not be built: {}{how}",
                said.trim()
            )))
        }
        Err(error) => Err(error),
    }
}

/// Follows the status socket: the number of process 1, of which a handle is kept, then that everything stands.
async fn stand(
    mut status: UnixStream,
    tell: impl FnOnce() -> io::Result<()>,
    outer: Option<u32>,
    ender: &Ender,
) -> io::Result<bool> {
    let Ok(number) = status.read_i32_le().await else {
        return Ok(false);
    };
    let pid = Pid::from_raw(number).ok_or_else(|| io::Error::other("a process without a number"))?;
    // It waits to be told what it is to be, so the number is still its; where it is not there any more, it was killed.
    let Ok(init) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else {
        return Ok(false);
    };
    *ender.0.init.lock().unwrap_or_else(PoisonError::into_inner) = Some(init);
    if let Some(group) = &ender.0.group {
        // Whatever ends the group ends both; whatever they start from here on is in it.
        for process in outer.into_iter().chain(number.try_into()) {
            group.take(process)?;
        }
    }
    if tell().is_err() {
        return Ok(false);
    }
    let stands = status.read_u8().await.is_ok_and(|byte| byte == READY);
    if stands && let Some(init) = &*ender.0.init.lock().unwrap_or_else(PoisonError::into_inner) {
        *ender.0.inside.lock().unwrap_or_else(PoisonError::into_inner) = Inside::of(number, init);
    }
    Ok(stands)
}
