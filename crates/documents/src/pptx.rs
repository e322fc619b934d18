//! Presentations (ECMA-376 part 1, PresentationML), slide by slide.
//!
//! Shapes are read in the order of the file, the title first. What a person does not see on the slide is left out and
//! told: hidden slides and shapes, shapes beside the slide, text too small or of the colour of its ground, comments and
//! speaker notes.
//!
//! `data`: `{"slides": [{"number", "title"?, "hidden"?, "text"}]}`.

mod slide;
mod theme;

use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading, Unit,
    archive::part_name,
    guard::Clock,
    package::{ALTERNATIVE_TEXTS, Package},
    pages::{self, Page},
    reading::{Notes, plural},
    xml,
};

/// Reads slides.
pub(crate) fn read(
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let package = Package::open(Kind::Pptx, bytes, limits)?;
    let mut notes = Notes::of(options);
    package.note_active(&mut notes);
    let main = package.main_part("ppt/presentation.xml")?;
    let text = package.text(&main)?;
    let tree = package.tree(&main, &text)?;
    let root = tree.root_element();
    let size = xml::child(root, "sldSz").and_then(|size| {
        let side = |name| xml::attr(size, name)?.parse::<i64>().ok();
        Some((side("cx")?, side("cy")?))
    });
    let relationships = package.relationships(&main)?;
    let parts: Vec<String> = xml::child(root, "sldIdLst")
        .into_iter()
        .flat_map(|list| list.children())
        .filter_map(|slide| {
            let namespaced = |attribute: &roxmltree::Attribute<'_, '_>| attribute.namespace().is_some();
            let id = slide
                .attributes()
                .find(|attribute| attribute.name() == "id" && namespaced(attribute))?
                .value();
            relationships
                .iter()
                .find(|relationship| relationship.id == id && relationship.kind == "slide" && !relationship.external)
                .map(|relationship| relationship.target.clone())
        })
        .collect();
    if parts.len() as u64 > limits.max_entries {
        return Err(DocumentError::TooMany {
            part: part_name(&main),
            what: "slides",
            limit: limits.max_entries,
        });
    }
    let total = parts.len() as u64;
    let mut rendered = Vec::new();
    let mut data = Vec::new();
    let mut totals = slide::Totals::default();
    if total > 0 {
        let (first, last) = pages::range(total, Unit::Slides, options, limits, &mut notes)?;
        for (index, part) in parts.iter().enumerate() {
            let number = index as u64 + 1;
            if number < first || number > last {
                continue;
            }
            clock.check()?;
            let slide = slide::read(&package, part, number, size, &mut totals, &mut notes)?;
            data.push(slide_json(number, &slide));
            rendered.push(Page {
                number,
                head: slide.title.as_ref().map_or_else(
                    || format!("## Slide {number}"),
                    |title| format!("## Slide {number}: {title}"),
                ),
                text: slide.text,
                images: Vec::new(),
            });
        }
    }
    totals.tell(&mut notes);
    package.note_custom_xml(&mut notes)?;
    let shown = pages::assemble(&rendered, total, Unit::Slides, options, &mut notes)?;
    data.retain(|slide| {
        slide
            .get("number")
            .and_then(Value::as_u64)
            .is_some_and(|number| number <= shown.last)
    });
    Ok(Reading {
        kind: Kind::Pptx,
        blocks: shown.blocks,
        notes: notes.finish(),
        part: shown.part,
        data: json!({ "slides": data }),
        summary: plural(total, "slide", "slides"),
    })
}

fn slide_json(number: u64, slide: &slide::Slide) -> Value {
    if slide.hidden {
        return json!({"number": number, "hidden": true});
    }
    json!({"number": number, "title": slide.title, "text": slide.text})
}

impl slide::Totals {
    fn tell(&self, notes: &mut Notes) {
        if self.speaker_notes_chars > 0 {
            let what = format!("speaker notes on {}", plural(self.speaker_notes, "slide", "slides"));
            let size = format!(" ({})", plural(self.speaker_notes_chars, "character", "characters"));
            let count = self.speaker_notes_chars;
            notes.left_out(NoteKind::Comments, &what, &size, count, self.note_texts.clone());
        }
        if self.comments > 0 {
            let what = format!("comments on {}", plural(self.comments, "slide", "slides"));
            notes.left_out(NoteKind::Comments, &what, "", self.comments, self.comment_texts.clone());
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
}
