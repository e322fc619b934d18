//! From glyphs to lines.

use super::device::Span;
use crate::reading::Notes;

/// Gaps wider than this part of the size separate words. Kerning stays below, the spaces of tightly set lines above.
const WORD_GAP: f64 = 0.12;

/// A line while it is gathered.
struct Line {
    text: String,
    /// Direction of the baseline, in whole degrees.
    angle: i64,
    /// Distance of the baseline from the page's origin, along its normal.
    baseline: f64,
    /// Where the line ends, along its direction.
    end: f64,
    size: f64,
    hidden: bool,
}

/// The text of a page. Hidden text is replaced by marks.
pub(super) fn text(spans: &[Span], notes: &mut Notes) -> String {
    let mut lines: Vec<Line> = Vec::new();
    for span in spans {
        place(&mut lines, span);
    }
    let mut out = String::new();
    let mut hidden = String::new();
    let mut before: Option<(i64, f64, f64)> = None;
    for line in lines {
        let text = tidy(&line.text);
        if text.trim().is_empty() {
            continue;
        }
        if line.hidden {
            hidden.push_str(&text);
            continue;
        }
        if !hidden.is_empty() {
            out.push_str(&notes.hidden(&std::mem::take(&mut hidden)));
            out.push('\n');
        }
        if let Some((angle, baseline, size)) = before {
            let step = line.baseline - baseline;
            let far = step > 1.8 * size.max(line.size) || step < -0.5 * size || angle != line.angle;
            let other_size = line.size > size * 1.25 || line.size < size * 0.75;
            if far || (other_size && step.abs() > 0.5 * size) {
                out.push('\n');
            }
        }
        before = Some((line.angle, line.baseline, line.size));
        out.push_str(text.trim_end());
        out.push('\n');
    }
    if !hidden.is_empty() {
        out.push_str(&notes.hidden(&hidden));
        out.push('\n');
    }
    out.trim_matches('\n').to_owned()
}

/// Adds a glyph to the last line, or begins another.
fn place(lines: &mut Vec<Line>, span: &Span) {
    let direction = span.end - span.origin;
    let angle = if direction.hypot() < 1e-6 {
        0.0
    } else {
        direction.atan2()
    };
    let (sin, cos) = angle.sin_cos();
    let along = span.origin.x * cos + span.origin.y * sin;
    let baseline = -span.origin.x * sin + span.origin.y * cos;
    let end = along + direction.hypot();
    let degrees = angle.to_degrees().round() as i64;
    if let Some(line) = lines.last_mut()
        && line.angle == degrees
        && line.hidden == span.hidden
        && (baseline - line.baseline).abs() < 0.4 * line.size.max(span.size)
        && along > line.end - 0.6 * span.size
        && span.size < line.size * 3.0
    {
        let gap = along - line.end;
        let spaced = line.text.ends_with(char::is_whitespace) || span.text.starts_with(char::is_whitespace);
        if gap > 1.5 * span.size {
            // A gap this wide separates columns.
            line.text.push_str("   ");
        } else if gap > WORD_GAP * span.size && !spaced {
            line.text.push(' ');
        }
        line.text.push_str(&span.text);
        line.end = end;
        // Superscripts do not move the line.
        if span.size >= line.size * 0.9 {
            line.size = span.size;
            line.baseline = baseline;
        }
        return;
    }
    lines.push(Line {
        text: span.text.clone(),
        angle: degrees,
        baseline,
        end,
        size: span.size,
        hidden: span.hidden,
    });
}

/// Ligatures are written out, other white space becomes spaces.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // At the beginning of a line, a character of a symbol font is the bullet of a list.
            '\u{E000}'..='\u{F8FF}' if out.trim().is_empty() => out.push('•'),
            '\u{FB00}' => out.push_str("ff"),
            '\u{FB01}' => out.push_str("fi"),
            '\u{FB02}' => out.push_str("fl"),
            '\u{FB03}' => out.push_str("ffi"),
            '\u{FB04}' => out.push_str("ffl"),
            // Soft hyphens are drawn in PDF, where they are only used at the ends of lines.
            '\u{AD}' => out.push('-'),
            c if c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    deskhand_types::visible(&out).0.into_owned()
}
