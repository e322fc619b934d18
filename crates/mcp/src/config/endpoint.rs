//! When two entries mean the same server.

use super::{How, Server};

/// What a server is: equal for entries that mean one server, whatever they are called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointKey {
    /// An address, normalised (RFC 3986, section 6.2.2 and 6.2.3): scheme and host in small letters, no default port, no
    /// fragment, no slash at the end.
    Address(String),
    /// A program with its arguments and the folder it starts in.
    Program(Vec<String>),
}

impl EndpointKey {
    /// The key of a server; `None` when it cannot be reached at all.
    pub fn of(server: &Server) -> Option<Self> {
        match &server.how {
            How::Http { url, .. } => Some(Self::Address(normalised(url))),
            How::Stdio { command, args, cwd, .. } => {
                let mut words = vec![cwd.clone().unwrap_or_default(), command.clone()];
                words.extend(args.iter().cloned());
                Some(Self::Program(words))
            }
            How::NotConfigured | How::Unsupported { .. } => None,
        }
    }
}

fn normalised(address: &str) -> String {
    match url::Url::parse(address.trim()) {
        Ok(mut url) => {
            url.set_fragment(None);
            url.as_str().trim_end_matches('/').to_owned()
        }
        // An address with variables is no URL; it is the same as the same text.
        Err(_) => address.trim().trim_end_matches('/').to_owned(),
    }
}
