//! The facts `DESCRIBE` gives, read leniently: what is missing is left out, never an error.

use serde::Deserialize;
use serde_json::Value;

/// The result of `Query{sql: "DESCRIBE"}`.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Described {
    /// The tables.
    pub tables: Vec<Table>,
    /// Which columns of different tables belong together.
    pub relations: Vec<Relation>,
    /// Files that could not be read.
    pub skipped: Vec<Skipped>,
}

/// A file that could not be read.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Skipped {
    /// The file.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// One table.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Table {
    pub name: String,
    pub path: String,
    pub sheet: Option<String>,
    pub range: String,
    pub title: Option<String>,
    pub first_row: u64,
    pub last_row: u64,
    pub columns: Vec<Column>,
    pub rows: u64,
    pub hidden: bool,
    pub summary_rows: Vec<SummaryRow>,
    pub notes: Vec<Note>,
    pub layout: Value,
}

/// One column.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Column {
    pub name: String,
    pub header: String,
    pub letter: String,
    pub kind: Kind,
    pub role: String,
    pub additive: bool,
    pub unit: Option<String>,
    pub nulls: u64,
    pub distinct: u64,
    pub min: Value,
    pub max: Value,
    pub examples: Vec<Value>,
    pub hidden: bool,
}

/// What a column's values are.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Kind {
    /// `integer`, `number`, `money`, `percent`, `date`, `date_time`, `time`, `duration`, `boolean`, `text`.
    #[serde(rename = "type")]
    pub kind: String,
    pub currency: Option<String>,
}

/// A row that states totals.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SummaryRow {
    pub row: u64,
    pub label: String,
    pub checks: Vec<Check>,
}

/// One stated figure against the rows.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Check {
    pub column: String,
    pub cell: String,
    pub stated: Option<f64>,
    pub computed: Option<f64>,
    pub agrees: bool,
}

/// A finding.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Note {
    pub kind: String,
    pub text: String,
    pub column: Option<String>,
    pub cells: Vec<String>,
    pub count: u64,
}

/// Two columns whose values are the same things.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Relation {
    pub from_table: String,
    pub from_column: String,
    pub to_table: String,
    pub to_column: String,
}

impl Described {
    /// Reads what it can of a result.
    pub fn read(data: &Value) -> Self {
        let list = |key: &str| data.get(key).and_then(Value::as_array).into_iter().flatten();
        Self {
            tables: list("tables")
                .filter_map(|item| serde_json::from_value(item.clone()).ok())
                .collect(),
            relations: list("relations").filter_map(relation).collect(),
            skipped: list("skipped")
                .filter_map(|item| serde_json::from_value(item.clone()).ok())
                .collect(),
        }
    }
}

/// A relation: `{from: {table, column}, to: {table, column}}` or the same in flat fields.
fn relation(item: &Value) -> Option<Relation> {
    let side = |nested: &str, table: &str, column: &str| {
        let pick = |key: &str, flat: &str| {
            let value = item
                .get(nested)
                .and_then(|side| side.get(key))
                .or_else(|| item.get(flat))?;
            value.as_str().map(str::to_owned)
        };
        Some((pick("table", table)?, pick("column", column)?))
    };
    let (from_table, from_column) =
        side("from", "from_table", "from_column").or_else(|| side("left", "left_table", "left_column"))?;
    let (to_table, to_column) =
        side("to", "to_table", "to_column").or_else(|| side("right", "right_table", "right_column"))?;
    Some(Relation {
        from_table,
        from_column,
        to_table,
        to_column,
    })
}

impl Table {
    /// Whether it lies in a file (the list of files does not).
    pub fn is_in_file(&self) -> bool {
        self.layout != "built_in" && self.name != "files" && !self.path.is_empty()
    }

    /// Its name for people: the title found above it, else the sheet, else the file.
    pub fn label(&self) -> String {
        let file = crate::text::names::stem(&self.path).to_owned();
        match (&self.title, &self.sheet) {
            (Some(title), _) if !title.trim().is_empty() => crate::text::cut(title.trim(), 80),
            (_, Some(sheet)) if sheet.trim().to_lowercase() == file.to_lowercase() => file,
            (_, Some(sheet)) if !sheet.trim().is_empty() => format!("{file} – {}", crate::text::cut(sheet.trim(), 60)),
            _ => file,
        }
    }

    /// Where it is: `orders.xlsx › Orders!A3:H240`.
    pub fn source(&self) -> String {
        format!("{} › {}", crate::text::names::file_name(&self.path), self.range)
    }

    /// Where one column's values are: `orders.xlsx › Orders!F4:F240`.
    pub fn column_source(&self, column: &Column) -> String {
        if column.letter.is_empty() || self.layout.as_str().is_some_and(|layout| layout != "cells") {
            return self.source();
        }
        let sheet = self
            .range
            .rsplit_once('!')
            .map_or(String::new(), |(sheet, _)| format!("{sheet}!"));
        let file = crate::text::names::file_name(&self.path);
        format!(
            "{file} › {sheet}{letter}{}:{letter}{}",
            self.first_row,
            self.last_row,
            letter = column.letter
        )
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether a finding of this kind concerns a column.
    pub fn has_note(&self, kind: &str, column: &str) -> bool {
        self.notes
            .iter()
            .any(|note| note.kind == kind && note.column.as_deref() == Some(column))
    }
}

impl Column {
    /// Its name for people. Of grouped headers (`Profile / Country`) the own part alone, when it says enough.
    pub fn label(&self) -> String {
        let header = self.header.trim();
        let header = header
            .rsplit(" / ")
            .next()
            .filter(|own| own.chars().count() > 2)
            .unwrap_or(header);
        if header.is_empty() {
            self.name.replace('_', " ")
        } else {
            crate::text::cut(header, 60)
        }
    }

    pub fn is_numeric(&self) -> bool {
        matches!(
            self.kind.kind.as_str(),
            "integer" | "number" | "money" | "percent" | "duration"
        )
    }

    pub fn is_date(&self) -> bool {
        matches!(self.kind.kind.as_str(), "date" | "date_time")
    }

    /// Whether its numbers are names rather than quantities: keys, and years.
    pub fn is_label_number(&self) -> bool {
        let year = |value: &Value| value.as_f64().is_some_and(|v| (1000.0..=2200.0).contains(&v));
        self.role == "key" || (self.kind.kind == "integer" && !self.additive && year(&self.min) && year(&self.max))
    }

    /// Currency or unit of its values.
    pub fn unit(&self) -> Option<&str> {
        self.kind.currency.as_deref().or(self.unit.as_deref())
    }

    /// The kind in one or two words for people.
    pub fn kind_label(&self) -> String {
        let kind = match self.kind.kind.as_str() {
            "date_time" => "date and time",
            "boolean" => "yes/no",
            "" => "text",
            other => other,
        };
        match (self.role.as_str(), self.unit()) {
            ("key", _) => format!("{kind}, key"),
            (_, Some(unit)) if kind != "percent" => format!("{kind}, {unit}"),
            _ => kind.to_owned(),
        }
    }
}
