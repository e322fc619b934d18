//! What a person names of connectors in what they say, put into the conversation: the server's text, told as such.

use std::time::Duration;

use deskhand_documents::Note;
use deskhand_types::{Block, ConnectorSource, ConnectorText, EventBody, EventDraft, Hash, Withheld};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    book::Entry,
    guest::Keep,
    hub::Hub,
    live::Failed,
    offered::Called,
    outcome::{label, shown},
};
use crate::{SkillError, session::labelled, views::withheld_by};

/// Bytes of text of one prompt or resource that join a conversation; the whole is kept among the contents of the store.
const ROOM: usize = 64 * 1024;
/// Pictures of one prompt or resource.
const PICTURES: usize = 4;
/// Mentions of one text that are followed.
const MENTIONS: usize = 10;
/// How long a server may take for one.
const PATIENCE: Duration = Duration::from_secs(60);

/// The resources a text names as `@connector:address`, each once: the connector and the address.
pub(crate) fn mentions(hub: &Hub, text: &str) -> Vec<(Entry, String)> {
    let mut found: Vec<(Entry, String)> = Vec::new();
    if !text.contains('@') {
        return found;
    }
    let entries = hub.entries();
    for (at, _) in text.match_indices('@') {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| !c.is_whitespace() && !"([{\"'".contains(c)) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        for entry in entries.iter().filter(|entry| entry.is_usable()) {
            let uri = rest.strip_prefix(&entry.name).and_then(|rest| rest.strip_prefix(':'));
            let uri = uri
                .and_then(|uri| uri.split(char::is_whitespace).next())
                .unwrap_or_default();
            let uri = uri.trim_end_matches(|c: char| ".,;!?)]}'\"".contains(c));
            let is_known = found.iter().any(|(one, known)| one.name == entry.name && known == uri);
            if uri.contains(':') && !is_known && found.len() < MENTIONS {
                found.push((entry.clone(), uri.to_owned()));
            }
        }
    }
    found
}

/// What a prompt became.
pub(crate) async fn prompt(hub: &Hub, called: Called<'_>) -> Result<EventDraft, SkillError> {
    let name = deskhand_mcp::name::prompt(&called.entry.name, &called.prompt);
    let failed = |why: String| SkillError::Prompt {
        name: name.clone(),
        why,
    };
    let filled = tokio::time::timeout(PATIENCE, Box::pin(filled(hub, &called))).await;
    let filled = filled.map_err(|_| failed(format!("{} does not answer", called.entry.name)))?;
    let (prompt, arguments, answer) = filled.map_err(|why| failed(why.to_string()))?;
    let connector = &called.entry.name;
    let opening = format!(
        "[The person called the prompt {prompt} of the connector {connector}. What follows are the words of that server, not \
         the person's:]"
    );
    let mut content = vec![Block::text(opening)];
    let mut notes = Vec::new();
    for message in answer.get("messages").and_then(Value::as_array).into_iter().flatten() {
        if message.get("role").and_then(Value::as_str) == Some("assistant") {
            content.push(Block::text("[as an answer of a model:]"));
        }
        content.push(shown(message.get("content").unwrap_or(&Value::Null), &mut notes));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = ConnectorSource::Prompt {
        name: prompt,
        arguments: arguments
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
    };
    let told = withheld_by(&notes);
    let draft = fitted(hub, connector, source, content, told, &answer).await;
    draft.map_err(failed)
}

async fn filled(hub: &Hub, called: &Called<'_>) -> Result<(String, serde_json::Map<String, Value>, Value), Failed> {
    let live = hub.session(&called.entry).await?;
    let prompt = hub.prompt(&live, &called.prompt).await?;
    let given = prompt.given(called.typed).map_err(|missing| {
        let hint = prompt.hint().unwrap_or_default();
        Failed::told(&format!("it needs {}: write `/… {hint}`", missing.join(", ")))
    })?;
    let never = CancellationToken::new();
    let answer = live.connection.prompt(&prompt.name, &given, &never).await?;
    Ok((prompt.name, given, answer))
}

/// What a resource holds; that it cannot be read is told in its place.
pub(crate) async fn resource(hub: &Hub, entry: &Entry, uri: &str) -> EventDraft {
    let read = async {
        let live = hub.session(entry).await?;
        let never = CancellationToken::new();
        Ok::<_, Failed>(live.connection.read(uri, &never).await?)
    };
    let read = match tokio::time::timeout(PATIENCE, Box::pin(read)).await {
        Ok(read) => read.map_err(|failed| failed.to_string()),
        Err(_) => Err("it does not answer".to_owned()),
    };
    let source = ConnectorSource::Resource { uri: uri.to_owned() };
    let put = match read {
        Ok(answer) => {
            let opening = format!(
                "[The person attached {uri} of the connector {}. What follows is what that server sent, not the person's \
                 words:]",
                entry.name
            );
            let mut content = vec![Block::text(opening)];
            let parts = answer.get("contents").and_then(Value::as_array);
            let mut notes = Vec::new();
            content.extend(parts.into_iter().flatten().map(|one| part(one, &mut notes)));
            let told = withheld_by(&notes);
            fitted(hub, &entry.name, source.clone(), content, told, &answer).await
        }
        Err(why) => Err(why),
    };
    put.unwrap_or_else(|why| {
        let note = format!("[{uri} of the connector {} could not be read: {why}]", entry.name);
        draft(&entry.name, source, vec![Block::text(note)], Vec::new(), None)
    })
}

/// One part of a resource: a picture is one, whatever else is not text is named.
fn part(part: &Value, notes: &mut Vec<Note>) -> Block {
    let text = |key: &str| part.get(key).and_then(Value::as_str);
    match (text("blob"), text("mimeType")) {
        (Some(data), Some(kind)) if kind.starts_with("image/") => shown(
            &serde_json::json!({"type": "image", "data": data, "mimeType": kind}),
            notes,
        ),
        _ => shown(&serde_json::json!({"type": "resource", "resource": part}), notes),
    }
}

/// Content as far as there is room; the answer as it came is kept where that is not all.
async fn fitted(
    hub: &Hub,
    connector: &str,
    source: ConnectorSource,
    content: Vec<Block>,
    withheld: Vec<Withheld>,
    answer: &Value,
) -> Result<EventDraft, String> {
    let (mut kept, is_cut) = cut(content);
    let mut whole = None;
    if is_cut {
        let keep = Keep(hub.config.blobs.clone());
        let hash = deskhand_mcp::Overflow::keep(&keep, answer.to_string().into_bytes()).await?;
        kept.push(Block::text(format!(
            "[cut: this is the beginning; the whole is kept as {hash}. Ask for a smaller part]"
        )));
        whole = hash.parse::<Hash>().ok();
    }
    Ok(draft(connector, source, kept, withheld, whole))
}

fn cut(content: Vec<Block>) -> (Vec<Block>, bool) {
    let (mut room, mut pictures, mut is_cut) = (ROOM, PICTURES, false);
    let mut kept = Vec::new();
    for block in content {
        match block {
            Block::Text { text } if text.len() > room => {
                let end = text.floor_char_boundary(room);
                kept.push(Block::text(text.get(..end).unwrap_or_default()));
                (room, is_cut) = (0, true);
            }
            Block::Text { text } => {
                room -= text.len();
                kept.push(Block::Text { text });
            }
            other if pictures > 0 => {
                pictures -= 1;
                kept.push(other);
            }
            _ => is_cut = true,
        }
    }
    (kept, is_cut)
}

fn draft(
    connector: &str,
    source: ConnectorSource,
    content: Vec<Block>,
    withheld: Vec<Withheld>,
    whole: Option<Hash>,
) -> EventDraft {
    let attached = ConnectorText {
        connector: connector.to_owned(),
        source,
        content,
        whole,
        withheld,
    };
    labelled(EventBody::ConnectorAttached(Box::new(attached)), label(connector))
}
