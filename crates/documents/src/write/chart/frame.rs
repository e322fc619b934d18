//! What all charts share: title, legend, and the room that is left.

use super::ChartSpec;
use super::canvas::{Align, Canvas, Font, Fonts, INK, MUTED, bold, palette, regular};
use crate::write::WriteError;

/// Width of every chart in points.
pub const WIDTH: f32 = 720.0;
/// Height of charts with upright values.
pub const HEIGHT: f32 = 405.0;
/// Free space around.
pub const MARGIN: f32 = 24.0;

pub const TITLE: Font = bold(17.0);
pub const LABEL: Font = regular(12.0);
pub const AXIS_NAME: Font = regular(12.0);
pub const VALUE: Font = bold(11.0);

/// Height of one line of labels.
pub const LINE: f32 = 15.0;

/// A rectangle in points.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    pub fn width(&self) -> f32 {
        self.right - self.left
    }
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

fn legend_rows(spec: &ChartSpec, fonts: &Fonts) -> Vec<Vec<(usize, String)>> {
    if spec.series.len() < 2 {
        return Vec::new();
    }
    let mut rows: Vec<Vec<(usize, String)>> = vec![Vec::new()];
    let mut used = 0.0;
    for (index, series) in spec.series.iter().enumerate() {
        let name = fonts.fit(&series.name, LABEL, 260.0);
        let width = entry_width(&name, fonts);
        if used + width > WIDTH - 2.0 * MARGIN && used > 0.0 {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += width;
        if let Some(row) = rows.last_mut() {
            row.push((index, name));
        }
    }
    rows
}

fn entry_width(name: &str, fonts: &Fonts) -> f32 {
    16.0 + fonts.width(name, LABEL) + 20.0
}

/// Height of title and legend together.
pub fn header_height(spec: &ChartSpec, fonts: &Fonts) -> f32 {
    let title = title_lines(spec, fonts).len() as f32 * 23.0;
    let legend = legend_rows(spec, fonts).len() as f32 * 20.0;
    let gap = if title + legend > 0.0 { 12.0 } else { 0.0 };
    MARGIN - 4.0 + title + legend + gap
}

fn title_lines(spec: &ChartSpec, fonts: &Fonts) -> Vec<String> {
    let room = WIDTH - 2.0 * MARGIN;
    if spec.title.is_empty() {
        return Vec::new();
    }
    fonts
        .wrap(&spec.title, TITLE, room, 2)
        .unwrap_or_else(|| vec![fonts.fit(&spec.title, TITLE, room)])
}

/// Draws title and legend; returns the y coordinate below them.
pub fn header(spec: &ChartSpec, canvas: &mut Canvas) -> f32 {
    let mut y = MARGIN - 4.0;
    for line in title_lines(spec, &canvas.fonts) {
        y += 23.0;
        canvas.text(&line, MARGIN, y - 6.0, TITLE, INK, Align::Start);
    }
    for row in legend_rows(spec, &canvas.fonts) {
        let mut x = MARGIN;
        y += 20.0;
        for (index, name) in row {
            canvas.dot(x + 5.0, y - 8.0, 5.0, palette(index));
            canvas.text(&name, x + 16.0, y - 4.0, LABEL, MUTED, Align::Start);
            x += entry_width(&name, &canvas.fonts);
        }
    }
    header_height(spec, &canvas.fonts)
}

/// Whether all category names can be written in full below upright bars.
pub fn labels_fit_below(spec: &ChartSpec) -> Result<bool, WriteError> {
    let fonts = Fonts::load()?;
    let slot = (WIDTH - 2.0 * MARGIN - 70.0) / spec.categories.len().max(1) as f32;
    Ok(spec
        .categories
        .iter()
        .all(|name| fonts.wrap(name, LABEL, slot - 6.0, 2).is_some()))
}
