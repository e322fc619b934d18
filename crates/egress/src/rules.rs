//! Rules as data: `network.toml`, with examples that are checked when it loads.

mod written;

use std::sync::Arc;

use http::{HeaderName, Method};
use serde::Deserialize;
use toml::Spanned;

use crate::error::{EgressError, Result};
use crate::host::{Host, Pattern};
use crate::path::Path;
use written::{Expected, Written};

/// Longest rule file in bytes.
const MAX_FILE_BYTES: usize = 256 << 10;
/// Most rules in a file.
const MAX_RULES: usize = 1000;

/// What programs may reach. Whatever no rule allows is refused.
///
/// ```toml
/// [[allow]]
/// name = "Exchange rates"
/// host = "rates.example.com"     # or "*.example.com": all below it, not itself
/// methods = ["GET", "HEAD"]
/// paths = ["/v1/daily"]          # these and what is below them, by whole segments
/// # All that follows may be left out:
/// scheme = "https"               # or "http"
/// ports = [443]
/// credential = "rates"           # handle of a stored credential that Deskhand puts in
/// credential_header = "authorization"
/// credential_scheme = "Bearer"   # what stands before it; nothing for other headers
/// strip = false                  # true: credentials the program brings are taken away; false: refused
/// encoded_slash = false          # true: `%2F` may be part of a segment, as npm's registry has it
/// max_sent = 1048576             # bytes of body of one request
/// max_sent_in_all = 16777216     # bytes of addresses, headers and bodies of all requests of a task to one host
/// max_received = 536870912       # bytes of body of one answer
/// example = [{ method = "GET", url = "https://rates.example.com/v1/daily/2026", verdict = "allow" }]
/// ```
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) blocked: Vec<Pattern>,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) host: Pattern,
    pub(crate) scheme: Scheme,
    pub(crate) ports: Vec<u16>,
    pub(crate) methods: Vec<Method>,
    pub(crate) paths: Vec<Path>,
    pub(crate) encoded_slash: bool,
    pub(crate) strip: bool,
    pub(crate) credential: Option<Injection>,
    pub(crate) max_sent: u64,
    pub(crate) max_sent_in_all: u64,
    pub(crate) max_received: u64,
}

/// A credential that is put in, and where.
#[derive(Debug)]
pub(crate) struct Injection {
    pub(crate) handle: String,
    pub(crate) header: HeaderName,
    pub(crate) scheme: Option<String>,
}

/// How a server is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scheme {
    /// In the clear.
    Http,
    /// With TLS.
    #[default]
    Https,
}

impl Scheme {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(crate) const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    allow: Vec<Spanned<Written>>,
}

impl Rules {
    /// No rule: everything is refused.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a rule file and checks every example in it.
    ///
    /// # Errors
    /// [`EgressError::Unreadable`], [`EgressError::Rule`], [`EgressError::Example`], each with its place.
    pub fn parse(text: &str) -> Result<Self> {
        let unreadable = |offset: usize, reason: String| {
            let (line, column) = place(text, offset);
            EgressError::Unreadable { line, column, reason }
        };
        if text.len() > MAX_FILE_BYTES {
            return Err(unreadable(0, format!("it is longer than {MAX_FILE_BYTES} bytes")));
        }
        let file: File = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            unreadable(offset, error.message().to_owned())
        })?;
        if file.allow.len() > MAX_RULES {
            return Err(unreadable(0, format!("it has more than {MAX_RULES} rules")));
        }
        let mut rules = Self::default();
        let mut examples = Vec::new();
        for spanned in file.allow {
            let (line, _) = place(text, spanned.span().start);
            let written = spanned.into_inner();
            let rule = |reason: String| EgressError::Rule {
                rule: written.name.clone(),
                line,
                reason,
            };
            if rules.rules.iter().any(|other| other.name == written.name) {
                return Err(rule("another rule has the same name".into()));
            }
            rules.rules.push(Arc::new(written.check().map_err(rule)?));
            examples.push((line, written.name, written.example));
        }
        for (line, rule, examples) in examples {
            for (index, example) in examples.iter().enumerate() {
                let got = rules.explain(&example.method, &example.url);
                let as_said = match example.verdict {
                    Expected::Allow => got.allowed && got.rule.as_deref() == Some(rule.as_str()),
                    Expected::Refuse => !got.allowed,
                };
                if !as_said {
                    return Err(EgressError::Example {
                        rule,
                        line,
                        number: index + 1,
                        reason: got.reason,
                    });
                }
            }
        }
        Ok(rules)
    }

    /// The same rules, which open none of `hosts` any more (`api.example.com` or `*.example.com`). Addresses and names
    /// of local networks are accepted and need no blocking: nothing ever reaches them.
    ///
    /// # Errors
    /// [`EgressError::BlockedHost`] when one is not a host at all.
    pub fn blocking<S: AsRef<str>>(mut self, hosts: &[S]) -> Result<Self> {
        for host in hosts {
            let host = host.as_ref().trim().trim_end_matches('.');
            match Pattern::parse(host) {
                Ok(pattern) => self.blocked.push(pattern),
                Err(_) if never_reached(host) => {}
                Err(_) => return Err(EgressError::BlockedHost { host: host.to_owned() }),
            }
        }
        Ok(self)
    }

    /// The names of the rules, in the order in which they are tried.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }
}

/// What [`Host::parse`] refuses and yet is a host: an address, or a name without a dot.
fn never_reached(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let named = |name: String| Host::parse(&name).is_ok();
    bare.parse::<std::net::IpAddr>().is_ok() || named(format!("{host}.example")) || named(format!("x.{host}.example"))
}

/// Line and column of an offset, both from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    (line, before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1)
}

#[cfg(test)]
mod tests;
