//! What recipes do with the texts of documents they have read.

use serde_json::{Value, json};

use crate::text::{bounded, cut, fields, names, tasks};
use crate::words::{contains, phrase, words};

/// What the small model is given of a document.
const EXCERPT: usize = 1400;

/// The texts of read files, in the order of `files`: `[{path, text}]`; a file that was not read has an empty text.
pub fn with_texts(files: &[Value], results: &[Value]) -> Vec<Value> {
    let text_of = |path: &str| {
        let read = results
            .iter()
            .find(|result| result.get("item").and_then(names::path) == Some(path));
        let read = read.filter(|result| result.get("ok") == Some(&Value::Bool(true)));
        read.and_then(|result| result.get("text")?.as_str()).unwrap_or_default()
    };
    files
        .iter()
        .filter_map(names::path)
        .map(|path| json!({"path": path, "text": bounded(text_of(path))}))
        .collect()
}

/// Kinds of papers a request may name, and the words by which such a paper is known.
const PAPERS: &[(&[&str], &[&str])] = &[
    (
        &["invoice", "bill", "receipt", "rechnung", "expense"],
        &[
            "invoice",
            "receipt",
            "bill",
            "rechnung",
            "quittung",
            "facture",
            "beleg",
            "amount due",
            "total due",
        ],
    ),
    (
        &["contract", "agreement", "lease"],
        &["contract", "agreement", "lease", "vertrag", "contrat"],
    ),
    (
        &["offer", "quote", "quotation"],
        &["offer", "quote", "quotation", "angebot", "devis"],
    ),
];

/// Of read documents those of the kind a request names ("all invoices"), by their names and texts. All, when it names
/// no kind or none looks like it.
pub fn of_type(results: &[Value], prompt: &str) -> Vec<Value> {
    let said = words(prompt);
    let says = |said: &[String], list: &[&str]| list.iter().any(|word| contains(said, &phrase(word)));
    let Some((_, signs)) = PAPERS.iter().find(|(names, _)| says(&said, names)) else {
        return results.to_vec();
    };
    let fits = |result: &&Value| {
        let path = result.get("item").and_then(names::path).unwrap_or_default();
        let text = result.get("text").and_then(Value::as_str).unwrap_or_default();
        let name = words(&path.replace(['_', '.', '/', '-'], " "));
        says(&name, signs) || says(&words(bounded(text)), signs)
    };
    let kept: Vec<Value> = results.iter().filter(fits).cloned().collect();
    if kept.is_empty() { results.to_vec() } else { kept }
}

/// Fields of read documents: `{fields, rows: [[name, value…]], open: [{row, column, field, text}]}`.
pub fn field_table(results: &[Value], wanted: &[Value]) -> Value {
    let wanted: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut open: Vec<Value> = Vec::new();
    for result in results
        .iter()
        .filter(|result| result.get("ok") == Some(&Value::Bool(true)))
    {
        let path = result.get("item").and_then(names::path).unwrap_or_default();
        let text = result.get("text").and_then(Value::as_str).unwrap_or_default();
        let mut row = vec![Value::from(names::file_name(path))];
        for (column, field) in wanted.iter().enumerate() {
            let value = fields::extract(text, field);
            if value.is_none() {
                open.push(json!({"row": rows.len(), "column": column + 1, "field": field, "text": cut(text, EXCERPT)}));
            }
            row.push(value.map_or(Value::Null, Value::from));
        }
        rows.push(row);
    }
    json!({"fields": wanted, "rows": rows, "open": open})
}

/// The rows of a field table with answers to its open places filled in.
pub fn fill_table(table: &Value, answers: &[Value]) -> Vec<Value> {
    let mut rows: Vec<Vec<Value>> = table
        .get("rows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|row| row.as_array().cloned())
        .collect();
    let open = table
        .get("open")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for (gap, answer) in open.iter().zip(answers) {
        let place = |key: &str| gap.get(key).and_then(Value::as_u64).map(|at| at as usize);
        let said = answer
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty() && !text.trim_matches('.').eq_ignore_ascii_case("none"));
        if let (Some(row), Some(column), Some(said)) = (place("row"), place("column"), said)
            && let Some(cell) = rows.get_mut(row).and_then(|row| row.get_mut(column))
        {
            *cell = Value::from(cut(said, 120));
        }
    }
    rows.into_iter().map(Value::Array).collect()
}

/// How many cells of rows are empty.
pub fn count_empty(rows: &[Value]) -> usize {
    let empty = |cell: &&Value| cell.is_null() || cell.as_str().is_some_and(str::is_empty);
    rows.iter().filter_map(Value::as_array).flatten().filter(empty).count()
}

/// Tasks of read documents: `[{text, done, due, path}]`, open ones first within a document.
pub fn task_list(results: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for result in results {
        let path = result.get("item").and_then(names::path).unwrap_or_default();
        let text = result.get("text").and_then(Value::as_str).unwrap_or_default();
        let mut found = tasks::find(text);
        found.sort_by_key(|task| task.get("done") == Some(&Value::Bool(true)));
        for mut task in found {
            // The same task in a copy of the notes is one task.
            let known = |other: &Value| other.get("text") == task.get("text");
            if out.iter().any(known) {
                continue;
            }
            if let Some(map) = task.as_object_mut() {
                map.insert("path".to_owned(), Value::from(path));
            }
            out.push(task);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_places_are_filled_by_answers_and_nothing_else() {
        let read = |text: &str| json!({"ok": true, "text": text, "item": {"path": "/mnt/w/a.txt"}});
        let table = field_table(
            &[read("Total: 5.00"), json!({"ok": false}), read("nothing")],
            &[json!("total"), json!("city")],
        );
        assert_eq!(
            table.get("rows"),
            Some(&json!([["a.txt", "5.00", null], ["a.txt", null, null]]))
        );
        let rows = fill_table(&table, &[json!("Bonn"), json!("None."), json!(7)]);
        assert_eq!(
            rows,
            vec![json!(["a.txt", "5.00", "Bonn"]), json!(["a.txt", null, null])]
        );
        assert_eq!(count_empty(&rows), 2);
    }
}
