//! Tier `os`: the same agent as a process on this computer, kept apart by namespaces, Landlock and seccomp.
//!
//! Weaker than a machine, since the kernel is shared; so it is used only where the person chose it, and every result
//! says so. The agent refuses where the kernel cannot enforce.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::net::UnixStream;

use crate::backend::{Channel, Port, Vm};
use crate::child::Child;
use crate::{SandboxError, error::host};

/// The agent as a process.
struct OsProcess {
    child: Child,
    ports: Vec<(Port, UnixStream)>,
}

/// Starts the agent, with its own files below `own`.
pub(crate) fn start(agent: &Path, own: &Path) -> Result<Box<dyn Vm>, SandboxError> {
    let failed = |error: std::io::Error| host("starting the confined agent", error);
    let mut command = Command::new(agent);
    command.arg("os").env_clear().stdin(Stdio::null()).stdout(Stdio::null());
    let mut inherited = Vec::new();
    let mut ports = Vec::new();
    for port in Port::ALL {
        let (ours, theirs) = StdStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        command
            .arg(format!("--{}", port.name()))
            .arg(theirs.as_raw_fd().to_string());
        inherited.push(OwnedFd::from(theirs));
        ports.push((port, UnixStream::from_std(ours).map_err(failed)?));
    }
    for (option, name) in [("--scratch", "scratch"), ("--root", "root")] {
        let folder = own.join(name);
        crate::folder::create_private(&folder).map_err(failed)?;
        command.arg(option).arg(folder);
    }
    let child = Child::spawn("the confined agent", command, inherited)?;
    Ok(Box::new(OsProcess { child, ports }))
}

#[async_trait::async_trait]
impl Vm for OsProcess {
    fn open_stream(&mut self, port: Port) -> Option<Box<dyn Channel>> {
        let at = self.ports.iter().position(|(name, _)| *name == port)?;
        Some(Box::new(self.ports.swap_remove(at).1))
    }

    async fn save(&mut self, _file: &Path) -> Result<(), SandboxError> {
        Err(SandboxError::Refused("a process cannot be saved".to_owned()))
    }

    async fn kill(&mut self) {
        self.child.kill();
        self.child.gone().await;
    }

    async fn gone(&self) -> String {
        let (how, said) = (self.child.gone().await, self.child.said().await);
        if said.is_empty() { how } else { format!("{how}: {said}") }
    }

    fn process(&self) -> Option<u32> {
        Some(self.child.id())
    }
}
