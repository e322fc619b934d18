//! Preparing and applying.

use deskhand_types::{Change, Coded, FileState, GrantMode, Hash, LineCount};
use deskhand_workspace::{ApplyError, Edit, Found, WorkspaceError, only_times};

use crate::support::{Desk, at, delete, folder, grant, leftovers, rename, write};

fn code<T: std::fmt::Debug>(result: Result<T, WorkspaceError>) -> String {
    result.unwrap_err().code().to_string()
}

#[test]
fn a_write_makes_folders_and_says_everything() {
    let desk = Desk::new();
    let set = desk.apply(vec![write("a/b/notes.txt", "one\ntwo\n")]);
    assert_eq!(desk.text("a/b/notes.txt"), "one\ntwo\n");
    let shown: Vec<_> = set
        .changes
        .iter()
        .filter(|c| !only_times(c))
        .map(|c| (c.change, c.path.as_str().to_owned()))
        .collect();
    assert_eq!(
        shown,
        vec![
            (Change::Create, "/mnt/work/a".to_owned()),
            (Change::Create, "/mnt/work/a/b".to_owned()),
            (Change::Create, "/mnt/work/a/b/notes.txt".to_owned()),
        ]
    );
    assert_eq!(set.changes[2].lines, Some(LineCount { added: 2, removed: 0 }));
    let FileState::File {
        hash, size, mtime_ns, ..
    } = set.changes[2].after
    else {
        panic!()
    };
    assert_eq!((hash, size), (Hash::of(b"one\ntwo\n"), 8));
    let stat = desk.workspace.stat(&at("a/b/notes.txt")).unwrap();
    assert_eq!(stat.mtime_ns, mtime_ns);
    assert!(leftovers(&desk.tree()).is_empty());
}

#[test]
fn writing_what_is_there_changes_nothing() {
    let desk = Desk::new();
    desk.put("a.txt", "same");
    assert!(desk.prepare(vec![write("a.txt", "same"), folder("")]).is_err());
    assert_eq!(desk.prepare(vec![write("a.txt", "same")]).unwrap().changes, vec![]);
}

#[test]
fn edits_see_what_earlier_edits_do() {
    let desk = Desk::new();
    desk.put("old/x.txt", "x");
    desk.put("old/y.txt", "y");
    desk.apply(vec![
        rename("old", "new"),
        write("new/x.txt", "x2"),
        rename("new/y.txt", "y.txt"),
        delete("new/x.txt"),
        write("old/z.txt", "z"),
        rename("y.txt", "new/x.txt"),
    ]);
    assert_eq!(desk.text("new/x.txt"), "y");
    assert_eq!(desk.text("old/z.txt"), "z");
    assert!(!desk.work().join("y.txt").exists());
}

#[test]
fn refusals_teach() {
    let desk = Desk::new();
    desk.put("dir/a.txt", "a");
    desk.put("README", "r");
    assert_eq!(code(desk.prepare(vec![write("dir", "x")])), "workspace.not-a-file");
    assert_eq!(
        code(desk.prepare(vec![write("dir/a.txt/b", "x")])),
        "workspace.not-a-folder"
    );
    assert_eq!(code(desk.prepare(vec![delete("none.txt")])), "workspace.not-found");
    assert_eq!(code(desk.prepare(vec![rename("none", "x")])), "workspace.not-found");
    assert_eq!(code(desk.prepare(vec![rename("README", "dir")])), "workspace.bad-edit");
    assert_eq!(
        code(desk.prepare(vec![rename("README", "dir/a.txt")])),
        "workspace.exists"
    );
    assert_eq!(code(desk.prepare(vec![rename("dir", "dir/sub")])), "workspace.bad-edit");
    assert_eq!(
        code(desk.prepare(vec![write("CON.txt", "x")])),
        "workspace.unportable-name"
    );
    assert_eq!(code(desk.prepare(vec![write("a:b", "x")])), "workspace.unportable-name");
    assert_eq!(
        code(desk.prepare(vec![write("trailing. ", "x")])),
        "workspace.unportable-name"
    );
    assert_eq!(
        code(desk.prepare(vec![write("readme", "x")])),
        "workspace.name-collision"
    );
    assert_eq!(
        code(desk.prepare(vec![write("new/é", "1"), write("new/e\u{301}", "2")])),
        "workspace.name-collision"
    );
    assert_eq!(
        code(desk.prepare(vec![Edit::Delete { path: at("") }])),
        "workspace.bad-edit"
    );
    let expect = Some(Hash::of(b"something else"));
    assert_eq!(
        code(desk.prepare(vec![Edit::Write {
            path: at("README"),
            bytes: vec![],
            expect
        }])),
        "workspace.changed-since-read"
    );
    assert_eq!(
        code(desk.prepare(vec![Edit::Link {
            path: at("dir/l"),
            target: "../../outside".into()
        }])),
        "workspace.bad-edit"
    );
    let error = desk.prepare(vec![write("readme", "x")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/mnt/work/readme cannot be created beside /mnt/work/README: the names are the same on Windows and macOS"
    );
}

#[test]
fn a_folder_granted_for_reading_is_not_written() {
    let desk = Desk::new();
    desk.workspace
        .add_grant(grant("ro", &desk.outside(), GrantMode::ReadOnly))
        .unwrap();
    let path = deskhand_types::GuestPath::new("/mnt/ro/x");
    let edit = Edit::Write {
        path: path.clone(),
        bytes: vec![],
        expect: None,
    };
    assert_eq!(code(desk.prepare(vec![edit])), "workspace.read-only");
    // A change-set made while it was writable is refused as well.
    desk.workspace
        .add_grant(grant("ro", &desk.outside(), GrantMode::ReadWrite))
        .unwrap();
    let set = desk
        .prepare(vec![Edit::Write {
            path,
            bytes: vec![],
            expect: None,
        }])
        .unwrap();
    desk.workspace
        .add_grant(grant("ro", &desk.outside(), GrantMode::ReadOnly))
        .unwrap();
    let error = desk.workspace.apply(&set).unwrap_err();
    assert_eq!(error.code().as_str(), "workspace.read-only");
    assert!(desk.outside().read_dir().unwrap().next().is_none());
}

#[test]
fn a_conflict_leaves_everything_and_names_all_paths() {
    let desk = Desk::new();
    desk.put("a.txt", "a1");
    desk.put("b.txt", "b1");
    desk.put("c.txt", "c1");
    let set = desk
        .prepare(vec![
            write("a.txt", "a2"),
            write("b.txt", "b2"),
            delete("c.txt"),
            write("d.txt", "d"),
        ])
        .unwrap();
    desk.put("b.txt", "foreign");
    desk.put("d.txt", "foreign too");
    let before = desk.tree();
    let Err(ApplyError::Conflict { conflicts, .. }) = desk.workspace.apply(&set) else {
        panic!()
    };
    assert_eq!(
        conflicts.iter().map(|c| c.path.clone()).collect::<Vec<_>>(),
        vec![at("b.txt"), at("d.txt")]
    );
    assert!(matches!(&conflicts[0].found, Found::State(FileState::File { hash, .. }) if *hash == Hash::of(b"foreign")));
    assert_eq!(desk.tree(), before);
}

#[test]
fn a_deleted_folder_keeps_what_came_in_since() {
    let desk = Desk::new();
    desk.put("dir/a.txt", "a");
    let set = desk.prepare(vec![delete("dir")]).unwrap();
    desk.put("dir/new.txt", "came in");
    let before = desk.tree();
    let error = desk.workspace.apply(&set).unwrap_err();
    assert_eq!(error.code().as_str(), "workspace.conflict");
    assert_eq!(desk.tree(), before);
}

#[cfg(unix)]
#[test]
fn modes_are_kept_and_new_files_are_as_open_as_their_folder() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let mode = |name: &str| std::fs::metadata(desk.work().join(name)).unwrap().permissions().mode() & 0o7777;
    let set_mode =
        |name: &str, mode| std::fs::set_permissions(desk.work().join(name), PermissionsExt::from_mode(mode)).unwrap();
    desk.put("script.sh", "#!/bin/sh\n");
    set_mode("script.sh", 0o4755);
    std::fs::create_dir(desk.work().join("private")).unwrap();
    set_mode("private", 0o700);
    std::fs::create_dir(desk.work().join("shared")).unwrap();
    set_mode("shared", 0o777);
    let set = desk.apply(vec![
        write("script.sh", "#!/bin/sh\nexit\n"),
        write("private/sub/x", "x"),
        write("shared/x", "x"),
    ]);
    assert_eq!(mode("script.sh"), 0o755, "set-user-id is never put on new content");
    assert_eq!((mode("private/sub"), mode("private/sub/x")), (0o700, 0o600));
    assert_eq!(mode("shared/x"), 0o664);
    desk.undo(&set).1.unwrap();
    assert_eq!(mode("script.sh"), 0o4755);
    let set = desk.apply(vec![
        Edit::SetMode {
            path: at("script.sh"),
            mode: 0o640,
        },
        Edit::SetMode {
            path: at("private"),
            mode: 0o755,
        },
    ]);
    assert_eq!((mode("script.sh"), mode("private")), (0o640, 0o755));
    assert!(set.changes.iter().all(|change| change.change == Change::Mode));
}

#[cfg(unix)]
#[test]
fn other_names_of_a_file_keep_what_they_had() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let outside = desk.outside().join("original");
    std::fs::write(&outside, "original").unwrap();
    std::fs::set_permissions(&outside, PermissionsExt::from_mode(0o600)).unwrap();
    for name in ["written", "moded", "deleted"] {
        std::fs::hard_link(&outside, desk.work().join(name)).unwrap();
    }
    let before = crate::support::tree(&desk.outside());
    assert_eq!(desk.workspace.read(&at("written"), 100).unwrap(), b"original");
    assert_eq!(desk.workspace.stat(&at("written")).unwrap().links, 4);
    let set = desk.apply(vec![
        write("written", "changed"),
        Edit::SetMode {
            path: at("moded"),
            mode: 0o644,
        },
        delete("deleted"),
    ]);
    assert_eq!(
        crate::support::tree(&desk.outside())[std::path::Path::new("original")],
        before[std::path::Path::new("original")]
    );
    desk.undo(&set).1.unwrap();
    assert_eq!(
        crate::support::tree(&desk.outside())[std::path::Path::new("original")],
        before[std::path::Path::new("original")]
    );
    assert_eq!(desk.text("written"), "original");
}

#[test]
fn diffs_and_counts() {
    let desk = Desk::new();
    desk.put("a.txt", "one\ntwo\nthree\n");
    std::fs::write(desk.work().join("b.bin"), [0, 1, 2]).unwrap();
    let set = desk
        .prepare(vec![
            write("a.txt", "one\n2\nthree\n"),
            Edit::Write {
                path: at("b.bin"),
                bytes: vec![0, 9],
                expect: None,
            },
            rename("b.bin", "c.bin"),
        ])
        .unwrap();
    let diffs = desk.workspace.diff(&set);
    assert_eq!(diffs.len(), 3);
    assert_eq!(
        diffs[0].unified.as_deref(),
        Some("--- a/mnt/work/a.txt\n+++ b/mnt/work/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n")
    );
    assert_eq!(diffs[0].lines, Some(LineCount { added: 1, removed: 1 }));
    assert_eq!(
        (diffs[1].binary, diffs[1].unified.clone(), diffs[1].lines),
        (true, None, None)
    );
    assert_eq!(
        (diffs[2].change, diffs[2].from.clone(), diffs[2].binary),
        (Change::Move, Some(at("b.bin")), false)
    );
}

#[test]
fn contents_that_are_not_kept_refuse_the_whole_set() {
    let desk = Desk::new();
    desk.put("a.txt", "1");
    let mut set = desk.prepare(vec![write("a.txt", "2"), write("b.txt", "3")]).unwrap();
    let lost = Hash::of(b"never stored");
    if let FileState::File { hash, .. } = &mut set.changes[1].after {
        *hash = lost;
    }
    let before = desk.tree();
    assert_eq!(
        desk.workspace.apply(&set).unwrap_err().code().as_str(),
        "workspace.blob"
    );
    assert_eq!(desk.tree(), before);
}

#[test]
fn moves_between_grants_are_copies() {
    let desk = Desk::new();
    desk.workspace
        .add_grant(grant("other", &desk.outside(), GrantMode::ReadWrite))
        .unwrap();
    desk.put("dir/a.txt", "a");
    desk.put("dir/sub/b.txt", "b");
    let before = desk.tree();
    let to = deskhand_types::GuestPath::new("/mnt/other/dir");
    let set = desk.apply(vec![Edit::Move { from: at("dir"), to }]);
    assert_eq!(
        std::fs::read_to_string(desk.outside().join("dir/sub/b.txt")).unwrap(),
        "b"
    );
    assert!(!desk.work().join("dir").exists());
    desk.undo(&set).1.unwrap();
    assert_eq!(desk.tree(), before);
    assert!(!desk.outside().join("dir").exists());
}
