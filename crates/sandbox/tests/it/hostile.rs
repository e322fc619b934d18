//! A command that means harm: nothing gets out, the computer's memory stays bounded, the task goes on.

use std::net::TcpListener;
use std::time::Duration;

use deskhand_sandbox::Why;

use crate::desk::{Desk, Heard};

/// The machine's process in memory, in bytes: what it really takes of this computer.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[tokio::test]
async fn nothing_of_this_computer_is_in_reach() {
    let desk = Desk::new();
    std::fs::write(desk.home.path().join("secret.txt"), "the-canary-of-this-computer").unwrap();
    std::os::unix::fs::symlink(desk.home.path().join("secret.txt"), desk.work().join("tempting")).unwrap();
    std::os::unix::fs::symlink("../secret.txt", desk.work().join("up")).unwrap();
    // Something on this computer that would answer.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let room = desk.room().await;
    let heard = desk
        .run(
            &room,
            &format!(
                "cat tempting up ../secret.txt /mnt/../../secret.txt 2>&1; \
                 grep -rs the-canary / --exclude-dir=proc --exclude-dir=sys -l 2>/dev/null; \
                 for host in 127.0.0.1 10.0.2.2 10.0.2.3 169.254.169.254 192.168.0.1 172.17.0.1 ::1 fd00:ec2::254 1.1.1.1; do \
                   curl -sg --noproxy '*' -m 2 http://$([ \"${{host#*:}}\" = \"$host\" ] && echo $host || echo [$host]):{port}/ && echo REACHED $host; done; \
                 getent hosts example.com && echo RESOLVED; \
                 python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)' 2>&1 | tail -1; \
                 python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2>&1 | tail -1; \
                 python3 -c 'import socket; s=socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)' 2>&1 | tail -1; \
                 cat /proc/net/dev | tail -n +3 | cut -d: -f1; \
                 curl -s -m 5 http://example.com/ || echo no way out; \
                 ls /dev/vport* /dev/vd* /dev/fuse /dev/mem /dev/kvm 2>&1 | grep -v 'No such'; \
                 ls /sys 2>&1; mount -t tmpfs none /mnt 2>&1 | tail -1; unshare -Ur true 2>&1 | tail -1; sudo -n true 2>&1 | tail -1; \
                 env | grep -iE 'key|token|secret|password'; \
                 find / -xdev -perm /6000 -type f 2>/dev/null; find / -xdev -writable -type d -not -path '/proc/*' -not -path '/mnt/work*' 2>/dev/null | sort | tr '\\n' ' '"
            ),
        )
        .await;
    let seen = heard.text;
    for sign in ["the-canary", "REACHED", "RESOLVED", "/secret.txt\n/"] {
        assert!(!seen.contains(sign), "{sign}: {seen}");
    }
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "a connection came"
    );
    assert_eq!(seen.matches("PermissionError: [Errno 1]").count(), 3, "{seen}");
    assert!(seen.contains("no way out"), "{seen}");
    // What may be written outside the folders is scratch (`/dev` has file systems of its own).
    assert_eq!(seen.lines().last(), Some("/home/task /tmp "), "{seen}");
    room.close().await;
}

/// A room with little disk, and the check that ends every test here: the task goes on in the same machine, and neither
/// that nor this process has grown beyond its bounds.
struct Victim {
    desk: Desk,
    room: deskhand_sandbox::Room,
    process: u32,
}

impl Victim {
    async fn new() -> Self {
        let desk = Desk::new();
        desk.put("kept.txt", "as it was");
        let mut setup = desk.setup();
        setup.limits.disk = 300 << 20;
        let room = desk.sandbox.room(setup).await.unwrap();
        let process = desk.sandbox.process().await.unwrap();
        Self { desk, room, process }
    }

    async fn run(&self, command: &str) -> Heard {
        self.desk.run(&self.room, command).await
    }

    async fn goes_on(self) {
        assert_eq!(self.run("ls; cat kept.txt").await.good(), "kept.txt\nas it was");
        assert_eq!(self.desk.sandbox.process().await, Some(self.process), "another machine");
        assert!(resident(self.process) < 3 << 30, "{}", resident(self.process));
        let own = resident(std::process::id());
        assert!(own < 400 << 20, "{own}");
        self.room.close().await;
    }
}

#[tokio::test]
async fn a_fork_bomb_ends_with_its_time() {
    let victim = Victim::new().await;
    let bomb = "bomb() { bomb | bomb & }; bomb; sleep 20";
    let bomb = victim.desk.run_for(&victim.room, bomb, Duration::from_secs(6)).await;
    assert_ne!(bomb.ran.exited.code, 0);
    victim.goes_on().await;
}

#[tokio::test]
async fn memory_and_disk_are_bounded() {
    let victim = Victim::new().await;
    let greedy = victim
        .run("python3 -c 'x = [bytes([n % 256]) * (1 << 20) for n in range(4000)]'; echo survived")
        .await;
    assert_eq!(greedy.ran.exited.why, Why::OutOfMemory, "{}", greedy.text);
    let fill = victim
        .run(
            "for place in /tmp/fill ./fill; do dd if=/dev/zero of=$place bs=1M count=900 2>&1 | grep -o 'Disk quota exceeded'; \
             done; rm -f /tmp/fill fill; echo over",
        )
        .await;
    assert_eq!(fill.good(), "Disk quota exceeded\nDisk quota exceeded\nover\n");
    victim.goes_on().await;
}

#[tokio::test]
async fn ten_gigabytes_of_output_are_cut_off() {
    let victim = Victim::new().await;
    let flood = victim.run("yes 0123456789abcdef | head -c 10G").await;
    assert_eq!(flood.ran.exited.why, Why::TooMuchOutput);
    assert!(flood.ran.output.bytes <= 64 << 20, "{}", flood.ran.output.bytes);
    assert!(flood.ran.output.head.len() + flood.ran.output.tail.len() <= 96 << 10);
    victim.goes_on().await;
}

#[tokio::test]
async fn too_many_files_are_not_taken_over() {
    let victim = Victim::new().await;
    let many = victim.run("mkdir many && cd many && seq 51000 | xargs touch").await;
    assert!(
        many.ran
            .refused
            .as_ref()
            .is_some_and(|why| why.contains("more than 50000")),
        "{many:?}"
    );
    assert!(many.ran.changes.is_empty());
    victim.goes_on().await;
}

/// The first process, the agent, other processes: not in sight, not in reach.
#[tokio::test]
async fn nobody_else_can_be_ended() {
    let victim = Victim::new().await;
    let killing = "kill -9 1 2>&1; kill -9 -1 2>/dev/null; for n in $(seq 2 400); do [ $n = $$ ] || kill -9 $n 2>/dev/null; done; echo still here";
    assert_eq!(victim.run(killing).await.good(), "still here\n");
    victim.goes_on().await;
}
