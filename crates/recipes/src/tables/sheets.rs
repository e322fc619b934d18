//! The figures of a report as the sheets of a workbook: numbers instead of text, for a script that makes it.

use serde_json::{Value, json};

use super::report::{Figure, NAME, at, list, text};
use crate::text::cut;

/// Bytes of all sheets together as JSON: they go to the script within one command.
const MAX_BYTES: usize = 36 << 10;
/// Characters of a title or a source.
const TITLE: usize = 160;

/// One figure of a table: its sum, average, smallest and largest value.
pub fn total(figure: &Figure<'_>, values: [Option<f64>; 4]) -> Value {
    json!({
        "label": cut(figure.label, NAME), "kind": figure.kind, "unit": unit(figure), "source": cut(figure.source, TITLE),
        "values": values,
    })
}

/// A unit is text of the file, too.
fn unit(figure: &Figure<'_>) -> Option<String> {
    figure.unit.map(|unit| cut(unit, 20))
}

/// What a breakdown of a report is, beside its rows.
pub struct Breakdown<'a> {
    pub section: &'a Value,
    pub figures: &'a [Figure<'a>],
    /// Whether its second column counts rows.
    pub counted: bool,
    /// Whether it shows all groups.
    pub complete: bool,
    /// Whether shares of what it shows are shares of the whole.
    pub shares: bool,
    /// Whether the report has a chart of it.
    pub chart: bool,
}

impl Breakdown<'_> {
    /// As data: `{title, by, source, columns: [{label, kind, unit, additive}], rows: [[name, number…]], …}`.
    pub fn data(&self, rows: &[Value], name: &dyn Fn(&Value) -> String) -> Value {
        let kind = text(self.section, "kind");
        let columns: Vec<Value> = self
            .figures
            .iter()
            .map(|figure| {
                json!({
                    "label": cut(figure.label, NAME), "kind": figure.kind, "unit": unit(figure),
                    "additive": figure.additive,
                })
            })
            .collect();
        let numbers = usize::from(self.counted) + columns.len();
        let rows: Vec<Vec<Value>> = rows
            .iter()
            .map(|row| {
                let values = (1..=numbers).map(|index| json!(at(row, index)));
                std::iter::once(json!(cut(&name(row), NAME))).chain(values).collect()
            })
            .collect();
        json!({
            "title": cut(text(self.section, "title"), TITLE), "by": cut(text(self.section, "by"), NAME),
            "source": cut(text(self.section, "source"), TITLE), "counted": self.counted, "complete": self.complete,
            "shares": self.shares, "chart": self.chart.then_some(kind), "columns": columns, "rows": rows,
        })
    }
}

/// The sheets of what `report` gave: `{sheets: [{name, source, totals, sections}], left_out}`. One for each table and one
/// for tables together; `left_out` counts breakdowns that would be too much.
pub fn sheets(facts: &Value) -> Value {
    let mut room = MAX_BYTES;
    let mut left_out = 0;
    let mut take = |value: &Value| {
        let size = value.to_string().len() + 1;
        let fits = size <= room;
        if fits {
            room -= size;
        } else {
            left_out += 1;
        }
        fits
    };
    let mut all = Vec::new();
    for table in list(facts, "tables") {
        let head = json!({
            "name": cut(text(table, "label"), TITLE), "source": cut(text(table, "source"), TITLE), "totals": table["data"],
        });
        if take(&head) {
            let sections = list(table, "sections").iter().map(|section| &section["data"]);
            all.push(sheet(head, sections.filter(|data| take(data)).cloned().collect()));
        }
    }
    let joins = list(facts, "joins")
        .iter()
        .filter_map(|join| join.pointer("/section/data"));
    let joins: Vec<Value> = joins.filter(|data| take(data)).cloned().collect();
    if !joins.is_empty() {
        let head = json!({"name": "Tables together", "source": "as named below", "totals": []});
        all.push(sheet(head, joins));
    }
    json!({"sheets": all, "left_out": left_out})
}

fn sheet(mut head: Value, sections: Vec<Value>) -> Value {
    if let Value::Object(map) = &mut head {
        map.insert("sections".to_owned(), Value::Array(sections));
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_left_out_and_counted() {
        let section = |rows: usize| {
            let rows: Vec<Value> = (0..rows).map(|row| json!([format!("{row:040}"), 1, 2.5])).collect();
            json!({"data": {"title": "a", "rows": rows}})
        };
        let table =
            |rows| json!({"label": "orders", "source": "a.csv", "data": [], "sections": [section(rows), section(2)]});
        let facts = json!({"tables": [table(10), table(1_000)], "joins": [{"section": section(3)}]});
        let sheets = sheets(&facts);
        assert_eq!(sheets["left_out"], 1);
        let names: Vec<&str> = list(&sheets, "sheets")
            .iter()
            .map(|sheet| text(sheet, "name"))
            .collect();
        assert_eq!(names, ["orders", "orders", "Tables together"]);
        assert_eq!(list(&sheets["sheets"][1], "sections").len(), 1);
        assert!(sheets.to_string().len() < MAX_BYTES + 1_000);
    }
}
