//! What plugins and marketplaces are called, and for whom a plugin is installed.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::LibraryError;

/// The marketplace of plugins that were installed from a file or folder.
pub const LOCAL: &str = "local";
/// The marketplace of plugins that lie in a folder of skills.
pub const SKILLS_DIR: &str = "skills-dir";

/// `name@marketplace`. The name is the *entry's*, not the manifest's (R17). Source: issue 5, A4.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PluginId {
    name: String,
    marketplace: String,
}

impl PluginId {
    /// Both parts are letters, digits, `.`, `_`, `-`, at most 64 of them, and begin with a letter or digit.
    pub fn new(name: &str, marketplace: &str) -> Result<Self, LibraryError> {
        check(name, "plugin")?;
        check(marketplace, "marketplace")?;
        Ok(Self {
            name: name.to_owned(),
            marketplace: marketplace.to_owned(),
        })
    }

    /// The entry's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The marketplace's name.
    pub fn marketplace(&self) -> &str {
        &self.marketplace
    }

    /// The name of its folder below `data/`: every character outside of `[A-Za-z0-9_-]` as `-`. Source: issue 5, A5.
    pub fn data_name(&self) -> String {
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') {
                letter
            } else {
                '-'
            }
        };
        self.to_string().chars().map(plain).collect()
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.marketplace)
    }
}

impl From<PluginId> for String {
    fn from(id: PluginId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for PluginId {
    type Error = LibraryError;
    fn try_from(text: String) -> Result<Self, LibraryError> {
        text.parse()
    }
}

impl std::str::FromStr for PluginId {
    type Err = LibraryError;
    fn from_str(text: &str) -> Result<Self, LibraryError> {
        match text.split_once('@') {
            Some((name, marketplace)) => Self::new(name, marketplace),
            None => Err(LibraryError::Name {
                name: text.to_owned(),
                what: "plugin",
                why: "it must be written name@marketplace",
            }),
        }
    }
}

/// Whether a name may become a part of a path on every system.
pub(super) fn check(name: &str, what: &'static str) -> Result<(), LibraryError> {
    let bad = |why| LibraryError::Name {
        name: name.chars().take(80).collect(),
        what,
        why,
    };
    if name.is_empty() || name.len() > 64 {
        return Err(bad("it must have 1 to 64 characters"));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if !name.chars().all(fits) {
        return Err(bad("only letters, digits, `.`, `_` and `-` may stand in it"));
    }
    if !name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) || name.ends_with('.') {
        return Err(bad("it must begin with a letter or digit and not end with a dot"));
    }
    if super::unpack::is_device_name(name) {
        return Err(bad("Windows keeps this name for a device"));
    }
    Ok(())
}

/// For whom a plugin is installed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "project")]
pub enum Scope {
    /// This person, everywhere.
    #[default]
    User,
    /// Everybody in this project.
    Project(PathBuf),
    /// This person, in this project.
    Local(PathBuf),
    /// Set by the organisation.
    Managed,
}
