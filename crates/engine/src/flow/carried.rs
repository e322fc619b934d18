//! What goes along with what leaves: the files, and the text of files that stands in it word for word (`injection.md` 4.4,
//! "show what leaves the machine").

use deskhand_policy::flow::Kind as Aims;
use deskhand_types::{Carried, GuestPath, ToolCall};
use deskhand_workspace::Kind;

use super::grounds::{Heard, SHOWN, cut, plain, strings};
use crate::session::Session;

/// Files and sources a card names.
const MOST: usize = 6;
/// The shortest stretch of a line that counts as taken from where it was read: less is in common by chance.
const SHORTEST: usize = 24;

/// The files a call hands over, then how much text of what was read stands in its arguments, source by source.
pub(super) fn carried(session: &Session<'_>, call: &ToolCall, heard: &[Heard]) -> Vec<Carried> {
    let mut texts = Vec::new();
    strings(&call.input, &mut texts);
    let mut carried = attached(session, call, &texts);
    carried.extend(quoted(heard, &texts));
    carried.truncate(MOST);
    carried
}

fn attached(session: &Session<'_>, call: &ToolCall, texts: &[&str]) -> Vec<Carried> {
    let mut names: Vec<String> = Vec::new();
    let is_file = |text: &str| size(session, text).is_some();
    names.extend(texts.iter().filter(|text| is_file(text)).map(|&text| text.to_owned()));
    if let Some(sink) = session.trail.sinks.get(&call.name) {
        for aim in sink.aims(&call.input, session.trail.seen()) {
            if *aim.kind == Aims::Attachment {
                names.extend(aim.values.iter().map(|value| cut(&plain(value), SHOWN)));
            }
        }
    }
    let mut known = Vec::new();
    names
        .into_iter()
        .filter(|name| {
            let new = !known.contains(name);
            if new {
                known.push(name.clone());
            }
            new
        })
        .map(|name| Carried::Attached {
            bytes: size(session, &name),
            name,
        })
        .collect()
}

/// The size of a file of a granted folder.
fn size(session: &Session<'_>, text: &str) -> Option<u64> {
    if !text.starts_with("/mnt/") {
        return None;
    }
    let path = GuestPath::new(text);
    let meta = session.workspace.stat(&path).ok()?;
    (meta.kind == Kind::File).then_some(meta.size)
}

/// How many characters of each source stand in the texts: whole lines or sentences that were read word for word. Each is
/// counted once, for whoever said it first.
fn quoted(heard: &[Heard], texts: &[&str]) -> Vec<Carried> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for stretch in texts.iter().flat_map(|text| stretches(text)) {
        let found = heard
            .iter()
            .find_map(|heard| heard.source_at(heard.text.find(stretch)?));
        let Some(source) = found else { continue };
        let chars = stretch.chars().count() as u64;
        match counts.iter_mut().find(|(name, _)| *name == source.detail) {
            Some((_, count)) => *count += chars,
            None => counts.push((source.detail.clone(), chars)),
        }
    }
    counts
        .into_iter()
        .map(|(name, chars)| Carried::Quoted { name, chars })
        .collect()
}

fn stretches(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split_inclusive(". "))
        .map(str::trim)
        .filter(|stretch| stretch.chars().count() >= SHORTEST)
}
