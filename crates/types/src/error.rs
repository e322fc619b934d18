//! Stable error codes.

use serde::{Deserialize, Serialize};

/// A stable code of an error: lower case, words joined by `-`, `crate.reason` (`workspace.outside-grant`).
/// Part of the contract: surfaces, tests and scripts match on it, so it never changes its meaning.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(std::borrow::Cow<'static, str>);

impl Code {
    /// A code known at compile time.
    pub const fn new(code: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(code))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An error a person may see. `Display` says what happened and what was not changed; `hint` what to do next.
pub trait Coded: std::error::Error {
    /// The stable code.
    fn code(&self) -> Code;
    /// What to do next, in one sentence, where there is something to do.
    fn hint(&self) -> Option<String> {
        None
    }
}
