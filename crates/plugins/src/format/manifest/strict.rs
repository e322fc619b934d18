//! The objects in which an unknown key is an error: options of `userConfig` and entries of `channels`. (`lspServers` and monitors, the
//! other two, are read in `companions`.)

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Channel, ConfigKind, ConfigOption};

/// Reads `userConfig`; `at` names it in messages.
pub fn user_config(value: &Value, at: &str) -> Result<BTreeMap<String, ConfigOption>, String> {
    let map = value
        .as_object()
        .ok_or_else(|| format!("`{at}` must be an object; the plugin was not loaded"))?;
    map.iter()
        .map(|(key, value)| {
            let fault = |why: &str| format!("`{at}.{key}` {why}; the plugin was not loaded");
            if !is_identifier(key) {
                return Err(fault(
                    "must be named by letters, digits and `_`, with no digit in front",
                ));
            }
            let option: ConfigOption =
                serde_json::from_value(value.clone()).map_err(|why| fault(&format!("is not right: {why}")))?;
            if option.multiple && option.kind != ConfigKind::String {
                return Err(fault("may have `multiple` only with the type `string`"));
            }
            Ok((key.clone(), option))
        })
        .collect()
}

/// Reads one entry of `channels`.
pub fn channel(value: &Value) -> Result<Channel, String> {
    // The options first, so that their message names the option.
    if let Some(options) = value.get("userConfig") {
        user_config(options, "channels.userConfig")?;
    }
    serde_json::from_value(value.clone())
        .map_err(|why| format!("an entry of `channels` is not right: {why}; the plugin was not loaded"))
}

fn is_identifier(key: &str) -> bool {
    key.chars()
        .enumerate()
        .all(|(at, letter)| letter == '_' || letter.is_ascii_alphabetic() || (at > 0 && letter.is_ascii_digit()))
        && !key.is_empty()
}
