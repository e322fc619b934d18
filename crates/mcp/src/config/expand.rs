//! `${VAR}` and `${VAR:-default}`.

use super::{How, Notice, Server, Severity};

/// A variable that is not set and has no default. Its text stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset(pub String);

/// A server with its variables put in: what is started now. It may hold secrets, so it is not kept and not logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The server.
    pub server: Server,
    /// What was found.
    pub notices: Vec<Notice>,
}

impl std::fmt::Debug for Expanded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expanded")
            .field("server", &self.server.name)
            .finish_non_exhaustive()
    }
}

/// Puts variables into `text`. `lookup` gives a variable's value; one that is not set and has no default stays as it is
/// and is named. What was put in is not looked at again.
pub(super) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> (String, Vec<Unset>) {
    let mut out = String::with_capacity(text.len());
    let mut unset = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let inner = from.get(2..).unwrap_or_default();
        let Some(end) = inner.find('}') else {
            out.push_str(from);
            return (out, unset);
        };
        let whole = from.get(..end + 3).unwrap_or_default();
        let inside = inner.get(..end).unwrap_or_default();
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        // As in a shell, `:-` also stands in for a variable that is set and empty.
        let value = lookup(name).filter(|value| default.is_none() || !value.is_empty());
        match (is_name(name), value, default) {
            (true, Some(value), _) => out.push_str(&value),
            (true, None, Some(default)) => out.push_str(default),
            (true, None, None) => {
                out.push_str(whole);
                unset.push(Unset(name.to_owned()));
            }
            (false, _, _) => out.push_str(whole),
        }
        rest = from.get(end + 3..).unwrap_or_default();
    }
    out.push_str(rest);
    (out, unset)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Server {
    /// Puts variables into command, arguments, environment, address and headers. Headers that come out empty, or with a
    /// variable that is not set, are left out.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Expanded {
        let mut notices = Vec::new();
        let mut put = |text: &String| {
            let (text, unset) = expand(text, lookup);
            for Unset(variable) in unset {
                notices.push(Notice {
                    server: Some(self.name.clone()),
                    severity: Severity::Warning,
                    text: format!("the variable `{variable}` is not set"),
                });
            }
            text
        };
        let how = match &self.how {
            How::Stdio {
                command,
                args,
                env,
                cwd,
            } => How::Stdio {
                command: put(command),
                args: args.iter().map(&mut put).collect(),
                env: env.iter().map(|(key, value)| (key.clone(), put(value))).collect(),
                cwd: cwd.as_ref().map(&mut put),
            },
            How::Http {
                url,
                sse,
                headers,
                headers_helper,
                oauth,
            } => How::Http {
                url: put(url),
                sse: *sse,
                headers: headers
                    .iter()
                    .map(|(key, value)| (key.clone(), put(value)))
                    .filter(|(_, value)| !value.is_empty() && !value.contains("${"))
                    .collect(),
                headers_helper: headers_helper.clone(),
                oauth: oauth.clone(),
            },
            other => other.clone(),
        };
        Expanded {
            server: Self { how, ..self.clone() },
            notices,
        }
    }
}
