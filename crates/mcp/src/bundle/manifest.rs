//! `manifest.json` of a bundle, formats 0.1 to 0.4, read loosely.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bundle::BundleError;
use crate::bundle::compatibility::{self, Compatibility};
use crate::bundle::settings::{self, Setting};
use crate::config::parse_object;
use crate::diagnostic::{Diagnostic, Findings};

/// Most bytes of a manifest.
pub(super) const LIMIT: u64 = 4 * 1024 * 1024;

/// What a bundle's author says of it. Every text is untrusted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// Format: `0.1` to `0.4`.
    pub format: String,
    /// Name for machines.
    pub name: String,
    /// Name for people.
    pub display_name: Option<String>,
    /// Its version, as written.
    pub version: String,
    /// What it does, in a sentence.
    pub description: String,
    /// What it does, in Markdown.
    pub long_description: Option<String>,
    /// Who made it.
    pub author: String,
    /// What runs it.
    pub kind: Kind,
    /// The file that is run, below the bundle's folder.
    pub entry_point: Option<String>,
    /// How it is run; absent for `uv`.
    pub launch: Option<Launch>,
    /// What the person is asked for, by key.
    pub settings: BTreeMap<String, Setting>,
    /// Where it runs.
    pub compatibility: Compatibility,
    /// Tools it is said to have; only for display.
    pub tools: Vec<Hint>,
    /// Whether there are more at run time.
    pub tools_generated: bool,
    /// Prompts it is said to have; only for display.
    pub prompts: Vec<Hint>,
    /// Whether there are more at run time.
    pub prompts_generated: bool,
    /// Files with icons, below the bundle's folder.
    pub icons: Vec<String>,
    /// Addresses of what it does with data elsewhere.
    pub privacy_policies: Vec<String>,
    /// Path of the texts in other languages, with `${locale}`, and the language of this manifest.
    pub localization: Option<(String, String)>,
}

/// What runs a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Node.js.
    #[default]
    Node,
    /// Python.
    Python,
    /// By itself.
    Binary,
    /// Python with uv, which also installs what it needs.
    Uv,
}

/// `mcp_config`: how a server is run. Variables are not filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is added to its environment.
    pub env: BTreeMap<String, String>,
    /// What is different on `darwin`, `win32` and `linux`.
    pub overrides: BTreeMap<String, Override>,
}

/// What is different on one system. Each field given replaces the whole one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// The program.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// Its environment; not merged.
    pub env: Option<BTreeMap<String, String>>,
}

/// A tool or prompt that is said to exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// Its name.
    pub name: String,
    /// What it is said to do.
    pub description: String,
}

pub(super) fn read(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Result<(Manifest, Value), BundleError> {
    let mut found = Vec::new();
    let root = parse_object(bytes, "manifest.json", &mut found);
    let reason = found.last().map(|finding| finding.message.clone()).unwrap_or_default();
    diagnostics.extend(found);
    let root = root.ok_or(BundleError::Manifest(reason))?;
    let manifest = decode(&root, diagnostics).map_err(BundleError::Manifest)?;
    Ok((manifest, Value::Object(root)))
}

fn decode(root: &Map<String, Value>, diagnostics: &mut Vec<Diagnostic>) -> Result<Manifest, String> {
    let format = ["manifest_version", "dxt_version"]
        .iter()
        .find_map(|key| scalar(root.get(*key)?))
        .ok_or("it has no `manifest_version`")?;
    if !matches!(format.as_str(), "0.1" | "0.2" | "0.3" | "0.4") {
        return Err(format!("its format is {format}; known are 0.1 to 0.4"));
    }
    let required = |key: &str| {
        text(root, key)
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| format!("it has no `{key}`"))
    };
    let author = match root.get("author") {
        Some(Value::Object(author)) => text(author, "name"),
        Some(Value::String(author)) => Some(author.clone()),
        _ => None,
    }
    .filter(|name| !name.trim().is_empty())
    .ok_or("it has no `author.name`")?;
    let Some(Value::Object(server)) = root.get("server") else {
        return Err("it has no `server`".to_owned());
    };
    let kind = match text(server, "type").as_deref() {
        Some("node") => Kind::Node,
        Some("python") => Kind::Python,
        Some("binary") => Kind::Binary,
        Some("uv") => Kind::Uv,
        Some(other) => {
            return Err(format!(
                "its server is of type `{other}`; known are node, python, binary and uv"
            ));
        }
        None => return Err("its server has no `type`".to_owned()),
    };
    let launch = match server.get("mcp_config") {
        Some(Value::Object(config)) => Some(launch(config)?),
        None | Some(Value::Null) => None,
        Some(_) => return Err("its `mcp_config` is not an object".to_owned()),
    };
    let entry_point = text(server, "entry_point").filter(|path| !path.trim().is_empty());
    if let Some(path) = &entry_point
        && (path.starts_with(['/', '\\']) || path.contains(':') || path.split(['/', '\\']).any(|part| part == ".."))
    {
        return Err("its `entry_point` leads out of the bundle".to_owned());
    }
    if launch.is_none() && entry_point.is_none() {
        return Err("its server has neither `mcp_config` nor `entry_point`".to_owned());
    }
    if launch.is_none() && kind != Kind::Uv {
        Findings::about(None, diagnostics).warn(
            "mcp.bundle.manifest",
            "The manifest does not say how the server is run; its entry point is.",
        );
    }
    let localization = match root.get("localization") {
        Some(Value::Object(localization)) => {
            let resources =
                text(localization, "resources").unwrap_or_else(|| "mcpb-resources/${locale}.json".to_owned());
            let default = text(localization, "default_locale").unwrap_or_else(|| "en-US".to_owned());
            if resources.contains("${locale}") {
                Some((resources, default))
            } else {
                Findings::about(None, diagnostics).warn(
                    "mcp.bundle.localization",
                    "Texts in other languages are not used: their path has no `${locale}`.",
                );
                None
            }
        }
        _ => None,
    };
    let mut icons: Vec<String> = objects(root, "icons").filter_map(|icon| text(icon, "src")).collect();
    icons.extend(text(root, "icon"));
    Ok(Manifest {
        format,
        name: required("name")?,
        display_name: text(root, "display_name"),
        version: required("version")?,
        description: required("description")?,
        long_description: text(root, "long_description"),
        author,
        kind,
        entry_point,
        launch,
        settings: settings::decode(root.get("user_config"), diagnostics),
        compatibility: compatibility::decode(root.get("compatibility"), diagnostics),
        tools: hints(root, "tools"),
        tools_generated: flag(root, "tools_generated"),
        prompts: hints(root, "prompts"),
        prompts_generated: flag(root, "prompts_generated"),
        icons,
        privacy_policies: strings(root.get("privacy_policies")).unwrap_or_default(),
        localization,
    })
}

fn launch(config: &Map<String, Value>) -> Result<Launch, String> {
    let command = text(config, "command")
        .filter(|command| !command.trim().is_empty())
        .ok_or("its `mcp_config` has no `command`")?;
    let mut overrides = BTreeMap::new();
    if let Some(Value::Object(platforms)) = config.get("platform_overrides") {
        for (platform, given) in platforms {
            let Value::Object(given) = given else { continue };
            overrides.insert(
                platform.clone(),
                Override {
                    command: text(given, "command"),
                    args: arguments(given)?,
                    env: environment(given)?,
                },
            );
        }
    }
    Ok(Launch {
        command,
        args: arguments(config)?.unwrap_or_default(),
        env: environment(config)?.unwrap_or_default(),
        overrides,
    })
}

fn arguments(config: &Map<String, Value>) -> Result<Option<Vec<String>>, String> {
    match config.get("args") {
        None | Some(Value::Null) => Ok(None),
        given => strings(given)
            .map(Some)
            .ok_or_else(|| "its `args` are not a list of text".to_owned()),
    }
}

fn environment(config: &Map<String, Value>) -> Result<Option<BTreeMap<String, String>>, String> {
    match config.get("env") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(env)) => env
            .iter()
            .map(|(name, value)| Some((name.clone(), scalar(value)?)))
            .collect::<Option<_>>()
            .map(Some)
            .ok_or_else(|| "its `env` holds something that is not text".to_owned()),
        Some(_) => Err("its `env` is not an object".to_owned()),
    }
}

pub(super) fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn flag(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Text, or a number or truth value as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn strings(value: Option<&Value>) -> Option<Vec<String>> {
    value?.as_array()?.iter().map(scalar).collect()
}

fn objects<'a>(root: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    root.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

fn hints(root: &Map<String, Value>, key: &str) -> Vec<Hint> {
    objects(root, key)
        .filter_map(|hint| {
            Some(Hint {
                name: text(hint, "name")?,
                description: text(hint, "description").unwrap_or_default(),
            })
        })
        .collect()
}
