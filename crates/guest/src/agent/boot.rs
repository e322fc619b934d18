//! The first process of the machine: from the kernel's hand-over to a system in which tasks can be opened.
//!
//! Two stages. [`first`] runs in the initial file system: kernel modules, the image's file system, and the step into
//! it. [`second`] is the same program again, run from there: the scratch disk, control groups, and what else a task
//! will need.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change, mount_move};

use crate::agent::places;

/// The disk with the image.
const ROOT_DISK: &str = "/dev/vda";
/// The disk for what is thrown away.
pub(crate) const SCRATCH_DISK: &str = "/dev/vdb";
/// How long a device may take to appear.
const DEVICE: Duration = Duration::from_secs(20);

/// Adds what was being done to an error.
pub(crate) fn doing<E: Into<io::Error>>(what: &str) -> impl FnOnce(E) -> io::Error + '_ {
    move |error| {
        let error: io::Error = error.into();
        io::Error::new(error.kind(), format!("{what}: {error}"))
    }
}

/// In the initial file system. Returns only with an error.
pub(crate) fn first() -> io::Result<std::convert::Infallible> {
    basic("/dev", "devtmpfs", "mode=0755")?;
    basic("/proc", "proc", "")?;
    basic("/sys", "sysfs", "")?;
    load_modules(Path::new("/modules"))?;
    await_device(ROOT_DISK)?;
    mount(
        ROOT_DISK,
        "/newroot",
        "erofs",
        MountFlags::RDONLY | MountFlags::NODEV | MountFlags::NOSUID,
        None::<&CStr>,
    )
    .map_err(doing("mounting the image"))?;
    // The agent goes along: the file system it came in will be out of reach.
    mount_tmpfs("/newroot/run", "mode=0755")?;
    let copy = format!("/newroot{}", places::AGENT);
    fs::create_dir_all(format!("/newroot{}", places::OWN))?;
    fs::copy("/proc/self/exe", &copy).map_err(doing("taking the agent along"))?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
    for folder in ["/dev", "/proc", "/sys"] {
        mount_move(folder, format!("/newroot{folder}")).map_err(doing(folder))?;
    }
    let _ = fs::remove_dir_all("/modules");
    let _ = fs::remove_file("/init");
    rustix::process::chdir("/newroot")?;
    mount_move(".", "/").map_err(doing("stepping into the image"))?;
    rustix::process::chroot(".")?;
    rustix::process::chdir("/")?;
    Err(Command::new(places::AGENT).arg("machine").env_clear().exec())
}

/// In the image's file system.
pub(crate) fn second() -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    mount_tmpfs("/tmp", "mode=1777,size=64m")?;
    fs::create_dir_all("/dev/pts")?;
    fs::create_dir_all("/dev/shm")?;
    basic("/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620")?;
    rustix::system::sethostname(b"sandbox")?;
    // Renewed on every start; rooms have it in the place of the image's empty one.
    fs::write(places::MACHINE_ID, "")?;
    scratch()?;
    control_groups()?;
    fs::create_dir_all(places::SHARED)?;
    // What is mounted here later is seen by rooms that are built already.
    mount_bind(places::SHARED, places::SHARED).map_err(doing(places::SHARED))?;
    mount_change(places::SHARED, MountPropagationFlags::SHARED).map_err(doing(places::SHARED))?;
    fs::create_dir_all(places::ROOM)?;
    // The last to be ended when memory is short.
    fs::write("/proc/self/oom_score_adj", "-1000")?;
    Ok(())
}

fn basic(target: &str, kind: &str, data: &str) -> io::Result<()> {
    let data = std::ffi::CString::new(data)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount(kind, target, kind, flags, data.as_c_str()).map_err(doing(target))
}

fn mount_tmpfs(target: &str, data: &str) -> io::Result<()> {
    let data = std::ffi::CString::new(data)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", target, "tmpfs", flags, data.as_c_str()).map_err(doing(target))
}

/// Loads kernel modules in the order of their names.
fn load_modules(folder: &Path) -> io::Result<()> {
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let bytes = fs::read(&file)?;
        match rustix::system::init_module(&bytes, c"") {
            // Built in, or the processor lacks what it drives: whatever is really needed is missed soon enough.
            Ok(()) | Err(rustix::io::Errno::EXIST | rustix::io::Errno::NODEV) => {}
            Err(error) => return Err(doing(&file.to_string_lossy())(error)),
        }
    }
    Ok(())
}

fn await_device(device: &str) -> io::Result<()> {
    let until = Instant::now() + DEVICE;
    while !Path::new(device).exists() {
        if Instant::now() > until {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("{device} did not appear"),
            ));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// A fresh file system for what is thrown away, with quotas for each user.
fn scratch() -> io::Result<()> {
    await_device(SCRATCH_DISK)?;
    let output = Command::new("/sbin/mke2fs")
        .args([
            "-q",
            "-F",
            "-t",
            "ext4",
            "-m",
            "0",
            "-O",
            "quota,^has_journal,^resize_inode",
        ])
        .args(["-E", "quotatype=usrquota,lazy_itable_init=1,nodiscard", SCRATCH_DISK])
        .output()
        .map_err(doing("formatting the scratch disk"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("formatting the scratch disk: {said}")));
    }
    // What is deleted is given back to the host's disk.
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOATIME;
    mount(
        SCRATCH_DISK,
        places::SCRATCH,
        "ext4",
        flags,
        c"usrquota,discard,nobarrier",
    )
    .map_err(doing("mounting the scratch disk"))?;
    fs::set_permissions(places::SCRATCH, fs::Permissions::from_mode(0o711))
}

fn control_groups() -> io::Result<()> {
    mount(
        "cgroup2",
        "/sys/fs/cgroup",
        "cgroup2",
        MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::NODEV,
        None::<&CStr>,
    )
    .map_err(doing("mounting control groups"))?;
    let controllers = "+cpu +memory +pids";
    fs::write("/sys/fs/cgroup/cgroup.subtree_control", controllers).map_err(doing("enabling control groups"))?;
    fs::create_dir_all(places::CGROUPS)?;
    fs::write(format!("{}/cgroup.subtree_control", places::CGROUPS), controllers)
        .map_err(doing("enabling control groups"))
}
