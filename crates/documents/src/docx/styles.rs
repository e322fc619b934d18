//! Styles, as far as they decide what is a heading and what can be seen.

use std::collections::HashMap;

use roxmltree::Node;

use crate::{DocumentError, colour, package::Package, xml};

/// What run properties say; `None` = nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct RunProps {
    vanish: Option<bool>,
    /// Half points.
    size: Option<f64>,
    /// Width of the characters in percent.
    width: Option<f64>,
    /// Drawn without colour (`w14:textFill`).
    unfilled: Option<bool>,
    /// Six hexadecimal digits, or `auto`.
    colour: Option<String>,
    ground: Option<String>,
    pub(super) bold: Option<bool>,
}

impl RunProps {
    /// `w:rPr`
    pub(super) fn of(node: Node<'_, '_>) -> Self {
        let mut props = Self::default();
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "vanish" | "specVanish" => props.vanish = Some(xml::is_on(child)),
                "sz" => props.size = xml::attr(child, "val").and_then(|value| value.parse().ok()),
                "w" => props.width = xml::attr(child, "val").and_then(|value| value.trim_end_matches('%').parse().ok()),
                "textFill" => props.unfilled = Some(xml::child(child, "noFill").is_some()),
                "color" => props.colour = xml::attr(child, "val").map(str::to_owned),
                "shd" => props.ground = shading(child).or(props.ground),
                "highlight" => props.ground = xml::attr(child, "val").and_then(highlight).or(props.ground),
                "b" => props.bold = Some(xml::is_on(child)),
                _ => {}
            }
        }
        props
    }

    /// These, with `over` taking precedence.
    pub(super) fn with(&self, over: &Self) -> Self {
        Self {
            vanish: over.vanish.or(self.vanish),
            size: over.size.or(self.size),
            width: over.width.or(self.width),
            unfilled: over.unfilled.or(self.unfilled),
            colour: over.colour.clone().or_else(|| self.colour.clone()),
            ground: over.ground.clone().or_else(|| self.ground.clone()),
            bold: over.bold.or(self.bold),
        }
    }

    /// The same on another ground, where it has none of its own.
    pub(super) fn on(mut self, ground: Option<&str>) -> Self {
        if self.ground.is_none() {
            self.ground = ground.map(str::to_owned);
        }
        self
    }

    /// Whether a person would not see such text.
    pub(super) fn is_hidden(&self) -> bool {
        let ground = self.ground.as_deref().unwrap_or("FFFFFF");
        // `auto` contrasts with its ground by definition.
        let blends = self
            .colour
            .as_deref()
            .is_some_and(|text| text != "auto" && ground != "auto" && colour::close(text, ground));
        self.vanish == Some(true)
            || self.unfilled == Some(true)
            || self.size.is_some_and(|size| size < 8.0)
            || self.width.is_some_and(|percent| percent < 10.0)
            || blends
    }
}

/// The colour of `w:shd`, when it is a plain one.
pub(super) fn shading(node: Node<'_, '_>) -> Option<String> {
    match xml::attr(node, "val") {
        Some("solid") => xml::attr(node, "color").map(str::to_owned),
        _ => xml::attr(node, "fill")
            .filter(|fill| *fill != "auto")
            .map(str::to_owned),
    }
}

fn highlight(name: &str) -> Option<String> {
    let digits = match name {
        "white" => "FFFFFF",
        "black" => "000000",
        "yellow" => "FFFF00",
        "green" => "00FF00",
        "cyan" => "00FFFF",
        "magenta" => "FF00FF",
        "blue" => "0000FF",
        "red" => "FF0000",
        "darkBlue" => "000080",
        "darkCyan" => "008080",
        "darkGreen" => "008000",
        "darkMagenta" => "800080",
        "darkRed" => "800000",
        "darkYellow" => "808000",
        "darkGray" => "808080",
        "lightGray" => "C0C0C0",
        _ => return None,
    };
    Some(digits.to_owned())
}

/// A paragraph or character style, its ancestors included.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    pub(super) run: RunProps,
    /// 1 to 6.
    pub(super) heading: Option<usize>,
    /// List and level.
    pub(super) list: Option<(String, usize)>,
    pub(super) ground: Option<String>,
}

/// All styles.
#[derive(Debug, Default)]
pub(super) struct Styles {
    pub(super) defaults: RunProps,
    pub(super) default_paragraph: Style,
    by_id: HashMap<String, Style>,
}

impl Styles {
    pub(super) fn get(&self, id: &str) -> Option<&Style> {
        self.by_id.get(id)
    }
}

struct Raw {
    style: Style,
    based_on: Option<String>,
    default_paragraph: bool,
}

/// Loads the styles part.
pub(super) fn load(package: &Package<'_>, part: Option<&str>) -> Result<Styles, DocumentError> {
    let Some(part) = part else { return Ok(Styles::default()) };
    let Some(text) = package.optional_text(part)? else {
        return Ok(Styles::default());
    };
    let tree = package.tree(part, &text)?;
    let root = tree.root_element();
    let defaults = xml::path(root, &["docDefaults", "rPrDefault", "rPr"])
        .map(RunProps::of)
        .unwrap_or_default();
    let raw: HashMap<String, Raw> = root
        .children()
        .filter(|node| node.tag_name().name() == "style")
        .filter_map(|node| Some((xml::attr(node, "styleId")?.to_owned(), raw_style(node))))
        .collect();
    let by_id: HashMap<String, Style> = raw.keys().map(|id| (id.clone(), resolve(id, &raw))).collect();
    let default_paragraph = raw
        .iter()
        .find(|(_, raw)| raw.default_paragraph)
        .and_then(|(id, _)| by_id.get(id).cloned())
        .unwrap_or_default();
    Ok(Styles {
        defaults,
        default_paragraph,
        by_id,
    })
}

fn raw_style(node: Node<'_, '_>) -> Raw {
    let paragraph = xml::child(node, "pPr");
    let name = xml::child(node, "name")
        .and_then(|name| xml::attr(name, "val"))
        .unwrap_or_default();
    Raw {
        style: Style {
            run: xml::child(node, "rPr").map(RunProps::of).unwrap_or_default(),
            heading: heading_name(name).or_else(|| paragraph.and_then(outline_level)),
            list: paragraph.and_then(list_of),
            ground: paragraph
                .and_then(|paragraph| xml::child(paragraph, "shd"))
                .and_then(shading),
        },
        based_on: xml::child(node, "basedOn")
            .and_then(|base| xml::attr(base, "val"))
            .map(str::to_owned),
        default_paragraph: xml::attr(node, "type") == Some("paragraph")
            && matches!(xml::attr(node, "default"), Some("1" | "true")),
    }
}

/// A style with what it inherits. Chains longer than Word's own limit, and circles, end where they are noticed.
fn resolve(id: &str, raw: &HashMap<String, Raw>) -> Style {
    let mut chain = Vec::new();
    let mut next = Some(id);
    while let Some(style) = next.and_then(|id| raw.get(id)) {
        chain.push(style);
        next = style.based_on.as_deref();
        if chain.len() > 16 {
            break;
        }
    }
    chain.iter().rev().fold(Style::default(), |base, raw| Style {
        run: base.run.with(&raw.style.run),
        heading: raw.style.heading.or(base.heading),
        list: raw.style.list.clone().or(base.list),
        ground: raw.style.ground.clone().or(base.ground),
    })
}

fn heading_name(name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    if name == "title" {
        return Some(1);
    }
    let level: usize = name.strip_prefix("heading ")?.trim().parse().ok()?;
    (1..=9).contains(&level).then(|| level.min(6))
}

/// `w:outlineLvl` counts from 0; 9 is body text.
pub(super) fn outline_level(paragraph: Node<'_, '_>) -> Option<usize> {
    let level: usize = xml::attr(xml::child(paragraph, "outlineLvl")?, "val")?.parse().ok()?;
    (level < 9).then(|| (level + 1).min(6))
}

/// `w:numPr`: list and level.
pub(super) fn list_of(paragraph: Node<'_, '_>) -> Option<(String, usize)> {
    let numbering = xml::child(paragraph, "numPr")?;
    let id = xml::attr(xml::child(numbering, "numId")?, "val")?;
    let level = xml::child(numbering, "ilvl").and_then(|level| xml::attr(level, "val")?.parse().ok());
    Some((id.to_owned(), level.unwrap_or(0).min(8)))
}
