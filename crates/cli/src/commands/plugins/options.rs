//! `plugins options`.

use anyhow::Result;
use deskhand_engine::{Engine, OptionLine};
use serde_json::Value;

use super::{print_json, tell};
use crate::{
    failure::Usage,
    terminal::{diff::printable, style},
};

/// Lists the values a plugin asks for, or sets some.
pub(super) fn options(engine: &Engine, name: &str, set: &[String], secret: Option<&str>, json: bool) -> Result<()> {
    let lines = engine.plugin_options(name)?;
    if set.is_empty() && secret.is_none() {
        return list(&lines, json);
    }
    let mut pairs = Vec::new();
    for pair in set {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Usage(format!("`{pair}` is not KEY=VALUE; nothing was changed")))?;
        // On the command line a secret would stand in the shell's history.
        if lines.iter().any(|line| line.key == key && line.option.sensitive) {
            let why = format!(
                "`{key}` is a secret: use --secret {key}, which reads it from standard input. Nothing was changed"
            );
            return Err(Usage(why).into());
        }
        pairs.push((key.to_owned(), value.to_owned()));
    }
    if let Some(key) = secret {
        pairs.push((key.to_owned(), std::io::read_to_string(std::io::stdin())?));
    }
    for (key, value) in &pairs {
        engine.set_plugin_option(name, key, value)?;
    }
    let keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    tell(json, &format!("Set: {}", keys.join(", ")))
}

fn list(lines: &[OptionLine], json: bool) -> Result<()> {
    if json {
        return print_json(lines);
    }
    if lines.is_empty() {
        anstream::println!("It asks for nothing.");
    }
    for line in lines {
        let value = match (&line.value, line.is_set) {
            (Some(Value::String(text)), _) => printable(text),
            (Some(other), _) => printable(&other.to_string()),
            (None, true) => "set, in the keychain".to_owned(),
            (None, false) if line.option.required => "not set, and needed".to_owned(),
            (None, false) => "not set".to_owned(),
        };
        anstream::println!(
            "{}{}{}  {value}  {}{}{}",
            style::BOLD,
            printable(&line.key),
            style::RESET,
            style::DIM,
            printable(&line.option.title),
            style::RESET
        );
    }
    Ok(())
}
