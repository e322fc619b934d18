//! What the files of a machine that was put away must still be for it to be taken up again: a state in which bytes
//! changed would be loaded without a word.
//!
//! As of a template: the saved state by its hash, the disk by its length and time. Kept in memory, where whoever can
//! write the files cannot reach it.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use crate::{SandboxError, error::host};

/// What they were when the machine was put away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seal {
    state: blake3::Hash,
    scratch: (u64, SystemTime),
}

impl Seal {
    /// Of the files as they are now. The state is read whole: it is as long as the memory that is in use.
    pub async fn of(state: &Path, scratch: &Path) -> Result<Self, SandboxError> {
        let (state, scratch) = (state.to_owned(), scratch.to_owned());
        let read = move || {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(File::open(state)?)?;
            let scratch = std::fs::metadata(scratch)?;
            Ok(Self {
                state: hasher.finalize(),
                scratch: (scratch.len(), scratch.modified()?),
            })
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| host(READING, error))?
            .map_err(|error: std::io::Error| host(READING, error))
    }

    /// Whether they still are.
    ///
    /// # Errors
    /// When they are not, or cannot be read.
    pub async fn check(&self, state: &Path, scratch: &Path) -> Result<(), SandboxError> {
        if Self::of(state, scratch).await? == *self {
            Ok(())
        } else {
            Err(host(READING, "its files are not as they were saved"))
        }
    }
}

const READING: &str = "reading what the machine was saved as";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_changed_byte_breaks_it() {
        let folder = tempfile::tempdir().unwrap();
        let (state, scratch) = (folder.path().join("state"), folder.path().join("scratch"));
        std::fs::write(&state, vec![7; 300_000]).unwrap();
        std::fs::write(&scratch, "disk").unwrap();
        let seal = Seal::of(&state, &scratch).await.unwrap();
        seal.check(&state, &scratch).await.unwrap();
        let mut bytes = std::fs::read(&state).unwrap();
        bytes[150_000] ^= 1;
        std::fs::write(&state, &bytes).unwrap();
        let error = seal.check(&state, &scratch).await.unwrap_err();
        assert!(error.to_string().contains("not as they were saved"), "{error}");
        bytes[150_000] ^= 1;
        std::fs::write(&state, &bytes).unwrap();
        seal.check(&state, &scratch).await.unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(5);
        File::options()
            .write(true)
            .open(&scratch)
            .unwrap()
            .set_modified(later)
            .unwrap();
        seal.check(&state, &scratch).await.unwrap_err();
        std::fs::remove_file(&state).unwrap();
        seal.check(&state, &scratch).await.unwrap_err();
    }
}
