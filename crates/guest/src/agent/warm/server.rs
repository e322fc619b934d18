//! The server, run as a program of this computer: what it does where the system does not give it what it asks for.
#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::SERVER;

/// Asks the server twice for a script; the first time there is no room for another process.
const ASKING: &str = r#"
import importlib.util, os, socket, sys
spec = importlib.util.spec_from_file_location("server", sys.argv[1])
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)
real, forks = os.fork, []
def fork():
    forks.append(1)
    if len(forks) == 1:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return real()
os.fork = fork
server.enter = lambda request, fds, filters: os.write(fds[4], b"entered")
agent, channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ends = []
for _ in range(2):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    socket.send_fds(agent, [b"{}"], [0, 0, 1, 2, theirs.fileno()])
    theirs.close()
    ends.append(ours)
agent.shutdown(socket.SHUT_WR)
server.serve(channel, [])
print([end.recv(100) for end in ends])
"#;

#[test]
fn it_goes_on_where_there_is_no_room_for_another_process() {
    let folder = std::env::temp_dir().join(format!("warm-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("server.py");
    std::fs::write(&file, SERVER).unwrap();
    let mut python = Command::new("python3")
        .arg("-B")
        .arg("-")
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(ASKING.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    // The first connection ends without a word: whoever asked runs the script in another way.
    assert_eq!(String::from_utf8_lossy(&output.stdout), "[b'', b'entered']\n");
}
