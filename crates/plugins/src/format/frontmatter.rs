//! The head of a Markdown file: optional byte-order mark, `---`, YAML, `---`, body.
//!
//! Two stages. First YAML, with limits on size, depth and aliases. Where that fails (an unquoted `: ` in a description is the
//! usual reason) line by line: a *known* key at the beginning of a line starts a field, all up to the next known key is its
//! value, and each value is tried as YAML by itself, else taken as text. Unknown words with a colon (`user:`, `Context:`)
//! are thus never keys. Source: issue 5, A7 and A14 (R1–R8, R32).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::coerce;
use super::diagnostic::Diagnostic;
use super::tools::{self, ToolRule};

/// Keys that begin a field in the second stage.
pub const KNOWN_KEYS: [&str; 36] = [
    "agent",
    "allowed-tools",
    "argument-hint",
    "arguments",
    "background",
    "color",
    "compatibility",
    "context",
    "description",
    "disable-model-invocation",
    "disallowed-tools",
    "disallowedTools",
    "effort",
    "force-for-plugin",
    "hide-from-slash-command-tool",
    "hooks",
    "initialPrompt",
    "isolation",
    "keep-coding-instructions",
    "license",
    "maxTurns",
    "mcpServers",
    "memory",
    "metadata",
    "model",
    "name",
    "paths",
    "permissionMode",
    "shell",
    "skills",
    "tools",
    "triggers",
    "user-invocable",
    "version",
    "when_to_use",
    "when-to-use",
];

/// More YAML than this is read by lines.
const YAML_BYTES: usize = 64 * 1024;
/// What is read of a file at most.
pub const FILE_BYTES: usize = 4 * 1024 * 1024;

/// A file, taken apart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Document {
    /// The head's keys; empty without a head.
    pub fields: Fields,
    /// What follows, without the line end after the closing fence.
    pub body: String,
    /// Whether there was a head at all.
    pub fenced: bool,
}

impl Document {
    /// The first paragraph of the body that is neither heading nor quote nor fence, on one line.
    pub fn first_paragraph(&self) -> Option<String> {
        let mut lines = self
            .body
            .lines()
            .map(str::trim)
            .skip_while(|line| line.is_empty() || line.starts_with(['#', '>', '`', '<', '|']));
        let paragraph: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        if paragraph.is_empty() {
            // A file of headings alone still says something.
            let heading = self
                .body
                .lines()
                .map(|line| line.trim_start_matches('#').trim())
                .find(|line| !line.is_empty());
            return heading.map(str::to_owned);
        }
        Some(paragraph.join(" "))
    }
}

/// The keys of a head.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Fields(pub BTreeMap<String, Value>);

impl Fields {
    /// As it stands.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// As text; see [`coerce::text`].
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(coerce::text)
    }

    /// As a boolean; see [`coerce::flag`].
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(coerce::flag)
    }

    /// As words; see [`coerce::words`].
    pub fn words(&self, key: &str) -> Vec<String> {
        self.get(key).map(coerce::words).unwrap_or_default()
    }

    /// As rules about tools.
    pub fn rules(&self, key: &str) -> Vec<ToolRule> {
        self.get(key).map(tools::rules).unwrap_or_default()
    }
}

/// Takes a file apart. `None`: there is nothing in it (an error is among the findings).
pub fn parse(bytes: &[u8], path: &Path, found: &mut Vec<Diagnostic>) -> Option<Document> {
    if bytes.is_empty() {
        found.push(Diagnostic::component(
            "empty-file",
            path,
            "the file is empty; it was left out",
        ));
        return None;
    }
    if bytes.len() > FILE_BYTES {
        found.push(Diagnostic::component(
            "file-too-large",
            path,
            "the file is larger than 4 MiB; it was left out",
        ));
        return None;
    }
    let text = decode(bytes, path, found);
    let Some((head, body)) = split(&text) else {
        if opens(&text) {
            found.push(Diagnostic::warning(
                "frontmatter-open",
                path,
                "the head begins with `---` and never ends; the whole file was taken as text",
            ));
        }
        return Some(Document {
            fields: Fields::default(),
            body: text,
            fenced: false,
        });
    };
    Some(Document {
        fields: fields(head, path, found),
        body: body.to_owned(),
        fenced: true,
    })
}

/// Text of a file: no byte-order mark, line ends as `\n`, invalid UTF-8 replaced and told.
pub fn decode(bytes: &[u8], path: &Path, found: &mut Vec<Diagnostic>) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        found.push(Diagnostic::warning(
            "invalid-utf8",
            path,
            "the file is not all UTF-8; what could not be read shows as \u{fffd}",
        ));
    }
    text.replace("\r\n", "\n")
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

fn opens(text: &str) -> bool {
    text.lines().next().is_some_and(is_fence)
}

/// Head and body.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    let mut begin = None;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match begin {
            None if is_fence(line) => begin = Some(end),
            None => return None,
            Some(begin) if is_fence(line) => return Some((text.get(begin..at)?, text.get(end..)?)),
            Some(_) => {}
        }
        at = end;
    }
    None
}

fn fields(head: &str, path: &Path, found: &mut Vec<Diagnostic>) -> Fields {
    if head.trim().is_empty() {
        return Fields::default();
    }
    let why = match yaml(head) {
        Ok((Value::Object(map), repeated)) => {
            if repeated {
                found.push(Diagnostic::warning(
                    "duplicate-key",
                    path,
                    "a key stands twice in the head; the last one was taken",
                ));
            }
            return Fields(map.into_iter().collect());
        }
        Ok((Value::Null, _)) => return Fields::default(),
        Ok(_) => "it is not a list of keys".to_owned(),
        Err(why) => why,
    };
    let fields = by_lines(head, path, found);
    found.push(Diagnostic::warning(
        "frontmatter-yaml",
        path,
        format!(
            "the head is not valid YAML ({why}); {} keys were read line by line",
            fields.0.len()
        ),
    ));
    fields
}

/// YAML as a value, and whether a key was repeated (the last one then holds).
fn yaml(text: &str) -> Result<(Value, bool), String> {
    if text.len() > YAML_BYTES {
        return Err(format!("longer than {YAML_BYTES} bytes"));
    }
    match parse_yaml(text, serde_saphyr::options::DuplicateKeyPolicy::Error) {
        Ok(value) => Ok((value, false)),
        Err(why) => match parse_yaml(text, serde_saphyr::options::DuplicateKeyPolicy::LastWins) {
            Ok(value) => Ok((value, true)),
            Err(_) => Err(why),
        },
    }
}

fn parse_yaml(text: &str, duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy) -> Result<Value, String> {
    let budget = serde_saphyr::budget! {
        max_events: 20_000,
        max_aliases: 64,
        max_anchors: 64,
        max_depth: 32,
        max_documents: 1,
        max_nodes: 10_000,
    };
    let mut alias_limits = serde_saphyr::options::AliasLimits::default();
    alias_limits.max_total_replayed_events = 5_000;
    alias_limits.max_replay_stack_depth = 8;
    alias_limits.max_alias_expansions_per_anchor = 64;
    let options = serde_saphyr::options! {
        budget: budget,
        duplicate_keys: duplicate_keys,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        alias_limits: alias_limits,
    };
    serde_saphyr::from_str_with_options::<Value>(text, options).map_err(|why| {
        let why = why.to_string();
        why.lines().next().unwrap_or_default().chars().take(200).collect()
    })
}

/// The second stage.
fn by_lines(head: &str, path: &Path, found: &mut Vec<Diagnostic>) -> Fields {
    let mut raw: Vec<(&str, String)> = Vec::new();
    for line in head.lines() {
        if let Some((key, value)) = known(line) {
            raw.push((key, value.to_owned()));
        } else if let Some((_, value)) = raw.last_mut() {
            value.push('\n');
            value.push_str(line);
        }
    }
    let mut fields = BTreeMap::new();
    for (key, value) in raw {
        let parsed = match yaml(&format!("v: {value}")) {
            Ok((Value::Object(mut map), _)) if map.len() == 1 => map.remove("v"),
            _ => None,
        };
        let value = parsed.unwrap_or_else(|| Value::String(value.trim().to_owned()));
        if fields.insert(key.to_owned(), value).is_some() {
            found.push(Diagnostic::warning(
                "duplicate-key",
                path,
                format!("`{key}` stands twice in the head; the last one was taken"),
            ));
        }
    }
    Fields(fields)
}

/// A line `known-key: value`, from column 0.
fn known(line: &str) -> Option<(&'static str, &str)> {
    let (key, value) = line.split_once(':')?;
    if !value.is_empty() && !value.starts_with([' ', '\t']) {
        return None;
    }
    let key = KNOWN_KEYS.iter().find(|known| **known == key)?;
    Some((key, value.trim_start_matches([' ', '\t'])))
}
