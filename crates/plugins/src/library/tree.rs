//! Copying a plugin's folder, and the fingerprint of one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
#[cfg(unix)]
use std::path::Component;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk::Disk;
use super::error::LibraryError;
use super::unpack::{Limits, Refused};

/// Files of version control, never part of a plugin.
const LEFT_OUT: [&str; 3] = [".git", ".hg", ".svn"];
const DEPTH: usize = 64;

/// Copies `from` to `to`, which is made. Links: inside the plugin kept, relative; elsewhere inside `within` (the
/// marketplace) followed and copied; leading out skipped and told. Files are 0755 or 0644. Source: issue 5, A4.
pub(super) fn copy(disk: &Disk, from: &Path, to: &Path, within: &Path) -> Result<Vec<String>, LibraryError> {
    let real = |path: &Path| fs::canonicalize(path).map_err(LibraryError::file(path));
    let mut copy = Copy {
        disk,
        plugin: real(from)?,
        within: real(within)?,
        limits: Limits::default(),
        entries: 0,
        bytes: 0,
        told: Vec::new(),
    };
    let root = copy.plugin.clone();
    copy.folder(&root, to, Path::new(""), 0)?;
    Ok(copy.told)
}

struct Copy<'a> {
    disk: &'a Disk,
    plugin: PathBuf,
    within: PathBuf,
    limits: Limits,
    entries: usize,
    bytes: u64,
    told: Vec<String>,
}

impl Copy<'_> {
    fn folder(&mut self, from: &Path, to: &Path, inside: &Path, depth: usize) -> Result<(), LibraryError> {
        if depth > DEPTH {
            return Err(Refused::TooMuch(format!("{DEPTH} folders in one another")).into());
        }
        self.disk.make_folder(to)?;
        for name in names(from)? {
            let source = from.join(&name);
            self.entry(&source, &to.join(&name), &inside.join(&name), depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, source: &Path, to: &Path, inside: &Path, depth: usize) -> Result<(), LibraryError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Refused::TooMuch(format!("{} files and folders", self.limits.entries)).into());
        }
        let kind = fs::symlink_metadata(source).map_err(LibraryError::file(source))?;
        if kind.is_symlink() {
            return self.link(source, to, inside, depth);
        }
        if kind.is_dir() {
            return self.folder(source, to, inside, depth + 1);
        }
        if !kind.is_file() {
            self.told.push(format!(
                "{} is neither a file nor a folder and was left out",
                inside.display()
            ));
            return Ok(());
        }
        let file = File::open(source).map_err(LibraryError::file(source))?;
        let room = self.limits.bytes.saturating_sub(self.bytes);
        let written = self.disk.create(to, &mut file.take(room + 1), is_executable(&kind))?;
        if written > room {
            return Err(Refused::TooMuch(format!("{} bytes", self.limits.bytes)).into());
        }
        self.bytes += written;
        Ok(())
    }

    fn link(&mut self, source: &Path, to: &Path, inside: &Path, depth: usize) -> Result<(), LibraryError> {
        let Ok(target) = fs::canonicalize(source) else {
            self.told
                .push(format!("the link {} leads nowhere and was left out", inside.display()));
            return Ok(());
        };
        if let Ok(below) = target.strip_prefix(&self.plugin) {
            if has_left_out(below) || below.as_os_str().is_empty() {
                self.told.push(format!("the link {} was left out", inside.display()));
                return Ok(());
            }
            #[cfg(unix)]
            return self.disk.link(&relative(inside, below), to);
        }
        match target.strip_prefix(&self.within) {
            Ok(below) if !has_left_out(below) => {
                // A link to a folder above itself would be copied for ever.
                if self.plugin.starts_with(&target) || depth > DEPTH {
                    self.told.push(format!(
                        "the link {} leads to a folder it is in and was left out",
                        inside.display()
                    ));
                    return Ok(());
                }
                self.entry(&target, to, inside, depth + 1)
            }
            _ => {
                self.told.push(format!(
                    "the link {} leads out of its marketplace and was left out",
                    inside.display()
                ));
                Ok(())
            }
        }
    }
}

fn has_left_out(path: &Path) -> bool {
    path.components()
        .any(|part| LEFT_OUT.iter().any(|left| part.as_os_str() == *left))
}

/// The way from a link at `inside` to `below`, both below one root.
#[cfg(unix)]
fn relative(inside: &Path, below: &Path) -> PathBuf {
    let here: Vec<Component<'_>> = inside.parent().unwrap_or(Path::new("")).components().collect();
    let there: Vec<Component<'_>> = below.components().collect();
    let same = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let up = here.iter().skip(same).map(|_| Component::ParentDir);
    up.chain(there.iter().skip(same).copied()).collect()
}

/// Sorted names of a folder, without version control.
fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>, LibraryError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(LibraryError::file(folder))? {
        let name = entry.map_err(LibraryError::file(folder))?.file_name();
        if !LEFT_OUT.iter().any(|left| name == *left) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(unix)]
pub(super) fn is_executable(kind: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    kind.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(super) fn is_executable(_: &fs::Metadata) -> bool {
    false
}

/// Everything below `root`: relative path with `/`, and what is there. Links are not followed.
pub(super) fn walk(root: &Path) -> Result<BTreeMap<String, PathBuf>, LibraryError> {
    fn go(
        folder: &Path,
        prefix: &str,
        depth: usize,
        found: &mut BTreeMap<String, PathBuf>,
    ) -> Result<(), LibraryError> {
        if depth > DEPTH * 2 {
            return Err(Refused::TooMuch(format!("{} folders in one another", DEPTH * 2)).into());
        }
        for name in names(folder)? {
            let path = folder.join(&name);
            let inside = format!("{prefix}{}", name.to_string_lossy());
            let kind = fs::symlink_metadata(&path).map_err(LibraryError::file(&path))?;
            if kind.is_dir() {
                go(&path, &format!("{inside}/"), depth + 1, found)?;
            }
            found.insert(inside, path);
        }
        Ok(())
    }
    let mut found = BTreeMap::new();
    go(root, "", 0, &mut found)?;
    Ok(found)
}

/// SHA-256, in hexadecimal, over every path, kind, executable bit, content and link target below `root`.
pub fn digest(root: &Path) -> Result<String, LibraryError> {
    let mut all = Sha256::new();
    let mut say = |tag: u8, bytes: &[u8]| {
        all.update([tag]);
        all.update((bytes.len() as u64).to_le_bytes());
        all.update(bytes);
    };
    for (inside, path) in walk(root)? {
        let kind = fs::symlink_metadata(&path).map_err(LibraryError::file(&path))?;
        say(b'p', inside.as_bytes());
        if kind.is_symlink() {
            let target = fs::read_link(&path).map_err(LibraryError::file(&path))?;
            say(b'l', target.as_os_str().as_encoded_bytes());
        } else if kind.is_dir() {
            say(b'd', b"");
        } else if kind.is_file() {
            say(if is_executable(&kind) { b'x' } else { b'f' }, &file_digest(&path)?);
        } else {
            say(b'?', b"");
        }
    }
    Ok(hex(&all.finalize()))
}

/// SHA-256 of one file.
pub(super) fn file_digest(path: &Path) -> Result<Vec<u8>, LibraryError> {
    let mut file = File::open(path).map_err(LibraryError::file(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(LibraryError::file(path))?;
        if read == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
