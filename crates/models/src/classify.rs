//! From what a provider says went wrong to a [`ModelError`]. Pure.

use std::time::Duration;

use serde_json::Value;

use crate::ModelError;

/// What a provider says is cut to this many characters before it is shown.
const MESSAGE_CHARS: usize = 500;

/// An error as a provider reports it, from a status line and body or from inside a stream. As long as it came: it is cut
/// only after the key was scrubbed, since a cut in the middle of a key would hide it from the scrubbing.
#[derive(Debug, Default)]
pub(crate) struct Reported {
    /// The HTTP status; inside a stream the status an error names as its code, or 0.
    pub status: u16,
    /// `type` and `code`, joined; empty when there is none.
    pub kind: String,
    /// The text.
    pub message: String,
}

impl Reported {
    /// Reads the body of a failed response. All known servers send JSON with `error` as an object or a string;
    /// anything else is taken as it is.
    pub(crate) fn from_body(status: u16, body: &[u8]) -> Self {
        let reported = serde_json::from_slice::<Value>(body).map_or_else(
            |_| Self {
                message: String::from_utf8_lossy(body).into_owned(),
                ..Self::default()
            },
            |value| Self::from_value(&value),
        );
        Self { status, ..reported }
    }

    /// Reads an error object, wherever it was found.
    pub(crate) fn from_value(value: &Value) -> Self {
        let error = value.get("error").filter(|error| !error.is_null()).unwrap_or(value);
        if let Value::String(text) = error {
            return Self {
                message: text.clone(),
                ..Self::default()
            };
        }
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        // llama.cpp and OpenRouter name the status they would have sent.
        let status = error
            .get("code")
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok())
            .filter(|code| (400..600).contains(code))
            .unwrap_or(0);
        let message = match (text("message"), text("detail")) {
            ("", "") => error.to_string(),
            ("", detail) => detail.to_owned(),
            (message, _) => message.to_owned(),
        };
        Self {
            status,
            kind: format!("{} {}", text("type"), text("code")).trim().to_owned(),
            message,
        }
    }

    /// The error this is. `retry_after` is what the provider asks to wait.
    pub(crate) fn into_error(self, provider: &str, retry_after: Option<Duration>) -> ModelError {
        let class = self.class();
        let provider = provider.to_owned();
        let message = match (one_line(&self.message).as_str(), self.status) {
            ("", 0) => "no explanation".to_owned(),
            ("", status) => format!("status {status} without an explanation"),
            (text, 0) => text.to_owned(),
            (text, status) => format!("{text} (status {status})"),
        };
        match class {
            Class::Overflow => ModelError::ContextOverflow { provider, message },
            Class::Quota => ModelError::Quota { provider, message },
            Class::Authentication => ModelError::Authentication { provider, message },
            Class::NotFound => ModelError::UnknownModel { provider, message },
            Class::RateLimited => ModelError::RateLimited {
                provider,
                message,
                retry_after,
            },
            Class::Overloaded => ModelError::Overloaded { provider, message },
            Class::Server => ModelError::Server { provider, message },
            Class::Invalid => ModelError::InvalidRequest { provider, message },
            Class::Elsewhere => ModelError::NotAModelServer { provider, message },
        }
    }

    fn class(&self) -> Class {
        let kind = self.kind.as_str();
        let message = self.message.to_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| kind.contains(needle));
        let says = |needles: &[&str]| needles.iter().any(|needle| message.contains(needle));
        // Servers disagree on the status of an overflow (400, 413, 422, 500), so the words come first.
        if self.status == 413
            || has(&["context_length_exceeded", "exceed_context_size", "request_too_large"])
            || says(OVERFLOW_WORDS)
        {
            return Class::Overflow;
        }
        if self.status == 402 || has(&["insufficient_quota", "billing_error"]) || says(&["credit balance is too low"]) {
            return Class::Quota;
        }
        match self.status {
            0 => self.class_in_stream(),
            300..=399 => Class::Elsewhere,
            401 | 403 => Class::Authentication,
            404 | 405 => Class::NotFound,
            408 | 409 | 425 => Class::Server,
            429 => Class::RateLimited,
            503 | 529 => Class::Overloaded,
            500..=599 => {
                if has(&["overloaded"]) {
                    Class::Overloaded
                } else {
                    Class::Server
                }
            }
            _ => Class::Invalid,
        }
    }

    fn class_in_stream(&self) -> Class {
        let has = |needles: &[&str]| needles.iter().any(|needle| self.kind.contains(needle));
        if has(&["rate_limit"]) {
            Class::RateLimited
        } else if has(&["overloaded", "unavailable"]) {
            Class::Overloaded
        } else if has(&["authentication", "permission"]) {
            Class::Authentication
        } else if has(&["not_found"]) {
            Class::NotFound
        } else if has(&["invalid"]) {
            Class::Invalid
        } else {
            Class::Server
        }
    }
}

enum Class {
    Overflow,
    Quota,
    Authentication,
    NotFound,
    RateLimited,
    Overloaded,
    Server,
    Invalid,
    Elsewhere,
}

/// How Anthropic, OpenAI, vLLM, llama.cpp, LM Studio and Ollama say that a conversation is too long.
const OVERFLOW_WORDS: &[&str] = &[
    "prompt is too long",
    "exceed context limit",
    "exceeds the context window",
    "maximum context length",
    "exceeds the available context size",
    "greater than the context length",
    "longer than the context length",
    "exceeds context length",
    "input is too long",
];

/// One line of at most [`MESSAGE_CHARS`] characters, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (count, word) in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .enumerate()
    {
        if count > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((cut, _)) = line.char_indices().nth(MESSAGE_CHARS) {
            line.truncate(cut);
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use deskhand_types::Coded;

    use super::*;

    fn code(status: u16, body: &str) -> String {
        Reported::from_body(status, body.as_bytes())
            .into_error("p", None)
            .code()
            .to_string()
    }

    #[test]
    fn every_known_shape_has_its_class() {
        let cases = [
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 212000 tokens > 200000 maximum"}}"#,
                "models.context-overflow",
            ),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
                "models.context-overflow",
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
                "models.context-overflow",
            ),
            (
                413,
                r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
                "models.context-overflow",
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API"}}"#,
                "models.quota",
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                "models.quota",
            ),
            (
                400,
                r#"{"error":"model requires more system memory"}"#,
                "models.invalid-request",
            ),
            (
                401,
                r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}"#,
                "models.authentication",
            ),
            (403, "<html>Forbidden</html>", "models.authentication"),
            (
                404,
                r#"{"error":{"message":"model 'x' not found"}}"#,
                "models.unknown-model",
            ),
            (302, "", "models.not-a-model-server"),
            (429, "{}", "models.rate-limited"),
            (500, "", "models.server"),
            (502, "bad gateway", "models.server"),
            (503, "", "models.overloaded"),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "models.overloaded",
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(code(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_a_provider_says_is_cut_to_one_line() {
        let long = "word\n\u{1b}[31m ".repeat(10_000);
        let line = one_line(&long);
        assert_eq!(line.chars().count(), MESSAGE_CHARS + 1);
        assert!(!line.contains(['\n', '\u{1b}']));
    }

    #[test]
    fn one_endless_word_is_cut_too() {
        assert_eq!(one_line(&"x".repeat(1_000_000)).chars().count(), MESSAGE_CHARS + 1);
    }
}
