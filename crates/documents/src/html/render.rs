//! From the tree to Markdown.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    MAX_LINKS,
    dom::{Data, Dom},
    style::{self, Context, Sheet},
    unseen,
};
use crate::{DocumentError, guard::Clock, markdown, outline::Outline, reading::Notes};

/// Walks a page.
pub(super) struct Renderer<'p> {
    dom: &'p Dom,
    sheet: &'p Sheet,
    clock: &'p Clock,
    notes: &'p mut Notes,
    outline: Outline,
    /// The paragraph being gathered.
    line: String,
    hidden: String,
    /// What every line of the current block begins with.
    quote: usize,
    /// Inside `<pre>`, where white space counts.
    preformatted: u32,
    /// The lists we are in: the next number, or None for bullets.
    lists: Vec<Option<u64>>,
    /// Set when a list item begins: its label.
    label: Option<String>,
    links: Vec<Value>,
    images: u64,
    visited: u64,
}

impl<'p> Renderer<'p> {
    pub(super) fn new(dom: &'p Dom, sheet: &'p Sheet, clock: &'p Clock, notes: &'p mut Notes) -> Self {
        Self {
            dom,
            sheet,
            clock,
            notes,
            outline: Outline::default(),
            line: String::new(),
            hidden: String::new(),
            quote: 0,
            preformatted: 0,
            lists: Vec::new(),
            label: None,
            links: Vec::new(),
            images: 0,
            visited: 0,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), DocumentError> {
        self.children(Dom::ROOT, &Context::default())?;
        self.flush();
        Ok(())
    }

    pub(super) fn finish(self) -> (Outline, Vec<Value>, u64) {
        (self.outline, self.links, self.images)
    }

    fn children(&mut self, id: usize, context: &Context) -> Result<(), DocumentError> {
        let dom = self.dom;
        for child in dom.children(id) {
            self.node(*child, context)?;
        }
        Ok(())
    }

    fn node(&mut self, id: usize, outer: &Context) -> Result<(), DocumentError> {
        self.visited += 1;
        if self.visited.is_multiple_of(256) {
            self.clock.check()?;
        }
        match self.dom.data(id) {
            Data::Text(text) => {
                self.text(text, outer);
                return Ok(());
            }
            Data::Document => return self.children(id, outer),
            Data::Element { .. } => {}
            Data::Comment(_) | Data::Other => return Ok(()),
        }
        let tag = self.dom.tag(id);
        if tag == "head" || unseen::is_unseen(tag) {
            return Ok(());
        }
        let context = style::inside(self.dom, id, self.sheet, outer);
        if tag == "dialog" && self.dom.attribute(id, "open").is_none() {
            return self.children(id, &context.closed());
        }
        self.element(id, tag, &context)
    }

    fn element(&mut self, id: usize, tag: &str, context: &Context) -> Result<(), DocumentError> {
        match tag {
            "br" => {
                self.line.push('\n');
                Ok(())
            }
            "hr" => {
                self.flush();
                if !context.hides_text() {
                    self.outline.block("---");
                }
                Ok(())
            }
            "img" | "picture" => {
                if !context.hides_text() && !is_pixel(self.dom, id) {
                    self.images += 1;
                }
                Ok(())
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.children(id, context)?;
                self.settle();
                let text = std::mem::take(&mut self.line);
                if !text.trim().is_empty() {
                    let level = tag.get(1..).and_then(|digit| digit.parse().ok()).unwrap_or(1);
                    self.outline.heading(level, &text);
                }
                Ok(())
            }
            "pre" => {
                self.flush();
                self.preformatted += 1;
                let result = self.children(id, context);
                self.preformatted -= 1;
                result?;
                self.settle();
                let text = std::mem::take(&mut self.line);
                if text.trim().is_empty() {
                    return Ok(());
                }
                let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2);
                let fence = "`".repeat(longest + 1);
                self.outline
                    .block(&format!("{fence}\n{}\n{fence}", text.trim_matches('\n')));
                Ok(())
            }
            "a" => self.link(id, context),
            "ul" | "ol" | "menu" => {
                self.flush();
                let start = self
                    .dom
                    .attribute(id, "start")
                    .and_then(|start| start.parse().ok())
                    .unwrap_or(1);
                self.lists.push((tag == "ol").then_some(start));
                let result = self.children(id, context);
                self.flush();
                self.lists.pop();
                result
            }
            "li" => {
                self.flush();
                self.label = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let label = format!("{number}.");
                        *number = number.saturating_add(1);
                        label
                    }
                    _ => "-".to_owned(),
                });
                let result = self.children(id, context);
                self.flush();
                self.label = None;
                result
            }
            "blockquote" => {
                self.flush();
                self.quote += 1;
                let result = self.children(id, context);
                self.flush();
                self.quote -= 1;
                result
            }
            "table" => self.table(id, context),
            "input" => {
                let kind = self.dom.attribute(id, "type").unwrap_or("text");
                if matches!(
                    kind,
                    "text" | "email" | "number" | "date" | "submit" | "button" | "url" | "tel"
                ) && let Some(value) = self.dom.attribute(id, "value")
                {
                    let value = value.to_owned();
                    self.text(&value, context);
                }
                Ok(())
            }
            _ if is_block(tag) => {
                self.flush();
                let result = self.children(id, context);
                self.flush();
                result
            }
            _ => self.children(id, context),
        }
    }

    fn text(&mut self, text: &str, context: &Context) {
        if context.hides_text() {
            self.hidden.push_str(text);
            return;
        }
        if self.preformatted > 0 {
            self.settle();
            self.line.push_str(text);
            return;
        }
        if text.trim().is_empty() && self.line.is_empty() {
            return;
        }
        self.settle();
        for (index, word) in text.split(|c: char| c.is_whitespace()).enumerate() {
            if index > 0 && !self.line.is_empty() && !self.line.ends_with([' ', '\n']) {
                self.line.push(' ');
            }
            self.line.push_str(word);
        }
    }

    /// Puts the mark of hidden text in its place.
    fn settle(&mut self) {
        if !self.hidden.is_empty() {
            let mark = self.notes.hidden(&std::mem::take(&mut self.hidden));
            self.line.push_str(&mark);
        }
    }

    fn link(&mut self, id: usize, context: &Context) -> Result<(), DocumentError> {
        let url = self
            .dom
            .attribute(id, "href")
            .map(str::trim)
            .unwrap_or_default()
            .to_owned();
        let lowered = url.to_ascii_lowercase();
        let outside = ["http://", "https://", "mailto:", "ftp://"]
            .iter()
            .any(|scheme| lowered.starts_with(scheme));
        self.settle();
        let before = self.line.len();
        let blocks = self.outline.len();
        self.children(id, context)?;
        if !outside || context.hides_text() || self.outline.len() != blocks {
            return Ok(());
        }
        let text = self.line.get(before..).map(markdown::one_line).unwrap_or_default();
        if text.is_empty() {
            return Ok(());
        }
        let url: String = url.chars().filter(|c| !c.is_whitespace()).take(500).collect();
        if self.links.len() < MAX_LINKS {
            self.links.push(json!({"text": text, "url": url}));
        }
        if text != url {
            let space = if self.line.get(before..).is_some_and(|piece| piece.starts_with(' ')) {
                " "
            } else {
                ""
            };
            self.line.truncate(before);
            let _ = write!(self.line, "{space}[{text}]({url})");
        }
        Ok(())
    }

    /// A table of data becomes one; a table that only lays out the page is read through.
    fn table(&mut self, id: usize, context: &Context) -> Result<(), DocumentError> {
        self.flush();
        let dom = self.dom;
        let nested = dom
            .descendants(id)
            .skip(1)
            .any(|inner| matches!(dom.tag(inner), "table" | "h1" | "h2" | "h3" | "ul" | "ol"));
        let rows: Vec<usize> = dom.descendants(id).filter(|inner| dom.tag(*inner) == "tr").collect();
        let cells_of = |row: usize| {
            dom.children(row)
                .iter()
                .copied()
                .filter(|cell| matches!(dom.tag(*cell), "td" | "th"))
                .collect::<Vec<_>>()
        };
        let width = rows.iter().map(|row| cells_of(*row).len()).max().unwrap_or(0);
        if nested || width < 2 {
            let result = self.children(id, context);
            self.flush();
            return result;
        }
        let mut table = Vec::new();
        for caption in dom.children(id).iter().filter(|child| dom.tag(**child) == "caption") {
            self.node(*caption, context)?;
            self.flush();
        }
        for row in rows {
            // Between the table and the row may stand a `tbody` with a style of its own.
            let group = dom.parent(row).filter(|group| *group != id);
            let context = group.map_or(*context, |group| style::inside(dom, group, self.sheet, context));
            let context = style::inside(dom, row, self.sheet, &context);
            let mut texts = Vec::new();
            for cell in cells_of(row) {
                let context = style::inside(dom, cell, self.sheet, &context);
                let outer = std::mem::take(&mut self.outline);
                self.children(cell, &context)?;
                self.flush();
                let inner = std::mem::replace(&mut self.outline, outer);
                texts.push(markdown::one_line(&inner.into_text()));
                let span = dom
                    .attribute(cell, "colspan")
                    .and_then(|span| span.parse::<usize>().ok())
                    .unwrap_or(1);
                texts.extend(std::iter::repeat_n(String::new(), span.clamp(1, 50) - 1));
            }
            if !texts.iter().all(String::is_empty) {
                table.push(texts);
            }
        }
        self.outline.table(&table);
        Ok(())
    }

    /// Ends the paragraph being gathered.
    fn flush(&mut self) {
        if self.preformatted > 0 {
            if !self.line.is_empty() && !self.line.ends_with('\n') {
                self.line.push('\n');
            }
            return;
        }
        self.settle();
        let text = std::mem::take(&mut self.line);
        let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        let text = lines.join("\n").trim().to_owned();
        if text.is_empty() {
            return;
        }
        let quote = "> ".repeat(self.quote);
        if let Some(label) = self.label.take() {
            let indent = "  ".repeat(self.lists.len().saturating_sub(1));
            self.outline
                .item(&format!("{quote}{indent}{label} {}", markdown::one_line(&text)));
        } else if self.lists.is_empty() {
            self.outline
                .block(&format!("{quote}{}", text.replace('\n', &format!("\n{quote}"))));
        } else {
            let indent = "  ".repeat(self.lists.len());
            self.outline
                .item(&format!("{quote}{indent}{}", markdown::one_line(&text)));
        }
    }
}

/// Pictures of one pixel count visits; a person does not see them.
fn is_pixel(dom: &Dom, id: usize) -> bool {
    ["width", "height"].iter().any(|side| {
        dom.attribute(id, side)
            .is_some_and(|value| matches!(value.trim(), "0" | "1" | "0px" | "1px"))
    })
}

fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "html"
            | "body"
            | "p"
            | "div"
            | "section"
            | "article"
            | "aside"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "form"
            | "fieldset"
            | "figure"
            | "figcaption"
            | "address"
            | "dl"
            | "dt"
            | "dd"
            | "details"
            | "summary"
            | "tr"
            | "td"
            | "th"
            | "tbody"
            | "thead"
            | "tfoot"
            | "caption"
            | "center"
            | "option"
            | "legend"
    )
}
