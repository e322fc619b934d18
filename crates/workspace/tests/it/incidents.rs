//! What has happened to files in products of this kind, each as a test named after it. The list of all is in
//! `docs/trust.md`.

use deskhand_workspace::{ApplyError, FsOp, Placeholder, WorkspaceError};

use crate::{
    faults::meddled,
    support::{Desk, at, delete, write},
};

/// 3: stand-ins of files in a cloud were copied as if they were the files, and the originals deleted.
#[test]
fn incident_03_icloud_placeholders() {
    let desk = Desk::new();
    desk.put("Photos/.Trip.jpg.icloud", "bplist00 where it is");
    let before = desk.tree();
    // A copy needs the content, by either name, and there is none: nothing stands for it.
    for name in ["Photos/.Trip.jpg.icloud", "Photos/Trip.jpg"] {
        match desk.workspace.read(&at(name), 1 << 20) {
            Err(WorkspaceError::Placeholder { kind, .. }) => assert_eq!(kind, Placeholder::IcloudStub),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(desk.tree(), before);
    // The deletion that follows, if it comes, is of the stand-in's own bytes, and is taken back whole.
    let set = desk.apply(vec![delete("Photos/.Trip.jpg.icloud")]);
    assert_ne!(desk.tree(), before);
    desk.undo(&set).1.unwrap();
    assert_eq!(desk.tree(), before);
}

/// 11: a mount cut edits that made a file longer, filled those that made it shorter with zeros, or gave the old content
/// back; the tools said all was well.
#[test]
fn incident_11_silent_corruption_on_mounts() {
    let short = "ten bytes\n";
    let long = "a good deal longer than ten bytes\n";
    let cut: fn(&str, &str) -> Vec<u8> = |old, new| new.as_bytes()[..old.len()].to_vec();
    let padded: fn(&str, &str) -> Vec<u8> = |old, new| {
        let mut bytes = new.as_bytes().to_vec();
        bytes.resize(old.len(), 0);
        bytes
    };
    let stale: fn(&str, &str) -> Vec<u8> = |old, _| old.as_bytes().to_vec();
    for (old, new, corrupt) in [(short, long, cut), (long, short, padded), (short, long, stale)] {
        let desk = Desk::new();
        desk.put("report.txt", old);
        let before = desk.tree();
        let set = desk.prepare(vec![write("report.txt", new)]).unwrap();
        let (file, bytes) = (desk.work().join("report.txt"), corrupt(old, new));
        let workspace = meddled(&desk, FsOp::ReadBack, "report.txt", move || {
            std::fs::write(&file, &bytes).unwrap();
        });
        let error = workspace.apply(&set).unwrap_err();
        assert!(matches!(error, ApplyError::Failed { .. }), "{error}");
        assert_eq!(desk.tree(), before, "nothing stands that was not what was meant");
        // On a mount that keeps what is written, the same change stands.
        desk.reopened(None).apply(&set).unwrap();
        assert_eq!(desk.text("report.txt"), new);
    }
}
