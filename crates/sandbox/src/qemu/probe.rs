//! Which QEMU is there, and what this computer can do for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::SandboxError;

/// The oldest QEMU whose devices and migration this was made with.
const OLDEST: (u32, u32) = (7, 0);

/// The first QEMU that can make memory that is written from a file that is only read (`rom=off`).
#[cfg(target_os = "linux")]
const MAPS_READ_ONLY: (u32, u32) = (8, 2);

/// The user a machine runs as where Deskhand is root, and that user's group: `nobody`.
#[cfg(target_os = "linux")]
pub(super) const NOBODY: u32 = 65_534;

/// A QEMU on this computer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Qemu {
    /// The program.
    pub program: PathBuf,
    /// Its version with the packager's own, as it says: states are only loaded by exactly the same.
    pub version: String,
}

#[cfg(target_os = "linux")]
impl Qemu {
    /// Whether it can map a template's memory without the right to change it.
    pub(super) fn maps_read_only(&self) -> bool {
        numbers(&self.version).is_some_and(|numbers| numbers >= MAPS_READ_ONLY)
    }
}

/// How a guest's instructions are run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Acceleration {
    /// By the processor, through the kernel's KVM.
    Kvm,
    /// Translated in software.
    Tcg,
}

impl Acceleration {
    /// The name QEMU has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg",
        }
    }

    /// Virtual processors. One in software: with two, small operations get up to ten times slower.
    pub const fn processors(self) -> u32 {
        match self {
            Self::Kvm => 2,
            Self::Tcg => 1,
        }
    }

    /// What a saved state depends on beside QEMU itself: with KVM the guest sees this very processor.
    pub(super) fn identity(self) -> String {
        match self {
            Self::Tcg => self.as_str().to_owned(),
            Self::Kvm => format!("{} {}", self.as_str(), processor_line("model name").unwrap_or_default()),
        }
    }
}

/// Finds QEMU and asks for its version.
///
/// # Errors
/// Not there, too old, or it does not run.
pub fn find() -> Result<Qemu, SandboxError> {
    crate::platform::has_sandbox()?;
    let name = if cfg!(target_arch = "aarch64") {
        "qemu-system-aarch64"
    } else {
        "qemu-system-x86_64"
    };
    let install = "Install QEMU (Debian, Ubuntu: `sudo apt-get install qemu-system-x86`; Fedora: `sudo dnf install qemu-system-x86`), then try again. File tools work without it.";
    let unavailable = |why: String| SandboxError::Unavailable {
        why,
        hint: install.to_owned(),
    };
    let program = super::on_path(name).ok_or_else(|| unavailable("QEMU is not installed".to_owned()))?;
    static ASKED: Mutex<Option<(FileStamp, Qemu)>> = Mutex::new(None);
    let stamp = FileStamp::of(&program);
    if let (Some(stamp), Some((asked, known))) = (&stamp, &*ASKED.lock().unwrap_or_else(PoisonError::into_inner))
        && stamp == asked
    {
        return Ok(known.clone());
    }
    let output = Command::new(&program)
        .arg("--version")
        .output()
        .map_err(|error| unavailable(format!("QEMU does not start ({error})")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = parse(&text).ok_or_else(|| unavailable("QEMU does not tell its version".to_owned()))?;
    if version.0 < OLDEST {
        // Installing it again would bring the same version.
        return Err(SandboxError::Unavailable {
            why: format!(
                "QEMU {} is too old, {}.{} or later is needed",
                version.1, OLDEST.0, OLDEST.1
            ),
            hint: "Install a newer QEMU and put it first on the path: Debian 12, Ubuntu 24.04, Fedora 37 and later bring one (`sudo apt-get install qemu-system-x86`). File tools work without it.".to_owned(),
        });
    }
    let found = Qemu {
        program,
        version: version.1,
    };
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = stamp.map(|stamp| (stamp, found.clone()));
    Ok(found)
}

/// What changes with a file: a QEMU that is the same file is the same QEMU, and is asked once.
#[derive(PartialEq, Eq)]
struct FileStamp {
    path: PathBuf,
    size: u64,
    /// Device, inode, and when it was changed last in seconds and nanoseconds: only the kernel sets this time.
    identity: (u64, u64, i64, i64),
}

impl FileStamp {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let file = std::fs::metadata(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            size: file.len(),
            identity: (file.dev(), file.ino(), file.ctime(), file.ctime_nsec()),
        })
    }

    /// Elsewhere nothing says so for certain: it is asked each time.
    #[cfg(not(unix))]
    const fn of(_: &Path) -> Option<Self> {
        None
    }
}

/// `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)` → ((7, 2), "7.2.22 (Debian 1:7.2+dfsg-7)").
fn parse(text: &str) -> Option<((u32, u32), String)> {
    let version = text.lines().next()?.split_once("version ")?.1.trim();
    Some((numbers(version)?, version.to_owned()))
}

/// `7.2.22 (Debian 1:7.2+dfsg-7)` → (7, 2).
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.parse().ok()?;
    Some((major, minor))
}

/// Whether the processor can run guests by itself, in words where it cannot. That `/dev/kvm` exists says little: a
/// KVM in software opens and makes machines too, and then takes minutes for a second's work. So the processor's flags
/// are asked as well, and a boot with a deadline decides ([`crate::template`]).
///
/// # Errors
/// Why not.
pub fn hardware_virtualisation() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("only on Linux through KVM, so far".to_owned());
    }
    let flags = processor_line("flags").unwrap_or_default();
    if !flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm") {
        return Err(
            "the processor offers no virtualisation (off in the firmware, or this is itself a virtual machine)"
                .to_owned(),
        );
    }
    match std::fs::OpenOptions::new().read(true).write(true).open(KVM) {
        Ok(_) => usable_by_qemu(),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err("/dev/kvm may not be used by you: add yourself to the group `kvm`".to_owned())
        }
        Err(error) => Err(format!("/dev/kvm cannot be used: {error}")),
    }
}

const KVM: &str = "/dev/kvm";

/// Whether QEMU, which is `nobody` where this is root, may use what root just opened.
#[cfg(target_os = "linux")]
fn usable_by_qemu() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    group_for_kvm().map(drop)
}

#[cfg(not(target_os = "linux"))]
fn usable_by_qemu() -> Result<(), String> {
    Ok(())
}

/// The group QEMU must be in to use KVM as `nobody`.
#[cfg(target_os = "linux")]
pub(super) fn group_for_kvm() -> Result<u32, String> {
    let device = std::fs::metadata(KVM).map_err(|error| format!("{KVM} cannot be used: {error}"))?;
    group_to_open(&device)
}

/// The group `nobody` must be in to read and write a file: any, or the file's, unless that is root's own.
#[cfg(target_os = "linux")]
pub(super) fn group_to_open(file: &std::fs::Metadata) -> Result<u32, String> {
    use std::os::unix::fs::MetadataExt as _;
    if file.mode() & 0o006 == 0o006 {
        return Ok(NOBODY);
    }
    if file.mode() & 0o060 == 0o060 && file.gid() != 0 {
        return Ok(file.gid());
    }
    Err(format!(
        "{KVM} is root's alone, and machines run as `nobody`: `chgrp kvm {KVM} && chmod 660 {KVM}` lets them use it"
    ))
}

fn processor_line(name: &str) -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.split_once(':'))
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_qemu_writes_them() {
        let debian = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright (c) …\n";
        assert_eq!(
            parse(debian),
            Some(((7, 2), "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)".to_owned()))
        );
        assert_eq!(
            parse("QEMU emulator version 10.1.0\n"),
            Some(((10, 1), "10.1.0".to_owned()))
        );
        assert_eq!(parse("something else"), None);
        assert!(parse(debian).is_some_and(|(version, _)| version >= OLDEST));
        assert!(parse("QEMU emulator version 6.2.0").is_some_and(|(version, _)| version < OLDEST));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_mapped_read_only_from_the_version_on_that_can() {
        let maps_read_only = |version: &str| {
            let qemu = Qemu {
                program: PathBuf::new(),
                version: version.to_owned(),
            };
            qemu.maps_read_only()
        };
        assert!(!maps_read_only("7.2.22 (Debian 1:7.2+dfsg-7)") && !maps_read_only("8.1.5"));
        assert!(maps_read_only("8.2.0") && maps_read_only("10.1.0"));
    }
}
