//! | file | what is there |
//! | --- | --- |
//! | `role` | what this program is, by how it was started |
//! | `boot` | from the kernel's hand-over to a ready system |
//! | `port`, `serve`, `hello` | the conversation with the host |
//! | `share` | the host's folders, through FUSE |
//! | `task`, `group`, `quota`, `network` | a task: user, limits, disk, loopback |
//! | `exec`, `confine` | a command: started by the agent, confined before it begins |
//! | `collect` | what a command changed |
//! | `os`, `watch` | the same without a machine; what is looked at there since no kernel bounds it |
//! | `warm` | Python with its libraries loaded, forked for each script |

#![allow(
    clippy::disallowed_methods,
    reason = "the guest has no folder of the person's but the mounted ones; these are its own system's files"
)]
#![allow(
    unsafe_code,
    reason = "the first process of a system makes system calls for which there is no safe wrapper"
)]

mod boot;
mod collect;
mod confine;
mod exec;
mod group;
mod hello;
mod network;
mod os;
mod places;
mod port;
mod quota;
pub(crate) mod role;
mod serve;
mod share;
mod system;
mod task;
mod warm;
mod watch;
