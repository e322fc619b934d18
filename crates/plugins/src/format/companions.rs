//! What else a plugin may bring: language servers, monitors, output styles, themes, and the two settings that are honoured.
//! Source: issue 5, A5 and A13. Language servers and monitors are strict: an unknown key in one costs that one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::frontmatter;
use super::variables::{Place, Refused, Variables};

/// A language server.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lsp {
    /// Its key.
    #[serde(skip_deserializing)]
    pub name: String,
    /// Its configuration.
    #[serde(flatten)]
    pub config: LspConfig,
}

/// A language server's configuration.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LspConfig {
    /// The program.
    pub command: String,
    /// `.rs` → `rust`.
    pub extension_to_language: BTreeMap<String, String>,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// `stdio` or `socket`.
    #[serde(default)]
    pub transport: Option<String>,
    /// Its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Sent at the start.
    #[serde(default)]
    pub initialization_options: Option<Value>,
    /// Sent on demand.
    #[serde(default)]
    pub settings: Option<Value>,
    /// Where it works.
    #[serde(default)]
    pub workspace_folder: Option<String>,
    /// Milliseconds.
    #[serde(default)]
    pub startup_timeout: Option<u64>,
    /// Milliseconds.
    #[serde(default)]
    pub shutdown_timeout: Option<u64>,
    /// Started again when it ends by itself.
    #[serde(default)]
    pub restart_on_crash: Option<bool>,
    /// How often at most.
    #[serde(default)]
    pub max_restarts: Option<u32>,
    /// Whether its findings are shown.
    #[serde(default)]
    pub diagnostics: Option<Value>,
}

/// A command that runs beside the conversation and whose lines are told to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monitor {
    /// Its name.
    pub name: String,
    /// A shell's line.
    pub command: String,
    /// What it watches.
    pub description: String,
    /// `always` (when not said), or `on-skill-invoke:<skill>`.
    #[serde(default)]
    pub when: Option<String>,
}

impl Monitor {
    /// The line, with the plugin's variables put in.
    pub fn line(&self, variables: &Variables) -> Result<String, Refused> {
        variables.expand(&self.command, Place::Shell)
    }

    /// The skill it waits for.
    pub fn skill(&self) -> Option<&str> {
        self.when.as_deref()?.strip_prefix("on-skill-invoke:")
    }
}

/// How answers are written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutputStyle {
    /// Its name.
    pub name: String,
    /// What it is like.
    pub description: String,
    /// Whether the usual instructions stay.
    pub keep_instructions: bool,
    /// Taken as long as the plugin is on.
    pub forced: bool,
    /// The instructions.
    pub body: String,
}

/// Colours.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// What it begins with.
    pub base: String,
    /// What it changes.
    #[serde(default)]
    pub overrides: BTreeMap<String, Value>,
}

/// The settings of a plugin that are honoured.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Settings {
    /// The agent conversations are held with.
    pub agent: Option<String>,
    /// How sub-agents are shown.
    pub subagent_status_line: Option<Value>,
}

/// Language servers of `.lsp.json` or an inline object (`{key: config}`).
pub fn lsp(value: &Value, file: &Path, found: &mut Vec<Diagnostic>) -> Vec<Lsp> {
    let map = value
        .get("lspServers")
        .and_then(Value::as_object)
        .or_else(|| value.as_object());
    let Some(map) = map else {
        found.push(Diagnostic::component(
            "lsp",
            file,
            "language servers are not an object; none were taken",
        ));
        return Vec::new();
    };
    let each = map.iter().filter_map(
        |(name, config)| match serde_json::from_value::<LspConfig>(config.clone()) {
            Ok(config) => Some(Lsp {
                name: name.clone(),
                config,
            }),
            Err(why) => {
                found.push(Diagnostic::component(
                    "lsp",
                    file,
                    format!("the language server `{name}` was left out: {why}"),
                ));
                None
            }
        },
    );
    each.collect()
}

/// Monitors of a list.
pub fn monitors(value: &Value, file: &Path, found: &mut Vec<Diagnostic>) -> Vec<Monitor> {
    let one = std::slice::from_ref(value);
    let list = match value {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => one,
        _ => {
            found.push(Diagnostic::component(
                "monitor",
                file,
                "monitors are not a list; none were taken",
            ));
            return Vec::new();
        }
    };
    let each = list.iter().filter_map(|item| {
        let monitor = serde_json::from_value::<Monitor>(item.clone()).map_err(|why| why.to_string());
        let checked = monitor.and_then(|monitor| match monitor.when.as_deref() {
            None | Some("always") => Ok(monitor),
            Some(when)
                if when
                    .strip_prefix("on-skill-invoke:")
                    .is_some_and(|skill| !skill.is_empty()) =>
            {
                Ok(monitor)
            }
            Some(when) => Err(format!("there is no `when` of `{when}`")),
        });
        // A configured value in its line is an error whatever the value is.
        let checked = checked.and_then(|monitor| match monitor.line(&Variables::default()) {
            Ok(_) => Ok(monitor),
            Err(why) => Err(why.to_string()),
        });
        checked
            .map_err(|why| {
                found.push(Diagnostic::component(
                    "monitor",
                    file,
                    format!("a monitor was left out: {why}"),
                ))
            })
            .ok()
    });
    each.collect()
}

/// An output style out of its file.
pub fn output_style(bytes: &[u8], file: &Path, found: &mut Vec<Diagnostic>) -> Option<OutputStyle> {
    let document = frontmatter::parse(bytes, file, found)?;
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    Some(OutputStyle {
        name: document.fields.text("name").unwrap_or(stem),
        description: document
            .fields
            .text("description")
            .or_else(|| document.first_paragraph())
            .unwrap_or_default(),
        keep_instructions: document.fields.flag("keep-coding-instructions").unwrap_or(false),
        forced: document.fields.flag("force-for-plugin").unwrap_or(false),
        body: document.body,
    })
}

/// A theme out of its file's JSON.
pub fn theme(value: &Value, file: &Path, found: &mut Vec<Diagnostic>) -> Option<Theme> {
    serde_json::from_value(value.clone())
        .map_err(|why| {
            found.push(Diagnostic::component(
                "theme",
                file,
                format!("the theme was left out: {why}"),
            ))
        })
        .ok()
}

/// The honoured part of `settings.json`; every other key is told.
pub fn settings(value: &Value, file: &Path, found: &mut Vec<Diagnostic>) -> Settings {
    let Value::Object(map) = value else {
        found.push(Diagnostic::component(
            "settings",
            file,
            "settings are not an object; none were taken",
        ));
        return Settings::default();
    };
    for key in map
        .keys()
        .filter(|key| !matches!(key.as_str(), "agent" | "subagentStatusLine" | "$schema"))
    {
        found.push(Diagnostic::warning(
            "settings-key",
            file,
            format!("a plugin may not set `{key}`; it has no effect"),
        ));
    }
    Settings {
        agent: map.get("agent").and_then(Value::as_str).map(str::to_owned),
        subagent_status_line: map.get("subagentStatusLine").cloned(),
    }
}

/// A language server's configuration with the plugin's variables put in.
pub fn resolve_lsp(lsp: &Lsp, variables: &Variables) -> Result<Lsp, Refused> {
    let text = |text: &str| variables.expand(text, Place::Exec);
    let config = &lsp.config;
    Ok(Lsp {
        name: lsp.name.clone(),
        config: LspConfig {
            command: text(&config.command)?,
            args: config.args.iter().map(|arg| text(arg)).collect::<Result<_, _>>()?,
            env: config
                .env
                .iter()
                .map(|(key, value)| Ok((key.clone(), text(value)?)))
                .collect::<Result<_, _>>()?,
            workspace_folder: config.workspace_folder.as_deref().map(text).transpose()?,
            ..config.clone()
        },
    })
}

/// `bin/`, where it is a folder inside the plugin.
pub(super) fn bin(root: &Path) -> Option<PathBuf> {
    let bin = root.join("bin");
    (bin.is_dir() && super::paths::inside(root, &bin).is_some()).then_some(bin)
}
