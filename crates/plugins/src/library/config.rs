//! Values a plugin asks a person for. Source: issue 5, A5.
//!
//! Values that are no secrets are in the state; secrets are only ever in [`super::Secrets`]. No error and no `Debug` of this
//! module holds a value. Values never come from a project's files: nothing here reads those.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::error::LibraryError;
use super::home::Library;
use super::id::PluginId;
use super::state::Installed;
use crate::format::manifest::{ConfigKind, ConfigOption};

/// Whether a value fits an option; the answer says what is wrong without the value.
pub fn check(option: &ConfigOption, value: &Value) -> Result<(), String> {
    if option.multiple && option.kind == ConfigKind::String {
        let list = value.as_array().ok_or("it must be a list of texts")?;
        if option.required && list.is_empty() {
            return Err("at least one is needed".to_owned());
        }
        return if list.iter().all(Value::is_string) {
            Ok(())
        } else {
            Err("it must be a list of texts".to_owned())
        };
    }
    match option.kind {
        ConfigKind::String => match value.as_str() {
            None => Err("it must be a text".to_owned()),
            Some("") if option.required => Err("it must not be empty".to_owned()),
            Some(_) => Ok(()),
        },
        ConfigKind::Boolean if value.is_boolean() => Ok(()),
        ConfigKind::Boolean => Err("it must be yes or no".to_owned()),
        ConfigKind::Number => {
            let number = value
                .as_f64()
                .filter(|number| number.is_finite())
                .ok_or("it must be a number")?;
            if let Some(min) = option.min.filter(|min| number < *min) {
                return Err(format!("it must be at least {min}"));
            }
            if let Some(max) = option.max.filter(|max| number > *max) {
                return Err(format!("it must be at most {max}"));
            }
            Ok(())
        }
        ConfigKind::Directory | ConfigKind::File => {
            let path = Path::new(value.as_str().ok_or("it must be a path")?);
            let is_folder = option.kind == ConfigKind::Directory;
            if !path.is_absolute() {
                Err("it must be an absolute path".to_owned())
            } else if is_folder && !path.is_dir() {
                Err("there is no such folder".to_owned())
            } else if !is_folder && !path.is_file() {
                Err("there is no such file".to_owned())
            } else {
                Ok(())
            }
        }
    }
}

impl Library {
    fn asks(&self, id: &PluginId) -> Result<BTreeMap<String, ConfigOption>, LibraryError> {
        Ok(self.review(id)?.asks.into_iter().collect())
    }

    /// Sets one value; it is checked first, and a secret goes nowhere but to the secret store.
    pub fn set_option(&self, id: &PluginId, key: &str, value: &Value) -> Result<(), LibraryError> {
        let bad = |why: String| LibraryError::Value {
            id: id.clone(),
            key: key.to_owned(),
            why,
        };
        let asks = self.asks(id)?;
        let option = asks
            .get(key)
            .ok_or_else(|| bad("the plugin does not ask for it".to_owned()))?;
        check(option, value).map_err(bad)?;
        let _lock = self.lock()?;
        let mut state = self.state()?;
        if !option.sensitive {
            state
                .options
                .entry(id.clone())
                .or_default()
                .insert(key.to_owned(), value.clone());
            return self.save(&state);
        }
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let refused = |why: String| LibraryError::Secret {
            id: id.clone(),
            key: key.to_owned(),
            why,
        };
        let secrets = self
            .ports
            .secrets
            .as_ref()
            .ok_or_else(|| refused("there is none".to_owned()))?;
        let owner = installed.data.clone();
        // An earlier removal that is still to be finished must not take the new value.
        if state.doomed_secrets.remove(&(owner.clone(), key.to_owned())) {
            self.save(&state)?;
        }
        secrets.set(&owner, key, &value.to_string()).map_err(refused)
    }

    /// Forgets one value.
    pub fn unset_option(&self, id: &PluginId, key: &str) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        if let Some(secrets) = &self.ports.secrets {
            let refused = |why: String| LibraryError::Secret {
                id: id.clone(),
                key: key.to_owned(),
                why,
            };
            secrets.remove(&installed.data, key).map_err(refused)?;
        }
        if let Some(options) = state.options.get_mut(id) {
            options.remove(key);
            if options.is_empty() {
                state.options.remove(id);
            }
        }
        self.save(&state)
    }

    /// All values, defaults filled in, secrets among them: only for what starts the plugin's processes. The second part are
    /// the required keys without a value: then the plugin is not started.
    pub fn options(&self, id: &PluginId) -> Result<(BTreeMap<String, Value>, Vec<String>), LibraryError> {
        let asks = self.asks(id)?;
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (key, option) in asks {
            let kept = if option.sensitive {
                let refused = |why: String| LibraryError::Secret {
                    id: id.clone(),
                    key: key.clone(),
                    why,
                };
                let text = match &self.ports.secrets {
                    Some(secrets) => secrets.get(&installed.data, &key).map_err(refused)?,
                    None => None,
                };
                text.and_then(|text| serde_json::from_str(&text).ok())
            } else {
                state.options.get(id).and_then(|options| options.get(&key)).cloned()
            };
            // A newer version of the plugin may ask for something else under the same key.
            match kept
                .filter(|value| check(&option, value).is_ok())
                .or_else(|| option.default.clone())
            {
                Some(value) => drop(values.insert(key, value)),
                None if option.required => missing.push(key),
                None => {}
            }
        }
        Ok((values, missing))
    }

    /// The keys under which secrets of a plugin may be kept.
    pub(super) fn secret_keys(&self, id: &PluginId, installed: &Installed) -> Vec<String> {
        let root = self.root.join(&installed.folder);
        let origin = crate::format::Origin {
            name: Some(id.name().to_owned()),
            entry: installed.entry.clone(),
            marketplace_root: installed.marketplace_root,
            ..crate::format::Origin::default()
        };
        let plugin = crate::format::load(&root, &origin).plugin;
        plugin
            .map(|plugin| plugin.manifest.sensitive_keys().map(str::to_owned).collect())
            .unwrap_or_default()
    }
}
