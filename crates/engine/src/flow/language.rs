//! The words of people and of tools: lexicons as data, loaded once.

use deskhand_policy::flow::{LexiconError, Lexicons, ToolWords};

/// What is known about words.
#[derive(Debug)]
pub(crate) struct Language {
    /// Of people, by language.
    pub people: Lexicons,
    /// Of tools' names and parameters.
    pub tools: ToolWords,
}

impl Language {
    /// The shipped words.
    ///
    /// # Errors
    /// Never in a released build: a test loads them.
    pub fn shipped() -> Result<Self, LexiconError> {
        Ok(Self {
            people: Lexicons::shipped()?,
            tools: ToolWords::shipped()?,
        })
    }
}
