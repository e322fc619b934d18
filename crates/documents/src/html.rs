//! HTML as readable Markdown, without what a browser would not show.
//!
//! `data`: `{"title"?, "headings": […], "tables": […], "links": [{"text", "url"}]}`.

mod dom;
mod render;
mod style;
mod unseen;

use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading, encoding,
    guard::Clock,
    markdown,
    outline::Outline,
    reading::{Notes, plural},
};
use dom::Dom;

/// Links kept in `data`.
const MAX_LINKS: usize = 500;

/// A page, rendered.
pub(crate) struct Page {
    pub(crate) outline: Outline,
    pub(crate) title: Option<String>,
    pub(crate) links: Vec<Value>,
}

/// Reads a page.
pub(crate) fn read(
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let mut notes = Notes::of(options);
    let text = encoding::decode(bytes, &mut notes);
    let page = render(&text, limits, clock, &mut notes)?;
    let data = json!({"title": page.title, "links": page.links});
    let summary = page.title.clone().unwrap_or_else(|| {
        let chars = page.outline.len() as u64;
        plural(chars, "character", "characters")
    });
    page.outline.finish(Kind::Html, options, notes, data, summary)
}

/// Renders a page, or the HTML body of a message.
pub(crate) fn render(html: &str, limits: &Limits, clock: &Clock, notes: &mut Notes) -> Result<Page, DocumentError> {
    let dom = dom::parse(html, limits, clock)?;
    let mut sheet = style::Sheet::default();
    let mut title = None;
    let mut comments = Vec::new();
    let mut foreign_styles = false;
    for id in dom.descendants(Dom::ROOT) {
        match dom.data(id) {
            dom::Data::Comment(text) => comments.push(text.clone()),
            dom::Data::Element { .. } => match dom.tag(id) {
                "style" => sheet.add(&dom.text(id)),
                "title" if title.is_none() => title = Some(markdown::excerpt(&dom.text(id), 200)),
                "link" => {
                    foreign_styles |= dom
                        .attribute(id, "rel")
                        .is_some_and(|rel| rel.eq_ignore_ascii_case("stylesheet"));
                }
                _ => {}
            },
            _ => {}
        }
    }
    notes.beside("comments in the page's source", comments);
    let unseen = unseen::texts(&dom);
    notes.beside(
        "words to a reader in scripts, drawings, descriptions and alternative texts of the page",
        unseen.addressed,
    );
    if !unseen.others.is_empty() {
        let count = unseen.others.len() as u64;
        let what = plural(
            count,
            "other thing of the page's source",
            "other things of the page's source",
        );
        notes.left_out(NoteKind::Remark, &what, "", count, unseen.others);
    }
    if foreign_styles {
        notes.add(
            NoteKind::NotChecked,
            "style sheets outside the page are not loaded, so text they would hide is not noticed",
            0,
        );
    }
    let mut renderer = render::Renderer::new(&dom, &sheet, clock, notes);
    renderer.run()?;
    let (outline, links, images) = renderer.finish();
    if images > 0 {
        notes.add(
            NoteKind::Remark,
            format!("{} not shown", plural(images, "image", "images")),
            images,
        );
    }
    Ok(Page {
        outline,
        title: title.filter(|title| !title.is_empty()),
        links,
    })
}
