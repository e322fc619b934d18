//! What a bundle asks the person for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bundle::manifest::text;
use crate::bundle::{BundleError, Manifest};
use crate::diagnostic::{Diagnostic, Findings};

/// What the person gave, by key. Sensitive values come from the caller's keychain.
pub type Values = BTreeMap<String, Value>;

/// One thing the person is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// What it is.
    pub kind: SettingKind,
    /// Its name for people; untrusted.
    pub title: String,
    /// What it is for; untrusted.
    pub description: String,
    /// Whether the server cannot run without.
    pub required: bool,
    /// What it is unless told otherwise; may hold variables.
    pub default: Option<Value>,
    /// Whether it is a list.
    pub multiple: bool,
    /// Whether it is a secret: kept in the keychain, never shown.
    pub sensitive: bool,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
}

/// What a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// Text.
    String,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A folder of the person's.
    Directory,
    /// A file of the person's.
    File,
}

pub(super) fn decode(value: Option<&Value>, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<String, Setting> {
    let mut settings = BTreeMap::new();
    let Some(Value::Object(declared)) = value else {
        return settings;
    };
    for (key, entry) in declared {
        let mut warn = |why: &str| {
            Findings::about(None, diagnostics).warn("mcp.bundle.setting", format!("The setting `{key}` {why}."));
        };
        let Value::Object(entry) = entry else {
            warn("was ignored: it is not an object");
            continue;
        };
        let kind = match text(entry, "type").as_deref() {
            Some("string") => SettingKind::String,
            Some("number") => SettingKind::Number,
            Some("boolean") => SettingKind::Boolean,
            Some("directory") => SettingKind::Directory,
            Some("file") => SettingKind::File,
            _ => {
                warn("is of no known type and was taken as text");
                SettingKind::String
            }
        };
        let flag = |name: &str| entry.get(name).and_then(Value::as_bool).unwrap_or(false);
        settings.insert(
            key.clone(),
            Setting {
                kind,
                title: text(entry, "title").unwrap_or_else(|| key.clone()),
                description: text(entry, "description").unwrap_or_default(),
                required: flag("required"),
                default: entry.get("default").filter(|default| !default.is_null()).cloned(),
                multiple: flag("multiple"),
                sensitive: flag("sensitive"),
                min: number(entry, "min"),
                max: number(entry, "max"),
            },
        );
    }
    settings
}

fn number(entry: &Map<String, Value>, key: &str) -> Option<f64> {
    entry.get(key).and_then(Value::as_f64)
}

/// A setting's value as it goes into a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filled {
    One(String),
    Many(Vec<String>),
}

impl Manifest {
    /// Keys of settings that the person must give before the server can start: required, without a default, and missing,
    /// empty, or an empty list.
    pub fn missing(&self, values: &Values) -> Vec<String> {
        self.settings
            .iter()
            .filter(|(key, setting)| {
                let value = values.get(*key).or(setting.default.as_ref());
                setting.required && value.is_none_or(is_empty)
            })
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Every setting that has a value. `expand` fills in the variables of defaults.
    pub(super) fn filled(
        &self,
        values: &Values,
        expand: &dyn Fn(&str) -> String,
    ) -> Result<BTreeMap<String, Filled>, BundleError> {
        let missing = self.missing(values);
        if !missing.is_empty() {
            return Err(BundleError::Missing(missing));
        }
        let mut filled = BTreeMap::new();
        for (key, setting) in &self.settings {
            let given = values.get(key).filter(|value| !value.is_null());
            let Some(value) = given.or(setting.default.as_ref()) else {
                continue;
            };
            let one = |item: &Value| {
                let text = setting.as_text(item).map_err(|reason| BundleError::Setting {
                    key: key.clone(),
                    reason,
                })?;
                // What the person wrote is taken literally; only the author's default has variables.
                Ok::<_, BundleError>(if given.is_none() { expand(&text) } else { text })
            };
            let value = match value {
                Value::Array(items) => Filled::Many(items.iter().map(one).collect::<Result<_, _>>()?),
                item => Filled::One(one(item)?),
            };
            filled.insert(key.clone(), value);
        }
        Ok(filled)
    }
}

impl Setting {
    fn as_text(&self, value: &Value) -> Result<String, String> {
        match (self.kind, value) {
            (SettingKind::Boolean, Value::Bool(flag)) => Ok(flag.to_string()),
            (SettingKind::Boolean, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
                Ok(text.clone())
            }
            (SettingKind::Boolean, _) => Err("it is neither true nor false".to_owned()),
            (SettingKind::Number, value) => {
                let number = value
                    .as_f64()
                    .or_else(|| value.as_str()?.trim().parse().ok())
                    .filter(|number: &f64| number.is_finite())
                    .ok_or("it is not a number")?;
                if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
                    return Err("it is too small or too large".to_owned());
                }
                Ok(match value {
                    Value::String(text) => text.trim().to_owned(),
                    other => other.to_string(),
                })
            }
            (_, Value::String(text)) if text.contains('\0') => Err("it holds a null character".to_owned()),
            (_, Value::String(text)) => Ok(text.clone()),
            (_, Value::Number(number)) => Ok(number.to_string()),
            (_, Value::Bool(flag)) => Ok(flag.to_string()),
            _ => Err("it is not text".to_owned()),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
