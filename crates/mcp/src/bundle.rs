//! Bundles: a server with everything it needs in one file, `.mcpb`, formerly `.dxt`.
//!
//! Formats 0.1 to 0.4 of <https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md>, read loosely. A bundle is
//! looked at without unpacking anything; it is unpacked through a [`Sink`] of the caller's, and what it runs comes from
//! [`Bundle::server`]. Nothing here runs it.

mod archive;
mod compatibility;
mod launch;
mod locale;
mod manifest;
mod settings;
mod signature;

use serde_json::Value;

use crate::diagnostic::Diagnostic;

pub use archive::{Entry, Sink};
pub use compatibility::{Compatibility, Facts};
pub use launch::{Folders, Platform};
pub use manifest::{Hint, Kind, Launch, Manifest, Override};
pub use settings::{Setting, SettingKind, Values};
pub use signature::Signature;

/// Most bytes of a bundle.
pub const BUNDLE_LIMIT: usize = 512 * 1024 * 1024;
/// Most entries of a bundle. Those with Node modules hold tens of thousands.
pub const ENTRY_LIMIT: usize = 60_000;
/// Most bytes of one unpacked file.
pub const UNPACKED_FILE_LIMIT: u64 = 512 * 1024 * 1024;
/// Most bytes of all unpacked files.
pub const UNPACKED_LIMIT: u64 = 2 * 1024 * 1024 * 1024;
/// How many times its packed size all of a bundle may unpack to, where that is more than 16 MiB.
pub const RATIO_LIMIT: u64 = 100;

/// Why a bundle is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It is no archive that can be read.
    #[error("the bundle cannot be read: {0}. Nothing was unpacked. Download it again.")]
    Archive(String),
    /// Something in the archive could do harm when it is unpacked.
    #[error("the bundle was refused: {0}. Nothing was unpacked. Tell its author.")]
    Unsafe(String),
    /// It is larger than anything honest.
    #[error("the bundle was refused: {0}")]
    Limit(String),
    /// The manifest is missing or says too little.
    #[error("the bundle's manifest cannot be used: {0}. Nothing was unpacked.")]
    Manifest(String),
    /// Settings that the person must give first, by key.
    #[error("the server is not started before it is told: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// A setting does not fit what the bundle says of it.
    #[error("the setting `{key}` cannot be used: {reason}")]
    Setting {
        /// Which.
        key: String,
        /// Why.
        reason: String,
    },
    /// The caller's sink failed; what it already took is the caller's to remove.
    #[error("the bundle could not be unpacked: {0}")]
    Unpack(std::io::Error),
}

impl BundleError {
    /// Stable code, such as `mcp.bundle.unsafe`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archive(_) => "mcp.bundle.archive",
            Self::Unsafe(_) => "mcp.bundle.unsafe",
            Self::Limit(_) => "mcp.bundle.limit",
            Self::Manifest(_) => "mcp.bundle.manifest",
            Self::Missing(_) => "mcp.bundle.missing",
            Self::Setting { .. } => "mcp.bundle.setting",
            Self::Unpack(_) => "mcp.bundle.unpack",
        }
    }
}

/// A bundle that was looked at: its manifest is read and every entry of its archive is safe to unpack.
pub struct Bundle {
    /// What its author says of it; untrusted.
    pub manifest: Manifest,
    /// The manifest as it came.
    pub raw: Value,
    /// Whether it carries a signature.
    pub signature: Signature,
    /// Files, without folders, in the archive's order.
    pub entries: Vec<Entry>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
    archive: archive::Archive,
}

impl Bundle {
    /// Looks at a bundle.
    pub fn open(bytes: Vec<u8>) -> Result<Self, BundleError> {
        if bytes.len() > BUNDLE_LIMIT {
            return Err(BundleError::Limit(format!(
                "it is larger than {} MiB",
                BUNDLE_LIMIT / 1024 / 1024
            )));
        }
        let (zip, signature) = signature::strip(bytes);
        let mut archive = archive::Archive::open(zip)?;
        let entries = archive.check()?;
        let mut diagnostics = Vec::new();
        let text = archive
            .read("manifest.json", manifest::LIMIT)?
            .ok_or_else(|| BundleError::Manifest("there is no `manifest.json` at its root".to_owned()))?;
        let (manifest, raw) = manifest::read(&text, &mut diagnostics)?;
        signature.tell(&mut diagnostics);
        Ok(Self {
            manifest,
            raw,
            signature,
            entries,
            diagnostics,
            archive,
        })
    }

    /// Hands every file to `sink`, each with its limits enforced while it is read.
    pub fn unpack(&mut self, sink: &mut dyn Sink) -> Result<(), BundleError> {
        self.archive.unpack(sink)
    }
}
