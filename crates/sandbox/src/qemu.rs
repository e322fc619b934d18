//! QEMU as the machine monitor: a child process without network, display, default devices or privileges.
//!
//! Files are handed over as descriptors: the process needs no right to any path of the person's. It runs under QEMU's
//! own seccomp filter, as an unprivileged user where Deskhand itself is root, and dies with its owner.

mod arguments;
mod probe;
mod process;
mod qmp;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use probe::{Acceleration, Qemu, find, hardware_virtualisation};

use crate::backend::{Channel, From, MachineSpec, Port, Vm, VmBackend};
use crate::child::Child;
use crate::{SandboxError, error::host};

/// Starting or saving takes longer only where something is wrong.
const DEADLINE: Duration = Duration::from_secs(60);

/// QEMU with one kind of acceleration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QemuBackend {
    /// The program.
    pub qemu: Qemu,
    /// How it runs the guest's instructions.
    pub acceleration: Acceleration,
}

#[async_trait::async_trait]
impl VmBackend for QemuBackend {
    fn identity(&self) -> String {
        format!("qemu {} {}", self.qemu.version, self.acceleration.identity())
    }

    async fn start(&self, spec: &MachineSpec, from: &From) -> Result<Box<dyn Vm>, SandboxError> {
        let process = process::spawn(&self.qemu.program, self.acceleration, spec, from)?;
        let started = async {
            let mut qmp = qmp::Qmp::greet(process.monitor).await?;
            match from {
                From::Boot => qmp.run("cont", None).await?,
                From::State(state) => {
                    qmp.migration_capabilities().await?;
                    qmp.load(state).await?;
                }
            }
            Ok::<_, SandboxError>(qmp)
        };
        let qmp = match tokio::time::timeout(DEADLINE, started).await {
            Ok(Ok(qmp)) => qmp,
            Ok(Err(error)) => {
                process.child.kill();
                // What QEMU itself said explains more than a closed socket.
                let said = process.child.said().await;
                return Err(if said.is_empty() {
                    error
                } else {
                    host("starting QEMU", said)
                });
            }
            Err(_) => {
                process.child.kill();
                return Err(host("starting QEMU", "no answer within a minute"));
            }
        };
        Ok(Box::new(QemuVm {
            qmp,
            child: process.child,
            ports: process.ports,
        }))
    }
}

/// A running QEMU.
struct QemuVm {
    qmp: qmp::Qmp,
    child: Child,
    ports: Vec<(Port, tokio::net::UnixStream)>,
}

#[async_trait::async_trait]
impl Vm for QemuVm {
    fn open_stream(&mut self, port: Port) -> Option<Box<dyn Channel>> {
        let at = self.ports.iter().position(|(name, _)| *name == port)?;
        Some(Box::new(self.ports.swap_remove(at).1))
    }

    async fn save(&mut self, file: &Path) -> Result<(), SandboxError> {
        let saved = async {
            self.qmp.run("stop", None).await?;
            self.qmp.migration_capabilities().await?;
            self.qmp.save(file).await
        };
        let result = tokio::time::timeout(DEADLINE, saved)
            .await
            .unwrap_or_else(|_| Err(host("saving the machine", "no end within a minute")));
        self.kill().await;
        result
    }

    async fn kill(&mut self) {
        self.child.kill();
        self.child.gone().await;
    }

    async fn gone(&self) -> String {
        self.child.gone().await
    }

    fn process(&self) -> Option<u32> {
        Some(self.child.id())
    }
}

/// Where QEMU is looked for beside the search path: installers for Windows and macOS put it here.
const USUAL_PLACES: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/// The program, by name, on the search path or in the usual places.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(USUAL_PLACES.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
