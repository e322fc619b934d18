//! The organisation's rules: a file only an administrator can write, read anew whenever work begins.
//!
//! It fails closed: a file that is there and cannot be used stops every task until it is put right. That it is not there
//! is no fault; most computers have none. A file that others than an administrator could have written is one that cannot
//! be used ([`ownership`]).

mod ownership;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use deskhand_policy::{Origin, Rules};

use crate::EngineError;
use ownership::Keeper;

/// Bytes of a rule file.
const MAX_BYTES: u64 = 1 << 20;

/// Where the organisation's rules stand on this platform: the place for settings of the whole computer, which a person
/// without an administrator's rights cannot write.
pub fn managed_policy_file() -> PathBuf {
    // Fixed, and not read from the environment: whoever starts the program must not be able to point it elsewhere.
    PathBuf::from(if cfg!(windows) {
        r"C:\ProgramData\Deskhand\policy.toml"
    } else if cfg!(target_os = "macos") {
        "/Library/Application Support/Deskhand/policy.toml"
    } else {
        "/etc/deskhand/policy.toml"
    })
}

/// The organisation's rule files, the highest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Managed {
    /// Each file that is there, with its text or what is wrong with it.
    files: Vec<(PathBuf, Result<String, String>)>,
}

impl Managed {
    /// Reads the files that are there.
    pub fn read(files: &[PathBuf]) -> Self {
        let present = files.iter().filter_map(|file| Some((file.clone(), text_of(file)?)));
        Self {
            files: present.collect(),
        }
    }

    /// Their rules above `lower`.
    ///
    /// # Errors
    /// [`EngineError::Managed`] for the first that cannot be used.
    pub fn above(&self, lower: Rules) -> Result<Rules, EngineError> {
        let mut rules = lower;
        for (file, text) in self.files.iter().rev() {
            rules = parse(file, text)?.above(rules);
        }
        Ok(rules)
    }

    /// Each file with its rules' names or what is wrong with it.
    pub fn lines(&self) -> Vec<ManagedFile> {
        let line = |(file, text): &(PathBuf, Result<String, String>)| ManagedFile {
            file: file.display().to_string(),
            rules: parse(file, text)
                .map(|rules| rules.iter().map(|rule| rule.name.clone()).collect())
                .map_err(|error| error.to_string()),
        };
        self.files.iter().map(line).collect()
    }
}

/// A rule file of the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedFile {
    /// Where it is.
    pub file: String,
    /// Its rules' names; else why it cannot be used, and then no task works.
    pub rules: Result<Vec<String>, String>,
}

/// The organisation's rule files that are there, without an engine: to find out what is wrong with them.
pub fn managed_files(files: &[PathBuf]) -> Vec<ManagedFile> {
    Managed::read(files).lines()
}

fn parse(file: &Path, text: &Result<String, String>) -> Result<Rules, EngineError> {
    let wrong = |why: String| EngineError::Managed {
        file: file.display().to_string(),
        why,
    };
    let text = text.as_ref().map_err(|why| wrong(why.clone()))?;
    let rules = Rules::parse(text).map_err(|error| wrong(error.to_string()))?;
    Ok(rules.of(Origin::Managed, &file.display().to_string()))
}

/// The text of a file; `None` where there is none. A link that leads nowhere is a fault, and so is a folder one cannot
/// look into: the rules could be behind it.
#[expect(
    clippy::disallowed_methods,
    reason = "a file of the computer's administrator, read as a whole; no task and no grant is involved"
)]
fn text_of(file: &Path) -> Option<Result<String, String>> {
    match std::fs::symlink_metadata(file) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
        Err(error) => return Some(Err(error.to_string())),
        Ok(_) => {}
    }
    let keeper = if file == managed_policy_file() {
        Keeper::ADMINISTRATOR
    } else {
        Keeper::Owner
    };
    let read = || {
        // What waits to be written to, or is a device, is never opened.
        let found = std::fs::metadata(file)?;
        if !found.is_file() {
            return Err(std::io::Error::other("it is no file"));
        }
        // Nobody but an administrator can put another file there once this holds.
        if let Some(fault) = ownership::fault(file, keeper)? {
            return Err(std::io::Error::other(fault));
        }
        if found.len() > MAX_BYTES {
            return Err(std::io::Error::other(format!("it is longer than {MAX_BYTES} bytes")));
        }
        std::fs::read_to_string(file)
    };
    Some(read().map_err(|error| error.to_string()))
}
