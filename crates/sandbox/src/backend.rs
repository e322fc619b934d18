//! What a virtual machine monitor must be able to do. Small, so that Apple's Virtualization.framework and Hyper-V's
//! compute service fit behind it as QEMU does: a machine is a kernel, two disks and three byte streams.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::SandboxError;

/// The streams of a machine, as `wire` names them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Port {
    /// Requests.
    Ctl,
    /// The shared folders.
    Fs,
    /// Connections of programs.
    Net,
}

impl Port {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ctl, Self::Fs, Self::Net];

    /// The name inside the guest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ctl => "ctl",
            Self::Fs => "fs",
            Self::Net => "net",
        }
    }
}

/// A byte stream to the guest.
pub trait Channel: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Channel for T {}

/// What a machine is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MachineSpec {
    /// The kernel.
    pub kernel: PathBuf,
    /// The first file system: agent and modules.
    pub initramfs: PathBuf,
    /// The disk everything is on; read-only.
    pub root: PathBuf,
    /// The disk for what is thrown away; writable, sparse.
    pub scratch: PathBuf,
    /// The file that backs the machine's memory. Written only when `start` makes a template.
    pub memory: PathBuf,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Where the end of the console's text is kept: of a boot always, of a restored machine when it ends unasked.
    pub console: PathBuf,
}

/// How a machine begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum From {
    /// From nothing, with its memory in the file, so that [`Vm::save`] leaves a template beside it.
    Boot,
    /// From a template or a suspended machine: the state in this file, the memory's file as it was then.
    State(PathBuf),
}

/// One way of running machines on this computer. `platform::ways` lists them, the fastest first; nothing above
/// knows what is behind it.
#[derive(Clone)]
pub struct Way {
    /// What starts machines.
    pub backend: Arc<dyn VmBackend>,
    /// A guest that boots this way answers within this time, or the way is no good here.
    pub boot_within: Duration,
}

/// Starts machines.
#[async_trait::async_trait]
pub trait VmBackend: Send + Sync {
    /// Name, version and kind of acceleration: what a saved state depends on.
    fn identity(&self) -> String;
    /// Starts a machine; its processors run when this returns.
    ///
    /// # Errors
    /// When it cannot be started. Nothing is left running.
    async fn start(&self, spec: &MachineSpec, from: &From) -> Result<Box<dyn Vm>, SandboxError>;
}

/// A running machine. Dropping it ends it.
#[async_trait::async_trait]
pub trait Vm: Send + Sync {
    /// Takes the stream of a port. Each can be taken once.
    fn open_stream(&mut self, port: Port) -> Option<Box<dyn Channel>>;
    /// Saves the state into `file` and ends the machine.
    ///
    /// # Errors
    /// When it cannot be saved; the machine is ended nevertheless.
    async fn save(&mut self, file: &Path) -> Result<(), SandboxError>;
    /// Ends the machine at once and waits until it is gone.
    async fn kill(&mut self);
    /// Waits until the machine is gone; says how, in words.
    async fn gone(&self) -> String;
    /// The process that is the machine, where there is one.
    fn process(&self) -> Option<u32>;
}
