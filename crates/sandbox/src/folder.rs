//! Private folders of the cache, and copies of sparse files.

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

/// Copies a file so that what is not written in the source takes no room in the copy.
#[cfg(unix)]
pub(crate) fn copy_sparse(from: &Path, to: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;

    use rustix::fs::{SeekFrom, seek};

    let (source, target) = (File::open(from)?, File::create(to)?);
    let length = source.metadata()?.len();
    target.set_len(length)?;
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    // `seek` fails with NXIO when no data follows.
    while let Ok(start) = seek(&source, SeekFrom::Data(at)) {
        let end = seek(&source, SeekFrom::Hole(start))?;
        at = start;
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
            let Some(piece) = buffer.get_mut(..wanted) else { break };
            source.read_exact_at(piece, at)?;
            target.write_all_at(piece, at)?;
            at += wanted as u64;
        }
    }
    Ok(())
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

#[cfg(all(test, unix))]
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
        copy_sparse(&from, &to).unwrap();
        let copy = File::open(&to).unwrap();
        let mut text = [0; 6];
        copy.read_exact_at(&mut text, 500 << 20).unwrap();
        assert_eq!((&text, copy.metadata().unwrap().len()), (b"middle", 1 << 30));
        assert!(disk_use(&to) < 4 << 20, "{} bytes", disk_use(&to));
    }
}
