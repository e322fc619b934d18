//! Starting the process: files and streams become descriptors, root becomes nobody.

use std::fs::{File, OpenOptions};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::net::UnixStream;

use super::Acceleration;
use super::arguments::{Descriptors, arguments};
use crate::backend::{From, MachineSpec, Port};
use crate::child::Child;
use crate::{SandboxError, error::host};

/// The user a machine runs as where Deskhand is root: `nobody`.
const NOBODY: u32 = 65_534;

/// A started QEMU, its processors stopped.
pub(super) struct Process {
    pub child: Child,
    pub monitor: UnixStream,
    pub ports: Vec<(Port, UnixStream)>,
}

/// Starts QEMU with its processors stopped.
pub(super) fn spawn(
    program: &Path,
    acceleration: Acceleration,
    spec: &MachineSpec,
    from: &From,
) -> Result<Process, SandboxError> {
    let failed = |error: std::io::Error| host("starting QEMU", error);
    let open = |path: &Path, writable: bool| {
        OpenOptions::new()
            .read(true)
            .write(writable)
            .open(path)
            .map_err(|error| host(&format!("opening {}", path.display()), error))
    };
    let console = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&spec.console)
        .map_err(failed)?;
    let kernel = open(&spec.kernel, false)?;
    let initramfs = open(&spec.initramfs, false)?;
    let root = open(&spec.root, false)?;
    let scratch = open(&spec.scratch, true)?;
    let memory = open(&spec.memory, true)?;
    let (monitor, monitor_end) = StdStream::pair().map_err(failed)?;
    let [ctl, fs, net] = [pair()?, pair()?, pair()?];
    let descriptors = Descriptors {
        kernel: kernel.as_raw_fd(),
        initramfs: initramfs.as_raw_fd(),
        root: root.as_raw_fd(),
        scratch: scratch.as_raw_fd(),
        memory: memory.as_raw_fd(),
        monitor: monitor_end.as_raw_fd(),
        ports: [ctl.1.as_raw_fd(), fs.1.as_raw_fd(), net.1.as_raw_fd()],
    };
    let mut command = Command::new(program);
    command
        .args(arguments(spec, from, acceleration, descriptors))
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(console);
    if rustix::process::geteuid().is_root() {
        // QEMU opens files again through their descriptors: the two it writes must be its user's, the others are
        // readable by all.
        give_away(&[&scratch, &memory]).map_err(failed)?;
        command.gid(NOBODY).uid(NOBODY);
    }
    let inherited = [kernel, initramfs, root, scratch, memory]
        .map(OwnedFd::from)
        .into_iter()
        .chain([ctl.1, fs.1, net.1, monitor_end].map(OwnedFd::from))
        .collect();
    let child = Child::spawn("QEMU", command, inherited)?;
    Ok(Process {
        child,
        monitor: asynchronous(monitor).map_err(failed)?,
        ports: vec![
            (Port::Ctl, asynchronous(ctl.0).map_err(failed)?),
            (Port::Fs, asynchronous(fs.0).map_err(failed)?),
            (Port::Net, asynchronous(net.0).map_err(failed)?),
        ],
    })
}

fn pair() -> Result<(StdStream, StdStream), SandboxError> {
    StdStream::pair().map_err(|error| host("starting QEMU", error))
}

fn asynchronous(stream: StdStream) -> std::io::Result<UnixStream> {
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

fn give_away(files: &[&File]) -> std::io::Result<()> {
    for file in files {
        std::os::unix::fs::fchown(file, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}
