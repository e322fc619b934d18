//! The body: Markdown events to paragraphs, runs, tables and drawings.

use std::collections::HashMap;
use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::charts::is_chart;
use super::image::{Picture, recognise};
use super::parts::{BULLETS, FIRST_BODY_RELATION, Page, indent};
use super::table::{Cell, Table};
use super::xml::{escape, escape_into, link_target};
use crate::write::WriteError;
use crate::write::chart::{ChartSpec, chart};

/// What is understood beyond CommonMark.
pub const EXTENSIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS);

/// English metric units per twentieth of a point.
const EMU: u32 = 635;
/// Word counts list levels from 0 to 8.
const DEEPEST: usize = 8;
/// The most pictures and charts in one document.
const MAX_PICTURES: usize = 200;

/// A relationship of the document: to a picture inside or an address outside.
pub struct Relation {
    pub target: String,
    pub external: bool,
}

/// A picture inside the package.
pub struct Media {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The finished body and what it refers to.
#[derive(Default)]
pub struct Body {
    pub xml: String,
    /// Text of the title, where the document begins with one.
    pub title: Option<String>,
    pub relations: Vec<Relation>,
    pub media: Vec<Media>,
    /// Level and first number of each ordered list.
    pub ordered: Vec<(usize, u64)>,
}

struct List {
    num: usize,
    /// Whether the current item still lacks its first paragraph (the one with the bullet).
    fresh: bool,
}

#[derive(Default)]
struct Style {
    bold: u32,
    italic: u32,
    strike: u32,
    link: u32,
}

struct Renderer<'a> {
    body: Body,
    images: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    page: Page,
    style: Style,
    lists: Vec<List>,
    quotes: u32,
    paragraph: bool,
    heading: Option<&'static str>,
    heading_text: String,
    table: Option<Table>,
    cell: Option<Cell>,
    /// Code block: whether it is a chart, and its text.
    code: Option<(bool, String)>,
    /// Image: address, caption, alternative text so far.
    image: Option<(String, String, String)>,
    links: Vec<bool>,
    link_ids: HashMap<String, usize>,
    figure: bool,
    caption: Option<String>,
    pictures: usize,
}

/// Renders Markdown.
pub fn render(markdown: &str, images: &dyn Fn(&str) -> Option<Vec<u8>>, page: Page) -> Result<Body, WriteError> {
    let mut renderer = Renderer {
        body: Body::default(),
        images,
        page,
        style: Style::default(),
        lists: Vec::new(),
        quotes: 0,
        paragraph: false,
        heading: None,
        heading_text: String::new(),
        table: None,
        cell: None,
        code: None,
        image: None,
        links: Vec::new(),
        link_ids: HashMap::new(),
        figure: false,
        caption: None,
        pictures: 0,
    };
    let mut events = TextMergeStream::new(Parser::new_ext(markdown, EXTENSIONS)).peekable();
    while let Some(event) = events.next() {
        let alone = matches!(event, Event::Start(Tag::Paragraph))
            && matches!(events.peek(), Some(Event::Start(Tag::Image { .. })));
        renderer.figure = alone || (renderer.figure && !matches!(event, Event::End(TagEnd::Paragraph)));
        renderer.event(event)?;
    }
    Ok(renderer.body)
}

impl Renderer<'_> {
    fn event(&mut self, event: Event<'_>) -> Result<(), WriteError> {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag)?,
            Event::Text(text) => self.text(&text, false),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text, true),
            Event::SoftBreak => self.text(" ", false),
            Event::HardBreak => self.line_break(),
            Event::InlineHtml(html) | Event::Html(html) => self.html(&html),
            Event::Rule => {
                self.close();
                self.body.xml.push_str(
                    "<w:p><w:pPr><w:pBdr><w:bottom w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"CBD2D9\"/></w:pBdr></w:pPr></w:p>",
                );
            }
            Event::TaskListMarker(done) => {
                // The box stands in for the bullet.
                if let Some(list) = self.lists.last_mut() {
                    list.fresh = false;
                }
                self.text(if done { "☑ " } else { "☐ " }, false);
            }
            Event::FootnoteReference(name) => self.text(&format!("[{name}]"), false),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.close(),
            Tag::Heading { level, .. } => {
                self.close();
                self.heading = Some(self.heading_style(level));
                self.heading_text.clear();
            }
            Tag::BlockQuote(_) => {
                self.close();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.close();
                let chart = matches!(&kind, CodeBlockKind::Fenced(info) if is_chart(info));
                self.code = Some((chart, String::new()));
            }
            Tag::List(start) => {
                self.close();
                let num = start.map_or(BULLETS, |first| {
                    let level = self.lists.len().min(DEEPEST);
                    self.body.ordered.push((level, first.min(30_000)));
                    BULLETS + self.body.ordered.len()
                });
                self.lists.push(List { num, fresh: false });
            }
            Tag::Item => {
                self.close();
                if let Some(list) = self.lists.last_mut() {
                    list.fresh = true;
                }
            }
            Tag::Table(alignments) => {
                self.close();
                self.table = Some(Table {
                    alignments,
                    rows: Vec::new(),
                });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => self.cell = Some(Cell::default()),
            Tag::Emphasis => self.style.italic += 1,
            Tag::Strong => self.style.bold += 1,
            Tag::Strikethrough => self.style.strike += 1,
            Tag::Link {
                link_type, dest_url, ..
            } => self.open_link(link_type, &dest_url),
            Tag::Image { dest_url, title, .. } => {
                self.image = Some((dest_url.to_string(), title.to_string(), String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), WriteError> {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.close();
                if let Some(caption) = self.caption.take() {
                    let _ = write!(
                        self.body.xml,
                        "<w:p><w:pPr><w:pStyle w:val=\"Caption\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
                        escape(&caption)
                    );
                }
            }
            TagEnd::Heading(_) => {
                self.ensure_paragraph();
                self.close();
                if self.heading.take() == Some("Title") {
                    self.body.title = Some(self.heading_text.trim().to_owned());
                }
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::CodeBlock => match self.code.take() {
                Some((true, text)) => self.chart(&text)?,
                Some((false, text)) => self.code_block(&text),
                None => {}
            },
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::Item => {
                // An empty item is an item all the same.
                if self.lists.last().is_some_and(|list| list.fresh) {
                    self.ensure_paragraph();
                }
                self.close();
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table.render(&mut self.body.xml, self.page.text())?;
                }
            }
            TagEnd::TableCell => {
                if let (Some(cell), Some(table)) = (self.cell.take(), &mut self.table)
                    && let Some(row) = table.rows.last_mut()
                {
                    row.push(cell);
                }
            }
            TagEnd::Emphasis => self.style.italic = self.style.italic.saturating_sub(1),
            TagEnd::Strong => self.style.bold = self.style.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.style.strike = self.style.strike.saturating_sub(1),
            TagEnd::Link => self.close_link(),
            TagEnd::Image => {
                if let Some((address, title, alt)) = self.image.take() {
                    self.picture(&address, &title, &alt)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn heading_style(&self, level: HeadingLevel) -> &'static str {
        let untitled = self.body.title.is_none();
        if level == HeadingLevel::H1 && untitled && self.body.xml.is_empty() {
            return "Title";
        }
        let level = level as usize;
        match if untitled {
            level
        } else {
            level.saturating_sub(1).max(1)
        } {
            1 => "Heading1",
            2 => "Heading2",
            3 => "Heading3",
            4 => "Heading4",
            5 => "Heading5",
            _ => "Heading6",
        }
    }

    /// Where runs go: the table cell that is open, or the body.
    fn sink(&mut self) -> &mut String {
        match &mut self.cell {
            Some(cell) => &mut cell.xml,
            None => &mut self.body.xml,
        }
    }

    fn ensure_paragraph(&mut self) {
        if self.cell.is_some() || self.paragraph {
            return;
        }
        self.paragraph = true;
        let mut properties = String::new();
        let level = self.lists.len().saturating_sub(1).min(DEEPEST);
        if let Some(style) = self.heading {
            let _ = write!(properties, "<w:pStyle w:val=\"{style}\"/>");
        } else if let Some(list) = self.lists.last_mut() {
            properties.push_str("<w:pStyle w:val=\"ListParagraph\"/>");
            if std::mem::take(&mut list.fresh) {
                let num = list.num;
                let _ = write!(
                    properties,
                    "<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{num}\"/></w:numPr>"
                );
            } else {
                let _ = write!(properties, "<w:ind w:left=\"{}\"/>", indent(level));
            }
        } else if self.quotes > 0 {
            properties.push_str("<w:pStyle w:val=\"Quote\"/>");
        } else if self.figure {
            properties.push_str("<w:pStyle w:val=\"Figure\"/>");
        }
        let _ = write!(self.body.xml, "<w:p><w:pPr>{properties}</w:pPr>");
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.paragraph) {
            self.body.xml.push_str("</w:p>");
        }
    }

    fn run_properties(&self, code: bool) -> String {
        let mut properties = String::new();
        if code {
            properties.push_str("<w:rStyle w:val=\"CodeText\"/>");
        } else if self.style.link > 0 {
            properties.push_str("<w:rStyle w:val=\"Hyperlink\"/>");
        }
        for (on, tag) in [
            (self.style.bold, "b"),
            (self.style.italic, "i"),
            (self.style.strike, "strike"),
        ] {
            if on > 0 {
                let _ = write!(properties, "<w:{tag}/>");
            }
        }
        if properties.is_empty() {
            properties
        } else {
            format!("<w:rPr>{properties}</w:rPr>")
        }
    }

    fn text(&mut self, text: &str, code: bool) {
        if let Some((_, _, alt)) = &mut self.image {
            alt.push_str(text);
            return;
        }
        if let Some((_, body)) = &mut self.code {
            body.push_str(text);
            return;
        }
        self.ensure_paragraph();
        if self.heading.is_some() {
            self.heading_text.push_str(text);
        }
        if let Some(cell) = &mut self.cell {
            cell.text.push_str(text);
        }
        let mut run = format!("<w:r>{}<w:t xml:space=\"preserve\">", self.run_properties(code));
        escape_into(&mut run, text);
        run.push_str("</w:t></w:r>");
        self.sink().push_str(&run);
    }

    fn line_break(&mut self) {
        if self.image.is_none() && self.code.is_none() {
            self.ensure_paragraph();
            self.sink().push_str("<w:r><w:br/></w:r>");
        }
    }

    fn html(&mut self, html: &str) {
        let tag: String = html
            .to_ascii_lowercase()
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        if matches!(tag.as_str(), "<br>" | "<br/>") {
            self.line_break();
        } else {
            self.text(html, false);
        }
    }

    fn open_link(&mut self, kind: LinkType, address: &str) {
        let address = if kind == LinkType::Email {
            format!("mailto:{address}")
        } else {
            address.to_owned()
        };
        // Links do not nest, and a picture's alternative text has none.
        let target = link_target(&address).filter(|_| self.style.link == 0 && self.image.is_none());
        self.links.push(target.is_some());
        let Some(target) = target else { return };
        self.ensure_paragraph();
        let id = *self.link_ids.entry(target.clone()).or_insert_with(|| {
            self.body.relations.push(Relation { target, external: true });
            FIRST_BODY_RELATION + self.body.relations.len() - 1
        });
        let open = format!("<w:hyperlink r:id=\"rId{id}\">");
        self.sink().push_str(&open);
        self.style.link += 1;
    }

    fn close_link(&mut self) {
        if self.links.pop() == Some(true) {
            self.style.link = self.style.link.saturating_sub(1);
            self.sink().push_str("</w:hyperlink>");
        }
    }

    fn code_block(&mut self, text: &str) {
        let mut xml = String::from("<w:p><w:pPr><w:pStyle w:val=\"CodeBlock\"/></w:pPr>");
        for (number, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            xml.push_str(if number > 0 { "<w:r><w:br/>" } else { "<w:r>" });
            xml.push_str("<w:t xml:space=\"preserve\">");
            escape_into(&mut xml, &line.replace('\t', "    "));
            xml.push_str("</w:t></w:r>");
        }
        xml.push_str("</w:p>");
        self.body.xml.push_str(&xml);
    }

    fn chart(&mut self, json: &str) -> Result<(), WriteError> {
        let spec = ChartSpec::from_json(json)?;
        let png = chart(&spec)?;
        self.body
            .xml
            .push_str("<w:p><w:pPr><w:pStyle w:val=\"Figure\"/></w:pPr>");
        self.paragraph = true;
        if let Some(picture) = recognise(&png) {
            self.drawing(picture, png, &spec.alt_text(), true)?;
        }
        self.close();
        Ok(())
    }

    fn picture(&mut self, address: &str, title: &str, alt: &str) -> Result<(), WriteError> {
        let found = (self.images)(address).and_then(|bytes| recognise(&bytes).map(|picture| (picture, bytes)));
        let Some((picture, bytes)) = found else {
            let name = if alt.trim().is_empty() { address } else { alt };
            self.style.italic += 1;
            self.text(&format!("[image: {name}]"), false);
            self.style.italic -= 1;
            return Ok(());
        };
        self.ensure_paragraph();
        self.drawing(picture, bytes, alt, false)?;
        if !title.is_empty() {
            self.caption = Some(title.to_owned());
        }
        Ok(())
    }

    /// An inline drawing (ECMA-376 part 1, 20.4.2.8), never larger than the page.
    fn drawing(&mut self, picture: Picture, bytes: Vec<u8>, alt: &str, full_width: bool) -> Result<(), WriteError> {
        self.pictures += 1;
        if self.pictures > MAX_PICTURES {
            return Err(WriteError::TooLarge {
                what: "pictures of a document",
                count: self.pictures,
                limit: MAX_PICTURES,
            });
        }
        let number = self.pictures;
        let name = format!("image{number}.{}", picture.extension);
        let (max_width, max_height) = (
            u64::from(self.page.text() * EMU),
            u64::from(self.page.text_height() * EMU) * 9 / 10,
        );
        let (pixels_x, pixels_y) = (u64::from(picture.width), u64::from(picture.height));
        // 96 pixels an inch, as screens have it.
        let natural = if full_width {
            max_width
        } else {
            (pixels_x * 9525).min(max_width)
        };
        let (mut cx, mut cy) = (natural, natural * pixels_y / pixels_x);
        if cy > max_height {
            (cx, cy) = ((cx * max_height / cy.max(1)).max(1), max_height);
        }
        let cy = cy.max(1);
        self.body.relations.push(Relation {
            target: format!("media/{name}"),
            external: false,
        });
        let id = FIRST_BODY_RELATION + self.body.relations.len() - 1;
        let alt = escape(alt);
        let xml = format!(
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{cx}\" cy=\"{cy}\"/>\
             <wp:docPr id=\"{number}\" name=\"Picture {number}\" descr=\"{alt}\"/>\
             <wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect=\"1\"/></wp:cNvGraphicFramePr>\
             <a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
             <pic:pic><pic:nvPicPr><pic:cNvPr id=\"{number}\" name=\"{name}\" descr=\"{alt}\"/><pic:cNvPicPr/></pic:nvPicPr>\
             <pic:blipFill><a:blip r:embed=\"rId{id}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
             <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{cx}\" cy=\"{cy}\"/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        );
        self.sink().push_str(&xml);
        self.body.media.push(Media { name, bytes });
        Ok(())
    }
}
