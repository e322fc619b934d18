//! Nothing leads out of a grant.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deskhand_types::{Coded, GuestPath};
use deskhand_workspace::{Edit, GlobQuery, GrepQuery, Kind, WorkspaceError};

use crate::support::{Desk, at, delete, rename, tree, write};

fn code<T: std::fmt::Debug>(result: Result<T, WorkspaceError>) -> String {
    result.unwrap_err().code().to_string()
}

fn secret(desk: &Desk) {
    std::fs::write(desk.outside().join("secret.txt"), "canary-secret").unwrap();
}

#[test]
fn links_inside_are_read_through_links_outside_are_not() {
    let desk = Desk::new();
    secret(&desk);
    desk.put("dir/sub/a.txt", "inside");
    symlink("dir/sub/a.txt", desk.work().join("to-file")).unwrap();
    symlink("dir/sub", desk.work().join("to-dir")).unwrap();
    symlink("../sub/../../to-dir/a.txt", desk.work().join("dir/sub/winding")).unwrap();
    symlink(desk.work().join("dir"), desk.work().join("absolute")).unwrap();
    symlink("loop-b", desk.work().join("loop-a")).unwrap();
    symlink("loop-a", desk.work().join("loop-b")).unwrap();
    symlink("../outside/secret.txt", desk.work().join("out-file")).unwrap();
    symlink("../outside", desk.work().join("out-dir")).unwrap();
    symlink(desk.outside(), desk.work().join("out-absolute")).unwrap();
    symlink("dir/../../outside/secret.txt", desk.work().join("out-winding")).unwrap();
    symlink("/proc/self/root", desk.work().join("proc")).unwrap();
    symlink("/", desk.work().join("root")).unwrap();
    for name in ["to-file", "to-dir/a.txt", "dir/sub/winding", "absolute/sub/a.txt"] {
        assert_eq!(desk.workspace.read(&at(name), 100).unwrap(), b"inside", "{name}");
    }
    let root = format!("root{}", desk.outside().join("secret.txt").display());
    for name in [
        "out-file",
        "out-dir/secret.txt",
        "out-absolute/secret.txt",
        "out-winding",
        "loop-a",
        "proc/etc/passwd",
        &root,
    ] {
        assert_eq!(
            code(desk.workspace.read(&at(name), 100)),
            "workspace.bad-link",
            "{name}"
        );
        assert_eq!(code(desk.workspace.stat(&at(name))), "workspace.bad-link", "{name}");
    }
    assert_eq!(code(desk.workspace.list(&at("out-dir"), 10)), "workspace.bad-link");
    for raw in [
        "/mnt/work/../outside/secret.txt",
        "/mnt/work/dir/../../outside/secret.txt",
        "/mnt/../etc/passwd",
    ] {
        assert_eq!(
            code(desk.workspace.read(&GuestPath::new(raw), 100)),
            "workspace.bad-path",
            "{raw}"
        );
    }
    // Searches list links and do not follow them.
    let found = desk.workspace.grep(&GrepQuery::new("canary-secret")).unwrap();
    assert_eq!(found.files, vec![]);
    let found = desk.workspace.glob(&GlobQuery::new("**")).unwrap();
    assert!(
        found
            .entries
            .iter()
            .all(|entry| !entry.path.as_str().contains("secret"))
    );
    assert!(found.entries.iter().any(|entry| entry.kind == Kind::Link));
}

#[test]
fn writes_never_go_through_links() {
    let desk = Desk::new();
    secret(&desk);
    desk.put("dir/a.txt", "inside");
    symlink("dir", desk.work().join("to-dir")).unwrap();
    symlink("dir/a.txt", desk.work().join("to-file")).unwrap();
    symlink("../outside", desk.work().join("out")).unwrap();
    symlink("nowhere", desk.work().join("dangling")).unwrap();
    for name in ["to-dir/b.txt", "to-file", "out/x", "out/secret.txt", "dangling"] {
        assert_eq!(
            code(desk.prepare(vec![write(name, "x")])),
            "workspace.through-link",
            "{name}"
        );
    }
    assert_eq!(
        code(desk.prepare(vec![delete("out/secret.txt")])),
        "workspace.through-link"
    );
    assert_eq!(
        code(desk.prepare(vec![rename("dir/a.txt", "out/a.txt")])),
        "workspace.through-link"
    );
    assert_eq!(
        code(desk.prepare(vec![Edit::SetMode {
            path: at("to-file"),
            mode: 0o777
        }])),
        "workspace.through-link"
    );
    // The link itself can be moved and deleted.
    let before = (desk.tree(), tree(&desk.outside()));
    let set = desk.apply(vec![rename("out", "kept/out"), delete("dangling"), delete("to-dir")]);
    desk.undo(&set).1.unwrap();
    assert_eq!((desk.tree(), tree(&desk.outside())), before);
}

#[test]
fn a_folder_swapped_for_a_link_after_preparing_is_a_conflict() {
    let desk = Desk::new();
    secret(&desk);
    desk.put("dir/secret.txt", "inside");
    let set = desk
        .prepare(vec![write("dir/secret.txt", "changed"), write("dir/new.txt", "new")])
        .unwrap();
    std::fs::rename(desk.work().join("dir"), desk.work().join("was")).unwrap();
    symlink("../outside", desk.work().join("dir")).unwrap();
    let before = tree(desk.dir.path());
    assert_eq!(
        desk.workspace.apply(&set).unwrap_err().code().as_str(),
        "workspace.conflict"
    );
    assert_eq!(tree(desk.dir.path()), before);
}

#[test]
fn special_files_are_never_opened() {
    let desk = Desk::new();
    let fifo = desk.work().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(desk.work().join("socket")).unwrap();
    for name in ["pipe", "socket"] {
        assert_eq!(code(desk.workspace.read(&at(name), 100)), "workspace.not-a-file");
        assert_eq!(code(desk.prepare(vec![write(name, "x")])), "workspace.not-a-file");
        assert_eq!(code(desk.prepare(vec![delete(name)])), "workspace.not-a-file");
        assert_eq!(desk.workspace.stat(&at(name)).unwrap().kind, Kind::Other);
    }
    // Would block for ever if it were opened.
    assert_eq!(desk.workspace.grep(&GrepQuery::new("x")).unwrap().files, vec![]);
    assert_eq!(
        desk.workspace
            .grep(&GrepQuery {
                path: Some(at("pipe")),
                ..GrepQuery::new("x")
            })
            .unwrap_err()
            .code()
            .as_str(),
        "workspace.not-a-file"
    );
}

#[test]
fn existing_names_that_are_not_portable_stay_usable() {
    let desk = Desk::new();
    for name in ["CON", "a:b", "back\\slash", "dot.", "new\nline", "q?"] {
        desk.put(name, "x");
        assert_eq!(desk.workspace.locate(&format!("/mnt/work/{name}")).unwrap(), at(name));
        assert_eq!(desk.workspace.read(&at(name), 10).unwrap(), b"x", "{name:?}");
        desk.apply(vec![write(name, "y")]);
        let set = desk.apply(vec![delete(name)]);
        desk.undo(&set).1.unwrap();
        assert_eq!(desk.text(name), "y", "{name:?}");
        assert_eq!(
            code(desk.prepare(vec![rename(name, &format!("d/{name}"))])),
            "workspace.unportable-name"
        );
    }
}

/// One thread swaps a folder for a link to the outside and back, as fast as it can, while reads, searches and writes
/// go through it. Whatever they return, the secret is not in it, and the outside does not change.
#[test]
fn a_folder_swapped_in_a_loop_leads_nobody_out() {
    let desk = Desk::with(|options| options.limits.search_threads = 2);
    secret(&desk);
    desk.put("dir/secret.txt", "inside");
    let (work, stop) = (desk.work(), Arc::new(AtomicBool::new(false)));
    symlink("../outside", work.join("trap")).unwrap();
    let before = tree(&desk.outside());
    let swapper = {
        let (work, stop) = (work.clone(), stop.clone());
        std::thread::spawn(move || {
            let mut swaps = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                for (from, to) in [("dir", "aside"), ("trap", "dir"), ("dir", "trap"), ("aside", "dir")] {
                    // Undoing a write can hold a name for a moment.
                    while std::fs::rename(work.join(from), work.join(to)).is_err() && !stop.load(Ordering::Relaxed) {}
                }
                swaps += 1;
                // Long enough for somebody to come by, also on a machine with one busy core.
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
            swaps
        })
    };
    let mut read = 0;
    for round in 0..1500 {
        if let Ok(bytes) = desk.workspace.read(&at("dir/secret.txt"), 100) {
            assert_ne!(bytes, b"canary-secret");
            read += 1;
        }
        if round % 10 == 0 {
            assert_eq!(
                desk.workspace.grep(&GrepQuery::new("canary-secret")).unwrap().files,
                vec![]
            );
            if let Ok(set) = desk.prepare(vec![write("dir/planted.txt", &round.to_string())]) {
                let _ = desk.workspace.apply(&set);
            }
            if let Ok(set) = desk.prepare(vec![delete("dir/secret.txt")])
                && desk.workspace.apply(&set).is_ok()
            {
                let _ = desk.workspace.roll_back(&set);
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    let swaps = swapper.join().unwrap();
    assert!(
        swaps > 20 && read > 0,
        "the race took place: {swaps} swaps, {read} reads"
    );
    assert_eq!(tree(&desk.outside()), before);
}
