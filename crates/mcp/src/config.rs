//! Servers as configuration files name them: `.mcp.json`, plugins, settings of other programs.
//!
//! Reading is lenient: an entry that cannot be used costs a note, never the other entries. Texts are kept as they came;
//! variables are put in when a server is about to be started ([`Server::expand`]), so that no secret of the environment is
//! in a setting.

mod endpoint;
mod expand;
mod names;
mod read;
mod scope;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use endpoint::EndpointKey;
pub use expand::{Expanded, Unset};
pub use names::{confusable, plugin_server, tool_name, tool_part};
pub use read::{Notice, Read, Severity, read};
pub use scope::{Group, Named, Scope, foreign, merge};

/// A server, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its name for people and in lists, as it came; may hold spaces.
    pub name: String,
    /// How it is reached.
    #[serde(flatten)]
    pub how: How,
    /// Milliseconds a call may take; at least 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Whether its tools are always shown to the model, never behind a search.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always_load: bool,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum How {
    /// A program on this computer that speaks on its standard input and output.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        args: Vec<String>,
        /// Variables it gets beside a minimal environment.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        env: BTreeMap<String, String>,
        /// The folder it starts in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwd: Option<String>,
    },
    /// A server with an address.
    Http {
        /// The address.
        url: String,
        /// Whether it is configured as HTTP+SSE of 2024-11-05.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sse: bool,
        /// Headers of every request.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// A shell command that prints more headers as a JSON object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        headers_helper: Option<String>,
        /// What is known about signing in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oauth: Option<OAuthSettings>,
    },
    /// An entry without an address: a reference by name to a server that the person has configured, if they have.
    NotConfigured,
    /// A transport that does not exist here (`ws`).
    Unsupported {
        /// Its name in the configuration.
        transport: String,
    },
}

/// What a configuration says about signing in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OAuthSettings {
    /// The client that was registered beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The port of `http://localhost:PORT/callback`; any free one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_port: Option<u16>,
    /// The scopes to ask for, separated by spaces; as the server says when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// Where the authorisation server describes itself (https), in place of discovery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_server_metadata_url: Option<String>,
}

impl Server {
    /// The address, or the whole command as a person would type it.
    pub fn address(&self) -> String {
        match &self.how {
            How::Stdio { command, args, .. } => {
                let mut line = quoted(command);
                for argument in args {
                    line.push(' ');
                    line.push_str(&quoted(argument));
                }
                line
            }
            How::Http { url, .. } => url.clone(),
            How::NotConfigured => String::new(),
            How::Unsupported { transport } => format!("({transport})"),
        }
    }

    /// Whether it is a program on this computer.
    pub const fn is_local(&self) -> bool {
        matches!(self.how, How::Stdio { .. })
    }
}

/// A word of a command line as it would be typed.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
