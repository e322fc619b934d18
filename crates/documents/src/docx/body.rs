//! The text of a document, paragraph by paragraph.

use std::{collections::HashMap, fmt::Write as _};

use roxmltree::Node;

use super::{
    numbering::Numbering,
    styles::{self, RunProps, Style, Styles},
};
use crate::{
    DocumentError, NoteKind,
    guard::Clock,
    markdown,
    outline::Outline,
    package::{ALTERNATIVE_TEXTS, Relationship, alternative_texts},
    reading::{Notes, plural},
    xml,
};

/// Walks the document and counts what it leaves out.
pub(super) struct Body<'d> {
    styles: &'d Styles,
    numbering: Numbering,
    links: HashMap<String, String>,
    clock: &'d Clock,
    images: u64,
    insertions: u64,
    deletions: u64,
    deleted_chars: u64,
    deleted: Vec<String>,
    alternatives: Vec<String>,
    paragraphs: u64,
    /// Bold says nothing in a table's head.
    table_depth: u32,
    footnote_numbers: HashMap<String, usize>,
}

/// A paragraph while it is gathered.
#[derive(Default)]
struct Line {
    text: String,
    /// Hidden text since the last visible text.
    hidden: String,
    all_bold: bool,
    any: bool,
    /// Text boxes anchored in the paragraph; they follow it.
    boxes: Vec<String>,
}

impl Line {
    fn new() -> Self {
        Self {
            all_bold: true,
            ..Self::default()
        }
    }

    fn show(&mut self, text: &str, bold: bool, notes: &mut Notes) {
        if text.is_empty() {
            return;
        }
        self.settle(notes);
        if !text.trim().is_empty() {
            self.any = true;
            self.all_bold &= bold;
        }
        self.text.push_str(text);
    }

    /// Puts the mark of hidden text in its place.
    fn settle(&mut self, notes: &mut Notes) {
        if !self.hidden.is_empty() {
            self.text.push_str(&notes.hidden(&self.hidden));
            self.hidden.clear();
        }
    }
}

/// What surrounds a run.
#[derive(Clone)]
struct Context {
    /// Of the paragraph style.
    run: RunProps,
    ground: Option<String>,
}

impl<'d> Body<'d> {
    pub(super) fn new(
        styles: &'d Styles,
        numbering: Numbering,
        relationships: &[Relationship],
        clock: &'d Clock,
    ) -> Self {
        Self {
            styles,
            numbering,
            links: external_links(relationships),
            clock,
            images: 0,
            insertions: 0,
            deletions: 0,
            deleted_chars: 0,
            deleted: Vec::new(),
            alternatives: Vec::new(),
            paragraphs: 0,
            table_depth: 0,
            footnote_numbers: HashMap::new(),
        }
    }

    pub(super) const fn images(&self) -> u64 {
        self.images
    }

    /// The body of the main part.
    pub(super) fn document(
        &mut self,
        root: Node<'_, '_>,
        outline: &mut Outline,
        notes: &mut Notes,
    ) -> Result<(), DocumentError> {
        alternative_texts(root, &mut self.alternatives);
        let body = xml::child(root, "body").unwrap_or(root);
        self.blocks(body, None, outline, notes)
    }

    /// Footnotes or endnotes, in the order they were referred to.
    pub(super) fn footnotes(
        &mut self,
        root: Node<'_, '_>,
        element: &str,
        links: &[Relationship],
        outline: &mut Outline,
        notes: &mut Notes,
    ) -> Result<(), DocumentError> {
        let mut found = Vec::new();
        for note in root.children().filter(|node| node.tag_name().name() == element) {
            let id = format!("{element} {}", xml::attr(note, "id").unwrap_or_default());
            if let Some(number) = self.footnote_numbers.get(&id).copied() {
                found.push((number, self.plain(note, links, notes)?));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        for (number, text) in found {
            outline.item(&format!("[^{number}]: {text}"));
        }
        Ok(())
    }

    /// All text of a part on one line.
    pub(super) fn plain(
        &mut self,
        root: Node<'_, '_>,
        links: &[Relationship],
        notes: &mut Notes,
    ) -> Result<String, DocumentError> {
        alternative_texts(root, &mut self.alternatives);
        let own = std::mem::replace(&mut self.links, external_links(links));
        let mut outline = Outline::default();
        let result = self.blocks(root, None, &mut outline, notes);
        self.links = own;
        result?;
        Ok(markdown::one_line(&outline.into_text()))
    }

    /// Notes on what was left out.
    pub(super) fn tell(&self, notes: &mut Notes) {
        if self.insertions + self.deletions > 0 {
            let what = format!(
                "tracked changes: {} shown as if accepted, {} ({})",
                plural(self.insertions, "insertion", "insertions"),
                plural(self.deletions, "deletion", "deletions"),
                plural(self.deleted_chars, "character", "characters"),
            );
            let count = self.insertions + self.deletions;
            notes.left_out(NoteKind::TrackedChanges, &what, "", count, self.deleted.clone());
        }
        notes.beside(ALTERNATIVE_TEXTS, self.alternatives.clone());
        if self.images > 0 {
            notes.add(
                NoteKind::Remark,
                format!("{} not shown", plural(self.images, "image", "images")),
                self.images,
            );
        }
    }

    fn blocks(
        &mut self,
        parent: Node<'_, '_>,
        ground: Option<&str>,
        outline: &mut Outline,
        notes: &mut Notes,
    ) -> Result<(), DocumentError> {
        for node in parent.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "p" => self.paragraph(node, ground, outline, notes)?,
                "tbl" => {
                    let rows = self.table(node, notes)?;
                    outline.table(&rows);
                }
                "sdt" => {
                    if let Some(content) = xml::child(node, "sdtContent") {
                        self.blocks(content, ground, outline, notes)?;
                    }
                }
                "customXml" | "ins" | "moveTo" | "smartTag" => self.blocks(node, ground, outline, notes)?,
                "del" | "moveFrom" => self.count_deleted(node),
                "AlternateContent" => {
                    if let Some(choice) = alternate(node) {
                        self.blocks(choice, ground, outline, notes)?;
                    }
                }
                "altChunk" => notes.add(NoteKind::Active, "an embedded document was not opened", 1),
                _ => {}
            }
        }
        Ok(())
    }

    fn paragraph(
        &mut self,
        node: Node<'_, '_>,
        ground: Option<&str>,
        outline: &mut Outline,
        notes: &mut Notes,
    ) -> Result<(), DocumentError> {
        self.paragraphs += 1;
        if self.paragraphs.is_multiple_of(256) {
            self.clock.check()?;
        }
        let properties = xml::child(node, "pPr");
        let style = properties
            .and_then(|properties| xml::attr(xml::child(properties, "pStyle")?, "val"))
            .and_then(|id| self.styles.get(id))
            .unwrap_or(&self.styles.default_paragraph);
        let (line, label, heading) = self.line(node, properties, style, ground, notes);
        let text = line.text.trim();
        if !text.is_empty() {
            match (heading, label) {
                (Some(level), label) => {
                    let label = label
                        .filter(|label| label != "-")
                        .map(|label| label + " ")
                        .unwrap_or_default();
                    outline.heading(level, &format!("{label}{text}"));
                }
                (None, Some(label)) => {
                    let level = list_level(properties, style);
                    let text = markdown::one_line(text);
                    outline.item(&format!("{}{label} {text}", "  ".repeat(level)));
                }
                (None, None) if line.all_bold && line.any && self.table_depth == 0 && !text.contains('\n') => {
                    outline.block(&format!("**{text}**"));
                }
                (None, None) => outline.block(text),
            }
        }
        for text in line.boxes {
            outline.block(&text);
        }
        Ok(())
    }

    fn line(
        &mut self,
        node: Node<'_, '_>,
        properties: Option<Node<'_, '_>>,
        style: &Style,
        ground: Option<&str>,
        notes: &mut Notes,
    ) -> (Line, Option<String>, Option<usize>) {
        let own_ground = properties
            .and_then(|properties| xml::child(properties, "shd"))
            .and_then(styles::shading)
            .or_else(|| style.ground.clone())
            .or_else(|| ground.map(str::to_owned));
        let context = Context {
            run: self.styles.defaults.with(&style.run),
            ground: own_ground,
        };
        let mut line = Line::new();
        self.inline(node, &context, &mut line, notes);
        line.settle(notes);
        let heading = properties.and_then(styles::outline_level).or(style.heading);
        let list = properties.and_then(styles::list_of).or_else(|| style.list.clone());
        let empty = line.text.trim().is_empty();
        let label = list
            .filter(|(id, _)| id != "0" && !empty)
            .and_then(|(id, level)| self.numbering.next(&id, level));
        (line, label, heading)
    }

    fn inline(&mut self, parent: Node<'_, '_>, context: &Context, line: &mut Line, notes: &mut Notes) {
        for node in parent.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "r" => self.run(node, context, line, notes),
                "hyperlink" => {
                    let target = node
                        .attributes()
                        .find(|attribute| attribute.name() == "id")
                        .and_then(|id| self.links.get(id.value()).cloned());
                    let before = line.text.len();
                    self.inline(node, context, line, notes);
                    line.settle(notes);
                    if let Some(target) = target
                        && let Some(text) = line.text.get(before..).map(str::trim).map(str::to_owned)
                        && !text.is_empty()
                        && text != target
                    {
                        line.text.truncate(before);
                        let _ = write!(line.text, "[{text}]({target})");
                    }
                }
                "ins" | "moveTo" => {
                    self.insertions += 1;
                    self.inline(node, context, line, notes);
                }
                "del" | "moveFrom" => self.count_deleted(node),
                "sdt" => {
                    if let Some(content) = xml::child(node, "sdtContent") {
                        self.inline(content, context, line, notes);
                    }
                }
                "smartTag" | "customXml" | "fldSimple" | "dir" | "bdo" => self.inline(node, context, line, notes),
                "oMath" | "oMathPara" => {
                    let math: String = node
                        .descendants()
                        .filter(|node| node.tag_name().name() == "t")
                        .filter_map(|node| node.text())
                        .collect();
                    line.show(&math, false, notes);
                }
                "AlternateContent" => {
                    if let Some(choice) = alternate(node) {
                        self.inline(choice, context, line, notes);
                    }
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, node: Node<'_, '_>, context: &Context, line: &mut Line, notes: &mut Notes) {
        let properties = xml::child(node, "rPr");
        let direct = properties.map(RunProps::of).unwrap_or_default();
        let style = properties
            .and_then(|properties| xml::attr(xml::child(properties, "rStyle")?, "val"))
            .and_then(|id| self.styles.get(id));
        let base = style.map_or_else(|| context.run.clone(), |style| context.run.with(&style.run));
        let props = base.with(&direct).on(context.ground.as_deref());
        let hidden = props.is_hidden();
        let bold = props.bold == Some(true);
        self.run_content(node, context, hidden, bold, line, notes);
    }

    fn run_content(
        &mut self,
        node: Node<'_, '_>,
        context: &Context,
        hidden: bool,
        bold: bool,
        line: &mut Line,
        notes: &mut Notes,
    ) {
        for child in node.children().filter(Node::is_element) {
            let piece = match child.tag_name().name() {
                "t" => child.text().unwrap_or_default(),
                "tab" | "ptab" => "\t",
                "br" if matches!(xml::attr(child, "type"), Some("page" | "column")) => " ",
                "br" | "cr" => "\n",
                "noBreakHyphen" => "-",
                name @ ("footnoteReference" | "endnoteReference") => {
                    let next = self.footnote_numbers.len() + 1;
                    let element = name.trim_end_matches("Reference");
                    let id = format!("{element} {}", xml::attr(child, "id").unwrap_or_default());
                    let number = *self.footnote_numbers.entry(id).or_insert(next);
                    line.show(&format!("[^{number}]"), bold, notes);
                    continue;
                }
                "drawing" | "pict" | "object" => {
                    self.drawing(child, context, line, notes);
                    continue;
                }
                "AlternateContent" => {
                    if let Some(choice) = alternate(child) {
                        self.run_content(choice, context, hidden, bold, line, notes);
                    }
                    continue;
                }
                "ruby" => {
                    if let Some(base) = xml::child(child, "rubyBase") {
                        self.inline(base, context, line, notes);
                    }
                    continue;
                }
                _ => continue,
            };
            if hidden {
                line.hidden.push_str(piece);
            } else {
                line.show(piece, bold, notes);
            }
        }
    }

    /// Pictures are counted, text boxes read. Alternative text is not shown on the page, so it is not read.
    fn drawing(&mut self, node: Node<'_, '_>, context: &Context, line: &mut Line, notes: &mut Notes) {
        let invisible = node
            .descendants()
            .any(|node| node.tag_name().name() == "docPr" && matches!(xml::attr(node, "hidden"), Some("1" | "true")));
        let boxes: Vec<_> = node
            .descendants()
            .filter(|node| node.tag_name().name() == "txbxContent")
            .collect();
        if boxes.is_empty() {
            let picture = node
                .descendants()
                .any(|node| matches!(node.tag_name().name(), "blip" | "imagedata" | "chart"));
            if picture {
                self.images += 1;
                line.show("[image]", false, notes);
            }
            return;
        }
        for text_box in boxes {
            let inner = text_box
                .ancestors()
                .skip(1)
                .take_while(|ancestor| *ancestor != node)
                .any(|ancestor| {
                    ancestor.tag_name().name() == "txbxContent" || ancestor.tag_name().name() == "Fallback"
                });
            // A box in a box is read with the outer one.
            if inner {
                continue;
            }
            let mut outline = Outline::default();
            // Running out of time shows when the next paragraph begins.
            let _ = self.blocks(text_box, context.ground.as_deref(), &mut outline, notes);
            let text = outline.into_text();
            if invisible {
                line.hidden.push_str(&text);
            } else if !text.trim().is_empty() {
                line.boxes.push(text.trim().to_owned());
            }
        }
    }

    fn table(&mut self, node: Node<'_, '_>, notes: &mut Notes) -> Result<Vec<Vec<String>>, DocumentError> {
        let mut rows = Vec::new();
        for row in flattened(node, "tr") {
            self.clock.check()?;
            let properties = xml::child(row, "trPr");
            let marked = |name| properties.and_then(|properties| xml::child(properties, name));
            if marked("del").is_some() {
                self.count_deleted(row);
                continue;
            }
            let hidden = marked("hidden").is_some_and(xml::is_on);
            let mut cells = Vec::new();
            for cell in flattened(row, "tc") {
                let properties = xml::child(cell, "tcPr");
                let property = |name| properties.and_then(|properties| xml::child(properties, name));
                let span: usize = property("gridSpan")
                    .and_then(|span| xml::attr(span, "val")?.parse().ok())
                    .unwrap_or(1)
                    .clamp(1, 64);
                let continued = property("vMerge").is_some_and(|merge| xml::attr(merge, "val") != Some("restart"));
                let ground = property("shd").and_then(styles::shading);
                let mut outline = Outline::default();
                if !continued {
                    self.table_depth += 1;
                    let result = self.blocks(cell, ground.as_deref(), &mut outline, notes);
                    self.table_depth -= 1;
                    result?;
                }
                cells.push(markdown::one_line(&outline.into_text()));
                cells.extend(std::iter::repeat_n(String::new(), span - 1));
            }
            if hidden {
                let text = cells.concat();
                rows.push(vec![notes.hidden(&text)]);
            } else {
                rows.push(cells);
            }
        }
        Ok(rows)
    }

    fn count_deleted(&mut self, node: Node<'_, '_>) {
        self.deletions += 1;
        let text = xml::texts(node, &["delText", "t"]);
        self.deleted_chars += text.chars().count() as u64;
        if !text.is_empty() {
            self.deleted.push(text);
        }
    }
}

fn external_links(relationships: &[Relationship]) -> HashMap<String, String> {
    relationships
        .iter()
        .filter(|relationship| relationship.kind == "hyperlink" && relationship.external)
        .map(|relationship| (relationship.id.clone(), relationship.target.clone()))
        .collect()
}

fn list_level(properties: Option<Node<'_, '_>>, style: &Style) -> usize {
    properties
        .and_then(styles::list_of)
        .or_else(|| style.list.clone())
        .map_or(0, |(_, level)| level)
}

/// What a current program shows of alternatives: the first choice.
fn alternate<'a, 'input>(node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    xml::child(node, "Choice").or_else(|| xml::child(node, "Fallback"))
}

/// Rows or cells, also those inside content controls and insertions.
fn flattened<'a, 'input>(parent: Node<'a, 'input>, name: &str) -> Vec<Node<'a, 'input>> {
    let mut found = Vec::new();
    for node in parent.children().filter(Node::is_element) {
        match node.tag_name().name() {
            own if own == name => found.push(node),
            "sdt" => {
                if let Some(content) = xml::child(node, "sdtContent") {
                    found.extend(flattened(content, name));
                }
            }
            "customXml" | "ins" | "moveTo" => found.extend(flattened(node, name)),
            _ => {}
        }
    }
    found
}
