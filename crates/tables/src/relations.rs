//! Candidate joins: columns of different tables that hold the same values.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{Catalog, ColumnInfo, ColumnKind, Layout, Role, TableError, TableInfo};

/// A column with more different values is not compared.
const MOST_VALUES: u64 = 200_000;
/// Columns compared at most.
const MOST_COLUMNS: usize = 120;

/// Two columns that join.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Relation {
    /// The table whose rows refer to the other's ("many"), or the first of two equals.
    pub left_table: String,
    /// Its column.
    pub left_column: String,
    /// The table referred to ("one").
    pub right_table: String,
    /// Its column.
    pub right_column: String,
    /// How rows correspond, left to right.
    pub kind: RelationKind,
    /// Rows on the left with a value in the column, and how many of them find a partner.
    pub left_rows: u64,
    /// Left rows with a partner.
    pub left_matched: u64,
    /// Rows on the right with a value in the column.
    pub right_rows: u64,
    /// Right rows with a partner.
    pub right_matched: u64,
    /// Values on the left without a partner, the first few.
    pub left_unmatched: Vec<String>,
    /// Left values that would find a partner if case and spaces did not matter.
    pub nearly_matched: u64,
    /// Whether names speak for the join too, not only values.
    pub same_name: bool,
}

/// How rows of two tables correspond.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// Each row has at most one partner on both sides.
    OneToOne,
    /// Many rows on the left share a partner on the right.
    ManyToOne,
    /// Values repeat on both sides: joining multiplies rows.
    ManyToMany,
}

struct Side<'a> {
    table: &'a TableInfo,
    column: &'a ColumnInfo,
    /// Values as text, with the number of rows.
    values: HashMap<String, u64>,
}

impl Catalog {
    /// Joins worth proposing, the best first: at least half of the left rows find a partner, and the values or the
    /// names are no accident.
    ///
    /// # Errors
    /// When the database fails.
    pub fn relations(&self) -> Result<Vec<Relation>, TableError> {
        let mut sides = Vec::new();
        for table in self.tables.iter().filter(|table| table.layout != Layout::BuiltIn) {
            for column in table.columns.iter().filter(|column| can_join(column)) {
                if sides.len() < MOST_COLUMNS {
                    sides.push(Side {
                        table,
                        column,
                        values: self.values(table, column)?,
                    });
                }
            }
        }
        let mut relations = Vec::new();
        for (at, a) in sides.iter().enumerate() {
            for b in sides.iter().skip(at + 1) {
                if a.table.name != b.table.name
                    && let Some(relation) = relate(a, b)
                {
                    relations.push(relation);
                }
            }
        }
        relations.sort_by(|a, b| {
            let multiplies = |r: &Relation| r.kind == RelationKind::ManyToMany;
            let share = |r: &Relation| r.left_matched as f64 / r.left_rows.max(1) as f64;
            multiplies(a)
                .cmp(&multiplies(b))
                .then(b.same_name.cmp(&a.same_name))
                .then(share(b).total_cmp(&share(a)))
                .then_with(|| a.left_table.cmp(&b.left_table))
                .then_with(|| a.left_column.cmp(&b.left_column))
        });
        Ok(relations)
    }

    fn values(&self, table: &TableInfo, column: &ColumnInfo) -> Result<HashMap<String, u64>, TableError> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT CAST(\"{0}\" AS TEXT), count(*) FROM \"{1}\" WHERE \"{0}\" IS NOT NULL GROUP BY 1",
            column.name, table.name
        ))?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Whether a column can name rows of another table.
fn can_join(column: &ColumnInfo) -> bool {
    let kind = matches!(column.kind, ColumnKind::Text | ColumnKind::Integer);
    kind && column.role != Role::Measure && (2..=MOST_VALUES).contains(&column.distinct)
}

fn relate(a: &Side<'_>, b: &Side<'_>) -> Option<Relation> {
    let same_name = same_thing(a, b);
    let integers = a.column.kind == ColumnKind::Integer || b.column.kind == ColumnKind::Integer;
    // Small whole numbers overlap by accident.
    if integers && !same_name {
        return None;
    }
    let shared = a.values.keys().filter(|value| b.values.contains_key(*value)).count();
    if shared < 2 {
        return None;
    }
    let unique = |side: &Side<'_>| side.values.values().all(|count| *count == 1);
    let (a_unique, b_unique) = (unique(a), unique(b));
    let (left, right, kind) = match (a_unique, b_unique) {
        (false, true) => (a, b, RelationKind::ManyToOne),
        (true, false) => (b, a, RelationKind::ManyToOne),
        (true, true) => (a, b, RelationKind::OneToOne),
        (false, false) => (a, b, RelationKind::ManyToMany),
    };
    // Categories that merely share a vocabulary (regions in two tables) join, but are not proposed without a name.
    if kind == RelationKind::ManyToMany && !same_name {
        return None;
    }
    let rows = |side: &Side<'_>| side.values.values().sum::<u64>();
    let matched = |side: &Side<'_>, other: &Side<'_>| {
        side.values
            .iter()
            .filter(|(value, _)| other.values.contains_key(*value))
            .map(|(_, count)| count)
            .sum::<u64>()
    };
    let (left_rows, left_matched) = (rows(left), matched(left, right));
    if left_matched * 2 < left_rows {
        return None;
    }
    let mut missing: Vec<&String> = left
        .values
        .keys()
        .filter(|value| !right.values.contains_key(*value))
        .collect();
    missing.sort();
    let folded: HashSet<String> = right.values.keys().map(|value| fold(value)).collect();
    let nearly_matched = missing.iter().filter(|value| folded.contains(&fold(value))).count() as u64;
    Some(Relation {
        left_table: left.table.name.clone(),
        left_column: left.column.name.clone(),
        right_table: right.table.name.clone(),
        right_column: right.column.name.clone(),
        kind,
        left_rows,
        left_matched,
        right_rows: rows(right),
        right_matched: matched(right, left),
        left_unmatched: missing.into_iter().take(10).cloned().collect(),
        nearly_matched,
        same_name,
    })
}

fn fold(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether two columns are called the same: `customer_id` and `customer_id`, `customers.id` and `customer_id`,
/// `sku` and `product_sku`.
fn same_thing(a: &Side<'_>, b: &Side<'_>) -> bool {
    let words = |side: &Side<'_>| -> Vec<String> {
        let name = side.column.name.split('_').map(singular);
        name.filter(|word| !word.is_empty()).collect()
    };
    let (first, second) = (words(a), words(b));
    if first == second {
        return true;
    }
    let named_after = |short: &[String], long: &[String], table: &TableInfo| {
        long.len() > short.len()
            && long.ends_with(short)
            && long.iter().take(long.len() - short.len()).all(|word| {
                table.name.split('_').map(singular).any(|part| part == *word) || short.len() > 1 || is_key_word(short)
            })
    };
    named_after(&first, &second, a.table) || named_after(&second, &first, b.table)
}

/// A lone `id` says nothing without its table; a lone `sku` does.
fn is_key_word(words: &[String]) -> bool {
    matches!(words, [word] if !matches!(word.as_str(), "id" | "no" | "nr" | "key" | "code" | "name" | "number"))
}

fn singular(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word,
    }
}
