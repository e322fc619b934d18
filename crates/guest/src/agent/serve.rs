//! The conversation with the host: greetings, then requests until the host is gone or freezes the machine.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskhand_wire::frame;
use deskhand_wire::mux::{Mux, Opener, Side, Stream};
use deskhand_wire::{Failure, FailureKind, Reply, Request, greet};
use tokio::sync::Notify;

use crate::agent::exec::{self, Around, Waiting};
use crate::agent::hello;
use crate::agent::port::Port;
use crate::agent::share::Share;
use crate::agent::system::System;
use crate::agent::task::{Tasks, failure, request};
use crate::agent::warm::Warm;

/// How long last words may take to be sent before a stream is given up.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The three streams.
pub(crate) struct Ports {
    pub ctl: Arc<Port>,
    pub fs: Arc<Port>,
    pub net: Arc<Port>,
}

/// What stays from one conversation to the next.
pub(crate) struct Agent {
    pub system: Arc<System>,
    pub ports: Ports,
    pub warm: Option<Arc<Warm>>,
    /// The next command's first process.
    pub waiting: Arc<Waiting>,
    pub tasks: Tasks,
}

/// A thread that waited for disks is kept: it is in the saved memory then, and no machine that starts from there has to
/// make it.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// One thread: the machine has one processor.
pub(crate) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_keep_alive(KEPT)
        .build()
}

impl Agent {
    /// One conversation: from a greeting until the host is gone or freezes the machine.
    pub async fn converse(self: &Arc<Self>) -> io::Result<()> {
        let broken = |error: frame::FrameError| io::Error::other(error);
        let (mut ctl, ctl_end) = self.ports.ctl.converse();
        let (mut fs, _) = self.ports.fs.converse();
        let (mut net, net_end) = self.ports.net.converse();
        greet::guest(&mut ctl).await.map_err(broken)?;
        greet::guest(&mut fs).await.map_err(broken)?;
        greet::guest(&mut net).await.map_err(broken)?;
        let owner = rustix::process::geteuid().as_raw();
        let share = Share::mount(fs, &self.system.shared.to_string_lossy(), owner)?;
        let net = Mux::new(net, Side::Guest);
        let out = net.opener();
        self.tasks.connect(&out)?;
        let mut ctl = Mux::new(ctl, Side::Guest);
        let link = Arc::new(Link {
            agent: self.clone(),
            share: Mutex::new(Some(Arc::new(share))),
            out,
            frozen: Notify::new(),
        });
        loop {
            tokio::select! {
                stream = ctl.accept() => match stream {
                    Some(stream) => drop(tokio::spawn(serve(link.clone(), stream))),
                    None => break,
                },
                () = link.frozen.notified() => break,
            }
        }
        link.let_go();
        self.tasks.disconnect();
        drop((ctl, net, link));
        // Their last words must be out before the next greeting is answered.
        let _ = tokio::time::timeout(LAST_WORDS, ctl_end).await;
        let _ = tokio::time::timeout(LAST_WORDS, net_end).await;
        Ok(())
    }
}

/// One conversation.
struct Link {
    agent: Arc<Agent>,
    share: Mutex<Option<Arc<Share>>>,
    out: Opener,
    frozen: Notify,
}

impl Link {
    fn share(&self) -> Result<Arc<Share>, Failure> {
        let share = self.share.lock().unwrap_or_else(PoisonError::into_inner).clone();
        share.ok_or_else(|| request("the machine is being put away"))
    }

    /// Unmounts the host's folders.
    fn let_go(&self) {
        drop(self.share.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Gets ready for a snapshot. From here on nothing is read from the host: what it says next is for the machine
    /// that wakes up.
    fn freeze(&self) -> Result<(), Failure> {
        if self.agent.tasks.running() > 0 {
            return Err(request("a command is running"));
        }
        self.let_go();
        rustix::fs::sync();
        for port in [&self.agent.ports.ctl, &self.agent.ports.fs, &self.agent.ports.net] {
            port.retire();
        }
        Ok(())
    }
}

/// Serves one request.
async fn serve(link: Arc<Link>, mut stream: Stream) {
    let Ok(wish) = frame::read::<_, Request>(&mut stream).await else {
        return;
    };
    let agent = &link.agent;
    let result = match wish {
        Request::Hello(told) => hello::greet(&told, agent.system.is_machine),
        Request::OpenTask(open) => {
            let (link, doing) = (link.clone(), move |link: &Link| {
                link.agent.tasks.open(&link.agent.system, open, &link.out)
            });
            blocking(link, doing).await
        }
        Request::CloseTask(slot) => {
            let doing = move |link: &Link| {
                link.agent.tasks.close(&link.agent.system, slot)?;
                link.agent.tasks.prepare(&link.agent.system);
                Ok(())
            };
            blocking(link.clone(), doing).await
        }
        Request::Exec(wish) => {
            let ready = link.share().and_then(|share| Ok((share, agent.tasks.get(wish.slot)?)));
            match ready {
                Ok((share, task)) => {
                    let around = Around {
                        system: agent.system.clone(),
                        share,
                        warm: agent.warm.clone(),
                        waiting: agent.waiting.clone(),
                    };
                    exec::serve(&around, &task, wish, stream).await;
                }
                Err(failure) => {
                    let _ = frame::write(&mut stream, &deskhand_wire::ExecEvent::Failed(failure)).await;
                }
            }
            return;
        }
        Request::Freeze => {
            let result = link.freeze();
            let frozen = result.is_ok();
            answer(&mut stream, result).await;
            drop(stream);
            if frozen {
                link.frozen.notify_one();
            }
            return;
        }
    };
    answer(&mut stream, result).await;
}

/// Does what waits for disks beside what waits for streams.
async fn blocking(
    link: Arc<Link>,
    what: impl FnOnce(&Link) -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let _guard = runtime.enter();
        what(&link)
    })
    .await
    .unwrap_or_else(|error| Err(failure(FailureKind::System, &io::Error::other(error))))
}

async fn answer(stream: &mut Stream, result: Result<(), Failure>) {
    let reply = match result {
        Ok(()) => Reply::Done,
        Err(failure) => Reply::Failed(failure),
    };
    let _ = frame::write(stream, &reply).await;
}
