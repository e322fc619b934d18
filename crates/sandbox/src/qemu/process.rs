//! Starting the process: files and streams become descriptors, root becomes nobody.

use std::fs::{File, OpenOptions, Permissions};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::net::UnixStream;

use super::arguments::{Descriptors, arguments};
use super::probe::NOBODY;
use super::{Acceleration, QemuBackend, probe};
use crate::backend::{From, MachineSpec, Port};
use crate::child::Child;
use crate::console::Console;
use crate::{SandboxError, error::host};

/// A started QEMU, its processors stopped.
pub(super) struct Process {
    pub child: Child,
    pub monitor: UnixStream,
    pub ports: Vec<(Port, UnixStream)>,
    /// The memory of a template in the making, where it is to be taken back ([`take_back`]).
    pub template: Option<File>,
}

/// Starts QEMU with its processors stopped.
pub(super) fn spawn(with: &QemuBackend, spec: &MachineSpec, from: &From) -> Result<Process, SandboxError> {
    let failed = |error: std::io::Error| host("starting QEMU", error);
    let open = |path: &Path, writable: bool| {
        OpenOptions::new()
            .read(true)
            .write(writable)
            .open(path)
            .map_err(|error| host(&format!("opening {}", path.display()), error))
    };
    let boots = *from == From::Boot;
    // Then a template's memory never is QEMU's to write, once it is made.
    let guarded = with.qemu.maps_read_only();
    let kernel = open(&spec.kernel, false)?;
    let initramfs = open(&spec.initramfs, false)?;
    let root = open(&spec.root, false)?;
    let scratch = open(&spec.scratch, true)?;
    let memory = open(&spec.memory, boots || !guarded)?;
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
    let mut command = Command::new(&with.qemu.program);
    command
        .args(arguments(spec, from, with.acceleration, guarded, descriptors))
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null());
    let mut template = None;
    if rustix::process::geteuid().is_root() {
        // QEMU opens files again through their descriptors: what it writes must be its user's, the rest readable by
        // all, whatever the umask was when they were made.
        give_away(&scratch).map_err(failed)?;
        for file in [&kernel, &initramfs, &root] {
            open_to_all(file).map_err(failed)?;
        }
        if boots || !guarded {
            give_away(&memory).map_err(failed)?;
        }
        if boots && guarded {
            template = Some(memory.try_clone().map_err(failed)?);
        }
        let group = match with.acceleration {
            Acceleration::Kvm => probe::group_for_kvm().map_err(|why| host("starting QEMU", why))?,
            Acceleration::Tcg => NOBODY,
        };
        run_as_nobody(&mut command, group);
    }
    let inherited = [kernel, initramfs, root, scratch, memory]
        .map(OwnedFd::from)
        .into_iter()
        .chain([ctl.1, fs.1, net.1, monitor_end].map(OwnedFd::from))
        .collect();
    let console = Console {
        file: spec.console.clone(),
        always: boots,
    };
    let child = Child::spawn_with("QEMU", command, inherited, Some(console))?;
    Ok(Process {
        child,
        monitor: asynchronous(monitor).map_err(failed)?,
        ports: vec![
            (Port::Ctl, asynchronous(ctl.0).map_err(failed)?),
            (Port::Fs, asynchronous(fs.0).map_err(failed)?),
            (Port::Net, asynchronous(net.0).map_err(failed)?),
        ],
        template,
    })
}

fn pair() -> Result<(StdStream, StdStream), SandboxError> {
    StdStream::pair().map_err(|error| host("starting QEMU", error))
}

fn asynchronous(stream: StdStream) -> std::io::Result<UnixStream> {
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// Makes the program run as `nobody`, with one group and no other.
fn run_as_nobody(command: &mut Command, group: u32) {
    command.gid(group).uid(NOBODY);
}

/// Makes a file nobody's. Only where it is not yet: giving it again would change when it was changed last, which is how
/// a template is known to be whole.
fn give_away(file: &File) -> std::io::Result<()> {
    if file.metadata()?.uid() == NOBODY {
        return Ok(());
    }
    fchown(file, Some(NOBODY), Some(NOBODY))
}

/// Makes a file root's again, for everybody to read.
pub(super) fn take_back(file: &File) -> std::io::Result<()> {
    fchown(file, Some(0), Some(0))?;
    open_to_all(file)
}

fn open_to_all(file: &File) -> std::io::Result<()> {
    let mode = file.metadata()?.mode();
    if mode & 0o444 == 0o444 {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode((mode | 0o444) & 0o7777))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Whether a program that runs as QEMU does, in that group, can open the file to read and write.
    fn opens(file: &Path, group: u32) -> bool {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec 3<>\"$0\""]).arg(file).stderr(Stdio::null());
        run_as_nobody(&mut command, group);
        command.status().unwrap().success()
    }

    /// A device as `/dev/kvm` is by default: for root and one group.
    #[test]
    fn what_only_a_group_may_use_is_used_with_that_group_and_the_probe_says_so() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let device = folder.path().join("kvm");
        let file = File::create(&device).unwrap();
        fchown(&file, Some(0), Some(4321)).unwrap();
        for (mode, reachable) in [(0o660, true), (0o666, true), (0o600, false), (0o640, false)] {
            file.set_permissions(Permissions::from_mode(mode)).unwrap();
            let group = probe::group_to_open(&file.metadata().unwrap());
            assert_eq!(group.is_ok(), reachable, "{mode:o}");
            assert_eq!(opens(&device, group.unwrap_or(4321)), reachable, "{mode:o}");
        }
        // Without the group it does not: so the group is what makes the difference.
        file.set_permissions(Permissions::from_mode(0o660)).unwrap();
        assert!(!opens(&device, NOBODY));
        // The group of root is given to nobody.
        fchown(&file, Some(0), Some(0)).unwrap();
        assert!(probe::group_to_open(&file.metadata().unwrap()).is_err());
    }

    #[test]
    fn what_a_strict_umask_closed_is_opened_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("root.erofs")).unwrap();
        file.set_permissions(Permissions::from_mode(0o600)).unwrap();
        open_to_all(&file).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o644);
    }
}
