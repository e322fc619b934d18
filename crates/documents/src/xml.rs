//! XML with limits. No document type declarations: the formats read here have none, and every known attack that makes
//! small XML large (entity expansion) or reach outside (external entities) needs one.

use std::{borrow::Cow, io::BufRead};

use quick_xml::events::{BytesStart, Event};
use roxmltree::{Document, Node, ParsingOptions};

use crate::{DocumentError, Kind, Limits, archive::part_name, guard::Clock};

/// The text of an XML part: UTF-8, or UTF-16 with a byte-order mark.
pub(crate) fn part_text(bytes: &[u8]) -> Cow<'_, str> {
    let (text, _, _) = encoding_rs::UTF_8.decode(bytes);
    text
}

/// Parses `text` into a tree that is not deeper or larger than the limits.
pub(crate) fn tree<'a>(kind: Kind, part: &str, text: &'a str, limits: &Limits) -> Result<Document<'a>, DocumentError> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(limits.max_nodes).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => DocumentError::Entities { part: part_name(part) },
        roxmltree::Error::NodesLimitReached => DocumentError::TooMany {
            part: part_name(part),
            what: "XML nodes",
            limit: limits.max_nodes,
        },
        other => DocumentError::damaged(
            kind,
            format!("{} is not well-formed XML ({})", part_name(part), what(&other)),
        ),
    })?;
    if depth_exceeds(document.root(), limits.max_depth) {
        return Err(DocumentError::TooDeep {
            part: part_name(part),
            limit: limits.max_depth,
        });
    }
    Ok(document)
}

/// The kind of mistake, without text of the document.
fn what(error: &roxmltree::Error) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}

/// Whether any element lies deeper than `limit`. Walks without recursion, since that is what it guards.
fn depth_exceeds(root: Node<'_, '_>, limit: u64) -> bool {
    let mut depth = 0u64;
    let mut node = root;
    loop {
        if let Some(child) = node.first_child() {
            depth += 1;
            if depth > limit {
                return true;
            }
            node = child;
            continue;
        }
        loop {
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                break;
            }
            match node.parent() {
                Some(parent) => {
                    depth = depth.saturating_sub(1);
                    node = parent;
                }
                None => return false,
            }
        }
    }
}

/// An attribute by its local name, in whatever namespace.
pub(crate) fn attr<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.name() == name)
        .map(|attribute| attribute.value())
}

/// The first child element with that local name.
pub(crate) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children()
        .find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The element at the end of a path of local names.
pub(crate) fn path<'a, 'input>(node: Node<'a, 'input>, names: &[&str]) -> Option<Node<'a, 'input>> {
    names.iter().try_fold(node, |node, name| child(node, name))
}

/// The text of all elements of these names below a node, one after the other.
pub(crate) fn texts(node: Node<'_, '_>, names: &[&str]) -> String {
    node.descendants()
        .filter(|node| names.contains(&node.tag_name().name()))
        .filter_map(|node| node.text())
        .collect()
}

/// A comment with who wrote it, where that is told.
pub(crate) fn signed(author: Option<&str>, text: String) -> String {
    match author {
        Some(author) if !author.trim().is_empty() => format!("{}: {text}", author.trim()),
        _ => text,
    }
}

/// How many characters a text has besides white space.
pub(crate) fn solid_chars(text: &str) -> u64 {
    text.chars().filter(|c| !c.is_whitespace()).count() as u64
}

/// The value of an on/off element of WordprocessingML: present means on unless `val` says otherwise.
pub(crate) fn is_on(node: Node<'_, '_>) -> bool {
    !matches!(attr(node, "val"), Some("0" | "false" | "off" | "none"))
}

/// XML as a stream of events, for parts too large to hold as a tree.
pub(crate) struct Events<R> {
    reader: quick_xml::Reader<R>,
    buffer: Vec<u8>,
    kind: Kind,
    part: String,
    depth: u64,
    max_depth: u64,
    count: u64,
    clock: Clock,
}

impl<R: BufRead> Events<R> {
    pub(crate) fn new(source: R, kind: Kind, part: &str, limits: &Limits, clock: Clock) -> Self {
        let reader = quick_xml::Reader::from_reader(source);
        Self {
            reader,
            buffer: Vec::new(),
            kind,
            part: part_name(part),
            depth: 0,
            max_depth: limits.max_depth,
            count: 0,
            clock,
        }
    }

    /// The next event; [`Event::Eof`] at the end. Failures of the source come back as the inner error.
    pub(crate) fn next(&mut self) -> Result<Event<'_>, Failure> {
        self.buffer.clear();
        self.count += 1;
        if self.count.is_multiple_of(4096) {
            self.clock.check()?;
        }
        let event = self
            .reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| match error {
                quick_xml::Error::Io(error) => Failure::Source(std::io::Error::new(error.kind(), SharedIo(error))),
                _ => Failure::Document(DocumentError::damaged(
                    self.kind,
                    format!("{} is not well-formed XML", self.part),
                )),
            })?;
        match &event {
            Event::Start(_) => {
                self.depth += 1;
                if self.depth > self.max_depth {
                    return Err(Failure::Document(DocumentError::TooDeep {
                        part: self.part.clone(),
                        limit: self.max_depth,
                    }));
                }
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => {
                return Err(Failure::Document(DocumentError::damaged(
                    self.kind,
                    format!("{} ends in the middle", self.part),
                )));
            }
            Event::DocType(_) => {
                return Err(Failure::Document(DocumentError::Entities {
                    part: self.part.clone(),
                }));
            }
            _ => {}
        }
        Ok(event)
    }
}

/// An IO error that quick-xml shares.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SharedIo(std::sync::Arc<std::io::Error>);

/// Why a stream of events ended early.
pub(crate) enum Failure {
    /// The bytes could not be unpacked.
    Source(std::io::Error),
    /// The XML is at fault.
    Document(DocumentError),
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        Self::Document(error)
    }
}

impl Failure {
    /// Whether an unpacking limit is behind it.
    pub(crate) fn is_limit(&self) -> bool {
        match self {
            Self::Document(_) => false,
            Self::Source(error) => error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<SharedIo>())
                .is_some_and(|shared| crate::archive::is_limit(&shared.0)),
        }
    }
}

/// An attribute of a start tag by its local name, unescaped.
pub(crate) fn attribute<'a>(start: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    let attribute = start
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    if !attribute.value.contains('&') {
        return Some(attribute.value);
    }
    let unescaped = quick_xml::escape::unescape(&attribute.value).ok().map(Cow::into_owned);
    Some(unescaped.map_or(attribute.value, Cow::Owned))
}

/// The text of a character or predefined entity reference. Others cannot be declared, so they mean nothing.
pub(crate) fn reference(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return Some(c);
    }
    Some(match reference.xml10_content().as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
