//! What a machine must be told when it starts and whenever it is restored: the time, fresh randomness, who it is.

use std::io;

use deskhand_wire::{Failure, FailureKind, Hello, VERSION};
use rustix::time::{ClockId, Timespec};

use crate::agent::{boot::doing, places};

/// From the kernel's `include/uapi/linux/random.h`: add to the pool and count it; mix it in now.
const ADD_ENTROPY: libc::c_ulong = 0x4008_5203;
const RESEED: libc::c_ulong = 0x5207;

/// `struct rand_pool_info` with room for 32 bytes.
#[repr(C)]
struct Entropy {
    bits: libc::c_int,
    size: libc::c_int,
    bytes: [u8; 32],
}

/// Takes it in.
pub(crate) fn greet(hello: &Hello, is_machine: bool) -> Result<(), Failure> {
    if hello.version != VERSION {
        return Err(Failure {
            kind: FailureKind::Version,
            message: format!("the guest agent speaks version {VERSION}, the host {}", hello.version),
        });
    }
    if !is_machine {
        return Ok(());
    }
    renew(hello).map_err(|error| Failure {
        kind: FailureKind::System,
        message: error.to_string(),
    })
}

fn renew(hello: &Hello) -> io::Result<()> {
    let time = Timespec {
        tv_sec: i64::try_from(hello.now_ns / 1_000_000_000).map_err(io::Error::other)?,
        tv_nsec: (hello.now_ns % 1_000_000_000) as _,
    };
    rustix::time::clock_settime(ClockId::Realtime, time).map_err(doing("setting the clock"))?;
    stir(hello.entropy).map_err(doing("stirring randomness in"))?;
    let session: String = hello.session.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(places::MACHINE_ID, session + "\n")?;
    // By the randomness just stirred in.
    let fresh = std::fs::read("/proc/sys/kernel/random/uuid").map_err(doing("making an id of this start"))?;
    std::fs::write(places::BOOT_ID, fresh)
}

fn stir(bytes: [u8; 32]) -> io::Result<()> {
    let device = std::fs::File::options().write(true).open("/dev/urandom")?;
    let fd = std::os::fd::AsRawFd::as_raw_fd(&device);
    let entropy = Entropy {
        bits: 256,
        size: 32,
        bytes,
    };
    // SAFETY: the descriptor is the random device, and the structure the one the first request reads; the second
    // reads nothing.
    let results = unsafe {
        [
            libc::ioctl(fd, ADD_ENTROPY as _, &raw const entropy),
            libc::ioctl(fd, RESEED as _),
        ]
    };
    if results == [0, 0] {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
