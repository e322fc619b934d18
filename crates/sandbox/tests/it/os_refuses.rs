//! Tier `os` where the kernel lacks a part of what it needs: refused, with the part that is missing, and nothing runs.
//!
//! The kernel is made to lack it by a filter on the test's own thread, which everything it starts inherits: the call
//! fails as it does where the kernel was built without it, or where the administrator switched it off.

use std::collections::BTreeMap;
use std::time::Duration;

use deskhand_sandbox::SandboxError;
use deskhand_types::Coded as _;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::desk::Heard;
use crate::os::desk;

/// What comes of a command where the kernel answers a call with an error.
fn without(call: libc::c_long, errno: libc::c_int) -> Result<Heard, SandboxError> {
    let attempt = move || {
        let filter = SeccompFilter::new(
            BTreeMap::from([(call, Vec::new())]),
            SeccompAction::Allow,
            SeccompAction::Errno(errno.cast_unsigned()),
            std::env::consts::ARCH.try_into().unwrap(),
        );
        let program: BpfProgram = filter.unwrap().try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let desk = desk();
            desk.put("kept.txt", "as it was");
            let room = desk.sandbox.room(desk.setup()).await?;
            let heard = desk
                .attempt(&room, "echo RAN; echo gone >kept.txt", Duration::from_secs(20))
                .await;
            room.close().await;
            heard
        })
    };
    std::thread::spawn(attempt).join().unwrap()
}

/// Refused before there is a room.
#[track_caller]
fn assert_no_room(call: libc::c_long, errno: libc::c_int, missing: &str) {
    let error = without(call, errno).unwrap_err();
    let SandboxError::Unavailable { why, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        why.starts_with("this computer cannot keep commands apart by its own means") && why.contains(missing),
        "{why}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("virtual machine") && hint.contains("File tools work without either"),
        "{hint}"
    );
}

#[test]
fn without_landlock_there_is_no_room() {
    // Not in the kernel; in it and switched off when it started.
    for errno in [libc::ENOSYS, libc::EOPNOTSUPP] {
        assert_no_room(
            libc::SYS_landlock_create_ruleset,
            errno,
            "this kernel's Landlock cannot enforce what is needed",
        );
    }
}

#[test]
fn without_user_namespaces_there_is_no_room() {
    // What `user.max_user_namespaces = 0` answers, and what a security module does.
    for errno in [libc::ENOSPC, libc::EPERM] {
        assert_no_room(libc::SYS_unshare, errno, "user namespaces cannot be made here");
    }
}

#[test]
fn without_mounts_in_user_namespaces_there_is_no_room() {
    assert_no_room(libc::SYS_mount, libc::EPERM, "mounting the folders");
}

/// What is found out only at the last step: the command is not begun.
#[test]
fn a_command_that_cannot_be_confined_is_not_begun() {
    for (call, missing) in [
        (libc::SYS_landlock_restrict_self, "Landlock"),
        (libc::SYS_seccomp, "the filter of system calls"),
        (libc::SYS_capset, "giving up rights"),
    ] {
        match without(call, libc::EPERM) {
            Ok(heard) => {
                assert_eq!(heard.ran.exited.code, 127, "{missing}: {}", heard.text);
                assert!(!heard.text.contains("RAN"), "{missing}: {}", heard.text);
                assert!(heard.text.contains(missing), "{missing}: {}", heard.text);
                assert!(heard.ran.changes.is_empty(), "{missing}: {:?}", heard.ran.changes);
            }
            Err(error) => assert_eq!(error.code().as_str(), "sandbox.unavailable", "{missing}: {error}"),
        }
    }
}

#[test]
fn where_nothing_is_missing_it_runs() {
    let heard = without(libc::SYS_reboot, libc::EPERM).unwrap();
    assert_eq!(heard.good(), "RAN\n");
}
