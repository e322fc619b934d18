//! Mail messages (RFC 5322, MIME): headers, body, list of attachments. Nothing is fetched, no attachment is opened.
//!
//! `data`: `{"headers": {"from", "to", "cc", "subject", "date"}, "attachments": [{"name", "type", "size"}]}`.

use std::{collections::HashSet, fmt::Write as _};

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};
use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading,
    guard::Clock,
    html, markdown,
    outline::Outline,
    reading::{Notes, plural},
    xml,
};

/// Addresses of one header that are shown.
const MAX_ADDRESSES: usize = 50;

/// Reads a message.
pub(crate) fn read(
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let message = MessageParser::default()
        .parse(bytes)
        .filter(|message| !message.headers().is_empty())
        .ok_or_else(|| DocumentError::damaged(Kind::Mail, "it has no headers"))?;
    let mut notes = Notes::of(options);
    let mut outline = Outline::default();
    let headers = headers(&message);
    for (name, value) in &headers {
        outline.item(&format!("{name}: {value}"));
    }
    body(&message, &mut outline, limits, clock, &mut notes)?;
    let attachments = attachments(&message);
    if !attachments.is_empty() {
        let mut rows = vec![vec!["attachment".to_owned(), "type".to_owned(), "bytes".to_owned()]];
        let text = |value: &Value, key: &str| match value.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        rows.extend(
            attachments
                .iter()
                .map(|attachment| ["name", "type", "size"].map(|key| text(attachment, key)).to_vec()),
        );
        outline.table(&rows);
    }
    let mut summary = headers
        .iter()
        .find(|(name, _)| *name == "Subject")
        .map_or_else(|| "Message".to_owned(), |(_, subject)| markdown::excerpt(subject, 80));
    if !attachments.is_empty() {
        let _ = write!(
            summary,
            ", {}",
            plural(attachments.len() as u64, "attachment", "attachments")
        );
    }
    let object: serde_json::Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), json!(value)))
        .collect();
    let data = json!({"headers": object, "attachments": attachments});
    outline.finish(Kind::Mail, options, notes, data, summary)
}

fn headers(message: &Message<'_>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value
            .map(|value| markdown::one_line(&value))
            .filter(|value| !value.is_empty())
        {
            headers.push((name, value));
        }
    };
    add("From", message.from().map(addresses));
    add("To", message.to().map(addresses));
    add("Cc", message.cc().map(addresses));
    add("Reply-To", message.reply_to().map(addresses));
    add("Date", message.date().map(mail_parser::DateTime::to_rfc3339));
    add("Subject", message.subject().map(str::to_owned));
    headers
}

fn addresses(list: &Address<'_>) -> String {
    let all: Vec<String> = list
        .iter()
        .take(MAX_ADDRESSES + 1)
        .map(|address| match (address.name(), address.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (Some(text), None) | (None, Some(text)) => text.to_owned(),
            (None, None) => String::new(),
        })
        .collect();
    let shown = all.iter().take(MAX_ADDRESSES).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > MAX_ADDRESSES {
        format!("{shown}, …")
    } else {
        shown
    }
}

/// The body as mail programs show it: of two forms of a text the HTML. The plain one is what their reader does not see, so
/// it is held back, and told of where it says something else.
fn body(
    message: &Message<'_>,
    outline: &mut Outline,
    limits: &Limits,
    clock: &Clock,
    notes: &mut Notes,
) -> Result<(), DocumentError> {
    let mut shown = String::new();
    for part in message.html_bodies() {
        clock.check()?;
        let text = match &part.body {
            PartType::Text(text) => text.replace("\r\n", "\n"),
            PartType::Html(source) => html::render(source, limits, clock, notes)?.outline.into_text(),
            _ => continue,
        };
        if !text.trim().is_empty() {
            outline.block(text.trim_end());
            shown.push_str(&text);
        }
    }
    let said = words(&shown);
    let unsaid = message
        .text_body
        .iter()
        .filter(|part| !message.html_body.contains(part))
        .filter_map(|part| message.part(*part)?.text_contents())
        .filter(|plain| !words(plain).is_subset(&said));
    let unsaid: Vec<String> = unsaid.map(|plain| plain.replace("\r\n", "\n")).collect();
    let count = unsaid.iter().map(|plain| xml::solid_chars(plain)).sum();
    if count > 0 {
        notes.left_out(
            NoteKind::HiddenPart,
            "the plain form of the message (its words are not all in the HTML form)",
            &format!(" ({})", plural(count, "character", "characters")),
            count,
            unsaid,
        );
    }
    Ok(())
}

/// The words of a text, in whatever order.
fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn attachments(message: &Message<'_>) -> Vec<Value> {
    message
        .attachments()
        .map(|part| {
            let kind = part.content_type().map(|kind| match kind.subtype() {
                Some(subtype) => format!("{}/{subtype}", kind.ctype()),
                None => kind.ctype().to_owned(),
            });
            let (fallback, size) = match &part.body {
                PartType::Message(inner) => (inner.subject().unwrap_or("(message)"), inner.raw_message().len()),
                _ => ("(no name)", part.len()),
            };
            let name = part.attachment_name().unwrap_or(fallback);
            json!({
                "name": markdown::excerpt(name, 200),
                "type": kind.unwrap_or_else(|| "unknown".to_owned()),
                "size": size,
            })
        })
        .collect()
}
