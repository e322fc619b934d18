//! Charts with two axes: bars and lines.

use tiny_skia::PathBuilder;

use super::canvas::{AXIS, Align, Canvas, Fonts, GRID, INK, MUTED, PAPER, Rgb, palette};
use super::frame::{AXIS_NAME, Area, HEIGHT, LABEL, LINE, MARGIN, VALUE, WIDTH, header, header_height};
use super::scale::{Numbers, Scale};
use super::{ChartSpec, ChartType, Series};
use crate::write::WriteError;

/// Values are written at the bars up to this many bars.
const MAX_VALUE_LABELS: usize = 14;
/// A lying bar with its gap, at most and at least.
const ROW: (f32, f32) = (34.0, 17.0);

pub fn draw(spec: &ChartSpec) -> Result<Vec<u8>, WriteError> {
    let fonts = Fonts::load()?;
    let lying = spec.kind == ChartType::HorizontalBar;
    let scale = value_scale(spec);
    let height = if lying { lying_height(spec, &fonts) } else { HEIGHT };
    let mut canvas = Canvas::new(WIDTH, height, fonts)?;
    let top = header(spec, &mut canvas);
    let plot = Plot {
        spec,
        numbers: Numbers::for_ticks(scale.max.abs().max(scale.min.abs()), scale.step, &spec.unit),
        scale,
    };
    if lying {
        plot.lying(&mut canvas, top, height);
    } else {
        plot.upright(&mut canvas, top, height);
    }
    canvas.png()
}

fn value_scale(spec: &ChartSpec) -> Scale {
    let values = spec
        .series
        .iter()
        .flat_map(|series| series.values.iter().flatten().copied());
    let (mut low, mut high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    if spec.kind == ChartType::StackedBar {
        low = 0.0;
        high = (0..spec.categories.len())
            .map(|i| spec.series.iter().filter_map(|s| value(s, i)).sum())
            .fold(0.0, f64::max);
    }
    Scale::new(low, high, spec.kind != ChartType::Line, 5)
}

fn value(series: &Series, category: usize) -> Option<f64> {
    series.values.get(category).copied().flatten()
}

fn lying_row(spec: &ChartSpec) -> f32 {
    let group = if spec.series.len() > 1 {
        14.0 * spec.series.len() as f32 + 8.0
    } else {
        ROW.0
    };
    let fair = 520.0 / spec.categories.len().max(1) as f32;
    fair.clamp(ROW.1.max(9.0 * spec.series.len() as f32 + 4.0), group.max(ROW.1))
}

fn lying_height(spec: &ChartSpec, fonts: &Fonts) -> f32 {
    let axis_name = if spec.y_label.is_empty() { 0.0 } else { LINE + 4.0 };
    let rows = lying_row(spec) * spec.categories.len() as f32;
    (header_height(spec, fonts) + rows + axis_name + 26.0 + MARGIN - 6.0).ceil()
}

struct Plot<'a> {
    spec: &'a ChartSpec,
    scale: Scale,
    numbers: Numbers,
}

impl Plot<'_> {
    fn value_labels(&self) -> Option<Numbers> {
        let bars = self.spec.categories.len() * self.spec.series.len();
        let values = self.spec.series.iter().flat_map(|s| s.values.iter().flatten().copied());
        (bars <= MAX_VALUE_LABELS && self.spec.kind != ChartType::StackedBar)
            .then(|| Numbers::for_values(values, &self.spec.unit))
    }

    fn upright(&self, canvas: &mut Canvas, top: f32, height: f32) {
        let spec = self.spec;
        let tick_width = self.tick_width(&canvas.fonts);
        let name_width = if spec.y_label.is_empty() { 0.0 } else { LINE + 6.0 };
        let left = MARGIN + name_width + tick_width + 8.0;
        let right = WIDTH - MARGIN;
        let slot = (right - left) / spec.categories.len().max(1) as f32;
        let labels = self.category_lines(&canvas.fonts, slot);
        let lines = labels.iter().map(Vec::len).max().unwrap_or(1) as f32;
        let axis_name = if spec.x_label.is_empty() { 0.0 } else { LINE + 6.0 };
        let area = Area {
            left,
            top: top + 10.0,
            right,
            bottom: height - MARGIN + 6.0 - axis_name - lines * LINE - 4.0,
        };
        for tick in &self.scale.ticks {
            let y = self.y(&area, *tick);
            let zero = tick.abs() < self.scale.step * 1e-6;
            canvas.line((area.left, y), (area.right, y), if zero { AXIS } else { GRID }, 1.0);
            canvas.text(
                &self.numbers.write(*tick),
                area.left - 8.0,
                y + 4.2,
                LABEL,
                MUTED,
                Align::End,
            );
        }
        for (index, lines) in labels.iter().enumerate() {
            let x = area.left + slot * (index as f32 + 0.5);
            for (row, line) in lines.iter().enumerate() {
                let y = area.bottom + 17.0 + row as f32 * LINE;
                canvas.text(line, x, y, LABEL, MUTED, Align::Middle);
            }
        }
        if !spec.x_label.is_empty() {
            let name = canvas.fonts.fit(&spec.x_label, AXIS_NAME, area.width());
            let x = f32::midpoint(area.left, area.right);
            canvas.text(&name, x, height - MARGIN + 8.0, AXIS_NAME, INK, Align::Middle);
        }
        if !spec.y_label.is_empty() {
            let name = canvas.fonts.fit(&spec.y_label, AXIS_NAME, area.height());
            let y = f32::midpoint(area.top, area.bottom);
            canvas.text_upwards(&name, MARGIN + 8.0, y, AXIS_NAME, INK);
        }
        match spec.kind {
            ChartType::Line => self.lines(canvas, &area, slot),
            ChartType::StackedBar => self.stacks(canvas, &area, slot),
            _ => self.groups(canvas, &area, slot),
        }
    }

    fn tick_width(&self, fonts: &Fonts) -> f32 {
        let widths = self
            .scale
            .ticks
            .iter()
            .map(|tick| fonts.width(&self.numbers.write(*tick), LABEL));
        widths.fold(0.0, f32::max)
    }

    /// The lines of each category's label; empty for labels left out because there is no room.
    fn category_lines(&self, fonts: &Fonts, slot: f32) -> Vec<Vec<String>> {
        let names = &self.spec.categories;
        let wrapped: Vec<Option<Vec<String>>> = names
            .iter()
            .map(|name| fonts.wrap(name, LABEL, slot - 6.0, 2))
            .collect();
        if wrapped.iter().all(Option::is_some) {
            return wrapped.into_iter().flatten().collect();
        }
        let widest = names
            .iter()
            .map(|name| fonts.width(name, LABEL))
            .fold(0.0, f32::max)
            .min(110.0);
        let every = ((widest + 10.0) / slot).ceil().max(1.0) as usize;
        let shown = |index: usize| index.is_multiple_of(every);
        let room = every as f32 * slot - 6.0;
        names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                if shown(index) {
                    vec![fonts.fit(name, LABEL, room)]
                } else {
                    Vec::new()
                }
            })
            .collect()
    }

    fn y(&self, area: &Area, value: f64) -> f32 {
        area.bottom - self.scale.share(value) * area.height()
    }

    fn groups(&self, canvas: &mut Canvas, area: &Area, slot: f32) {
        let count = self.spec.series.len() as f32;
        let group = (slot * if count > 1.0 { 0.78 } else { 0.62 }).min(64.0 * count);
        let width = group / count;
        let labels = self.value_labels();
        for (s, series) in self.spec.series.iter().enumerate() {
            for index in 0..self.spec.categories.len() {
                let Some(v) = value(series, index) else { continue };
                let x = area.left + slot * (index as f32 + 0.5) - group / 2.0 + width * s as f32;
                let (y0, y1) = (self.y(area, 0.0), self.y(area, v));
                bar(canvas, (x + 0.5, y1, (width - 1.0).max(1.0), y0 - y1), true, palette(s));
                if let Some(numbers) = &labels {
                    let text = numbers.write(v);
                    if canvas.fonts.width(&text, VALUE) <= width.max(slot / count) + 4.0 {
                        let y = if v < 0.0 { y1 + 14.0 } else { y1 - 6.0 };
                        canvas.text(&text, x + width / 2.0, y, VALUE, INK, Align::Middle);
                    }
                }
            }
        }
    }

    fn stacks(&self, canvas: &mut Canvas, area: &Area, slot: f32) {
        let width = (slot * 0.62).clamp(1.0, 64.0);
        for index in 0..self.spec.categories.len() {
            let x = area.left + slot * (index as f32 + 0.5) - width / 2.0;
            let mut below = 0.0;
            for (s, series) in self.spec.series.iter().enumerate() {
                let v = value(series, index).unwrap_or(0.0);
                let (y0, y1) = (self.y(area, below), self.y(area, below + v));
                // Half a point of paper keeps neighbours apart where colours are close.
                canvas.rect(x, y1, width, (y0 - y1 - 0.5).max(0.0), palette(s));
                below += v;
            }
        }
    }

    fn lines(&self, canvas: &mut Canvas, area: &Area, slot: f32) {
        let dots = self.spec.categories.len() <= 40;
        for (s, series) in self.spec.series.iter().enumerate() {
            let mut path = PathBuilder::new();
            let mut drawing = false;
            let mut points = Vec::new();
            for index in 0..self.spec.categories.len() {
                let Some(v) = value(series, index) else {
                    drawing = false;
                    continue;
                };
                let (x, y) = (area.left + slot * (index as f32 + 0.5), self.y(area, v));
                if drawing {
                    path.line_to(x, y);
                } else {
                    path.move_to(x, y);
                }
                drawing = true;
                points.push((x, y));
            }
            if let Some(path) = path.finish() {
                canvas.stroke(&path, palette(s), 2.4, dash(s));
            }
            // A value between two gaps has no line; its dot is all there is of it.
            if dots || points.len() == 1 {
                for (x, y) in points {
                    canvas.dot(x, y, 4.6, PAPER);
                    canvas.dot(x, y, 3.4, palette(s));
                }
            }
        }
    }

    fn lying(&self, canvas: &mut Canvas, top: f32, height: f32) {
        let spec = self.spec;
        let row = lying_row(spec);
        let widest = spec
            .categories
            .iter()
            .map(|name| canvas.fonts.width(name, LABEL))
            .fold(0.0, f32::max);
        let names = widest.min(WIDTH * 0.34);
        let labels = self.value_labels().or_else(|| {
            let values = spec.series.iter().flat_map(|s| s.values.iter().flatten().copied());
            (spec.series.len() == 1).then(|| Numbers::for_values(values, &spec.unit))
        });
        let room = labels.as_ref().map_or(0.0, |numbers| {
            let values = spec.series.iter().flat_map(|s| s.values.iter().flatten().copied());
            values
                .map(|v| canvas.fonts.width(&numbers.write(v), VALUE))
                .fold(0.0, f32::max)
                + 8.0
        });
        let area = Area {
            left: MARGIN + names + 10.0 + if self.scale.min < 0.0 { room } else { 0.0 },
            top,
            right: WIDTH - MARGIN - room.max(14.0),
            bottom: top + row * spec.categories.len() as f32,
        };
        let x_of = |v: f64| area.left + self.scale.share(v) * area.width();
        for tick in &self.scale.ticks {
            let zero = tick.abs() < self.scale.step * 1e-6;
            let x = x_of(*tick);
            canvas.line((x, area.top), (x, area.bottom), if zero { AXIS } else { GRID }, 1.0);
            canvas.text(
                &self.numbers.write(*tick),
                x,
                area.bottom + 18.0,
                LABEL,
                MUTED,
                Align::Middle,
            );
        }
        let count = spec.series.len() as f32;
        let thick = (row * if count > 1.0 { 0.8 } else { 0.66 }).min(22.0 * count) / count;
        for (index, name) in spec.categories.iter().enumerate() {
            let middle = area.top + row * (index as f32 + 0.5);
            let name = canvas.fonts.fit(name, LABEL, names);
            canvas.text(&name, MARGIN + names, middle + 4.2, LABEL, INK, Align::End);
            for (s, series) in spec.series.iter().enumerate() {
                let Some(v) = value(series, index) else { continue };
                let y = middle - thick * count / 2.0 + thick * s as f32;
                let (x0, x1) = (x_of(0.0), x_of(v));
                bar(
                    canvas,
                    (x0.min(x1), y + 0.5, (x1 - x0).abs(), (thick - 1.0).max(1.0)),
                    false,
                    palette(s),
                );
                if let Some(numbers) = &labels {
                    let (x, align) = if v < 0.0 {
                        (x1 - 5.0, Align::End)
                    } else {
                        (x1 + 5.0, Align::Start)
                    };
                    canvas.text(&numbers.write(v), x, y + thick / 2.0 + 4.0, VALUE, INK, align);
                }
            }
        }
        if !spec.y_label.is_empty() {
            let x = f32::midpoint(area.left, area.right);
            let name = canvas.fonts.fit(&spec.y_label, AXIS_NAME, area.width());
            canvas.text(&name, x, height - MARGIN + 8.0, AXIS_NAME, INK, Align::Middle);
        }
    }
}

/// A bar with softened far corners. `(x, y, width, height)`; a negative height hangs below the zero line.
fn bar(canvas: &mut Canvas, (x, y, width, height): (f32, f32, f32, f32), upright: bool, colour: Rgb) {
    let (y, height, down) = if height < 0.0 {
        (y + height, -height, true)
    } else {
        (y, height, false)
    };
    if width < 6.0 || height < 6.0 {
        // A value too small to see still gets a hairline: it is not nothing.
        canvas.rect(x, y, width.max(0.8), height.max(0.8), colour);
        return;
    }
    let r = 3.0f32.min(width / 2.0).min(height / 2.0);
    let (top, right, bottom) = match (upright, down) {
        (true, false) => (true, false, false),
        (true, true) => (false, false, true),
        (false, _) => (false, true, false),
    };
    let radius = |on: bool| if on { r } else { 0.0 };
    let (tl, tr, br, bl) = (
        radius(top),
        radius(top || right),
        radius(bottom || right),
        radius(bottom),
    );
    let (x1, y1) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + tl, y);
    path.line_to(x1 - tr, y);
    path.quad_to(x1, y, x1, y + tr);
    path.line_to(x1, y1 - br);
    path.quad_to(x1, y1, x1 - br, y1);
    path.line_to(x + bl, y1);
    path.quad_to(x, y1, x, y1 - bl);
    path.line_to(x, y + tl);
    path.quad_to(x, y, x + tl, y);
    path.close();
    if let Some(path) = path.finish() {
        canvas.fill(&path, colour);
    }
}

/// Later lines are dashed too, so that colour is not the only difference.
fn dash(series: usize) -> Option<(f32, f32)> {
    match series {
        0 | 1 => None,
        2 | 3 => Some((8.0, 5.0)),
        _ => Some((2.0, 5.0)),
    }
}
