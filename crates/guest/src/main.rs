//! The agent inside the virtual machine: the first process, which confines, runs and collects commands. In tier `os`
//! the same program runs as a confined process on the person's computer.
//!
//! | file | what is there |
//! | --- | --- |
//! | `boot` | from the kernel's hand-over to a ready system |
//! | `port`, `serve`, `hello` | the conversation with the host |
//! | `share` | the host's folders, through FUSE |
//! | `task`, `group`, `quota`, `network` | a task: user, limits, disk, loopback |
//! | `exec`, `confine` | a command: started by the agent, confined before it begins |
//! | `collect` | what a command changed |
//! | `os` | the same without a machine |
//! | `warm` | Python with its libraries loaded, forked for each script |

#![cfg_attr(
    target_os = "linux",
    allow(
        clippy::disallowed_methods,
        reason = "the guest has no folder of the person's but the mounted ones; these are its own system's files"
    )
)]
#![cfg_attr(
    target_os = "linux",
    allow(
        unsafe_code,
        reason = "the first process of a system makes system calls for which there is no safe wrapper"
    )
)]

#[cfg(target_os = "linux")]
mod boot;
#[cfg(target_os = "linux")]
mod collect;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod exec;
#[cfg(target_os = "linux")]
mod group;
#[cfg(target_os = "linux")]
mod hello;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod os;
#[cfg(target_os = "linux")]
mod places;
#[cfg(target_os = "linux")]
mod port;
#[cfg(target_os = "linux")]
mod quota;
#[cfg(target_os = "linux")]
mod role;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
mod share;
#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
mod task;
#[cfg(target_os = "linux")]
mod warm;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    role::take()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("deskhand-guest runs inside the sandbox, which is Linux");
    std::process::ExitCode::FAILURE
}
