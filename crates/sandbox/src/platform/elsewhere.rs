//! Every other system: there is no sandbox for it yet.

use std::io;
use std::path::Path;

use crate::SandboxError;
use crate::backend::{From, MachineSpec, Vm, Way};
use crate::qemu::QemuBackend;

fn unavailable() -> SandboxError {
    SandboxError::Unavailable {
        why: "there is no sandbox for this system yet".to_owned(),
        hint: "Commands run on Linux only, so far. File tools work without it.".to_owned(),
    }
}

/// Whether there is a sandbox for this system at all.
pub(crate) fn has_sandbox() -> Result<(), SandboxError> {
    Err(unavailable())
}

/// Not told.
pub(crate) const fn free_space(_folder: &Path) -> Option<u64> {
    None
}

/// In no way.
pub(crate) fn ways() -> Result<Vec<Way>, SandboxError> {
    Err(unavailable())
}

/// Starts no machine.
#[allow(clippy::unused_async, reason = "as on Linux")]
pub(crate) async fn start_qemu(_: &QemuBackend, _: &MachineSpec, _: &From) -> Result<Box<dyn Vm>, SandboxError> {
    Err(unavailable())
}

/// Starts no process.
pub(crate) fn start_confined(_agent: &Path, _own: &Path) -> Result<Box<dyn Vm>, SandboxError> {
    Err(unavailable())
}

/// Ends nothing: no machine can have been started.
pub(crate) const fn end_process(_process: u32, _started: u64) -> bool {
    false
}

/// Not told.
pub(crate) const fn process_started(_process: u32) -> Option<u64> {
    None
}

/// Copies nothing: only machines need it.
pub(crate) fn copy_sparse(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Hashes nothing: only machines need it.
pub(crate) fn hash_sparse(_path: &Path) -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}
