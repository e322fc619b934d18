//! One entry of a configuration, decoded.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::config::{Command, OAuth, Remote, Server, Transport, expand};
use crate::diagnostic::{Diagnostic, Findings};

/// Keys that mean something here.
const KNOWN: [&str; 12] = [
    "type",
    "command",
    "args",
    "env",
    "cwd",
    "url",
    "headers",
    "headersHelper",
    "oauth",
    "timeout",
    "alwaysLoad",
    "$schema",
];

/// Decodes one entry; `None` when it cannot be used, with the reason among the findings.
pub(crate) fn server(
    key: &str,
    entry: &Value,
    lookup: &dyn Fn(&str) -> Option<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Server> {
    let findings = Findings::about(Some(key), diagnostics);
    let mut entry_reader = Reader { lookup, findings };
    let Value::Object(entry) = entry else {
        entry_reader.refuse("its entry is not an object");
        return None;
    };
    match entry_reader.server(key, entry) {
        Ok(server) => Some(server),
        Err(reason) => {
            entry_reader.refuse(&reason);
            None
        }
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    findings: Findings<'a>,
}

impl Reader<'_> {
    fn refuse(&mut self, reason: &str) {
        self.findings
            .error("mcp.config.entry", format!("The server was left out: {reason}."));
    }

    fn server(&mut self, key: &str, entry: &Map<String, Value>) -> Result<Server, String> {
        crate::name::check_key(key)?;
        for unknown in entry.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
            self.findings.note(
                "mcp.config.unknown",
                match unknown.as_str() {
                    "disabled" | "autoApprove" | "alwaysAllow" => format!(
                        "`{unknown}` belongs to another program and was ignored: servers are switched off and tools allowed in Deskhand's own settings."
                    ),
                    _ => format!("`{unknown}` means nothing here and was ignored."),
                },
            );
        }
        let transport = self.transport(entry)?;
        Ok(Server {
            key: key.to_owned(),
            transport,
            timeout: self.timeout(entry),
            always_load: self.flag(entry, "alwaysLoad"),
        })
    }

    fn transport(&mut self, entry: &Map<String, Value>) -> Result<Transport, String> {
        let kind = match entry.get("type") {
            None | Some(Value::Null) => None,
            Some(Value::String(kind)) => Some(kind.trim().to_ascii_lowercase()),
            Some(_) => return Err("its `type` is not text".to_owned()),
        };
        match kind.as_deref() {
            Some("stdio") => self.stdio(entry),
            Some("http" | "streamable-http" | "streamablehttp" | "streamable_http") => {
                self.remote(entry, Transport::Http)
            }
            Some("sse") => self.remote(entry, Transport::Sse),
            Some("ws" | "websocket") => {
                let Some(url) = self.url(entry)? else {
                    return Ok(Transport::NotConfigured);
                };
                self.findings.warn(
                    "mcp.config.unsupported",
                    "It speaks over WebSocket, which Deskhand does not; it is never connected.",
                );
                Ok(Transport::WebSocket { url })
            }
            Some(other) => Err(format!(
                "its `type` is `{other}`; known are stdio, http, streamable-http, sse and ws"
            )),
            None if entry.contains_key("command") => self.stdio(entry),
            None if entry.contains_key("url") => {
                let Some(url) = self.url(entry)? else {
                    return Ok(Transport::NotConfigured);
                };
                let path = url.split(['?', '#']).next().unwrap_or_default();
                let sse = path.trim_end_matches('/').ends_with("/sse");
                self.findings.warn(
                    "mcp.config.type",
                    format!(
                        "It has no `type`; `{}` was taken from its address. Add it.",
                        if sse { "sse" } else { "http" }
                    ),
                );
                self.remote(entry, if sse { Transport::Sse } else { Transport::Http })
            }
            None => Err("it has neither `command` nor `url`".to_owned()),
        }
    }

    fn stdio(&mut self, entry: &Map<String, Value>) -> Result<Transport, String> {
        let command = match entry.get("command") {
            Some(Value::String(command)) if !command.trim().is_empty() => self.expanded(command, "command"),
            None | Some(Value::Null | Value::String(_)) => return Err("it has no `command`".to_owned()),
            Some(_) => return Err("its `command` is not text".to_owned()),
        };
        let mut args = Vec::new();
        match entry.get("args") {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for item in items {
                    let text = self.scalar(item, "args").ok_or("its `args` are not all text")?;
                    args.push(self.expanded(&text, "args"));
                }
            }
            Some(_) => return Err("its `args` are not a list".to_owned()),
        }
        let mut env = BTreeMap::new();
        match entry.get("env") {
            None | Some(Value::Null) => {}
            Some(Value::Object(variables)) => {
                for (name, value) in variables {
                    if name.is_empty() || name.contains(['=', '\0']) {
                        return Err(format!("`{name}` cannot be the name of a variable"));
                    }
                    let place = format!("env.{name}");
                    let text = self
                        .scalar(value, &place)
                        .ok_or_else(|| format!("its `{place}` is not text"))?;
                    env.insert(name.clone(), self.expanded(&text, &place));
                }
            }
            Some(_) => return Err("its `env` is not an object".to_owned()),
        }
        let cwd = match entry.get("cwd") {
            Some(Value::String(cwd)) if !cwd.trim().is_empty() => Some(self.expanded(cwd, "cwd")),
            None | Some(Value::Null | Value::String(_)) => None,
            Some(_) => return Err("its `cwd` is not text".to_owned()),
        };
        let whole = [&command].into_iter().chain(&args).chain(env.values()).chain(&cwd);
        if whole.into_iter().any(|text| text.contains('\0')) {
            return Err("its command holds a null character".to_owned());
        }
        Ok(Transport::Stdio(Command {
            command,
            args,
            env,
            cwd,
        }))
    }

    /// The address; `None` when it is empty, which is no error.
    fn url(&mut self, entry: &Map<String, Value>) -> Result<Option<String>, String> {
        match entry.get("url") {
            Some(Value::String(url)) if url.trim().is_empty() => Ok(None),
            Some(Value::String(url)) => {
                let url = self.expanded(url, "url");
                Ok((!url.trim().is_empty()).then_some(url))
            }
            None | Some(Value::Null) => Err("it has no `url`".to_owned()),
            Some(_) => Err("its `url` is not text".to_owned()),
        }
    }

    fn remote(&mut self, entry: &Map<String, Value>, kind: fn(Remote) -> Transport) -> Result<Transport, String> {
        let Some(url) = self.url(entry)? else {
            return Ok(Transport::NotConfigured);
        };
        if url.contains("${") {
            return Err(format!("its address `{url}` needs a variable that is not set"));
        }
        check_address(&url)?;
        let headers = self.headers(entry)?;
        let headers_helper = match entry.get("headersHelper") {
            Some(Value::String(helper)) if !helper.trim().is_empty() => Some(helper.clone()),
            None | Some(Value::Null | Value::String(_)) => None,
            Some(_) => return Err("its `headersHelper` is not text".to_owned()),
        };
        let oauth = match entry.get("oauth") {
            None | Some(Value::Null) => None,
            Some(Value::Object(oauth)) => Some(self.oauth(oauth)),
            Some(_) => {
                self.findings
                    .warn("mcp.config.oauth", "Its `oauth` is not an object and was ignored.");
                None
            }
        };
        Ok(kind(Remote {
            url,
            headers,
            headers_helper,
            oauth,
        }))
    }

    fn headers(&mut self, entry: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
        let mut headers = BTreeMap::new();
        let declared = match entry.get("headers") {
            None | Some(Value::Null) => return Ok(headers),
            Some(Value::Object(declared)) => declared,
            Some(_) => return Err("its `headers` are not an object".to_owned()),
        };
        for (name, value) in declared {
            if !is_header_name(name) {
                self.findings.warn(
                    "mcp.config.header",
                    format!("`{name}` cannot be the name of a header; it is not sent."),
                );
                continue;
            }
            let place = format!("headers.{name}");
            let text = self
                .scalar(value, &place)
                .ok_or_else(|| format!("its `{place}` is not text"))?;
            let text = self.expanded(&text, &place);
            if text.contains("${") {
                self.findings.warn(
                    "mcp.config.header",
                    format!("The header `{name}` is not sent: a variable in it is not set."),
                );
            } else if text.is_empty() {
                self.findings.note(
                    "mcp.config.header",
                    format!("The header `{name}` is empty and not sent."),
                );
            } else if text.contains(['\r', '\n', '\0']) {
                self.findings.warn(
                    "mcp.config.header",
                    format!("The header `{name}` is not sent: it holds a line break."),
                );
            } else {
                if text.trim() != text {
                    self.findings.warn(
                        "mcp.config.header",
                        format!("The header `{name}` begins or ends with a blank; it is sent as it is."),
                    );
                }
                headers.insert(name.clone(), text);
            }
        }
        Ok(headers)
    }

    fn oauth(&mut self, oauth: &Map<String, Value>) -> OAuth {
        let known = ["clientId", "callbackPort", "scopes", "authServerMetadataUrl"];
        for unknown in oauth.keys().filter(|key| !known.contains(&key.as_str())) {
            self.findings.note(
                "mcp.config.unknown",
                format!("`oauth.{unknown}` means nothing here and was ignored."),
            );
        }
        let mut ignored = |what: &str, why: &str| {
            self.findings
                .warn("mcp.config.oauth", format!("`oauth.{what}` was ignored: {why}."));
        };
        let client_id = match oauth.get("clientId") {
            Some(Value::String(id)) if !id.trim().is_empty() => Some(id.clone()),
            None | Some(Value::Null | Value::String(_)) => None,
            Some(_) => {
                ignored("clientId", "it is not text");
                None
            }
        };
        let callback_port = match oauth.get("callbackPort") {
            None | Some(Value::Null) => None,
            Some(port) => {
                let number = port
                    .as_u64()
                    .or_else(|| port.as_str().and_then(|text| text.trim().parse().ok()));
                let port = number
                    .and_then(|number| u16::try_from(number).ok())
                    .filter(|port| *port > 0);
                if port.is_none() {
                    ignored("callbackPort", "it is not a port");
                }
                port
            }
        };
        let scopes = match oauth.get("scopes") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(scopes)) => scopes.split_whitespace().map(str::to_owned).collect(),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => items
                .iter()
                .filter_map(Value::as_str)
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect(),
            Some(_) => {
                ignored("scopes", "they are not text with blanks between");
                Vec::new()
            }
        };
        let auth_server_metadata_url = match oauth.get("authServerMetadataUrl") {
            Some(Value::String(url)) if url.starts_with("https://") && check_address(url).is_ok() => Some(url.clone()),
            None | Some(Value::Null) => None,
            Some(_) => {
                ignored("authServerMetadataUrl", "it is not an https address");
                None
            }
        };
        OAuth {
            client_id,
            callback_port,
            scopes,
            auth_server_metadata_url,
        }
    }

    fn timeout(&mut self, entry: &Map<String, Value>) -> Option<Duration> {
        let given = entry.get("timeout").filter(|timeout| !timeout.is_null())?;
        if let Some(milliseconds @ 1000..) = given.as_u64() {
            return Some(Duration::from_millis(milliseconds));
        }
        self.findings.warn(
            "mcp.config.timeout",
            "Its `timeout` was ignored: it is a number of milliseconds, at least 1000.",
        );
        None
    }

    fn flag(&mut self, entry: &Map<String, Value>, name: &str) -> bool {
        match entry.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.findings.warn(
                    "mcp.config.flag",
                    format!("`{name}` was ignored: it is neither true nor false."),
                );
                false
            }
        }
    }

    /// Text, or a number or a truth value as text.
    fn scalar(&mut self, value: &Value, place: &str) -> Option<String> {
        let text = match value {
            Value::String(text) => return Some(text.clone()),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return None,
        };
        self.findings
            .note("mcp.config.text", format!("`{place}` is not text; `{text}` was used."));
        Some(text)
    }

    fn expanded(&mut self, text: &str, place: &str) -> String {
        let expanded = expand(text, self.lookup);
        for name in &expanded.unset {
            self.findings.warn(
                "mcp.config.variable",
                format!("The variable `{name}` in `{place}` is not set; the text was kept as it is."),
            );
        }
        expanded.text
    }
}

/// Whether `url` is an address that HTTP can go to.
pub(crate) fn check_address(url: &str) -> Result<(), String> {
    let parsed = url::Url::parse(url.trim()).map_err(|error| format!("`{url}` is not an address ({error})"))?;
    match parsed.scheme() {
        "http" | "https" if parsed.host_str().is_some_and(|host| !host.is_empty()) => Ok(()),
        "http" | "https" => Err(format!("`{url}` names no host")),
        other => Err(format!("its address begins with `{other}:`, not with `https:`")),
    }
}

/// RFC 9110, 5.6.2: a token.
fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
