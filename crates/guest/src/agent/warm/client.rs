//! `python3` in a room.

use std::io::{self, IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

use super::{MAX_REQUEST, Wish};
use crate::agent::places;

/// The image's own.
const REAL: &str = "/usr/bin/python3";
/// What the server says before a script begins.
const BEGUN: u8 = b'B';

/// Runs what the arguments ask for: by the server where it can, otherwise by the image's own Python.
pub(crate) fn client(arguments: &[String]) -> ExitCode {
    if is_simple(arguments)
        && let Some(code) = ask(arguments)
    {
        return ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1));
    }
    let error = Command::new(REAL)
        .arg0("python3")
        .args(std::env::args_os().skip(1))
        .exec();
    let _ = writeln!(io::stderr(), "python3: {error}");
    ExitCode::from(127)
}

/// Whether the server understands these arguments and this environment.
fn is_simple(arguments: &[String]) -> bool {
    let mut words = arguments
        .iter()
        .skip(1)
        .map(String::as_str)
        .skip_while(|word| ["-u", "-B"].contains(word));
    let known = match words.next() {
        None | Some("-") => true,
        Some("-c" | "-m") => words.next().is_some(),
        Some(script) => !script.starts_with('-'),
    };
    let own = ["PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"];
    known
        && !std::env::vars_os().any(|(name, _)| {
            let name = name.to_string_lossy();
            name.starts_with("PYTHON") && !own.contains(&&*name)
        })
}

/// Asks the server. `None`: it cannot be asked, nothing has happened.
fn ask(arguments: &[String]) -> Option<i32> {
    let wish = Wish {
        argv: arguments.to_vec(),
        env: std::env::vars_os()
            .map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect::<Option<_>>()?,
        cwd: std::env::current_dir().ok()?.into_os_string().into_string().ok()?,
    };
    let bytes = serde_json::to_vec(&wish)
        .ok()
        .filter(|bytes| bytes.len() <= MAX_REQUEST)?;
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).ok()?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(places::PYTHON_IN_ROOM).ok()?).ok()?;
    let (input, output, errors) = (io::stdin(), io::stdout(), io::stderr());
    let streams = [input.as_fd(), output.as_fd(), errors.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&streams));
    rustix::net::sendmsg(&socket, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL).ok()?;
    hear(&socket)
}

/// The exit code of the script. `None`: it has not begun, and will not.
fn hear(socket: impl AsFd) -> Option<i32> {
    let mut begun = false;
    loop {
        let mut said = [0; 4];
        match rustix::io::read(socket.as_fd(), &mut said) {
            Ok(4) => {
                return Some(match i32::from_le_bytes(said) {
                    signal if signal < 0 => 128 - signal,
                    code => code,
                });
            }
            Ok(1) if said.first() == Some(&BEGUN) => begun = true,
            Err(rustix::io::Errno::INTR) => {}
            // Where it has begun, whatever happened to it, it is not run again.
            _ => return begun.then_some(137),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_has_not_begun_may_be_run_in_another_way() {
        for (said, heard) in [
            (Vec::<&[u8]>::new(), None),
            (vec![&b"B"[..]], Some(137)),
            (vec![&b"B"[..], &[3, 0, 0, 0][..]], Some(3)),
            (vec![&b"B"[..], &[0xf7, 0xff, 0xff, 0xff][..]], Some(137)),
            (vec![&b"?"[..]], None),
        ] {
            let (ours, theirs) =
                rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                    .unwrap();
            for word in &said {
                rustix::io::write(&theirs, word).unwrap();
            }
            drop(theirs);
            assert_eq!(hear(&ours), heard, "{said:?}");
        }
    }
}
