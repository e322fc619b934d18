//! The answers to the questions of an analysis, put into words, tables and charts.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::sheets;
use crate::text::markdown::{cell, escape};
use crate::text::{dates, numbers};

/// Charts in one report, and of one table.
const MAX_CHARTS: usize = 7;
const CHARTS_OF_TABLE: usize = 2;
/// Bars in one chart.
const MAX_BARS: usize = 12;
/// Characters of a name in a table and in a chart.
pub(super) const NAME: usize = 48;

/// A figure as the analysis describes it.
pub struct Figure<'a> {
    pub label: &'a str,
    pub kind: &'a str,
    pub unit: Option<&'a str>,
    pub source: &'a str,
    pub additive: bool,
    has_sum: bool,
}

impl<'a> Figure<'a> {
    fn of(value: &'a Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        Self {
            label: text("label").unwrap_or_default(),
            kind: text("kind").unwrap_or_default(),
            unit: text("unit"),
            source: text("source").unwrap_or_default(),
            additive: value.get("additive").and_then(Value::as_bool).unwrap_or(false),
            has_sum: value.get("has_sum").and_then(Value::as_bool).unwrap_or(false),
        }
    }

    /// An average: with decimals, also of whole numbers.
    fn write_average(&self, value: Option<f64>) -> String {
        let kind = if self.kind == "integer" { "number" } else { self.kind };
        value.map_or_else(|| "–".to_owned(), |value| numbers::of_kind(value, kind, self.unit))
    }

    fn write(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| numbers::of_kind(value, self.kind, self.unit))
    }
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn rows<'a>(answers: &HashMap<&str, &'a Value>, id: &str) -> &'a [Value] {
    answers.get(id).map(|data| list(data, "rows")).unwrap_or_default()
}

pub(super) fn at(row: &Value, index: usize) -> Option<f64> {
    row.get(index).and_then(Value::as_f64)
}

/// Joins an analysis with its answers (`[{ok, item: {id}, data: {columns, rows}}]`) into what a report shows:
/// `{tables, joins, bullets, figures, disagreements, failed}`.
pub fn report(analysis: &Value, results: &[Value]) -> Value {
    let mut answers: HashMap<&str, &Value> = HashMap::new();
    let mut failed = 0;
    for result in results {
        let id = result.get("item").map(|item| text(item, "id")).unwrap_or_default();
        match result.get("ok").and_then(Value::as_bool) {
            Some(true) => {
                answers.insert(id, result.get("data").unwrap_or(&Value::Null));
            }
            _ => failed += 1,
        }
    }
    let mut out = Report::default();
    let tables: Vec<Value> = list(analysis, "tables")
        .iter()
        .map(|table| out.table(table, &answers))
        .collect();
    let joins: Vec<Value> = list(analysis, "joins")
        .iter()
        .filter_map(|join| out.join(join, &answers))
        .collect();
    json!({
        "tables": tables, "joins": joins, "bullets": out.bullets, "figures": out.figures,
        "disagreements": out.disagreements, "failed": failed,
    })
}

#[derive(Default)]
struct Report {
    bullets: Vec<String>,
    /// Figures of the summary, as written; a reader of the finished document must find every one.
    figures: Vec<String>,
    disagreements: Vec<String>,
    charts: usize,
    charts_of_table: usize,
}

impl Report {
    fn table(&mut self, table: &Value, answers: &HashMap<&str, &Value>) -> Value {
        self.charts_of_table = 0;
        let id = text(table, "id");
        let measures: Vec<Figure> = list(table, "measures").iter().map(Figure::of).collect();
        let hidden = table.get("hidden").and_then(Value::as_bool).unwrap_or(false);
        let totals_row = rows(answers, &format!("{id}_totals"))
            .first()
            .cloned()
            .unwrap_or(Value::Null);
        let count = at(&totals_row, 0);
        let mut totals = Vec::new();
        for (index, figure) in measures.iter().enumerate() {
            let value = |offset: usize| at(&totals_row, 1 + index * 5 + offset);
            if value(0).unwrap_or(0.0) <= 0.0 {
                continue;
            }
            totals.push(json!({
                "label": figure.label, "additive": figure.additive,
                "sum": if figure.has_sum { figure.write(value(1)) } else { "–".to_owned() },
                "average": figure.write_average(value(2)), "min": figure.write(value(3)), "max": figure.write(value(4)),
                "filled": value(0).map(|v| numbers::fixed(v, 0)), "source": figure.source,
                "data": sheets::total(figure, [value(1).filter(|_| figure.has_sum), value(2), value(3), value(4)]),
            }));
        }
        let main = measures.iter().position(|figure| figure.additive);
        let main_total = main.and_then(|index| at(&totals_row, 1 + index * 5 + 1));
        let mut sections: Vec<Value> = Vec::new();
        for section in list(table, "sections") {
            if let Some(shown) = self.section(section, rows(answers, text(section, "id")), (main_total, count), hidden)
            {
                sections.push(shown);
            }
        }
        if !hidden && self.bullets.len() < 8 {
            self.summarise(table, &measures, main, main_total, count, &sections);
        }
        json!({
            "label": text(table, "label"), "source": text(table, "source"), "hidden": hidden,
            "rows": count.map(|v| numbers::fixed(v, 0)), "column_count": table.get("column_count"),
            "columns": columns_table(list(table, "columns")), "totals": totals_table(&totals), "sections": sections,
            "data": totals.iter().map(|total| total["data"].clone()).collect::<Vec<_>>(),
            "from": table.get("from"), "to": table.get("to"), "date_label": table.get("date_label"),
            "main": main.and_then(|index| measures.get(index)).map(|f| json!({"label": f.label, "sum": f.write(main_total)})),
        })
    }

    /// One breakdown as a table and perhaps a chart; `None` when its question was not answered.
    /// `whole` is the total of the first figure and the number of rows of the table.
    fn section(
        &mut self,
        section: &Value,
        rows: &[Value],
        whole: (Option<f64>, Option<f64>),
        hidden: bool,
    ) -> Option<Value> {
        if rows.is_empty() {
            return None;
        }
        let kind = text(section, "kind");
        let figures: Vec<Figure> = list(section, "measures").iter().map(Figure::of).collect();
        let counted = kind != "rows";
        let first = usize::from(counted) + 1;
        // What is told of the groups: the first sum, else how many rows they have.
        let lead = figures.first().filter(|figure| figure.additive || !counted);
        let lead_at = if lead.is_some() { first } else { 1 };
        let total: Option<f64> = lead.filter(|_| counted).and(whole.0);
        let shares = if lead.is_some() { total } else { whole.1 };
        let shares = shares
            .filter(|total| *total > 0.0 && counted)
            .filter(|_| rows.iter().all(|row| at(row, lead_at).unwrap_or(0.0) >= 0.0));
        let name = |row: &Value| match (kind, row.get(0)) {
            (_, None | Some(Value::Null)) => "(none)".to_owned(),
            ("period", Some(Value::String(period))) => dates::month_label(period),
            (_, Some(value)) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        };
        let mut header = vec![text(section, "by").to_owned()];
        if counted {
            header.push("Rows".to_owned());
        }
        header.extend(figures.iter().map(|figure| figure.label.to_owned()));
        if shares.is_some() {
            header.push("Share".to_owned());
        }
        let mut lines: Vec<Vec<String>> = Vec::new();
        let mut sums = vec![0.0; figures.len()];
        let mut row_sum = 0.0;
        for row in rows {
            let mut line = vec![escape(&name(row), NAME)];
            if counted {
                line.push(at(row, 1).map_or_else(|| "–".to_owned(), |v| numbers::fixed(v, 0)));
                row_sum += at(row, 1).unwrap_or(0.0);
            }
            for (index, figure) in figures.iter().enumerate() {
                let value = at(row, first + index);
                if let Some(sum) = sums.get_mut(index) {
                    *sum += value.unwrap_or(0.0);
                }
                line.push(if figure.additive || !counted {
                    figure.write(value)
                } else {
                    figure.write_average(value)
                });
            }
            if let Some(total) = shares {
                line.push(at(row, lead_at).map_or_else(
                    || "–".to_owned(),
                    |v| format!("{}%", numbers::fixed(v / total * 100.0, 1)),
                ));
            }
            lines.push(line);
        }
        let groups = section.get("groups").and_then(Value::as_u64).unwrap_or(0) as usize;
        let complete = kind == "period" || (kind != "rows" && rows.len() >= groups);
        if complete && counted && rows.len() > 1 {
            let mut line = vec!["**Total**".to_owned(), format!("**{}**", numbers::fixed(row_sum, 0))];
            line.extend(figures.iter().zip(&sums).map(|(figure, sum)| {
                if figure.additive {
                    format!("**{}**", figure.write(Some(*sum)))
                } else {
                    String::new()
                }
            }));
            if let (Some(total), Some(sum)) = (shares, if lead.is_some() { sums.first() } else { Some(&row_sum) }) {
                line.push(format!("**{}%**", numbers::fixed(sum / total * 100.0, 1)));
            }
            lines.push(line);
        }
        // The same rows counted two ways must give one sum. Rows without a date are the one honest difference.
        if let (Some(total), Some(sum), "category", true) = (total, sums.first(), kind, complete)
            && (total - sum).abs() > 0.005 * f64::max(1.0, rows.len() as f64) + total.abs() * 1e-9
        {
            self.disagreements.push(format!(
                "{}: the groups add up to {} and the column to {}",
                text(section, "title"),
                numbers::auto(*sum),
                numbers::auto(total)
            ));
        }
        let undated = match (kind, total, sums.first()) {
            ("period", Some(total), Some(sum)) if (total - sum).abs() > 0.005 => {
                figures.first().map(|f| f.write(Some(total - sum)))
            }
            _ => None,
        };
        let best = rows
            .iter()
            .filter_map(|row| Some((at(row, lead_at)?, row)))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let best = best.map(|(value, row)| {
            let share = shares.map(|total| format!("{}%", numbers::fixed(value / total * 100.0, 1)));
            let shown = lead.map_or_else(
                || numbers::plural(value as i64, "row", "rows"),
                |f| f.write(Some(value)),
            );
            json!({"name": name(row), "value": shown, "share": share})
        });
        let chart = (!hidden
            && counted
            && rows.len() > 1
            && self.charts < MAX_CHARTS
            && self.charts_of_table < CHARTS_OF_TABLE)
            .then(|| chart(section, rows, lead.filter(|_| counted), &name))
            .flatten();
        self.charts += usize::from(chart.is_some());
        self.charts_of_table += usize::from(chart.is_some());
        let shown = rows.len();
        // Shares are of the whole table; where the groups are not all of it, a share of what is shown would be another.
        let whole = shares.zip(if lead.is_some() { sums.first() } else { Some(&row_sum) });
        let data = sheets::Breakdown {
            section,
            figures: &figures,
            counted,
            complete,
            shares: complete && whole.is_some_and(|(total, sum)| (total - sum).abs() <= 0.005 + total.abs() * 1e-9),
            chart: chart.is_some(),
        }
        .data(rows, &name);
        Some(json!({
            "data": data,
            "title": text(section, "title"), "kind": kind, "by": text(section, "by"), "source": text(section, "source"), "main_source": text(section, "main_source"), "chart_title": text(section, "chart_title"),
            "table": markdown(&header, &lines), "best": best, "chart": chart, "undated": undated,
            "more": if complete || kind == "rows" { 0 } else { groups.saturating_sub(shown) },
            "measure": lead.map(|f| f.label),
        }))
    }

    fn summarise(
        &mut self,
        table: &Value,
        measures: &[Figure],
        main: Option<usize>,
        total: Option<f64>,
        count: Option<f64>,
        sections: &[Value],
    ) {
        let label = escape(text(table, "label"), 80);
        let rows = count.map_or_else(String::new, |v| numbers::plural(v as i64, "row", "rows"));
        let period = match (
            table.get("from").and_then(Value::as_str),
            table.get("to").and_then(Value::as_str),
        ) {
            (Some(from), Some(to)) => format!(", {} to {}", escape(from, 12), escape(to, 12)),
            _ => String::new(),
        };
        match (main.and_then(|index| measures.get(index)), total) {
            (Some(figure), Some(total)) => {
                let value = figure.write(Some(total));
                self.bullets.push(format!(
                    "**{label}**: {} adds up to **{value}** over {rows}{period} ({}).",
                    escape(figure.label, 60),
                    escape(figure.source, 120)
                ));
                self.figures.push(value);
            }
            _ => self.bullets.push(format!(
                "**{label}**: {rows}{period} ({}).",
                escape(text(table, "source"), 120)
            )),
        }
        for kind in ["period", "category"] {
            let Some(section) = sections.iter().find(|section| text(section, "kind") == kind) else {
                continue;
            };
            let Some(best) = section.get("best").filter(|best| !best.is_null()) else {
                continue;
            };
            let share = best
                .get("share")
                .and_then(Value::as_str)
                .map(|share| {
                    if section.get("measure").is_some_and(Value::is_string) {
                        format!(", {share} of the total")
                    } else {
                        format!(", {share} of all")
                    }
                })
                .unwrap_or_default();
            let what = match section.get("measure").and_then(Value::as_str) {
                Some(measure) => format!("highest {}", escape(measure, 60)),
                None => "most rows".to_owned(),
            };
            let value = text(best, "value");
            self.bullets.push(format!(
                "{label}, by {}: {what} in **{}** with {value}{share} ({}).",
                escape(&text(section, "by").to_lowercase(), 60),
                escape(text(best, "name"), 60),
                escape(text(section, "main_source"), 160)
            ));
            self.figures.push(value.to_owned());
        }
    }

    fn join(&mut self, join: &Value, answers: &HashMap<&str, &Value>) -> Option<Value> {
        self.charts_of_table = 0;
        let section = join.get("section")?;
        let shown = self.section(section, rows(answers, text(section, "id")), (None, None), false)?;
        let lost = rows(answers, text(join, "lost"))
            .first()
            .cloned()
            .unwrap_or(Value::Null);
        let figure = list(section, "measures").first().map(Figure::of);
        let lost_rows = at(&lost, 0).unwrap_or(0.0);
        Some(json!({
            "section": shown, "facts": text(join, "facts"), "lookup": text(join, "lookup"), "key": text(join, "key"),
            "lost_rows": lost_rows as i64, "lost_value": figure.map(|f| f.write(at(&lost, 1))),
            "lost_keys": at(&lost, 2).unwrap_or(0.0) as i64,
        }))
    }
}

fn markdown(header: &[String], lines: &[Vec<String>]) -> String {
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> = header.iter().map(|name| escape(name, 60)).collect();
    let mut out = row(&names);
    // The first column names the group, the others are figures.
    let rule: Vec<String> = (0..header.len())
        .map(|index| if index == 0 { ":---" } else { "---:" }.to_owned())
        .collect();
    out.push_str(&row(&rule));
    for line in lines {
        out.push_str(&row(line));
    }
    out
}

fn columns_table(columns: &[Value]) -> String {
    let mut out =
        "| Column | Header | Kind | Filled | Distinct | Values |\n| --- | --- | --- | ---: | ---: | --- |\n".to_owned();
    for column in columns {
        let number = |key: &str| {
            column
                .get(key)
                .and_then(Value::as_f64)
                .map_or_else(|| "–".to_owned(), |v| numbers::fixed(v, 0))
        };
        let hidden = if column.get("hidden").and_then(Value::as_bool).unwrap_or(false) {
            " (hidden)"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "| {} | {}{hidden} | {} | {} | {} | {} |",
            cell(column.get("letter").unwrap_or(&Value::Null), 8),
            escape(text(column, "label"), 40),
            escape(text(column, "kind"), 30),
            number("filled"),
            number("distinct"),
            escape(text(column, "values"), 70)
        );
    }
    out
}

fn totals_table(totals: &[Value]) -> String {
    if totals.is_empty() {
        return String::new();
    }
    let mut out =
        "| Figure | Sum | Average | Smallest | Largest | Cells |\n| --- | ---: | ---: | ---: | ---: | --- |\n"
            .to_owned();
    for total in totals {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            escape(text(total, "label"), 40),
            text(total, "sum"),
            text(total, "average"),
            text(total, "min"),
            text(total, "max"),
            escape(text(total, "source"), 90)
        );
    }
    out
}

/// A chart as the JSON that writers draw. Lines for many periods, bars for few, lying bars for names.
fn chart(section: &Value, rows: &[Value], figure: Option<&Figure>, name: &dyn Fn(&Value) -> String) -> Option<String> {
    let period = text(section, "kind") == "period";
    let shown = if period {
        rows
    } else {
        rows.get(..rows.len().min(MAX_BARS))?
    };
    let column = if figure.is_some() { 2 } else { 1 };
    let values: Vec<Option<f64>> = shown.iter().map(|row| at(row, column)).collect();
    if values.iter().flatten().all(|value| *value == 0.0) {
        return None;
    }
    let short = |row: &Value| {
        let name = name(row);
        // "March 2026" is too wide for an axis of many months.
        let label = if period {
            row.get(0).and_then(Value::as_str).map_or(name, str::to_owned)
        } else {
            name
        };
        crate::text::cut(&label, NAME)
    };
    let unit = figure.and_then(|f| f.unit).map_or("", |unit| match unit {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        other => other,
    });
    let kind = match (period, shown.len()) {
        (true, ..=12) => "bar",
        (true, _) => "line",
        (false, _) => "horizontal_bar",
    };
    let spec = json!({
        "type": kind,
        "title": text(section, "chart_title"),
        "x_label": if period { "" } else { text(section, "by") },
        "y_label": figure.map_or("Rows", |f| f.label),
        "unit": unit,
        "categories": shown.iter().map(short).collect::<Vec<_>>(),
        "series": [{"name": figure.map_or("Rows", |f| f.label), "values": values}],
    });
    // Inside a fenced block a line of back-ticks would end it; JSON has no use for them.
    Some(spec.to_string().replace('`', "'"))
}
