//! Linux: an entry in the folder `autostart`, which every desktop reads.

use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::LoginError;
use super::autostart::{NAME, entry, is_in_force};

/// The longest entry that is read, in bytes.
const LONGEST: u64 = 64 << 10;

/// Whether there is an entry in force.
///
/// # Errors
/// When that cannot be found out.
pub fn is_on() -> Result<bool, LoginError> {
    let place = folder()?.join(NAME);
    let entry = read(&place).map_err(|source| refused(&place, source))?;
    Ok(entry.is_some_and(|entry| is_in_force(&entry)))
}

/// Writes the entry, or removes it.
///
/// # Errors
/// When the program or the folder is not known, or the folder does not take it.
pub fn switch(on: bool) -> Result<(), LoginError> {
    let folder = folder()?;
    let place = folder.join(NAME);
    let done = if on {
        write(&folder, &place, &entry(&program()?))
    } else {
        remove(&place)
    };
    done.map_err(|source| refused(&place, source))
}

fn refused(place: &Path, source: io::Error) -> LoginError {
    LoginError::Refused {
        place: place.display().to_string(),
        source,
    }
}

/// What is to be started: an AppImage is unpacked anew at each start, and names itself.
fn program() -> Result<String, LoginError> {
    let image = std::env::var_os("APPIMAGE")
        .map(PathBuf::from)
        .filter(|image| image.is_absolute());
    let program = image.map_or_else(std::env::current_exe, Ok);
    let program = program.map_err(LoginError::NoProgram)?;
    program.to_str().map(str::to_owned).ok_or_else(|| {
        let reason = format!("{} has no name in Unicode", program.display());
        LoginError::NoProgram(io::Error::new(ErrorKind::InvalidData, reason))
    })
}

/// Relative paths in these variables are to be ignored.
fn folder() -> Result<PathBuf, LoginError> {
    let named = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    named("XDG_CONFIG_HOME")
        .or_else(|| named("HOME").map(|home| home.join(".config")))
        .map(|config| config.join("autostart"))
        .ok_or(LoginError::NoFolder)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the window's own entry at login, not a granted folder"
)]
fn read(place: &Path) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    match std::fs::File::open(place) {
        Ok(file) => file.take(LONGEST).read_to_end(&mut text)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// Whole or not at all: half of an entry would start something else.
#[expect(
    clippy::disallowed_methods,
    reason = "the window's own entry at login, not a granted folder"
)]
fn write(folder: &Path, place: &Path, text: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let half = folder.join(format!(".{NAME}.{}", std::process::id()));
    let written = std::fs::File::create(&half)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&half, place));
    if written.is_err() {
        // It may never have been there.
        let _ = std::fs::remove_file(&half);
    }
    written
}

#[expect(
    clippy::disallowed_methods,
    reason = "the window's own entry at login, not a granted folder"
)]
fn remove(place: &Path) -> io::Result<()> {
    match std::fs::remove_file(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
