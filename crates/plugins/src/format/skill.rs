//! Skills and commands: one type, two layouts of files.
//!
//! Source: the Agent Skills specification and the skill reference of Claude Code, as restated in issue 5 (A6, A7). All keys
//! are optional; the limits of the open specification (name, description) are findings, never refusals.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::hooks::Hooks;
use super::tools::ToolRule;

pub mod files;
pub(super) mod read;

pub use files::Files;
pub use read::{command, skill, skill_called};

/// Where a skill's file lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `<dir>/SKILL.md`.
    Folder,
    /// One Markdown file: a command.
    File,
}

/// Whose skill or agent it is. The order is the order of precedence for a bare name: the earlier wins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Set by the organisation.
    Managed,
    /// The person's own.
    Personal,
    /// In a project's folder.
    Project,
    /// In a folder below the project, loaded when a file there is touched; `<dir>:<name>` on a clash.
    Nested(String),
    /// Comes with Deskhand.
    Bundled,
    /// A plugin's, by the plugin's identity (the entry's name).
    Plugin(String),
}

impl Scope {
    /// The plugin it belongs to.
    pub fn plugin(&self) -> Option<&str> {
        match self {
            Self::Plugin(name) => Some(name),
            _ => None,
        }
    }
}

/// How a skill runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// In the conversation.
    #[default]
    Inline,
    /// In a sub-agent of its own.
    Fork,
}

/// What runs `` !`command` `` lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    /// `bash`.
    #[default]
    Bash,
    /// PowerShell.
    Powershell,
}

/// One skill or command, as its file says.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Skill {
    /// What it is called: frontmatter `name`, else the folder's name; a command's file stem. May hold spaces and `/`:
    /// for showing, never for a path.
    pub name: String,
    /// What a person types after `/`: `name` in lower case with everything but letters, digits, `-` and `_` as `-`.
    pub slug: String,
    /// Whose it is.
    pub scope: Scope,
    /// How it is kept.
    pub layout: Layout,
    /// The file.
    pub file: PathBuf,
    /// `${CLAUDE_SKILL_DIR}`: the folder relative links begin in.
    pub folder: PathBuf,
    /// What it does; the first paragraph of the body where the frontmatter is silent.
    pub description: String,
    /// Added to the description in listings.
    pub when_to_use: Option<String>,
    /// Shown to a person who types it.
    pub argument_hint: Option<String>,
    /// Names for `$name`, by position.
    pub arguments: Vec<String>,
    /// Allowed beforehand for that turn only.
    pub allowed_tools: Vec<ToolRule>,
    /// Taken away while it is active.
    pub disallowed_tools: Vec<ToolRule>,
    /// A person may call it (shown under `/`).
    pub user_invocable: bool,
    /// The model may call it (listed to it).
    pub model_invocable: bool,
    /// A model for this turn.
    pub model: Option<String>,
    /// low, medium, high, max.
    pub effort: Option<String>,
    /// In the conversation or beside it.
    pub context: Context,
    /// The type of the sub-agent when forked.
    pub agent: Option<String>,
    /// The sub-agent is not waited for.
    pub background: bool,
    /// Hooks from its invocation to the session's end.
    pub hooks: Hooks,
    /// Globs of the files it is for; empty: always. Braces are expanded within bounds.
    pub paths: Vec<String>,
    /// What runs its commands.
    pub shell: Shell,
    /// `license` and `compatibility`, for showing.
    pub notes: BTreeMap<String, String>,
    /// Words of `triggers`, for search alone.
    pub triggers: Vec<String>,
    /// The author's own.
    pub metadata: Option<Value>,
    /// What follows the frontmatter, not yet substituted.
    pub body: String,
}

impl Skill {
    /// Whether it is a command by layout.
    pub fn is_command(&self) -> bool {
        self.layout == Layout::File
    }

    /// The name that always works: `<plugin>:<slug>`, else the slug.
    pub fn qualified(&self) -> String {
        match &self.scope {
            Scope::Plugin(plugin) => format!("{plugin}:{}", self.slug),
            Scope::Nested(folder) => format!("{folder}:{}", self.slug),
            _ => self.slug.clone(),
        }
    }

    /// Description and `when_to_use`, at most 1,536 characters.
    pub fn listing_text(&self) -> String {
        const CAP: usize = 1536;
        let mut text = self.description.clone();
        if let Some(when) = &self.when_to_use {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(when);
        }
        match text.char_indices().nth(CAP) {
            Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
            None => text,
        }
    }

    /// A link in the skill's text, resolved from its folder and kept inside `root` (the plugin's, or the skill's own
    /// folder): such a file may be read without asking. `None`: outside, or not there.
    pub fn readable(&self, root: &Path, link: &str) -> Option<PathBuf> {
        super::paths::inside(root, &self.folder.join(link))
    }
}

/// What a person types for `name`: letters (lower case), digits, `_` and `-`; the rest becomes one `-`.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '_' {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}
