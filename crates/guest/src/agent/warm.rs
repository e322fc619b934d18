//! The warm Python: a process that has its libraries loaded and is forked for each script, so that `import pandas`
//! takes no time.
//!
//! In a room, `python3` is the agent under another name ([`client`]). It hands its arguments, environment and standard
//! streams through the room's *door*, a socket, to the agent, which adds whose room it is and passes everything on to
//! the server (`warm/server.py`). That forks, enters the room's namespaces and control group, gives up all rights as
//! every command does, and is the script. Whatever the server cannot do (other options, no door, no memory for another
//! process, or it is gone) the image's own Python does: slower, the same otherwise.

mod client;
mod door;
#[cfg(test)]
mod server;

use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};
use serde::{Deserialize, Serialize};

use crate::agent::boot::doing;
use crate::agent::confine::{Limits, filter_bytes};
use crate::agent::system::System;

pub(crate) use client::client;
pub(crate) use door::Door;

/// Largest request in bytes: a message over a local socket must fit its buffer.
const MAX_REQUEST: usize = 128 << 10;
/// Loading the libraries takes half a minute in software.
const LOADING: Duration = Duration::from_secs(170);

/// The server.
const SERVER: &str = include_str!("warm/server.py");

/// What the client asks for.
#[derive(Serialize, Deserialize)]
struct Wish {
    argv: Vec<String>,
    env: Vec<(String, String)>,
    cwd: String,
}

/// What the server is told.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    wish: &'a Wish,
    uid: u32,
    group: Option<&'a str>,
    limits: Limits,
}

/// The running server.
pub(crate) struct Warm {
    server: OwnedFd,
    doors: AtomicU64,
}

impl Warm {
    /// Starts the server and waits until its libraries are loaded.
    pub fn start(system: &System) -> io::Result<Self> {
        let file = system.own.join("python-server.py");
        std::fs::write(&file, SERVER)?;
        let programs = system.own.join("bin");
        std::fs::create_dir_all(&programs)?;
        std::fs::set_permissions(&programs, std::fs::Permissions::from_mode(0o755))?;
        for name in ["python3", "python"] {
            std::os::unix::fs::symlink(crate::agent::places::AGENT_IN_ROOM, programs.join(name))?;
        }
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::empty())?;
        let filters: Vec<String> = filter_bytes()?.iter().map(|filter| hex(filter)).collect();
        // A grandchild of nobody: it lives as long as the machine.
        let mut server = Command::new("/usr/bin/python3")
            .args(["-I", "-B"])
            .arg(&file)
            .arg(theirs.as_raw_fd().to_string())
            .arg(filters.join(","))
            .env_clear()
            .envs([
                ("LANG", "C.UTF-8"),
                ("HOME", "/tmp"),
                ("MPLBACKEND", "Agg"),
                ("MPLCONFIGDIR", "/tmp/matplotlib"),
                ("OPENBLAS_NUM_THREADS", "1"),
                ("OMP_NUM_THREADS", "1"),
            ])
            .stdin(Stdio::null())
            .spawn()
            .map_err(doing("starting Python"))?;
        drop(theirs);
        rustix::net::sockopt::set_socket_timeout(&ours, rustix::net::sockopt::Timeout::Recv, Some(LOADING))?;
        let mut word = [0; 5];
        let said = std::fs::File::from(ours.try_clone()?).read(&mut word);
        if !matches!(said, Ok(5)) {
            let _ = server.kill();
            let _ = server.wait();
            return Err(io::Error::other("its libraries could not be loaded"));
        }
        Ok(Self {
            server: ours,
            doors: AtomicU64::new(0),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
