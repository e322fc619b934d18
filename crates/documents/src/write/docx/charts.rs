//! Charts inside Markdown: fenced blocks named `chart`.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde::Deserialize;
use serde_json::Value;

use crate::write::chart::Series;
use crate::write::{ChartSpec, WriteError};

/// One fenced `chart` block of a Markdown text.
#[derive(Clone, PartialEq, Debug)]
pub struct EmbeddedChart {
    /// The whole fenced block in the text, in bytes.
    pub range: Range<usize>,
    /// What it shows; without categories and series while `sql` is not resolved.
    pub spec: ChartSpec,
    /// A query whose first column gives the categories and whose other columns give the series.
    pub sql: Option<String>,
}

#[derive(Deserialize)]
struct WithQuery {
    #[serde(flatten)]
    spec: ChartSpec,
    #[serde(default)]
    sql: Option<String>,
}

impl EmbeddedChart {
    /// Fills categories and series from the rows of a query. Numbers written as text (`"12.5"`) count; anything else
    /// that is not a number is a gap.
    ///
    /// # Errors
    /// [`WriteError::ChartData`] when there are fewer than two columns or no rows.
    pub fn resolve(&mut self, columns: &[String], rows: &[Vec<Value>]) -> Result<(), WriteError> {
        if columns.len() < 2 || rows.is_empty() {
            return Err(WriteError::ChartData(format!(
                "its query gave {} columns and {} rows; it needs a column of categories, a column of numbers and a row",
                columns.len(),
                rows.len()
            )));
        }
        self.spec.categories = rows
            .iter()
            .map(|row| row.first().map(category).unwrap_or_default())
            .collect();
        self.spec.series = columns
            .iter()
            .enumerate()
            .skip(1)
            .map(|(column, name)| Series {
                name: name.clone(),
                values: rows.iter().map(|row| row.get(column).and_then(number)).collect(),
            })
            .collect();
        self.sql = None;
        Ok(())
    }

    /// The block as Markdown, to be put back in place of [`Self::range`].
    pub fn to_markdown(&self) -> String {
        let json = serde_json::to_string(&self.spec).unwrap_or_default();
        format!("```chart\n{json}\n```\n")
    }
}

fn category(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "(none)".to_owned(),
        other => other.to_string(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|v: &f64| v.is_finite()),
        _ => None,
    }
}

/// Whether a fenced block's info string names a chart.
pub fn is_chart(info: &str) -> bool {
    info.split_whitespace().next() == Some("chart")
}

/// Finds the fenced `chart` blocks of a Markdown text, in order.
///
/// # Errors
/// [`WriteError::ChartSpec`] when a block does not hold the JSON of a chart.
pub fn parse_charts(markdown: &str) -> Result<Vec<EmbeddedChart>, WriteError> {
    let mut charts = Vec::new();
    let mut open: Option<(Range<usize>, String)> = None;
    for (event, range) in Parser::new_ext(markdown, super::body::EXTENSIONS).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if is_chart(&info) => {
                open = Some((range, String::new()));
            }
            Event::Text(text) => {
                if let Some((_, body)) = &mut open {
                    body.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((range, body)) = open.take() {
                    let parsed: WithQuery =
                        serde_json::from_str(&body).map_err(|error| WriteError::ChartSpec(error.to_string()))?;
                    charts.push(EmbeddedChart {
                        range,
                        spec: parsed.spec,
                        sql: parsed.sql,
                    });
                }
            }
            _ => {}
        }
    }
    Ok(charts)
}
