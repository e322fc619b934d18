//! QEMU as the machine monitor: a child process without network, display, default devices or privileges.
//!
//! Files are handed over as descriptors: the process needs no right to any path of the person's. It runs under QEMU's
//! own seccomp filter, as an unprivileged user where Deskhand itself is root, and dies with its owner.

#[cfg(target_os = "linux")]
mod arguments;
mod probe;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod qmp;
#[cfg(target_os = "linux")]
pub(crate) mod running;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use probe::{Acceleration, Qemu, find, hardware_virtualisation};

use crate::backend::{From, MachineSpec, Vm, VmBackend, Way};
use crate::{SandboxError, platform};

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
        platform::start_qemu(self, spec, from).await
    }
}

/// A boot in software takes about ten seconds on a busy computer, with the libraries loaded thirty.
const BOOT_TCG: Duration = Duration::from_secs(180);
/// The guest greets once its Python has its libraries loaded. With real virtualisation that is two or three seconds after
/// the start, on a busy computer or a slow disk, with nothing of the image in memory yet, ten and more. What only looks
/// like virtualisation takes minutes.
pub(crate) const BOOT_KVM: Duration = Duration::from_secs(30);

/// The ways QEMU runs machines on this computer, the fastest first.
///
/// # Errors
/// As of [`find`].
pub(crate) fn ways() -> Result<Vec<Way>, SandboxError> {
    let qemu = find()?;
    let way = |acceleration, boot_within| Way {
        backend: Arc::new(QemuBackend {
            qemu: qemu.clone(),
            acceleration,
        }),
        boot_within,
    };
    let mut ways = vec![way(Acceleration::Tcg, BOOT_TCG)];
    if hardware_virtualisation().is_ok() {
        ways.insert(0, way(Acceleration::Kvm, BOOT_KVM));
    }
    Ok(ways)
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
