//! Walking and reading a plugin's folder, within bounds and never out of it.

use std::path::{Path, PathBuf};

use crate::format::diagnostic::Diagnostic;
use crate::format::frontmatter::FILE_BYTES;
use crate::format::paths;

/// Folders below a component's folder.
const DEPTH: usize = 6;
/// Folders looked into in one walk.
const FOLDERS: usize = 2000;

/// Whether something is there, a link without a target included.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A file's bytes. `None` where it is not there, and where it cannot or must not be read, which is told.
pub fn read_file(root: &Path, path: &Path, found: &mut Vec<Diagnostic>) -> Option<Vec<u8>> {
    if !exists(path) {
        return None;
    }
    let Some(real) = paths::inside(root, path) else {
        found.push(Diagnostic::component(
            "link-outside",
            path,
            "a link leads out of the plugin's folder, or nowhere; it was left out",
        ));
        return None;
    };
    let size = match std::fs::metadata(&real) {
        Ok(data) if data.is_file() => data.len(),
        Ok(_) => {
            found.push(Diagnostic::component(
                "not-a-file",
                path,
                "this is not a file; it was left out",
            ));
            return None;
        }
        Err(why) => {
            found.push(Diagnostic::component(
                "unreadable",
                path,
                format!("could not be read: {why}"),
            ));
            return None;
        }
    };
    if size > FILE_BYTES as u64 {
        found.push(Diagnostic::component(
            "file-too-large",
            path,
            "the file is larger than 4 MiB; it was left out",
        ));
        return None;
    }
    match std::fs::read(&real) {
        Ok(bytes) => Some(bytes),
        Err(why) => {
            found.push(Diagnostic::component(
                "unreadable",
                path,
                format!("could not be read: {why}"),
            ));
            None
        }
    }
}

/// The folders directly in `folder`, sorted; links only where they lead inside `root`.
pub fn folders(root: &Path, folder: &Path, found: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let mut inner = Vec::new();
    for path in entries(folder, found) {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !path.is_dir() || paths::is_skipped(&name) {
            continue;
        }
        if paths::inside(root, &path).is_none() {
            found.push(Diagnostic::component(
                "link-outside",
                &path,
                "a link leads out of the folder; it was left out",
            ));
            continue;
        }
        if inner.len() >= FOLDERS {
            found.push(Diagnostic::warning(
                "too-many-folders",
                folder,
                format!("more than {FOLDERS} folders; the rest was left out"),
            ));
            break;
        }
        inner.push(path);
    }
    inner
}

fn entries(folder: &Path, found: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            paths
        }
        Err(why) => {
            found.push(Diagnostic::component(
                "unreadable",
                folder,
                format!("could not be read: {why}"),
            ));
            Vec::new()
        }
    }
}

/// A walk down.
pub struct Tree<'a> {
    root: &'a Path,
    found: &'a mut Vec<Diagnostic>,
    visited: usize,
}

impl<'a> Tree<'a> {
    /// Inside `root`.
    pub fn new(root: &'a Path, found: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            root,
            found,
            visited: 0,
        }
    }

    /// All files below `folder` whose names end in `.end` (any, where not said), with the names of the folders between. In the
    /// order of their paths.
    pub fn files(&mut self, folder: &Path, end: Option<&str>) -> Vec<(PathBuf, Vec<String>)> {
        let mut files = Vec::new();
        self.walk(folder, &mut Vec::new(), end, &mut files);
        files
    }

    fn walk(
        &mut self,
        folder: &Path,
        between: &mut Vec<String>,
        end: Option<&str>,
        files: &mut Vec<(PathBuf, Vec<String>)>,
    ) {
        if between.len() > DEPTH || self.visited >= FOLDERS {
            let message = format!("deeper than {DEPTH} folders, or more than {FOLDERS}: the rest was left out");
            self.found
                .push(Diagnostic::warning("too-many-folders", folder, message));
            return;
        }
        self.visited += 1;
        for path in entries(folder, self.found) {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if paths::is_skipped(&name) {
                continue;
            }
            if path.is_dir() {
                // Links to folders are not followed down: they may lead round in circles.
                if path.is_symlink() {
                    self.found.push(Diagnostic::warning(
                        "link-folder",
                        &path,
                        "a link to a folder was not followed",
                    ));
                    continue;
                }
                between.push(name);
                self.walk(&path, between, end, files);
                between.pop();
            } else if end.is_none_or(|end| {
                path.extension()
                    .is_some_and(|extension| extension.eq_ignore_ascii_case(end))
            }) {
                if paths::inside(self.root, &path).is_some() {
                    files.push((path, between.clone()));
                } else {
                    self.found.push(Diagnostic::component(
                        "link-outside",
                        &path,
                        "a link leads out of the folder; it was left out",
                    ));
                }
            }
        }
    }
}
