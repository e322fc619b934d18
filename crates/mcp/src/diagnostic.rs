//! What a person is told about something that was read and is not as it should be.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is lost: something was ignored.
    Note,
    /// It is used, and may not do what its author meant.
    Warning,
    /// What it speaks of is not used.
    Error,
}

/// One finding. It never costs anything but what it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Key of the server it is about; `None` for the file as a whole.
    pub server: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, such as `mcp.config.variable`.
    pub code: String,
    /// What was found and what was done about it, for a person.
    pub message: String,
}

impl Diagnostic {
    pub(crate) fn new(server: Option<&str>, severity: Severity, code: &str, message: String) -> Self {
        Self {
            server: server.map(str::to_owned),
            severity,
            code: code.to_owned(),
            message,
        }
    }
}

/// Collects findings about one server.
pub(crate) struct Findings<'a> {
    server: Option<&'a str>,
    list: &'a mut Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    pub(crate) fn about(server: Option<&'a str>, list: &'a mut Vec<Diagnostic>) -> Self {
        Self { server, list }
    }

    fn push(&mut self, severity: Severity, code: &str, message: String) {
        self.list.push(Diagnostic::new(self.server, severity, code, message));
    }

    pub(crate) fn note(&mut self, code: &str, message: impl Into<String>) {
        self.push(Severity::Note, code, message.into());
    }

    pub(crate) fn warn(&mut self, code: &str, message: impl Into<String>) {
        self.push(Severity::Warning, code, message.into());
    }

    pub(crate) fn error(&mut self, code: &str, message: impl Into<String>) {
        self.push(Severity::Error, code, message.into());
    }
}
