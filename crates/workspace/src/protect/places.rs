//! System places, as data. Places of secrets are the policy's (`deskhand_policy::SECRET_PLACES`).

/// System folders of this platform: never granted, nor anything in them but for [`EXCEPT`].
#[cfg(target_os = "macos")]
pub(super) const SYSTEM: &[&str] = &[
    "/bin",
    "/sbin",
    "/usr",
    "/etc",
    "/var",
    "/dev",
    "/System",
    "/Library",
    "/Applications",
    "/cores",
    "/private/etc",
    "/private/var",
    "/Network",
    "/opt/homebrew",
];
/// What may be granted although it is in a system folder.
#[cfg(target_os = "macos")]
pub(super) const EXCEPT: &[&str] = &["/private/var/folders", "/private/var/tmp", "/var/folders", "/var/tmp"];

/// System folders of this platform: never granted, nor anything in them but for [`EXCEPT`].
#[cfg(windows)]
pub(super) const SYSTEM: &[&str] = &[
    "C:/Windows",
    "C:/Program Files",
    "C:/Program Files (x86)",
    "C:/ProgramData",
    "C:/Recovery",
    "C:/System Volume Information",
    "C:/$Recycle.Bin",
    "C:/Boot",
    "C:/Users/All Users",
    "C:/Users/Default",
];
/// What may be granted although it is in a system folder.
#[cfg(windows)]
pub(super) const EXCEPT: &[&str] = &[];

/// System folders of this platform: never granted, nor anything in them but for [`EXCEPT`].
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/lost+found",
    "/nix",
    "/proc",
    "/run",
    "/sbin",
    "/snap",
    "/sys",
    "/usr",
    "/var",
];
/// What may be granted although it is in a system folder.
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) const EXCEPT: &[&str] = &["/run/media", "/var/tmp", "/usr/local/share"];
