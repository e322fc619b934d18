//! The folder of a running machine, and what a machine leaves whose owner was killed.
//!
//! A machine dies with its owner. Should it not, the next start finds its folder unlocked, its process by number and
//! time of start, and ends it.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::image::Places;
use crate::{SandboxError, error::host, platform};

/// A folder that is this machine's alone while this exists.
pub(crate) struct Own {
    folder: PathBuf,
    #[allow(dead_code, reason = "held: the lock falls with it")]
    lock: File,
}

impl Own {
    /// Makes one.
    pub fn new(places: &Places) -> Result<Self, SandboxError> {
        let failed = |error: std::io::Error| host("making room for a machine", error);
        let folders = places.machines();
        crate::folder::create_private(&folders).map_err(failed)?;
        let folder = tempfile::Builder::new()
            .prefix("machine-")
            .tempdir_in(&folders)
            .map_err(failed)?
            .keep();
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        lock.try_lock()
            .map_err(|error| host("making room for a machine", error))?;
        Ok(Self { folder, lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Records the process that is the machine.
    pub fn record(&self, process: u32) -> Result<(), SandboxError> {
        let started = platform::process_started(process).unwrap_or_default();
        std::fs::write(self.folder.join("process"), format!("{process} {started}"))
            .map_err(|error| host("making room for a machine", error))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Ends machines whose owner is gone, and removes what they left. Returns how many processes were ended.
pub fn sweep(places: &Places) -> u32 {
    let mut ended = 0;
    let Ok(entries) = std::fs::read_dir(places.machines()) else {
        return 0;
    };
    for folder in entries.flatten().map(|entry| entry.path()) {
        // A folder without a lock yet is younger than a moment, or was left before it had one.
        let young = std::fs::metadata(&folder)
            .and_then(|meta| meta.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age.as_secs() < 60));
        match File::open(folder.join("lock")) {
            Ok(lock) if lock.try_lock().is_ok() => {}
            Err(_) if !young => {}
            _ => continue,
        }
        ended += u32::from(end_recorded(&folder));
        let _ = std::fs::remove_dir_all(&folder);
    }
    ended
}

/// Ends the recorded process, if it is still that one.
fn end_recorded(folder: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.join("process")) else {
        return false;
    };
    let mut words = text.split_whitespace();
    let (Some(Ok(process)), Some(Ok(recorded))) = (words.next().map(str::parse::<u32>), words.next().map(str::parse))
    else {
        return false;
    };
    platform::end_process(process, recorded)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_a_killed_owner_left_is_ended_and_a_living_ones_is_not() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        let living = Own::new(&places).unwrap();
        let left = Own::new(&places).unwrap();
        let mut process = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        left.record(process.id()).unwrap();
        let folder = left.path().to_owned();
        // The owner is killed: the lock falls, the folder stays.
        left.lock.unlock().unwrap();
        std::mem::forget(left);
        assert_eq!(sweep(&places), 1);
        assert!(!process.wait().unwrap().success());
        assert!(!folder.exists());
        assert!(living.path().exists());
    }

    #[test]
    fn a_number_used_again_is_left_alone() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        let folder = places.machines().join("machine-x");
        crate::folder::create_private(&folder).unwrap();
        File::create(folder.join("lock")).unwrap();
        std::fs::write(folder.join("process"), format!("{} 1", std::process::id())).unwrap();
        assert_eq!(sweep(&places), 0);
        assert!(!folder.exists());
    }
}
