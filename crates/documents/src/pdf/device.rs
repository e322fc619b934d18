//! Gathers the glyphs of a page, and whether a person sees them.

use hayro_interpret::{
    BlendMode, ClipPath, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
    font::{Glyph, GlyphRun},
    hayro_cmap::{BfString, WritingMode},
    hayro_syntax::Filter,
    kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape as _},
};

use super::ground::{Area, Ground, Grounds};
use crate::guard::Clock;

/// Glyphs of one page that are kept.
const MAX_GLYPHS: usize = 500_000;
/// How far back the same glyph in the same place is looked for.
const TWINS: usize = 200;
/// Smaller text is not read by people, in points.
const MIN_POINTS: f64 = 2.0;
const MIN_OPACITY: f32 = 0.05;
/// Glyph space: units per em.
const EM: f64 = 1000.0;

/// Thrown through the interpreter when the time is over.
pub(super) struct Stopped;

/// A glyph, or several that make one piece of text.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) text: String,
    /// Origin on the page in points, y downwards.
    pub(super) origin: Point,
    /// Where the next glyph would stand.
    pub(super) end: Point,
    /// Height of an em in points.
    pub(super) size: f64,
    pub(super) hidden: bool,
    order: u64,
}

/// What a page gave.
pub(super) struct Found {
    pub(super) spans: Vec<Span>,
    /// Pictures as large as most of the page, as JPEG files.
    pub(super) scans: Vec<Vec<u8>>,
    pub(super) images: u64,
}

/// The device that hayro draws on.
pub(super) struct Device {
    page: Rect,
    clock: Clock,
    spans: Vec<Span>,
    grounds: Grounds,
    clips: Vec<(Rect, bool)>,
    opacities: Vec<f32>,
    scans: Vec<Vec<u8>>,
    images: u64,
    order: u64,
}

impl Device {
    pub(super) fn new(page: Rect, clock: Clock) -> Self {
        Self {
            page,
            clock,
            spans: Vec::new(),
            grounds: Grounds::default(),
            clips: Vec::new(),
            opacities: Vec::new(),
            scans: Vec::new(),
            images: 0,
            order: 0,
        }
    }

    /// The glyphs, with those marked hidden that something was painted over.
    pub(super) fn finish(mut self) -> Found {
        let covers = self.grounds.covers();
        for span in self.spans.iter_mut().filter(|span| !span.hidden) {
            let middle = middle(span.origin, span.end, span.size);
            // In order of painting, so those after the span are at the end.
            let later = covers.partition_point(|area| area.order <= span.order);
            span.hidden = covers
                .get(later..)
                .unwrap_or_default()
                .iter()
                .any(|area| area.rect.contains(middle));
            if self.clock.is_over() {
                break;
            }
        }
        Found {
            spans: self.spans,
            scans: self.scans,
            images: self.images,
        }
    }

    fn tick(&mut self) {
        self.order += 1;
        if self.order.is_multiple_of(64) && self.clock.is_over() {
            std::panic::resume_unwind(Box::new(Stopped));
        }
    }

    fn clip(&self) -> Rect {
        self.clips.last().map_or(self.page, |(rect, _)| *rect)
    }

    /// Whether every clip that applies is a rectangle.
    fn clip_is_exact(&self) -> bool {
        self.clips.last().is_none_or(|(_, exact)| *exact)
    }

    fn opacity(&self) -> f32 {
        self.opacities.last().copied().unwrap_or(1.0)
    }

    fn push_clip(&mut self, rect: Rect, exact: bool) {
        self.tick();
        let clip = self.clip().intersect(rect);
        let exact = exact && self.clip_is_exact();
        self.clips.push((clip, exact));
    }

    fn paint(&mut self, bounds: Rect, is_rect: bool, props: &DrawProps<'_>, mode: &DrawMode) {
        self.tick();
        if !matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..)) {
            return;
        }
        let plain = props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal;
        let paint = match &props.paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
                let alpha = f32::from(alpha) / 255.0 * self.opacity();
                if alpha < MIN_OPACITY {
                    return;
                }
                match (plain && alpha > 0.95, is_rect && self.clip_is_exact()) {
                    (true, true) => Ground::Solid([red, green, blue]),
                    (true, false) => Ground::Shape([red, green, blue]),
                    (false, _) => Ground::Unknown,
                }
            }
            Paint::Pattern(_) => Ground::Unknown,
        };
        self.grounds.add(Area {
            rect: bounds.intersect(self.clip()),
            paint,
            order: self.order,
        });
    }

    fn glyph(&mut self, glyph: &Glyph<'_>, vertical: bool, transform: Affine, props: &DrawProps<'_>, mode: &DrawMode) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => "\u{FFFD}".to_owned(),
        };
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(type3) => type3.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(500.0));
        let origin = transform * Point::ZERO;
        let end = transform
            * if vertical {
                Point::new(0.0, -EM)
            } else {
                Point::new(advance, 0.0)
            };
        let size = (transform * Point::new(0.0, EM) - origin).hypot();
        if !(origin.is_finite() && end.is_finite() && size.is_finite()) {
            return;
        }
        let hidden = self.is_hidden(origin, end, size, props, mode);
        let span = Span {
            text,
            origin,
            end,
            size,
            hidden,
            order: self.order,
        };
        // Text drawn twice in one place (fill and stroke, or fake bold) is one text.
        let twin =
            self.spans.iter_mut().rev().take(TWINS).find(|other| {
                other.text == span.text && (other.origin - span.origin).hypot() < 0.15 * span.size.max(1.0)
            });
        if let Some(twin) = twin {
            if twin.hidden && !hidden {
                twin.hidden = false;
                twin.order = span.order;
            }
        } else if self.spans.len() < MAX_GLYPHS {
            self.spans.push(span);
        }
    }

    fn is_hidden(&self, origin: Point, end: Point, size: f64, props: &DrawProps<'_>, mode: &DrawMode) -> bool {
        if matches!(mode, DrawMode::Invisible) || size < MIN_POINTS {
            return true;
        }
        let middle = middle(origin, end, size);
        if !self.clip().inflate(0.5, 0.5).contains(middle) {
            return true;
        }
        match &props.paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
                f32::from(alpha) / 255.0 * self.opacity() < MIN_OPACITY
                    || (props.blend_mode == BlendMode::Normal && self.grounds.swallows(middle, [red, green, blue]))
            }
            Paint::Pattern(_) => self.opacity() < MIN_OPACITY,
        }
    }
}

/// A point inside a glyph: half its width along, a quarter of its height up.
fn middle(origin: Point, end: Point, size: f64) -> Point {
    let along = end - origin;
    let length = along.hypot().max(1e-6);
    // Up from the baseline; y runs downwards on the page.
    let up = hayro_interpret::kurbo::Vec2::new(along.y, -along.x) / length * (size * 0.25);
    origin + along * 0.5 + up
}

impl<'a> hayro_interpret::Device<'a> for Device {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        let is_rect = is_rectangle(path, props.transform);
        let bounds = (props.transform * path.clone()).bounding_box();
        self.paint(bounds, is_rect, &props, mode);
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        let bounds = props.transform.transform_rect_bbox(*rect);
        self.paint(bounds, is_upright(props.transform), &props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        let exact = is_rectangle(&clip.path, Affine::IDENTITY);
        self.push_clip(clip.path.bounding_box(), exact);
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.push_clip(*rect, true);
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, _blend: BlendMode) {
        self.tick();
        // What a soft mask lets through is not computed: taken as visible.
        let _ = mask;
        self.opacities.push(self.opacity() * opacity);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let vertical = run.writing_mode() == WritingMode::Vertical;
        for glyph in run.glyphs() {
            self.tick();
            let transform = props.transform * glyph.transform();
            self.glyph(glyph, vertical, transform, &props, mode);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.tick();
        self.images += 1;
        let unit = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let bounds = props.transform.transform_rect_bbox(unit).intersect(self.clip());
        if let Image::Raster(raster) = &image
            && bounds.area() > self.page.area() * 0.5
            && self.scans.len() < 4
        {
            let stream = raster.stream();
            if stream.filters().as_slice() == [Filter::DctDecode] {
                self.scans.push(stream.raw_data().into_owned());
            }
        }
        self.grounds.add(Area {
            rect: bounds,
            paint: Ground::Unknown,
            order: self.order,
        });
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn pop_transparency_group(&mut self) {
        self.opacities.pop();
    }
}

/// Whether a transform keeps rectangles upright.
fn is_upright(transform: Affine) -> bool {
    let [a, b, c, d, ..] = transform.as_coeffs();
    (b.abs() < 1e-9 && c.abs() < 1e-9) || (a.abs() < 1e-9 && d.abs() < 1e-9)
}

/// Whether a path is one upright rectangle.
fn is_rectangle(path: &BezPath, transform: Affine) -> bool {
    let mut corners = Vec::new();
    for element in path.elements() {
        match element {
            PathEl::MoveTo(point) if corners.is_empty() => corners.push(*point),
            PathEl::LineTo(point) => corners.push(*point),
            PathEl::ClosePath => {}
            _ => return false,
        }
        if corners.len() > 5 {
            return false;
        }
    }
    if corners.len() == 5 && corners.first() == corners.last() {
        corners.pop();
    }
    let [a, b, c, d] = corners.as_slice() else { return false };
    let straight = |p: &Point, q: &Point| (p.x - q.x).abs() < 1e-6 || (p.y - q.y).abs() < 1e-6;
    let parallel = (a.x + c.x - b.x - d.x).abs() < 1e-6 && (a.y + c.y - b.y - d.y).abs() < 1e-6;
    is_upright(transform) && parallel && straight(a, b) && straight(b, c)
}
