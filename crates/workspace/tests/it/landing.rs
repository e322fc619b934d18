//! From what a command left in its layer to a change-set, and that applied and undone.

use std::path::Path;

use deskhand_types::{BlobStore as _, Change, Coded as _, GrantMode, GuestPath, Overlaid, OverlayEntry};
use deskhand_workspace::{Overlay, WorkspaceError, only_times};

use crate::landing_at_random::without_times;
use crate::layer::{layer, stamp};
use crate::support::{Desk, Item, Tree, at, call, grant, leftovers};

pub fn land(desk: &Desk, entries: Vec<OverlayEntry>) -> Result<Overlay, WorkspaceError> {
    desk.workspace.prepare_overlay("01task.overlay".into(), call(), entries)
}

pub fn file(desk: &Desk, name: &str, text: &str) -> OverlayEntry {
    entry(
        name,
        Overlaid::File {
            hash: desk.blobs.put(text.as_bytes()).unwrap(),
            size: text.len() as u64,
            mode: 0o644,
        },
    )
}

pub fn entry(name: &str, what: Overlaid) -> OverlayEntry {
    OverlayEntry {
        path: at(name),
        what,
        seen: None,
    }
}

pub fn folder(name: &str, opaque: bool) -> OverlayEntry {
    entry(name, Overlaid::Folder { mode: 0o755, opaque })
}

pub fn link(name: &str, target: &str) -> OverlayEntry {
    entry(
        name,
        Overlaid::Link {
            target: target.to_owned(),
        },
    )
}

pub fn removed(name: &str) -> OverlayEntry {
    entry(name, Overlaid::Removed)
}

pub fn shown(overlay: &Overlay) -> Vec<(Change, String)> {
    overlay
        .set
        .changes
        .iter()
        .filter(|change| !only_times(change))
        .map(|change| {
            let path = change.path.as_str().strip_prefix("/mnt/work/").unwrap().to_owned();
            match &change.from {
                Some(from) => (
                    change.change,
                    format!("{} > {path}", from.as_str().strip_prefix("/mnt/work/").unwrap()),
                ),
                None => (change.change, path),
            }
        })
        .collect()
}

pub fn left(overlay: &Overlay) -> Vec<&str> {
    overlay.left_out.iter().map(|left| left.path.as_str()).collect()
}

/// Applies and undoes; the tree must be as before then. Returns the tree in between.
pub fn there_and_back(desk: &Desk, overlay: &Overlay) -> Tree {
    let before = desk.tree();
    desk.workspace
        .apply(&overlay.set)
        .unwrap_or_else(|error| panic!("{error}\n{:#?}", overlay.set));
    let between = desk.tree();
    assert!(leftovers(&between).is_empty());
    let (undo, result) = desk.undo(&overlay.set);
    result.unwrap_or_else(|error| panic!("{error}\n{undo:#?}"));
    assert_eq!(desk.tree(), before);
    between
}

#[test]
fn what_changes_nothing_is_no_change() {
    let desk = Desk::new();
    desk.put("dir/same.txt", "same");
    #[cfg(unix)]
    std::os::unix::fs::symlink("same.txt", desk.work().join("dir/link")).unwrap();
    let mut entries = vec![
        folder("", false),
        folder("dir", false),
        file(&desk, "dir/same.txt", "same"),
        removed("dir/never"),
        removed("never/there"),
    ];
    if cfg!(unix) {
        entries.push(link("dir/link", "same.txt"));
    }
    let overlay = land(&desk, entries).unwrap();
    assert_eq!(overlay.set.changes, vec![]);
    assert_eq!(overlay.left_out, vec![]);
}

#[test]
fn a_renamed_file_is_a_move_and_its_new_mode_lands() {
    let desk = Desk::new();
    desk.put("a.txt", "content");
    let mut to = file(&desk, "sub/b.txt", "content");
    if let Overlaid::File { mode, .. } = &mut to.what {
        *mode = 0o4600;
    }
    let overlay = land(&desk, vec![removed("a.txt"), folder("sub", false), to]).unwrap();
    let mut expected = vec![
        (Change::Create, "sub".to_owned()),
        (Change::Move, "a.txt > sub/b.txt".to_owned()),
    ];
    if cfg!(unix) {
        expected.push((Change::Mode, "sub/b.txt".to_owned()));
    }
    assert_eq!(shown(&overlay), expected);
    let between = there_and_back(&desk, &overlay);
    #[cfg(unix)]
    assert!(matches!(
        between[Path::new("sub/b.txt")],
        Item::File { mode: 0o600, .. }
    ));
    assert!(!between.contains_key(Path::new("a.txt")));
}

#[test]
fn ambiguous_content_is_not_taken_for_a_rename() {
    let desk = Desk::new();
    desk.put("a.txt", "content");
    let entries = vec![
        removed("a.txt"),
        file(&desk, "b.txt", "content"),
        file(&desk, "c.txt", "content"),
    ];
    let overlay = land(&desk, entries).unwrap();
    assert_eq!(
        shown(&overlay),
        vec![
            (Change::Create, "b.txt".to_owned()),
            (Change::Create, "c.txt".to_owned()),
            (Change::Delete, "a.txt".to_owned()),
        ]
    );
    there_and_back(&desk, &overlay);
}

#[test]
fn a_renamed_folder_is_one_move_also_when_something_in_it_changed() {
    let desk = Desk::new();
    for n in 0..20 {
        desk.put(&format!("old/sub/{n}.txt"), &format!("text {n}"));
    }
    desk.put("old/empty", "");
    desk.put("old/gone.txt", "gone");
    desk.put("other/x", "x");
    let before = desk.tree();
    let mut after = before.clone();
    for (path, item) in &before {
        if let Ok(rest) = path.strip_prefix("old") {
            after.remove(path);
            let name = if rest == Path::new("") {
                "new".into()
            } else {
                Path::new("new").join(rest)
            };
            if rest != Path::new("gone.txt") {
                after.insert(name, item.clone());
            }
        }
    }
    if let Some(Item::File { bytes, .. }) = after.get_mut(Path::new("new/sub/3.txt")) {
        *bytes = b"changed".to_vec();
    }
    let overlay = land(&desk, layer(&desk, &before, &after, &|_| false)).unwrap();
    assert_eq!(
        shown(&overlay),
        vec![
            (Change::Move, "old > new".to_owned()),
            (Change::Modify, "new/sub/3.txt".to_owned()),
            (Change::Delete, "new/gone.txt".to_owned()),
        ]
    );
    assert_eq!(overlay.left_out, vec![]);
    assert_eq!(without_times(&there_and_back(&desk, &overlay)), without_times(&after));
}

#[test]
fn kinds_replace_one_another() {
    let desk = Desk::new();
    desk.put("file", "f");
    desk.put("dir/inner/x", "x");
    desk.put("dir/y", "y");
    let entries = vec![
        folder("file", false),
        file(&desk, "file/now.txt", "in a folder now"),
        file(&desk, "dir", "a file now"),
    ];
    let overlay = land(&desk, entries).unwrap();
    assert_eq!(overlay.left_out, vec![]);
    let between = there_and_back(&desk, &overlay);
    assert!(matches!(&between[Path::new("dir")], Item::File { bytes, .. } if bytes == b"a file now"));
    assert!(matches!(&between[Path::new("file/now.txt")], Item::File { .. }));
}

#[test]
fn an_opaque_folder_replaces_what_was_there() {
    let desk = Desk::new();
    desk.put("dir/old.txt", "old");
    desk.put("dir/sub/deep.txt", "deep");
    desk.put("dir/kept.txt", "kept");
    let entries = vec![
        folder("dir", true),
        file(&desk, "dir/kept.txt", "kept"),
        folder("dir/sub", false),
        folder("dir/void", false),
    ];
    let overlay = land(&desk, entries).unwrap();
    assert_eq!(
        shown(&overlay),
        vec![
            (Change::Create, "dir/void".to_owned()),
            (Change::Delete, "dir/old.txt".to_owned()),
            (Change::Delete, "dir/sub/deep.txt".to_owned()),
        ]
    );
    there_and_back(&desk, &overlay);
}

#[test]
fn forged_entries_refuse_everything() {
    let desk = Desk::new();
    desk.put("a.txt", "a");
    let other = |path: &str| OverlayEntry {
        path: GuestPath::new(path),
        what: Overlaid::Removed,
        seen: None,
    };
    let long = format!("/mnt/work/{}", "x".repeat(256));
    for path in [
        "/etc/passwd",
        "a.txt",
        "",
        "/mnt",
        "/mnt/",
        "/mnt//a",
        "/mnt/../etc",
        "/mnt/work/",
        "/mnt/work/../outside/x",
        "/mnt/work/./a.txt",
        "/mnt/work//a.txt",
        "/mnt/work/a\0b",
        "/mnt/work",
        &long,
    ] {
        let error = land(&desk, vec![removed("a.txt"), other(path)]).unwrap_err();
        assert_eq!(error.code().as_str(), "workspace.bad-overlay", "{path:?}");
    }
    let error = land(&desk, vec![other("/mnt/unknown/x")]).unwrap_err();
    assert_eq!(error.code().as_str(), "workspace.no-such-grant");
    for entries in [
        vec![removed("a.txt"), removed("a.txt")],
        vec![file(&desk, "f", "1"), file(&desk, "f/x", "2")],
        vec![link("l", "a.txt"), file(&desk, "l/x", "2")],
        vec![removed("d"), file(&desk, "d/x", "2")],
        vec![folder("", true)],
    ] {
        let error = land(&desk, entries).unwrap_err();
        assert_eq!(error.code().as_str(), "workspace.bad-overlay");
    }
}

#[test]
fn links_land_only_where_they_stay() {
    let desk = Desk::new();
    desk.put("a/f", "f");
    let entries = vec![
        folder("a", false),
        link("a/ok", "../b/c"),
        link("a/self", "f"),
        link("a/absolute", "/etc/passwd"),
        link("a/out", "../../x"),
        link("a/winding", "x/../../../y"),
        link("a/f", "/etc/passwd"),
        link("top", ".."),
    ];
    let overlay = land(&desk, entries).unwrap();
    let expected = ["a/absolute", "a/f", "a/out", "a/winding", "top"].map(|name| format!("/mnt/work/{name}"));
    assert_eq!(left(&overlay), expected);
    let between = there_and_back(&desk, &overlay);
    assert!(matches!(between[Path::new("a/ok")], Item::Link { .. }));
    assert!(matches!(between[Path::new("a/f")], Item::File { .. }));
}

#[test]
fn what_may_not_be_touched_is_left_out_and_told() {
    let desk = Desk::new();
    desk.put(".ssh/id", "secret");
    desk.put("plain/a.txt", "a");
    desk.put("moved.txt", "moved");
    desk.workspace
        .add_grant(grant("ro", &desk.outside(), GrantMode::ReadOnly))
        .unwrap();
    let mut read_only = file(&desk, "x", "x");
    read_only.path = GuestPath::new("/mnt/ro/x");
    let entries = vec![
        folder(".ssh", true),
        file(&desk, ".ssh/config", "x"),
        read_only,
        folder("con", false),
        file(&desk, "con/deep.txt", "x"),
        file(&desk, "MOVED.txt", "other"),
        file(&desk, "a:b", "moved"),
        removed("moved.txt"),
        file(&desk, ".deskhand-x.tmp", "x"),
        file(&desk, "good.txt", "good"),
    ];
    let before = desk.tree();
    let overlay = land(&desk, entries).unwrap();
    let mut out = left(&overlay);
    out.sort_unstable();
    assert_eq!(
        out,
        vec![
            "/mnt/ro/x",
            "/mnt/work/.deskhand-x.tmp",
            "/mnt/work/.ssh",
            "/mnt/work/a:b",
            "/mnt/work/con",
        ]
    );
    assert_eq!(desk.tree(), before, "preparing touches nothing");
    let between = there_and_back(&desk, &overlay);
    assert!(between.contains_key(Path::new("good.txt")));
    assert!(between.contains_key(Path::new(".ssh/id")));
}

#[test]
fn a_file_whose_new_name_is_refused_keeps_the_old_one() {
    let desk = Desk::new();
    desk.put("draft.txt", "the only copy");
    let entries = vec![removed("draft.txt"), file(&desk, "final?.txt", "the only copy")];
    let overlay = land(&desk, entries).unwrap();
    assert_eq!(overlay.set.changes, vec![]);
    assert_eq!(left(&overlay), vec!["/mnt/work/final?.txt", "/mnt/work/draft.txt"]);
}

#[test]
fn a_folder_with_protected_places_is_not_deleted() {
    let desk = Desk::new();
    desk.put("home/.ssh/id", "secret");
    desk.put("home/a.txt", "a");
    for entries in [
        vec![removed("home")],
        vec![file(&desk, "home", "a file")],
        vec![link("home", "elsewhere")],
    ] {
        let overlay = land(&desk, entries).unwrap();
        assert_eq!(overlay.set.changes, vec![]);
        assert_eq!(left(&overlay), vec!["/mnt/work/home"]);
    }
}

#[test]
fn what_changed_meanwhile_refuses_everything_and_names_it_all() {
    let desk = Desk::new();
    for name in ["same.txt", "edited.txt", "deleted.txt", "both.txt", "dir/in.txt"] {
        desk.put(name, "1");
    }
    let seen = |entry: OverlayEntry| OverlayEntry {
        seen: Some(stamp(&desk, &entry.path)),
        ..entry
    };
    let entries: Vec<OverlayEntry> = vec![
        seen(file(&desk, "same.txt", "2")),
        seen(file(&desk, "edited.txt", "2")),
        seen(file(&desk, "deleted.txt", "2")),
        seen(removed("both.txt")),
        seen(file(&desk, "new.txt", "2")),
        seen(folder("dir", false)),
        seen(removed("dir/in.txt")),
    ];
    assert!(land(&desk, entries.clone()).is_ok());
    std::thread::sleep(std::time::Duration::from_millis(20));
    desk.put("edited.txt", "3");
    desk.put("new.txt", "3");
    desk.put("dir/more.txt", "of no concern");
    std::fs::remove_file(desk.work().join("deleted.txt")).unwrap();
    std::fs::remove_file(desk.work().join("both.txt")).unwrap();
    let error = land(&desk, entries).unwrap_err();
    let WorkspaceError::ChangedMeanwhile { paths } = &error else {
        panic!("{error}")
    };
    assert_eq!(*paths, vec![at("deleted.txt"), at("edited.txt"), at("new.txt")]);
    assert_eq!(error.code().as_str(), "workspace.changed-meanwhile");
}

#[test]
fn what_was_seen_below_a_deleted_folder_counts() {
    let desk = Desk::new();
    desk.put("dir/a.txt", "1");
    let seen = |entry: OverlayEntry| OverlayEntry {
        seen: Some(stamp(&desk, &entry.path)),
        ..entry
    };
    let entries = vec![seen(removed("dir")), seen(removed("dir/a.txt"))];
    assert_eq!(shown(&land(&desk, entries.clone()).unwrap()).len(), 2);
    std::thread::sleep(std::time::Duration::from_millis(20));
    desk.put("dir/a.txt", "2");
    let error = land(&desk, entries).unwrap_err();
    assert!(matches!(error, WorkspaceError::ChangedMeanwhile { paths } if paths == vec![at("dir/a.txt")]));
}

#[cfg(unix)]
#[test]
fn modes_land_without_special_bits_and_never_lock_the_owner_out() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.put("run.sh", "#!/bin/sh\n");
    desk.put("shared/x", "x");
    std::fs::set_permissions(desk.work().join("shared"), PermissionsExt::from_mode(0o2775)).unwrap();
    let with = |entry: OverlayEntry, bits: u32| {
        let what = match entry.what {
            Overlaid::File { hash, size, .. } => Overlaid::File { hash, size, mode: bits },
            Overlaid::Folder { opaque, .. } => Overlaid::Folder { mode: bits, opaque },
            other => other,
        };
        OverlayEntry { what, ..entry }
    };
    let entries = vec![
        with(file(&desk, "run.sh", "#!/bin/sh\n"), 0o6755),
        with(folder("shared", false), 0o775),
        with(file(&desk, "closed", "c"), 0o000),
        with(folder("dark", false), 0o1555),
        with(file(&desk, "dark/x", "x"), 0o444),
    ];
    let overlay = land(&desk, entries).unwrap();
    assert_eq!(left(&overlay), vec!["/mnt/work/dark"]);
    let between = there_and_back(&desk, &overlay);
    let mode = |name: &str| match between[Path::new(name)] {
        Item::File { mode, .. } | Item::Folder { mode, .. } => mode,
        Item::Link { .. } => 0,
    };
    assert_eq!(
        ["run.sh", "shared", "closed", "dark", "dark/x"].map(mode),
        [0o755, 0o2775, 0o400, 0o755, 0o444]
    );
}

#[test]
fn too_many_entries_are_refused_and_as_many_as_may_be_are_not() {
    let desk = Desk::with(|options| options.limits.max_changes = 50);
    let many = |n: usize| (0..n).map(|n| file(&desk, &format!("{n}"), "x")).collect::<Vec<_>>();
    assert_eq!(land(&desk, many(51)).unwrap_err().code().as_str(), "workspace.too-many");
    assert_eq!(shown(&land(&desk, many(50)).unwrap()).len(), 50);
    for n in 0..60 {
        desk.put(&format!("dir/{n}"), "y");
    }
    assert_eq!(
        land(&desk, vec![removed("dir")]).unwrap_err().code().as_str(),
        "workspace.too-many"
    );
}
