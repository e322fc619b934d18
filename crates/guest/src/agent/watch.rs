//! What a task of tier `os` takes of the disk, and how many processes it has. There is no quota and no control group
//! there, and the kernel's limit on processes does not hold for whoever is root outside; so it is looked at, as long as
//! a command runs, and too much ends the command.
//!
//! Looking is weaker than a quota: what is written between two looks is there, and a file that is deleted and still
//! open is not seen. That the disk gets full is seen in any case.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskhand_wire::Why;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::agent::boot::doing;
use crate::agent::quota::MAX_FILES;
use crate::agent::task::Task;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// Looking takes at most one part in so many of the time.
const SHARE: u32 = 5;
/// What a command may add where its task had used up everything before: else nothing could run that tidies up.
const SLACK: u64 = 1 << 20;
/// Left free on the disk for everything else on this computer.
const RESERVE: u64 = 1 << 30;

/// What a command's task may take.
pub(crate) struct Watch {
    scratch: PathBuf,
    bytes: u64,
    files: u64,
    /// The disk is not filled beyond this.
    reserve: u64,
    processes: u64,
}

/// Bytes and files in a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Taken {
    bytes: u64,
    files: u64,
}

impl Watch {
    /// For a command that is about to begin.
    pub async fn before(task: &Task) -> io::Result<Self> {
        let (scratch, limits) = (task.scratch.clone(), task.limits);
        let made = tokio::task::spawn_blocking(move || {
            let taken = taken(&scratch, u64::MAX, u64::MAX);
            Ok(Self {
                bytes: limits.disk.max(taken.bytes + SLACK),
                files: MAX_FILES.max(taken.files + 1_000),
                // Where less than that is free already, it is not this command that filled it.
                reserve: RESERVE.min(free(&scratch)? / 2),
                processes: u64::from(limits.processes),
                scratch,
            })
        });
        made.await
            .map_err(io::Error::other)?
            .map_err(|error: io::Error| doing("looking at the disk")(error))
    }

    /// Returns once the command has taken too much. `inside`: its processes, where they can be seen.
    pub async fn too_much(self, inside: Option<Inside>) -> Why {
        let watch = Arc::new((self, inside));
        loop {
            let (looking, begun) = (watch.clone(), Instant::now());
            let look = tokio::task::spawn_blocking(move || looking.0.look(looking.1.as_ref()));
            if let Ok(Some(why)) = look.await {
                return why;
            }
            tokio::time::sleep(PAUSE.max(begun.elapsed() * SHARE)).await;
        }
    }

    fn look(&self, inside: Option<&Inside>) -> Option<Why> {
        if inside.is_some_and(|inside| inside.count() > self.processes) {
            return Some(Why::TooManyProcesses);
        }
        let taken = taken(&self.scratch, self.bytes, self.files);
        let is_full = free(&self.scratch).is_ok_and(|free| free < self.reserve);
        (taken.bytes > self.bytes || taken.files > self.files || is_full).then_some(Why::TooMuchDisk)
    }
}

/// What is free on the disk a folder is on.
fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// What is in a folder, as far as it can be seen; no further than one of the bounds. What vanishes meanwhile counts
/// for nothing.
fn taken(folder: &Path, bytes: u64, files: u64) -> Taken {
    let mut taken = Taken::default();
    let mut twice = HashSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            taken.files += 1;
            // A file with two names is on the disk once.
            if meta.is_dir() || meta.nlink() == 1 || twice.insert(meta.ino()) {
                taken.bytes += meta.blocks() * 512;
            }
            if meta.is_dir() {
                folders.push(entry.path());
            }
            if taken.bytes > bytes || taken.files > files {
                return taken;
            }
        }
    }
    taken
}

/// The processes of one command, as its own `/proc` shows them.
pub(crate) struct Inside(File);

impl Inside {
    /// Those beside process 1 of a command, which is process `number` here. `None` when it has ended.
    pub fn of(number: i32, init: &OwnedFd) -> Option<Self> {
        let proc = File::open(format!("/proc/{number}/root/proc")).ok()?;
        // The number is its own as long as it has not ended: then it was also when the folder was opened.
        let mut handle = [PollFd::new(init, PollFlags::IN)];
        let ended = poll(&mut handle, Some(&Timespec::default())).ok()? > 0;
        (!ended).then_some(Self(proc))
    }

    /// How many there are, with all their threads.
    fn count(&self) -> u64 {
        let Ok(entries) = fs::read_dir(format!("/proc/self/fd/{}", self.0.as_raw_fd())) else {
            return 0;
        };
        let is_process = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit);
        entries
            .flatten()
            .filter(is_process)
            .map(|entry| threads(&entry.path()))
            .sum()
    }
}

/// How many threads a process has. The links of its folder of them are the folder's two own and one for each.
fn threads(process: &Path) -> u64 {
    fs::metadata(process.join("task")).map_or(1, |meta| meta.nlink().max(3) - 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_in_a_folder_counts_once_and_holes_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("deep/er");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("a"), vec![7; 1 << 20]).unwrap();
        fs::hard_link(deep.join("a"), folder.path().join("b")).unwrap();
        File::create(folder.path().join("hole"))
            .unwrap()
            .set_len(1 << 40)
            .unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("leads-out")).unwrap();
        let all = taken(folder.path(), u64::MAX, u64::MAX);
        assert_eq!(all.files, 6);
        assert!((1 << 20..1 << 21).contains(&all.bytes), "{all:?}");
        assert!(
            taken(folder.path(), u64::MAX, 2).files == 3,
            "it goes on beyond its bound"
        );
    }

    #[test]
    fn a_disk_that_gets_full_is_seen_whoever_fills_it() {
        let folder = tempfile::tempdir().unwrap();
        let watch = |reserve| Watch {
            scratch: folder.path().to_owned(),
            bytes: u64::MAX,
            files: u64::MAX,
            reserve,
            processes: 1,
        };
        assert_eq!(watch(0).look(None), None);
        assert_eq!(watch(u64::MAX).look(None), Some(Why::TooMuchDisk));
    }

    #[test]
    fn threads_are_counted() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let held = std::sync::Mutex::new(held);
        let own = Path::new("/proc/self");
        let before = threads(own);
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    let _ = held.lock().unwrap().recv();
                });
            }
            assert_eq!(threads(own), before + 20);
            drop(hold);
        });
    }

    #[test]
    fn processes_of_the_namespace_are_counted_as_long_as_it_is_there() {
        let mut process = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let number = i32::try_from(process.id()).unwrap();
        let pid = rustix::process::Pid::from_raw(number).unwrap();
        let handle = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
        // Not in a namespace of its own: it sees at least itself and this test.
        assert!(Inside::of(number, &handle).unwrap().count() >= 2);
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(Inside::of(number, &handle).is_none());
        // A number that is another's by now.
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(Inside::of(own, &handle).is_none());
    }
}
