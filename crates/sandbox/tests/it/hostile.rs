//! A command that means harm: nothing gets out, the computer's memory and disk stay bounded, the task goes on. The second
//! half is done to both tiers.

use std::net::TcpListener;
use std::time::Duration;

use deskhand_sandbox::{Sandbox, SandboxConfig, Tier, Why};

use crate::desk::{Desk, Heard, config};

/// The most a process ever had in memory, in bytes: what it really took of this computer.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Everything a command has in its environment. No key, no token, nothing of this computer's.
const ENVIRONMENT: &str = "ALL_PROXY HOME HTTPS_PROXY HTTP_PROXY LANG LOGNAME MPLBACKEND MPLCONFIGDIR OMP_NUM_THREADS \
     OPENBLAS_NUM_THREADS PATH PWD PYTHONDONTWRITEBYTECODE SHELL SHLVL TERM TMPDIR USER _ all_proxy http_proxy https_proxy";

/// System calls that lead out of a room, made without the programs that have checks of their own: all are refused.
const CALLS: &str = r"
import ctypes, socket
kernel = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    result = getattr(kernel, name)(*arguments)
    print(name, result, ctypes.get_errno())
call('mount', b'none', b'/mnt', b'tmpfs', 0, None)
call('umount2', b'/mnt', 2)
call('chroot', b'/tmp')
call('unshare', 0x10000000)
call('setns', 0, 0)
call('setuid', 0)
call('ptrace', 16, 1, 0, 0)
call('sethostname', b'mine', 4)
for family, kind, protocol in [
    (socket.AF_INET, socket.SOCK_RAW, 1),
    (socket.AF_PACKET, socket.SOCK_RAW, 0),
    (socket.AF_VSOCK, socket.SOCK_STREAM, 0),
]:
    try:
        socket.socket(family, kind, protocol)
        print('socket', family.name, 'made')
    except PermissionError as error:
        print('socket', family.name, error.errno)
";

/// Runs a look and gives what it saw, without the last line's end.
async fn look(desk: &Desk, room: &deskhand_sandbox::Room, command: &str) -> String {
    desk.run(room, command).await.text.trim_end().to_owned()
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
    let files = look(
        &desk,
        &room,
        "cat tempting up ../secret.txt /mnt/../../secret.txt 2>/dev/null; \
         grep -rs the-canary / --exclude-dir=proc --exclude-dir=sys -l 2>/dev/null",
    )
    .await;
    assert_eq!(files, "", "a file of this computer");
    let network = look(
        &desk,
        &room,
        &format!(
            "for host in 127.0.0.1 10.0.2.2 10.0.2.3 169.254.169.254 192.168.0.1 172.17.0.1 ::1 fd00:ec2::254 1.1.1.1; do \
               curl -sg --noproxy '*' -m 2 http://$([ \"${{host#*:}}\" = \"$host\" ] && echo $host || echo [$host]):{port}/ && echo REACHED $host; done; \
             getent hosts example.com && echo RESOLVED; \
             tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; \
             curl -s -m 5 http://example.com/ || echo no way out"
        ),
    )
    .await;
    assert_eq!(network, "lo\nno way out", "an interface, a host or a name");
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "a connection came"
    );
    let devices = look(&desk, &room, "ls -A /sys; find /dev -type b; ls -A /dev | tr '\\n' ' '").await;
    assert_eq!(
        devices, "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero",
        "a device, or anything of /sys"
    );
    assert_eq!(
        look(&desk, &room, "env | cut -d= -f1 | LC_ALL=C sort | tr '\\n' ' '").await,
        ENVIRONMENT
    );
    desk.put("calls.py", CALLS);
    assert_eq!(
        look(&desk, &room, "/usr/bin/python3 calls.py").await,
        "mount -1 1\numount2 -1 1\nchroot -1 1\nunshare -1 1\nsetns -1 1\nsetuid -1 1\nptrace -1 1\nsethostname -1 1\n\
         socket AF_INET 1\nsocket AF_PACKET 1\nsocket AF_VSOCK 1"
    );
    let programs = look(
        &desk,
        &room,
        "mount -t tmpfs none /mnt 2>/dev/null && echo MOUNTED; unshare -Ur true 2>/dev/null && echo UNSHARED; \
         sudo -n true 2>/dev/null && echo SUDO; su -c true </dev/null 2>/dev/null && echo SU; \
         find / -xdev -perm /6000 -type f 2>/dev/null; \
         grep -E 'CapEff|CapPrm|CapBnd|CapAmb|NoNewPrivs|Seccomp:' /proc/self/status | tr -s '\\t\\n' ' '",
    )
    .await;
    assert_eq!(
        programs,
        "CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 CapAmb: 0000000000000000 \
         NoNewPrivs: 1 Seccomp: 2",
        "a way to more rights"
    );
    // What may be written outside the folders is scratch (`/dev` has file systems of its own).
    assert_eq!(
        look(
            &desk,
            &room,
            "find / -xdev -writable -type d -not -path '/proc/*' -not -path '/mnt/work*' 2>/dev/null | sort | tr '\\n' ' '",
        )
        .await,
        "/home/task /tmp"
    );
    room.close().await;
}

/// A room with little disk, and the check that ends every test here: the task goes on in the same machine, and neither
/// that nor this process has ever grown beyond its bounds.
struct Victim {
    desk: Desk,
    room: deskhand_sandbox::Room,
    process: u32,
}

/// The disk of a victim's commands.
const DISK: u64 = 300 << 20;

impl Victim {
    async fn new(tier: Tier) -> Self {
        let desk = Desk::with(Sandbox::new(SandboxConfig { tier, ..config() }));
        desk.put("kept.txt", "as it was");
        let mut setup = desk.setup();
        setup.limits.disk = DISK;
        let room = desk.sandbox.room(setup).await.unwrap();
        let process = desk.sandbox.process().await.unwrap();
        Self { desk, room, process }
    }

    fn tier(&self) -> Tier {
        self.desk.sandbox.tier()
    }

    async fn run(&self, command: &str) -> Heard {
        self.desk.run(&self.room, command).await
    }

    async fn goes_on(self) {
        assert_eq!(self.run("ls; cat kept.txt").await.good(), "kept.txt\nas it was");
        assert_eq!(self.desk.sandbox.process().await, Some(self.process), "another machine");
        // A machine's memory is 2 GiB; the agent alone is small.
        let most = match self.tier() {
            Tier::Vm => 3 << 30,
            Tier::Os => 200 << 20,
        };
        assert!(peak(self.process) < most, "{}", peak(self.process));
        let own = peak(std::process::id());
        assert!(own < 400 << 20, "{own}");
        self.room.close().await;
    }
}

/// How many processes a command can have: makes as many as it can and says how many, and why no more.
const AS_MANY_AS_POSSIBLE: &str = "/usr/bin/python3 -c '
import os, time
made, why = 0, \"enough\"
try:
    while made < 1000:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except OSError as error:
    why = error.strerror
print(made, why, flush=True)
time.sleep(2)
'";

/// Whether the kernel does not bound the processes of this user (tier `os`): it exempts root.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

async fn processes_are_bounded(tier: Tier) {
    let victim = Victim::new(tier).await;
    let heard = victim.run(AS_MANY_AS_POSSIBLE).await;
    if tier == Tier::Os && is_root() {
        assert_eq!(heard.ran.exited.why, Why::TooManyProcesses, "{}", heard.text);
    } else {
        let (made, why) = heard.text.trim().split_once(' ').unwrap();
        let made: u32 = made.parse().unwrap();
        // The limit is 200; what runs it counts too, in tier `os` also the agent.
        assert!((150..200).contains(&made), "{}", heard.text);
        assert_eq!(why, "Resource temporarily unavailable");
    }
    // They are gone: there is room for as many again.
    assert_eq!(
        victim
            .run("for n in $(seq 20); do sleep 1 & done; wait; echo over")
            .await
            .good(),
        "over\n"
    );
    // One that makes nothing else is told, where it can be, and ended in any case.
    let bomb = "bomb() { bomb | bomb & }; bomb; sleep 20";
    let bomb = victim.desk.run_for(&victim.room, bomb, Duration::from_secs(6)).await;
    if tier == Tier::Os && is_root() {
        // Where it leaves the watch no processor to look with, it is ended by its time.
        let why = bomb.ran.exited.why;
        assert!(
            matches!(why, Why::TooManyProcesses | Why::TimedOut),
            "{why:?}: {}",
            bomb.text
        );
    } else {
        assert!(bomb.text.contains("Resource temporarily unavailable"), "{}", bomb.text);
        assert_ne!(bomb.ran.exited.code, 0);
    }
    victim.goes_on().await;
}

#[tokio::test]
async fn processes_are_bounded_in_the_machine() {
    processes_are_bounded(Tier::Vm).await;
}

#[tokio::test]
async fn processes_are_bounded_in_tier_os() {
    processes_are_bounded(Tier::Os).await;
}

/// A fifth of a processor is a fifth, however busy the command is.
#[tokio::test]
async fn processor_time_is_bounded() {
    let desk = Desk::new();
    let mut setup = desk.setup();
    setup.limits.cpu_percent = 20;
    let room = desk.sandbox.room(setup).await.unwrap();
    let busy = "begun=$SECONDS; while [ $((SECONDS - begun)) -lt 6 ]; do :; done; echo over";
    let heard = desk.run(&room, busy).await;
    let used = heard.ran.exited.cpu_ms;
    assert_eq!(heard.good(), "over\n");
    // 1,200 of 6,000 ms are a fifth; starting it takes some as well.
    assert!((300..3_000).contains(&used), "{used} ms");
    room.close().await;
}

/// Into a session of its own, twice forked: whoever its parent is, it ends with its command.
#[tokio::test]
async fn what_runs_too_long_is_ended_whole() {
    let desk = Desk::new();
    let room = desk.room().await;
    desk.put("beat.sh", "while :; do printf x >>/tmp/beat; sleep 0.1; done\n");
    let late = desk
        .run_for(
            &room,
            "(setsid bash -c 'trap \"\" TERM HUP; bash beat.sh & exec sleep 77' &) ; echo begun; sleep 77",
            Duration::from_secs(4),
        )
        .await;
    assert_eq!((late.ran.exited.why, late.text.as_str()), (Why::TimedOut, "begun\n"));
    desk.assert_beats_no_more(&room).await;
    // Nor does what is left behind go on when the command ends by itself.
    let left = "rm /tmp/beat; (setsid bash beat.sh >/dev/null 2>&1 &); sleep 2; echo over";
    assert_eq!(desk.run(&room, left).await.good(), "over\n");
    desk.assert_beats_no_more(&room).await;
    room.close().await;
}

const GREEDY: &str = "/usr/bin/python3 -c 'x = [bytes([n % 256]) * (1 << 20) for n in range(4000)]'; echo survived";

#[tokio::test]
async fn memory_and_disk_are_bounded() {
    let victim = Victim::new(Tier::Vm).await;
    let greedy = victim.run(GREEDY).await;
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

/// For each process, since there is no control group.
#[tokio::test]
async fn memory_of_a_process_is_bounded_in_tier_os() {
    let victim = Victim::new(Tier::Os).await;
    let greedy = victim.run(GREEDY).await;
    assert!(
        greedy.text.contains("MemoryError") && greedy.text.ends_with("survived\n"),
        "{}",
        greedy.text
    );
    victim.goes_on().await;
}

/// In scratch and in a granted folder, in many files that are each small enough: there is no quota, so it is ended.
#[tokio::test]
async fn the_disk_is_bounded_in_tier_os() {
    let victim = Victim::new(Tier::Os).await;
    // One file is stopped by the kernel itself, at the latest.
    victim
        .run("dd if=/dev/zero of=/tmp/fill bs=1M count=900 status=none; sleep 1")
        .await;
    let large = victim.run("stat -c %s /tmp/fill; rm /tmp/fill").await.good();
    assert!(large.trim().parse::<u64>().unwrap() <= DISK, "{large}");
    for place in ["/tmp", "."] {
        let fill = format!(
            "for n in $(seq 9); do dd if=/dev/zero of={place}/fill-$n bs=1M count=100 status=none; sleep 0.2; done; echo over"
        );
        let fill = victim.run(&fill).await;
        assert_eq!(fill.ran.exited.why, Why::TooMuchDisk, "{place}: {}", fill.text);
        assert!(!fill.text.contains("over"), "{place}");
        // What is there is little more than it may be: what is written between two looks.
        let there = victim.run("du -sm /tmp | cut -f1").await.good();
        let there: u64 = there.trim().parse().unwrap();
        assert!(there << 20 < DISK + (301 << 20), "{place}: {there} MiB");
    }
    // What it filled is in its scratch still, and can be tidied up: the next command is not ended for it.
    assert_eq!(
        victim.run("rm /tmp/fill-*; echo tidy; sleep 1; ls /tmp").await.good(),
        "tidy\n"
    );
    // Many empty files take nothing of the disk but its table of files.
    let many = victim
        .run("mkdir /tmp/many && cd /tmp/many && seq 210000 | xargs touch; sleep 60; echo over")
        .await;
    assert_eq!(many.ran.exited.why, Why::TooMuchDisk, "{}", many.text);
    victim.goes_on().await;
}

async fn output_is_cut_off(tier: Tier) {
    let victim = Victim::new(tier).await;
    let flood = victim.run("yes 0123456789abcdef | head -c 10G").await;
    assert_eq!(flood.ran.exited.why, Why::TooMuchOutput);
    assert!(flood.ran.output.bytes <= 64 << 20, "{}", flood.ran.output.bytes);
    assert!(flood.ran.output.head.len() + flood.ran.output.tail.len() <= 96 << 10);
    victim.goes_on().await;
}

#[tokio::test]
async fn ten_gigabytes_of_output_are_cut_off() {
    output_is_cut_off(Tier::Vm).await;
}

#[tokio::test]
async fn ten_gigabytes_of_output_are_cut_off_in_tier_os() {
    output_is_cut_off(Tier::Os).await;
}

async fn too_many_files_are_not_taken_over(tier: Tier) {
    let victim = Victim::new(tier).await;
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

#[tokio::test]
async fn too_many_files_are_not_taken_over_from_the_machine() {
    too_many_files_are_not_taken_over(Tier::Vm).await;
}

#[tokio::test]
async fn too_many_files_are_not_taken_over_from_tier_os() {
    too_many_files_are_not_taken_over(Tier::Os).await;
}

/// The first process, the agent, other processes: not in sight, not in reach.
async fn nobody_else_can_be_ended(tier: Tier) {
    let victim = Victim::new(tier).await;
    let killing = "kill -9 1 2>/dev/null; kill -9 -1 2>/dev/null; for n in $(seq 2 400); do [ $n = $$ ] || kill -9 $n 2>/dev/null; done; echo still here";
    assert_eq!(victim.run(killing).await.good(), "still here\n");
    victim.goes_on().await;
}

#[tokio::test]
async fn nobody_else_can_be_ended_in_the_machine() {
    nobody_else_can_be_ended(Tier::Vm).await;
}

#[tokio::test]
async fn nobody_else_can_be_ended_in_tier_os() {
    nobody_else_can_be_ended(Tier::Os).await;
}
