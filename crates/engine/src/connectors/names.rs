//! The names models call connectors' tools by.

use deskhand_mcp::name;

/// Longest name of a tool that models take.
const LONGEST: usize = 64;

/// `mcp__SERVER__TOOL`, never longer than models take, and never the same for two tools: what is cut or replaced is told
/// apart by a hash of the whole.
pub(crate) fn call_name(server: &str, tool: &str) -> String {
    let whole = name::tool(server, tool);
    if whole.len() <= LONGEST && name::sanitize(tool) == tool {
        return whole;
    }
    let hash = deskhand_types::Hash::of(format!("{server}\0{tool}").as_bytes()).to_string();
    let mark = hash.get(hash.len().saturating_sub(8)..).unwrap_or_default();
    let kept = whole.get(..whole.len().min(LONGEST - 9)).unwrap_or_default();
    format!("{kept}_{mark}")
}

/// A name of another program as one of ours: small letters, digits and single hyphens.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        let fits = c.is_ascii_alphanumeric();
        if fits || !slug.ends_with('-') {
            slug.push(if fits { c } else { '-' });
        }
    }
    slug.trim_matches('-').chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::call_name;

    #[test]
    fn names_fit_models_and_stay_apart() {
        assert_eq!(call_name("google calendar", "list"), "mcp__google_calendar__list");
        assert_eq!(call_name("plugin:sales:slack", "send"), "mcp__plugin_sales_slack__send");
        let long = call_name("server", &"x".repeat(200));
        assert_eq!(long.len(), 64);
        assert_ne!(long, call_name("server", &"x".repeat(201)));
        assert_ne!(call_name("s", "a.b"), call_name("s", "a:b"));
    }
}
