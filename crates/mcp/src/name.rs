//! Names of servers and tools: how they are written for a model, and which are refused.

use std::collections::HashMap;

use unicode_security::skeleton;

/// Names that stand for something else in Deskhand or in programs whose skills are read here.
pub const RESERVED: [&str; 7] = [
    "deskhand",
    "workspace",
    "ide",
    "plugin",
    "claude-in-chrome",
    "computer-use",
    "claude_ai",
];

/// Most characters of a server's key.
pub const KEY_LIMIT: usize = 128;

/// Every character outside `[A-Za-z0-9_-]` as `_`.
pub fn sanitize(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// The name by which a model calls a tool: `mcp__<server>__<tool>`. `server` is a key or the id of a plugin's server.
pub fn tool(server: &str, tool: &str) -> String {
    format!("mcp__{}__{}", sanitize(server), sanitize(tool))
}

/// The name by which a person calls a prompt: `/mcp__<server>__<prompt>` without the slash.
pub fn prompt(server: &str, prompt: &str) -> String {
    tool(server, prompt)
}

/// The id of a plugin's server: `plugin:<plugin>:<key>`.
pub fn plugin_server(plugin: &str, key: &str) -> String {
    format!("plugin:{plugin}:{key}")
}

/// A name as names of connectors are compared: without case, with blanks, `_` and `-` the same.
pub fn loose(name: &str) -> String {
    name.trim()
        .chars()
        .map(|c| if c == '-' || c.is_whitespace() { '_' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a server of this key must not exist, since the name means something else.
pub fn is_reserved(key: &str) -> bool {
    let loose_key = loose(key);
    RESERVED.iter().any(|reserved| loose(reserved) == loose_key)
        || loose_key.starts_with("claude_ai_")
        || loose_key.starts_with("claude.ai_")
        || loose_key.starts_with("plugin:")
}

/// Whether a key can be shown and told apart at all; the reason why not.
pub(crate) fn check_key(key: &str) -> Result<(), String> {
    if key.trim().is_empty() {
        return Err("its name is empty".to_owned());
    }
    if key.chars().count() > KEY_LIMIT {
        return Err(format!("its name is longer than {KEY_LIMIT} characters"));
    }
    if key.chars().any(is_hidden) {
        return Err("its name holds characters that cannot be seen".to_owned());
    }
    Ok(())
}

/// Characters that change nothing on the screen, or the order of what stands there.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// What two names that a person could take for one another have in common: the skeleton of UTS #39, without case.
pub fn look(name: &str) -> String {
    // Case first and last: `I` folds to `i`, while its own skeleton is `l`.
    let folded: String = name.chars().flat_map(char::to_lowercase).collect();
    skeleton(&folded).flat_map(char::to_lowercase).collect()
}

/// Names in use, none of which looks or is called like another.
#[derive(Debug, Clone, Default)]
pub struct Names {
    looks: HashMap<String, String>,
    written: HashMap<String, String>,
}

impl Names {
    /// Takes `name`, or says which name it would be taken for.
    pub fn claim(&mut self, name: &str) -> Result<(), String> {
        let (look, written) = (look(name), sanitize(name));
        if let Some(other) = self.looks.get(&look).or_else(|| self.written.get(&written)) {
            return Err(other.clone());
        }
        self.looks.insert(look, name.to_owned());
        self.written.insert(written, name.to_owned());
        Ok(())
    }
}

/// A tool's name as skills written for a hosted surface have it, `mcp__claude_ai_<connector>__<tool>`, in its two parts.
pub fn hosted(called: &str) -> Option<(&str, &str)> {
    let (connector, tool) = called.strip_prefix("mcp__claude_ai_")?.split_once("__")?;
    (!connector.is_empty() && !tool.is_empty()).then_some((connector, tool))
}
