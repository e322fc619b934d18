//! The built-in directory of servers, and which of them serve a category such as `~~chat`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::config::{Command, OAuth, Remote, Server, Transport};
use crate::name;

/// A server that is known by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id, which is also the key of the server it makes.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is good for, in the words that skills use after `~~`: `chat`, `project tracker`, `CRM`. The first is the
    /// main one.
    pub categories: Vec<String>,
    /// What it does, in a sentence.
    pub description: String,
    /// Its address.
    pub url: Option<String>,
    /// How the address is spoken to.
    #[serde(default)]
    pub transport: Remotely,
    /// Why there is no address, and where the person gets one.
    pub address_needed: Option<String>,
    /// How it is signed in to.
    pub oauth: SignIn,
    /// Port of the redirect that its registered clients use.
    pub callback_port: Option<u16>,
    /// The program, for a server on this computer.
    pub command: Option<String>,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// What the person must add.
    pub needs: Option<String>,
}

/// How an address is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remotely {
    /// Streamable HTTP.
    #[default]
    Http,
    /// HTTP with server-sent events.
    Sse,
}

/// How a server is signed in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// The server says where, and Deskhand registers itself.
    Discovery,
    /// A client must be registered with the vendor beforehand, and its id be given.
    Client,
    /// A key in a header.
    Headers,
    /// Not at all.
    None,
    /// Not known before it is tried.
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Directory {
    server: Vec<Entry>,
}

/// All entries, in the directory's order.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        // The data is part of the program: a test reads it, so that it is never empty.
        toml::from_str::<Directory>(include_str!("../data/directory.toml"))
            .map(|directory| directory.server)
            .unwrap_or_default()
    });
    &ENTRIES
}

/// The entry that a reference by name means: by id or name, without case, blanks like `-` and `_`.
pub fn find(wanted: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.is_called(wanted))
}

/// Those of a category, as skills write it after `~~`, in any case.
pub fn of_category(category: &str) -> Vec<&'static Entry> {
    let serves = |entry: &&Entry| entry.categories.iter().any(|one| one.eq_ignore_ascii_case(category));
    entries().iter().filter(serves).collect()
}

impl Entry {
    /// Whether a server of this key is meant to be this one: by id or name, without case, blanks like `-` and `_`.
    pub fn is_called(&self, key: &str) -> bool {
        let key = name::loose(key);
        name::loose(&self.id) == key || name::loose(&self.name) == key
    }

    /// The server as a configuration would declare it. Without an address it is not configured.
    pub fn server(&self) -> Server {
        let transport = match (&self.command, &self.url) {
            (Some(command), _) => Transport::Stdio(Command {
                command: command.clone(),
                args: self.args.clone(),
                ..Command::default()
            }),
            (None, Some(url)) => {
                let remote = Remote {
                    url: url.clone(),
                    oauth: self.callback_port.map(|port| OAuth {
                        callback_port: Some(port),
                        ..OAuth::default()
                    }),
                    ..Remote::default()
                };
                match self.transport {
                    Remotely::Http => Transport::Http(remote),
                    Remotely::Sse => Transport::Sse(remote),
                }
            }
            (None, None) => Transport::NotConfigured,
        };
        Server {
            key: self.id.clone(),
            transport,
            timeout: None,
            always_load: false,
        }
    }
}
