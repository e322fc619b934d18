//! Tier `os`: the same contract without a machine, kept apart by this computer's own kernel.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use deskhand_sandbox::{Connection, Outlet, RoomSetup, Sandbox, SandboxConfig, Tier, Why, sweep};
use deskhand_types::TaskId;
use deskhand_workspace::WorkspaceError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::desk::{Desk, config};
use crate::tree::tree;

pub fn desk() -> Desk {
    Desk::with(Sandbox::new(SandboxConfig {
        tier: Tier::Os,
        ..config()
    }))
}

#[tokio::test]
async fn what_a_command_changes_lands_and_is_taken_back_and_the_tier_is_told() {
    let desk = desk();
    desk.put("letters/one.txt", "Dear one\n");
    desk.put("letters/two.txt", "Dear two\n");
    desk.put("old/gone.txt", "gone");
    let before = tree(&desk.work());
    let room = desk.room().await;
    let heard = desk
        .run(
            &room,
            "id -un; ls /mnt; touch /mnt/papers/x 2>/dev/null || echo read-only; echo kept >/tmp/note",
        )
        .await;
    assert_eq!(heard.ran.tier, Tier::Os);
    assert_eq!(heard.good(), "task\npapers\nwork\nread-only\n");
    assert_eq!(desk.run(&room, "cat /tmp/note").await.good(), "kept\n");
    let (set, left_out) = desk
        .land(&room, "sed -i s/Dear/Hello/ letters/*.txt && rm -r old && mkdir old && echo new >old/new.txt && mv letters/two.txt 'zwei €.txt' && ln -s letters here && chmod 750 letters")
        .await;
    assert_eq!(left_out, []);
    assert_eq!(
        std::fs::read_to_string(desk.work().join("zwei €.txt")).unwrap(),
        "Hello two\n"
    );
    assert!(!desk.work().join("old/gone.txt").exists());
    assert_eq!(
        desk.run(
            &room,
            "cat letters/one.txt old/new.txt here/one.txt; stat -c %a letters"
        )
        .await
        .good(),
        "Hello one\nnew\nHello one\n750\n"
    );
    desk.undo(&set).unwrap();
    assert_eq!(tree(&desk.work()), before);
    room.close().await;
}

#[tokio::test]
async fn this_computers_files_processes_and_network_are_out_of_reach() {
    let desk = desk();
    let secret = desk.home.path().join("secret.txt");
    std::fs::write(&secret, "the-canary").unwrap();
    std::os::unix::fs::symlink(&secret, desk.work().join("tempting")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let room = desk.room().await;
    let heard = desk
        .run(
            &room,
            &format!(
                "cat tempting {} /etc/shadow ~root/.bashrc 2>&1; ls /home /root /var /proc/1/root/ 2>&1; kill -9 {} 2>&1; \
                 exec 3<>/dev/tcp/127.0.0.1/{port} && echo REACHED; \
                 echo x >/usr/bin/x 2>&1; mount -t tmpfs t /mnt 2>&1 | tail -1; unshare -Ur true 2>&1 | tail -1; \
                 grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status | tr -s '\\t\\n' ' '; ls /dev | tr '\\n' ' '; \
                 ls /proc | grep -c '^[0-9]'",
                secret.display(),
                std::process::id()
            ),
        )
        .await;
    let seen = heard.text;
    assert!(!seen.contains("the-canary") && !seen.contains("REACHED"), "{seen}");
    assert!(
        seen.contains("CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2"),
        "{seen}"
    );
    assert!(
        seen.contains("fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"),
        "{seen}"
    );
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert!(!std::path::Path::new("/usr/bin/x").exists());
    room.close().await;
}

/// The second wall: where the mounts alone would let it write, since the room's own file systems are the task's user's.
/// Only Landlock forbids this.
#[tokio::test]
async fn outside_its_writable_places_nothing_can_be_made_even_where_the_mounts_would_allow_it() {
    let desk = desk();
    let room = desk.room().await;
    let heard = desk
        .run(
            &room,
            "for place in / /run /etc /home; do \
               [ -w $place ] && echo open $place; \
               (echo x >$place/made) 2>&1 | grep -o 'Permission denied'; \
               mkdir $place/made-folder 2>&1 | grep -o 'Permission denied'; \
               ln -s x $place/made-link 2>&1 | grep -o 'Permission denied'; \
             done; \
             ls -d /made /*/made /made-folder /*/made-folder /made-link /*/made-link 2>/dev/null; \
             for place in /mnt/work /tmp ~ /dev/shm; do echo x >$place/made && cat $place/made; done",
        )
        .await;
    let denied = "Permission denied\nPermission denied\nPermission denied\n";
    // `-w` asks for rights of owner and mode and for mounts that are read-only: it knows nothing of Landlock.
    let closed: String = ["/", "/run", "/etc", "/home"]
        .iter()
        .map(|place| format!("open {place}\n{denied}"))
        .collect();
    assert_eq!(heard.good(), format!("{closed}x\nx\nx\nx\n"));
    room.close().await;
}

/// Bytes that are no text, in a file that the person changes while a command changes it, too.
#[tokio::test]
async fn what_the_person_edits_meanwhile_is_a_conflict_not_a_loss() {
    let desk = desk();
    let (before, mine) = ([0_u8, 255, 254, 0, 10, 13, 128], [0_u8, 159, 146, 150, 0, 0]);
    desk.put("picture.bin", before);
    let room = desk.room().await;
    let work = desk.work();
    let editing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        std::fs::write(work.join("picture.bin"), mine).unwrap();
    });
    let heard = desk
        .run(
            &room,
            "od -An -tu1 picture.bin; sleep 3; printf '\\0\\377' >>picture.bin; echo fine >new.txt",
        )
        .await;
    editing.join().unwrap();
    assert_eq!(heard.ran.exited.code, 0, "{}", heard.text);
    assert_eq!(
        heard.text.split_whitespace().collect::<Vec<_>>().join(" "),
        "0 255 254 0 10 13 128"
    );
    let error = desk.prepare(heard.ran).unwrap_err();
    assert!(matches!(&error, WorkspaceError::ChangedMeanwhile { .. }), "{error:?}");
    assert_eq!(std::fs::read(desk.work().join("picture.bin")).unwrap(), mine);
    assert!(!desk.work().join("new.txt").exists(), "all of it lands, or none");
    assert_eq!(
        desk.run(&room, "od -An -tu1 picture.bin | tr -s ' '").await.good(),
        " 0 159 146 150 0 0\n"
    );
    room.close().await;
}

/// Answers every connection with what it was told, and the task's name.
struct Answers;

#[async_trait::async_trait]
impl Outlet for Answers {
    async fn serve(&self, task: &TaskId, mut connection: Connection) {
        let mut said = [0; 5];
        connection.read_exact(&mut said).await.unwrap();
        let answer = format!("{} heard {}\n", task.as_str(), String::from_utf8_lossy(&said));
        connection.write_all(answer.as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
    }

    fn certificate(&self) -> String {
        "the proxy's certificate\n".to_owned()
    }
}

#[tokio::test]
async fn the_proxy_is_the_only_way_out() {
    let desk = desk();
    let room = desk
        .sandbox
        .room(RoomSetup {
            outlet: Arc::new(Answers),
            ..desk.setup()
        })
        .await
        .unwrap();
    let heard = desk
        .run(
            &room,
            "echo $https_proxy; cat $SSL_CERT_FILE; exec 3<>/dev/tcp/127.0.0.1/3128; printf hello >&3; cat <&3; \
             tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; \
             (exec 4<>/dev/tcp/192.0.2.1/80) 2>&1 | grep -om1 'Network is unreachable'; true",
        )
        .await;
    assert_eq!(
        heard.good(),
        "http://127.0.0.1:3128\nthe proxy's certificate\n01task heard hello\nlo\nNetwork is unreachable\n"
    );
    room.close().await;
}

/// A process that uses the sandbox is killed: the agent and the command die with it, and what they left is swept away.
#[tokio::test]
async fn a_killed_owner_leaves_no_process_and_no_file() {
    let mark = "sleep\x007654321\0";
    if let Some(cache) = std::env::var_os("SANDBOX_OWNER") {
        let desk = Desk::with(Sandbox::new(SandboxConfig {
            tier: Tier::Os,
            cache: cache.into(),
            ..config()
        }));
        let room = desk.room().await;
        println!("agent {}", desk.sandbox.process().await.unwrap());
        desk.run(&room, "setsid sleep 7654321 & sleep 7654321").await;
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let mut owner = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "os::a_killed_owner_leaves_no_process_and_no_file",
            "--nocapture",
        ])
        .env("SANDBOX_OWNER", cache.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(owner.stdout.take().unwrap()));
    let agent: u32 = lines
        .map(Result::unwrap)
        .find_map(|line| Some(line.split_once("agent ")?.1.trim().parse().unwrap()))
        .unwrap();
    until("the command began", || running(mark) == 2).await;
    owner.kill().unwrap();
    owner.wait().unwrap();
    until("the command ended with its owner", || running(mark) == 0).await;
    let folder = format!("/proc/{agent}");
    until("the agent ended with its owner", || {
        !std::path::Path::new(&folder).exists()
    })
    .await;
    let places = deskhand_sandbox::image::Places::new(cache.path());
    assert_eq!(
        std::fs::read_dir(places.machines()).unwrap().count(),
        1,
        "its folder is left"
    );
    sweep(&places);
    assert_eq!(std::fs::read_dir(places.machines()).unwrap().count(), 0);
}

/// How many processes of this computer were started with these words, each ended by a null byte.
fn running(words: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|entry| std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == words.as_bytes()))
        .count()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn what_runs_too_long_is_ended_whole() {
    let desk = desk();
    let room = desk.room().await;
    let late = desk
        .run_for(
            &room,
            "(sleep 77 & sleep 77) & setsid sleep 77 & echo begun; sleep 77",
            Duration::from_secs(1),
        )
        .await;
    assert_eq!((late.ran.exited.why, late.text.as_str()), (Why::TimedOut, "begun\n"));
    assert_eq!(running("sleep\x0077\0"), 0, "a process outlived its command");
    let process = desk.sandbox.process().await.unwrap();
    room.close().await;
    assert!(
        !std::path::Path::new(&format!("/proc/{process}")).exists(),
        "the agent outlived its last room"
    );
}

/// There is no way from one tier to another: where the machine cannot run, nothing else does.
#[tokio::test]
async fn a_machine_that_cannot_start_is_not_replaced() {
    let empty = tempfile::tempdir().unwrap();
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: empty.path().to_owned(),
        ..config()
    }));
    assert_eq!(desk.sandbox.tier(), Tier::Vm);
    assert!(desk.sandbox.room(desk.setup()).await.is_err());
    assert_eq!(desk.sandbox.process().await, None);
}
