//! Names of servers in names of tools, and names that look alike.

/// Every character outside `[A-Za-z0-9_-]` becomes `_`.
pub fn tool_part(name: &str) -> String {
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

/// Longest name of a tool that models take.
const LONGEST: usize = 64;

/// `mcp__SERVER__TOOL`, never longer than models take: what is cut is told apart by a hash of the whole.
pub fn tool_name(server: &str, tool: &str) -> String {
    let whole = format!("mcp__{}__{}", tool_part(server), tool_part(tool));
    if whole.len() <= LONGEST && tool_part(tool) == tool {
        return whole;
    }
    let hash = blake3::hash(format!("{server}\0{tool}").as_bytes()).to_hex();
    let mark = hash.as_str().get(..8).unwrap_or_default();
    let kept = whole.get(..whole.len().min(LONGEST - 9)).unwrap_or_default();
    format!("{kept}_{mark}")
}

/// The name of a plugin's server in names of tools: `plugin_PLUGIN_KEY`.
pub fn plugin_server(plugin: &str, key: &str) -> String {
    format!("plugin_{}_{}", tool_part(plugin), tool_part(key))
}

/// Whether two names could be taken for one another: they are the same without case, spaces, hyphens and underscores,
/// and with characters that look like Latin letters or digits taken as those (UTS 39, "confusable").
pub fn confusable(one: &str, other: &str) -> bool {
    skeleton(one) == skeleton(other)
}

fn skeleton(name: &str) -> String {
    unicode_security::skeleton(&name.to_lowercase())
        .flat_map(char::to_lowercase)
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '.'))
        .map(|c| match c {
            // UTS 39 takes `1`, `I` and `|` as `l`, and `0` as `o`, after which case is gone.
            '0' => 'o',
            '1' | '|' | 'i' => 'l',
            other => other,
        })
        .collect()
}
