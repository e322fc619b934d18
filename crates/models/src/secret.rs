//! Credentials in memory.

use zeroize::Zeroizing;

/// A credential. Never printed, wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Shorter "keys" are placeholders for servers that want none (`ollama`, `none`); scrubbing them would only garble errors.
const SHORTEST_SCRUBBED: usize = 8;

impl Secret {
    /// Wraps a credential; surrounding white space, as pasted or as a helper prints it, is dropped.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The credential itself. Called only where a header is made.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every occurrence of the credential replaced.
    pub fn scrub(&self, text: &str) -> String {
        if self.0.len() < SHORTEST_SCRUBBED {
            return text.to_owned();
        }
        text.replace(self.0.as_str(), "[redacted]")
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_printed() {
        let secret = Secret::new(" sk-canary-0123456789\n");
        assert_eq!(format!("{secret:?}"), "Secret([redacted])");
        assert_eq!(secret.scrub("key sk-canary-0123456789 is bad"), "key [redacted] is bad");
    }

    #[test]
    fn placeholders_do_not_garble_errors() {
        assert_eq!(
            Secret::new("ollama").scrub("ollama has no such model"),
            "ollama has no such model"
        );
    }
}
