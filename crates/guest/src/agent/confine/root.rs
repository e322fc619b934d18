//! What a command sees: the image for reading, its own scratch, and the granted folders under a layer of its own.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, StatVfsMountFlags};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, mount_remount, unmount,
};
use serde::{Deserialize, Serialize};

use crate::agent::boot::doing;
use crate::agent::confine::c_string;

/// What the roots of all commands have.
#[derive(Serialize, Deserialize)]
pub(crate) struct Base {
    /// An empty folder to build it at.
    pub at: PathBuf,
    /// Folders of this system that appear under the same name, for reading. `/` alone in a machine.
    pub system: Vec<PathBuf>,
    /// Where the host's folders are mounted, if they may be mounted anew before the root is finished. A mount of that
    /// kind that is shared.
    pub follows: Option<PathBuf>,
    /// Options the kernel wants of layers made without being root.
    pub unprivileged: bool,
}

/// What the root of one command has beside it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Root {
    /// The granted folders.
    pub folders: Vec<Mounted>,
    /// Becomes `/home/task`.
    pub home: PathBuf,
    /// Becomes `/tmp`.
    pub tmp: PathBuf,
    /// Files and folders that appear elsewhere, for reading: where they are, where they appear.
    pub files: Vec<(PathBuf, PathBuf)>,
}

/// A granted folder.
#[derive(Serialize, Deserialize)]
pub(crate) struct Mounted {
    /// It appears at `/mnt/<name>`.
    pub name: String,
    /// What is in it.
    pub lower: PathBuf,
    /// Where changes go: the layer, and a folder the kernel needs beside it. None = for reading.
    pub upper: Option<(PathBuf, PathBuf)>,
}

const GUARDED: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);
/// Devices that hold nothing.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Builds what all roots have.
pub(super) fn base(base: &Base) -> io::Result<()> {
    match &base.follows {
        // Everything else is private already.
        Some(shared) => mount_change(shared, MountPropagationFlags::DOWNSTREAM),
        None => mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC),
    }
    .map_err(doing("setting mounts apart"))?;
    let at = base.at.as_path();
    system(at, &base.system)?;
    devices(&at.join("dev"))?;
    tmpfs(&at.join("run"), "mode=0755,size=16m")?;
    tmpfs(&at.join("mnt"), "mode=0755,size=1m")?;
    // While the system's own is still in sight: who is not root may not mount one where there is none.
    mount("proc", at.join("proc"), "proc", GUARDED | MountFlags::NOEXEC, c"").map_err(doing("mounting /proc"))
}

/// Adds what is this command's, and makes it this process's root.
pub(super) fn finish(base: &Base, root: &Root) -> io::Result<()> {
    // What the host's folders are is settled.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(doing("setting mounts apart"))?;
    let at = base.at.as_path();
    bind(&root.tmp, &at.join("tmp"), GUARDED)?;
    bind(&root.home, &at.join("home/task"), GUARDED)?;
    for (source, target) in &root.files {
        let in_proc = target.starts_with("/proc");
        let target = at.join(target.strip_prefix("/").unwrap_or(target));
        if in_proc {
            bind(source, &target, GUARDED | MountFlags::RDONLY | MountFlags::NOEXEC)?;
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        if source.is_dir() {
            fs::create_dir_all(&target)?;
        } else if !target.exists() {
            File::create(&target)?;
        }
        bind(source, &target, GUARDED | MountFlags::RDONLY)?;
    }
    let folders = at.join("mnt");
    for folder in &root.folders {
        self::folder(folder, &folders.join(&folder.name), base.unprivileged)?;
    }
    mount_remount(&folders, GUARDED | MountFlags::RDONLY | MountFlags::BIND, "").map_err(doing("closing /mnt"))?;
    rustix::process::chdir(at)?;
    rustix::process::pivot_root(".", ".").map_err(doing("changing the root"))?;
    unmount(".", UnmountFlags::DETACH).map_err(doing("letting go of the old root"))?;
    rustix::process::chdir("/")?;
    rustix::system::sethostname(b"sandbox")?;
    Ok(())
}

/// The image, or what this computer has, for reading.
fn system(at: &Path, folders: &[PathBuf]) -> io::Result<()> {
    if folders == [Path::new("/")] {
        return bind(Path::new("/"), at, GUARDED | MountFlags::RDONLY);
    }
    tmpfs(at, "mode=0755,size=1m")?;
    for name in ["dev", "run", "tmp", "home/task", "mnt", "proc", "etc"] {
        fs::create_dir_all(at.join(name))?;
    }
    for folder in folders {
        let target = at.join(folder.strip_prefix("/").unwrap_or(folder));
        let kind = fs::symlink_metadata(folder)?.file_type();
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(folder)?, target)?;
        } else {
            if kind.is_dir() {
                fs::create_dir_all(&target)?;
            } else {
                File::create(&target)?;
            }
            bind(folder, &target, GUARDED | MountFlags::RDONLY)?;
        }
    }
    Ok(())
}

/// A `/dev` with what programs expect and nothing that is a device.
fn devices(at: &Path) -> io::Result<()> {
    tmpfs_with(at, "mode=0755,size=64k", MountFlags::NOSUID | MountFlags::NOEXEC)?;
    for name in DEVICES {
        let target = at.join(name);
        File::create(&target)?;
        bind(
            &Path::new("/dev").join(name),
            &target,
            MountFlags::NOSUID | MountFlags::NOEXEC,
        )?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        std::os::unix::fs::symlink(target, at.join(name))?;
    }
    let (terminals, memory) = (at.join("pts"), at.join("shm"));
    fs::create_dir(&terminals)?;
    fs::create_dir(&memory)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount(
        "devpts",
        &terminals,
        "devpts",
        flags,
        c"newinstance,ptmxmode=0666,mode=0620",
    )
    .map_err(doing("terminals"))?;
    tmpfs(&memory, "mode=1777,size=25%")
}

fn tmpfs(at: &Path, options: &str) -> io::Result<()> {
    tmpfs_with(at, options, GUARDED)
}

fn tmpfs_with(at: &Path, options: &str, flags: MountFlags) -> io::Result<()> {
    let options = c_string(options)?;
    mount("tmpfs", at, "tmpfs", flags, options.as_c_str()).map_err(doing(&at.to_string_lossy()))
}

/// Shows `source` at `target`, with these flags in force: a bind takes them only when it is mounted again.
fn bind(source: &Path, target: &Path, flags: MountFlags) -> io::Result<()> {
    let what = format!("showing {}", target.display());
    mount_bind(source, target).map_err(doing(&what))?;
    mount_remount(target, flags | standing(target)? | MountFlags::BIND, "").map_err(doing(&what))
}

/// The flags in force: who is not root may add some and take none away.
fn standing(at: &Path) -> io::Result<MountFlags> {
    let found = rustix::fs::statvfs(at)?.f_flag;
    let pairs = [
        (StatVfsMountFlags::RDONLY, MountFlags::RDONLY),
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ];
    let stands = pairs.into_iter().filter(|(flag, _)| found.contains(*flag));
    Ok(stands.fold(MountFlags::empty(), |all, (_, flag)| all | flag))
}

fn folder(folder: &Mounted, target: &Path, unprivileged: bool) -> io::Result<()> {
    fs::create_dir(target)?;
    fs::set_permissions(target, fs::Permissions::from_mode(0o755))?;
    let Some((upper, work)) = &folder.upper else {
        return bind(&folder.lower, target, GUARDED | MountFlags::RDONLY);
    };
    // The name may hold what separates options; a descriptor's number does not.
    let lower = File::options()
        .read(true)
        .custom_flags((OFlags::PATH | OFlags::DIRECTORY).bits().cast_signed())
        .open(&folder.lower)
        .map_err(doing(&folder.name))?;
    // Whole files, under the names they have: a walk of the layer is then all that changed.
    let mut options = format!(
        "lowerdir=/proc/self/fd/{},upperdir={},workdir={},index=off,metacopy=off,xino=off,volatile",
        lower.as_raw_fd(),
        upper.display(),
        work.display(),
    );
    options.push_str(if unprivileged {
        ",redirect_dir=nofollow,userxattr"
    } else {
        ",redirect_dir=off"
    });
    let options = c_string(&options)?;
    mount("overlay", target, "overlay", GUARDED, options.as_c_str()).map_err(doing("laying the layer over a folder"))
}
