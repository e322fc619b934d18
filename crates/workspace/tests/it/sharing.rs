//! Granted folders as the sandbox sees them.

use std::sync::mpsc;
use std::time::Duration;

use deskhand_types::{GuestPath, SharedFolders as _};

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
