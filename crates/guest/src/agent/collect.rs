//! From a layer to what changed: a walk that names every path of it, and sends the content of files.
//!
//! Source of the marks: the kernel's `Documentation/filesystems/overlayfs.rst` (whiteouts are character devices 0/0,
//! opaque folders carry an attribute). Nothing of the command runs any more, so nothing moves under the walk; links are
//! never followed all the same.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use deskhand_wire::frame::CHUNK;
use deskhand_wire::{Entry, EntryKind, ExecEvent, Failure, FailureKind};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, SeekFrom, Stat};
use tokio::sync::mpsc::Sender;

use crate::agent::task::failure;

/// Longest path below a folder, in bytes: the host takes no longer one.
const MAX_PATH: usize = 4_000;
/// Deepest folder: what is nested deeper has no place in anybody's documents.
const MAX_DEPTH: usize = 200;

/// A layer over a granted folder.
pub(crate) struct Layer {
    /// Which folder of the task.
    pub folder: u16,
    /// Where the layer is.
    pub upper: PathBuf,
}

/// How much may be sent.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub entries: u32,
    /// Bytes of files; holes do not count.
    pub bytes: u64,
    /// Bytes of files, holes counted.
    pub apparent: u64,
}

/// Walks the layers: once to see whether it is too much, then to send.
pub(crate) fn collect(layers: &[Layer], bounds: Bounds, events: &Sender<ExecEvent>) -> Result<(), Failure> {
    let system = |error: io::Error| failure(FailureKind::System, &error);
    let mut count = Count::default();
    for layer in layers {
        let top = open_folder(rustix::fs::CWD, &layer.upper).map_err(system)?;
        walk(top.as_fd(), &mut Vec::new(), 0, &mut |_, _, stat, _| {
            count.add(stat, bounds)
        })
        .map_err(told)?;
    }
    for layer in layers {
        let top = open_folder(rustix::fs::CWD, &layer.upper).map_err(system)?;
        let mut send = |parent: BorrowedFd<'_>, name: &CStr, stat: &Stat, path: &[u8]| {
            let kind = kind(parent, name, stat)?;
            let is_file = matches!(kind, EntryKind::File { .. });
            give(
                events,
                ExecEvent::Entry(Entry {
                    folder: layer.folder,
                    path: path.to_vec(),
                    kind,
                }),
            )?;
            if is_file {
                content(parent, name, stat, events)?;
            }
            Ok(())
        };
        walk(top.as_fd(), &mut Vec::new(), 0, &mut send).map_err(told)?;
    }
    Ok(())
}

/// Why a walk ended early.
enum Stop {
    TooMuch(String),
    Io(io::Error),
}

impl<E: Into<io::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Io(error.into())
    }
}

fn told(stop: Stop) -> Failure {
    match stop {
        Stop::TooMuch(message) => Failure {
            kind: FailureKind::TooMuch,
            message,
        },
        Stop::Io(error) => failure(FailureKind::System, &error),
    }
}

#[derive(Default)]
struct Count {
    entries: u32,
    bytes: u64,
    apparent: u64,
}

impl Count {
    fn add(&mut self, stat: &Stat, bounds: Bounds) -> Result<(), Stop> {
        self.entries += 1;
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            let size = u64::try_from(stat.st_size).unwrap_or_default();
            self.apparent = self.apparent.saturating_add(size);
            // Blocks of 512 bytes, whatever the file system's own are.
            self.bytes = self
                .bytes
                .saturating_add(size.min(u64::try_from(stat.st_blocks).unwrap_or_default() * 512));
        }
        let too_much = |what: String| Err(Stop::TooMuch(what));
        if self.entries > bounds.entries {
            return too_much(format!(
                "the command changed more than {} files and folders",
                bounds.entries
            ));
        }
        if self.bytes > bounds.bytes {
            return too_much(format!(
                "the changed files hold more than {} MB",
                bounds.bytes / 1_000_000
            ));
        }
        if self.apparent > bounds.apparent {
            return too_much(format!(
                "the changed files are longer than {} MB",
                bounds.apparent / 1_000_000
            ));
        }
        Ok(())
    }
}

/// Called for each path of a walk.
type Visit<'a> = dyn FnMut(BorrowedFd<'_>, &CStr, &Stat, &[u8]) -> Result<(), Stop> + 'a;

/// Visits everything below a folder, parents first, by name: what is called with the folder's handle, the name in it,
/// what stands there, and the whole path.
fn walk(folder: BorrowedFd<'_>, path: &mut Vec<u8>, depth: usize, visit: &mut Visit<'_>) -> Result<(), Stop> {
    if depth > MAX_DEPTH {
        return Err(Stop::TooMuch(format!(
            "the command made folders nested deeper than {MAX_DEPTH}"
        )));
    }
    let mut names: Vec<CString> = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort_unstable();
    for name in names {
        let above = path.len();
        if above > 0 {
            path.push(b'/');
        }
        path.extend(name.to_bytes());
        if path.len() > MAX_PATH {
            return Err(Stop::TooMuch(format!(
                "the command made a path longer than {MAX_PATH} bytes"
            )));
        }
        let stat = rustix::fs::statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW)?;
        visit(folder, &name, &stat, path)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            let below = open_folder(folder, &name)?;
            walk(below.as_fd(), path, depth + 1, visit)?;
        }
        path.truncate(above);
    }
    Ok(())
}

fn open_folder<P: rustix::path::Arg>(parent: BorrowedFd<'_>, name: P) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
}

/// What stands at a path of the layer.
fn kind(parent: BorrowedFd<'_>, name: &CStr, stat: &Stat) -> Result<EntryKind, Stop> {
    let other = |what: &str| EntryKind::Other { what: what.to_owned() };
    let mode = stat.st_mode & 0o7777;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File {
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode,
        },
        FileType::Directory => EntryKind::Folder {
            mode,
            opaque: is_opaque(open_folder(parent, name)?.as_fd()),
        },
        FileType::Symlink => EntryKind::Link {
            target: rustix::fs::readlinkat(parent, name, Vec::new())?.into_bytes(),
        },
        FileType::CharacterDevice if stat.st_rdev == 0 => EntryKind::Removed,
        FileType::CharacterDevice | FileType::BlockDevice => other("a device"),
        FileType::Fifo => other("a named pipe"),
        FileType::Socket => other("a socket"),
        FileType::Unknown => other("something unknown"),
    })
}

/// The mark has one name where the layer was made by root and another where it was not.
fn is_opaque(folder: BorrowedFd<'_>) -> bool {
    [c"trusted.overlay.opaque", c"user.overlay.opaque"].iter().any(|name| {
        let mut value = [0; 1];
        matches!(rustix::fs::fgetxattr(folder, *name, &mut value[..]), Ok(1)) && value == *b"y"
    })
}

/// The content of a file: its data, and its holes as what they are.
fn content(parent: BorrowedFd<'_>, name: &CStr, stat: &Stat, events: &Sender<ExecEvent>) -> Result<(), Stop> {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    let mut at = 0;
    while at < size {
        // `NXIO`: no data follows, the rest is a hole.
        let start = rustix::fs::seek(&file, SeekFrom::Data(at))
            .unwrap_or(size)
            .clamp(at, size);
        if start > at {
            give(events, ExecEvent::Hole(start - at))?;
            at = start;
            continue;
        }
        let end = rustix::fs::seek(&file, SeekFrom::Hole(at))?.clamp(at, size);
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
            let mut bytes = vec![0; wanted];
            let got = rustix::io::pread(&file, &mut bytes, at)?;
            if got == 0 {
                return Err(Stop::Io(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "a file became shorter",
                )));
            }
            bytes.truncate(got);
            at += got as u64;
            give(events, ExecEvent::Data(bytes))?;
        }
    }
    Ok(())
}

fn give(events: &Sender<ExecEvent>, event: ExecEvent) -> Result<(), Stop> {
    events.blocking_send(event).map_err(|_| {
        Stop::Io(io::Error::new(
            io::ErrorKind::BrokenPipe,
            "the host does not listen any more",
        ))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::{self, File};
    use std::os::unix::fs::{FileExt as _, PermissionsExt as _};

    use super::*;

    const WIDE: Bounds = Bounds {
        entries: 100,
        bytes: 1 << 20,
        apparent: 1 << 30,
    };

    fn collected(folder: &std::path::Path, bounds: Bounds) -> Result<Vec<ExecEvent>, Failure> {
        let (sender, mut events) = tokio::sync::mpsc::channel(1_000);
        let layer = Layer {
            folder: 7,
            upper: folder.to_owned(),
        };
        collect(&[layer], bounds, &sender)?;
        drop(sender);
        Ok(std::iter::from_fn(|| events.blocking_recv()).collect())
    }

    fn entry(path: &str, kind: EntryKind) -> ExecEvent {
        ExecEvent::Entry(Entry {
            folder: 7,
            path: path.as_bytes().to_vec(),
            kind,
        })
    }

    #[test]
    fn a_layer_is_told_whole_parents_first() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        fs::set_permissions(at("b"), fs::Permissions::from_mode(0o750)).unwrap();
        fs::write(at("b/ü"), "text").unwrap();
        fs::set_permissions(at("b/ü"), fs::Permissions::from_mode(0o4755)).unwrap();
        std::os::unix::fs::symlink("../elsewhere", at("a")).unwrap();
        File::create(at("c")).unwrap();
        fs::set_permissions(at("c"), fs::Permissions::from_mode(0o600)).unwrap();
        let pipe = at("d");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
        let file = |size, mode| EntryKind::File { size, mode };
        assert_eq!(
            collected(folder.path(), WIDE).unwrap(),
            [
                entry(
                    "a",
                    EntryKind::Link {
                        target: b"../elsewhere".to_vec()
                    }
                ),
                entry(
                    "b",
                    EntryKind::Folder {
                        mode: 0o750,
                        opaque: false
                    }
                ),
                entry("b/ü", file(4, 0o4755)),
                ExecEvent::Data(b"text".to_vec()),
                entry("c", file(0, 0o600)),
                entry(
                    "d",
                    EntryKind::Other {
                        what: "a named pipe".to_owned()
                    }
                ),
            ]
        );
    }

    #[test]
    fn holes_are_told_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("sparse")).unwrap();
        file.set_len(512 << 20).unwrap();
        file.write_all_at(b"middle", 256 << 20).unwrap();
        let events = collected(folder.path(), WIDE).unwrap();
        let sent: u64 = events
            .iter()
            .map(|event| {
                if let ExecEvent::Data(bytes) = event {
                    bytes.len() as u64
                } else {
                    0
                }
            })
            .sum();
        let holes: u64 = events
            .iter()
            .map(|event| {
                if let ExecEvent::Hole(length) = event {
                    *length
                } else {
                    0
                }
            })
            .sum();
        assert_eq!(sent + holes, 512 << 20);
        assert!((6..1 << 20).contains(&sent), "{sent}");
    }

    #[test]
    fn too_much_is_refused_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two", "three"] {
            fs::write(folder.path().join(name), vec![1; 64 << 10]).unwrap();
        }
        let bounds = [
            Bounds { entries: 2, ..WIDE },
            Bounds { bytes: 100_000, ..WIDE },
            Bounds {
                apparent: 100_000,
                ..WIDE
            },
        ];
        for bounds in bounds {
            let failure = collected(folder.path(), bounds).unwrap_err();
            assert_eq!(failure.kind, FailureKind::TooMuch, "{failure:?}");
        }
        assert_eq!(collected(folder.path(), WIDE).unwrap().len(), 6);
    }
}
