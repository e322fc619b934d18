//! Private folders of the cache, and sparse files.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes a folder only this user can enter, with its parents.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file of that many bytes which take no room yet.
pub(crate) fn create_sparse(path: &Path, bytes: u64) -> io::Result<()> {
    File::create(path)?.set_len(bytes)
}

/// Bytes a file or folder really takes on the disk; what cannot be looked at counts as nothing.
pub fn disk_use(path: &Path) -> u64 {
    let Ok(meta) = std::fs::symlink_metadata(path) else {
        return 0;
    };
    if meta.is_dir() {
        return std::fs::read_dir(path).map_or(0, |entries| {
            entries.flatten().map(|entry| disk_use(&entry.path())).sum()
        });
    }
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::blocks(&meta) * 512;
    #[cfg(not(unix))]
    meta.len()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn holes_stay_holes() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        create_sparse(&from, 1 << 30).unwrap();
        let file = File::options().write(true).open(&from).unwrap();
        file.write_all_at(b"first", 0).unwrap();
        file.write_all_at(b"middle", 500 << 20).unwrap();
        crate::platform::copy_sparse(&from, &to).unwrap();
        let copy = File::open(&to).unwrap();
        let mut text = [0; 6];
        copy.read_exact_at(&mut text, 500 << 20).unwrap();
        assert_eq!((&text, copy.metadata().unwrap().len()), (b"middle", 1 << 30));
        assert!(disk_use(&to) < 4 << 20, "{} bytes", disk_use(&to));
        // And the content is the same content, wherever its zeros are written.
        let hash = |path| crate::platform::hash_sparse(path).unwrap();
        File::options()
            .write(true)
            .open(&to)
            .unwrap()
            .write_all_at(&[0; 9000], 300 << 20)
            .unwrap();
        assert_eq!(hash(&from), hash(&to));
        File::options()
            .write(true)
            .open(&to)
            .unwrap()
            .write_all_at(b"M", 500 << 20)
            .unwrap();
        assert_ne!(hash(&from), hash(&to));
    }
}
