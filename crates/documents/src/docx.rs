//! Word documents (ECMA-376 part 1, WordprocessingML).
//!
//! What a person sees on the pages becomes Markdown: headings, paragraphs, lists with their numbers, tables,
//! footnotes, page headers. Insertions are shown as accepted, deletions and comments are counted, hidden text is
//! replaced by a mark.
//!
//! `data`: `{"headings": [{"level", "text", "line"}], "tables": [{"line", "rows": [[text]]}], "images": n}`; lines are
//! those of the rendered text.

mod body;
mod numbering;
mod styles;

use std::fmt::Write as _;

use serde_json::json;

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading,
    guard::Clock,
    outline::Outline,
    package::{Package, Relationship},
    reading::{Notes, plural},
    xml,
};
use body::Body;

/// Reads a document.
pub(crate) fn read(
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let package = Package::open(Kind::Docx, bytes, limits)?;
    let mut notes = Notes::of(options);
    package.note_active(&mut notes);
    let main = package.main_part("word/document.xml")?;
    let relationships = package.relationships(&main)?;
    let part_of = |kind: &str| {
        relationships
            .iter()
            .find(|relationship| relationship.kind == kind && !relationship.external)
            .map(|relationship| relationship.target.as_str())
    };
    let styles = styles::load(&package, part_of("styles"))?;
    let numbering = numbering::load(&package, part_of("numbering"))?;
    let mut body = Body::new(&styles, numbering, &relationships, clock);

    let text = package.text(&main)?;
    let tree = package.tree(&main, &text)?;
    let mut outline = Outline::default();
    body.document(tree.root_element(), &mut outline, &mut notes)?;
    drop(tree);

    outline.end_list();
    for (kind, element) in [("footnotes", "footnote"), ("endnotes", "endnote")] {
        if let Some(part) = part_of(kind)
            && let Some(text) = package.optional_text(part)?
        {
            let links = package.relationships(part)?;
            let tree = package.tree(part, &text)?;
            body.footnotes(tree.root_element(), element, &links, &mut outline, &mut notes)?;
        }
    }
    outline.end_list();
    margins(&package, &relationships, &mut body, &mut outline, &mut notes)?;
    comments(&package, part_of("comments"), &mut notes)?;
    body.tell(&mut notes);
    package.note_custom_xml(&mut notes)?;

    let images = body.images();
    let summary = summary(&outline, images);
    outline.finish(Kind::Docx, options, notes, json!({ "images": images }), summary)
}

fn summary(outline: &Outline, images: u64) -> String {
    let mut summary = plural(outline.len() as u64, "character", "characters");
    if images > 0 {
        let _ = write!(summary, ", {}", plural(images, "image", "images"));
    }
    summary
}

/// Page headers and footers, each text once.
fn margins(
    package: &Package<'_>,
    relationships: &[Relationship],
    body: &mut Body<'_>,
    outline: &mut Outline,
    notes: &mut Notes,
) -> Result<(), DocumentError> {
    let mut seen = Vec::new();
    for relationship in relationships {
        let name = match relationship.kind.as_str() {
            "header" => "Page header",
            "footer" => "Page footer",
            _ => continue,
        };
        if let Some(text) = package.optional_text(&relationship.target)? {
            let links = package.relationships(&relationship.target)?;
            let tree = package.tree(&relationship.target, &text)?;
            let text = body.plain(tree.root_element(), &links, notes)?;
            if !text.is_empty() && !seen.contains(&text) {
                outline.item(&format!("{name}: {text}"));
                seen.push(text);
            }
        }
    }
    Ok(())
}

fn comments(package: &Package<'_>, part: Option<&str>, notes: &mut Notes) -> Result<(), DocumentError> {
    let Some(part) = part else { return Ok(()) };
    let Some(text) = package.optional_text(part)? else {
        return Ok(());
    };
    let tree = package.tree(part, &text)?;
    let comments: Vec<String> = tree
        .root_element()
        .children()
        .filter(|node| node.tag_name().name() == "comment")
        .map(|comment| xml::signed(xml::attr(comment, "author"), xml::texts(comment, &["t"])))
        .collect();
    let count = comments.len() as u64;
    if count > 0 {
        let what = plural(count, "comment", "comments");
        notes.left_out(NoteKind::Comments, &what, "", count, comments);
    }
    Ok(())
}
