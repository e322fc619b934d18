//! Linux and macOS.

use std::io;
use std::os::fd::AsFd as _;

use cap_std::fs::{Dir, DirBuilder, DirBuilderExt as _, File, Metadata, MetadataExt as _};
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use super::{Strength, one_name};

/// Permission bits, with set-user-id, set-group-id and sticky.
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
pub(crate) fn mode_of(meta: &Metadata) -> Option<u32> {
    Some(meta.mode() & 0o7777)
}

/// Reads at a place, without moving where the file is read next.
pub(crate) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::pread(file.as_fd(), buffer, offset)?)
}

/// Time of the last change of content or attributes, in nanoseconds since 1970.
#[allow(clippy::unnecessary_wraps, reason = "other systems do not tell")]
pub(crate) fn ctime_of(meta: &Metadata) -> Option<i128> {
    Some(i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec()))
}

/// Renames onto a free name; fails with `AlreadyExists` when it is not free.
pub(crate) fn rename_new(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<Strength> {
    let (old, new) = (one_name(old)?, one_name(new)?);
    match rustix::fs::renameat_with(from.as_fd(), old, to.as_fd(), new, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Strength::Atomic),
        // A file system without the flag (some network and FUSE ones): look, then rename.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            match to.symlink_metadata(new) {
                Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            from.rename(old, to, new)?;
            Ok(Strength::Checked)
        }
        Err(errno) => Err(errno.into()),
    }
}

/// Renames over whatever is there. Only for a name that differs from the old one in case alone.
pub(crate) fn rename_over(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<()> {
    from.rename(one_name(old)?, to, one_name(new)?)
}

/// Swaps `fresh` and `target` in `dir`, so that what stood at `target` stands at `fresh`; nothing is lost whatever
/// another program does meanwhile. `false`: this file system cannot, nothing was done.
pub(crate) fn exchange(dir: &Dir, fresh: &str, target: &str) -> io::Result<bool> {
    let (fresh, target) = (one_name(fresh)?, one_name(target)?);
    match rustix::fs::renameat_with(dir.as_fd(), fresh, dir.as_fd(), target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Makes the names in `dir` durable.
pub(crate) fn sync_folder(dir: &Dir) -> io::Result<()> {
    // `cap-std` holds folders with O_PATH, which cannot be synced: open it again through itself.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = match rustix::fs::openat(dir.as_fd(), ".", flags, Mode::empty()) {
        Ok(open) => open,
        // A folder that may be entered and written but not listed cannot be synced; its names are still consistent.
        Err(Errno::ACCESS) => return Ok(()),
        Err(errno) => return Err(errno.into()),
    };
    match rustix::fs::fsync(open) {
        // Some network and FUSE file systems do not sync folders.
        Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Sets the permission bits of an open file.
pub(crate) fn set_file_mode(file: &File, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file.as_fd(), bits(mode))?)
}

/// Sets the permission bits of an open folder.
pub(crate) fn set_folder_mode(dir: &Dir, mode: u32) -> io::Result<()> {
    // "." below an open folder is that folder and can never be a link.
    Ok(rustix::fs::chmodat(dir.as_fd(), ".", bits(mode), AtFlags::empty())?)
}

/// Sets the modification time of an open folder.
pub(crate) fn set_folder_mtime(dir: &Dir, ns: i128) -> io::Result<()> {
    Ok(rustix::fs::utimensat(
        dir.as_fd(),
        ".",
        &timestamps(ns)?,
        AtFlags::empty(),
    )?)
}

/// Sets the modification time of an open file.
pub(crate) fn set_file_mtime(file: &File, ns: i128) -> io::Result<()> {
    Ok(rustix::fs::futimens(file.as_fd(), &timestamps(ns)?)?)
}

/// Makes a folder that only its owner may enter, until its real mode is set.
pub(crate) fn make_folder(dir: &Dir, name: &str) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    dir.create_dir_with(one_name(name)?, &builder)
}

/// Makes a symbolic link with exactly this target, which is not looked at.
pub(crate) fn make_link(dir: &Dir, target: &str, name: &str) -> io::Result<()> {
    dir.symlink_contents(target, one_name(name)?)
}

/// Removes a file or a link.
pub(crate) fn remove_entry(dir: &Dir, name: &str) -> io::Result<()> {
    dir.remove_file(one_name(name)?)
}

fn bits(mode: u32) -> Mode {
    Mode::from_raw_mode((mode & 0o7777) as rustix::fs::RawMode)
}

fn timestamps(ns: i128) -> io::Result<Timestamps> {
    let out_of_range = |_| io::Error::new(io::ErrorKind::InvalidInput, "the time is out of range");
    Ok(Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: i64::try_from(ns.div_euclid(1_000_000_000)).map_err(out_of_range)?,
            tv_nsec: i64::try_from(ns.rem_euclid(1_000_000_000)).map_err(out_of_range)? as _,
        },
    })
}
