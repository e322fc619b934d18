//! Rules as they are written, and what is checked of each.

use http::{HeaderName, Method};
use serde::Deserialize;

use super::{Injection, Rule, Scheme};
use crate::header::{self, Header};
use crate::host::Pattern;
use crate::path::Path;

/// Bytes of body a request may send where the rule does not say.
const MAX_SENT: u64 = 1 << 20;
/// Bytes of all requests of a task to one host, at least: a rule that says more for one request means it for all.
const MAX_SENT_IN_ALL: u64 = 16 << 20;
/// Bytes of body an answer may have where the rule does not say.
const MAX_RECEIVED: u64 = 512 << 20;

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) name: String,
    host: String,
    #[serde(default)]
    scheme: Scheme,
    ports: Option<Vec<u16>>,
    methods: Vec<String>,
    paths: Vec<String>,
    credential: Option<String>,
    credential_header: Option<String>,
    credential_scheme: Option<String>,
    #[serde(default)]
    strip: bool,
    #[serde(default)]
    encoded_slash: bool,
    max_sent: Option<u64>,
    max_sent_in_all: Option<u64>,
    max_received: Option<u64>,
    #[serde(default)]
    pub(super) example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) verdict: Expected,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Expected {
    Allow,
    Refuse,
}

impl Written {
    /// The rule, or why it can be none.
    pub(super) fn check(&self) -> Result<Rule, String> {
        if self.name.trim().is_empty() || self.name.len() > 100 || self.name.chars().any(char::is_control) {
            return Err("its name must have 1 to 100 characters in one line".into());
        }
        let host = Pattern::parse(&self.host).map_err(|refusal| format!("`{}`: {refusal}", self.host))?;
        let ports = self.ports.clone().unwrap_or_else(|| vec![self.scheme.default_port()]);
        if ports.is_empty() || ports.contains(&0) {
            return Err("`ports` must name ports from 1 to 65535".into());
        }
        if self.methods.is_empty() || self.paths.is_empty() {
            return Err("`methods` and `paths` must not be empty: without them it allows nothing".into());
        }
        let methods = self.methods.iter().map(|text| method(text)).collect::<Result<_, _>>()?;
        let paths = self.paths.iter().map(|text| prefix(text)).collect::<Result<_, _>>()?;
        let max_sent = self.max_sent.unwrap_or(MAX_SENT);
        Ok(Rule {
            name: self.name.clone(),
            host,
            scheme: self.scheme,
            ports,
            methods,
            paths,
            encoded_slash: self.encoded_slash,
            strip: self.strip,
            credential: self.injection()?,
            max_sent,
            // Where one body may have more, there is room for its address and headers too.
            max_sent_in_all: self
                .max_sent_in_all
                .unwrap_or_else(|| MAX_SENT_IN_ALL.max(max_sent.saturating_add(MAX_SENT))),
            max_received: self.max_received.unwrap_or(MAX_RECEIVED),
        })
    }

    fn injection(&self) -> Result<Option<Injection>, String> {
        let Some(handle) = self.credential.clone() else {
            return if self.credential_header.is_some() || self.credential_scheme.is_some() {
                Err("it says where a credential goes and names none".into())
            } else {
                Ok(None)
            };
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if handle.is_empty() || handle.len() > 100 || !handle.chars().all(fits) {
            // Perhaps somebody wrote the credential itself: it must not be repeated here.
            return Err(
                "`credential` must be the handle of a stored credential: letters, digits, `-`, `_`, `.`".into(),
            );
        }
        if self.scheme == Scheme::Http {
            return Err("a credential would travel unencrypted; use https".into());
        }
        let header = self.credential_header.as_deref().unwrap_or("authorization");
        let name = HeaderName::try_from(header).map_err(|_| format!("`{header}` is no header name"))?;
        if !matches!(header::class(&name, b""), Header::Credential | Header::Plain) {
            return Err(format!("`{header}` cannot hold a credential"));
        }
        let scheme = match (self.credential_scheme.as_deref(), name.as_str()) {
            (Some(""), _) => None,
            (Some(scheme), _) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                Some(scheme.to_owned())
            }
            (Some(scheme), _) => return Err(format!("`{scheme}` is no authentication scheme")),
            (None, "authorization") => Some("Bearer".to_owned()),
            (None, _) => None,
        };
        Ok(Some(Injection {
            handle,
            header: name,
            scheme,
        }))
    }
}

fn method(text: &str) -> Result<Method, String> {
    if text.is_empty() || text.len() > 24 || !text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
        return Err(format!("`{text}` is no method; they are written in capitals"));
    }
    if matches!(text, "CONNECT" | "TRACE") {
        return Err(format!("{text} cannot be allowed"));
    }
    Method::from_bytes(text.as_bytes()).map_err(|_| format!("`{text}` is no method"))
}

fn prefix(text: &str) -> Result<Path, String> {
    let path = Path::parse(text, false).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    if path.as_str() == text {
        Ok(path)
    } else {
        Err(format!("`{text}` is written `{}`", path.as_str()))
    }
}
