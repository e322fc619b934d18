//! The values a plugin asks its person for (`userConfig`), as surfaces show and set them.

use deskhand_plugins::format::manifest::{ConfigKind, ConfigOption};
use serde::Serialize;
use serde_json::Value;

use crate::{Engine, EngineError};

/// A value a plugin asks for.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OptionLine {
    /// Its name in the plugin's files.
    pub key: String,
    /// What is asked for.
    pub option: ConfigOption,
    /// What is set, or taken where nothing is; never that of a secret.
    pub value: Option<Value>,
    /// Whether there is a value.
    pub is_set: bool,
}

impl Engine {
    /// The values a plugin asks for, with what is set. Without a required one, its servers are not started.
    ///
    /// # Errors
    /// When it is not installed, or the keychain cannot be read.
    pub fn plugin_options(&self, name: &str) -> Result<Vec<OptionLine>, EngineError> {
        let id = self.installed_plugin(name)?;
        let library = self.plugins.library()?;
        let asks = library.review(&id)?.asks;
        let (values, _) = library.options(&id)?;
        let lines = asks.into_iter().map(|(key, option)| {
            let value = values.get(&key);
            OptionLine {
                is_set: value.is_some(),
                value: value.filter(|_| !option.sensitive).cloned(),
                key,
                option,
            }
        });
        Ok(lines.collect())
    }

    /// Sets one of the values a plugin asks for, from text: `yes`, a number, a path, or several separated by commas,
    /// as it asks. Counts for sessions of its servers that begin from now on.
    ///
    /// # Errors
    /// When it is not installed, asks for no such value, or the text does not fit; nothing was changed then.
    pub fn set_plugin_option(&self, name: &str, key: &str, text: &str) -> Result<(), EngineError> {
        let id = self.installed_plugin(name)?;
        let library = self.plugins.library()?;
        let asks = library.review(&id)?.asks;
        let option = asks.iter().find(|(known, _)| known == key).map(|(_, option)| option);
        let value = option.map_or_else(|| Value::from(text), |option| value_of(option, text));
        Ok(library.set_option(&id, key, &value)?)
    }
}

/// What a text means where this is asked for; a text that means nothing there stays one, and is refused as it is.
fn value_of(option: &ConfigOption, text: &str) -> Value {
    let text = text.trim();
    if option.multiple {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        return parts.collect();
    }
    match option.kind {
        ConfigKind::Boolean => match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "on" => Value::Bool(true),
            "no" | "false" | "off" => Value::Bool(false),
            _ => Value::from(text),
        },
        ConfigKind::Number => serde_json::from_str(text)
            .ok()
            .filter(Value::is_number)
            .unwrap_or_else(|| Value::from(text)),
        ConfigKind::String | ConfigKind::Directory | ConfigKind::File => Value::from(text),
    }
}
