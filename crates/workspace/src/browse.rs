//! Looking for a folder to grant: names of folders and a count of files, nothing of what is in them.

use std::path::{Path, PathBuf};

/// Most folders listed; nobody picks from more.
const MOST: usize = 2_000;

/// A folder to pick from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Browsed {
    /// The folder, absolute, links resolved.
    pub path: PathBuf,
    /// Names and paths of the folders in it, in a person's order; hidden ones are left out.
    pub folders: Vec<(String, PathBuf)>,
    /// How many files are in it, hidden ones left out.
    pub files: u64,
}

/// Lists a folder for picking. Entries that cannot be looked at are left out.
///
/// # Errors
/// When the folder cannot be looked at.
pub fn browse(folder: &Path) -> std::io::Result<Browsed> {
    let path = dunce_free(std::fs::canonicalize(folder)?);
    let mut folders = Vec::new();
    let mut files = 0;
    for entry in std::fs::read_dir(&path)?.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        // Follows links: a link to a folder can be picked, and is judged by where it leads.
        match std::fs::metadata(entry.path()) {
            Ok(meta) if meta.is_dir() && folders.len() < MOST => folders.push((name, entry.path())),
            Ok(meta) if meta.is_file() => files += 1,
            _ => {}
        }
    }
    folders.sort_by_cached_key(|(name, _)| name.to_lowercase());
    Ok(Browsed { path, folders, files })
}

/// Windows' resolved paths begin with `\\?\`, which is refused elsewhere and means nothing to a person.
fn dunce_free(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(plain) if plain.as_bytes().get(1) == Some(&b':') => PathBuf::from(plain),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_listed_by_name_and_files_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["zebra", "Apple", ".hidden"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        for name in ["a.txt", "b.txt", ".c"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let found = browse(dir.path()).unwrap();
        let names: Vec<_> = found.folders.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, found.files), (vec!["Apple", "zebra"], 2));
        assert!(browse(&dir.path().join("a.txt")).is_err());
        assert!(browse(&dir.path().join("gone")).is_err());
    }
}
