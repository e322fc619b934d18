//! What is known about models: a table as data.

use std::sync::OnceLock;

use deskhand_types::ModelProfile;
use serde::Deserialize;

/// How a model is asked to think.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingStyle {
    /// It does not think, or cannot be asked.
    #[default]
    None,
    /// By a number of tokens.
    Budget,
    /// It decides; a word says how hard.
    Adaptive,
    /// By a word only (OpenAI).
    Effort,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    model: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(flatten)]
    profile: ModelProfile,
    #[serde(default)]
    thinking: ThinkingStyle,
}

fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    // The table is part of the program; a test parses it, so that it is never empty here.
    TABLE.get_or_init(|| {
        toml::from_str::<Table>(include_str!("profiles.toml"))
            .map(|table| table.model)
            .unwrap_or_default()
    })
}

/// The profile of a model. `overrides` (from the settings) win over the built-in table when their pattern is at least
/// as long; the longest matching pattern wins. An unknown model gets the cautious profile of the pattern `*`.
///
/// Names are compared without case. A name with a path (`anthropic/claude-sonnet-5` at a gateway,
/// `us.anthropic.claude-…` in clouds) matches by any part after a `/` or `.` too.
pub fn lookup(name: &str, overrides: &[ModelProfile]) -> ModelProfile {
    let built_in = table().iter().map(|row| &row.profile);
    best(name, built_in.chain(overrides), |profile| &profile.pattern)
        .cloned()
        .unwrap_or_else(|| ModelProfile {
            pattern: "*".into(),
            context_window: 32_768,
            max_output: 4_096,
            images: false,
            tools: true,
            parallel_tools: false,
            thinking_budget: 0,
            prompt_budget: 16_384,
            tool_result_chars: 16_000,
            price: None,
        })
}

/// How a model is asked to think; `None` when only the pattern `*` matches it.
pub(crate) fn thinking_style(name: &str) -> Option<ThinkingStyle> {
    best(name, table().iter(), |row| &row.profile.pattern)
        .filter(|row| row.profile.pattern != "*")
        .map(|row| row.thinking)
}

/// The last of the candidates with the longest matching pattern.
fn best<'a, T>(name: &str, rows: impl Iterator<Item = &'a T>, pattern: impl Fn(&T) -> &str) -> Option<&'a T> {
    let name = name.to_lowercase();
    rows.filter(|row| {
        let pattern = pattern(row).to_lowercase();
        matches(&pattern, &name)
            || name
                .char_indices()
                .any(|(at, c)| matches!(c, '/' | '.') && name.get(at + 1..).is_some_and(|tail| matches(&pattern, tail)))
    })
    .max_by_key(|row| pattern(row).len())
}

/// Whether `name` fits `pattern`, where `*` stands for any characters. Linear in `name` for each star.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| name.strip_prefix(head)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = rest.get(at + middle.len()..).unwrap_or_default(),
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |tail| rest.ends_with(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_is_sane() {
        let table: Table = toml::from_str(include_str!("profiles.toml")).unwrap();
        assert!(table.model.len() > 10);
        let mut patterns: Vec<_> = table.model.iter().map(|row| row.profile.pattern.as_str()).collect();
        patterns.sort_unstable();
        let count = patterns.len();
        patterns.dedup();
        assert_eq!(patterns.len(), count, "a pattern stands twice");
        assert!(patterns.contains(&"*"));
        for row in &table.model {
            let profile = &row.profile;
            let name = &profile.pattern;
            assert!(profile.max_output < profile.context_window, "{name}");
            assert!(profile.prompt_budget >= 16_384, "{name}");
            assert_eq!(
                profile.thinking_budget > 0,
                row.thinking != ThinkingStyle::None,
                "{name}"
            );
            assert!(profile.thinking_budget < profile.max_output, "{name}");
            if let Some(price) = profile.price {
                assert!(price.output > price.input && price.cache_read < price.input, "{name}");
            }
        }
    }

    #[test]
    fn the_longest_pattern_wins() {
        let pattern = |name: &str| lookup(name, &[]).pattern;
        assert_eq!(pattern("claude-opus-4-5-20251101"), "claude-opus-4-5*");
        assert_eq!(pattern("claude-opus-4-1"), "claude-opus-4-1*");
        assert_eq!(pattern("claude-opus-5-5"), "claude-opus-5-5*");
        assert_eq!(pattern("anthropic/claude-sonnet-5"), "claude-sonnet-5*");
        assert_eq!(
            pattern("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            "claude-haiku-4-5*"
        );
        assert_eq!(pattern("openai/GPT-4.1-mini"), "gpt-4.1-mini*");
        assert_eq!(pattern("qwen2.5:7b"), "qwen*");
        assert_eq!(pattern("something-new"), "*");
    }

    #[test]
    fn settings_win_over_the_table() {
        let mut mine = lookup("claude-sonnet-5", &[]);
        mine.max_output = 1234;
        assert_eq!(lookup("claude-sonnet-5", &[mine.clone()]), mine);
        mine.pattern = "claude-*".into();
        assert_eq!(lookup("claude-sonnet-5", &[mine]).pattern, "claude-sonnet-5*");
    }

    #[test]
    fn stars_match_anything() {
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(!matches("a*b*c", "a-c"));
        assert!(matches("*", ""));
        assert!(matches("abc", "abc"));
        assert!(!matches("abc", "abcd"));
        assert!(!matches("ab*ba", "aba"));
    }

    #[test]
    fn how_models_think() {
        assert_eq!(thinking_style("claude-haiku-4-5"), Some(ThinkingStyle::Budget));
        assert_eq!(thinking_style("claude-opus-4-7"), Some(ThinkingStyle::Adaptive));
        assert_eq!(thinking_style("claude-sonnet-5"), Some(ThinkingStyle::Adaptive));
        assert_eq!(thinking_style("my-deployment"), None);
    }
}
