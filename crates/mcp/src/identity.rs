//! Who a server says it is, and where it is: pinned with its tools, so that what was approved of one server is not used of
//! another that stands under the same name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pin::Change;

/// Characters of what a server says of itself that are kept: a name, not a text.
const LONGEST: usize = 200;

/// A server as it was when its tools were approved, or as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name, as it tells it.
    pub name: String,
    /// Its name for people, as it tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its version, as it tells it.
    pub version: String,
    /// The address of a remote server as it is configured, variables by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Scheme, host and port that address leads to. The rest may hold a secret and is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl Identity {
    /// From what a server tells of itself.
    pub(crate) fn told(name: &str, title: Option<&str>, version: &str) -> Self {
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        Self {
            name: cut(name),
            title: title.map(cut),
            version: cut(version),
            address: None,
            origin: None,
        }
    }

    /// The same at an address.
    #[must_use]
    pub fn at(mut self, address: String, origin: String) -> Self {
        self.address = Some(address);
        self.origin = Some(origin);
        self
    }

    /// What makes it another server than `before`: its name, or where it is.
    pub(crate) fn is_another_than<'i>(&'i self, before: &'i Self) -> impl Iterator<Item = Change> + 'i {
        let name = |identity: &'i Self| Some(identity.name.as_str());
        let parts = [
            ("/server/name", name(before), name(self)),
            ("/server/address", before.address.as_deref(), self.address.as_deref()),
            ("/server/origin", before.origin.as_deref(), self.origin.as_deref()),
        ];
        let changed = parts.into_iter().filter(|(_, before, after)| before != after);
        changed.map(|(place, before, after)| Change {
            place: place.to_owned(),
            before: before.map(Value::from),
            after: after.map(Value::from),
        })
    }

    /// What else is different of the same server, a sentence each: told to the person, and no reason to stop. Its words.
    pub fn news(&self, before: &Self) -> Vec<String> {
        let mut news = Vec::new();
        if self.version != before.version {
            news.push(format!(
                "The server says it is version {} now; it was {} when its tools were approved.",
                self.version, before.version
            ));
        }
        if self.title != before.title {
            let called = |identity: &Self| identity.title.clone().unwrap_or_else(|| identity.name.clone());
            news.push(format!(
                "The server calls itself “{}” now; it was “{}” when its tools were approved.",
                called(self),
                called(before)
            ));
        }
        news
    }
}
