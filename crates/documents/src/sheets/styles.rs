//! Styles of an xlsx workbook, as far as they say what a number means and whether a cell's text can be seen.

use std::collections::HashMap;

use roxmltree::Node;

use crate::{
    sheets::number::{self, Format},
    xml,
};

/// What a cell's style says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Style {
    pub(super) format: Format,
    /// A person does not see the text: format `;;;`, a font like the fill, or smaller than 4 points.
    pub(super) hidden: bool,
}

/// A colour, as far as two can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Colour {
    Rgb(String),
    Theme(String, String),
    Indexed(String),
}

impl Colour {
    fn white() -> Self {
        Self::Rgb("FFFFFF".to_owned())
    }

    fn black() -> Self {
        Self::Rgb("000000".to_owned())
    }

    /// `CT_Color` (ECMA-376 part 1, 18.8.19). White and black have many names.
    fn of(node: Node<'_, '_>) -> Option<Self> {
        if let Some(rgb) = xml::attr(node, "rgb") {
            let digits = if rgb.len() == 8 { rgb.get(2..)? } else { rgb };
            return Some(Self::Rgb(digits.to_ascii_uppercase()));
        }
        if let Some(theme) = xml::attr(node, "theme") {
            let tint = xml::attr(node, "tint").unwrap_or("0");
            let plain = tint.parse::<f64>().is_ok_and(|tint| tint.abs() < 0.02);
            return Some(match (theme, plain) {
                ("0", true) => Self::white(),
                ("1", true) => Self::black(),
                _ => Self::Theme(theme.to_owned(), tint.to_owned()),
            });
        }
        xml::attr(node, "indexed").map(|index| match index {
            "1" | "9" | "65" => Self::white(),
            "0" | "8" | "64" => Self::black(),
            other => Self::Indexed(other.to_owned()),
        })
    }

    /// Whether a reader could not tell the two apart.
    fn like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rgb(a), Self::Rgb(b)) => crate::colour::close(a, b),
            _ => self == other,
        }
    }
}

struct Font {
    colour: Colour,
    tiny: bool,
}

/// The styles by the index that cells carry.
pub(super) fn load(root: Node<'_, '_>) -> Vec<Style> {
    let codes: HashMap<u32, &str> = xml::child(root, "numFmts")
        .into_iter()
        .flat_map(|formats| formats.children())
        .filter_map(|format| {
            Some((
                xml::attr(format, "numFmtId")?.parse().ok()?,
                xml::attr(format, "formatCode")?,
            ))
        })
        .collect();
    let fonts: Vec<Font> = elements(root, "fonts").map(font).collect();
    let fills: Vec<Option<Colour>> = elements(root, "fills").map(fill).collect();
    elements(root, "cellXfs")
        .map(|xf| {
            let index = |name: &str| {
                xml::attr(xf, name)
                    .and_then(|value| value.parse::<usize>().ok())
                    .unwrap_or(0)
            };
            let format_id = index("numFmtId") as u32;
            let code = codes.get(&format_id);
            let font = fonts.get(index("fontId"));
            // No fill shows the sheet, which is white unless the person's program is told otherwise.
            let ground = match fills.get(index("fillId")) {
                None => Some(Colour::white()),
                Some(fill) => fill.clone(),
            };
            let like_ground = font.zip(ground).is_some_and(|(font, ground)| font.colour.like(&ground));
            Style {
                format: code.map_or_else(|| number::builtin(format_id), |code| number::of_code(code)),
                hidden: code.is_some_and(|code| number::shows_nothing(code))
                    || font.is_some_and(|font| font.tiny)
                    || like_ground,
            }
        })
        .collect()
}

fn elements<'a, 'i: 'a>(root: Node<'a, 'i>, group: &str) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    xml::child(root, group)
        .into_iter()
        .flat_map(|group| group.children())
        .filter(Node::is_element)
}

fn font(node: Node<'_, '_>) -> Font {
    let size = xml::child(node, "sz").and_then(|size| xml::attr(size, "val")?.parse::<f64>().ok());
    Font {
        colour: xml::child(node, "color")
            .and_then(Colour::of)
            .unwrap_or_else(Colour::black),
        tiny: size.is_some_and(|size| size < 4.0),
    }
}

/// The colour behind the text; `None` when it is a pattern or gradient, which cannot be compared.
fn fill(node: Node<'_, '_>) -> Option<Colour> {
    let pattern = xml::child(node, "patternFill")?;
    match xml::attr(pattern, "patternType").unwrap_or("none") {
        "none" => Some(Colour::white()),
        "solid" => Some(
            xml::child(pattern, "fgColor")
                .and_then(Colour::of)
                .unwrap_or_else(Colour::white),
        ),
        _ => None,
    }
}
