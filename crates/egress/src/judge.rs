//! Judging a request: a pure function of the rules and of what was asked for. Addresses are judged in `address`.

use std::sync::Arc;

use http::{HeaderMap, Method, Uri};

use crate::header::{self, Header};
use crate::host::Host;
use crate::path::Path;
use crate::query::{self, Parameter};
use crate::refusal::Refusal;
use crate::rules::{Rule, Rules, Scheme};

/// Longest query in bytes.
const MAX_QUERY_BYTES: usize = 8 << 10;
/// Most names of headers that are listed as taken away, and the length of one in bytes.
const MAX_LISTED: usize = 16;
const MAX_NAME: usize = 64;

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) scheme: Scheme,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    /// Whether the URL had a user name or password before the host.
    pub(crate) userinfo: bool,
    pub(crate) headers: &'a HeaderMap,
}

/// A request that may be made, in the form in which it is.
#[derive(Debug)]
pub(crate) struct Permitted {
    pub(crate) rule: Arc<Rule>,
    pub(crate) host: Host,
    pub(crate) path: Path,
    pub(crate) query: Option<String>,
    /// What goes through of its headers; neither `host` nor our own credential is among them.
    pub(crate) headers: HeaderMap,
}

/// What comes of a URL, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// Whether a request would be made. Its address is judged only then, and not here.
    pub allowed: bool,
    /// The rule that allows it.
    pub rule: Option<String>,
    /// Why.
    pub reason: String,
}

impl Rules {
    /// What would come of a request without headers of note. Opens nothing and asks nobody.
    pub fn explain(&self, method: &str, url: &str) -> Explanation {
        let refuse = |reason: String| Explanation {
            allowed: false,
            rule: None,
            reason,
        };
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            return refuse("this is no HTTP method".into());
        };
        let Ok(uri) = url.split('#').next().unwrap_or_default().parse::<Uri>() else {
            return refuse("this is no URL".into());
        };
        let Some((scheme, authority)) = scheme(&uri).zip(uri.authority()) else {
            return refuse("only http:// and https:// URLs are reached".into());
        };
        let headers = HeaderMap::new();
        let asked = Asked {
            method: &method,
            scheme,
            host: authority.host(),
            port: authority.port_u16().unwrap_or(scheme.default_port()),
            path: uri.path(),
            query: uri.query(),
            userinfo: authority.as_str().contains('@'),
            headers: &headers,
        };
        match self.judge(&asked) {
            Ok(permitted) => Explanation {
                allowed: true,
                rule: Some(permitted.rule.name.clone()),
                reason: format!("the rule `{}` allows it", permitted.rule.name),
            },
            Err(refusal) => refuse(refusal.to_string()),
        }
    }

    /// Whether a tunnel to a host may be opened, in which each request is judged by itself.
    pub(crate) fn judge_tunnel(&self, host: &str, port: u16) -> Result<Host, Refusal> {
        let host = self.host(host)?;
        let opens = |rule: &Arc<Rule>| rule.scheme == Scheme::Https && rule.ports.contains(&port);
        if self.naming(&host).any(opens) {
            return Ok(host);
        }
        Err(Refusal::NotCovered {
            host: host.as_str().to_owned(),
            what: format!("https on port {port}"),
        })
    }

    /// Judges a request. The first rule that covers it decides.
    pub(crate) fn judge(&self, asked: &Asked<'_>) -> Result<Permitted, Refusal> {
        if matches!(*asked.method, Method::CONNECT | Method::TRACE) || asked.method.as_str().len() > 24 {
            return Err(Refusal::Method {
                method: asked.method.as_str().chars().take(24).collect(),
            });
        }
        let host = self.host(asked.host)?;
        // Why the rule that came nearest does not cover it.
        let mut nearest: Option<(u8, Refusal)> = None;
        for rule in self.naming(&host) {
            match covers(rule, asked, &host) {
                Ok(path) => {
                    let (query, headers) = cleaned(rule, asked)?;
                    return Ok(Permitted {
                        rule: Arc::clone(rule),
                        host: host.clone(),
                        path,
                        query,
                        headers,
                    });
                }
                Err(why) if nearest.as_ref().is_none_or(|(distance, _)| why.0 > *distance) => nearest = Some(why),
                Err(_) => {}
            }
        }
        Err(nearest.map_or_else(
            || Refusal::NoRule {
                host: host.as_str().to_owned(),
            },
            |(_, why)| why,
        ))
    }

    /// A host that some rule names and that is not blocked.
    fn host(&self, text: &str) -> Result<Host, Refusal> {
        let host = Host::parse(text)?;
        let name = || host.as_str().to_owned();
        if self.blocked.iter().any(|blocked| blocked.matches(&host)) {
            Err(Refusal::Blocked { host: name() })
        } else if self.naming(&host).next().is_none() {
            Err(Refusal::NoRule { host: name() })
        } else {
            Ok(host)
        }
    }

    fn naming(&self, host: &Host) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter().filter(move |rule| rule.host.matches(host))
    }
}

/// The normalised path where a rule for the host covers the request; otherwise how near it came, and what it lacks.
fn covers(rule: &Rule, asked: &Asked<'_>, host: &Host) -> Result<Path, (u8, Refusal)> {
    let lacks = |what| Refusal::NotCovered {
        host: host.as_str().to_owned(),
        what,
    };
    if rule.scheme != asked.scheme || !rule.ports.contains(&asked.port) {
        return Err((1, lacks(format!("{} on port {}", asked.scheme.as_str(), asked.port))));
    }
    if !rule.methods.contains(asked.method) {
        return Err((2, lacks(format!("the method {}", asked.method))));
    }
    let path = Path::parse(asked.path, rule.encoded_slash).map_err(|refusal| (4, refusal))?;
    if rule.paths.iter().any(|prefix| path.is_below(prefix)) {
        Ok(path)
    } else {
        let shown: String = path.as_str().chars().take(200).collect();
        Err((3, lacks(format!("the path {shown}"))))
    }
}

/// Query and headers as they go on, or why the request must not be made with what it brings.
fn cleaned(rule: &Rule, asked: &Asked<'_>) -> Result<(Option<String>, HeaderMap), Refusal> {
    let refuse_credential = |what: String| {
        if rule.strip {
            Ok(())
        } else {
            Err(Refusal::Credential { what })
        }
    };
    if asked.userinfo {
        refuse_credential("a user name in the URL".into())?;
    }
    let mut headers = HeaderMap::new();
    let nominated = header::nominated(asked.headers);
    for (name, value) in asked.headers {
        match header::class(name, value.as_bytes()) {
            Header::Plain if nominated.iter().any(|other| other == name.as_str()) => {}
            Header::Plain => {
                headers.append(name, value.clone());
            }
            Header::Hop | Header::Dropped => {}
            Header::Credential => refuse_credential(format!("the header `{}`", shown(name.as_str())))?,
            Header::Override => {
                return Err(Refusal::Override {
                    what: name.as_str().to_owned(),
                });
            }
            Header::Upgrade => return Err(Refusal::Upgrade),
        }
    }
    let Some(asked_query) = asked.query else {
        return Ok((None, headers));
    };
    if asked_query.len() > MAX_QUERY_BYTES
        || !asked_query
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#')
    {
        return Err(Refusal::Query);
    }
    let reads = matches!(*asked.method, Method::GET | Method::HEAD);
    let mut kept = Vec::new();
    for (piece, name, kind) in query::parameters(asked_query) {
        match kind {
            Parameter::Plain => kept.push(piece),
            Parameter::Signature if reads => kept.push(piece),
            Parameter::Signature | Parameter::Credential => {
                refuse_credential(format!("the parameter `{}`", shown(&name)))?;
            }
            Parameter::Override => return Err(Refusal::Override { what: shown(&name) }),
        }
    }
    Ok((Some(kept.join("&")), headers))
}

/// The names of the headers that do not go on and are no mere matter of the connection, for the ledger: lower case,
/// each once, sorted. The same whether the request is refused for them or not.
pub(crate) fn stripped(headers: &HeaderMap) -> Vec<String> {
    let mut names: Vec<String> = headers
        .iter()
        .filter(|(name, value)| !matches!(header::class(name, value.as_bytes()), Header::Plain | Header::Hop))
        .map(|(name, _)| shown(name.as_str()))
        .collect();
    names.sort();
    names.dedup();
    names.truncate(MAX_LISTED);
    names
}

fn shown(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// The scheme of a URL that can be reached.
pub(crate) fn scheme(uri: &Uri) -> Option<Scheme> {
    match uri.scheme_str() {
        Some("http") => Some(Scheme::Http),
        Some("https") => Some(Scheme::Https),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
