//! What to analyse in a table: measures, categories, a date.

use serde::{Deserialize, Serialize};

use crate::{Catalog, ColumnInfo, ColumnKind, Role, TableInfo};

/// The columns of a table by what an analysis does with them. All are SQL names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TableProfile {
    /// The table.
    pub table: String,
    /// Columns whose sums mean something, the most telling first: money, then quantities.
    pub measures: Vec<String>,
    /// Columns to average but not to add up: prices, rates, percentages.
    pub averages: Vec<String>,
    /// Columns to group by, with 2 to 30 different values, the most telling first.
    pub categories: Vec<String>,
    /// Columns to rank by: values that repeat, but more than 30 of them (customers, products).
    pub names: Vec<String>,
    /// The column that says when, if there is one.
    pub date: Option<String>,
    /// Columns that name rows.
    pub keys: Vec<String>,
    /// Whether the table is worth analysing: it has rows, and a measure or a category.
    pub analysable: bool,
}

impl TableInfo {
    /// The columns by what an analysis does with them.
    pub fn profile(&self) -> TableProfile {
        let names = |columns: Vec<&ColumnInfo>| {
            columns
                .into_iter()
                .map(|column| column.name.clone())
                .collect::<Vec<_>>()
        };
        let filled = |column: &&ColumnInfo| column.nulls < self.rows;
        let all = || self.columns.iter().filter(filled);

        let mut measures: Vec<&ColumnInfo> = all()
            .filter(|column| column.role == Role::Measure && column.additive)
            .collect();
        measures.sort_by_key(|column| (measure_rank(column), column.nulls * 2 > self.rows));
        let averages: Vec<&ColumnInfo> = all()
            .filter(|column| column.role == Role::Measure && !column.additive)
            .collect();
        let mut categories: Vec<&ColumnInfo> = all()
            .filter(|column| column.role == Role::Category && (2..=30).contains(&column.distinct))
            .collect();
        categories.sort_by_key(|column| category_rank(column, self.rows));
        let repeating: Vec<&ColumnInfo> = all()
            .filter(|column| column.role == Role::Category && column.distinct > 30)
            .collect();
        let date = all()
            .filter(|column| column.role == Role::Date)
            .min_by_key(|column| (column.nulls * 10 > self.rows, u64::from(column.distinct < 2)));
        let keys: Vec<&ColumnInfo> = all().filter(|column| column.role == Role::Key).collect();
        TableProfile {
            table: self.name.clone(),
            analysable: self.rows > 0 && (!measures.is_empty() || !categories.is_empty()),
            measures: names(measures),
            averages: names(averages),
            categories: names(categories),
            names: names(repeating),
            date: date.map(|column| column.name.clone()),
            keys: names(keys),
        }
    }
}

impl Catalog {
    /// The profiles of all tables from files, hidden sheets left out.
    pub fn profiles(&self) -> Vec<TableProfile> {
        self.tables
            .iter()
            .filter(|table| !table.hidden && table.layout != crate::Layout::BuiltIn)
            .map(TableInfo::profile)
            .collect()
    }
}

/// Totals and revenues before other money, money before quantities.
fn measure_rank(column: &ColumnInfo) -> u8 {
    const TELLING: [&str; 18] = [
        "total", "revenue", "amount", "sales", "umsatz", "betrag", "turnover", "summe", "gesamt", "net", "gross",
        "netto", "brutto", "value", "cost", "kosten", "montant", "importe",
    ];
    let telling = column.name.split('_').any(|word| TELLING.contains(&word));
    let money = matches!(column.kind, ColumnKind::Money { .. });
    match (money, telling) {
        (true, true) => 0,
        (false, true) => 1,
        (true, false) => 2,
        (false, false) => 3,
    }
}

/// Complete columns first; then those with a handful of values, which make the clearest groups.
fn category_rank(column: &ColumnInfo, rows: u64) -> (bool, bool, u64) {
    let sparse = column.nulls * 5 > rows;
    let few = !(3..=12).contains(&column.distinct);
    (sparse, few, column.distinct.abs_diff(6))
}
