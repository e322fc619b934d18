//! The files of a skill or plugin as a task sees them: read whole, hashed, and written into a folder of the task's own, so
//! that what was judged is what is read, whatever becomes of the source meanwhile.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use deskhand_types::Hash;

/// Most files of one skill or plugin.
pub const MAX_FILES: usize = 5_000;
/// Most bytes of one skill or plugin.
pub const MAX_BYTES: u64 = 128 << 20;

/// One file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Relative, with `/`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it may be run.
    pub runs: bool,
}

/// Why files could not be brought along. Nothing of them is in use then.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The system failed.
    #[error("{place}: {source}")]
    Io {
        /// Where.
        place: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// More than is sensible.
    #[error("{0} holds more than {MAX_FILES} files or {MAX_BYTES} bytes")]
    TooMuch(PathBuf),
}

/// All regular files below `root`, sorted by path. Links are left out, as are version-control stores.
///
/// # Errors
/// When something cannot be read, or it is too much.
pub fn read(root: &Path) -> Result<Vec<File>, MountError> {
    let mut files = Vec::new();
    let mut bytes = 0;
    let mut open = vec![(root.to_owned(), String::new())];
    while let Some((folder, below)) = open.pop() {
        let failed = |source| MountError::Io {
            place: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = if below.is_empty() {
                name.clone()
            } else {
                format!("{below}/{name}")
            };
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                if name != ".git" {
                    open.push((entry.path(), path));
                }
            } else if kind.is_file() {
                let meta = entry.metadata().map_err(failed)?;
                bytes += meta.len();
                if files.len() >= MAX_FILES || bytes > MAX_BYTES {
                    return Err(MountError::TooMuch(root.to_owned()));
                }
                files.push(File {
                    path,
                    bytes: fs::read(entry.path()).map_err(failed)?,
                    runs: runs(&meta),
                });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

#[cfg(unix)]
fn runs(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn runs(_meta: &fs::Metadata) -> bool {
    true
}

/// Hash over names and contents of sorted files.
pub fn hash(files: &[File]) -> Hash {
    let mut all = Vec::new();
    for file in files {
        // Lengths, so that no two sets of files read alike.
        all.extend_from_slice(&(file.path.len() as u64).to_le_bytes());
        all.extend_from_slice(file.path.as_bytes());
        all.extend_from_slice(Hash::of(&file.bytes).to_string().as_bytes());
    }
    Hash::of(&all)
}

/// Makes a task's own folder for what it brings along.
///
/// # Errors
/// When it cannot be made.
pub fn folder(home: &Path, task: &str) -> Result<PathBuf, MountError> {
    let place = home.join("brought").join(task);
    fs::create_dir_all(&place).map_err(|source| MountError::Io {
        place: place.clone(),
        source,
    })?;
    Ok(place)
}

/// Writes files into `folder` as `name`, or under a longer name where that is taken by other files. Gives the name. A
/// half-written one is never seen: it is made beside and renamed.
///
/// # Errors
/// When it cannot be written.
pub fn write(folder: &Path, name: &str, files: &[File]) -> Result<String, MountError> {
    let hash = hash(files).to_string();
    let short: String = hash.chars().filter(char::is_ascii_alphanumeric).rev().take(8).collect();
    for name in [name.to_owned(), format!("{name}-{short}")] {
        let place = folder.join(&name);
        let mark = folder.join(format!(".{name}.hash"));
        if place.exists() {
            if fs::read_to_string(&mark).is_ok_and(|had| had == hash) {
                return Ok(name);
            }
            continue;
        }
        let failed = |place: &Path| {
            let place = place.to_owned();
            move |source| MountError::Io { place, source }
        };
        let fresh = folder.join(format!(".{name}.{short}.new"));
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(failed(&fresh))?;
        }
        fs::create_dir_all(&fresh).map_err(failed(&fresh))?;
        for file in files {
            // Paths come from walks and embedded data; one that climbs is left out all the same.
            if file
                .path
                .split('/')
                .any(|part| part.is_empty() || part == "." || part == "..")
            {
                continue;
            }
            let target = fresh.join(&file.path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).map_err(failed(parent))?;
            }
            fs::write(&target, &file.bytes).map_err(failed(&target))?;
            #[cfg(unix)]
            if file.runs {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).map_err(failed(&target))?;
            }
        }
        fs::write(&mark, &hash).map_err(failed(&mark))?;
        fs::rename(&fresh, &place).map_err(failed(&place))?;
        return Ok(name);
    }
    Ok(format!("{name}-{short}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
            runs: false,
        }
    }

    #[test]
    fn what_is_written_is_what_was_read_and_a_taken_name_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let first = [file("SKILL.md", "one"), file("a/b.md", "two")];
        assert_eq!(write(dir.path(), "tidy", &first).unwrap(), "tidy");
        assert_eq!(write(dir.path(), "tidy", &first).unwrap(), "tidy");
        assert_eq!(read(&dir.path().join("tidy")).unwrap(), first);
        let other = write(dir.path(), "tidy", &[file("SKILL.md", "changed")]).unwrap();
        assert!(other.starts_with("tidy-"), "{other}");
        assert_eq!(read(&dir.path().join("tidy")).unwrap(), first);
        assert_eq!(
            write(dir.path(), "tidy", &[file("SKILL.md", "changed")]).unwrap(),
            other
        );
    }

    #[test]
    fn names_and_contents_count_and_a_path_that_climbs_is_left_out() {
        assert_ne!(hash(&[file("a", "b")]), hash(&[file("b", "a")]));
        assert_ne!(hash(&[file("a", ""), file("b", "")]), hash(&[file("ab", "")]));
        let dir = tempfile::tempdir().unwrap();
        let name = write(
            &dir.path().join("in"),
            "x",
            &[file("../out.md", "no"), file("ok.md", "yes")],
        )
        .unwrap();
        assert!(dir.path().join("in").join(name).join("ok.md").exists());
        assert!(!dir.path().join("in/out.md").exists() && !dir.path().join("out.md").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("SKILL.md")).unwrap();
        fs::write(dir.path().join("a.md"), "a").unwrap();
        let found = read(dir.path()).unwrap();
        assert_eq!(
            found.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
            ["a.md"]
        );
    }
}
