//! As much of CSS as decides whether text can be seen: inline styles and simple rules of `<style>` elements.

use std::collections::HashMap;

use super::dom::{Data, Dom};
use crate::colour;

/// What surrounds a piece of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    hidden: bool,
    /// Set by some style; None is the browser's own, which can be read.
    colour: Option<[u8; 3]>,
    /// None when it is a picture or gradient.
    ground: Option<[u8; 3]>,
    font_px: f64,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            hidden: false,
            colour: None,
            ground: Some([255; 3]),
            font_px: 16.0,
        }
    }
}

impl Context {
    /// The same, hidden.
    pub(super) const fn closed(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub(super) fn hides_text(&self) -> bool {
        let blends = self
            .colour
            .zip(self.ground)
            .is_some_and(|(text, ground)| colour::close_rgb(text, ground));
        self.hidden || blends || self.font_px < 2.0
    }
}

/// Rules of all `<style>` elements that this module understands.
#[derive(Default, Debug)]
pub(super) struct Sheet {
    rules: Vec<(Vec<Compound>, Vec<Declaration>)>,
    /// Rules by what the element itself must be: `#id`, `.class`, `tag` or `*`.
    index: HashMap<String, Vec<usize>>,
}

/// A property and its value, in lower case.
type Declaration = (String, String);

/// `div.note#first`
#[derive(Debug, Default, PartialEq, Eq)]
struct Compound {
    tag: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
}

impl Compound {
    /// What an element can be looked up by.
    fn key(&self) -> String {
        if let Some(id) = &self.id {
            return format!("#{id}");
        }
        if let Some(class) = self.classes.first() {
            return format!(".{class}");
        }
        self.tag.clone().unwrap_or_else(|| "*".to_owned())
    }
}

const MAX_RULES: usize = 2000;

impl Sheet {
    /// Adds the rules of one style sheet. Only declarations that can hide something are kept.
    pub(super) fn add(&mut self, css: &str) {
        let css = without_comments(css);
        let mut rest = css.as_str();
        while let Some((head, after)) = rest.split_once('{') {
            let head = head.trim();
            if head.starts_with('@') && !head.contains(';') {
                // Of conditional blocks, those for screens apply here; others are passed over whole.
                let applies = head.starts_with("@media") && !head.contains("print");
                if applies {
                    rest = after;
                    continue;
                }
                rest = skip_block(after);
                continue;
            }
            let Some((body, next)) = after.split_once('}') else {
                return;
            };
            rest = next.trim_start().trim_start_matches('}');
            let declarations: Vec<_> = declarations(body).filter(|(name, _)| is_relevant(name)).collect();
            if declarations.is_empty() {
                continue;
            }
            let head = head.rsplit(';').next().unwrap_or(head);
            for selector in head.split(',') {
                if self.rules.len() >= MAX_RULES {
                    return;
                }
                if let Some(compounds) = selector_of(selector) {
                    let key = compounds.last().map_or_else(String::new, Compound::key);
                    self.index.entry(key).or_default().push(self.rules.len());
                    self.rules.push((compounds, declarations.clone()));
                }
            }
        }
    }

    /// The declarations that apply to an element, in the order of the sheet.
    fn matching(&self, dom: &Dom, id: usize) -> impl Iterator<Item = &Declaration> {
        let own_id = dom.attribute(id, "id").map(|id| format!("#{id}"));
        let classes = dom
            .attribute(id, "class")
            .unwrap_or_default()
            .split_whitespace()
            .map(|class| format!(".{class}"));
        let keys = classes.chain(own_id).chain([dom.tag(id).to_owned(), "*".to_owned()]);
        let mut found: Vec<usize> = if self.rules.is_empty() {
            Vec::new()
        } else {
            keys.filter_map(|key| self.index.get(&key)).flatten().copied().collect()
        };
        found.sort_unstable();
        found.dedup();
        found
            .into_iter()
            .filter_map(|at| self.rules.get(at))
            .filter(move |(selector, _)| matches(dom, id, selector))
            .flat_map(|(_, declarations)| declarations)
    }
}

fn skip_block(mut rest: &str) -> &str {
    let mut depth = 1u32;
    while let Some(at) = rest.find(['{', '}']) {
        depth = if rest.as_bytes().get(at) == Some(&b'{') {
            depth + 1
        } else {
            depth - 1
        };
        rest = rest.get(at + 1..).unwrap_or_default();
        if depth == 0 {
            break;
        }
    }
    rest
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

fn declarations(body: &str) -> impl Iterator<Item = Declaration> + '_ {
    body.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let value = value.replace("!important", "");
        Some((name.trim().to_ascii_lowercase(), value.trim().to_ascii_lowercase()))
    })
}

fn is_relevant(name: &str) -> bool {
    matches!(
        name,
        "display"
            | "visibility"
            | "opacity"
            | "font-size"
            | "font"
            | "color"
            | "background"
            | "background-color"
            | "background-image"
            | "clip"
            | "clip-path"
            | "position"
            | "left"
            | "top"
            | "right"
            | "bottom"
            | "text-indent"
            | "width"
            | "height"
            | "max-width"
            | "max-height"
            | "overflow"
            | "transform"
            | "content-visibility"
            | "margin-left"
    )
}

/// Compounds from the outermost to the element itself. None for selectors with anything but tags, classes and ids.
fn selector_of(selector: &str) -> Option<Vec<Compound>> {
    let selector = selector.replace('>', " ");
    let compounds: Option<Vec<Compound>> = selector.split_whitespace().map(compound_of).collect();
    compounds.filter(|compounds| !compounds.is_empty() && compounds.len() <= 8)
}

fn compound_of(text: &str) -> Option<Compound> {
    if text.contains([':', '[', '+', '~', '(']) {
        return None;
    }
    let mut compound = Compound::default();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '.' | '#'))
            .map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at_checked(end)?;
        match piece.strip_prefix('.') {
            Some(class) => compound.classes.push(class.to_owned()),
            None => match piece.strip_prefix('#') {
                Some(id) => compound.id = Some(id.to_owned()),
                None if piece == "*" => {}
                None => compound.tag = Some(piece.to_ascii_lowercase()),
            },
        }
        rest = after;
    }
    Some(compound)
}

fn matches(dom: &Dom, id: usize, selector: &[Compound]) -> bool {
    let Some((own, outer)) = selector.split_last() else {
        return false;
    };
    if !fits(dom, id, own) {
        return false;
    }
    let mut ancestor = dom.parent(id);
    'compounds: for compound in outer.iter().rev() {
        while let Some(at) = ancestor {
            ancestor = dom.parent(at);
            if fits(dom, at, compound) {
                continue 'compounds;
            }
        }
        return false;
    }
    true
}

fn fits(dom: &Dom, id: usize, compound: &Compound) -> bool {
    if !matches!(dom.data(id), Data::Element { .. }) {
        return false;
    }
    compound.tag.as_ref().is_none_or(|tag| dom.tag(id) == tag)
        && compound
            .id
            .as_ref()
            .is_none_or(|own| dom.attribute(id, "id") == Some(own))
        && compound.classes.iter().all(|class| {
            dom.attribute(id, "class")
                .is_some_and(|classes| classes.split_whitespace().any(|own| own == class))
        })
}

/// The context inside an element.
pub(super) fn inside(dom: &Dom, id: usize, sheet: &Sheet, outer: &Context) -> Context {
    let mut context = *outer;
    let mut boxed = Boxed::default();
    if dom.attribute(id, "hidden").is_some() {
        boxed.gone = true;
    }
    if let Some(colour) = dom.attribute(id, "bgcolor").and_then(parse_colour) {
        context.ground = colour.ok();
    }
    if dom.tag(id) == "font"
        && let Some(Ok(colour)) = dom.attribute(id, "color").and_then(parse_colour)
    {
        context.colour = Some(colour);
    }
    for (name, value) in sheet.matching(dom, id) {
        apply(name, value, &mut context, &mut boxed, outer);
    }
    if let Some(style) = dom.attribute(id, "style") {
        for (name, value) in declarations(style) {
            apply(&name, &value, &mut context, &mut boxed, outer);
        }
    }
    context.hidden = outer.hidden || boxed.hides();
    context
}

/// What styles say about the element's box.
#[derive(Default)]
struct Boxed {
    gone: bool,
    invisible: bool,
    transparent: bool,
    clipped: bool,
    positioned: bool,
    away: bool,
    indented_away: bool,
    no_size: bool,
    overflow_hidden: bool,
}

impl Boxed {
    const fn hides(&self) -> bool {
        self.gone
            || self.invisible
            || self.transparent
            || self.clipped
            || self.indented_away
            || (self.positioned && self.away)
            || (self.no_size && self.overflow_hidden)
    }
}

fn apply(name: &str, value: &str, context: &mut Context, boxed: &mut Boxed, outer: &Context) {
    match name {
        "display" => boxed.gone = value == "none",
        // Children of an invisible element could be made visible again; they stay hidden here.
        "visibility" => boxed.invisible = matches!(value, "hidden" | "collapse"),
        "content-visibility" => boxed.gone |= value == "hidden",
        "opacity" => boxed.transparent = number(value).is_some_and(|opacity| opacity < 0.05),
        "font-size" => {
            if let Some(size) = length(value, outer.font_px) {
                context.font_px = size;
            }
        }
        "font" => {
            let size = value.split([' ', '/']).find_map(|word| {
                word.starts_with(|c: char| c.is_ascii_digit())
                    .then(|| length(word, outer.font_px))
                    .flatten()
            });
            // A weight such as 700 has no unit and is no length.
            if let Some(size) = size {
                context.font_px = size;
            }
        }
        "color" => match parse_colour(value) {
            Some(Ok(colour)) => context.colour = Some(colour),
            Some(Err(Transparent)) => boxed.transparent = true,
            None => context.colour = None,
        },
        "background" | "background-color" => {
            if value.contains("url(") || value.contains("gradient") {
                context.ground = None;
            } else if let Some(Ok(colour)) = value
                .split_whitespace()
                .find_map(parse_colour)
                .or_else(|| parse_colour(value))
            {
                context.ground = Some(colour);
            }
        }
        "background-image" if value != "none" => context.ground = None,
        "clip" => boxed.clipped |= value.starts_with("rect") && !value.contains(|c: char| matches!(c, '2'..='9')),
        "clip-path" => boxed.clipped |= value.replace(' ', "").starts_with("inset(100%") || value.contains("circle(0"),
        "position" => boxed.positioned = matches!(value, "absolute" | "fixed" | "relative"),
        "left" | "top" | "right" | "bottom" => {
            boxed.away |= length(value, context.font_px).is_some_and(|px| px <= -900.0 || px > 5000.0);
        }
        "margin-left" => boxed.indented_away |= length(value, context.font_px).is_some_and(|px| px <= -900.0),
        "text-indent" => boxed.indented_away = length(value, context.font_px).is_some_and(|px| px <= -900.0),
        "width" | "height" | "max-width" | "max-height" => {
            boxed.no_size |= length(value, context.font_px).is_some_and(|px| px <= 1.0);
        }
        "overflow" => boxed.overflow_hidden = matches!(value, "hidden" | "clip"),
        "transform" => boxed.clipped |= value.replace(' ', "").contains("scale(0)"),
        _ => {}
    }
}

fn number(value: &str) -> Option<f64> {
    match value.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok().map(|percent| percent / 100.0),
        None => value.parse().ok(),
    }
}

/// A length in pixels.
fn length(value: &str, font_px: f64) -> Option<f64> {
    let split = value
        .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+'))
        .unwrap_or(value.len());
    let (digits, unit) = value.split_at_checked(split)?;
    let number: f64 = digits.parse().ok()?;
    Some(match unit.trim() {
        "px" => number,
        "" if number == 0.0 => 0.0,
        "pt" => number * 4.0 / 3.0,
        "em" => number * font_px,
        "rem" => number * 16.0,
        "%" => number / 100.0 * font_px,
        "vw" | "vh" => number * 10.0,
        "cm" => number * 38.0,
        "in" => number * 96.0,
        _ => return None,
    })
}

/// A colour without colour.
struct Transparent;

/// None when it is no colour this module knows.
fn parse_colour(value: &str) -> Option<Result<[u8; 3], Transparent>> {
    let value = value.trim().to_ascii_lowercase();
    if let Some(digits) = value.strip_prefix('#') {
        if !digits.is_ascii() {
            return None;
        }
        return match digits.len() {
            3 | 4 => {
                if digits.get(3..) == Some("0") {
                    return Some(Err(Transparent));
                }
                let doubled: String = digits.chars().take(3).flat_map(|digit| [digit, digit]).collect();
                colour::parse(&doubled).map(Ok)
            }
            8 if digits.ends_with("00") => Some(Err(Transparent)),
            6 | 8 => colour::parse(digits.get(..6)?).map(Ok),
            _ => None,
        };
    }
    if let Some(inside) = value
        .strip_prefix("rgb")
        .and_then(|rest| rest.trim_start_matches('a').strip_prefix('('))
    {
        let numbers: Vec<f64> = inside
            .trim_end_matches(')')
            .split([',', ' ', '/'])
            .filter(|part| !part.is_empty())
            .filter_map(number)
            .collect();
        let [red, green, blue, alpha @ ..] = numbers.as_slice() else {
            return None;
        };
        if alpha.first().is_some_and(|alpha| *alpha < 0.05) {
            return Some(Err(Transparent));
        }
        return Some(Ok([*red, *green, *blue].map(|channel| channel.clamp(0.0, 255.0) as u8)));
    }
    Some(Ok(match value.as_str() {
        "white" => [255; 3],
        "black" => [0; 3],
        "snow" | "ivory" | "ghostwhite" | "whitesmoke" | "floralwhite" | "mintcream" | "azure" => [250; 3],
        "red" => [255, 0, 0],
        "green" => [0, 128, 0],
        "blue" => [0, 0, 255],
        "yellow" => [255, 255, 0],
        "gray" | "grey" => [128; 3],
        "silver" => [192; 3],
        "transparent" => return Some(Err(Transparent)),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours() {
        let rgb = |value| parse_colour(value).and_then(Result::ok);
        assert_eq!(rgb("#fff"), Some([255; 3]));
        assert_eq!(rgb("#01020380"), Some([1, 2, 3]));
        assert_eq!(rgb("rgb(1, 2, 3)"), Some([1, 2, 3]));
        assert_eq!(rgb("rgba(1,2,3,0)"), None);
        assert_eq!(rgb("blurple"), None);
        assert_eq!(rgb("#ü"), None);
    }

    #[test]
    fn lengths() {
        assert_eq!(length("-9999px", 16.0), Some(-9999.0));
        assert_eq!(length("0", 16.0), Some(0.0));
        assert_eq!(length("0.1em", 16.0), Some(1.6));
        assert_eq!(length("700", 16.0), None);
        assert_eq!(length("auto", 16.0), None);
    }
}
