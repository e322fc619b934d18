//! What a person had a connector's server put into a conversation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Block, Hash};

/// Text and pictures of a connector's server that the person called for. They are the server's, whoever called.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConnectorText {
    /// The connector's name.
    pub connector: String,
    /// What of it.
    pub source: ConnectorSource,
    /// What the model reads; it says whose words these are.
    pub content: Vec<Block>,
    /// All of it, as the server sent it, where not all is in `content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Hash>,
    /// What of it was kept back because people do not see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
}

/// Something that the model was not shown because people do not see it either, in words for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withheld {
    /// What: "2 invisible characters".
    pub text: String,
    /// How much: characters, or sheets, rows, slides.
    pub count: u64,
}

/// What of a connector joined a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ConnectorSource {
    /// A prompt, called as a slash command.
    Prompt {
        /// Its name, as its server gives it.
        name: String,
        /// What it was given, by the names of its arguments.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        arguments: BTreeMap<String, String>,
    },
    /// A resource, named as `@connector:address`.
    Resource {
        /// Its address, as it was written.
        uri: String,
    },
}

/// In a line, for a person; the names in it are the server's.
impl std::fmt::Display for ConnectorText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.source {
            ConnectorSource::Prompt { name, .. } => write!(f, "Prompt of {}: {name}", self.connector),
            ConnectorSource::Resource { uri } => write!(f, "Attached from {}: {uri}", self.connector),
        }
    }
}
