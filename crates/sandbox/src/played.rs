//! A played machine for tests: a guest that greets and answers as the real one does, and then as the test says.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, TaskId};
use deskhand_wire::mux::{Mux, Side, Stream};
use deskhand_wire::{Exec, Limits, Reply, Request, frame, greet};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use crate::backend::{Channel, Port, Vm};
use crate::collect::tests::Blobs;
use crate::link::{Link, Outlets};
use crate::machine::Machine;
use crate::own::Own;
use crate::share::ShareServer;
use crate::{Connection, Outlet, RoomSetup, SandboxError};

/// What a test holds of the guest.
pub(crate) struct Guest {
    /// The stream of the shared folders, greeted.
    pub fs: DuplexStream,
    /// The connections of programs.
    pub net: DuplexStream,
    /// Commands that were asked for, with the streams to answer them on.
    pub commands: mpsc::UnboundedReceiver<(Exec, Stream)>,
}

/// A machine whose guest is played.
pub(crate) async fn machine(
    places: &crate::image::Places,
    share: Arc<ShareServer>,
    outlets: Outlets,
) -> (Machine, Guest) {
    let [(ctl, guest_ctl), (fs, mut guest_fs), (net, mut guest_net)] = [(); 3].map(|()| tokio::io::duplex(1 << 16));
    let (send, commands) = mpsc::unbounded_channel();
    let (give, greeted) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut ctl = guest_ctl;
        greet::guest(&mut ctl).await.unwrap();
        greet::guest(&mut guest_fs).await.unwrap();
        greet::guest(&mut guest_net).await.unwrap();
        let _ = give.send((guest_fs, guest_net));
        let mut ctl = Mux::new(ctl, Side::Guest);
        while let Some(mut stream) = ctl.accept().await {
            match frame::read::<_, Request>(&mut stream).await.unwrap() {
                Request::Exec(exec) => drop(send.send((exec, stream))),
                _ => frame::write(&mut stream, &Reply::Done).await.unwrap(),
            }
        }
    });
    let streams: [Box<dyn Channel>; 3] = [Box::new(ctl), Box::new(fs), Box::new(net)];
    let link = Link::greet(streams, share, outlets, Duration::from_secs(5))
        .await
        .unwrap();
    let (fs, net) = greeted.await.unwrap();
    let machine = Machine::played(link, Box::new(NoVm), Own::new(places).unwrap());
    (machine, Guest { fs, net, commands })
}

/// A machine without a process.
struct NoVm;

#[async_trait::async_trait]
impl Vm for NoVm {
    fn open_stream(&mut self, _port: Port) -> Option<Box<dyn Channel>> {
        None
    }
    async fn save(&mut self, _file: &Path) -> Result<(), SandboxError> {
        Ok(())
    }
    async fn kill(&mut self) {}
    async fn gone(&self) -> String {
        std::future::pending().await
    }
    fn process(&self) -> Option<u32> {
        None
    }
}

/// A task with one empty folder, `work`.
pub(crate) fn setup() -> RoomSetup {
    RoomSetup {
        task: TaskId::new("01task"),
        folders: vec![("work".to_owned(), true)],
        shared: Arc::new(Empty),
        blobs: Arc::new(Blobs::default()),
        outlet: Arc::new(Closed),
        limits: Limits {
            memory: 64 << 20,
            processes: 10,
            cpu_percent: 100,
            disk: 64 << 20,
        },
    }
}

struct Empty;

impl SharedFolders for Empty {
    fn look(&self, _: &GuestPath) -> Result<Shared, ShareError> {
        Err(ShareError::Absent)
    }
    fn list(&self, _: &GuestPath, _: usize) -> Result<Vec<SharedEntry>, ShareError> {
        Ok(Vec::new())
    }
    fn open(&self, _: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        Err(ShareError::Absent)
    }
    fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
        Err(ShareError::Absent)
    }
}

struct Closed;

#[async_trait::async_trait]
impl Outlet for Closed {
    async fn serve(&self, _task: &TaskId, connection: Connection) {
        drop(connection);
    }
    fn certificate(&self) -> String {
        String::new()
    }
}
