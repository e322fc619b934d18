//! A drawing surface in points (1 point = 2 pixels) with text.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::write::WriteError;

static REGULAR: &[u8] = include_bytes!("../../../assets/NotoSans-Regular-subset.ttf");
static BOLD: &[u8] = include_bytes!("../../../assets/NotoSans-Bold-subset.ttf");

/// Pixels per point.
const SCALE: f32 = 2.0;

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// Ink for titles.
pub const INK: Rgb = (0x1f, 0x29, 0x33);
/// Ink for labels.
pub const MUTED: Rgb = (0x5b, 0x67, 0x70);
/// Grid lines.
pub const GRID: Rgb = (0xe4, 0xe7, 0xeb);
/// The zero line.
pub const AXIS: Rgb = (0x9a, 0xa5, 0xb1);
/// Background.
pub const PAPER: Rgb = (0xff, 0xff, 0xff);

/// Paul Tol's "bright" qualitative scheme, grey last.
const PALETTE: [Rgb; 8] = [
    (0x44, 0x77, 0xaa),
    (0xee, 0x66, 0x77),
    (0x22, 0x88, 0x33),
    (0xcc, 0xbb, 0x44),
    (0x66, 0xcc, 0xee),
    (0xaa, 0x33, 0x77),
    (0xe0, 0x8a, 0x3c),
    (0xa8, 0xaf, 0xb8),
];

/// The colour of the n-th series.
pub fn palette(index: usize) -> Rgb {
    PALETTE.get(index % PALETTE.len()).copied().unwrap_or(MUTED)
}

/// Where a text stands relative to its anchor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Start,
    Middle,
    End,
}

/// Size and weight of a text.
#[derive(Clone, Copy)]
pub struct Font {
    pub size: f32,
    pub bold: bool,
}

/// A regular font of this size in points.
pub const fn regular(size: f32) -> Font {
    Font { size, bold: false }
}

/// A bold font of this size in points.
pub const fn bold(size: f32) -> Font {
    Font { size, bold: true }
}

/// The two embedded font faces.
pub struct Fonts {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Fonts {
    pub fn load() -> Result<Self, WriteError> {
        let face = |bytes| Face::parse(bytes, 0).map_err(|error| WriteError::format("png", error));
        Ok(Self {
            regular: face(REGULAR)?,
            bold: face(BOLD)?,
        })
    }

    fn face(&self, font: Font) -> &Face<'static> {
        if font.bold { &self.bold } else { &self.regular }
    }

    fn advance(&self, character: char, font: Font) -> f32 {
        let face = self.face(font);
        let glyph = glyph(face, character).unwrap_or_default();
        f32::from(face.glyph_hor_advance(glyph).unwrap_or(600)) * font.size / f32::from(face.units_per_em())
    }

    /// Width of a text in points.
    pub fn width(&self, text: &str, font: Font) -> f32 {
        text.chars().map(|character| self.advance(character, font)).sum()
    }

    /// The text, shortened with an ellipsis until it fits into `width` points.
    pub fn fit(&self, text: &str, font: Font, width: f32) -> String {
        if self.width(text, font) <= width {
            return text.to_owned();
        }
        let room = width - self.advance('…', font);
        let mut used = 0.0;
        let mut short = String::new();
        for character in text.chars() {
            used += self.advance(character, font);
            if used > room {
                break;
            }
            short.push(character);
        }
        format!("{}…", short.trim_end())
    }

    /// The text in at most `lines` lines of `width` points, broken at spaces. `None` when it does not fit.
    pub fn wrap(&self, text: &str, font: Font, width: f32, lines: usize) -> Option<Vec<String>> {
        let mut out: Vec<String> = Vec::new();
        for word in text.split(' ') {
            if self.width(word, font) > width {
                return None;
            }
            match out.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), font) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => out.push(word.to_owned()),
            }
        }
        (out.len() <= lines).then_some(out)
    }
}

/// The glyph of a character; for what the font lacks a look-alike, else the replacement character.
fn glyph(face: &Face<'_>, character: char) -> Option<GlyphId> {
    let lookalike = match character {
        '−' => '–',
        c if c.is_whitespace() => ' ',
        _ => '\u{fffd}',
    };
    face.glyph_index(character).or_else(|| face.glyph_index(lookalike))
}

/// Collects glyph outlines into one path, flipped to the canvas' downward y axis.
struct Outline {
    path: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.path.close();
    }
}

/// The surface.
pub struct Canvas {
    pixmap: Pixmap,
    pub fonts: Fonts,
}

fn paint(colour: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour.0, colour.1, colour.2, 255);
    paint.anti_alias = true;
    paint
}

impl Canvas {
    /// A white surface of this size in points.
    pub fn new(width: f32, height: f32, fonts: Fonts) -> Result<Self, WriteError> {
        let mut pixmap = Pixmap::new((width * SCALE) as u32, (height * SCALE) as u32)
            .ok_or_else(|| WriteError::format("png", "the image would be too large"))?;
        pixmap.fill(Color::from_rgba8(PAPER.0, PAPER.1, PAPER.2, 255));
        Ok(Self { pixmap, fonts })
    }

    /// Fills a path given in points.
    pub fn fill(&mut self, path: &Path, colour: Rgb) {
        let scale = Transform::from_scale(SCALE, SCALE);
        self.pixmap
            .fill_path(path, &paint(colour), FillRule::Winding, scale, None);
    }

    /// Strokes a path given in points.
    pub fn stroke(&mut self, path: &Path, colour: Rgb, width: f32, dash: Option<(f32, f32)>) {
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            dash: dash.and_then(|(on, off)| StrokeDash::new(vec![on, off], 0.0)),
            ..Stroke::default()
        };
        let scale = Transform::from_scale(SCALE, SCALE);
        self.pixmap.stroke_path(path, &paint(colour), &stroke, scale, None);
    }

    /// A straight line.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), colour: Rgb, width: f32) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        if let Some(path) = path.finish() {
            self.stroke(&path, colour, width, None);
        }
    }

    /// A filled rectangle; nothing when it has no area.
    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Rgb) {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.fill(&PathBuilder::from_rect(rect), colour);
        }
    }

    /// A filled circle.
    pub fn dot(&mut self, x: f32, y: f32, radius: f32, colour: Rgb) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            self.fill(&path, colour);
        }
    }

    /// One line of text with its baseline at `y`.
    pub fn text(&mut self, text: &str, x: f32, y: f32, font: Font, colour: Rgb, align: Align) {
        if let Some(path) = self.text_path(text, x, y, font, align) {
            self.fill(&path, colour);
        }
    }

    /// A line of text turned a quarter to the left, its middle at `(x, y)`.
    pub fn text_upwards(&mut self, text: &str, x: f32, y: f32, font: Font, colour: Rgb) {
        if let Some(path) = self.text_path(text, 0.0, 0.0, font, Align::Middle)
            && let Some(path) = path.transform(Transform::from_rotate(-90.0).post_translate(x, y))
        {
            self.fill(&path, colour);
        }
    }

    fn text_path(&self, text: &str, x: f32, y: f32, font: Font, align: Align) -> Option<Path> {
        let face = self.fonts.face(font);
        let width = self.fonts.width(text, font);
        let mut outline = Outline {
            path: PathBuilder::new(),
            x: match align {
                Align::Start => x,
                Align::Middle => x - width / 2.0,
                Align::End => x - width,
            },
            y,
            scale: font.size / f32::from(face.units_per_em()),
        };
        for character in text.chars() {
            if let Some(glyph) = glyph(face, character) {
                // Spaces have no outline; that is no error.
                let _ = face.outline_glyph(glyph, &mut outline);
            }
            outline.x += self.fonts.advance(character, font);
        }
        outline.path.finish()
    }

    /// The image as PNG.
    pub fn png(&self) -> Result<Vec<u8>, WriteError> {
        self.pixmap
            .encode_png()
            .map_err(|error| WriteError::format("png", error))
    }
}
