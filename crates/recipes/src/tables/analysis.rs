//! What to ask of tables nobody has seen before: which columns are figures, which group them, and the statements.

use serde::Serialize;
use serde_json::{Value, json};

use super::describe::{Column, Described, Table};
use super::meaning::{has_sum, is_quantity};
use super::sql_name;
use crate::text::{names, numbers};

/// Tables that are analysed one by one; all are listed.
const MAX_TABLES: usize = 12;
/// Figures per table that are added up.
const MAX_MEASURES: usize = 6;
/// Figures shown beside each other in a breakdown.
const SHOWN_MEASURES: usize = 2;
/// Breakdowns by category per table.
const MAX_CATEGORIES: usize = 3;
/// Rows of a breakdown.
const TOP: usize = 12;
/// Periods in one table or chart.
const MAX_PERIODS: usize = 36;
/// Analyses over two tables.
const MAX_JOINS: usize = 3;

/// A question to the tables.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Ask {
    /// Its name; the answers are found by it.
    pub id: String,
    /// The statement.
    pub sql: String,
}

/// One figure of a table.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Measure {
    pub column: String,
    pub label: String,
    pub kind: String,
    pub unit: Option<String>,
    /// Whether it is a quantity whose sum is worth telling and breaking down; otherwise it is averaged.
    pub additive: bool,
    /// Whether its sum may stand among its figures.
    pub has_sum: bool,
    pub source: String,
}

/// One breakdown of a table.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Section {
    pub id: String,
    /// `period`, `category`, `rows` or `join`.
    pub kind: String,
    pub title: String,
    /// The same with the first figure alone, which is what a chart shows.
    pub chart_title: String,
    /// What the first column is.
    pub by: String,
    pub measures: Vec<Measure>,
    pub source: String,
    /// The cells of the groups and the first figure alone.
    pub main_source: String,
    /// How many groups there are, where it is known.
    pub groups: u64,
}

/// One analysed table.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Profile {
    pub id: String,
    pub name: String,
    pub label: String,
    pub source: String,
    pub file: String,
    pub rows: u64,
    pub hidden: bool,
    pub measures: Vec<Measure>,
    pub sections: Vec<Section>,
    /// First and last day, of the main date column.
    pub from: Option<String>,
    pub to: Option<String>,
    pub date_label: Option<String>,
    pub columns: Vec<Value>,
    pub column_count: usize,
}

/// Everything that is asked and shown.
pub fn analyse(data: &Value, limit_to: &[String]) -> Value {
    let described = Described::read(data);
    let mut tables: Vec<&Table> = described
        .tables
        .iter()
        .filter(|table| table.is_in_file() && (limit_to.is_empty() || limit_to.contains(&table.path)))
        .collect();
    let count_hidden = tables.iter().filter(|table| table.hidden).count();
    let total_rows: u64 = tables.iter().map(|table| table.rows).sum();
    let mut files: Vec<&str> = tables.iter().map(|table| table.path.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    let file_count = files.len();
    let catalog: Vec<Value> = tables
        .iter()
        .map(|table| {
            json!({"label": table.label(), "source": table.source(), "rows": table.rows, "columns": table.columns.len(), "hidden": table.hidden})
        })
        .collect();
    tables.retain(|table| table.rows > 0 && !table.columns.is_empty());
    // The tables with most to say first; the order of the files decides among equals.
    tables.sort_by_key(|table| std::cmp::Reverse(weight(table)));
    let left_out = tables.len().saturating_sub(MAX_TABLES);
    tables.truncate(MAX_TABLES);

    let mut asks = Vec::new();
    let profiles: Vec<Profile> = tables
        .iter()
        .enumerate()
        .map(|(index, table)| profile(table, index, &mut asks))
        .collect();
    let joins = joins(&described, &tables, &mut asks);
    json!({
        "tables": profiles,
        "joins": joins,
        "asks": asks,
        "catalog": catalog,
        "left_out": left_out,
        "counts": {"files": file_count, "tables": catalog.len(), "rows": total_rows, "hidden": count_hidden},
        "skipped": described.skipped.iter().map(|skip| json!({"file": names::file_name(&skip.path), "reason": skip.reason})).collect::<Vec<_>>(),
        "findings": super::quality::findings(&described, limit_to),
    })
}

fn weight(table: &Table) -> (bool, bool, u64) {
    let has_measure = table.columns.iter().any(is_measure);
    (!table.hidden, has_measure, table.rows)
}

fn is_measure(column: &Column) -> bool {
    column.is_numeric() && !column.is_label_number() && column.kind.kind != "percent" && column.nulls_leave_values()
}

impl Column {
    fn nulls_leave_values(&self) -> bool {
        self.distinct > 0 && !self.min.is_null()
    }
}

/// How much a column looks like the figure people ask for: sums of money first, then by its name.
fn importance(column: &Column) -> i32 {
    const MAIN: &[&str] = &[
        "total", "amount", "revenue", "sales", "turnover", "net", "gross", "value", "cost", "price", "umsatz",
        "betrag", "summe", "paid", "budget",
    ];
    /// What all is told in: before parts of it.
    const WHOLE: &[&str] = &["total", "amount", "gross", "revenue", "sales"];
    const SIDE: &[&str] = &[
        "tax", "vat", "discount", "shipping", "fee", "unit", "rate", "year", "month", "age", "rank", "score",
    ];
    let name = format!("{} {}", column.header, column.name).to_lowercase();
    let said = |list: &[&str]| list.iter().any(|word| name.contains(word));
    i32::from(column.additive) * 8
        + i32::from(column.kind.kind == "money") * 4
        + i32::from(said(MAIN)) * 3
        + i32::from(said(WHOLE))
        - i32::from(said(SIDE)) * 3
        - i32::from(column.hidden) * 2
        - i32::from(column.role != "measure") * 6
}

fn measures(table: &Table) -> Vec<Measure> {
    let mut columns: Vec<(usize, &Column)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| is_measure(column) && column.role == "measure")
        .collect();
    columns.sort_by_key(|(index, column)| (-importance(column), *index));
    columns.truncate(MAX_MEASURES);
    columns.into_iter().map(|(_, column)| measure(table, column)).collect()
}

fn measure(table: &Table, column: &Column) -> Measure {
    // Adding up euros and dollars gives a number, not a figure.
    let one_currency = !table.has_note("mixed_currencies", &column.name);
    Measure {
        column: column.name.clone(),
        label: column.label(),
        kind: column.kind.kind.clone(),
        unit: column.unit().map(str::to_owned),
        additive: is_quantity(column) && one_currency,
        has_sum: has_sum(column) && one_currency,
        source: table.column_source(column),
    }
}

/// The date column that says when: the fullest, then the first, not one that is only planned.
fn main_date(table: &Table) -> Option<&Column> {
    let planned = |column: &Column| {
        let name = column.header.to_lowercase();
        ["due", "deliver", "ship", "paid", "end", "birth", "updated", "until"]
            .iter()
            .any(|word| name.contains(word))
    };
    let dates = table
        .columns
        .iter()
        .filter(|column| column.is_date() && column.distinct > 1);
    let mut dates: Vec<(usize, &Column)> = dates.enumerate().collect();
    dates.sort_by_key(|(index, column)| (planned(column), column.nulls * 5 > table.rows, *index));
    dates.into_iter().next().map(|(_, column)| column)
}

/// Columns to group by, the most telling first.
fn categories(table: &Table) -> Vec<&Column> {
    let mut columns: Vec<(usize, &Column)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| {
            let repeats = column.distinct >= 2 && column.distinct.saturating_mul(10) <= table.rows.saturating_mul(6);
            let groups = match column.role.as_str() {
                "category" => true,
                "text" | "key" => column.kind.kind == "text" || column.role == "key",
                _ => false,
            };
            groups && repeats && !column.is_date() && column.nulls.saturating_mul(2) < table.rows.max(1)
        })
        .collect();
    columns.sort_by_key(|(index, column)| {
        let small = (3..=25).contains(&column.distinct);
        let worth = match (column.role.as_str(), column.kind.kind.as_str(), small) {
            ("category", "text", true) => 0,
            ("category", "text", false) => 1,
            ("text", ..) => 2,
            ("category", ..) => 3,
            _ => 4,
        };
        (worth, column.hidden, *index)
    });
    // Keys name single things; groups by them say something only where there is nothing else to group by.
    if columns.iter().any(|(_, column)| column.role != "key") {
        columns.retain(|(_, column)| column.role != "key");
    }
    columns.truncate(MAX_CATEGORIES);
    columns.into_iter().map(|(_, column)| column).collect()
}

/// What breakdowns show beside the number of rows: sums of quantities, else averages of the other figures.
fn shown(measures: &[Measure]) -> Vec<Measure> {
    let any = measures.iter().any(|measure| measure.additive);
    let mut shown: Vec<Measure> = measures
        .iter()
        .filter(|measure| measure.additive == any)
        .take(SHOWN_MEASURES)
        .cloned()
        .collect();
    if !any {
        for measure in &mut shown {
            measure.label = format!("Average {}", measure.label);
        }
    }
    shown
}

/// The aggregates of a breakdown.
fn aggregates(measures: &[Measure]) -> String {
    let one = |measure: &Measure| {
        let function = if measure.additive { "SUM" } else { "AVG" };
        format!(", {function}({})", sql_name(&measure.column))
    };
    measures.iter().map(one).collect::<Vec<_>>().concat()
}

fn profile(table: &Table, index: usize, asks: &mut Vec<Ask>) -> Profile {
    let id = format!("t{}", index + 1);
    let measures = measures(table);
    let shown = shown(&measures);
    let sums: Vec<Measure> = shown.iter().filter(|measure| measure.additive).cloned().collect();
    let first = sums.get(..1).unwrap_or_default();
    let name = sql_name(&table.name);
    let figure = |measure: &Measure| {
        let c = sql_name(&measure.column);
        format!(", COUNT({c}), SUM({c}), AVG({c}), MIN({c}), MAX({c})")
    };
    let figures = measures.iter().map(figure).collect::<Vec<_>>().concat();
    asks.push(Ask {
        id: format!("{id}_totals"),
        sql: format!("SELECT COUNT(*){figures} FROM {name}"),
    });

    let mut sections = Vec::new();
    let date = main_date(table);
    if let Some(column) = date
        && let Some((width, periods)) = periods(column)
    {
        let c = sql_name(&column.name);
        let id = format!("{id}_period");
        asks.push(Ask {
            id: id.clone(),
            sql: format!(
                "SELECT substr({c}, 1, {width}), COUNT(*){} FROM {name} WHERE {c} IS NOT NULL GROUP BY 1 ORDER BY 1",
                aggregates(&shown)
            ),
        });
        let by = if width == 7 {
            "Month"
        } else if width == 4 {
            "Year"
        } else {
            "Day"
        };
        let by_text = format!("by {} ({})", by.to_lowercase(), column.label());
        sections.push(Section {
            id,
            kind: "period".to_owned(),
            title: title(&sums, &by_text),
            chart_title: title(first, &by_text),
            by: by.to_owned(),
            source: sources(table, column, &shown),
            main_source: sources(table, column, first),
            measures: shown.clone(),
            groups: periods,
        });
    }
    for (number, column) in categories(table).into_iter().enumerate() {
        let c = sql_name(&column.name);
        let id = format!("{id}_group{}", number + 1);
        let order = if sums.is_empty() { 2 } else { 3 };
        asks.push(Ask {
            id: id.clone(),
            sql: format!(
                "SELECT {c}, COUNT(*){} FROM {name} GROUP BY 1 ORDER BY {order} DESC, 1 LIMIT {TOP}",
                aggregates(&shown)
            ),
        });
        let by_text = format!("by {}", column.label());
        sections.push(Section {
            id,
            kind: "category".to_owned(),
            title: title(&sums, &by_text),
            chart_title: title(first, &by_text),
            by: column.label(),
            source: sources(table, column, &shown),
            main_source: sources(table, column, first),
            measures: shown.clone(),
            groups: column.distinct + u64::from(column.nulls > 0),
        });
    }
    if let (Some(largest), Some(label)) = (measures.first(), row_label(table)) {
        let (c, l) = (sql_name(&largest.column), sql_name(&label.name));
        let id = format!("{id}_rows");
        asks.push(Ask {
            id: id.clone(),
            sql: format!("SELECT {l}, {c} FROM {name} WHERE {c} IS NOT NULL ORDER BY 2 DESC, 1 LIMIT 5"),
        });
        sections.push(Section {
            id,
            kind: "rows".to_owned(),
            title: format!("Largest {}", largest.label),
            chart_title: String::new(),
            by: label.label(),
            source: sources(table, label, std::slice::from_ref(largest)),
            main_source: String::new(),
            measures: vec![largest.clone()],
            groups: table.rows,
        });
    }
    let text = |value: &Value| value.as_str().map(|text| text.chars().take(10).collect::<String>());
    Profile {
        id,
        name: table.name.clone(),
        label: table.label(),
        source: table.source(),
        file: names::file_name(&table.path).to_owned(),
        rows: table.rows,
        hidden: table.hidden,
        measures,
        sections,
        from: date.and_then(|column| text(&column.min)),
        to: date.and_then(|column| text(&column.max)),
        date_label: date.map(Column::label),
        columns: table
            .columns
            .iter()
            .take(25)
            .map(|column| column_facts(table, column))
            .collect(),
        column_count: table.columns.len(),
    }
}

/// "Amount and Tax by month"; "Rows by month" where nothing can be added up.
fn title(measures: &[Measure], by: &str) -> String {
    let names: Vec<&str> = measures.iter().map(|measure| measure.label.as_str()).collect();
    let text = if names.is_empty() {
        format!("Rows {by}")
    } else {
        format!("{} {by}", names.join(" and "))
    };
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    first + characters.as_str()
}

fn sources(table: &Table, column: &Column, measures: &[Measure]) -> String {
    let mut parts = vec![table.column_source(column)];
    for measure in measures {
        // The file is named once; the further ranges follow.
        let range = measure
            .source
            .rsplit_once(" › ")
            .map_or(measure.source.as_str(), |(_, range)| range);
        let cells = range.rsplit_once('!').map_or(range, |(_, cells)| cells);
        parts.push(cells.to_owned());
    }
    parts.dedup();
    parts.join(", ")
}

/// How finely a date column is grouped (characters of the ISO text) and into how many periods.
fn periods(column: &Column) -> Option<(usize, u64)> {
    let part = |value: &Value, from: usize, to: usize| value.as_str()?.get(from..to)?.parse::<i64>().ok();
    let (y0, m0) = (part(&column.min, 0, 4)?, part(&column.min, 5, 7)?);
    let (y1, m1) = (part(&column.max, 0, 4)?, part(&column.max, 5, 7)?);
    let months = (y1 - y0) * 12 + m1 - m0 + 1;
    match months {
        1 if column.distinct <= 31 => Some((10, column.distinct)),
        ..=1 => None,
        _ if months as usize <= MAX_PERIODS => Some((7, months as u64)),
        _ if (y1 - y0 + 1) as usize <= 100 => Some((4, (y1 - y0 + 1) as u64)),
        _ => None,
    }
}

/// The column that names a row: unique text, else a key.
fn row_label(table: &Table) -> Option<&Column> {
    let unique =
        |column: &&Column| column.distinct.saturating_mul(10) >= table.rows.saturating_mul(9) && column.nulls == 0;
    let candidates = table
        .columns
        .iter()
        .filter(|column| !column.is_numeric() && !column.is_date())
        .filter(unique);
    let mut candidates: Vec<&Column> = candidates
        .filter(|column| column.kind.kind == "text" || column.role == "key")
        .collect();
    candidates.sort_by_key(|column| column.role != "text" && column.role != "category");
    candidates.into_iter().next()
}

fn column_facts(table: &Table, column: &Column) -> Value {
    let filled = table.rows.saturating_sub(column.nulls);
    let show = |value: &Value| match value.as_f64() {
        Some(number) if column.is_numeric() && !column.is_label_number() => {
            numbers::of_kind(number, &column.kind.kind, column.unit())
        }
        _ => value.as_str().map_or_else(
            || {
                if value.is_null() {
                    String::new()
                } else {
                    value.to_string()
                }
            },
            str::to_owned,
        ),
    };
    let range = if (column.is_numeric() || column.is_date()) && !column.min.is_null() {
        format!("{} to {}", show(&column.min), show(&column.max))
    } else {
        let examples: Vec<String> = column
            .examples
            .iter()
            .take(3)
            .map(show)
            .map(|text| crate::text::cut(&text, 24))
            .collect();
        examples.join(", ")
    };
    json!({
        "label": column.label(), "letter": column.letter, "kind": column.kind_label(), "filled": filled,
        "distinct": column.distinct, "values": range, "hidden": column.hidden,
    })
}

/// What figures of `facts` are shown by: a category of `lookup` that `facts` does not have itself, else its names.
fn join_group<'a>(facts: &Table, lookup: &'a Table, lookup_key: &str) -> Option<&'a Column> {
    let usable = |column: &&Column| {
        column.name != lookup_key
            && column.kind.kind == "text"
            && facts.columns.iter().all(|own| own.header != column.header)
    };
    let category = categories(lookup)
        .into_iter()
        .filter(usable)
        .find(|column| column.role == "category");
    category.or_else(|| {
        lookup
            .columns
            .iter()
            .filter(usable)
            .find(|column| column.role == "text" && column.distinct > 1)
    })
}

/// Figures of one table by a category of another that it refers to.
fn joins(described: &Described, tables: &[&Table], asks: &mut Vec<Ask>) -> Vec<Value> {
    let find = |name: &str| tables.iter().find(|table| table.name == name).copied();
    let mut out: Vec<Value> = Vec::new();
    for relation in &described.relations {
        if out.len() >= MAX_JOINS {
            break;
        }
        let (Some(a), Some(b)) = (find(&relation.from_table), find(&relation.to_table)) else {
            continue;
        };
        // The side where the key is unique is looked up; the other holds the figures.
        let unique = |table: &Table, column: &str| {
            table
                .column(column)
                .is_some_and(|c| c.distinct + c.nulls >= table.rows && c.nulls == 0)
        };
        let (facts, facts_key, lookup, lookup_key) = if unique(b, &relation.to_column) {
            (a, &relation.from_column, b, &relation.to_column)
        } else if unique(a, &relation.from_column) {
            (b, &relation.to_column, a, &relation.from_column)
        } else {
            continue;
        };
        let Some(measure) = measures(facts).into_iter().find(|m| m.additive) else {
            continue;
        };
        let Some(group) = join_group(facts, lookup, lookup_key) else {
            continue;
        };
        let id = format!("join{}", out.len() + 1);
        let (ft, lt) = (sql_name(&facts.name), sql_name(&lookup.name));
        let on = format!("f.{} = l.{}", sql_name(facts_key), sql_name(lookup_key));
        let m = sql_name(&measure.column);
        asks.push(Ask {
            id: id.clone(),
            sql: format!(
                "SELECT l.{}, COUNT(*), SUM(f.{m}) FROM {ft} AS f JOIN {lt} AS l ON {on} GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT {TOP}",
                sql_name(&group.name)
            ),
        });
        asks.push(Ask {
            id: format!("{id}_lost"),
            sql: format!(
                "SELECT COUNT(*), SUM(f.{m}), COUNT(DISTINCT f.{k}) FROM {ft} AS f WHERE NOT EXISTS (SELECT 1 FROM {lt} AS l WHERE {on})",
                k = sql_name(facts_key)
            ),
        });
        let source =
            |table: &Table, column: &str| table.column(column).map(|c| table.column_source(c)).unwrap_or_default();
        out.push(json!({
            "section": Section {
                id: id.clone(),
                kind: "join".to_owned(),
                title: title(std::slice::from_ref(&measure), &format!("by {}", group.label())),
                chart_title: title(std::slice::from_ref(&measure), &format!("by {}", group.label())),
                main_source: String::new(),
                by: group.label(),
                source: format!("{}; {}", measure.source, lookup.column_source(group)),
                groups: group.distinct + u64::from(group.nulls > 0),
                measures: vec![measure],
            },
            "lost": format!("{id}_lost"),
            "facts": facts.label(), "lookup": lookup.label(),
            "key": format!("{} = {}", source(facts, facts_key), source(lookup, lookup_key)),
        }));
    }
    out
}
