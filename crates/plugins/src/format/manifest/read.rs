//! From JSON to [`Manifest`].

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::keys::{ENTRY, MANIFEST, near};
use super::{Author, Channel, Component, Dependency, Manifest, strict};
use crate::format::diagnostic::Diagnostic;
use crate::format::json;

/// Reads the bytes of a `plugin.json`. `None`: it does not load; the last finding says why.
pub fn parse(bytes: &[u8], path: &Path, found: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let value = match json::parse(bytes, path, found) {
        Ok(value) => value,
        Err(why) => {
            found.push(Diagnostic::plugin(
                "manifest-json",
                path,
                format!("not valid JSON: {why}"),
            ));
            return None;
        }
    };
    from_value(&value, path, false, found)
}

/// Reads a manifest, or (`is_entry`) a marketplace's entry, whose own keys are then known too.
pub fn from_value(value: &Value, path: &Path, is_entry: bool, found: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let Value::Object(map) = value else {
        found.push(Diagnostic::plugin("manifest-type", path, "it is not a JSON object"));
        return None;
    };
    for key in map.keys() {
        let known = || MANIFEST.iter().chain(if is_entry { &ENTRY[..] } else { &[] }).copied();
        if known().any(|name| name == key) {
            continue;
        }
        let guess = near(key, known())
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        found.push(Diagnostic::warning(
            "unknown-key",
            path,
            format!("the key `{key}` is not known and was ignored{guess}"),
        ));
    }
    match (Reader { map }).manifest() {
        Ok(manifest) => {
            if let Some(fault) = name_fault(&manifest.name) {
                found.push(Diagnostic::warning("name-form", path, fault));
            }
            Some(manifest)
        }
        Err(why) => {
            found.push(Diagnostic::plugin("manifest-type", path, why));
            None
        }
    }
}

fn name_fault(name: &str) -> Option<String> {
    let plain = name
        .chars()
        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    (!plain).then(|| format!("the name `{name}` should be of small letters, digits and `-`"))
}

struct Reader<'a> {
    map: &'a Map<String, Value>,
}

type Read<T> = Result<T, String>;

fn wrong(key: &str, expected: &str) -> String {
    format!("`{key}` must be {expected}; the plugin was not loaded")
}

impl Reader<'_> {
    fn manifest(&self) -> Read<Manifest> {
        let name = self
            .string("name")?
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        let experimental = self.map.get("experimental").and_then(Value::as_object);
        // What stands under `experimental` costs nothing when it is wrong.
        let trial = |key: &str| experimental.and_then(|map| map.get(key));
        Ok(Manifest {
            name: name.ok_or_else(|| wrong("name", "there, as text"))?,
            display_name: self.string("displayName")?,
            version: self.string("version")?,
            description: self.string("description")?,
            author: self.author()?,
            homepage: self.string("homepage")?,
            repository: self.string("repository")?,
            license: self.string("license")?,
            keywords: self.strings("keywords", false)?.unwrap_or_default(),
            metadata: self.map.get("metadata").filter(|value| value.is_object()).cloned(),
            default_enabled: match self.present("defaultEnabled") {
                None => None,
                Some(value) => Some(
                    value
                        .as_bool()
                        .ok_or_else(|| wrong("defaultEnabled", "true or false"))?,
                ),
            },
            skills: self.strings("skills", true)?,
            commands: self.strings("commands", true)?,
            agents: self.strings("agents", true)?,
            workflows: self.strings("workflows", true)?,
            output_styles: self.strings("outputStyles", true)?,
            hooks: self.components("hooks")?.unwrap_or_default(),
            mcp_servers: self.components("mcpServers")?.unwrap_or_default(),
            lsp_servers: self.components("lspServers")?.unwrap_or_default(),
            themes: match self.strings("themes", true)? {
                Some(themes) => Some(themes),
                None => trial("themes").and_then(|value| strings(value, true)),
            },
            monitors: match self.components("monitors")? {
                Some(monitors) => Some(monitors),
                None => trial("monitors").and_then(components),
            },
            user_config: match self.present("userConfig") {
                None => BTreeMap::new(),
                Some(value) => strict::user_config(value, "userConfig")?,
            },
            channels: self.channels()?,
            dependencies: self.dependencies()?,
        })
    }

    fn present(&self, key: &str) -> Option<&Value> {
        self.map.get(key)
    }

    fn string(&self, key: &str) -> Read<Option<String>> {
        self.present(key)
            .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| wrong(key, "text")))
            .transpose()
    }

    fn strings(&self, key: &str, or_one: bool) -> Read<Option<Vec<String>>> {
        let expected = if or_one {
            "a path or a list of paths"
        } else {
            "a list of texts"
        };
        self.present(key)
            .map(|value| strings(value, or_one).ok_or_else(|| wrong(key, expected)))
            .transpose()
    }

    fn components(&self, key: &str) -> Read<Option<Vec<Component>>> {
        self.present(key)
            .map(|value| components(value).ok_or_else(|| wrong(key, "a path, an object, or a list of them")))
            .transpose()
    }

    fn author(&self) -> Read<Option<Author>> {
        let Some(value) = self.present("author") else {
            return Ok(None);
        };
        let expected = || wrong("author", "an object with `name`, and `email` and `url` as text");
        let map = value.as_object().ok_or_else(expected)?;
        let field = |key: &str| match map.get(key) {
            None => Ok(None),
            Some(value) => value.as_str().map(|text| Some(text.to_owned())).ok_or_else(expected),
        };
        Ok(Some(Author {
            name: field("name")?.ok_or_else(expected)?,
            email: field("email")?,
            url: field("url")?,
        }))
    }

    fn channels(&self) -> Read<Vec<Channel>> {
        let Some(value) = self.present("channels") else {
            return Ok(Vec::new());
        };
        let list = value.as_array().ok_or_else(|| wrong("channels", "a list"))?;
        list.iter().map(strict::channel).collect()
    }

    fn dependencies(&self) -> Read<Vec<Dependency>> {
        let Some(value) = self.present("dependencies") else {
            return Ok(Vec::new());
        };
        let expected = || wrong("dependencies", "a list of names or of objects with `name`");
        let list = value.as_array().ok_or_else(expected)?;
        list.iter()
            .map(|item| match item {
                Value::String(name) => Ok(Dependency {
                    name: name.clone(),
                    version: None,
                    marketplace: None,
                }),
                other => serde_json::from_value(other.clone()).map_err(|_| expected()),
            })
            .collect()
    }
}

fn strings(value: &Value, or_one: bool) -> Option<Vec<String>> {
    match value {
        Value::String(one) if or_one => Some(vec![one.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn components(value: &Value) -> Option<Vec<Component>> {
    let one = |value: &Value| match value {
        Value::String(path) => Some(Component::Path(path.clone())),
        Value::Object(_) => Some(Component::Inline(value.clone())),
        _ => None,
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => one(other).map(|one| vec![one]),
    }
}
