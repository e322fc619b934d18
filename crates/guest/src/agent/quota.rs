//! How much of the scratch disk a task may fill: a quota of its user, which the layers over its folders keep too
//! (overlayfs gives up the right to ignore quotas).

use std::io;

use deskhand_wire::Slot;

/// From the kernel's `include/uapi/linux/quota.h`: set limits, of a user.
const SET_USER_LIMITS: libc::c_int = (libc::Q_SETQUOTA << 8) | libc::USRQUOTA;
/// Files and folders a task may make, so that it cannot use up the disk's table of them.
pub(crate) const MAX_FILES: u64 = 200_000;

/// Sets how many bytes the slot's user may have on the disk `device`.
pub(crate) fn set(device: &str, slot: Slot, bytes: u64) -> io::Result<()> {
    let device = crate::agent::confine::c_string(device)?;
    // Blocks of a kibibyte.
    let blocks = bytes >> 10;
    // SAFETY: all fields are numbers, for which zero is a value.
    let mut limits: libc::dqblk = unsafe { std::mem::zeroed() };
    limits.dqb_bhardlimit = blocks;
    limits.dqb_bsoftlimit = blocks;
    limits.dqb_ihardlimit = MAX_FILES;
    limits.dqb_isoftlimit = MAX_FILES;
    limits.dqb_valid = libc::QIF_LIMITS;
    // SAFETY: the path ends with a null byte, the structure is the one this command reads.
    let result = unsafe {
        libc::quotactl(
            SET_USER_LIMITS,
            device.as_ptr(),
            slot.uid().cast_signed(),
            (&raw mut limits).cast(),
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
