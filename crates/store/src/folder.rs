//! Private folders and files, and making their names durable. The platform's part is here and nowhere else.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder only this user can enter, with its parents. An existing folder is left as it is.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Options for a file only this user can read. On Windows the user's profile folder already says so.
pub(crate) fn private_options() -> OpenOptions {
    #[allow(unused_mut, reason = "only Unix has permission bits")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes away what others may do with an existing file.
#[cfg(unix)]
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Takes away what others may do with an existing file: on Windows the user's profile folder already says so.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same signature on every platform")]
pub(crate) fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the names in a folder durable: NTFS journals them, and a folder cannot be flushed there.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same signature on every platform")]
pub(crate) fn sync(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens a lock file, making it when there is none.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    private_options().create(true).truncate(false).write(true).open(path)
}
