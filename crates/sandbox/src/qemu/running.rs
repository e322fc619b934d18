//! A QEMU that runs: started with its state, spoken to, saved, ended.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{QemuBackend, process, qmp};
use crate::backend::{Channel, From, MachineSpec, Port, Vm};
use crate::child::Child;
use crate::{SandboxError, error::host};

/// Starting or saving takes longer only where something is wrong.
const DEADLINE: Duration = Duration::from_secs(60);

/// Starts a machine; its processors run when this returns. Nothing is left running when it fails.
pub(crate) async fn start(with: &QemuBackend, spec: &MachineSpec, from: &From) -> Result<Box<dyn Vm>, SandboxError> {
    let process = process::spawn(with, spec, from)?;
    let child = Arc::new(process.child);
    let machine = Arc::downgrade(&child);
    // A guest whose disk lost something must not go on as if it had not.
    let broken = move |why| {
        if let Some(child) = machine.upgrade() {
            child.end_because(why);
        }
    };
    let started = async {
        let mut qmp = qmp::Qmp::greet(process.monitor, broken).await?;
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
            child.kill();
            // What QEMU itself said explains more than a closed socket.
            let said = child.said().await;
            return Err(if said.is_empty() {
                error
            } else {
                host("starting QEMU", said)
            });
        }
        Err(_) => {
            child.kill();
            child.gone().await;
            return Err(host("starting QEMU", "no answer within a minute"));
        }
    };
    Ok(Box::new(QemuVm {
        qmp,
        child,
        ports: process.ports,
        held: Vec::new(),
        template: process.template,
    }))
}

/// A running QEMU.
struct QemuVm {
    qmp: qmp::Qmp,
    child: Arc<Child>,
    ports: Vec<(Port, tokio::net::UnixStream)>,
    /// The streams that were given out, held open. A guest that sees its host hang up before it is stopped is saved with
    /// that, and to its runtime a port that hung up once never makes anybody wait again: every machine of that state would
    /// spend half its time asking for nothing.
    held: Vec<OwnedFd>,
    /// The memory of the template that is being made, when it is to be this user's again afterwards.
    template: Option<File>,
}

#[async_trait::async_trait]
impl Vm for QemuVm {
    fn open_stream(&mut self, port: Port) -> Option<Box<dyn Channel>> {
        let at = self.ports.iter().position(|(name, _)| *name == port)?;
        let (_, stream) = self.ports.swap_remove(at);
        self.held.push(stream.as_fd().try_clone_to_owned().ok()?);
        Some(Box::new(stream))
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
        if let (Ok(()), Some(memory)) = (&result, self.template.take()) {
            process::take_back(&memory).map_err(|error| host("saving the machine", error))?;
        }
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
