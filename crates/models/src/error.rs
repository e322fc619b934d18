//! Everything that can go wrong between a request and a turn.

use std::time::Duration;

use deskhand_types::{Code, Coded};

/// Shorthand.
pub type Result<T, E = ModelError> = std::result::Result<T, E>;

/// A request that gave no turn. No text in here ever contains a credential: what providers say is capped and scrubbed.
///
/// Whatever the variant, nothing of the answer was used: no half turn, no tool call of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No provider is configured and none can be guessed.
    #[error("no AI model is configured")]
    NotConfigured,
    /// The name before the slash is not a configured provider.
    #[error("there is no model provider named `{name}`")]
    UnknownProvider {
        /// The name given.
        name: String,
    },
    /// The settings do not describe a provider.
    #[error("the settings of the model provider `{provider}` cannot be used: {reason}")]
    Config {
        /// The provider's id.
        provider: String,
        /// What is wrong.
        reason: String,
    },
    /// No credential was found.
    #[error("no key for the model provider `{provider}`: {tried}")]
    NoKey {
        /// The provider's id.
        provider: String,
        /// Where it was looked for.
        tried: String,
    },
    /// A key helper or the keychain failed.
    #[error("the key for the model provider `{provider}` could not be fetched: {reason}")]
    KeySource {
        /// The provider's id.
        provider: String,
        /// Why, without any output of the helper.
        reason: String,
    },
    /// The provider does not accept the credential (401, 403).
    #[error("`{provider}` refused the credential: {message}")]
    Authentication {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// The account has no credit or quota left. Waiting does not help.
    #[error("`{provider}` reports that the account's credit or quota is used up: {message}")]
    Quota {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// The provider has no such model, or no such address (404).
    #[error("`{provider}` does not know the model or address: {message}")]
    UnknownModel {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// The conversation does not fit the model's window. The agent compacts and asks again.
    #[error("the conversation is too long for the model: {message}")]
    ContextOverflow {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// The provider does not accept the request (400, 422).
    #[error("`{provider}` did not accept the request: {message}")]
    InvalidRequest {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// Too many requests (429).
    #[error("`{provider}` limits the rate of requests: {message}")]
    RateLimited {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
        /// How long it asks to wait, when that is longer than Deskhand waits by itself.
        retry_after: Option<Duration>,
    },
    /// The provider is overloaded (529, 503).
    #[error("`{provider}` is overloaded: {message}")]
    Overloaded {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// The provider failed (other 5xx).
    #[error("`{provider}` failed: {message}")]
    Server {
        /// The provider's id.
        provider: String,
        /// What it said.
        message: String,
    },
    /// No connection, or it was lost before an answer began.
    #[error("`{provider}` cannot be reached: {message}")]
    Network {
        /// The provider's id.
        provider: String,
        /// What the network said.
        message: String,
    },
    /// The answer broke off, stalled, or is not what the protocol says. The part that came was discarded.
    #[error("the answer of `{provider}` broke: {message}")]
    Stream {
        /// The provider's id.
        provider: String,
        /// How.
        message: String,
    },
    /// The answer is larger than Deskhand reads. Reading stopped there.
    #[error("the answer of `{provider}` is too large: {what} is longer than {limit} bytes")]
    TooLarge {
        /// The provider's id.
        provider: String,
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// What answered is not a model server (a web page, a redirect).
    #[error("`{provider}` did not answer as a model server does: {message}")]
    NotAModelServer {
        /// The provider's id.
        provider: String,
        /// What came instead.
        message: String,
    },
    /// A source of turns inside Deskhand (the recipes) failed.
    #[error("{message}")]
    Embedded {
        /// Its own code.
        code: Code,
        /// What happened.
        message: String,
        /// What to do next.
        hint: Option<String>,
    },
    /// The provider cannot do this.
    #[error("`{provider}` cannot {what}")]
    Unsupported {
        /// The provider's id.
        provider: String,
        /// What was asked.
        what: &'static str,
    },
    /// All attempts failed; the last one with `last`, whose code this error has.
    #[error("{last} (gave up after {attempts} attempts)")]
    GaveUp {
        /// How many attempts were made.
        attempts: u32,
        /// The last failure.
        last: Box<ModelError>,
    },
}

impl ModelError {
    /// Whether the same request may well succeed in a moment.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Overloaded { .. }
                | Self::Server { .. }
                | Self::Network { .. }
                | Self::Stream { .. }
        )
    }

    /// Whether the conversation has to be shortened before it is sent again.
    pub const fn is_context_overflow(&self) -> bool {
        matches!(self, Self::ContextOverflow { .. })
    }
}

impl Coded for ModelError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::NotConfigured => "models.not-configured",
            Self::UnknownProvider { .. } => "models.unknown-provider",
            Self::Config { .. } => "models.config",
            Self::NoKey { .. } => "models.no-key",
            Self::KeySource { .. } => "models.key-source",
            Self::Authentication { .. } => "models.authentication",
            Self::Quota { .. } => "models.quota",
            Self::UnknownModel { .. } => "models.unknown-model",
            Self::ContextOverflow { .. } => "models.context-overflow",
            Self::InvalidRequest { .. } => "models.invalid-request",
            Self::RateLimited { .. } => "models.rate-limited",
            Self::Overloaded { .. } => "models.overloaded",
            Self::Server { .. } => "models.server",
            Self::Network { .. } => "models.network",
            Self::Stream { .. } => "models.stream",
            Self::TooLarge { .. } => "models.answer-too-large",
            Self::NotAModelServer { .. } => "models.not-a-model-server",
            Self::Unsupported { .. } => "models.unsupported",
            Self::Embedded { code, .. } => return code.clone(),
            Self::GaveUp { last, .. } => return last.code(),
        })
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Embedded { hint, .. } => return hint.clone(),
            Self::NotConfigured => {
                "Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or use the built-in recipes, which need no model.".into()
            }
            Self::UnknownProvider { .. } => {
                "Name a model as PROVIDER/NAME; `deskhand models list` shows the providers.".into()
            }
            Self::Config { .. } => "Correct the provider's settings and try `deskhand models test`.".into(),
            Self::NoKey { .. } => "Set the key there, or name another source of it in the settings.".into(),
            Self::KeySource { .. } => "Run the helper by hand to see what it prints, or name another source.".into(),
            Self::Authentication { .. } => {
                "Check that the key is whole, not revoked, and meant for this address; then `deskhand models test`."
                    .into()
            }
            Self::Quota { .. } => "Add credit to the account, or choose another model with --model.".into(),
            Self::UnknownModel { .. } => {
                "`deskhand models list` shows what the provider offers; check the base URL too.".into()
            }
            Self::ContextOverflow { .. } => "Shorten the conversation, or choose a model with a larger window.".into(),
            Self::InvalidRequest { .. } => {
                "If the provider names a limit, choose a model that allows it; otherwise report this as a bug.".into()
            }
            Self::RateLimited {
                retry_after: Some(wait),
                ..
            } => {
                format!("Try again in {} seconds with `deskhand resume`.", wait.as_secs())
            }
            Self::RateLimited { .. } | Self::Overloaded { .. } | Self::Server { .. } | Self::Stream { .. } => {
                "Nothing is lost: go on later with `deskhand resume`.".into()
            }
            Self::Network { .. } => "Check the network and the base URL; then go on with `deskhand resume`.".into(),
            Self::TooLarge { .. } => "Check what answers at the base URL; a model never sends that much.".into(),
            Self::NotAModelServer { .. } => {
                "Check the base URL, and whether a proxy or sign-in page is in between.".into()
            }
            Self::Unsupported { .. } => return None,
            Self::GaveUp { last, .. } => return last.hint(),
        })
    }
}
