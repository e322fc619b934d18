//! Tier `os`: the same contract without a machine, kept apart by this computer's own kernel.

use std::net::TcpListener;
use std::time::Duration;

use deskhand_sandbox::{Sandbox, SandboxConfig, Tier, Why};

use crate::desk::{Desk, config};
use crate::tree::tree;

fn desk() -> Desk {
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
    let process = desk.sandbox.process().await.unwrap();
    room.close().await;
    let still = |name: &str| {
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == name.replace(' ', "\0").as_bytes())
        })
    };
    assert!(!still("sleep 77 "), "a process outlived its command");
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
