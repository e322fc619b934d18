//! Granted folders as the sandbox sees them.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use deskhand_types::{GuestPath, ShareError, SharedFolders};
use deskhand_workspace::{GlobQuery, GrepQuery};

use super::support::Desk;

#[test]
fn changes_by_others_are_told() {
    let desk = Desk::new();
    desk.put("sub/file", "one");
    desk.put("elsewhere/file", "one");
    let (tell, told) = mpsc::channel();
    let watch = desk
        .workspace
        .watch(Box::new(move |path| {
            let _ = tell.send(path);
        }))
        .unwrap();
    // Twice is once, and what is no granted folder is nothing.
    for folder in ["/mnt/work/sub", "/mnt/work/sub", "/mnt/nothing", "/etc"] {
        watch.folder(&GuestPath::new(folder));
    }
    desk.put("elsewhere/file", "nobody looked there");
    desk.put("sub/file", "two");
    let first = told.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(first, GuestPath::new("/mnt/work/sub/file"));
    drop(watch);
    let rest: Vec<GuestPath> = told.iter().collect();
    assert!(
        rest.iter().all(|path| path.as_str().starts_with("/mnt/work/sub")),
        "{rest:?}"
    );
}

/// What is barred is not there for the sandbox and no search comes to it, nor to anything in it; named, it can be read.
#[test]
fn what_is_barred_is_not_come_to() {
    let desk = Desk::with(|options| {
        options.barred = Some(Arc::new(|path: &GuestPath| {
            path.file_name() == "pay" || path.file_name() == "a.key"
        }));
    });
    desk.put("pay/list.txt", "salary");
    desk.put("a.key", "salary");
    desk.put("open.txt", "salary");
    let shared: &dyn SharedFolders = &desk.workspace;
    let at = |name: &str| GuestPath::new(format!("/mnt/work/{name}"));
    let names = |folder: &str| -> Vec<String> {
        let entries = shared.list(&GuestPath::new(folder), 10).unwrap();
        entries.into_iter().map(|entry| entry.name).collect()
    };
    assert_eq!(names("/mnt/work"), ["open.txt"]);
    for name in ["pay", "pay/list.txt", "a.key"] {
        assert_eq!(shared.look(&at(name)).unwrap_err(), ShareError::Absent, "{name}");
    }
    assert_eq!(shared.list(&at("pay"), 10).unwrap_err(), ShareError::Absent);
    for name in ["pay/list.txt", "a.key"] {
        assert_eq!(shared.open(&at(name)).err(), Some(ShareError::Absent), "{name}");
    }
    assert!(shared.look(&at("open.txt")).is_ok() && shared.open(&at("open.txt")).is_ok());

    let found = desk.workspace.grep(&GrepQuery::new("salary")).unwrap();
    let paths: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, found.skipped.barred), (vec!["/mnt/work/open.txt"], 2));
    let found = desk.workspace.glob(&GlobQuery::new("**/*")).unwrap();
    assert_eq!((found.entries.len(), found.skipped.barred), (1, 2));
    assert_eq!(desk.workspace.read(&at("a.key"), 10).unwrap(), b"salary");
}
