//! Where a bundle runs, in its author's words.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde_json::Value;

use crate::bundle::Platform;
use crate::diagnostic::{Diagnostic, Findings};

/// What a bundle needs. Empty: anything will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compatibility {
    /// Systems: `darwin`, `win32`, `linux`.
    pub platforms: Vec<String>,
    /// Ranges of versions: of `node`, `python`, and of hosts such as `deskhand`, by name.
    pub versions: BTreeMap<String, VersionReq>,
}

/// What there is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The system.
    pub platform: Platform,
    /// Versions of `node`, `python` and `deskhand`. What is not among them is not compared.
    pub versions: BTreeMap<String, Version>,
}

impl Compatibility {
    /// Why the bundle will not run here; empty when nothing speaks against it.
    pub fn obstacles(&self, facts: &Facts) -> Vec<String> {
        let mut obstacles = Vec::new();
        let here = facts.platform.name();
        if !self.platforms.is_empty() && !self.platforms.iter().any(|platform| platform == here) {
            obstacles.push(format!("it runs on {} and this is {here}", self.platforms.join(", ")));
        }
        for (name, range) in &self.versions {
            if let Some(version) = facts.versions.get(name)
                && !range.matches(version)
            {
                obstacles.push(format!("it needs {name} {range} and there is {version}"));
            }
        }
        obstacles
    }
}

pub(super) fn decode(value: Option<&Value>, diagnostics: &mut Vec<Diagnostic>) -> Compatibility {
    let mut compatibility = Compatibility::default();
    let Some(Value::Object(declared)) = value else {
        return compatibility;
    };
    for (key, value) in declared {
        match (key.as_str(), value) {
            ("platforms", Value::Array(platforms)) => {
                compatibility.platforms = platforms.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            }
            ("runtimes", Value::Object(runtimes)) => {
                for (runtime, range) in runtimes {
                    add(&mut compatibility, runtime, range, diagnostics);
                }
            }
            // Hosts: others' versions mean nothing here, and are kept only where their name is asked for.
            (host, Value::String(_)) => add(&mut compatibility, host, value, diagnostics),
            _ => {}
        }
    }
    compatibility
}

fn add(compatibility: &mut Compatibility, name: &str, range: &Value, diagnostics: &mut Vec<Diagnostic>) {
    let text = range.as_str().unwrap_or_default().trim();
    match parse(text) {
        Some(range) => {
            compatibility.versions.insert(name.to_owned(), range);
        }
        None => Findings::about(None, diagnostics).note(
            "mcp.bundle.compatibility",
            format!("The range `{text}` of `{name}` is not understood and was not compared."),
        ),
    }
}

/// Ranges as npm writes them have blanks where Rust's have commas; alternatives (`||`) are not read.
fn parse(text: &str) -> Option<VersionReq> {
    VersionReq::parse(text).ok().or_else(|| {
        let mut parts: Vec<String> = Vec::new();
        for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
            match parts.last_mut() {
                // `>= 18` is one part.
                Some(last) if last.chars().all(|c| "<>=~^".contains(c)) => last.push_str(word),
                _ => parts.push(word.to_owned()),
            }
        }
        VersionReq::parse(&parts.join(", ")).ok()
    })
}
