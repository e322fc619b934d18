//! Whatever a command does lands and is undone; whatever a guest reports is harmless.

use crate::landing::land;
use crate::layer::layer;
use crate::support::{Desk, Item, Tree, set_time, tree};
use deskhand_types::{BlobStore as _, GuestPath, Overlaid, OverlayEntry};
use proptest::prelude::*;
use std::path::Path;

pub fn without_times(tree: &Tree) -> Tree {
    tree.iter()
        .map(|(path, item)| {
            let item = match item {
                Item::File { bytes, mode, .. } => Item::File {
                    bytes: bytes.clone(),
                    mode: *mode,
                    mtime: (0, 0),
                },
                Item::Folder { mode, .. } => Item::Folder {
                    mode: *mode,
                    mtime: (0, 0),
                },
                link @ Item::Link { .. } => link.clone(),
            };
            (path.clone(), item)
        })
        .collect()
}

/// Names that are easy to get wrong: a prefix of another, spaces, other scripts, decomposed accents.
const NAMES: [&str; 6] = ["a", "a b", "a-x", "é", "日本.txt", "e\u{301}t"];

#[derive(Clone, Debug)]
enum Op {
    Write(String, String),
    Remove(String),
    Rename(String, String),
    Folder(String),
    Mode(String, u32),
    Link(String, String),
}

fn place() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&NAMES[..]), 1..=3).prop_map(|parts| parts.join("/"))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (place(), "[ab\n]{0,6}").prop_map(|(at, text)| Op::Write(at, text)),
        3 => place().prop_map(Op::Remove),
        5 => (place(), place()).prop_map(|(from, to)| Op::Rename(from, to)),
        2 => place().prop_map(Op::Folder),
        2 => (place(), prop::sample::select(vec![0o600, 0o640, 0o755, 0o700])).prop_map(|(at, mode)| Op::Mode(at, mode)),
        1 => (place(), place()).prop_map(|(at, to)| Op::Link(at, to)),
    ]
}

/// What a command does, as far as it can be done.
#[cfg(unix)]
fn perform(root: &Path, op: &Op) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let at = |name: &String| root.join(name);
    let through_link = |name: &String| Path::new(name).ancestors().any(|above| root.join(above).is_symlink());
    let _ = match op {
        Op::Write(name, _) | Op::Folder(name) | Op::Mode(name, _) | Op::Link(name, _) if through_link(name) => Ok(()),
        Op::Rename(from, to)
            if through_link(to) || Path::new(from).ancestors().skip(1).any(|p| root.join(p).is_symlink()) =>
        {
            Ok(())
        }
        Op::Remove(name) if Path::new(name).ancestors().skip(1).any(|p| root.join(p).is_symlink()) => Ok(()),
        Op::Write(name, text) => {
            let _ = std::fs::create_dir_all(at(name).parent().unwrap());
            std::fs::write(at(name), text)
        }
        Op::Remove(name) if at(name).symlink_metadata().is_ok_and(|meta| meta.is_dir()) => {
            std::fs::remove_dir_all(at(name))
        }
        Op::Remove(name) => std::fs::remove_file(at(name)),
        Op::Rename(from, to) => std::fs::rename(at(from), at(to)),
        Op::Folder(name) => std::fs::create_dir_all(at(name)),
        // A folder its owner cannot enter does not land as it is.
        Op::Mode(name, mode) if at(name).is_dir() => {
            std::fs::set_permissions(at(name), PermissionsExt::from_mode(*mode | 0o700))
        }
        Op::Mode(name, mode) => std::fs::set_permissions(at(name), PermissionsExt::from_mode(*mode)),
        Op::Link(name, target) => symlink(target, at(name)),
    };
}

#[cfg(unix)]
fn cases(default: u32) -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig { cases: cases(150), ..ProptestConfig::default() })]

    /// Whatever a command does to a folder lands exactly, and is undone exactly.
    #[test]
    fn whatever_a_command_does_lands_and_is_undone(
        start in prop::collection::vec(op(), 0..14),
        ops in prop::collection::vec(op(), 1..10),
        opaque in prop::collection::vec(any::<bool>(), 8),
    ) {
        let desk = Desk::fast();
        for op in &start {
            perform(&desk.work(), op);
        }
        for (n, path) in desk.tree().keys().enumerate() {
            let path = desk.work().join(path);
            if !path.is_symlink() {
                set_time(&path, 1_400_000_000 + n as u64 * 5000, 7 * n as u32 + 1);
            }
        }
        let before = desk.tree();
        // The command works on a copy, as it does in its layer.
        let copy = desk.dir.path().join("copy");
        copy_tree(&before, &copy);
        for op in &ops {
            perform(&copy, op);
        }
        let after = tree(&copy);
        let is_opaque = |path: &Path| opaque[path.as_os_str().len() % opaque.len()];
        let entries = layer(&desk, &before, &after, &is_opaque);
        let overlay = land(&desk, entries.clone());
        prop_assert!(overlay.is_ok(), "{:?}\n{entries:#?}", overlay);
        let overlay = overlay.unwrap();
        prop_assert_eq!(&overlay.left_out, &vec![], "{:#?}", &entries);
        prop_assert_eq!(&desk.tree(), &before);
        let applied = desk.workspace.apply(&overlay.set);
        prop_assert!(applied.is_ok(), "{:?}\n{:#?}\n{entries:#?}", applied, overlay.set);
        prop_assert_eq!(without_times(&desk.tree()), without_times(&after), "{:#?}\n{:#?}", overlay.set, entries);
        let (undo, result) = desk.undo(&overlay.set);
        prop_assert!(result.is_ok(), "{:?}\n{undo:#?}", result);
        prop_assert_eq!(&desk.tree(), &before);
    }

    /// Whatever a lying guest reports, nothing panics, nothing outside is touched, and what is applied is undone.
    #[test]
    fn whatever_a_guest_reports_is_harmless(
        start in prop::collection::vec(op(), 0..8),
        lies in prop::collection::vec((lie_path(), lie_what()), 1..10),
    ) {
        let desk = Desk::fast();
        for op in &start {
            perform(&desk.work(), op);
        }
        std::fs::write(desk.outside().join("secret"), "s").unwrap();
        let (before, outside) = (desk.tree(), tree(&desk.outside()));
        let entries = lies.iter().map(|(path, what)| OverlayEntry {
            path: GuestPath::new(path.clone()),
            what: match what {
                Overlaid::File { mode, .. } => {
                    let text = format!("{mode}");
                    Overlaid::File { hash: desk.blobs.put(text.as_bytes()).unwrap(), size: text.len() as u64, mode: *mode }
                }
                other => other.clone(),
            },
            seen: None,
        }).collect();
        if let Ok(overlay) = land(&desk, entries) {
            prop_assert_eq!(&desk.tree(), &before);
            let result = desk.workspace.apply(&overlay.set);
            prop_assert!(result.is_ok(), "{:?}\n{:#?}", result, overlay.set);
            prop_assert_eq!(&tree(&desk.outside()), &outside);
            desk.undo(&overlay.set).1.unwrap();
        }
        prop_assert_eq!(&desk.tree(), &before);
        prop_assert_eq!(&tree(&desk.outside()), &outside);
    }
}

#[cfg(unix)]
fn lie_path() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => place().prop_map(|name| format!("/mnt/work/{name}")),
        1 => (place(), prop::sample::select(vec!["A", ".ssh", "CON", "x\\y", "É", "E\u{301}", "a\nb", "z ", ".deskhand-1.tmp"]))
            .prop_map(|(name, odd)| format!("/mnt/work/{name}/{odd}")),
        1 => prop::sample::select(vec!["A", "CON", "É", "A B", ".."]).prop_map(|odd| format!("/mnt/work/{odd}")),
    ]
}

#[cfg(unix)]
fn lie_what() -> impl Strategy<Value = Overlaid> {
    prop_oneof![
        4 => any::<u32>().prop_map(|mode| Overlaid::File { hash: deskhand_types::Hash::of(b""), size: 0, mode }),
        3 => (any::<u32>(), any::<bool>()).prop_map(|(mode, opaque)| Overlaid::Folder { mode, opaque }),
        3 => prop::sample::select(vec!["a", "..", "../..", "/etc", "a/../..", "../a", "", ".", "a\\b"])
            .prop_map(|target| Overlaid::Link { target: target.to_owned() }),
        3 => Just(Overlaid::Removed),
    ]
}

#[cfg(unix)]
fn copy_tree(items: &Tree, to: &Path) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for (path, item) in items {
        let path = to.join(path);
        match item {
            Item::File { bytes, .. } => std::fs::write(&path, bytes).unwrap(),
            Item::Folder { .. } => std::fs::create_dir(&path).unwrap(),
            Item::Link { target } => symlink(target, &path).unwrap(),
        }
        if let Item::File { mode, .. } | Item::Folder { mode, .. } = item {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(*mode)).unwrap();
        }
    }
}
