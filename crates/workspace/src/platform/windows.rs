//! Windows. There are no permission bits; names are case-insensitive; renames replace, so free names are taken by
//! making a second name (a hard link), which the system refuses when the name is taken.

use std::io;

use cap_fs_ext::{DirExt as _, SystemTimeSpec};
use cap_std::fs::{Dir, File, Metadata};

use super::{Strength, one_name, system_time};

/// There are no permission bits.
pub(crate) fn mode_of(_meta: &Metadata) -> Option<u32> {
    None
}

/// Reads at a place.
pub(crate) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    use cap_std::fs::FileExt as _;
    match file.seek_read(buffer, offset) {
        // ERROR_HANDLE_EOF: the place is behind the end.
        Err(error) if error.raw_os_error() == Some(38) => Ok(0),
        other => other,
    }
}

/// Time of the last change of attributes: not kept where it can be read.
pub(crate) fn ctime_of(_meta: &Metadata) -> Option<i128> {
    None
}

/// Renames onto a free name; fails with `AlreadyExists` when it is not free.
pub(crate) fn rename_new(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<Strength> {
    let (old, new) = (one_name(old)?, one_name(new)?);
    if from.symlink_metadata(old)?.is_file() {
        match from.hard_link(old, to, new) {
            Ok(()) => {
                from.remove_file(old)?;
                return Ok(Strength::Atomic);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // FAT and exFAT have no second names: look, then rename.
            Err(_) => {}
        }
    }
    match to.symlink_metadata(new) {
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    from.rename(old, to, new)?;
    Ok(Strength::Checked)
}

/// Renames over whatever is there. Only for a name that differs from the old one in case alone.
pub(crate) fn rename_over(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<()> {
    from.rename(one_name(old)?, to, one_name(new)?)
}

/// There is no such call.
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn exchange(_dir: &Dir, _fresh: &str, _target: &str) -> io::Result<bool> {
    Ok(false)
}

/// NTFS journals its names; there is nothing to sync.
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn sync_folder(_dir: &Dir) -> io::Result<()> {
    Ok(())
}

/// There are no permission bits.
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn set_file_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// There are no permission bits.
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn set_folder_mode(_dir: &Dir, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Sets the modification time of an open folder.
pub(crate) fn set_folder_mtime(dir: &Dir, ns: i128) -> io::Result<()> {
    dir.set_mtime(".", spec(ns)?)
}

/// Sets the modification time of an open file.
pub(crate) fn set_file_mtime(file: &File, ns: i128) -> io::Result<()> {
    let time = system_time(ns).ok_or(io::ErrorKind::InvalidInput)?;
    file.try_clone()?.into_std().set_modified(time)
}

/// Makes a folder.
pub(crate) fn make_folder(dir: &Dir, name: &str) -> io::Result<()> {
    dir.create_dir(one_name(name)?)
}

/// Makes a symbolic link to a file. Needs a privilege or developer mode; the error says so.
pub(crate) fn make_link(dir: &Dir, target: &str, name: &str) -> io::Result<()> {
    dir.symlink_file(target, one_name(name)?)
}

/// Removes a file or a link, also a link to a folder.
pub(crate) fn remove_entry(dir: &Dir, name: &str) -> io::Result<()> {
    dir.remove_file_or_symlink(one_name(name)?)
}

fn spec(ns: i128) -> io::Result<SystemTimeSpec> {
    let time = system_time(ns).ok_or(io::ErrorKind::InvalidInput)?;
    Ok(SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(time)))
}
