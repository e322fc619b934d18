//! A model's answer that a server asks for (`sampling/createMessage`, revisions 2024-11-05 to 2026-07-28): what is asked,
//! read from the raw message, and what comes back. Text only, and without tools: a server is not told that more is had.

use serde_json::{Value, json};

/// Messages of one request; longer ones are refused, since the person could not look through them.
const MESSAGES: usize = 100;
/// Characters of one request, for the same reason.
const CHARACTERS: usize = 60_000;
/// Texts at which an answer ends.
const STOPS: usize = 16;

/// What a server wants a model to be asked. All of it is the server's words, and not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRequest {
    /// The system prompt it proposes; empty = none.
    pub system: String,
    /// The conversation, in its order.
    pub messages: Vec<SampleMessage>,
    /// Most tokens of the answer.
    pub max_tokens: u64,
    /// Texts at which the answer ends; they are not part of it.
    pub stops: Vec<String>,
}

/// One message of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleMessage {
    /// Whether it stands as the model's own; else as that of who talks to it.
    pub is_model: bool,
    /// Its text.
    pub text: String,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleAnswer {
    /// Which one.
    pub model: String,
    /// Its words.
    pub text: String,
    /// Whether it was cut off at [`SampleRequest::max_tokens`].
    pub is_cut: bool,
}

/// Why a server gets no answer of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSampled {
    /// This server may not ask for one.
    NotOffered,
    /// What it asks cannot be asked, in words.
    Malformed(String),
    /// The person said no.
    Declined,
    /// It was not possible, in words.
    Failed(String),
}

impl NotSampled {
    /// The error of the protocol: its code and its words.
    pub(crate) fn told(&self) -> (i32, String) {
        match self {
            Self::NotOffered => (-32601, "sampling is not offered to this server".to_owned()),
            Self::Malformed(why) => (-32602, why.clone()),
            Self::Declined => (-1, "User rejected sampling request".to_owned()),
            Self::Failed(why) => (-32603, why.clone()),
        }
    }
}

impl std::fmt::Display for NotSampled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotOffered => f.write_str("which is not allowed to it"),
            Self::Malformed(why) => write!(f, "in a way that cannot be used: {why}"),
            Self::Declined => f.write_str("and the person said no"),
            Self::Failed(why) => write!(f, "and there is none: {why}"),
        }
    }
}

impl SampleRequest {
    /// Reads the params of a request.
    ///
    /// # Errors
    /// When it is none, or wants what is not had.
    pub fn decode(params: &Value) -> Result<Self, NotSampled> {
        let bad = |why: &str| NotSampled::Malformed(why.to_owned());
        let has = |key: &str| {
            params
                .get(key)
                .is_some_and(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
        };
        if has("tools") || has("toolChoice") {
            return Err(bad("tools in sampling are not offered"));
        }
        let messages = params.get("messages").and_then(Value::as_array);
        let messages = messages
            .filter(|messages| !messages.is_empty() && messages.len() <= MESSAGES)
            .ok_or_else(|| bad("`messages` must hold 1 to 100 messages"))?;
        let messages = messages.iter().map(message).collect::<Option<Vec<_>>>();
        let messages = messages.ok_or_else(|| bad("each message needs a role and text; nothing but text is taken"))?;
        if messages.last().is_some_and(|last| last.is_model) {
            return Err(bad("the last message must be the user's"));
        }
        let system = params.get("systemPrompt").and_then(Value::as_str).unwrap_or_default();
        let all = messages
            .iter()
            .map(|message| message.text.chars().count())
            .sum::<usize>();
        if all + system.chars().count() > CHARACTERS {
            return Err(bad("it is longer than 60,000 characters"));
        }
        let max_tokens = params
            .get("maxTokens")
            .and_then(|value| value.as_u64().or_else(|| value.as_f64().map(|tokens| tokens as u64)));
        let stops = params.get("stopSequences").and_then(Value::as_array);
        let stops = stops.into_iter().flatten().filter_map(Value::as_str);
        Ok(Self {
            system: system.to_owned(),
            messages,
            max_tokens: max_tokens
                .filter(|tokens| *tokens > 0)
                .ok_or_else(|| bad("`maxTokens` must be a number above 0"))?,
            stops: stops
                .filter(|stop| !stop.is_empty())
                .take(STOPS)
                .map(str::to_owned)
                .collect(),
        })
    }

    /// The protocol's answer.
    pub(crate) fn answered(&self, answer: &SampleAnswer) -> Value {
        let found = self.stops.iter().filter_map(|stop| answer.text.find(stop.as_str()));
        let (text, reason) = match found.min().and_then(|end| answer.text.get(..end)) {
            Some(text) => (text, "stopSequence"),
            None if answer.is_cut => (answer.text.as_str(), "maxTokens"),
            None => (answer.text.as_str(), "endTurn"),
        };
        json!({"role": "assistant", "content": {"type": "text", "text": text}, "model": answer.model, "stopReason": reason})
    }
}

/// A message whose content is one block of text, or a list of such.
fn message(value: &Value) -> Option<SampleMessage> {
    let is_model = match value.get("role")?.as_str()? {
        "assistant" => true,
        "user" => false,
        _ => return None,
    };
    let block = |block: &Value| {
        let is_text = block.get("type").and_then(Value::as_str) == Some("text");
        let text = block.get("text").and_then(Value::as_str);
        text.filter(|_| is_text).map(str::to_owned)
    };
    let text = match value.get("content")? {
        Value::Array(blocks) => blocks.iter().map(block).collect::<Option<Vec<_>>>()?.join("\n"),
        one => block(one)?,
    };
    Some(SampleMessage { is_model, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(messages: Value, more: Value) -> Result<SampleRequest, NotSampled> {
        let mut params = json!({"messages": messages, "maxTokens": 50});
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        SampleRequest::decode(&params)
    }

    fn user(text: &str) -> Value {
        json!({"role": "user", "content": {"type": "text", "text": text}})
    }

    #[test]
    fn what_is_asked_is_text_without_tools() {
        let blocks =
            json!({"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
        let request = decoded(
            json!([user("one"), blocks, user("two")]),
            json!({"systemPrompt": "Be brief.", "includeContext": "allServers", "tools": [], "stopSequences": ["END", "", 3]}),
        );
        let said = |is_model, text: &str| SampleMessage {
            is_model,
            text: text.to_owned(),
        };
        let expected = SampleRequest {
            system: "Be brief.".to_owned(),
            messages: vec![said(false, "one"), said(true, "a\nb"), said(false, "two")],
            max_tokens: 50,
            stops: vec!["END".to_owned()],
        };
        assert_eq!(request, Ok(expected));
        let picture = json!({"role": "user", "content": {"type": "image", "data": "", "mimeType": "image/png"}});
        let last = json!({"role": "assistant", "content": {"type": "text", "text": "a"}});
        for (messages, more) in [
            (json!([]), json!({})),
            (json!([picture]), json!({})),
            (json!([last]), json!({})),
            (json!([user("one")]), json!({"tools": [{"name": "x"}]})),
            (json!([user("one")]), json!({"maxTokens": 0})),
            (json!([user("one")]), json!({"maxTokens": "many"})),
            (json!([user(&"x".repeat(60_001))]), json!({})),
            (json!(vec![user("x"); 101]), json!({})),
        ] {
            let refused = decoded(messages, more);
            assert!(matches!(refused, Err(NotSampled::Malformed(_))), "{refused:?}");
        }
    }

    #[test]
    fn an_answer_ends_where_the_server_said_and_says_why() {
        let mut request = decoded(json!([user("one")]), json!({"stopSequences": ["END", "DONE"]})).unwrap();
        let answer = |text: &str, is_cut| SampleAnswer {
            model: "m".to_owned(),
            text: text.to_owned(),
            is_cut,
        };
        let of = |request: &SampleRequest, text: &str, is_cut| {
            let told = request.answered(&answer(text, is_cut));
            (told["content"]["text"].clone(), told["stopReason"].clone())
        };
        assert_eq!(of(&request, "aDONEbEND", true), (json!("a"), json!("stopSequence")));
        request.stops.clear();
        assert_eq!(of(&request, "aDONE", true), (json!("aDONE"), json!("maxTokens")));
        assert_eq!(of(&request, "aDONE", false), (json!("aDONE"), json!("endTurn")));
    }
}
