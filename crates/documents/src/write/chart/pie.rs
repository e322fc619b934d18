//! A ring of shares with its legend beside it.

use tiny_skia::PathBuilder;

use super::ChartSpec;
use super::canvas::{Align, Canvas, Fonts, INK, MUTED, PAPER, bold, palette};
use super::frame::{HEIGHT, LABEL, MARGIN, VALUE, WIDTH, header};
use super::scale::Numbers;
use crate::write::WriteError;

/// Slices shown one by one; the rest is summed up.
const MAX_SLICES: usize = 7;

pub fn draw(spec: &ChartSpec) -> Result<Vec<u8>, WriteError> {
    let values = spec
        .series
        .first()
        .map(|series| series.values.as_slice())
        .unwrap_or_default();
    let mut slices: Vec<(String, f64)> = spec
        .categories
        .iter()
        .zip(values)
        .filter_map(|(name, value)| value.filter(|v| *v > 0.0).map(|v| (name.clone(), v)))
        .collect();
    slices.sort_by(|a, b| b.1.total_cmp(&a.1));
    if slices.len() > MAX_SLICES {
        let rest: f64 = slices.split_off(MAX_SLICES - 1).iter().map(|(_, v)| v).sum();
        slices.push(("Other".to_owned(), rest));
    }
    let total: f64 = slices.iter().map(|(_, v)| v).sum();
    if total <= 0.0 {
        return Err(WriteError::ChartData("all shares are zero".to_owned()));
    }

    let one = ChartSpec {
        series: Vec::new(),
        ..spec.clone()
    };
    let mut canvas = Canvas::new(WIDTH, HEIGHT, Fonts::load()?)?;
    let top = header(&one, &mut canvas);
    let radius = (HEIGHT - MARGIN - top) / 2.0;
    let (cx, cy) = (MARGIN + 40.0 + radius, top + radius);
    let mut angle = -std::f64::consts::FRAC_PI_2;
    for (index, (_, value)) in slices.iter().enumerate() {
        let sweep = value / total * std::f64::consts::TAU;
        sector(&mut canvas, (cx, cy), radius, angle, sweep, index, slices.len() > 1);
        angle += sweep;
    }
    canvas.dot(cx, cy, radius * 0.58, PAPER);
    let numbers = Numbers::for_values(slices.iter().map(|(_, v)| *v), &spec.unit);
    canvas.text(&numbers.write(total), cx, cy + 5.0, bold(20.0), INK, Align::Middle);
    canvas.text("total", cx, cy + 22.0, LABEL, MUTED, Align::Middle);

    let row = 28.0;
    let x = cx + radius + 48.0;
    let mut y = cy - row * slices.len() as f32 / 2.0 + row / 2.0 + 4.0;
    for (index, (name, value)) in slices.iter().enumerate() {
        let share = format!("{:.1}%", value / total * 100.0);
        let amount = numbers.write(*value);
        let right = WIDTH - MARGIN;
        let taken = canvas.fonts.width(&amount, LABEL).max(70.0) + 62.0;
        let name = canvas.fonts.fit(name, LABEL, right - x - taken - 20.0);
        canvas.dot(x + 5.0, y - 4.0, 5.0, palette(index));
        canvas.text(&name, x + 18.0, y, LABEL, INK, Align::Start);
        canvas.text(&amount, right - 54.0, y, LABEL, MUTED, Align::End);
        canvas.text(&share, right, y, VALUE, INK, Align::End);
        y += row;
    }
    canvas.png()
}

fn sector(canvas: &mut Canvas, centre: (f32, f32), radius: f32, from: f64, sweep: f64, index: usize, edges: bool) {
    let at = |angle: f64| {
        (
            centre.0 + radius * angle.cos() as f32,
            centre.1 + radius * angle.sin() as f32,
        )
    };
    let mut path = PathBuilder::new();
    path.move_to(centre.0, centre.1);
    // A polygon of one-degree steps: at this size not to be told from an arc.
    let steps = (sweep.to_degrees().ceil() as usize).max(1);
    for step in 0..=steps {
        let (x, y) = at(from + sweep * step as f64 / steps as f64);
        path.line_to(x, y);
    }
    path.close();
    if let Some(path) = path.finish() {
        canvas.fill(&path, palette(index));
        if edges {
            canvas.stroke(&path, PAPER, 1.6, None);
        }
    }
}
