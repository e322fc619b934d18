//! What a person does in a folder while a command runs there.

use std::time::Duration;

use deskhand_sandbox::Command;
use deskhand_workspace::WorkspaceError;
use tokio_util::sync::CancellationToken;

use crate::desk::{Desk, Heard};

/// The command says when it has read the files, and goes on when `go` is there: made by the person, so it sees that, too.
#[tokio::test]
async fn an_edit_is_seen_by_the_command_that_runs_and_not_overwritten_by_it() {
    let desk = Desk::new();
    for name in ["read.txt", "written.txt", "removed.txt", "sub/deep.txt"] {
        desk.put(name, "before\n");
    }
    let room = desk.room().await;
    let command = Command {
        text: "cat read.txt written.txt removed.txt sub/deep.txt >/dev/null; ls sub >/dev/null; echo ready; \
               for wait in $(seq 600); do [ -e go ] && break; sleep 0.1; done; \
               cat read.txt sub/deep.txt; ls sub; cat removed.txt 2>&1; echo \"of the command\" >written.txt"
            .to_owned(),
        cwd: "/mnt/work".to_owned(),
        timeout: Duration::from_secs(100),
    };
    let mut edited = false;
    let mut on_output = |_, bytes: &[u8]| {
        if !edited && bytes.starts_with(b"ready") {
            edited = true;
            desk.put("read.txt", "after, and longer\n");
            desk.put("written.txt", "of the person\n");
            desk.put("sub/deep.txt", "deep after\n");
            desk.put("sub/new.txt", "new\n");
            std::fs::remove_file(desk.work().join("removed.txt")).unwrap();
            desk.put("go", "");
        }
    };
    let ran = room
        .run(command, &mut on_output, CancellationToken::new())
        .await
        .unwrap();
    assert!(edited);
    let text = String::from_utf8_lossy(&ran.output.head).into_owned();
    let heard = Heard { text, ran };
    // What is removed cannot be read; in which words depends on what the kernel still knew of it.
    let (seen, removed) = heard.text.split_once("cat: removed.txt: ").unwrap_or_default();
    assert_eq!(
        seen, "ready\nafter, and longer\ndeep after\ndeep.txt\nnew.txt\n",
        "{}",
        heard.text
    );
    assert!(!removed.contains("before"), "{}", heard.text);
    let conflict = desk.prepare(heard.ran).unwrap_err();
    let WorkspaceError::ChangedMeanwhile { paths } = conflict else {
        panic!("{conflict:?}");
    };
    assert_eq!(
        paths.iter().map(deskhand_types::GuestPath::as_str).collect::<Vec<_>>(),
        ["/mnt/work/written.txt"]
    );
    let kept = std::fs::read_to_string(desk.work().join("written.txt")).unwrap();
    assert_eq!(kept, "of the person\n");
    room.close().await;
}
