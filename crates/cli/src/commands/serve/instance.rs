//! One server for one data folder: who comes second is told the first one's link.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{app::Places, failure::Usage};

/// A server that runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Running {
    pub url: String,
    pub port: u16,
    pub pid: u32,
}

/// The right to serve this data folder, for as long as this is kept. A lock of the system, so it ends with the process.
pub(super) struct Instance {
    _lock: File,
    told: PathBuf,
}

impl Instance {
    /// Takes it, or tells who has it.
    pub fn claim(places: &Places) -> Result<Result<Self, Running>> {
        let lock = private(&places.home.join("serve.lock"), false)?;
        let told = places.home.join("serve.json");
        match lock.try_lock() {
            Ok(()) => {
                // What a killed server left there is no link any more.
                private(&told, true)?;
                Ok(Ok(Self { _lock: lock, told }))
            }
            Err(TryLockError::WouldBlock) => match read(&told) {
                Some(running) => Ok(Err(running)),
                None => Err(Usage(
                    "another Deskhand is just starting for this data folder; try again in a moment".to_owned(),
                )
                .into()),
            },
            Err(TryLockError::Error(error)) => Err(error).context("the data folder cannot be locked"),
        }
    }

    /// Writes down where this server is, for who comes second. The link holds its key, so only this user can read it.
    pub fn announce(&self, url: &str, port: u16) -> Result<()> {
        let running = Running {
            url: url.to_owned(),
            port,
            pid: std::process::id(),
        };
        let mut file = private(&self.told, true)?;
        file.write_all(&serde_json::to_vec(&running)?)
            .with_context(|| format!("{} cannot be written", self.told.display()))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // The key in it opens nothing any more. Whoever finds the file as it was finds a link that is dead.
        let _ = private(&self.told, true);
    }
}

fn read(told: &Path) -> Option<Running> {
    let mut text = String::new();
    private(told, false).ok()?.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Opens a file only this user can read.
#[expect(
    clippy::disallowed_methods,
    reason = "Deskhand's own file in its data folder, not a granted folder"
)]
fn private(path: &Path, anew: bool) -> Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(anew);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .with_context(|| format!("{} cannot be opened", path.display()))
}
