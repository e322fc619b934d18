//! Lists as they came, with how long they may be kept.

use std::time::Duration;

use serde_json::Value;

use crate::connection::Connection;
use crate::error::Error;
use crate::host::Listing;

/// A list of a server. Every text in it is untrusted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// Entries as they came.
    pub entries: Vec<Value>,
    /// Whether it was cut at a limit.
    pub truncated: bool,
    /// How long it may be used without asking again (`ttlMs`, the shortest of its pages); `None` where the server does not
    /// say.
    pub ttl: Option<Duration>,
    /// Whether it is the same for everybody (`cacheScope: public`), so that it may outlive a sign-in.
    pub is_public: bool,
}

impl Listed {
    /// Takes up what one page says about caching.
    pub(super) fn page(&mut self, is_first: bool, answer: &Value) {
        let ttl = answer.get("ttlMs").and_then(Value::as_u64).map(Duration::from_millis);
        let is_public = answer.get("cacheScope").and_then(Value::as_str) == Some("public");
        if is_first {
            (self.ttl, self.is_public) = (ttl, is_public);
        } else {
            self.ttl = self.ttl.zip(ttl).map(|(one, other)| one.min(other));
            self.is_public &= is_public;
        }
    }
}

impl Connection {
    /// One of the server's lists, as it came.
    pub async fn listed(&self, listing: Listing) -> Result<Listed, Error> {
        match listing {
            Listing::Tools => {
                self.offers("tools", |offer| offer.tools.is_some())?;
                self.list("tools/list", "tools").await
            }
            Listing::Resources => {
                self.offers("resources", |offer| offer.resources.is_some())?;
                self.list("resources/list", "resources").await
            }
            Listing::Prompts => {
                self.offers("prompts", |offer| offer.prompts.is_some())?;
                self.list("prompts/list", "prompts").await
            }
        }
    }

    /// Whether the server says that it has such a list.
    pub fn has(&self, listing: Listing) -> bool {
        match listing {
            Listing::Tools => self.offers("tools", |offer| offer.tools.is_some()),
            Listing::Resources => self.offers("resources", |offer| offer.resources.is_some()),
            Listing::Prompts => self.offers("prompts", |offer| offer.prompts.is_some()),
        }
        .is_ok()
    }

    /// Templates of addresses of resources, as they came.
    pub async fn templates(&self) -> Result<Listed, Error> {
        self.offers("resources", |offer| offer.resources.is_some())?;
        self.list("resources/templates/list", "resourceTemplates").await
    }
}
