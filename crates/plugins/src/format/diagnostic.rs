//! What was found wrong in a plugin's files, and what became of it.

use std::path::{Path, PathBuf};

use deskhand_types::Code;
use serde::{Deserialize, Serialize};

/// How much a finding costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Read as meant; the author may want to know.
    Note,
    /// Read, but something in it was left out or guessed.
    Warning,
    /// This component is not there (the others are).
    Component,
    /// The plugin as a whole does not load.
    Plugin,
}

/// One finding. The message is made of a foreign file's words and is not to be trusted beyond showing it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What it costs.
    pub severity: Severity,
    /// A stable code, `plugins.reason`.
    pub code: Code,
    /// The file or folder, as it was reached (below the plugin's root where there is one).
    pub path: PathBuf,
    /// What was found and what was done about it.
    pub message: String,
}

impl Diagnostic {
    /// A finding about `path`; `reason` becomes the code's second half.
    pub fn new(severity: Severity, reason: &'static str, path: &Path, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code(reason),
            path: path.to_owned(),
            message: message.into(),
        }
    }

    /// Something read as meant.
    pub fn note(reason: &'static str, path: &Path, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, reason, path, message)
    }

    /// Something left out or guessed.
    pub fn warning(reason: &'static str, path: &Path, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, reason, path, message)
    }

    /// A component that is not there.
    pub fn component(reason: &'static str, path: &Path, message: impl Into<String>) -> Self {
        Self::new(Severity::Component, reason, path, message)
    }

    /// A plugin that does not load.
    pub fn plugin(reason: &'static str, path: &Path, message: impl Into<String>) -> Self {
        Self::new(Severity::Plugin, reason, path, message)
    }

    /// The code's second half.
    pub fn reason(&self) -> &str {
        self.code.as_str().strip_prefix("plugins.").unwrap_or_default()
    }
}

fn code(reason: &'static str) -> Code {
    serde_json::from_value(serde_json::Value::String(format!("plugins.{reason}"))).unwrap_or(Code::new("plugins.other"))
}
