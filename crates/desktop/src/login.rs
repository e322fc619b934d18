//! Starting at login, hidden. What the system was told is the only memory of it.

#[cfg(target_os = "linux")]
pub mod autostart;
#[cfg_attr(target_os = "linux", path = "login/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "login/native.rs")]
mod system;

use thiserror::Error;

/// The argument that is followed by `on` or `off`.
pub const SWITCH: &str = "--start-at-login";

/// What the command line wants of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// To start at login.
    On,
    /// To start no longer.
    Off,
    /// Something that is neither.
    Unclear,
}

/// What the command line, without the program's own name, wants; none when it says nothing of it.
pub fn asked<S: AsRef<str>>(words: &[S]) -> Option<Asked> {
    let mut words = words.iter().map(AsRef::as_ref);
    words.find(|word| *word == SWITCH)?;
    Some(match (words.next(), words.next()) {
        (Some("on"), None) => Asked::On,
        (Some("off"), None) => Asked::Off,
        _ => Asked::Unclear,
    })
}

/// Why the system was not told.
#[derive(Debug, Error)]
pub enum LoginError {
    /// Nobody knows where this program is, so nothing could start it.
    #[error("this program's own place is not known: {0}")]
    NoProgram(std::io::Error),
    /// There is no folder in which the system looks.
    #[error("neither HOME nor XDG_CONFIG_HOME names a folder")]
    NoFolder,
    /// The entry could not be written or removed.
    #[error("{place}: {source}")]
    Refused {
        /// Where it would be.
        place: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The system's own words.
    #[error("{0}")]
    System(String),
}

/// Whether the system starts Deskhand at login; none where that cannot be known.
pub fn is_on() -> Option<bool> {
    system::is_on().ok()
}

/// Makes the system start Deskhand at login, or no longer.
///
/// # Errors
/// When the system does not take it; then nothing was changed.
pub fn switch(on: bool) -> Result<(), LoginError> {
    system::switch(on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_switched_by_two_words_and_nothing_else() {
        let asked = |line: &str| asked(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(asked("--hidden"), None);
        assert_eq!(asked("--start-at-login on"), Some(Asked::On));
        assert_eq!(asked("--start-at-login off"), Some(Asked::Off));
        for unclear in ["--start-at-login", "--start-at-login maybe", "--start-at-login on off"] {
            assert_eq!(asked(unclear), Some(Asked::Unclear), "{unclear}");
        }
    }
}
