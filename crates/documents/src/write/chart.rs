//! Charts as PNG images, drawn at twice the size they are shown at.

mod canvas;
mod frame;
mod pie;
mod plot;
mod scale;

use serde::{Deserialize, Serialize};

use super::WriteError;

/// The most categories (bars in a group, points of a line) one chart shows.
const MAX_CATEGORIES: usize = 400;
/// The most bars that stay readable.
const MAX_BARS: usize = 60;
/// The most series; beyond, colours repeat and nobody can read the legend.
const MAX_SERIES: usize = 8;
/// Titles, names and labels are cut here; layout shortens them further.
const MAX_LABEL_CHARS: usize = 200;

/// How the numbers are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartType {
    /// Upright bars; several series stand side by side. Drawn lying when the labels would not fit below.
    #[default]
    #[serde(alias = "grouped_bar", alias = "column")]
    Bar,
    /// Lying bars, first category on top; best for long names and rankings.
    #[serde(alias = "hbar", alias = "bar_horizontal")]
    HorizontalBar,
    /// Upright bars with the series stacked. Values must not be negative.
    StackedBar,
    /// Lines over ordered categories such as months.
    Line,
    /// A ring of shares: the first series, not negative; the smallest slices become "Other".
    #[serde(alias = "donut", alias = "doughnut")]
    Pie,
}

/// One series of numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    #[serde(default)]
    pub name: String,
    /// One value per category; `null` leaves a gap.
    pub values: Vec<Option<f64>>,
}

/// What a chart shows. Read from JSON, for example from a fenced `chart` block in Markdown.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ChartSpec {
    /// How it is drawn.
    #[serde(rename = "type", default)]
    pub kind: ChartType,
    /// The heading above it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Name of the category axis.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub x_label: String,
    /// Name of the value axis.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub y_label: String,
    /// The categories.
    #[serde(default)]
    pub categories: Vec<String>,
    /// The numbers.
    #[serde(default)]
    pub series: Vec<Series>,
    /// Unit of the values: `€`, `EUR`, `%`, `kg`. Written at the ticks: one-letter currency signs in front.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl ChartSpec {
    /// Reads a specification from JSON.
    ///
    /// # Errors
    /// [`WriteError::ChartSpec`] when it is not JSON of this shape.
    pub fn from_json(json: &str) -> Result<Self, WriteError> {
        serde_json::from_str(json).map_err(|error| WriteError::ChartSpec(error.to_string()))
    }

    /// What the chart shows, in a sentence: the text alternative of its image.
    pub fn alt_text(&self) -> String {
        let kind = match self.kind {
            ChartType::Line => "Line chart",
            ChartType::Pie => "Ring chart",
            ChartType::Bar | ChartType::HorizontalBar | ChartType::StackedBar => "Bar chart",
        };
        let mut text = kind.to_owned();
        if !self.title.is_empty() {
            text = format!("{text}: {}", self.title);
        }
        let count = self.categories.len();
        if let (Some(first), Some(last)) = (self.categories.first(), self.categories.last()) {
            text = if count > 1 {
                format!("{text}; {count} categories from {first} to {last}")
            } else {
                format!("{text}; {first}")
            };
        }
        text
    }

    fn checked(&self) -> Result<Self, WriteError> {
        let mut spec = self.clone();
        if spec.categories.is_empty() || spec.series.is_empty() {
            return Err(WriteError::ChartData("it has no categories or no series".to_owned()));
        }
        let bars = matches!(spec.kind, ChartType::Bar | ChartType::HorizontalBar);
        let shown = if bars {
            spec.categories.len() * spec.series.len()
        } else {
            spec.categories.len()
        };
        for (what, count, limit) in [
            ("series of a chart", spec.series.len(), MAX_SERIES),
            ("categories of a chart", spec.categories.len(), MAX_CATEGORIES),
            ("bars of a chart", shown, if bars { MAX_BARS } else { MAX_CATEGORIES }),
        ] {
            if count > limit {
                return Err(WriteError::TooLarge { what, count, limit });
            }
        }
        for series in &mut spec.series {
            if series.values.len() != spec.categories.len() {
                return Err(WriteError::ChartData(format!(
                    "series “{}” has {} values for {} categories",
                    cut(&series.name, 40),
                    series.values.len(),
                    spec.categories.len()
                )));
            }
            if series
                .values
                .iter()
                .flatten()
                .any(|v| !v.is_finite() || v.abs() > 1e300)
            {
                return Err(WriteError::ChartData("a value is not a finite number".to_owned()));
            }
            let part_of_whole = matches!(spec.kind, ChartType::Pie | ChartType::StackedBar);
            if part_of_whole && series.values.iter().flatten().any(|v| *v < 0.0) {
                return Err(WriteError::ChartData(
                    "shares of a whole cannot be negative; use `bar`".to_owned(),
                ));
            }
            series.name = tidy(&series.name);
        }
        if spec
            .series
            .iter()
            .all(|series| series.values.iter().flatten().next().is_none())
        {
            return Err(WriteError::ChartData("it has no values".to_owned()));
        }
        for text in [&mut spec.title, &mut spec.x_label, &mut spec.y_label, &mut spec.unit]
            .into_iter()
            .chain(spec.categories.iter_mut())
        {
            *text = tidy(text);
        }
        Ok(spec)
    }
}

/// One line, no control characters, not longer than any layout could use.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    cut(&words.join(" "), MAX_LABEL_CHARS)
}

fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Draws a chart: a PNG of 1440 pixels width, made to be shown at half that.
///
/// Colours are Paul Tol's "bright" scheme, told apart also by colour-blind readers
/// (<https://personal.sron.nl/~pault/>). Bars always start at zero.
///
/// # Errors
/// [`WriteError::ChartData`] or [`WriteError::TooLarge`] when the numbers cannot be drawn faithfully.
pub fn chart(spec: &ChartSpec) -> Result<Vec<u8>, WriteError> {
    let mut spec = spec.checked()?;
    if spec.kind == ChartType::Pie {
        return pie::draw(&spec);
    }
    if spec.kind == ChartType::Bar && !frame::labels_fit_below(&spec)? {
        spec.kind = ChartType::HorizontalBar;
    }
    plot::draw(&spec)
}

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
