//! Numbers of the protocol that `fuse-abi` does not have: Linux's error numbers and open flags, whatever the host is.
//!
//! Source: `include/uapi/asm-generic/errno-base.h`, `errno.h` and `fcntl.h` of Linux; the same on x86-64 and arm64.

/// A Linux error number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Errno(pub i32);

impl Errno {
    /// Nothing stands there.
    pub const NOENT: Self = Self(2);
    /// It could not be read.
    pub const IO: Self = Self(5);
    /// No such handle.
    pub const BADF: Self = Self(9);
    /// Too much is held for the guest already.
    pub const NOMEM: Self = Self(12);
    /// It must not be read.
    pub const ACCES: Self = Self(13);
    /// Not a folder.
    pub const NOTDIR: Self = Self(20);
    /// A folder.
    pub const ISDIR: Self = Self(21);
    /// The message makes no sense.
    pub const INVAL: Self = Self(22);
    /// Too many files are open.
    pub const NFILE: Self = Self(23);
    /// Nothing can be written here.
    pub const ROFS: Self = Self(30);
    /// The name or path is too long.
    pub const NAMETOOLONG: Self = Self(36);
    /// Not implemented; the kernel does not ask again and does without.
    pub const NOSYS: Self = Self(38);
    /// A version of the protocol that is not spoken.
    pub const PROTO: Self = Self(71);
    /// No kernel sends such a message.
    pub const BADMSG: Self = Self(74);
    /// A folder has more entries than are listed.
    pub const OVERFLOW: Self = Self(75);
    /// Something else stands there now.
    pub const STALE: Self = Self(116);
}

/// The bits of open flags that say whether it is for writing.
pub(crate) const O_ACCMODE: u32 = 0o3;
/// Open flags that only make sense for writing: create, truncate, append.
pub(crate) const O_WRITING: u32 = 0o100 | 0o1000 | 0o2000;

/// Mode bits of a folder.
pub(crate) const S_IFDIR: u32 = 0o040_000;
/// Mode bits of a regular file.
pub(crate) const S_IFREG: u32 = 0o100_000;
/// Mode bits of a symbolic link.
pub(crate) const S_IFLNK: u32 = 0o120_000;
