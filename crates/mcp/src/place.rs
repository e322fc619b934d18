//! Where a server is: what makes two declarations the same server.

use url::Url;

use crate::config::{Server, Transport};

/// A place, in a form in which the same place is equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A normalised address: scheme and host in small letters, no default port, no fragment, no slash at the end.
    Address(String),
    /// A program with its arguments, as written.
    Program {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
    },
}

impl Place {
    /// Where `server` is; `None` when it is not configured.
    pub fn of(server: &Server) -> Option<Self> {
        match &server.transport {
            Transport::Stdio(program) => Some(Self::Program {
                command: program.command.clone(),
                args: program.args.clone(),
            }),
            Transport::Http(remote) | Transport::Sse(remote) => Some(Self::address(&remote.url)),
            Transport::WebSocket { url } => Some(Self::address(url)),
            Transport::NotConfigured => None,
        }
    }

    /// The normalised form of an address; text that is none stands for itself.
    pub fn address(url: &str) -> Self {
        let Ok(mut parsed) = Url::parse(url.trim()) else {
            return Self::Address(url.trim().to_owned());
        };
        parsed.set_fragment(None);
        let path = parsed.path().trim_end_matches('/').to_owned();
        parsed.set_path(&path);
        let text = parsed.to_string();
        Self::Address(if parsed.query().is_none() {
            text.trim_end_matches('/').to_owned()
        } else {
            text
        })
    }

    /// The host of an address.
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Address(url) => Url::parse(url).ok()?.host_str().map(str::to_owned),
            Self::Program { .. } => None,
        }
    }
}
