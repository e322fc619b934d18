//! Everything in a folder, to be compared: content by hash, modes, times of files, links.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    File {
        hash: String,
        size: u64,
        mode: u32,
        mtime: (i64, i64),
    },
    Folder {
        mode: u32,
    },
    Link {
        target: PathBuf,
    },
}

pub type Tree = BTreeMap<PathBuf, Item>;

pub fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    collect(root, Path::new(""), &mut found);
    found
}

fn collect(root: &Path, below: &Path, found: &mut Tree) {
    let path = root.join(below);
    let meta = std::fs::symlink_metadata(&path).unwrap();
    let item = if meta.is_symlink() {
        Item::Link {
            target: std::fs::read_link(&path).unwrap(),
        }
    } else if meta.is_dir() {
        for entry in std::fs::read_dir(&path).unwrap() {
            collect(root, &below.join(entry.unwrap().file_name()), found);
        }
        Item::Folder {
            mode: meta.mode() & 0o7777,
        }
    } else {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(std::fs::File::open(&path).unwrap()).unwrap();
        Item::File {
            hash: hasher.finalize().to_hex().to_string(),
            size: meta.len(),
            mode: meta.mode() & 0o7777,
            mtime: (meta.mtime(), meta.mtime_nsec()),
        }
    };
    found.insert(below.to_owned(), item);
}
