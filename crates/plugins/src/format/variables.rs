//! The variables a plugin's texts and configurations may hold: `${CLAUDE_PLUGIN_ROOT}`, `${CLAUDE_PLUGIN_DATA}`,
//! `${CLAUDE_PROJECT_DIR}`, `${user_config.KEY}`. Replaced in one pass; what is put in is never looked at again.
//! Source: issue 5, A5.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use deskhand_types::{Code, Coded};
use serde_json::Value;

/// What stands behind the variables. Paths that are not known leave their variable as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Variables {
    /// This version's folder; another after an update.
    pub plugin_root: Option<PathBuf>,
    /// Stays across versions.
    pub plugin_data: Option<PathBuf>,
    /// The task's folder.
    pub project_dir: Option<PathBuf>,
    /// What the person said: never out of a project's files.
    pub user_config: BTreeMap<String, Value>,
    /// Keys whose values are secret.
    pub sensitive: BTreeSet<String>,
}

/// Where a text goes, which decides whether what the person configured may stand in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Arguments of a program, addresses, headers: everything, secrets too.
    Exec,
    /// Through a shell: nothing the person configured, since a shell would read it as more than text.
    Shell,
    /// What a model reads: no secrets.
    Text,
}

/// A variable that must not stand where it stands; the component is not used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Configured values never go through a shell.
    #[error("`${{user_config.{0}}}` stands in something a shell runs; the component is not used")]
    InShell(String),
    /// Secrets never go into what a model reads.
    #[error("`${{user_config.{0}}}` is secret and stands in a text for the model; the component is not used")]
    Secret(String),
}

impl Coded for Refused {
    fn code(&self) -> Code {
        match self {
            Self::InShell(_) => Code::new("plugins.user-config-in-shell"),
            Self::Secret(_) => Code::new("plugins.secret-in-text"),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::InShell(key) => {
                format!(
                    "The plugin's author can use the variable CLAUDE_PLUGIN_OPTION_{} instead.",
                    key.to_uppercase()
                )
            }
            Self::Secret(_) => "Tell the plugin's author; a secret belongs into a server's configuration.".to_owned(),
        })
    }
}

impl Variables {
    /// Replaces the variables of `text`. Unknown ones stay.
    pub fn expand(&self, text: &str, place: Place) -> Result<String, Refused> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            out.push_str(rest.get(..at).unwrap_or_default());
            rest = rest.get(at..).unwrap_or_default();
            let Some(end) = rest.find('}') else { break };
            let name = rest.get(2..end).unwrap_or_default();
            let Some(value) = self.value(name, place)? else {
                // The opening alone: another variable may begin before the closing brace.
                out.push_str("${");
                rest = rest.get(2..).unwrap_or_default();
                continue;
            };
            out.push_str(&value);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What `name` stands for at `place`; `None`: not one of ours, or not set.
    pub fn value(&self, name: &str, place: Place) -> Result<Option<String>, Refused> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        Ok(match name {
            "CLAUDE_PLUGIN_ROOT" => path(&self.plugin_root),
            "CLAUDE_PLUGIN_DATA" => path(&self.plugin_data),
            "CLAUDE_PROJECT_DIR" => path(&self.project_dir),
            _ => match name.strip_prefix("user_config.") {
                None => None,
                Some(key) => match place {
                    Place::Shell => return Err(Refused::InShell(key.to_owned())),
                    Place::Text if self.sensitive.contains(key) => return Err(Refused::Secret(key.to_owned())),
                    _ => self.user_config.get(key).and_then(super::coerce::text),
                },
            },
        })
    }

    /// Replaces the variables in every string of `value`.
    pub fn expand_value(&self, value: &Value, place: Place) -> Result<Value, Refused> {
        Ok(match value {
            Value::String(text) => Value::String(self.expand(text, place)?),
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.expand_value(item, place))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| Ok((key.clone(), self.expand_value(value, place)?)))
                    .collect::<Result<_, _>>()?,
            ),
            other => other.clone(),
        })
    }

    /// The environment of hooks, local servers and language servers: the folders, and each configured value as
    /// `CLAUDE_PLUGIN_OPTION_<KEY>`.
    pub fn environment(&self) -> Vec<(String, String)> {
        let folders = [
            ("CLAUDE_PLUGIN_ROOT", &self.plugin_root),
            ("CLAUDE_PLUGIN_DATA", &self.plugin_data),
            ("CLAUDE_PROJECT_DIR", &self.project_dir),
        ];
        let folders = folders.into_iter().filter_map(|(name, path)| {
            path.as_ref()
                .map(|path| (name.to_owned(), path.to_string_lossy().into_owned()))
        });
        let options = self.user_config.iter().filter_map(|(key, value)| {
            let name = format!("CLAUDE_PLUGIN_OPTION_{}", key.to_uppercase());
            super::coerce::text(value).map(|value| (name, value))
        });
        folders.chain(options).collect()
    }
}

/// The name of a plugin's lasting folder: its id, with everything but letters, digits, `_` and `-` as `-`.
pub fn data_folder(id: &str) -> String {
    id.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') {
                letter
            } else {
                '-'
            }
        })
        .collect()
}
