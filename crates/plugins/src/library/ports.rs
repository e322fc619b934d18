//! What the library needs of the outside. This crate opens no connection and starts no program but `git`.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::error::LibraryError;
use super::source::git::Checkout;

/// The `git` program, or what stands for it.
pub trait Git: Send + Sync {
    /// Puts the content of a commit into `into`, which does not exist yet, without `.git`; answers the commit (40 or 64
    /// hexadecimal digits).
    fn checkout(&self, request: &Checkout, into: &Path) -> Result<String, LibraryError>;
    /// The names of a repository's tags.
    fn tags(&self, url: &str) -> Result<Vec<String>, LibraryError>;
}

/// HTTP downloads, to be written over `egress`. Blocking.
pub trait Download: Send + Sync {
    /// Writes the body of a GET to `into`: at most `limit` bytes, more is an error. `check` must be asked about the address
    /// and about **every** address redirected to, before it is connected to; connections must not go to addresses that
    /// are not public. Errors are sentences.
    fn get(
        &self,
        url: &str,
        limit: u64,
        check: &dyn Fn(&str) -> Result<(), LibraryError>,
        into: &mut dyn Write,
    ) -> Result<(), String>;
}

/// Other programs than `git`, for sources of the kind `command`. Called only with a command a person accepted word by word.
pub trait Programs: Send + Sync {
    /// Runs the line in the system's shell and answers what it printed.
    fn run(&self, command: &str, timeout: Duration) -> Result<String, String>;
}

/// The frozen installation of a plugin's own packages, without lifecycle scripts. A failure becomes a warning.
pub trait Packages: Send + Sync {
    /// Installs what `lockfile` (`bun.lock`, `bun.lockb`, `npm-shrinkwrap.json` or `package-lock.json`) names into `root`.
    fn install(&self, root: &Path, lockfile: &str, timeout: Duration) -> Result<(), String>;
}

/// The npm registry of the person, for entries that name none.
pub trait Registry: Send + Sync {
    /// Its address. Asked for only when it is needed.
    ///
    /// # Errors
    /// What is missing, and what to do about it.
    fn address(&self) -> Result<String, String>;
}

/// The keychain, or an encrypted file. Errors never hold the value.
pub trait Secrets: Send + Sync {
    /// Keeps a value.
    fn set(&self, owner: &str, key: &str, value: &str) -> Result<(), String>;
    /// The value, if one is kept.
    fn get(&self, owner: &str, key: &str) -> Result<Option<String>, String>;
    /// Forgets a value; none there is no error.
    fn remove(&self, owner: &str, key: &str) -> Result<(), String>;
}

/// All of them. What is `None` is not there: steps that need it are refused with a sentence that says so.
#[derive(Clone, Default)]
pub struct Ports {
    /// Usually [`super::source::git::GitProgram`].
    pub git: Option<Arc<dyn Git>>,
    /// Downloads.
    pub download: Option<Arc<dyn Download>>,
    /// Commands.
    pub programs: Option<Arc<dyn Programs>>,
    /// Packages.
    pub packages: Option<Arc<dyn Packages>>,
    /// Secrets.
    pub secrets: Option<Arc<dyn Secrets>>,
    /// The npm registry for entries that name none.
    pub npm_registry: Option<Arc<dyn Registry>>,
    /// Seconds since 1970, for tests; `None`: the system's clock.
    pub now: Option<fn() -> u64>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

impl Ports {
    pub(super) fn seconds(&self) -> u64 {
        match self.now {
            Some(now) => now(),
            None => std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        }
    }
}
