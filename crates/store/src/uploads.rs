//! Files the person hands to a task from outside any folder. They wait in `uploads/` until a task takes them, and are
//! then its inputs, in a folder of its own.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use deskhand_types::TaskId;

use crate::{SqliteStore, StoreError, folder};

/// What nobody took after this long is released.
const KEEP: Duration = Duration::from_hours(24);
/// Longest file name kept, in bytes; what file systems take.
const NAME: usize = 200;
/// Length of an id, in hexadecimal digits.
const ID: usize = 32;

/// A file that waits for its task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// What a task names to get it.
    pub id: String,
    /// Its file name, without anything a file system might stumble over.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

impl SqliteStore {
    /// Keeps a file for a task that is still to be started. It survives the death of the process, and is released when
    /// no task took it within a day.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_upload(&self, name: &str, bytes: &[u8]) -> Result<Waiting, StoreError> {
        let all = self.dir().join("uploads");
        release_old(&all);
        let id = fresh_id(name, bytes);
        let own = all.join(&id);
        let name = safe_name(name);
        let file = own.join(&name);
        write(&own, &file, bytes).map_err(StoreError::file(&file))?;
        Ok(Waiting {
            id,
            name,
            size: bytes.len() as u64,
        })
    }

    /// Gives uploads to a task: moves them into its inputs folder, which is returned. Files of one name get a number.
    ///
    /// # Errors
    /// When an upload is not there (any more) or cannot be moved; those that were moved stay the task's.
    pub fn take_uploads(&self, task: &TaskId, ids: &[String]) -> Result<PathBuf, StoreError> {
        let inputs = self.task_folder("inputs", task)?;
        for id in ids {
            let missing = || StoreError::UnknownUpload(id.clone());
            // An id is data and must not choose a path.
            if id.len() != ID || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(missing());
            }
            let own = self.dir().join("uploads").join(id);
            let file = std::fs::read_dir(&own)
                .ok()
                .and_then(|mut entries| entries.next()?.ok())
                .ok_or_else(missing)?;
            let target = free_name(&inputs, &file.file_name().to_string_lossy());
            std::fs::rename(file.path(), &target).map_err(StoreError::file(&target))?;
            // Only the empty folder is left; the next clean-up takes it if this does not.
            let _ = std::fs::remove_dir(&own);
        }
        folder::sync(&inputs).map_err(StoreError::file(&inputs))?;
        Ok(inputs)
    }
}

/// Names a file that waits: by its content and by when it came, so that equal files differ.
fn fresh_id(name: &str, bytes: &[u8]) -> String {
    let at = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_nanos());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&at.to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(bytes);
    hasher.finalize().to_hex().as_str().chars().take(ID).collect()
}

fn write(own: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    folder::create_private(own)?;
    let mut open = folder::private_options().create_new(true).write(true).open(file)?;
    open.write_all(bytes)?;
    open.sync_all()?;
    folder::sync(own)
}

/// Takes away what no task took. What cannot be taken away now is for the next time.
fn release_old(all: &Path) {
    let Ok(entries) = std::fs::read_dir(all) else { return };
    for entry in entries.flatten() {
        let old = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEEP));
        if old {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The last component of a name, without characters that some file system refuses or that would mislead a person.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe: String = last
        .chars()
        .map(|char| match char {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            char if char.is_control() || is_format(char) => '_',
            char => char,
        })
        .collect();
    while safe.len() > NAME {
        safe.pop();
    }
    let safe = safe.trim_matches([' ', '.']).to_owned();
    if safe.is_empty() { "file".to_owned() } else { safe }
}

/// Invisible characters and those that turn the direction of text around.
const fn is_format(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `name` in `folder`, with a number before its extension while it is taken.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name
        .rsplit_once('.')
        .map_or((name, String::new()), |(stem, extension)| {
            (stem, format!(".{extension}"))
        });
    let mut candidate = folder.join(name);
    let mut number = 2_u32;
    while candidate.symlink_metadata().is_ok() {
        candidate = folder.join(format!("{stem} {number}{extension}"));
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_become_inputs_of_one_task() {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path()).unwrap();
        let first = store.add_upload("../../a/report.csv", b"one").unwrap();
        let second = store.add_upload("report.csv", b"two").unwrap();
        assert_eq!((first.name.as_str(), first.size), ("report.csv", 3));
        assert_ne!(first.id, second.id);
        let task = TaskId::new("t1");
        let inputs = store.take_uploads(&task, &[first.id.clone(), second.id]).unwrap();
        assert_eq!(std::fs::read(inputs.join("report.csv")).unwrap(), b"one");
        assert_eq!(std::fs::read(inputs.join("report 2.csv")).unwrap(), b"two");
        let again = store.take_uploads(&task, std::slice::from_ref(&first.id));
        assert!(
            matches!(again, Err(StoreError::UnknownUpload(id)) if id == first.id),
            "an upload is given once"
        );
        let path = store.take_uploads(&task, &["../../../../../../../../etc/pass".to_owned()]);
        assert!(matches!(path, Err(StoreError::UnknownUpload(_))));
    }

    #[test]
    fn names_lose_what_could_mislead() {
        let names = ["C:\\x\\a\u{202e}fdp.exe", "..", "", "a:b?.txt", "ok.txt"].map(safe_name);
        assert_eq!(names, ["a_fdp.exe", "file", "file", "a_b_.txt", "ok.txt"]);
        assert_eq!(safe_name(&"é".repeat(300)).len(), NAME);
    }
}
