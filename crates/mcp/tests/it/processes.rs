//! Local servers as processes.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use deskhand_mcp::{Error, Process, Program};
use tokio::io::{AsyncBufReadExt, BufReader};

fn shell(script: &str) -> Program {
    Program {
        command: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
        folder: "/".into(),
    }
}

fn runs(pid: &str) -> bool {
    // A zombie that nobody has collected yet does not run.
    std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}

async fn ends(pid: &str) -> bool {
    for _ in 0..100 {
        if !runs(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_ends_with_all_it_started() {
    for stopped in [true, false] {
        // The child outlives the shell, ignores the polite signal, and would run on.
        let script =
            "(trap '' TERM; while :; do sleep 1; done) & echo $!; [ -z \"$HOME\" ] && echo bare; exec sleep 60";
        let (process, output, input) = Process::start(&shell(script)).unwrap();
        let mut lines = BufReader::new(output).lines();
        let child = lines.next_line().await.unwrap().unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("bare"));
        assert!(runs(&child));
        drop(input);
        if stopped {
            process.stop().await;
        } else {
            drop(process);
        }
        assert!(ends(&child).await, "the child {child} still runs");
    }
}

#[tokio::test]
async fn a_flood_of_errors_is_kept_to_its_end() {
    let script =
        "i=0; while [ $i -lt 20000 ]; do echo \"line $i of a flood\" >&2; i=$((i+1)); done; echo last >&2; echo done";
    let (process, output, _input) = Process::start(&shell(script)).unwrap();
    BufReader::new(output).lines().next_line().await.unwrap();
    for _ in 0..100 {
        if process.errors().ends_with("last\n") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let errors = process.errors();
    assert!(errors.ends_with("last\n"));
    assert!(errors.len() <= 64 * 1024, "{} bytes", errors.len());
    process.stop().await;
}

#[tokio::test]
async fn a_missing_program_is_said() {
    let mut missing = shell("");
    missing.command = "/nowhere/server".into();
    assert!(matches!(Process::start(&missing), Err(Error::Start { program, .. }) if program == "/nowhere/server"));
}
