//! A request as a provider's prompt cache sees it: what comes first, then the messages.

use crate::json::Json;

/// What precedes the messages in the cached text, or changes it.
const HEAD: [&str; 7] = [
    "model",
    "tools",
    "system",
    "instructions",
    "tool_choice",
    "thinking",
    "reasoning",
];

/// A request without its cache marks, which may move.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Prompt {
    head: Vec<(&'static str, Option<Json>)>,
    messages: Vec<Json>,
}

impl Prompt {
    /// Reads the body of a request in any of the protocols; `None` when it is none.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let body: Json = serde_json::from_slice(body).ok()?;
        let body = body.without("cache_control");
        let messages = body.get("messages").or_else(|| body.get("input"))?.list().to_vec();
        let head = HEAD.iter().map(|name| (*name, body.get(name).cloned())).collect();
        Some(Self { head, messages })
    }

    fn part(&self, name: &str) -> Option<&Json> {
        self.head.iter().find(|(key, _)| *key == name)?.1.as_ref()
    }

    /// How many messages there are.
    pub(crate) const fn len(&self) -> usize {
        self.messages.len()
    }

    /// The names of the tools on offer.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let tools = self.part("tools").map(Json::list).unwrap_or_default();
        tools.iter().filter_map(|tool| tool.get("name")?.text()).collect()
    }

    /// Bytes of what the harness itself says: instructions, tools, and messages that are not the person's.
    pub(crate) fn own_bytes(&self) -> usize {
        let said = |message: &&Json| matches!(message.get("role").and_then(Json::text), Some("system" | "developer"));
        let parts = ["tools", "system", "instructions"]
            .iter()
            .filter_map(|name| self.part(name));
        parts.chain(self.messages.iter().filter(said)).map(Json::bytes).sum()
    }

    /// Where `next` does not merely add to this, if anywhere.
    pub(crate) fn broken_by(&self, next: &Self) -> Option<String> {
        let heads = self.head.iter().zip(&next.head).find(|(old, new)| old != new);
        if let Some(((name, _), _)) = heads {
            return Some((*name).to_owned());
        }
        if next.len() < self.len() {
            return Some("messages are gone".to_owned());
        }
        let at = self
            .messages
            .iter()
            .zip(&next.messages)
            .position(|(old, new)| old != new)?;
        Some(format!("message {} of {}", at + 1, self.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Prompt {
        Prompt::read(text.as_bytes()).unwrap()
    }

    const FIRST: &str = r#"{"model":"m","tools":[{"name":"Read"}],"system":"s","messages":[
        {"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}"#;

    #[test]
    fn a_longer_conversation_with_moved_marks_is_stable() {
        let next = r#"{"model":"m","tools":[{"name":"Read"}],"system":"s","max_tokens":1,"messages":[
            {"role":"user","content":[{"type":"text","text":"a"}]},
            {"role":"assistant","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}]}"#;
        assert_eq!(prompt(FIRST).broken_by(&prompt(next)), None);
    }

    #[test]
    fn every_planted_change_is_found() {
        let changed = |old: &str, new: &str| prompt(FIRST).broken_by(&prompt(&FIRST.replace(old, new)));
        assert_eq!(changed(r#""system":"s""#, r#""system":"t""#), Some("system".into()));
        assert_eq!(
            changed(r#"{"name":"Read"}"#, r#"{"name":"Read","x":1}"#),
            Some("tools".into())
        );
        assert_eq!(changed(r#""text":"a""#, r#""text":"b""#), Some("message 1 of 1".into()));
        assert_eq!(
            changed(r#""role":"user","content""#, r#""x":0,"role":"user","content""#),
            Some("message 1 of 1".into())
        );
        let gone = prompt(r#"{"model":"m","tools":[{"name":"Read"}],"system":"s","messages":[]}"#);
        assert_eq!(prompt(FIRST).broken_by(&gone), Some("messages are gone".into()));
    }

    #[test]
    fn tools_and_sizes_are_read() {
        let prompt = prompt(
            r#"{"tools":[{"name":"a"},{"type":"web_search"}],"instructions":"abc",
                "input":[{"role":"developer"},{"role":"user","content":"long"}]}"#,
        );
        assert_eq!(prompt.tools(), ["a"]);
        assert_eq!(
            prompt.own_bytes(),
            r#"[{"name":"a"},{"type":"web_search"}]"#.len() + r#""abc""#.len() + r#"{"role":"developer"}"#.len()
        );
    }
}
