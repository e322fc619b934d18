//! Differences of two tables, row by row.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::describe::{Described, Table};

/// The most differences listed.
const MAX_CHANGES: usize = 200;

/// Compares two results of queries (`{columns, rows}`). Rows are matched by the first column that names every row
/// on both sides; without one, by their whole content.
///
/// `{key, added, removed, changed, same, columns_added, columns_removed, changes: [{kind, key, column, before, after}],
/// sums: [{column, before, after}], cut}`.
pub fn compare(old: &Value, new: &Value) -> Value {
    let (old, new) = (Rows::read(old), Rows::read(new));
    let common: Vec<&String> = old.columns.iter().filter(|name| new.columns.contains(name)).collect();
    let missing = |a: &Rows, b: &Rows| {
        a.columns
            .iter()
            .filter(|name| !b.columns.contains(name))
            .cloned()
            .collect::<Vec<_>>()
    };
    let key = common
        .iter()
        .find(|name| old.is_key(name) && new.is_key(name))
        .map(|name| (*name).clone());
    let mut changes: Vec<Value> = Vec::new();
    let (mut added, mut removed, mut changed, mut same) = (0usize, 0usize, 0usize, 0usize);
    let mut push = |value: Value| {
        if changes.len() < MAX_CHANGES {
            changes.push(value);
        }
    };
    if let Some(key) = &key {
        let (before, after) = (old.by(key), new.by(key));
        for (name, row) in &before {
            let Some(other) = after.get(name) else {
                removed += 1;
                push(json!({"kind": "removed", "key": name}));
                continue;
            };
            let mut differs = false;
            for column in &common {
                let (a, b) = (old.value(row, column), new.value(other, column));
                if !equal(a, b) {
                    differs = true;
                    push(json!({"kind": "changed", "key": name, "column": column, "before": a, "after": b}));
                }
            }
            if differs { changed += 1 } else { same += 1 }
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            added += 1;
            push(json!({"kind": "added", "key": name}));
        }
    } else {
        let mut counts: HashMap<String, i64> = HashMap::new();
        for row in &new.rows {
            *counts.entry(whole(row)).or_insert(0) += 1;
        }
        for row in &old.rows {
            let left = counts.entry(whole(row)).or_insert(0);
            if *left > 0 {
                *left -= 1;
                same += 1;
            } else {
                removed += 1;
                push(json!({"kind": "removed", "key": whole(row)}));
            }
        }
        for row in &new.rows {
            if let Some(left) = counts.get_mut(&whole(row)).filter(|left| **left > 0) {
                *left -= 1;
                added += 1;
                push(json!({"kind": "added", "key": whole(row)}));
            }
        }
    }
    let sums: Vec<Value> = common
        .iter()
        .filter(|name| key.as_ref() != Some(**name))
        .filter_map(|name| Some((name, old.sum(name)?, new.sum(name)?)))
        .filter(|(_, a, b)| (a - b).abs() > 1e-9)
        .map(|(name, a, b)| json!({"column": name, "before": a, "after": b, "difference": b - a}))
        .collect();
    let total = changes.len();
    json!({
        "key": key, "added": added, "removed": removed, "changed": changed, "same": same, "sums": sums,
        "columns_added": missing(&new, &old), "columns_removed": missing(&old, &new), "changes": changes,
        "cut": total >= MAX_CHANGES,
    })
}

/// Tables of two files that belong together: `[{old, new, label, old_source, new_source}]`: same sheet or title, else
/// by their order when both files have as many.
pub fn pairs(data: &Value, old: &str, new: &str) -> Vec<Value> {
    let described = Described::read(data);
    let of = |path: &str| {
        described
            .tables
            .iter()
            .filter(|table| table.path == path && table.is_in_file())
            .collect::<Vec<_>>()
    };
    let (before, after) = (of(old), of(new));
    let name = |table: &Table| {
        table
            .sheet
            .clone()
            .or_else(|| table.title.clone())
            .unwrap_or_default()
            .to_lowercase()
    };
    let mut used = HashSet::new();
    let same_count = before.len() == after.len();
    let matched = before.iter().enumerate().filter_map(|(index, table)| {
        let free = |other: &&&Table| !used.contains(&other.name);
        let by_name = after
            .iter()
            .filter(free)
            .find(|other| !name(table).is_empty() && name(other) == name(table));
        let other = by_name.or_else(|| after.get(index).filter(|_| same_count).filter(free))?;
        used.insert(other.name.clone());
        Some(json!({
            "old": table.name, "new": other.name, "label": table.label(),
            "old_source": table.source(), "new_source": other.source(),
        }))
    });
    matched.collect()
}

/// The differences of matched tables: `[{label, old_source, new_source, diff}]`.
pub fn diffs(pairs: &[Value], old: &[Value], new: &[Value]) -> Vec<Value> {
    let data = |results: &[Value], index: usize| {
        results
            .get(index)
            .and_then(|r| r.get("data"))
            .cloned()
            .unwrap_or_default()
    };
    let diff = |(index, pair): (usize, &Value)| {
        let mut entry = pair.as_object()?.clone();
        entry.insert("diff".to_owned(), compare(&data(old, index), &data(new, index)));
        Some(Value::Object(entry))
    };
    pairs.iter().enumerate().filter_map(diff).collect()
}

struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    fn read(data: &Value) -> Self {
        let list = |key: &str| data.get(key).and_then(Value::as_array).into_iter().flatten();
        Self {
            columns: list("columns")
                .map(|name| name.as_str().unwrap_or_default().to_owned())
                .collect(),
            rows: list("rows").filter_map(|row| row.as_array().cloned()).collect(),
        }
    }

    fn place(&self, column: &str) -> Option<usize> {
        // Where a row stands in its file says nothing about what it is.
        self.columns
            .iter()
            .position(|name| name == column)
            .filter(|_| column != "_row")
    }

    fn value<'a>(&self, row: &'a [Value], column: &str) -> &'a Value {
        self.place(column).and_then(|at| row.get(at)).unwrap_or(&Value::Null)
    }

    fn is_key(&self, column: &str) -> bool {
        let Some(at) = self.place(column) else { return false };
        let mut seen = HashSet::new();
        !self.rows.is_empty()
            && self.rows.iter().all(|row| match row.get(at) {
                None | Some(Value::Null) => false,
                Some(value) => seen.insert(text(value)),
            })
    }

    fn by(&self, column: &str) -> BTreeMap<String, &Vec<Value>> {
        self.rows
            .iter()
            .map(|row| (text(self.value(row, column)), row))
            .collect()
    }

    fn sum(&self, column: &str) -> Option<f64> {
        let mut values = self
            .rows
            .iter()
            .map(|row| self.value(row, column))
            .filter(|value| !value.is_null())
            .peekable();
        values.peek()?;
        values.map(Value::as_f64).sum()
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

fn whole(row: &[Value]) -> String {
    let cells: Vec<String> = row.iter().map(text).collect();
    cells.join(" · ")
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        _ => text(a) == text(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_matched_by_their_key() {
        let old = json!({"columns": ["id", "name", "price"], "rows": [[1, "a", 2.0], [2, "b", 3], [3, "c", 4]]});
        let new = json!({"columns": ["id", "price", "name", "note"], "rows": [[3, 4.0, "c", ""], [1, 2.5, "a", ""], [4, 1, "d", ""]]});
        let expected = json!({
            "key": "id", "added": 1, "removed": 1, "changed": 1, "same": 1, "columns_added": ["note"], "columns_removed": [],
            "changes": [
                {"kind": "changed", "key": "1", "column": "price", "before": 2.0, "after": 2.5},
                {"kind": "removed", "key": "2"},
                {"kind": "added", "key": "4"},
            ],
            "sums": [{"column": "price", "before": 9.0, "after": 7.5, "difference": -1.5}],
            "cut": false,
        });
        assert_eq!(compare(&old, &new), expected);
    }

    #[test]
    fn without_a_key_whole_rows_are_counted() {
        let old = json!({"columns": ["a"], "rows": [["x"], ["x"], ["y"]]});
        let new = json!({"columns": ["a"], "rows": [["x"], ["z"], ["z"]]});
        let diff = compare(&old, &new);
        let counts: Vec<i64> = ["added", "removed", "same"]
            .iter()
            .filter_map(|k| diff.get(*k)?.as_i64())
            .collect();
        assert_eq!(counts, [2, 2, 1]);
        assert_eq!(compare(&Value::Null, &json!([1])).get("same"), Some(&json!(0)));
    }
}
