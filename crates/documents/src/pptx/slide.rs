//! One slide.

use roxmltree::Node;

use super::theme::Theme;
use crate::{
    DocumentError, NoteKind, colour, markdown,
    package::{Package, alternative_texts},
    reading::{Notes, plural},
    xml,
};

/// A slide, rendered.
#[derive(Default)]
pub(super) struct Slide {
    pub(super) title: Option<String>,
    pub(super) text: String,
    pub(super) hidden: bool,
}

/// Counts over all slides of a reading.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) speaker_notes: u64,
    pub(super) speaker_notes_chars: u64,
    pub(super) note_texts: Vec<String>,
    pub(super) comments: u64,
    pub(super) comment_texts: Vec<String>,
    pub(super) alternatives: Vec<String>,
    pub(super) images: u64,
}

/// Reads one slide.
pub(super) fn read(
    package: &Package<'_>,
    part: &str,
    number: u64,
    size: Option<(i64, i64)>,
    totals: &mut Totals,
    notes: &mut Notes,
) -> Result<Slide, DocumentError> {
    let text = package.text(part)?;
    let tree = package.tree(part, &text)?;
    let root = tree.root_element();
    if matches!(xml::attr(root, "show"), Some("0" | "false")) {
        let chars = xml::solid_chars(&xml::texts(root, &["t"]));
        let what = format!("hidden slide {number}");
        let size = format!(" ({})", plural(chars, "character", "characters"));
        notes.left_out(NoteKind::HiddenPart, &what, &size, chars, paragraphs(root));
        return Ok(Slide {
            title: None,
            text: "[hidden, not shown]".to_owned(),
            hidden: true,
        });
    }
    let mut alternatives = Vec::new();
    alternative_texts(root, &mut alternatives);
    totals.alternatives.extend(of_slide(number, alternatives));
    for relationship in package.relationships(part)? {
        match relationship.kind.as_str() {
            "notesSlide" => {
                if let Some(text) = package.optional_text(&relationship.target)? {
                    let tree = package.tree(&relationship.target, &text)?;
                    let told: Vec<String> = spoken(tree.root_element());
                    let chars: u64 = told.iter().map(|text| xml::solid_chars(text)).sum();
                    totals.speaker_notes += u64::from(chars > 0);
                    totals.speaker_notes_chars += chars;
                    totals.note_texts.extend(of_slide(number, told));
                }
            }
            "comments" => {
                totals.comments += 1;
                if let Some(text) = package.optional_text(&relationship.target)? {
                    let tree = package.tree(&relationship.target, &text)?;
                    let comments = tree
                        .descendants()
                        .filter(|node| matches!(node.tag_name().name(), "text" | "txBody"));
                    let told = comments.flat_map(|node| match node.text() {
                        Some(text) if !text.trim().is_empty() => vec![text.to_owned()],
                        _ => paragraphs(node),
                    });
                    totals.comment_texts.extend(of_slide(number, told));
                }
            }
            _ => {}
        }
    }
    let theme = Theme::of_slide(package, part)?;
    let ground = theme.ground_of(root).unwrap_or(theme.ground).0;
    let mut reader = Reader {
        theme,
        ground,
        size,
        number,
        title: None,
        blocks: Vec::new(),
        images: 0,
        beside: Vec::new(),
        hidden_shapes: Vec::new(),
    };
    if let Some(shapes) = xml::path(root, &["cSld", "spTree"]) {
        reader.shapes(shapes, Frame::default(), notes);
    }
    reader.tell(notes);
    totals.images += reader.images;
    Ok(Slide {
        title: reader.title,
        text: reader.blocks.join("\n\n"),
        hidden: false,
    })
}

/// The paragraphs below a node.
fn paragraphs(node: Node<'_, '_>) -> Vec<String> {
    node.descendants()
        .filter(|node| node.tag_name().name() == "p")
        .map(|paragraph| xml::texts(paragraph, &["t"]))
        .filter(|text| !text.trim().is_empty())
        .collect()
}

/// Texts with the slide they belong to.
fn of_slide(number: u64, texts: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    texts.into_iter().map(move |text| format!("slide {number}: {text}"))
}

/// The speaker's own text on a notes page: not the picture of the slide and not the page number.
fn spoken(root: Node<'_, '_>) -> Vec<String> {
    root.descendants()
        .filter(|node| node.tag_name().name() == "sp")
        .filter(|shape| {
            let placeholder = shape.descendants().find(|node| node.tag_name().name() == "ph");
            !placeholder
                .is_some_and(|ph| matches!(xml::attr(ph, "type"), Some("sldNum" | "sldImg" | "dt" | "hdr" | "ftr")))
        })
        .flat_map(paragraphs)
        .collect()
}

/// How coordinates inside a group become those of the slide.
#[derive(Clone, Copy)]
struct Frame {
    scale: (f64, f64),
    shift: (f64, f64),
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            scale: (1.0, 1.0),
            shift: (0.0, 0.0),
        }
    }
}

struct Reader {
    theme: Theme,
    ground: Option<[u8; 3]>,
    size: Option<(i64, i64)>,
    number: u64,
    title: Option<String>,
    blocks: Vec<String>,
    images: u64,
    beside: Vec<String>,
    hidden_shapes: Vec<String>,
}

impl Reader {
    fn shapes(&mut self, parent: Node<'_, '_>, frame: Frame, notes: &mut Notes) {
        for node in parent.children().filter(Node::is_element) {
            let name = node.tag_name().name();
            if !matches!(
                name,
                "sp" | "grpSp" | "graphicFrame" | "pic" | "cxnSp" | "AlternateContent" | "contentPart"
            ) {
                continue;
            }
            if name == "AlternateContent" {
                if let Some(choice) = xml::child(node, "Choice").or_else(|| xml::child(node, "Fallback")) {
                    self.shapes(choice, frame, notes);
                }
                continue;
            }
            if is_hidden(node) {
                self.hidden_shapes.extend(paragraphs(node));
                continue;
            }
            if name != "grpSp" && self.is_beside(node, frame) {
                self.beside.extend(paragraphs(node));
                continue;
            }
            match name {
                "grpSp" => self.shapes(node, inside(node, frame), notes),
                "graphicFrame" => self.graphic(node, notes),
                "pic" => self.images += 1,
                _ => self.shape(node, notes),
            }
        }
    }

    /// Whether nothing of a shape lies on the slide.
    fn is_beside(&self, node: Node<'_, '_>, frame: Frame) -> bool {
        let (Some((width, height)), Some((x, y, cx, cy))) = (self.size, rectangle(node)) else {
            return false;
        };
        let left = x * frame.scale.0 + frame.shift.0;
        let top = y * frame.scale.1 + frame.shift.1;
        let right = left + cx * frame.scale.0;
        let bottom = top + cy * frame.scale.1;
        right <= 0.0 || bottom <= 0.0 || left >= width as f64 || top >= height as f64
    }

    fn shape(&mut self, node: Node<'_, '_>, notes: &mut Notes) {
        let Some(body) = xml::child(node, "txBody") else { return };
        let properties = xml::child(node, "spPr");
        let own_fill = properties.and_then(|properties| xml::child(properties, "solidFill"));
        let filled_otherwise = properties.is_some_and(|properties| {
            ["gradFill", "blipFill", "pattFill", "grpFill"]
                .iter()
                .any(|fill| xml::child(properties, fill).is_some())
        });
        // A fill by style reference is some colour of the theme: not compared.
        let by_style = xml::path(node, &["style", "fillRef"])
            .is_some_and(|reference| xml::attr(reference, "idx") != Some("0"))
            && properties.is_none_or(|properties| xml::child(properties, "noFill").is_none());
        let ground = match own_fill {
            Some(fill) => self.theme.solid(fill),
            None if filled_otherwise || by_style => None,
            None => self.ground,
        };
        let text = self.text(body, ground, notes);
        if text.is_empty() {
            return;
        }
        let placeholder = xml::path(node, &["nvSpPr", "nvPr", "ph"]).and_then(|ph| xml::attr(ph, "type"));
        match placeholder {
            Some("title" | "ctrTitle") if self.title.is_none() => self.title = Some(markdown::one_line(&text)),
            Some("sldNum" | "dt") => {}
            _ => self.blocks.push(text),
        }
    }

    /// Paragraphs; those of a list become bullets.
    fn text(&self, body: Node<'_, '_>, ground: Option<[u8; 3]>, notes: &mut Notes) -> String {
        let mut lines: Vec<(usize, String)> = Vec::new();
        for paragraph in body.children().filter(|node| node.tag_name().name() == "p") {
            let level: usize = xml::child(paragraph, "pPr")
                .and_then(|properties| xml::attr(properties, "lvl")?.parse().ok())
                .unwrap_or(0);
            let mut shown = String::new();
            let mut hidden = String::new();
            for run in paragraph.children().filter(Node::is_element) {
                let piece = match run.tag_name().name() {
                    "r" | "fld" => xml::child(run, "t").and_then(|text| text.text()).unwrap_or_default(),
                    "br" => "\n",
                    _ => continue,
                };
                if self.run_is_hidden(run, ground) {
                    hidden.push_str(piece);
                } else {
                    shown.push_str(&notes.hidden(&std::mem::take(&mut hidden)));
                    shown.push_str(piece);
                }
            }
            shown.push_str(&notes.hidden(&hidden));
            if !shown.trim().is_empty() {
                lines.push((level.min(8), markdown::one_line(&shown)));
            }
        }
        let list = lines.len() > 1;
        let lines = lines.into_iter().map(|(level, line)| {
            if list {
                format!("{}- {line}", "  ".repeat(level))
            } else {
                line
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn run_is_hidden(&self, run: Node<'_, '_>, ground: Option<[u8; 3]>) -> bool {
        let Some(properties) = xml::child(run, "rPr") else {
            return false;
        };
        // Hundredths of a point.
        let tiny = xml::attr(properties, "sz")
            .and_then(|size| size.parse::<i64>().ok())
            .is_some_and(|size| size < 400);
        let fill = xml::child(properties, "solidFill");
        let transparent = fill.is_some_and(|fill| {
            fill.descendants().any(|node| {
                node.tag_name().name() == "alpha"
                    && xml::attr(node, "val")
                        .and_then(|alpha| alpha.parse::<i64>().ok())
                        .is_some_and(|alpha| alpha < 5000)
            })
        });
        let blends = fill
            .and_then(|fill| self.theme.solid(fill))
            .zip(ground)
            .is_some_and(|(text, ground)| colour::close_rgb(text, ground));
        tiny || transparent || blends || xml::child(properties, "noFill").is_some()
    }

    fn graphic(&mut self, node: Node<'_, '_>, notes: &mut Notes) {
        if let Some(table) = node.descendants().find(|node| node.tag_name().name() == "tbl") {
            let rows: Vec<Vec<String>> = table
                .children()
                .filter(|row| row.tag_name().name() == "tr")
                .map(|row| {
                    row.children()
                        .filter(|cell| cell.tag_name().name() == "tc")
                        .map(|cell| {
                            let fill = xml::path(cell, &["tcPr", "solidFill"]);
                            // Table styles colour cells too: without a fill of its own the ground is not known.
                            let ground = fill.and_then(|fill| self.theme.solid(fill));
                            xml::child(cell, "txBody").map_or_else(String::new, |body| self.text(body, ground, notes))
                        })
                        .collect()
                })
                .collect();
            self.blocks.push(markdown::table(&rows).trim_end().to_owned());
            return;
        }
        let uri = node
            .descendants()
            .find(|node| node.tag_name().name() == "graphicData")
            .and_then(|data| xml::attr(data, "uri"))
            .unwrap_or_default();
        let what = match uri.rsplit('/').next() {
            Some("chart") => "[chart]",
            Some("diagram") => "[diagram]",
            _ => "[object]",
        };
        self.blocks.push(what.to_owned());
    }

    fn tell(&self, notes: &mut Notes) {
        for (texts, what) in [
            (&self.beside, "shapes beside the slide"),
            (&self.hidden_shapes, "hidden shapes"),
        ] {
            let chars: u64 = texts.iter().map(|text| xml::solid_chars(text)).sum();
            if chars > 0 {
                notes.hidden(&texts.concat());
                let what = format!("slide {}: {what}", self.number);
                let size = format!(" ({})", plural(chars, "character", "characters"));
                notes.left_out(NoteKind::HiddenPart, &what, &size, chars, texts.clone());
            }
        }
    }
}

/// `hidden` in the shape's non-visual properties.
fn is_hidden(node: Node<'_, '_>) -> bool {
    node.children()
        .filter(|child| child.tag_name().name().starts_with("nv"))
        .filter_map(|child| xml::child(child, "cNvPr"))
        .any(|properties| matches!(xml::attr(properties, "hidden"), Some("1" | "true")))
}

fn transform<'a, 'input>(node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    ["spPr", "grpSpPr"]
        .iter()
        .find_map(|name| xml::path(node, &[name, "xfrm"]))
        .or_else(|| xml::child(node, "xfrm"))
}

fn pair(node: Node<'_, '_>, name: &str, first: &str, second: &str) -> Option<(f64, f64)> {
    let child = xml::child(node, name)?;
    Some((
        xml::attr(child, first)?.parse().ok()?,
        xml::attr(child, second)?.parse().ok()?,
    ))
}

/// Position and size in its parent's coordinates. Placeholders without their own take those of the layout: None.
fn rectangle(node: Node<'_, '_>) -> Option<(f64, f64, f64, f64)> {
    let transform = transform(node)?;
    let (x, y) = pair(transform, "off", "x", "y")?;
    let (cx, cy) = pair(transform, "ext", "cx", "cy")?;
    Some((x, y, cx, cy))
}

/// The frame for the children of a group.
fn inside(group: Node<'_, '_>, outer: Frame) -> Frame {
    let inner = || {
        let transform = transform(group)?;
        let (x, y) = pair(transform, "off", "x", "y")?;
        let (cx, cy) = pair(transform, "ext", "cx", "cy")?;
        let (child_x, child_y) = pair(transform, "chOff", "x", "y")?;
        let (child_cx, child_cy) = pair(transform, "chExt", "cx", "cy")?;
        if child_cx == 0.0 || child_cy == 0.0 {
            return None;
        }
        let scale = (cx / child_cx, cy / child_cy);
        Some(Frame {
            scale: (outer.scale.0 * scale.0, outer.scale.1 * scale.1),
            shift: (
                outer.shift.0 + outer.scale.0 * (x - child_x * scale.0),
                outer.shift.1 + outer.scale.1 * (y - child_y * scale.1),
            ),
        })
    };
    inner().unwrap_or(outer)
}
