//! Unpacking zip and tar.gz packages from anywhere into a new folder.
//!
//! Refused, as a whole: paths that are absolute or hold `..`, links, devices, names that collide when case or Unicode form
//! is ignored, names Windows cannot hold, and packages that unpack to more than [`Limits`]. Nothing is written outside of
//! the folder because every part of every name is checked and nothing written is ever a link.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::disk::Disk;
use super::error::LibraryError;

/// Why a package was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Neither zip nor tar.gz.
    #[error("it is neither a zip nor a tar.gz")]
    Kind,
    /// Cannot be read.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A name.
    #[error("`{0}` in it is a name that is never unpacked: {1}")]
    Name(String, &'static str),
    /// A link or device.
    #[error("`{0}` in it is {1}; only files and folders are unpacked")]
    Special(String, &'static str),
    /// Two names for one file.
    #[error("`{0}` and `{1}` in it would be the same file on some systems")]
    Collision(String, String),
    /// Too much.
    #[error("it holds more than {0}")]
    TooMuch(String),
}

/// How much a package may unpack to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The package itself, in bytes. Source: issue 5, A4.
    pub package: u64,
    /// Files and folders.
    pub entries: usize,
    /// All files together, in bytes.
    pub bytes: u64,
    /// How many times larger than the package, once past `ratio_from` bytes.
    pub ratio: u64,
    /// See `ratio`.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            package: 256 << 20,
            entries: 20_000,
            bytes: 1 << 30,
            ratio: 100,
            ratio_from: 16 << 20,
        }
    }
}

/// Unpacks `package` into `into`, which is made. On an error the folder may hold a part: the caller drops it.
pub fn unpack(package: &Path, into: &Path, limits: &Limits) -> Result<(), LibraryError> {
    unpack_on(&Disk::default(), package, into, limits)
}

pub(super) fn unpack_on(disk: &Disk, package: &Path, into: &Path, limits: &Limits) -> Result<(), LibraryError> {
    let mut file = File::open(package).map_err(LibraryError::file(package))?;
    let size = file.metadata().map_err(LibraryError::file(package))?.len();
    if size > limits.package {
        return Err(Refused::TooMuch(format!("{} bytes as a package", limits.package)).into());
    }
    let mut head = [0_u8; 4];
    let read = file.read(&mut head).map_err(LibraryError::file(package))?;
    file.rewind().map_err(LibraryError::file(package))?;
    let mut target = Target {
        disk,
        root: into,
        limits,
        package: size,
        bytes: 0,
        names: HashMap::new(),
    };
    disk.make_folder(into)?;
    match head.get(..read) {
        Some([b'P', b'K', 3, 4] | [b'P', b'K', 5, 6]) => zip(file, &mut target),
        Some([0x1f, 0x8b, ..]) => tar(flate2::read::MultiGzDecoder::new(file), &mut target),
        _ => Err(Refused::Kind.into()),
    }
}

/// The folder that holds the content: the only folder at the top when there is nothing beside it and the top does not
/// look like a plugin itself.
pub fn top(unpacked: &Path) -> PathBuf {
    let entries: Vec<_> = std::fs::read_dir(unpacked).into_iter().flatten().flatten().collect();
    match entries.as_slice() {
        [only] if only.path().is_dir() && only.file_name() != ".claude-plugin" && !is_layout(&only.file_name()) => {
            only.path()
        }
        _ => unpacked.to_owned(),
    }
}

/// Folders a plugin without a manifest may consist of.
fn is_layout(name: &std::ffi::OsStr) -> bool {
    [
        "skills",
        "commands",
        "agents",
        "hooks",
        "output-styles",
        "workflows",
        "themes",
        "monitors",
        "bin",
    ]
    .iter()
    .any(|layout| name == *layout)
}

fn damaged(why: impl std::fmt::Display) -> LibraryError {
    Refused::Damaged(why.to_string()).into()
}

fn zip(file: File, target: &mut Target<'_>) -> Result<(), LibraryError> {
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    if archive.has_duplicate_names() {
        return Err(damaged("a name stands in it twice"));
    }
    if archive.len() > target.limits.entries {
        return Err(target.too_many());
    }
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.into_owned();
        let mode = part.unix_mode().unwrap_or(0);
        match mode & 0o170_000 {
            0 | 0o100_000 | 0o040_000 => {}
            0o120_000 => return Err(Refused::Special(name, "a link").into()),
            _ => return Err(Refused::Special(name, "a device, pipe or socket").into()),
        }
        if part.encrypted() {
            return Err(damaged(format!("`{name}` is encrypted")));
        }
        if name.ends_with('/') {
            target.folder(&name)?;
        } else {
            target.file(&name, &mut part, mode & 0o111 != 0)?;
        }
    }
    Ok(())
}

fn tar(bytes: impl Read, target: &mut Target<'_>) -> Result<(), LibraryError> {
    use tar::EntryType;
    // Headers, padding and the contents of refused entries count too: nothing is read without a bound.
    let bound = target.limits.bytes.saturating_add(target.limits.entries as u64 * 2048);
    let mut archive = tar::Archive::new(bytes.take(bound));
    for part in archive.entries().map_err(damaged)? {
        let mut part = part.map_err(damaged)?;
        let name = String::from_utf8(part.path_bytes().into_owned())
            .map_err(|_| Refused::Name("?".to_owned(), "it is not UTF-8"))?;
        let executable = part.header().mode().unwrap_or(0) & 0o111 != 0;
        match part.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => target.file(&name, &mut part, executable)?,
            EntryType::Directory => target.folder(&name)?,
            EntryType::XGlobalHeader => {}
            EntryType::Symlink | EntryType::Link => return Err(Refused::Special(name, "a link").into()),
            _ => return Err(Refused::Special(name, "a device, pipe or something else").into()),
        }
    }
    Ok(())
}

struct Target<'a> {
    disk: &'a Disk,
    root: &'a Path,
    limits: &'a Limits,
    package: u64,
    bytes: u64,
    /// Folded path to the path as written and whether it is a folder.
    names: HashMap<String, (String, bool)>,
}

impl Target<'_> {
    fn too_many(&self) -> LibraryError {
        Refused::TooMuch(format!("{} files and folders", self.limits.entries)).into()
    }

    /// Checks a name and makes it known; answers its path below the root. `None`: the root itself.
    fn place(&mut self, name: &str, is_folder: bool) -> Result<Option<PathBuf>, LibraryError> {
        let parts = parts(name)?;
        let mut written = String::new();
        for (depth, part) in parts.iter().enumerate() {
            if depth > 0 {
                written.push('/');
            }
            written.push_str(part);
            let last = depth + 1 == parts.len();
            let folder = is_folder || !last;
            match self.names.get(&fold(&written)) {
                Some((known, is)) if *known == written && *is && folder => {}
                Some((known, _)) => return Err(Refused::Collision(known.clone(), written).into()),
                None => {
                    if self.names.len() >= self.limits.entries {
                        return Err(self.too_many());
                    }
                    self.names.insert(fold(&written), (written.clone(), folder));
                }
            }
        }
        Ok((!parts.is_empty()).then(|| self.root.join(written)))
    }

    fn folder(&mut self, name: &str) -> Result<(), LibraryError> {
        match self.place(name, true)? {
            Some(path) => self.disk.make_folder(&path),
            None => Ok(()),
        }
    }

    fn file(&mut self, name: &str, from: &mut dyn Read, executable: bool) -> Result<(), LibraryError> {
        let Some(path) = self.place(name, false)? else {
            return Err(Refused::Name(name.to_owned(), "it is empty").into());
        };
        if let Some(parent) = path.parent() {
            self.disk.make_folder(parent)?;
        }
        let by_ratio = self
            .package
            .saturating_mul(self.limits.ratio)
            .max(self.limits.ratio_from);
        let room = self.limits.bytes.min(by_ratio).saturating_sub(self.bytes);
        let mut bounded = Source {
            from,
            left: room + 1,
            fault: None,
        };
        let written = self.disk.create(&path, &mut bounded, executable);
        if let Some(fault) = bounded.fault {
            return Err(damaged(fault));
        }
        let written = written?;
        if written > room {
            return Err(Refused::TooMuch(format!(
                "{} bytes unpacked, or {} times its size",
                self.limits.bytes, self.limits.ratio
            ))
            .into());
        }
        self.bytes += written;
        Ok(())
    }
}

/// A bounded reader that keeps apart what the package did wrong from what the disk did wrong.
struct Source<'a> {
    from: &'a mut dyn Read,
    left: u64,
    fault: Option<String>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most) else {
            return Ok(0);
        };
        match self.from.read(buffer) {
            Ok(read) => {
                self.left -= read as u64;
                Ok(read)
            }
            Err(why) if why.kind() == io::ErrorKind::Interrupted => Err(why),
            Err(why) => {
                self.fault = Some(why.to_string());
                Err(why)
            }
        }
    }
}

/// The parts of a packed name, each fit to be a file's name on every system.
fn parts(name: &str) -> Result<Vec<&str>, Refused> {
    let bad = |why| Refused::Name(name.chars().take(200).collect(), why);
    if name.starts_with('/') || name.starts_with('\\') {
        return Err(bad("it is absolute"));
    }
    if name.len() > 1024 {
        return Err(bad("it is longer than 1024 bytes"));
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => continue,
            ".." => return Err(bad("`..` leads out")),
            _ => {}
        }
        if part
            .chars()
            .any(|letter| letter.is_control() || r#"\:*?"<>|"#.contains(letter))
        {
            return Err(bad("a character in it is not allowed on every system"));
        }
        if part.len() > 255 || part.ends_with([' ', '.']) || is_device_name(part) {
            return Err(bad("Windows cannot hold such a name"));
        }
        parts.push(part);
    }
    if parts.len() > 32 {
        return Err(bad("it is deeper than 32 folders"));
    }
    Ok(parts)
}

/// `CON`, `nul.txt`, `COM1`, …
pub(super) fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered.is_some_and(|number| {
            number.chars().count() == 1 && number.contains(|c: char| c.is_ascii_digit() || "¹²³".contains(c))
        })
}

/// How systems compare names that ignore case and Unicode form.
fn fold(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}
