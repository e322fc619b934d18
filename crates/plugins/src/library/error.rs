//! What can go wrong in the library, with stable codes. Unless an error says otherwise, nothing was changed.

use std::path::{Path, PathBuf};

use deskhand_types::{Code, Coded};

use super::id::PluginId;

/// Why a step of the library was not done.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or folder could not be reached.
    #[error("{}: {source}; the step was not done", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process changes the library.
    #[error("another Deskhand is changing the plugins; nothing was changed")]
    Busy,
    /// `state.json` cannot be read.
    #[error("the list of installed plugins ({}) cannot be read: {why}; nothing was changed", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A name that is not accepted.
    #[error("`{name}` is not a name for a {what}: {why}")]
    Name {
        /// As given.
        name: String,
        /// Plugin or marketplace.
        what: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// A vendor's name from elsewhere.
    #[error(
        "the marketplace calls itself `{0}`, a name reserved for its vendor, and does not come from there; it was not added"
    )]
    Reserved(String),
    /// The text names no source.
    #[error("`{given}` is not a source: {why}")]
    Source {
        /// As given.
        given: String,
        /// What is wrong.
        why: String,
    },
    /// An address that is never fetched from.
    #[error("{url} was not fetched: {why}")]
    Address {
        /// As given.
        url: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Fetching failed.
    #[error("{what} could not be fetched: {why}; nothing was changed")]
    Fetch {
        /// From where.
        what: String,
        /// Why.
        why: String,
    },
    /// What was fetched is not what was promised.
    #[error("{what} is not what its marketplace promises ({expected} expected, {found} found); it was not installed")]
    Digest {
        /// From where.
        what: String,
        /// The digest or commit promised.
        expected: String,
        /// The one found.
        found: String,
    },
    /// A package that is refused.
    #[error("the package was refused and nothing of it was kept: {0}")]
    Package(#[from] super::unpack::Refused),
    /// The marketplace file does not load.
    #[error("the marketplace does not load: {0}; nothing was changed")]
    Marketplace(String),
    /// No such marketplace.
    #[error("no marketplace `{0}` was added")]
    NoMarketplace(String),
    /// No such plugin.
    #[error("there is no plugin {0}")]
    NoPlugin(PluginId),
    /// The entry is there and disabled.
    #[error("{id} cannot be installed: {why}")]
    Disabled {
        /// The entry.
        id: PluginId,
        /// Why.
        why: String,
    },
    /// The plugin's files do not load.
    #[error("{id} does not load: {why}; it was not installed")]
    Load {
        /// Which.
        id: PluginId,
        /// Why.
        why: String,
    },
    /// A command source that was not accepted.
    #[error("{id} is fetched by running `{command}`, which was not accepted; it was not run")]
    CommandNotAccepted {
        /// Which plugin.
        id: PluginId,
        /// The exact command.
        command: String,
    },
    /// Dependencies that cannot be met.
    #[error("{id} needs {needs}: {why}; nothing was installed")]
    Dependency {
        /// Who needs.
        id: PluginId,
        /// What.
        needs: PluginId,
        /// Why it cannot be had.
        why: String,
    },
    /// Others need it.
    #[error("{id} is needed by {by}; it was not removed")]
    Needed {
        /// Which.
        id: PluginId,
        /// By whom.
        by: String,
    },
    /// A value that does not fit. Never holds the value.
    #[error("the value for `{key}` of {id} was not taken: {why}")]
    Value {
        /// Whose.
        id: PluginId,
        /// Which.
        key: String,
        /// What is wrong, without the value.
        why: String,
    },
    /// The store of secrets failed. Never holds the value.
    #[error("the secret store refused `{key}` of {id}: {why}")]
    Secret {
        /// Whose.
        id: PluginId,
        /// Which.
        key: String,
        /// Why.
        why: String,
    },
}

impl LibraryError {
    /// A failure at `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

impl Coded for LibraryError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::File { .. } => "plugins.file",
            Self::Busy => "plugins.busy",
            Self::State { .. } => "plugins.state",
            Self::Name { .. } => "plugins.name",
            Self::Reserved(_) => "plugins.reserved",
            Self::Source { .. } => "plugins.source",
            Self::Address { .. } => "plugins.address",
            Self::Fetch { .. } => "plugins.fetch",
            Self::Digest { .. } => "plugins.digest",
            Self::Package(_) => "plugins.package",
            Self::Marketplace(_) => "plugins.marketplace",
            Self::NoMarketplace(_) => "plugins.no-marketplace",
            Self::NoPlugin(_) => "plugins.no-plugin",
            Self::Disabled { .. } => "plugins.disabled",
            Self::Load { .. } => "plugins.load",
            Self::CommandNotAccepted { .. } => "plugins.command-not-accepted",
            Self::Dependency { .. } => "plugins.dependency",
            Self::Needed { .. } => "plugins.needed",
            Self::Value { .. } => "plugins.value",
            Self::Secret { .. } => "plugins.secret",
        })
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Busy => "Try again when the other one is done.",
                Self::State { .. } => "Move the file away to begin with no plugins, or restore it from a backup.",
                Self::CommandNotAccepted { .. } => "Read the command; accept exactly it if you trust it.",
                Self::Needed { .. } => "Remove what needs it first.",
                Self::NoMarketplace(_) => "Add the marketplace first.",
                Self::NoPlugin(_) => "Search the marketplaces for its name.",
                _ => return None,
            }
            .to_owned(),
        )
    }
}
