//! Linux: machines through QEMU, confined processes, handles of processes, sparse copies.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::SandboxError;
use crate::backend::Way;

pub(crate) use crate::os::start as start_confined;
pub(crate) use crate::qemu::running::start as start_qemu;

/// Whether there is a sandbox for this system at all.
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it refuses")]
pub(crate) const fn has_sandbox() -> Result<(), SandboxError> {
    Ok(())
}

/// Bytes this user may still write on the disk of a folder.
pub(crate) fn free_space(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// How machines can be run on this computer, the fastest way first.
pub(crate) fn ways() -> Result<Vec<Way>, SandboxError> {
    crate::qemu::ways()
}

/// Ends a process, if it is still the one that started then.
pub(crate) fn end_process(process: u32, started: u64) -> bool {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return false;
    };
    // The handle first, then the look at whose it is: so it cannot become another's in between.
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
        return false;
    };
    process_started(process) == Some(started) && pidfd_send_signal(&handle, Signal::KILL).is_ok()
}

/// When a process started, in clock ticks since the computer did (field 22 of proc(5)'s `stat`).
pub(crate) fn process_started(process: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Copies a file so that what is not written in the source takes no room in the copy.
pub(crate) fn copy_sparse(from: &Path, to: &Path) -> io::Result<()> {
    let (source, target) = (File::open(from)?, File::create(to)?);
    target.set_len(source.metadata()?.len())?;
    written(&source, |at, piece| target.write_all_at(piece, at))
}

/// A hash of what is in a file, the same however much of its zeros is holes.
pub(crate) fn hash_sparse(path: &Path) -> io::Result<String> {
    const PAGE: usize = 4 << 10;
    let file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&file.metadata()?.len().to_le_bytes());
    written(&file, |at, piece| {
        for (page, number) in piece.chunks(PAGE).zip(at / PAGE as u64..) {
            if page.iter().any(|byte| *byte != 0) {
                hasher.update(&number.to_le_bytes()).update(page);
            }
        }
        Ok(())
    })?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Hands over what was written in a file, piece by piece, with its place; holes are skipped.
fn written(file: &File, mut take: impl FnMut(u64, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    // `seek` fails with NXIO when no data follows.
    while let Ok(start) = seek(file, SeekFrom::Data(at)) {
        let end = seek(file, SeekFrom::Hole(start))?;
        at = start;
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
            let Some(piece) = buffer.get_mut(..wanted) else { break };
            file.read_exact_at(piece, at)?;
            take(at, piece)?;
            at += wanted as u64;
        }
    }
    Ok(())
}
